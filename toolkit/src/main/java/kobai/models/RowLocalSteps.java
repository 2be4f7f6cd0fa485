package kobai.models;

import kobai.data.Sequence;

/**
 * What a {@link RowLocalShape} did at the steps of the window last run forward; n units, p parts, G
 * gates. Step 0 is the first of the window.
 */
public interface RowLocalSteps {
  /** Overwrites out [p × G × n] with ∂s_{c,i}/∂a_{g,i} of that step and batch row. */
  void gains(int step, int row, float[] out, int outAt);

  /**
   * Overwrites out [p × p × n] with ∂s_{c,i}/∂s′_{c′,i} at fixed pre-activations, s′ the state
   * before.
   */
  void local(int step, int row, float[] out, int outAt);

  /** Overwrites out [q] with z = [h | x | 1] of that step and batch row. */
  void sources(Sequence sequence, int step, int row, float[] out, int outAt);
}
