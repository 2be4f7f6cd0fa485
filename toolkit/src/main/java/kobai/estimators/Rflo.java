package kobai.estimators;

import kobai.data.Sequence;
import kobai.memory.Workspace;
import kobai.models.LayeredModel;
import kobai.models.RowLocalShape;

/**
 * Random-feedback local online learning, with the true feedback weights: RTRL in which the
 * recurrent weights do not carry influence from unit to unit, so that only the leak remains.
 *
 * <pre>
 * Bₜ = λₜ ⊙ Bₜ₋₁ + γₜ zₜᵀ            (1)  [n × q]
 * ĝ  = Σₜ (diag(qₜ) Bₜ + ∂ℓₜ/∂θ)      (2)  [P]
 * </pre>
 *
 * <p>(1) and (2) are {@link LocalTraces}, with λ = ∂sᵢ/∂s′ᵢ at fixed pre-activations (1 − α in the
 * leaky network, the update gate in a GRU) and γ = ∂sᵢ/∂uᵢ.
 *
 * <p>Claim: biased, for what a parameter does through other units, or through the weight of its
 * unit onto itself, is dropped. At α = 1 it is one-step truncation.
 *
 * <p>Cost per step and row: O(n q) time, one pass over B a window; memory 4 B n q bytes for B and
 * the tape.
 *
 * <p>Variant: q is the gradient of the readout, not a random projection of the error. Only cells of
 * one state part have a leak; for the others the same idea is {@link EProp}.
 *
 * <p>In a stack, of each layer: {@link LayerwiseInfluence}.
 *
 * <p>Source: Murray (2019), eLife 8:e43299.
 */
final class Rflo implements GradientEstimator {
  private final Workspace workspace;
  private final LayerwiseInfluence influence;

  Rflo(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    LayeredModel model = setup.interacting("RFLO");
    for (RowLocalShape cell : model.cells()) {
      if (cell.parts() != 1) {
        throw new IllegalArgumentException(
            "RFLO: %s has units of %d state parts, not one leak; use E_PROP or SNAP_1"
                .formatted(model.name(), cell.parts()));
      }
    }
    influence = new LayerwiseInfluence(setup, workspace, model, false);
  }

  @Override
  public void reset(long seed) {
    influence.reset(seed);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    return influence.estimate(theta, sequence, from, to, gradient);
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
