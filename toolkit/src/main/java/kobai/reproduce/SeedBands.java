package kobai.reproduce;

import java.util.Arrays;
import java.util.function.DoublePredicate;
import kobai.report.Unit;

/** Bands on a metric over the seeds of a method. */
final class SeedBands {
  private SeedBands() {}

  /** A band on the median over the seeds. */
  static Band median(
      String claim, String origin, String method, String metric, DoublePredicate holds) {
    return new Band(
        claim,
        origin,
        outcomes -> {
          if (!outcomes.has(method, metric)) {
            return Band.Judgement.notRun(method);
          }
          double median = Outcomes.median(outcomes.values(method, metric));
          return Band.Judgement.of(
              holds.test(median), "%s: median %s %.5g".formatted(method, metric, median));
        });
  }

  /** A band: the median of {@code less} is below {@code factor} times that of {@code more}. */
  static Band less(
      String claim, String origin, String less, String more, String metric, double factor) {
    return new Band(
        claim,
        origin,
        outcomes -> {
          for (String method : new String[] {less, more}) {
            if (!outcomes.has(method, metric)) {
              return Band.Judgement.notRun(method);
            }
          }
          double low = Outcomes.median(outcomes.values(less, metric));
          double high = Outcomes.median(outcomes.values(more, metric));
          return Band.Judgement.of(
              low < factor * high,
              "%s: %.5g, %s: %.5g (medians of %s)".formatted(less, low, more, high, metric));
        });
  }

  /** A band on every seed of a method. */
  static Band every(
      String claim, String origin, String method, String metric, DoublePredicate holds) {
    return new Band(
        claim,
        origin,
        outcomes -> {
          double[] values = outcomes.values(method, metric);
          return values.length == 0
              ? Band.Judgement.notRun(method)
              : Band.Judgement.of(Arrays.stream(values).allMatch(holds), range(values));
        });
  }

  /** The least and the largest of some values, in words. */
  static String range(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted.length == 1
        ? Unit.PLAIN.text(sorted[0])
        : "%s to %s over %d seeds"
            .formatted(
                Unit.PLAIN.text(sorted[0]),
                Unit.PLAIN.text(sorted[sorted.length - 1]),
                sorted.length);
  }
}
