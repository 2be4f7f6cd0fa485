package kobai.optimisers;

import kobai.kernels.Kernels;
import kobai.memory.StateExchange;

/**
 * Weight decay beside the gradient, which the rule neither sees nor rescales.
 *
 * <pre>
 * θ ← (1 − ηₜ λ) θ     (1)   then the rule
 * </pre>
 *
 * <p>Variant: λ is multiplied by the whole learning rate, as most programs do. In the paper ηₜ is
 * the schedule's factor alone and α the rate: its λ is η λ here.
 *
 * <p>Source: Loshchilov and Hutter (2019), ICLR, algorithms 1 and 2.
 */
final class DecoupledDecay implements UpdateRule {
  private final Kernels kernels;
  private final int parameters;
  private final double decay;
  private final UpdateRule rule;

  DecoupledDecay(Kernels kernels, int parameters, double decay, UpdateRule rule) {
    this.kernels = kernels;
    this.parameters = parameters;
    this.decay = decay;
    this.rule = rule;
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    kernels.scale((float) (1 - rate * decay), theta, 0, parameters);
    rule.update(theta, gradient, rate);
  }

  @Override
  public void exchange(StateExchange state) {
    rule.exchange(state);
  }
}
