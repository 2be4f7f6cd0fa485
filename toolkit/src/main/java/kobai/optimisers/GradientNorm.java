package kobai.optimisers;

import kobai.kernels.Kernels;

/** The Euclidean norm of a gradient, over the whole range of float. */
final class GradientNorm {
  /**
   * Below, squares of elements may have been lost to underflow: P ≤ 2³¹ of them, each below the
   * smallest normal float 2⁻¹²⁶, are 2⁻²⁴ of this sum.
   */
  private static final float SAFE_LEAST = 0x1p-71f;

  private GradientNorm() {}

  /** ‖g‖; NaN or infinite only if an element is. Cost: O(P), one pass, rarely a second one. */
  static double of(Kernels kernels, float[] gradient, int parameters) {
    float squares = kernels.squaredNorm(gradient, 0, parameters);
    if (squares >= SAFE_LEAST && squares <= Float.MAX_VALUE) {
      return Math.sqrt(squares);
    }
    double sum = 0; // squares of floats neither over- nor underflow in double
    for (int i = 0; i < parameters; i++) {
      sum += (double) gradient[i] * gradient[i];
    }
    return Math.sqrt(sum);
  }
}
