package kobai.models;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** Forward evaluation of a {@link CellNetwork}: one chunk of states is kept. */
final class CellRollout implements Rollout {
  private final CellForward forward;
  private final int chunk;
  private final int width;
  private final float[] states;
  private final float[] slopes;
  private final float[] errors;

  CellRollout(CellNetwork network, Kernels kernels, Workspace workspace, int window, int batch) {
    forward = new CellForward(network, kernels, workspace, batch);
    chunk = CellForward.chunk(window, batch);
    width = batch * network.stateSize();
    states = workspace.floats("states", (chunk + 1L) * width);
    slopes = workspace.floats("slopes", (long) chunk * batch * network.width());
    errors = workspace.floats("output errors", (long) chunk * batch * network.outputs());
  }

  @Override
  public double run(
      float[] theta, Sequence sequence, int from, int to, float[] state, int stateAt, double loss) {
    forward.begin(theta, sequence, from, to);
    System.arraycopy(state, stateAt, states, 0, width);
    for (int start = from; start < to; start += chunk) {
      int end = Math.min(start + chunk, to);
      loss = forward.run(theta, sequence, start, end, states, 0, slopes, 0, errors, 0, loss);
      System.arraycopy(states, (end - start) * width, states, 0, width);
    }
    System.arraycopy(states, 0, state, stateAt, width);
    return loss;
  }

  @Override
  public void hold(boolean held) {
    forward.hold(held);
  }
}
