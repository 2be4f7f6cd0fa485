package kobai.estimators;

import kobai.data.Sequence;
import kobai.memory.Workspace;

/**
 * e-prop: eligibility traces that live inside a unit, times a learning signal.
 *
 * <pre>
 * εₜ = Dₜ εₜ₋₁ + M̄ₜ             (1)  [parts] for each recurrent weight
 * ĝ  = Σₜ (Lₜ εₜ + ∂ℓₜ/∂θ)       (2)  [P]
 * </pre>
 *
 * <p>(1) and (2) are {@link LocalTraces}; in a stack, of each layer: {@link LayerwiseInfluence}.
 *
 * <p>Claim: biased, for what a weight does through other units, or through its unit's output back
 * onto itself, is dropped.
 *
 * <p>Cost per step and row: O(n q) time a gate and part, one pass over ε a window; memory 4 B bytes
 * for each recurrent weight and part, and the tape.
 *
 * <p>Variant: Dₜ is the block of a unit at fixed pre-activations, as in the publication, where the
 * spikes that feed back are held; with the whole diagonal block of J it is {@link Snap} of order 1.
 * Lₜ = qₜ (symmetric feedback, no filter). On cells of one part it is {@link Rflo}.
 *
 * <p>Source: Bellec et al. (2020), Nature Communications 11:3625.
 */
final class EProp implements GradientEstimator {
  private final Workspace workspace;
  private final LayerwiseInfluence influence;

  EProp(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    influence = new LayerwiseInfluence(setup, workspace, setup.interacting("E_PROP"), false);
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
