package kobai.models;

import kobai.data.Sequence;

/** The tape of a {@link NodeDifferentiableModel}. */
public interface NodeTape extends Tape {
  /**
   * Forward accumulation through the window last run forward, θ held, along tangents v [K × B × A]
   * of the pre-activations: overwrites slopes [K × B] with ⟨∂ℓ/∂z, ż⟩ of every step and row, ℓ its
   * share of the loss (divided by B). Before {@link #backward}; for models without state.
   */
  void nodeSlopes(float[] theta, float[] v, double[] slopes);

  /**
   * Overwrites out [inputs of the layer] with what entered a layer in a row of the window last run
   * forward, counted through its steps.
   */
  void layerInput(AffineLayer layer, int row, float[] out);

  /**
   * Adds to gradient [P] what credits [K × B × A], taken for dL/d pre-activations, make of it in
   * the window last run forward. May overwrite the credits.
   */
  void nodeCreditAdd(Sequence sequence, float[] credits, float[] gradient);
}
