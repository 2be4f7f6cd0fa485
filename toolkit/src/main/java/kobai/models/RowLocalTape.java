package kobai.models;

/** The tape of a {@link RowLocalModel}; n units, p parts, G gates, S = p n. */
public interface RowLocalTape extends StepTape, RowLocalSteps {
  /**
   * Overwrites out [S × S] with the transposed state Jacobian of that step and row: out[j, i] =
   * ∂sₜ,ᵢ/∂sₜ₋₁,ⱼ.
   */
  void jacobianTransposed(float[] theta, int step, int row, float[] out, int outAt);
}
