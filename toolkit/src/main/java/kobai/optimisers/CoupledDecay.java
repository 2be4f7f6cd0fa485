package kobai.optimisers;

import kobai.kernels.Kernels;
import kobai.memory.StateExchange;

/**
 * Weight decay in the gradient: the rule descends E + (λ/2) θᵀθ.
 *
 * <pre>
 * g ← g + λ θ     (1)
 * </pre>
 *
 * <p>Source: Krogh and Hertz (1991), NIPS 4, eq. 1.
 */
final class CoupledDecay implements UpdateRule {
  private final Kernels kernels;
  private final int parameters;
  private final float decay;
  private final UpdateRule rule;

  CoupledDecay(Kernels kernels, int parameters, double decay, UpdateRule rule) {
    this.kernels = kernels;
    this.parameters = parameters;
    this.decay = (float) decay;
    this.rule = rule;
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    kernels.axpy(decay, theta, 0, gradient, 0, parameters);
    rule.update(theta, gradient, rate);
  }

  @Override
  public void exchange(StateExchange state) {
    rule.exchange(state);
  }
}
