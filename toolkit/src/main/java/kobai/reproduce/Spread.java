package kobai.reproduce;

import java.util.Arrays;
import kobai.report.Chart;
import kobai.report.Measured;

/**
 * The median over seeds with an interval by order statistics: no law of the values is assumed, so
 * that it holds on logarithmic axes and with runs that diverge.
 *
 * <pre>
 * P(x₍ₖ₎ ≤ median ≤ x₍ₙ₊₁₋ₖ₎) = 1 − 2 P(Bin(n, ½) ≤ k − 1)     (1)
 * </pre>
 *
 * <p>The narrowest interval of at least 90 % is taken; below five seeds there is none, and the
 * whole range stands in its place.
 *
 * <p>Source: David and Nagaraja (2003), Order Statistics, section 7.1.
 */
public final class Spread {
  /** What bars and bands show, for the line below a chart. */
  public static final String WORDS =
      "at least 90 % interval of the median over seeds by order statistics; with fewer than five"
          + " seeds their range";

  private static final double COVERAGE = 0.9;

  private Spread() {}

  /** The median and its interval; NaN counts as larger than everything, and has no interval. */
  public static Measured median(double... values) {
    double median = Outcomes.median(values);
    if (values.length < 2 || Double.isNaN(median)) {
      return Measured.exactly(median);
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int k = rank(sorted.length);
    double upper = sorted[sorted.length - k];
    return new Measured(
        median, sorted[k - 1], Double.isNaN(upper) ? Double.POSITIVE_INFINITY : upper);
  }

  /** The median of a figure of the whole unit over the seeds of a method. */
  public static Measured of(Outcomes outcomes, String method, String metric) {
    return median(outcomes.values(method, metric));
  }

  /** The largest k of (1) that covers enough; 1 if none does. */
  static int rank(int n) {
    double term = Math.pow(0.5, n); // P(Bin = 0)
    double tail = term;
    int k = 1;
    while (true) {
      term *= (double) (n - k + 1) / k; // P(Bin = k)
      tail += term;
      if (1 - 2 * tail < COVERAGE) {
        return k;
      }
      k++;
    }
  }

  /** Adds the curve of a method to a chart: at every place the median over the seeds. */
  public static void curve(Chart.Builder chart, Outcomes outcomes, String method, String metric) {
    curve(chart, outcomes, method, metric, method);
  }

  /** The same under another name, such as one that tells metrics apart. */
  public static void curve(
      Chart.Builder chart, Outcomes outcomes, String method, String metric, String series) {
    curve(chart, outcomes, method, metric, series, "");
  }

  /** The same in the panel {@code facet}; empty in a chart with one panel. */
  public static void curve(
      Chart.Builder chart,
      Outcomes outcomes,
      String method,
      String metric,
      String series,
      String facet) {
    for (double x : outcomes.places(method, metric)) {
      Measured median = median(outcomes.at(method, metric, x));
      chart.point(new Chart.Point(series, facet, x, median, ""));
    }
  }
}
