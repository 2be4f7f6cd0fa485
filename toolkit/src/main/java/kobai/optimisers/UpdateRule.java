package kobai.optimisers;

import kobai.memory.StateExchange;

/** An equation for θ, given the learning rate of the iteration. */
interface UpdateRule {
  /** One iteration at learning rate {@code rate} ≥ 0; both arrays [P] may be changed. */
  void update(float[] theta, float[] gradient, double rate);

  /** Writes or reads back what the rule remembers. */
  void exchange(StateExchange state);
}
