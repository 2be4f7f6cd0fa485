package kobai.networks;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** Computes the outputs of a {@link Network}: means, logits. Not thread-safe; one a thread. */
public final class Predictor {
  private final NetworkForward forward;

  Predictor(Network network, Kernels kernels, Workspace workspace, int batch) {
    forward = new NetworkForward(network, kernels, workspace, 1, batch, Place.Use.VALUES);
  }

  /** Overwrites outputs [B × {@link Network#outputs}] with those of a step; targets are not read. */
  public void predict(float[] theta, Sequence sequence, int t, float[] outputs, int outputsAt) {
    forward.begin(theta, sequence, t, t + 1);
    forward.start(sequence, t, t + 1);
    forward.outputs(outputs, outputsAt);
  }
}
