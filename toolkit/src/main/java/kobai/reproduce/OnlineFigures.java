package kobai.reproduce;

import java.util.ArrayList;
import java.util.List;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Surface;
import kobai.report.Table;
import kobai.report.Unit;

/** Tables of an {@link OnlineComparison}. */
final class OnlineFigures {
  private OnlineFigures() {}

  /** The method of the experiment that stands for this algorithm in this variant. */
  static String method(String algorithm, String variant) {
    return algorithm + "-" + variant;
  }

  /** The algorithm of such a method. */
  static OnlineMethod algorithm(String method) {
    return OnlineMethod.valueOf(method.substring(0, method.indexOf('-')));
  }

  /** The variant of such a method. */
  static String variant(String method) {
    return method.substring(method.lastIndexOf('-') + 1);
  }

  /** The method in which that algorithm drives and the others are compared in its shadow. */
  static String alignment(OnlineMethod driver, String variant) {
    return method("alignment-" + driver, variant);
  }

  /** Adds the loss curves of all algorithms in one variant to a chart. */
  static void curves(Chart.Builder chart, String facet, Outcomes outcomes, String variant) {
    for (OnlineMethod algorithm : OnlineMethod.values()) {
      String method = method(algorithm.name(), variant);
      SeedCurves.add(chart, outcomes, method, OnlineComparison.LOSS, algorithm.name(), facet);
    }
  }

  /** The pairwise alignment as a table: methods by methods, the mean cosine over the seeds. */
  static Block alignmentTable(OnlineMethod driver, String variant, Outcomes outcomes) {
    List<OnlineMethod> methods = OnlineMethod.EVERY_STEP;
    Table.Builder table =
        Table.captioned(
                "Mean cosine between the gradients of the recurrent parameters, on the path of "
                    + driver
                    + ", "
                    + variant
                    + " (median over the seeds)")
            .text("algorithm");
    for (int i = 0; i < methods.size(); i++) {
      table.number((i + 1) + " " + methods.get(i), Unit.PLAIN);
    }
    for (OnlineMethod row : methods) {
      List<Object> cells = new ArrayList<>();
      cells.add((methods.indexOf(row) + 1) + " " + row);
      for (OnlineMethod column : methods) {
        cells.add(row == column ? 1.0 : cosine(driver, variant, outcomes, row, column));
      }
      table.row(cells.toArray());
    }
    return table.build();
  }

  /** The pairwise alignment as a heat map; the algorithms are numbered as in the table. */
  static Block alignmentMap(OnlineMethod driver, String variant, Outcomes outcomes) {
    List<OnlineMethod> methods = OnlineMethod.EVERY_STEP;
    List<Double> places = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (OnlineMethod row : methods) {
      places.add(places.size() + 1.0);
      for (OnlineMethod column : methods) {
        values.add(row == column ? 1.0 : cosine(driver, variant, outcomes, row, column));
      }
    }
    var colour = new Chart.Axis("mean cosine", Unit.PLAIN, Chart.Scale.LINEAR);
    return Chart.heatMap(
            "Alignment of the gradients, " + variant,
            "Mean cosine between the gradients of each pair of algorithms along the path of "
                + driver
                + "; the numbers are those of the table below. Light blocks are groups that agree.",
            new Surface(colour, places, places, values, 0, 1))
        .x("algorithm", Unit.COUNT, Chart.Scale.LINEAR)
        .y("algorithm", Unit.COUNT, Chart.Scale.LINEAR)
        .build();
  }

  /** Final loss against alignment with the driver, one point an algorithm. */
  static Block scatter(OnlineMethod driver, String variant, String unit, Outcomes outcomes) {
    Chart.Builder chart =
        Chart.points(
                "Does alignment explain the final loss? " + variant,
                "Final loss of each algorithm against the mean cosine between its gradient and that"
                    + " of "
                    + driver
                    + ": a falling cloud would say that alignment explains the loss.")
            .x("cosine with " + driver, Unit.PLAIN, Chart.Scale.LINEAR)
            .y("final loss, " + unit, Unit.PLAIN, Chart.Scale.LINEAR)
            .series("algorithm")
            .bars(SeedCurves.BAND);
    for (OnlineMethod algorithm : OnlineMethod.EVERY_STEP) {
      String method = method(algorithm.name(), variant);
      double x = algorithm == driver ? 1 : cosine(driver, variant, outcomes, driver, algorithm);
      if (outcomes.has(method, OnlineComparison.FINAL) && !Double.isNaN(x)) {
        chart.point(
            algorithm.name(), x, SeedBands.spread(outcomes, method, OnlineComparison.FINAL));
      }
    }
    return chart.build();
  }

  /** The median over the seeds of the mean cosine of two algorithms. */
  static double cosine(
      OnlineMethod driver,
      String variant,
      Outcomes outcomes,
      OnlineMethod one,
      OnlineMethod other) {
    return Outcomes.median(
        outcomes.values(alignment(driver, variant), OnlineComparison.pair(one, other)));
  }
}
