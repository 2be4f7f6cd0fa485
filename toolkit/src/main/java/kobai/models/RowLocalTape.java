package kobai.models;

import kobai.data.Sequence;

/** The tape of a {@link RowLocalModel}. Step 0 is the first step of the window last run forward. */
public interface RowLocalTape extends Tape {
  /** Overwrites out [n] with the gains ∂sᵢ/∂uᵢ of that step and batch row. */
  void gains(int step, int row, float[] out, int outAt);

  /** Overwrites out [q] with z = [sₜ₋₁ | xₜ | 1] of that step and batch row. */
  void sources(Sequence sequence, int step, int row, float[] out, int outAt);

  /**
   * Overwrites out [n × n] with the transposed state Jacobian of that step and row: out[j, i] =
   * ∂sₜ,ᵢ/∂sₜ₋₁,ⱼ.
   */
  void jacobianTransposed(float[] theta, int step, int row, float[] out, int outAt);
}
