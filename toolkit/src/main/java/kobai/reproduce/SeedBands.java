package kobai.reproduce;

import java.util.function.DoublePredicate;
import kobai.report.Measured;

/** Bands on a metric over the seeds of a method. */
final class SeedBands {
  private SeedBands() {}

  /** The median of a figure of the whole unit, with the least and the most. */
  static Measured spread(Outcomes outcomes, String method, String metric) {
    return SeedCurves.measured(outcomes.values(method, metric));
  }

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
}
