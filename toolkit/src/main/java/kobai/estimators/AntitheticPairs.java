package kobai.estimators;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.Rollout;
import kobai.parallel.Workers;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * The common part of evolution strategies: N/2 antithetic pairs, pair i at θ ± σ vᵢ, each with a
 * row of coefficients (its perturbation, or its running sum) that its loss difference is multiplied
 * by.
 *
 * <pre>
 * ĝ = 1/(N σ²) Σᵢ (Lᵢ⁺ − Lᵢ⁻) ξᵢ     (1)  [P]
 * </pre>
 *
 * <p>One pass over v writes both θ + σv and θ − σv, which then serve all K steps of the window from
 * the cache; the two perturbed parameter vectors work with any model, and reading them costs the
 * memory traffic of reading W and ε (two matrices a pair and step) without a second product. Pairs
 * are chunks of a fixed pool; (1) is a chain over i cut along P, so no result depends on the number
 * of threads. Only the N/2 rows ξ are stored.
 */
final class AntitheticPairs {
  /** Parameters of (1) that one chunk sums. */
  private static final int SUM_COLUMNS = 2048;

  private final Kernels kernels;
  private final Workers workers;
  private final NoiseSource noise;
  private final float sigma;
  private final int pairs;
  private final int parameters;
  private final int width;
  private final boolean persistent;
  private final float[][] coefficients;
  private final float[] states;
  private final double[] losses;
  private final float[][] draw;
  private final float[][] plus;
  private final float[][] minus;
  private final Rollout[] rollouts;
  private final Workers.Task pairTask = this::pair;
  private final Workers.Task sumTask = this::sum;

  // The arguments of the round of chunks in progress.
  private RandomKey key = new RandomKey(0);
  private int unroll;
  private float[] theta;
  private Sequence sequence;
  private int from;
  private int to;
  private float[] gradient;

  /**
   * @param persistent whether ξ sums the perturbations of an episode (and the particles keep their
   *     states) or holds the newest alone
   */
  AntitheticPairs(Setup setup, Workspace workspace, boolean persistent) {
    this.persistent = persistent;
    kernels = setup.kernels();
    workers = setup.workers();
    noise = setup.noise();
    sigma = (float) setup.sigma();
    pairs = setup.particles() / 2;
    parameters = setup.model().parameters().count();
    width = Math.toIntExact(setup.stateSize());
    coefficients = new float[pairs][];
    for (int i = 0; i < pairs; i++) {
      coefficients[i] =
          workspace.floats((persistent ? "xi of pair " : "epsilon of pair ") + i, parameters);
    }
    states = workspace.floats("particle states", 2L * pairs * width);
    losses = workspace.doubles("particle losses", 2L * pairs);
    draw = new float[persistent ? workers.count() : 0][];
    plus = new float[workers.count()][];
    minus = new float[workers.count()][];
    rollouts = new Rollout[workers.count()];
    for (int w = 0; w < workers.count(); w++) {
      Workspace own = workspace.child("worker " + w);
      if (persistent) {
        draw[w] = own.floats("epsilon", parameters);
      }
      plus[w] = own.floats("theta plus", parameters);
      minus[w] = own.floats("theta minus", parameters);
      rollouts[w] =
          setup.model().rollout(kernels, own.child("rollout"), setup.window(), setup.batch());
    }
  }

  /** Starts an episode: coefficients and states zero, perturbations from {@code seed}. */
  void reset(long seed) {
    key = new RandomKey(seed).child("perturbation");
    unroll = 0;
    for (float[] row : coefficients) {
      java.util.Arrays.fill(row, 0f);
    }
    java.util.Arrays.fill(states, 0f);
  }

  /** Puts every particle into {@code state} [B × n]. */
  void restart(float[] state) {
    for (int particle = 0; particle < 2 * pairs; particle++) {
      System.arraycopy(state, 0, states, particle * width, width);
    }
  }

  /**
   * Draws the next perturbations, runs all particles over [from, to) and overwrites the gradient
   * with (1).
   */
  void estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    this.theta = theta;
    this.sequence = sequence;
    this.from = from;
    this.to = to;
    this.gradient = gradient;
    workers.run(pairs, pairTask);
    workers.run(Math.ceilDiv(parameters, SUM_COLUMNS), sumTask);
    unroll++;
  }

  /** The loss of the last window, averaged over the particles in their order. */
  double meanLoss() {
    double sum = 0;
    for (double loss : losses) {
      sum += loss;
    }
    return sum / losses.length;
  }

  private void pair(int i, int worker) {
    float[] v = persistent ? draw[worker] : coefficients[i];
    noise.fill(key, unroll, i, v, 0, parameters);
    kernels.perturb(theta, 0, sigma, v, 0, plus[worker], 0, minus[worker], 0, parameters);
    if (persistent) {
      kernels.axpy(1f, v, 0, coefficients[i], 0, parameters);
    }
    Rollout rollout = rollouts[worker];
    losses[2 * i] = rollout.run(plus[worker], sequence, from, to, states, 2 * i * width, 0);
    losses[2 * i + 1] =
        rollout.run(minus[worker], sequence, from, to, states, (2 * i + 1) * width, 0);
  }

  /** (1), with rows in units of σ: (L⁺ − L⁻) / (N σ) · Σ v. */
  private void sum(int chunk, int worker) {
    int at = chunk * SUM_COLUMNS;
    int count = Math.min(SUM_COLUMNS, parameters - at);
    java.util.Arrays.fill(gradient, at, at + count, 0f);
    for (int i = 0; i < pairs; i++) {
      float weight = (float) ((losses[2 * i] - losses[2 * i + 1]) / (2.0 * pairs * sigma));
      kernels.axpy(weight, coefficients[i], at, gradient, at, count);
    }
  }
}
