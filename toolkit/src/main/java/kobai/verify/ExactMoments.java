package kobai.verify;

import java.util.function.Function;
import java.util.function.IntFunction;
import kobai.random.NoiseSource;

/**
 * Mean and variance of an estimator under a design: no randomness, no error rate. What they are
 * exact for is the design's matter.
 *
 * <pre>
 * mean = Σ_r w_r ĝ(v_r),   variance = Σ_r w_r (ĝ(v_r) − mean)²          [P]
 * </pre>
 *
 * @param variance by coordinate
 * @param runs number of estimates
 * @param factors number of noise variables
 * @param design its name
 */
public record ExactMoments(double[] mean, double[] variance, int runs, int factors, String design) {
  private static final long SEED = 1;

  /**
   * Watches one episode to find the noise variables, then runs one episode for each run of the
   * design.
   *
   * @param sampler makes the estimator's sampler on a noise source
   * @param design makes the design for a number of factors
   */
  public static ExactMoments of(
      Function<NoiseSource, GradientSampler> sampler, IntFunction<Design> design) {
    NoiseLayout layout = new NoiseLayout();
    SwitchableNoise noise = new SwitchableNoise(layout.watching());
    GradientSampler samples = sampler.apply(noise);
    samples.sample(SEED);
    if (layout.factors() == 0) {
      throw new IllegalArgumentException(
          "the estimator drew no noise: a design is for stochastic estimators");
    }
    Design runs = design.apply(layout.factors());
    double[] vector = new double[layout.factors()];
    noise.choose(
        (key, unroll, particle, out, outAt, count) -> {
          int at = layout.at(key, unroll, particle, count);
          for (int i = 0; i < count; i++) {
            out[outAt + i] = (float) vector[at + i];
          }
        });
    return sum(
        runs,
        run -> {
          runs.fill(run, vector);
          return samples.sample(SEED);
        });
  }

  private static ExactMoments sum(Design design, IntFunction<double[]> estimate) {
    // Sums of the distances to the first estimate: the variance then loses no digits to the mean.
    double[] origin = estimate.apply(0).clone();
    double[] mean = new double[origin.length];
    double[] variance = new double[origin.length];
    for (int run = 0; run < design.runs(); run++) {
      double weight = design.weight(run);
      double[] estimated = estimate.apply(run);
      for (int p = 0; p < mean.length; p++) {
        double x = estimated[p] - origin[p];
        mean[p] += weight * x;
        variance[p] += weight * x * x;
      }
    }
    for (int p = 0; p < mean.length; p++) {
      variance[p] -= mean[p] * mean[p];
      mean[p] += origin[p];
    }
    return new ExactMoments(mean, variance, design.runs(), design.factors(), design.name());
  }

  /** The sum of the variances. */
  public double trace() {
    double sum = 0;
    for (double v : variance) {
      sum += v;
    }
    return sum;
  }

  /** ‖mean − expected‖/‖expected‖. */
  public double relativeError(double[] expected) {
    return Vectors.relativeError(mean, expected);
  }
}
