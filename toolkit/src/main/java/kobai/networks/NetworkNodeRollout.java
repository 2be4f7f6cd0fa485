package kobai.networks;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.NodeRollout;

/** A {@link Network} with noise on the pre-activations of its layers, from the input up. */
final class NetworkNodeRollout implements NodeRollout {
  private final NetworkForward forward;
  private final LossRun losses;
  private final int nodes;
  private final float[] outputs;

  NetworkNodeRollout(Network network, Kernels kernels, Workspace workspace, int window, int batch) {
    nodes = network.nodes();
    forward = new NetworkForward(network, kernels, workspace, window, batch, Place.Use.NODES);
    losses = new LossRun(network.likelihood(), network.targetSize(), kernels, workspace);
    outputs = workspace.floats("output errors", (long) window * batch * network.outputs());
  }

  @Override
  public void run(
      float[] theta,
      Sequence sequence,
      int from,
      int to,
      float[] noise,
      int noiseAt,
      float scale,
      float[] state,
      int stateAt,
      double[] rowLosses) {
    forward.atMost(from, to);
    forward.begin(theta, sequence, from, to);
    forward.start(sequence, from, to);
    Pass pass = forward.pass();
    pass.disturb(noise, noiseAt, nodes, scale);
    forward.load(state, stateAt);
    forward.outputs(outputs, 0);
    forward.save(state, stateAt);
    int targetsAt = sequence.targetAt(from);
    for (int row = 0; row < pass.rows(); row++) {
      int at = row * losses.outputs();
      int y = targetsAt + row * sequence.targetSize();
      rowLosses[row] = losses.run(outputs, at, sequence.targets(), y, 1, 1f);
    }
  }

  @Override
  public void creditAdd(Sequence sequence, float[] credits, int creditsAt, float[] gradient) {
    Pass pass = forward.pass();
    forward.layers().creditAdd(pass, pass.data(), credits, creditsAt, nodes, gradient);
  }

  @Override
  public void preactivations(float[] out, int outAt) {
    forward.layers().preactivations(forward.pass(), out, outAt, nodes);
  }
}
