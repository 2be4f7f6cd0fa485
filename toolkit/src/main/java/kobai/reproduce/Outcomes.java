package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the units of an experiment found.
 *
 * @param rows in the order of methods and seeds, whatever the order in which they were run
 * @param seconds durations in the same order; no two runs agree on them
 */
public record Outcomes(List<Row> rows, List<Row> seconds) {
  /**
   * One figure.
   *
   * @param method the method
   * @param seed the seed
   * @param metric the metric
   * @param x its place on a curve; NaN for a figure of the whole unit
   * @param value the value
   */
  public record Row(String method, long seed, String metric, double x, double value) {}

  public Outcomes {
    rows = List.copyOf(rows);
    seconds = List.copyOf(seconds);
  }

  /** Without durations. */
  public Outcomes(List<Row> rows) {
    this(rows, List.of());
  }

  /** The outcomes of these units, in their order. */
  public static Outcomes of(List<UnitResult> results) {
    return new Outcomes(
        results.stream().flatMap(result -> result.rows().stream()).toList(),
        results.stream().flatMap(result -> result.seconds().stream()).toList());
  }

  /** The durations of a method over its seeds, in their order, in seconds. */
  public double[] seconds(String method, String metric) {
    return seconds.stream()
        .filter(row -> row.method().equals(method) && row.metric().equals(metric))
        .mapToDouble(Row::value)
        .toArray();
  }

  /** Whether any unit of the method found that metric. */
  public boolean has(String method, String metric) {
    return rows.stream()
        .anyMatch(row -> row.method().equals(method) && row.metric().equals(metric));
  }

  /** The figures of a method over its seeds, in their order. */
  public double[] values(String method, String metric) {
    return rows.stream()
        .filter(row -> row.method().equals(method) && row.metric().equals(metric))
        .filter(row -> Double.isNaN(row.x()))
        .mapToDouble(Row::value)
        .toArray();
  }

  /** The points of a curve of one unit, in their order. */
  public List<Row> curve(String method, long seed, String metric) {
    return rows.stream()
        .filter(row -> row.method().equals(method) && row.metric().equals(metric))
        .filter(row -> row.seed() == seed && !Double.isNaN(row.x()))
        .toList();
  }

  /** The values at one place over the seeds, in their order. */
  public double[] at(String method, String metric, double x) {
    return rows.stream()
        .filter(row -> row.method().equals(method) && row.metric().equals(metric))
        .filter(row -> row.x() == x)
        .mapToDouble(Row::value)
        .toArray();
  }

  /** The places at which a method has values of that metric, ascending. */
  public double[] places(String method, String metric) {
    return rows.stream()
        .filter(row -> row.method().equals(method) && row.metric().equals(metric))
        .mapToDouble(Row::x)
        .filter(x -> !Double.isNaN(x))
        .sorted()
        .distinct()
        .toArray();
  }

  /** The seeds of a method, in their order. */
  public List<Long> seeds(String method) {
    return new ArrayList<>(
        rows.stream()
            .filter(row -> row.method().equals(method))
            .map(Row::seed)
            .distinct()
            .toList());
  }

  /**
   * The median: of an even number of values the mean of the two in the middle; a NaN counts as
   * larger than everything. NaN for no values.
   */
  public static double median(double[] values) {
    if (values.length == 0) {
      return Double.NaN;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
