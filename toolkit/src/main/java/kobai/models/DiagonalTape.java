package kobai.models;

import kobai.data.Sequence;

/** The tape of a {@link DiagonalModel}; n units, G gates, S the state size. */
public interface DiagonalTape extends RowLocalTape {
  /**
   * One step backwards for one row: with the adjoint a [S] of the state after the step, overwrites
   * out [G × n] with a ∂sₜ/∂a_g of every gate and a with that of the state before, a ∂sₜ/∂sₜ₋₁.
   */
  void vjpGates(int step, int row, float[] adjoint, int adjointAt, float[] out, int outAt);

  /**
   * Overwrites what no gate has of gradient [P], the readout, with Σₜ ∂ℓₜ/∂θ over the window, and
   * leaves the other parameters as they are: {@link #lossParametersAdd} into memory that need not
   * be zero.
   */
  void lossParameters(float[] theta, Sequence sequence, float[] gradient);
}
