package kobai.models;

import kobai.data.Sequence;

/** The tape of a {@link LayeredModel}; S numbers of state a row. */
public interface LayeredTape extends StepTape {
  /** The steps of one of the {@link LayeredModel#cells}. */
  RowLocalSteps cell(int index);

  /**
   * What each cell's state owes to the step's own loss through the layers above it at the same
   * step, all states before held:
   *
   * <pre>
   * q̄⁽ᴸ⁾ₜ = qₜ,  q̄⁽ˡ⁻¹⁾ₜ = q̄⁽ˡ⁾ₜ ∂s⁽ˡ⁾ₜ/∂s⁽ˡ⁻¹⁾ₜ
   * </pre>
   *
   * <p>Overwrites out [B × S] with [q̄⁽¹⁾ | … | q̄⁽ᴸ⁾]; adds to gradient [P] what this is for the
   * parameters of layers without a state.
   */
  void depthGradient(
      float[] theta, Sequence sequence, int step, float[] out, int outAt, float[] gradient);
}
