package kobai.models;

import kobai.data.Sequence;

/** The tape of a {@link RowLocalModel}; n units, p parts, G gates, S = p n. */
public interface RowLocalTape extends LayeredTape, RowLocalSteps {
  @Override
  default RowLocalSteps cell(int index) {
    return this;
  }

  /** Overwrites out with qₜ: nothing lies above the cell. */
  @Override
  default void depthGradient(
      float[] theta, Sequence sequence, int step, float[] out, int outAt, float[] gradient) {
    stateGradient(theta, sequence, step, out, outAt);
  }

  /**
   * Overwrites out [S × S] with the transposed state Jacobian of that step and row: out[j, i] =
   * ∂sₜ,ᵢ/∂sₜ₋₁,ⱼ.
   */
  void jacobianTransposed(float[] theta, int step, int row, float[] out, int outAt);
}
