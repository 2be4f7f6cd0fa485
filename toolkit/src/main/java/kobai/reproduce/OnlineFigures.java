package kobai.reproduce;

import java.util.ArrayList;
import java.util.List;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Section;
import kobai.report.Surface;
import kobai.report.Table;
import kobai.report.Unit;

/** Tables of an {@link OnlineComparison}. */
final class OnlineFigures {
  private OnlineFigures() {}

  /** Everything on alignment, variant by variant; {@code unit} is that of the loss. */
  static Section alignment(List<String> variants, String unit, Outcomes outcomes) {
    List<Block> blocks = new ArrayList<>();
    for (String variant : variants) {
      blocks.add(alignmentMap(variant, outcomes));
      blocks.add(scatter(variant, unit, outcomes));
      blocks.add(alignmentTable(variant, outcomes));
    }
    return new Section("Alignment of the gradients along one path", blocks);
  }

  /** Adds the loss curves of all algorithms in one variant to a chart. */
  static void curves(Chart.Builder chart, Outcomes outcomes, String variant) {
    for (OnlineMethod algorithm : OnlineMethod.values()) {
      String method = OnlineComparison.method(algorithm.name(), variant);
      Spread.curve(chart, outcomes, method, BlockLoss.LOSS, algorithm.name());
    }
  }

  /** The pairwise alignment as a table: methods by methods, the mean cosine over the seeds. */
  private static Block alignmentTable(String variant, Outcomes outcomes) {
    List<OnlineMethod> methods = OnlineMethod.EVERY_STEP;
    Table.Builder table =
        Table.captioned(
                "Mean cosine between the gradients of the recurrent parameters, on the path of "
                    + OnlineComparison.DRIVER
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
        cells.add(row == column ? 1.0 : cosine(variant, outcomes, row, column));
      }
      table.row(cells.toArray());
    }
    return table.build();
  }

  /** The pairwise alignment as a heat map; the algorithms are numbered as in the table. */
  private static Block alignmentMap(String variant, Outcomes outcomes) {
    List<OnlineMethod> methods = OnlineMethod.EVERY_STEP;
    List<Double> places = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (OnlineMethod row : methods) {
      places.add(places.size() + 1.0);
      for (OnlineMethod column : methods) {
        values.add(row == column ? 1.0 : cosine(variant, outcomes, row, column));
      }
    }
    var colour = new Chart.Axis("mean cosine", Unit.PLAIN, Chart.Scale.LINEAR);
    return Chart.heatMap(
            "Alignment of the gradients, " + variant,
            "Mean cosine between the gradients of each pair of algorithms along the path of "
                + OnlineComparison.DRIVER
                + "; the numbers are those of the table below. Light blocks are groups that agree.",
            new Surface(colour, places, places, values, 0, 1))
        .x("algorithm", Unit.COUNT, Chart.Scale.LINEAR)
        .y("algorithm", Unit.COUNT, Chart.Scale.LINEAR)
        .build();
  }

  /** Final loss against alignment with the OnlineComparison.DRIVER, one point an algorithm. */
  private static Block scatter(String variant, String unit, Outcomes outcomes) {
    Chart.Builder chart =
        Chart.points(
                "Does alignment explain the final loss? " + variant,
                "Final loss of each algorithm against the mean cosine between its gradient and that"
                    + " of "
                    + OnlineComparison.DRIVER
                    + ": a falling cloud would say that alignment explains the loss.")
            .x("cosine with " + OnlineComparison.DRIVER, Unit.PLAIN, Chart.Scale.LINEAR)
            .y("final loss, " + unit, Unit.PLAIN, Chart.Scale.LINEAR)
            .series("algorithm")
            .bars(Spread.WORDS);
    for (OnlineMethod algorithm : OnlineMethod.EVERY_STEP) {
      String method = OnlineComparison.method(algorithm.name(), variant);
      double x =
          algorithm == OnlineComparison.DRIVER
              ? 1
              : cosine(variant, outcomes, OnlineComparison.DRIVER, algorithm);
      if (outcomes.has(method, BlockLoss.FINAL) && !Double.isNaN(x)) {
        chart.point(algorithm.name(), x, Spread.of(outcomes, method, BlockLoss.FINAL));
      }
    }
    return chart.build();
  }

  /** The median over the seeds of the mean cosine of two algorithms. */
  static double cosine(String variant, Outcomes outcomes, OnlineMethod one, OnlineMethod other) {
    return Outcomes.median(
        outcomes.values(OnlineComparison.alignment(variant), OnlineComparison.pair(one, other)));
  }
}
