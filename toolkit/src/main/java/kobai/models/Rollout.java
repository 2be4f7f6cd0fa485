package kobai.models;

import kobai.data.Sequence;

/** Evaluates windows forward, keeping nothing but the state. Not thread-safe: one a thread. */
public interface Rollout {
  /**
   * Advances state [B × n] at {@code stateAt} in place over steps [from, to) and returns {@code
   * loss} + Σₜ ℓₜ, added in the order of time, each ℓₜ the mean over the B rows.
   */
  double run(
      float[] theta, Sequence sequence, int from, int to, float[] state, int stateAt, double loss);

  /** See {@link Tape#hold}. */
  default void hold(boolean held) {}
}
