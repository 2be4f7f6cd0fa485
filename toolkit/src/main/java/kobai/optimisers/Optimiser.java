package kobai.optimisers;

import kobai.memory.StateExchange;

/** Changes θ along a gradient. */
public interface Optimiser {
  /**
   * One iteration: {@code theta} [P] is updated in place from {@code gradient} [P], which is used
   * up: clipping and coupled decay work on it in place. Allocates nothing.
   */
  void update(float[] theta, float[] gradient);

  /**
   * Writes or reads back all that later updates depend on besides θ and the gradients; an optimiser
   * of the same settings that was given the state continues bit for bit.
   */
  void exchange(StateExchange state);
}
