package kobai.optimisers;

import kobai.kernels.Kernels;
import kobai.memory.StateExchange;

/**
 * Normalised steepest descent: every step has length η.
 *
 * <pre>
 * θ ← θ − η g / ‖g‖,   and θ stays where g = 0     (1)
 * </pre>
 *
 * <p>Cost: O(P) time, no memory.
 *
 * <p>Source: Cauchy (1847), Comptes rendus 25, 536–538; Nocedal and Wright (2006), Numerical
 * Optimization, section 2.2.
 */
final class NormalisedDescent implements UpdateRule {
  private final Kernels kernels;
  private final int parameters;

  NormalisedDescent(Kernels kernels, int parameters) {
    this.kernels = kernels;
    this.parameters = parameters;
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    double norm = GradientNorm.of(kernels, gradient, parameters);
    if (norm == 0) {
      return;
    }
    // Two factors, because η / ‖g‖ may be beyond float where the step is not.
    double scale = rate / norm;
    if (scale < Float.MAX_VALUE && scale >= Float.MIN_NORMAL || Double.isNaN(norm)) {
      kernels.axpy(-(float) scale, gradient, 0, theta, 0, parameters);
      return;
    }
    for (int i = 0; i < parameters; i++) {
      theta[i] -= (float) (gradient[i] * scale);
    }
  }

  @Override
  public void exchange(StateExchange state) {}
}
