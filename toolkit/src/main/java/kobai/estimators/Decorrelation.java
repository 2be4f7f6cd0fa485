package kobai.estimators;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * A matrix R [D × D] that learns to make the numbers of a vector uncorrelated.
 *
 * <pre>
 * x* = R x,  R ← R − η/max(D, ‖x*‖²) (x* x*ᵀ − diag(x*²)) R      (1)
 * </pre>
 *
 * <p>The rate is divided by the size of the vector, so that no input makes a step overshoot for η ≤
 * 1. Cost of a step: 8 D² flops.
 */
final class Decorrelation {
  private final Kernels kernels;
  private final int size;
  private final float[] r;
  private final float[] decorrelated;
  private final float[] back;

  Decorrelation(Workspace workspace, Kernels kernels, int size) {
    this.kernels = kernels;
    this.size = size;
    r = workspace.floats("R", (long) size * size);
    decorrelated = workspace.floats("decorrelated sources", size);
    back = workspace.floats("back-projected sources", size);
  }

  /** D. */
  int size() {
    return size;
  }

  /** R ← I. */
  void clear() {
    Arrays.fill(r, 0f);
    for (int i = 0; i < size; i++) {
      r[i * size + i] = 1f;
    }
  }

  /** (1) for the first D numbers of x; R on the right is the old one, in both terms. */
  void learn(double rate, float[] x) {
    kernels.gemv(r, 0, x, 0, decorrelated, 0, size, size);
    Arrays.fill(back, 0f);
    kernels.gemvTransposedAdd(r, 0, decorrelated, 0, back, 0, size, size);
    float step = (float) (rate / Math.max(size, kernels.squaredNorm(decorrelated, 0, size)));
    for (int i = 0; i < size; i++) {
      kernels.scale(Math.fma(step * decorrelated[i], decorrelated[i], 1f), r, i * size, size);
    }
    kernels.scale(-step, decorrelated, 0, size);
    kernels.rankOneAdd(decorrelated, 0, back, 0, r, 0, size, size);
  }

  /** Out [D × D] ← RᵀR. */
  void square(float[] out, float[] scratch) {
    Arrays.fill(out, 0, size * size, 0f);
    kernels.gemmTransposedAdd(size, size, size, r, 0, size, r, 0, size, out, 0, size, scratch, 0);
  }
}
