package kobai.optimisers;

import kobai.memory.StateExchange;

/**
 * Brings every element of the gradient into [−c, c], then applies a rule to it.
 *
 * <pre>
 * gᵢ ← min(max(gᵢ, −c), c)     (1)
 * </pre>
 *
 * <p>NaN stays NaN; an infinite element becomes ±c.
 *
 * <p>Source: Mikolov (2012), Statistical Language Models Based on Neural Networks, thesis, Brno
 * University of Technology, section 3.2.2.
 */
final class ClipByValue implements UpdateRule {
  private final int parameters;
  private final float limit;
  private final UpdateRule rule;

  ClipByValue(int parameters, double limit, UpdateRule rule) {
    this.parameters = parameters;
    this.limit = (float) limit;
    this.rule = rule;
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    float most = limit;
    for (int i = 0; i < parameters; i++) {
      gradient[i] = Math.min(Math.max(gradient[i], -most), most);
    }
    rule.update(theta, gradient, rate);
  }

  @Override
  public void exchange(StateExchange state) {
    rule.exchange(state);
  }
}
