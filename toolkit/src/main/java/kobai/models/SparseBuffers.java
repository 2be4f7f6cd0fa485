package kobai.models;

import java.util.Arrays;
import kobai.memory.Workspace;

/** Equation (1) of {@link SparseModel} with its buffers: θ and one more vector, both dense. */
final class SparseBuffers {
  private final WeightMask mask;
  private final float[] theta;
  private final float[] vector;

  SparseBuffers(WeightMask mask, Workspace workspace) {
    this.mask = mask;
    theta = workspace.floats("dense parameters", mask.denseCount());
    vector = workspace.floats("dense vector", mask.denseCount());
  }

  /** Checks and spreads θ, at the start of a window. */
  float[] spread(float[] kept) {
    return spread(mask, kept, theta);
  }

  static float[] spread(WeightMask mask, float[] kept, float[] theta) {
    int count = mask.parameters().count();
    if (kept.length != count) {
      throw new IllegalArgumentException(
          "theta: %s has %d parameters, got %d".formatted(mask.name(), count, kept.length));
    }
    mask.scatter(kept, 0, count, theta); // what was left out is zero and stays so
    return theta;
  }

  /** θ, spread since the start of the window. */
  float[] theta() {
    return theta;
  }

  /** x [P] spread, zero elsewhere: a direction, or a gradient to be added to. */
  float[] expand(float[] x, int xAt) {
    return expand(x, xAt, mask.parameters().count());
  }

  /** The same of the first {@code count} of x alone. */
  float[] expand(float[] x, int xAt, int count) {
    Arrays.fill(vector, 0f);
    mask.scatter(x, xAt, count, vector);
    return vector;
  }

  /** Overwrites x [P] with the kept part of what {@link #expand} gave. */
  void collect(float[] x, int xAt) {
    collect(x, xAt, mask.parameters().count());
  }

  /** The same of the first {@code count} of x alone. */
  void collect(float[] x, int xAt, int count) {
    mask.gather(vector, x, xAt, count);
  }
}
