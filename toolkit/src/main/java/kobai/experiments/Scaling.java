package kobai.experiments;

import java.util.Arrays;
import java.util.Locale;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The power law y = c xᵖ behind measured points: least squares of ln y on ln x.
 *
 * <pre>
 * p̂ = Σ wᵢ (ln xᵢ − m) ln yᵢ / Σ wᵢ (ln xᵢ − m)²,   m = Σ wᵢ ln xᵢ / Σ wᵢ       (1)
 * se² = s² / Σ wᵢ (ln xᵢ − m)²,   s² = Σ wᵢ rᵢ² / (n − 2)                      (2)
 * </pre>
 *
 * <p>The interval is p̂ ± t se with n − 2 degrees of freedom at 95 %. Its residuals rᵢ hold
 * whatever bends the points away from a line (caches, small terms) as well as noise; a theory's
 * exponent is asymptotic, so that a slope below it on small sizes is no contradiction. Two points
 * give a slope and no interval.
 *
 * @param slope p̂
 * @param standardError se; NaN for two points
 * @param low lower end; NaN for two points
 * @param high upper end; NaN for two points
 * @param factor ĉ, the y of x = 1
 * @param points n
 */
public record Scaling(
    double slope, double standardError, double low, double high, double factor, int points) {
  /** Confidence of the interval. */
  public static final double CONFIDENCE = 0.95;

  /** How a slope stands to the exponent of a theory. */
  public enum Verdict {
    /** The exponent lies in the interval. */
    AGREES,
    /** The whole interval lies below the exponent. */
    BELOW,
    /** The whole interval lies above the exponent. */
    ABOVE,
    /** Two points: no interval to judge by. */
    UNDECIDED
  }

  /**
   * Fits points of equal weight: x and y [n ≥ 2], finite and above zero, with at least two
   * different x.
   */
  public static Scaling fit(double[] x, double[] y) {
    double[] weights = new double[x.length];
    Arrays.fill(weights, 1);
    return fit(x, y, weights);
  }

  /**
   * Fits weighted points.
   *
   * @param weights [n], above zero, proportional to 1 / variance of ln y (about (y / error of y)²);
   *     only their ratios matter
   */
  public static Scaling fit(double[] x, double[] y, double[] weights) {
    int n = x.length;
    if (n < 2) {
      throw new IllegalArgumentException("scaling: points = %d: must be at least 2".formatted(n));
    }
    Curve.checkPoints("scaling: x", n, x);
    Curve.checkPoints("scaling: y", n, y);
    Curve.checkPoints("scaling: weights", n, weights);
    double weight = 0;
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < n; i++) {
      weight += weights[i];
      meanX += weights[i] * Math.log(x[i]);
      meanY += weights[i] * Math.log(y[i]);
    }
    meanX /= weight;
    meanY /= weight;
    double sxx = 0;
    double sxy = 0;
    for (int i = 0; i < n; i++) {
      double dx = Math.log(x[i]) - meanX;
      sxx += weights[i] * dx * dx;
      sxy += weights[i] * dx * (Math.log(y[i]) - meanY);
    }
    if (Arrays.stream(x).distinct().count() < 2) {
      throw new IllegalArgumentException(
          "scaling: x = %s at every point: must have at least two values".formatted(x[0]));
    }
    double slope = sxy / sxx;
    double factor = Math.exp(meanY - slope * meanX);
    if (n == 2) {
      return new Scaling(slope, Double.NaN, Double.NaN, Double.NaN, factor, n);
    }
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double residual = Math.log(y[i]) - meanY - slope * (Math.log(x[i]) - meanX);
      squares += weights[i] * residual * residual;
    }
    double error = Math.sqrt(squares / (n - 2) / sxx);
    double reach =
        TDistribution.of(n - 2).inverseCumulativeProbability((1 + CONFIDENCE) / 2) * error;
    return new Scaling(slope, error, slope - reach, slope + reach, factor, n);
  }

  /** Whether there is an interval. */
  public boolean hasInterval() {
    return points > 2;
  }

  /** The y that the fit gives at x. */
  public double at(double x) {
    return factor * Math.pow(x, slope);
  }

  /** Where the slope stands to a theory's exponent. */
  public Verdict against(double exponent) {
    if (!hasInterval()) {
      return Verdict.UNDECIDED;
    }
    return high < exponent ? Verdict.BELOW : low > exponent ? Verdict.ABOVE : Verdict.AGREES;
  }

  /**
   * The comparison in words: {@code RTRL time grows as n^3.91 (95 % interval 3.80 to 4.02, 5
   * points); theory n^4: agrees}.
   *
   * @param what the quantity, such as {@code RTRL time}
   * @param variable the name of x
   */
  public String sentence(String what, String variable, double exponent) {
    String measured = String.format(Locale.ROOT, "%s grows as %s^%.2f ", what, variable, slope);
    String interval =
        hasInterval()
            ? String.format(
                Locale.ROOT, "(95 %% interval %.2f to %.2f, %d points)", low, high, points)
            : "(2 points, so no interval)";
    String verdict =
        switch (against(exponent)) {
          case AGREES -> "agrees";
          case BELOW -> "below it";
          case ABOVE -> "above it";
          case UNDECIDED -> "not decided";
        };
    return measured + interval + "; theory " + power(variable, exponent) + ": " + verdict;
  }

  private static String power(String variable, double exponent) {
    return variable + "^" + Numbers.shortest(exponent);
  }
}
