package kobai.estimators;

import kobai.data.Sequence;
import kobai.memory.Workspace;

/**
 * Persistent evolution strategies: every particle keeps its own state, and its losses are credited
 * to the sum ξ of all its perturbations since the episode began.
 *
 * <pre>
 * ξ⁽ⁱ⁾ ← ξ⁽ⁱ⁾ + ε⁽ⁱ⁾,   ε ~ N(0, σ² I) in antithetic pairs     (1)  [P]
 * ĝ = 1/(N σ²) Σᵢ ξ⁽ⁱ⁾ L(θ + ε⁽ⁱ⁾; s⁽ⁱ⁾)                      (2)  [P]
 * </pre>
 *
 * <p>(1) and (2) are {@link AntitheticPairs}; ξ is summed before use. {@code estimate} returns the
 * mean loss of the particles.
 *
 * <p>Claim: the sum over the windows of a sequence is unbiased for the gradient of E L(θ + ε₁, θ +
 * ε₂, …) over independent perturbations, one a window, at any σ. With one window it is full-unroll
 * ES.
 *
 * <p>Cost per step: N forward steps; memory 4 (N/2) P bytes for ξ, N states, and 3P a thread.
 *
 * <p>Variant: dense perturbations; all particles end an episode together.
 *
 * <p>Source: Vicol, Metz and Sohl-Dickstein (2021), ICML, algorithm 2.
 */
final class Pes implements GradientEstimator {
  private final Workspace workspace;
  private final AntitheticPairs pairs;

  Pes(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    pairs = new AntitheticPairs(setup, workspace, true);
  }

  @Override
  public void reset(long seed) {
    pairs.reset(seed);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    pairs.estimate(theta, sequence, from, to, gradient);
    return pairs.meanLoss();
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
