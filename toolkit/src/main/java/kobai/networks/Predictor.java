package kobai.networks;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** Computes the outputs of a {@link Network}: means, logits. Not thread-safe; one a thread. */
public final class Predictor {
  private static final float[] NO_STATE = {};

  private final NetworkForward forward;
  private final int stateSize;

  Predictor(Network network, Kernels kernels, Workspace workspace, int batch) {
    stateSize = Math.multiplyExact(batch, network.stateSize());
    forward = new NetworkForward(network, kernels, workspace, 1, batch, Place.Use.VALUES);
  }

  /**
   * Overwrites outputs [B × {@link Network#outputs}] with those of a step of a network without
   * state; targets are not read.
   */
  public void predict(float[] theta, Sequence sequence, int t, float[] outputs, int outputsAt) {
    predict(theta, sequence, t, NO_STATE, outputs, outputsAt);
  }

  /** The same of any network; state [B × n] is advanced by the step. */
  public void predict(
      float[] theta, Sequence sequence, int t, float[] state, float[] outputs, int outputsAt) {
    if (state.length != stateSize) {
      throw new IllegalArgumentException(
          "state = %d numbers: must be %d (rows × state size)".formatted(state.length, stateSize));
    }
    forward.begin(theta, sequence, t, t + 1);
    forward.start(sequence, t, t + 1);
    forward.load(state, 0);
    forward.outputs(outputs, outputsAt);
    forward.save(state, 0);
  }
}
