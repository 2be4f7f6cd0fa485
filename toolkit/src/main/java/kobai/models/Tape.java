package kobai.models;

import kobai.data.Sequence;

/** A window remembered: run forward once, then differentiate it. Not thread-safe. */
public interface Tape {
  /**
   * Advances state [B × n] in place over [from, to), remembers the window, returns Σₜ ℓₜ (means
   * over the rows).
   */
  double forward(float[] theta, Sequence sequence, int from, int to, float[] state);

  /**
   * Reverse accumulation through the window last run forward, at the same θ:
   *
   * <pre>
   * aₜ = qₜ + aₜ₊₁ Jₜ₊₁,   gradient += Σₜ (aₜ M̄ₜ + ∂ℓₜ/∂θ)
   * </pre>
   *
   * <p>{@code adjoint} [B × n] holds dL/ds at the end of the window from later steps (zero if there
   * are none) and is overwritten with dL/ds at its start. {@code gradient} [P] is added to, in an
   * order of rounding that runs backwards in time, so that cutting a window into windows done last
   * to first gives the same bits.
   *
   * <p>Once per forward pass: the tape reuses its memory.
   */
  void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient);

  /**
   * Forward accumulation through the window last run forward, at the same θ and before {@link
   * #backward}, along {@code direction} θ̇ [P]:
   *
   * <pre>
   * ṡₜ = Jₜ ṡₜ₋₁ + M̄ₜ θ̇,   returns Σₜ (qₜ ṡₜ + ∂ℓₜ/∂θ θ̇)
   * </pre>
   *
   * <p>{@code stateTangent} [B × n] is advanced in place. Any number of times a forward pass. Cost:
   * about that of the forward pass.
   */
  double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent);

  /**
   * Says whether every later call until this one is repeated has the θ of the next one: then
   * weights need to be packed once only. Not held at first; changes no result.
   */
  default void hold(boolean held) {}
}
