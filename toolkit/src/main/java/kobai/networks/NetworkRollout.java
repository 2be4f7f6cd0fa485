package kobai.networks;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.Rollout;

/** Forward evaluation of a {@link Network}, some steps at a time. */
final class NetworkRollout implements Rollout {
  private final NetworkForward forward;
  private final LossRun losses;
  private final int chunk;
  private final int batch;
  private final float[] outputs;

  NetworkRollout(Network network, Kernels kernels, Workspace workspace, int window, int batch) {
    this.batch = batch;
    chunk = NetworkForward.chunk(window, batch);
    forward = new NetworkForward(network, kernels, workspace, chunk, batch, Place.Use.VALUES);
    losses = new LossRun(network.likelihood(), network.targetSize(), kernels, workspace);
    outputs = workspace.floats("output errors", (long) chunk * batch * network.outputs());
  }

  @Override
  public double run(
      float[] theta, Sequence sequence, int from, int to, float[] state, int stateAt, double loss) {
    forward.begin(theta, sequence, from, to);
    forward.load(state, stateAt);
    for (int start = from; start < to; start += chunk) {
      int end = Math.min(start + chunk, to);
      forward.start(sequence, start, end);
      forward.outputs(outputs, 0);
      forward.save(state, stateAt);
      forward.load(state, stateAt);
      for (int t = start; t < end; t++) {
        int at = (t - start) * batch * losses.outputs();
        loss +=
            losses.run(outputs, at, sequence.targets(), sequence.targetAt(t), batch, 1f / batch)
                / batch;
      }
    }
    return loss;
  }
}
