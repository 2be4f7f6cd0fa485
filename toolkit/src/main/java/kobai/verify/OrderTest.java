package kobai.verify;

import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * The order of the error in σ: the exact mean of an estimator that is unbiased to first order
 * misses the gradient by c₃σ², so its error falls with slope 2 on double-logarithmic axes. Whatever
 * is wrong at O(1) or O(σ), and any loss of digits, has another slope.
 *
 * <pre>
 * σ_low = (50 · 4 u |L| / (c₃ ‖g‖))^⅓:  there rounding is at most 2 % of c₃σ²            (1)
 * σ ∈ {σ_low, 2 σ_low, 4 σ_low}, slope by least squares, passed in [1.9, 2.1]            (2)
 * </pre>
 *
 * <p>Rounding of 2 % at the low end turns the slope by 0.02/ln 4 = 0.015; terms in σ⁴ of 10 % at
 * the high end turn it by 0.07. Where σ_low exceeds {@link #HIGHEST} there is no σ that shows the
 * order (the loss is almost quadratic, or the arithmetic too coarse); the test then says so and
 * does not pass.
 *
 * @param sigmas where it was measured; empty where it cannot be
 * @param errors ‖mean − gradient‖/‖gradient‖ there
 * @param slope of (2); NaN where it cannot be measured
 * @param passed whether the slope is 2
 * @param finding one sentence
 */
public record OrderTest(
    double[] sigmas, double[] errors, double slope, boolean passed, String finding) {
  /** Highest σ_low: beyond, 4 σ_low would leave the range in which σ² leads. */
  public static final double HIGHEST = 0.1;

  private static final double LEAST_SLOPE = 1.9;
  private static final double MOST_SLOPE = 2.1;

  /**
   * Runs the test.
   *
   * @param mean the exact mean of the estimator for a σ
   * @param gradient what it tends to
   * @param errors the error model of the problem, in the arithmetic of the estimator
   */
  public static OrderTest run(DoubleFunction<double[]> mean, double[] gradient, ErrorModel errors) {
    double low = Math.cbrt(50 * 4 * errors.unit() * errors.loss() / (errors.c3() * errors.norm()));
    if (!(low <= HIGHEST)) {
      return new OrderTest(
          new double[0],
          new double[0],
          Double.NaN,
          false,
          String.format(
              Locale.ROOT,
              "σ_low = %.2g: must be at most %s (no σ shows the order on this problem)",
              low,
              HIGHEST));
    }
    double[] sigmas = {low, 2 * low, 4 * low};
    double[] measured = new double[sigmas.length];
    for (int i = 0; i < sigmas.length; i++) {
      measured[i] = Vectors.relativeError(mean.apply(sigmas[i]), gradient);
    }
    // Least squares through three equidistant points: the ends decide.
    double slope = Math.log(measured[2] / measured[0]) / Math.log(4);
    boolean passed = slope >= LEAST_SLOPE && slope <= MOST_SLOPE;
    return new OrderTest(
        sigmas,
        measured,
        slope,
        passed,
        String.format(
            Locale.ROOT,
            "slope %.3f between σ = %.3g (error %.3g) and %.3g (error %.3g), must be in [%s, %s]",
            slope,
            sigmas[0],
            measured[0],
            sigmas[2],
            measured[2],
            LEAST_SLOPE,
            MOST_SLOPE));
  }
}
