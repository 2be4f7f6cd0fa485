package kobai.reproduce;

import java.util.Arrays;
import kobai.report.Chart;
import kobai.report.Measured;

/** Curves of several seeds as one line: the median, within a band from the least to the most. */
final class SeedCurves {
  /** What the band of {@link #add} shows. */
  static final String BAND = "least to most over the seeds";

  private SeedCurves() {}

  /** Adds the points of a method's metric to a chart with one panel; what is NaN is left out. */
  static void add(Chart.Builder chart, Outcomes outcomes, String method, String metric) {
    add(chart, outcomes, method, metric, method, "");
  }

  /** The same under another name, in the panel {@code facet}; empty in a chart with one panel. */
  static void add(
      Chart.Builder chart,
      Outcomes outcomes,
      String method,
      String metric,
      String series,
      String facet) {
    for (double x : outcomes.places(method, metric)) {
      Measured value = measured(outcomes.at(method, metric, x));
      if (!Double.isNaN(value.value())) {
        chart.point(new Chart.Point(series, facet, x, value, ""));
      }
    }
  }

  /** The median with the least and the most; without the interval where one of them is missing. */
  static Measured measured(double[] values) {
    double median = Outcomes.median(values);
    if (values.length < 2 || !Arrays.stream(values).allMatch(Double::isFinite)) {
      return Measured.exactly(median);
    }
    return new Measured(
        median,
        Arrays.stream(values).min().orElseThrow(),
        Arrays.stream(values).max().orElseThrow());
  }
}
