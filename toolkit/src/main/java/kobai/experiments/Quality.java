package kobai.experiments;

import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.random.RandomKey;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * How good the gradients of an estimator are at one θ on one sequence, over n independent estimates
 * ĝ₁ … ĝₙ (each the sum over the windows of the sequence) against the exact gradient g.
 *
 * <pre>
 * V = 1/(n−1) Σᵢ ‖ĝᵢ − ḡ‖²                              estimates tr Var ĝ       (1)
 * U = ‖ḡ − g‖² − V/n = Σ_{i≠j} ⟨dᵢ, dⱼ⟩ / (n(n−1))      estimates ‖E ĝ − g‖²      (2)
 * S = ‖ḡ‖² − V/n                                        estimates ‖E ĝ‖²          (3)
 * </pre>
 *
 * with dᵢ = ĝᵢ − g. All three are unbiased: the noise of the mean, which makes ‖ḡ − g‖ shrink like
 * 1/√n for an estimator of no bias at all, is taken out of (2). U may come out below zero; the bias
 * reported is √max(0, U) / ‖g‖. An estimate of zero length has cosine 0.
 *
 * <p>Standard errors and the interval of the bias come from a grouped jackknife over up to 32
 * blocks of estimates (delete one block at a time; Busing, Meijer and van der Leeden 1999,
 * Statistics and Computing 9, for unequal blocks), with Student's t on blocks − 1 degrees of
 * freedom. Where the bias is zero, U is a degenerate U-statistic and the jackknife doubles its
 * variance (Efron and Stein 1981, Annals of Statistics 9): the interval is then wider than it need
 * be, never narrower.
 *
 * <p>Figures that were not measured are NaN: spreads from a single estimate, errors from fewer than
 * three.
 *
 * @param repeats n, the estimates that were made: fewer than asked for where the time ran out or an
 *     estimate was not finite (all other figures are NaN then)
 * @param deterministic whether the estimator was taken to be deterministic: one estimate, no
 *     variance, and its error is its bias
 * @param parameters P
 * @param gradientNorm ‖g‖
 * @param relativeError ‖ĝ − g‖ / ‖g‖ of one estimate, mean over the estimates
 * @param relativeErrorSd its standard deviation over the estimates
 * @param cosine cosine of one estimate to g, mean over the estimates
 * @param cosineLow its 5 % quantile
 * @param cosineHigh its 95 % quantile
 * @param cosineOfMean cosine of ḡ to g
 * @param relativeBiasSquared U / ‖g‖², unbiased and so possibly below zero: what to average over
 *     several measurements
 * @param relativeBias √max(0, U) / ‖g‖
 * @param relativeBiasLow lower end of the interval of the bias (each end by itself holds with
 *     confidence 97.5 %); 0 says that no bias was shown
 * @param relativeBiasHigh upper end: the bias that may have gone unseen
 * @param relativeVariance V / ‖g‖²
 * @param relativeVarianceError its standard error
 * @param signalToNoise max(0, S) / V of one estimate; +∞ without noise
 * @param signalToNoiseError its standard error
 */
public record Quality(
    int repeats,
    boolean deterministic,
    int parameters,
    double gradientNorm,
    double relativeError,
    double relativeErrorSd,
    double cosine,
    double cosineLow,
    double cosineHigh,
    double cosineOfMean,
    double relativeBiasSquared,
    double relativeBias,
    double relativeBiasLow,
    double relativeBiasHigh,
    double relativeVariance,
    double relativeVarianceError,
    double signalToNoise,
    double signalToNoiseError) {
  /** No limit of time. */
  public static final Duration UNLIMITED = Duration.ofSeconds(Long.MAX_VALUE);

  /** Confidence of each end of an interval by itself. */
  static final double ONE_SIDED = 0.975;

  private static final int MOST_BLOCKS = 32;
  private static final int FEWEST_BLOCKS = 4;
  private static final long BLOCK_BYTES = 64L << 20;
  private static final double LOW_QUANTILE = 0.05;
  private static final double HIGH_QUANTILE = 0.95;

  /**
   * Measures a stochastic estimator over {@code repeats} estimates.
   *
   * @see #measure(GradientEstimator, float[], Sequence, int, double[], int, RandomKey, Duration)
   */
  public static Quality measure(
      GradientEstimator estimator,
      float[] theta,
      Sequence sequence,
      int window,
      double[] exact,
      int repeats,
      RandomKey key) {
    return measure(estimator, theta, sequence, window, exact, repeats, key, UNLIMITED);
  }

  /**
   * Measures a stochastic estimator.
   *
   * <p>Memory: 2P floats and doubles, and up to 32 blocks of P doubles (64 MiB at most, or four
   * blocks). Time: the estimates.
   *
   * @param theta [P], left as it is
   * @param window steps of a window; the last one may be shorter
   * @param exact g [P]
   * @param repeats most estimates n to make; estimate i is reset with {@code key.child(i)}
   * @param budget no further estimate is begun after this time; one is always made
   */
  public static Quality measure(
      GradientEstimator estimator,
      float[] theta,
      Sequence sequence,
      int window,
      double[] exact,
      int repeats,
      RandomKey key,
      Duration budget) {
    if (repeats < 1) {
      throw new IllegalArgumentException("repeats = %d: must be at least 1".formatted(repeats));
    }
    Estimates estimates = new Estimates(theta, sequence, window, exact, repeats);
    long start = System.nanoTime();
    do {
      estimates.add(estimator, key.child(estimates.count).seed());
    } while (estimates.count < repeats
        && estimates.finite
        && Duration.ofNanos(System.nanoTime() - start).compareTo(budget) < 0);
    return estimates.summary(false);
  }

  /**
   * Measures an estimator that does not depend on its seed, once: its error is bias, its variance
   * is zero.
   */
  public static Quality measureDeterministic(
      GradientEstimator estimator, float[] theta, Sequence sequence, int window, double[] exact) {
    Estimates estimates = new Estimates(theta, sequence, window, exact, 1);
    estimates.add(estimator, 0);
    return estimates.summary(true);
  }

  /**
   * The exact gradient [P] at theta on the whole sequence: BPTT in one window, with checkpoints
   * (the same bits) where its tape would need more than a quarter of the heap. Rounding: that of
   * float products, about 10⁻⁶ of its norm.
   *
   * @param setup batch and window are replaced by the sequence's
   */
  public static double[] exactGradient(Setup setup, float[] theta, Sequence sequence) {
    Setup whole = setup.withBatch(sequence.batch()).withWindow(sequence.length());
    boolean fits = Algorithm.BPTT.plan(whole).bytes() <= Runtime.getRuntime().maxMemory() / 4;
    GradientEstimator bptt = (fits ? Algorithm.BPTT : Algorithm.BPTT_CHECKPOINTED).create(whole);
    float[] gradient = new float[setup.model().parameters().count()];
    bptt.reset(0);
    bptt.estimate(theta, sequence, 0, sequence.length(), gradient);
    return widen(gradient);
  }

  /** The same numbers in double. */
  public static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /**
   * Estimates to average until the signal-to-noise ratio ‖E ĝ‖² / tr Var of the average reaches
   * {@code ratio}; empty where no signal was seen. Averaging takes noise away, not bias: see {@link
   * #estimatesForError}.
   */
  public OptionalLong estimatesForSignalToNoise(double ratio) {
    if (!(ratio > 0 && ratio < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "signal-to-noise ratio = %s: must be a finite number > 0".formatted(ratio));
    }
    return signalToNoise > 0 ? atLeastOne(ratio / signalToNoise) : OptionalLong.empty();
  }

  /**
   * Estimates to average until the root mean square of ‖average − g‖ / ‖g‖ falls to {@code error};
   * empty where the bias shown ({@link #floor}) forbids it.
   */
  public OptionalLong estimatesForError(double error) {
    if (!(error > 0 && error < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "relative error = %s: must be a finite number > 0".formatted(error));
    }
    double room = error * error - floor() * floor();
    return room > 0 && relativeVariance >= 0
        ? atLeastOne(relativeVariance / room)
        : OptionalLong.empty();
  }

  /**
   * The relative error that no amount of averaging goes below: the lower end of the bias interval,
   * which is what has been shown; NaN where no interval was measured.
   */
  public double floor() {
    return relativeBiasLow;
  }

  private static OptionalLong atLeastOne(double count) {
    return OptionalLong.of(Math.max(1, (long) Math.ceil(count)));
  }

  /** The running sums behind a measurement. */
  private static final class Estimates {
    private final float[] theta;
    private final Sequence sequence;
    private final int window;
    private final double[] exact;
    private final double exactSquare;
    private final float[] gradient;
    private final double[] estimate;
    private final double[] mean;
    private final double[][] blockSums;
    private final double[] blockSquares;
    private final int[] blockCounts;
    private final double[] errors;
    private final double[] cosines;
    private double squaredDeviations;
    private int count;
    private boolean finite = true;

    Estimates(float[] theta, Sequence sequence, int window, double[] exact, int repeats) {
      if (theta.length != exact.length) {
        throw new IllegalArgumentException(
            "exact gradient: expected %d numbers, as theta has, got %d"
                .formatted(theta.length, exact.length));
      }
      if (window < 1 || window > sequence.length()) {
        throw new IllegalArgumentException(
            "window = %d: must be in [1, %d], the sequence's length"
                .formatted(window, sequence.length()));
      }
      exactSquare = dot(exact, exact);
      if (!(exactSquare > 0 && exactSquare < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "exact gradient: norm = %s: must be a finite number > 0 (relative errors need a gradient; use another theta)"
                .formatted(Math.sqrt(exactSquare)));
      }
      this.theta = theta;
      this.sequence = sequence;
      this.window = window;
      this.exact = exact;
      int p = exact.length;
      gradient = new float[p];
      estimate = new double[p];
      mean = new double[p];
      long affordable = Math.max(FEWEST_BLOCKS, BLOCK_BYTES / (Double.BYTES * (long) p));
      int blocks = (int) Math.min(Math.min(repeats, MOST_BLOCKS), affordable);
      blockSums = new double[blocks][p];
      blockSquares = new double[blocks];
      blockCounts = new int[blocks];
      errors = new double[repeats];
      cosines = new double[repeats];
    }

    void add(GradientEstimator estimator, long seed) {
      Arrays.fill(estimate, 0);
      estimator.reset(seed);
      for (int from = 0; from < sequence.length(); from += window) {
        int to = Math.min(from + window, sequence.length());
        estimator.estimate(theta, sequence, from, to, gradient);
        for (int j = 0; j < estimate.length; j++) {
          estimate[j] += gradient[j];
        }
      }
      // Estimate i goes to block i mod blocks, so that blocks stay even whenever the time runs out.
      int block = count % blockSums.length;
      double[] sums = blockSums[block];
      int now = count + 1;
      double square = 0;
      double product = 0;
      double deviation = 0;
      double norm = 0;
      for (int j = 0; j < estimate.length; j++) {
        double d = estimate[j] - exact[j];
        square += d * d;
        product += estimate[j] * exact[j];
        norm += estimate[j] * estimate[j];
        sums[j] += d;
        double before = estimate[j] - mean[j];
        mean[j] += before / now;
        deviation += before * (estimate[j] - mean[j]);
      }
      squaredDeviations += deviation;
      blockSquares[block] += square;
      blockCounts[block]++;
      errors[count] = Math.sqrt(square / exactSquare);
      cosines[count] = cosine(product, norm);
      finite = norm < Double.POSITIVE_INFINITY;
      count = now;
    }

    Quality summary(boolean deterministic) {
      double gradientNorm = Math.sqrt(exactSquare);
      double[] e = Arrays.copyOf(errors, count);
      double[] c = Arrays.copyOf(cosines, count);
      if (!finite) {
        Arrays.fill(e, Double.NaN);
        Arrays.fill(c, Double.NaN);
        Arrays.fill(mean, Double.NaN);
        squaredDeviations = Double.NaN;
      }
      Arrays.sort(c);
      double error = average(e);
      double cosineOfMean = cosine(dot(mean, exact), dot(mean, mean));
      if (deterministic) {
        return new Quality(
            count,
            true,
            exact.length,
            gradientNorm,
            error,
            0,
            c[0],
            c[0],
            c[0],
            cosineOfMean,
            error * error,
            error,
            error,
            error,
            0,
            0,
            finite ? Double.POSITIVE_INFINITY : error,
            0);
      }
      double v = count == 1 ? Double.NaN : squaredDeviations / (count - 1);
      double u = -v / count;
      for (int j = 0; j < mean.length; j++) {
        u += (mean[j] - exact[j]) * (mean[j] - exact[j]);
      }
      double signalToNoise = Math.max(0, dot(mean, mean) - v / count) / v;
      Spread spread = jackknife(v, u, signalToNoise);
      return new Quality(
          count,
          false,
          exact.length,
          gradientNorm,
          error,
          standardDeviation(e, error),
          average(c),
          quantile(c, LOW_QUANTILE),
          quantile(c, HIGH_QUANTILE),
          cosineOfMean,
          u / exactSquare,
          relativeRoot(u),
          relativeRoot(u - spread.reach * spread.bias),
          relativeRoot(u + spread.reach * spread.bias),
          v / exactSquare,
          spread.variance / exactSquare,
          signalToNoise,
          spread.signal);
    }

    private double cosine(double product, double square) {
      return square == 0 ? 0 : product / Math.sqrt(square * exactSquare);
    }

    private double relativeRoot(double square) {
      return Math.sqrt(Math.max(0, square) / exactSquare);
    }

    /**
     * Standard errors of V, U and max(0, S)/V, and the t quantile that turns one into the reach of
     * an interval.
     */
    private record Spread(double variance, double bias, double signal, double reach) {}

    private Spread jackknife(double v, double u, double snr) {
      int blocks = Math.min(blockSums.length, count);
      if (count < 3) {
        return new Spread(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
      }
      double[] total = new double[exact.length];
      double squares = 0;
      for (int k = 0; k < blocks; k++) {
        for (int j = 0; j < total.length; j++) {
          total[j] += blockSums[k][j];
        }
        squares += blockSquares[k];
      }
      double[] weights = new double[blocks];
      double[] variances = new double[blocks];
      double[] biases = new double[blocks];
      double[] signals = new double[blocks];
      for (int k = 0; k < blocks; k++) {
        double n = count - blockCounts[k];
        double sumSquare = 0;
        double sumExact = 0;
        for (int j = 0; j < total.length; j++) {
          double rest = total[j] - blockSums[k][j];
          sumSquare += rest * rest;
          sumExact += rest * exact[j];
        }
        double meanSquare = sumSquare / (n * n);
        double variance = (squares - blockSquares[k] - n * meanSquare) / (n - 1);
        weights[k] = (double) count / blockCounts[k];
        variances[k] = variance;
        biases[k] = meanSquare - variance / n;
        signals[k] =
            Math.max(0, exactSquare + 2 * sumExact / n + meanSquare - variance / n) / variance;
      }
      return new Spread(
          deleteBlockError(v, variances, weights),
          deleteBlockError(u, biases, weights),
          deleteBlockError(snr, signals, weights),
          TDistribution.of(blocks - 1).inverseCumulativeProbability(ONE_SIDED));
    }

    /**
     * Standard error by deleting one block at a time, h_k = n / m_k: pseudo-values p_k = h_k x −
     * (h_k − 1) x₍ₖ₎, variance = mean of (p_k − p̄)² / (h_k − 1).
     */
    private static double deleteBlockError(double whole, double[] without, double[] h) {
      int blocks = without.length;
      double centre = 0;
      for (int k = 0; k < blocks; k++) {
        centre += whole - (1 - 1 / h[k]) * without[k];
      }
      double sum = 0;
      for (int k = 0; k < blocks; k++) {
        double pseudo = h[k] * whole - (h[k] - 1) * without[k];
        sum += (pseudo - centre) * (pseudo - centre) / (h[k] - 1);
      }
      return Math.sqrt(sum / blocks);
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }

  private static double average(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double standardDeviation(double[] values, double mean) {
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return values.length == 1 ? Double.NaN : Math.sqrt(sum / (values.length - 1));
  }

  /** Linear between order statistics, the largest at 1 (Hyndman and Fan 1996, type 7). */
  private static double quantile(double[] sorted, double probability) {
    double at = probability * (sorted.length - 1);
    int below = (int) Math.floor(at);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
