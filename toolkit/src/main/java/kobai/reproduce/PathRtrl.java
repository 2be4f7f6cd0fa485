package kobai.reproduce;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.LeakyRnn;
import kobai.models.RowLocalTape;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Real-time recurrent learning along some of the paths only: a unit takes over the influence on k
 * units drawn once, the same at every step.
 *
 * <pre>
 * Mₜ = (mask ⊙ Jₜ) Mₜ₋₁ + M̄ₜ,   k ones in every row of the mask      (1)
 * ĝ  = qₜ Mₜ + ∂ℓₜ/∂θ                                                (2)
 * </pre>
 *
 * <p>k = n is RTRL, k = 0 backpropagation through one step.
 *
 * <p>Cost per step: O(k n P) time, O(n P) memory. Batch 1, windows of one step.
 *
 * <p>Source: Shalev-Merin (2026), arXiv 2603.15195.
 */
final class PathRtrl implements GradientEstimator {
  private final Workspace workspace = Workspace.allocating();
  private final Kernels kernels;
  private final RowLocalTape tape;
  private final int n;
  private final int sources;
  private final int width;
  private final int[][] from;
  private final float[] state;
  private final float[] q;
  private final float[] jacobian;
  private final float[] gains;
  private final float[] z;
  private float[] influence;
  private float[] before;

  /**
   * Makes the estimator.
   *
   * @param setup batch 1
   * @param model its model
   * @param paths k, from 0 to the units
   * @param key what the paths are drawn from
   */
  PathRtrl(Setup setup, LeakyRnn model, int paths, RandomKey key) {
    n = model.units();
    if (setup.batch() != 1 || paths < 0 || paths > n) {
      throw new IllegalArgumentException(
          "PathRtrl: paths = %d, batch = %d: must be from 0 to %d and 1"
              .formatted(paths, setup.batch(), n));
    }
    kernels = setup.kernels();
    sources = model.sources();
    width = sources * n;
    tape = model.tape(kernels, workspace.child("tape"), 1, 1);
    from = new int[n][];
    for (int unit = 0; unit < n; unit++) {
      from[unit] = draw(key.child(unit), paths, n);
    }
    state = workspace.floats("state", n);
    q = workspace.floats("q", n);
    jacobian = workspace.floats("jacobian", (long) n * n);
    gains = workspace.floats("gains", n);
    z = workspace.floats("sources", sources);
    influence = workspace.floats("influence", (long) n * width);
    before = workspace.floats("influence before", (long) n * width);
  }

  /** The first {@code count} of a shuffled 0 … n − 1 (Fisher and Yates). */
  private static int[] draw(RandomKey key, int count, int n) {
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    for (int i = 0; i < count; i++) {
      int j = i + RandomDraws.below(key, 0, i, n - i);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return Arrays.copyOf(order, count);
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
    Arrays.fill(influence, 0f);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int first, int to, float[] gradient) {
    if (to - first != 1) {
      throw new IllegalArgumentException(
          "PathRtrl: window [%d, %d): must be one step".formatted(first, to));
    }
    double loss = tape.forward(theta, sequence, first, to, state);
    Arrays.fill(gradient, 0f);
    tape.lossParametersAdd(theta, sequence, gradient);
    tape.stateGradient(theta, sequence, 0, q, 0);
    tape.jacobianTransposed(theta, 0, 0, jacobian, 0);
    tape.gains(0, 0, gains, 0);
    tape.sources(sequence, 0, 0, z, 0);
    float[] swap = before;
    before = influence;
    influence = swap;
    Arrays.fill(influence, 0f);
    for (int unit = 0; unit < n; unit++) {
      int row = unit * width;
      for (int other : from[unit]) {
        kernels.axpy(jacobian[other * n + unit], before, other * width, influence, row, width);
      }
      for (int j = 0; j < sources; j++) {
        influence[row + j * n + unit] += gains[unit] * z[j];
      }
    }
    kernels.gemvTransposedAdd(influence, 0, q, 0, gradient, 0, n, width);
    return loss;
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
