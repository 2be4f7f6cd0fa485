package kobai.reproduce;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.random.RandomKey;

/**
 * Workers that stand at different places of their episodes: each has an estimator of its own, which
 * starts over when its episode ends, so that at any time their windows cover the whole episode
 * evenly.
 *
 * <pre>
 * ĝ = 1/(M K) Σᵢ ĝᵢ[pᵢ, pᵢ + K),   pᵢ ← (pᵢ + K) mod T          (1)  [P]
 * p = K (0, 1, …, T/K − 1, 0, 1, …) at the start                 (2)
 * </pre>
 *
 * <p>ĝ is an estimate of the gradient of the mean loss of a step. A worker is brought to its first
 * place by running its estimator there at the first θ and throwing the estimates away: the steps
 * are wasted, and {@link #steps} counts them.
 *
 * <p>Variant: the published places are drawn with replacement; those of (2) are spread evenly, so
 * that every seed pays the same for them.
 *
 * <p>Source: Li, Harrison, Sohl-Dickstein, Smith and Metz (2023), NeurIPS, arXiv 2304.12180.
 */
final class StepUnlocked {
  private final Sequence sequence;
  private final int window;
  private final int stepsPerWindow;
  private final GradientEstimator[] workers;
  private final int[] places;
  private final long[] episodes;
  private final RandomKey key;
  private final float[] own;
  private long steps;

  /**
   * Makes the workers.
   *
   * @param setup of one worker: one antithetic pair, or one path; its window divides the sequence
   * @param stepsPerStep steps of the system that a worker takes for each step of its window
   */
  StepUnlocked(
      Algorithm algorithm,
      Setup setup,
      int stepsPerStep,
      Sequence sequence,
      int workers,
      RandomKey key) {
    this.sequence = sequence;
    this.key = key;
    window = setup.window();
    stepsPerWindow = window * stepsPerStep;
    own = new float[setup.model().parameters().count()];
    this.workers = new GradientEstimator[workers];
    places = new int[workers];
    episodes = new long[workers];
    for (int worker = 0; worker < workers; worker++) {
      this.workers[worker] = algorithm.create(setup);
    }
  }

  /** Brings every worker to its first place (2). */
  void start(float[] theta) {
    int windows = sequence.length() / window;
    for (int worker = 0; worker < workers.length; worker++) {
      for (int skip = worker % windows; skip > 0; skip--) {
        advance(worker, theta);
      }
    }
  }

  /** Overwrites gradient with (1) and returns the mean loss of a step. */
  double estimate(float[] theta, float[] gradient) {
    Arrays.fill(gradient, 0f);
    double loss = 0;
    double share = 1.0 / ((double) workers.length * window);
    for (int worker = 0; worker < workers.length; worker++) {
      loss += share * advance(worker, theta);
      for (int p = 0; p < own.length; p++) {
        gradient[p] += (float) (share * own[p]);
      }
    }
    return loss;
  }

  private double advance(int worker, float[] theta) {
    int from = places[worker];
    if (from == 0) {
      workers[worker].reset(key.child(worker).child(episodes[worker]++).seed());
    }
    places[worker] = (from + window) % sequence.length();
    steps += stepsPerWindow;
    return workers[worker].estimate(theta, sequence, from, from + window, own);
  }

  /** Steps of the system so far, wasted ones included. */
  long steps() {
    return steps;
  }
}
