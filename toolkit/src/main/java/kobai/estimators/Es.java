package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.memory.Workspace;
import kobai.models.Rollout;

/**
 * Antithetic evolution strategies. Per window every particle starts from the one state s of the
 * unperturbed network.
 *
 * <pre>
 * ĝ = 1/(N σ²) Σᵢ ε⁽ⁱ⁾ L(θ + ε⁽ⁱ⁾; s),   ε ~ N(0, σ² I) in antithetic pairs     (1)  [P]
 * s ← state after the window at θ                                            (2)  [B × n]
 * </pre>
 *
 * <p>(1) is {@link AntitheticPairs}, (2) is in {@code estimate}, which returns the loss of (2).
 *
 * <p>Claim: on a whole sequence, unbiased for the gradient of E L(θ + ε), at any σ; on windows
 * biased by truncation.
 *
 * <p>Cost per step: N + 1 forward steps; memory 4 (N/2) P bytes for ε, N states, and 2P a thread.
 *
 * <p>Variant: truncated ES that restarts from the mean-θ state (not one kept state, nor the
 * positive particle's). Dense perturbations.
 *
 * <p>Source: Salimans et al. (2017), arXiv 1703.03864; truncated: Vicol, Metz and Sohl-Dickstein
 * (2021), ICML, algorithm 1.
 */
final class Es implements GradientEstimator {
  private final Workspace workspace;
  private final AntitheticPairs pairs;
  private final Rollout mean;
  private final float[] state;

  Es(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    pairs = new AntitheticPairs(setup, workspace, false);
    mean =
        setup
            .model()
            .rollout(setup.kernels(), workspace.child("mean"), setup.window(), setup.batch());
    state = workspace.floats("state", setup.stateSize());
  }

  @Override
  public void reset(long seed) {
    pairs.reset(seed);
    Arrays.fill(state, 0f);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    pairs.restart(state);
    pairs.estimate(theta, sequence, from, to, gradient);
    return mean.run(theta, sequence, from, to, state, 0, 0);
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
