package kobai.models;

import kobai.data.Sequence;

/**
 * The tape of a {@link StepModel}. Step 0 is the first step of the window last run forward; all
 * methods are for that window, at the same θ and before {@link #backward}.
 */
public interface StepTape extends Tape {
  /** Overwrites out [n] with the state of that row after that step. */
  void state(int step, int row, float[] out, int outAt);

  /** Overwrites out [n] with Jₜ ṡ for a state tangent ṡ [n] of that row, Jₜ = ∂sₜ/∂sₜ₋₁. */
  void jvpState(
      float[] theta, int step, int row, float[] tangent, int tangentAt, float[] out, int outAt);

  /** Overwrites out [n], which may be ν, with νᵀ Jₜ for ν [n] of that row. */
  void vjpState(float[] theta, int step, int row, float[] nu, int nuAt, float[] out, int outAt);

  /** Adds νᵀ M̄ₜ to gradient [P], M̄ₜ = ∂sₜ/∂θ with sₜ₋₁ held, of that row; ν [n]. */
  void vjpParametersAdd(
      float[] theta,
      Sequence sequence,
      int step,
      int row,
      float[] nu,
      int nuAt,
      float[] gradient,
      int gradientAt);

  /** Overwrites out [B × n] with qₜ = ∂ℓₜ/∂sₜ, the step's own loss (a mean over the rows) alone. */
  void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int outAt);

  /** Adds Σₜ ∂ℓₜ/∂θ over the window, the states held, to gradient [P]. */
  void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient);
}
