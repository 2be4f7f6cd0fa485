package kobai.optimisers;

import kobai.kernels.Kernels;
import kobai.memory.StateExchange;

/**
 * Shortens a gradient that is longer than c, then applies a rule to it.
 *
 * <pre>
 * g ← g min(1, c / ‖g‖)     (1)
 * </pre>
 *
 * <p>A gradient that is not finite stays so: divergence is seen, not hidden.
 *
 * <p>Source: Pascanu, Mikolov and Bengio (2013), ICML, algorithm 1.
 */
final class ClipByNorm implements UpdateRule {
  private final Kernels kernels;
  private final int parameters;
  private final double limit;
  private final UpdateRule rule;

  ClipByNorm(Kernels kernels, int parameters, double limit, UpdateRule rule) {
    this.kernels = kernels;
    this.parameters = parameters;
    this.limit = limit;
    this.rule = rule;
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    double norm = GradientNorm.of(kernels, gradient, parameters);
    if (norm > limit) {
      // 0 · ∞ is NaN where an element is infinite, and the others become 0.
      kernels.scale((float) (limit / norm), gradient, 0, parameters);
    }
    rule.update(theta, gradient, rate);
  }

  @Override
  public void exchange(StateExchange state) {
    rule.exchange(state);
  }
}
