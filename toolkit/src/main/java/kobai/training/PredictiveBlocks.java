package kobai.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import kobai.bayes.ClassCalibration;
import kobai.data.RegressionData;
import kobai.data.RegressionSource;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/** What a report says of predictive laws: their calibration, and their bands along one input. */
final class PredictiveBlocks {
  private static final int MOST_DOTS = 400;
  private static final int MOST_PANELS = 6;

  private final TrainingData data;
  private final List<RunResult> results;

  PredictiveBlocks(TrainingData data, List<RunResult> results) {
    this.data = data;
    this.results = results;
  }

  /** One section of classes or one of numbers, or none. */
  List<Section> sections() {
    List<Section> sections = new ArrayList<>();
    List<Block> classes = classes();
    if (!classes.isEmpty()) {
      sections.add(new Section("What samples say together", classes));
    }
    List<Block> numbers = numbers();
    if (!numbers.isEmpty()) {
      sections.add(new Section("How sure the predictions are", numbers));
    }
    return sections;
  }

  /** One sentence a run that states a density. */
  static List<String> findings(List<RunResult> results) {
    List<String> findings = new ArrayList<>();
    for (RunResult run : results) {
      run.numbers()
          .ifPresent(law -> findings.add(RunResult.name(run.settings()) + ": " + finding(law)));
    }
    return findings;
  }

  private static String finding(PredictiveNumbers law) {
    double covered = law.observed(0.9);
    if (Double.isNaN(covered)) {
      return "a prediction of the test examples is not a number, so that nothing is said of"
          + " intervals.";
    }
    return "intervals of 90 %% hold %s of the test targets%s%s."
        .formatted(
            Unit.FRACTION.text(covered),
            law.source().equals("nothing")
                ? ""
                : ", by %d samples of %s".formatted(law.samples(), law.source()),
            law.assumed() ? ", the squared error read as a variance of 1" : "");
  }

  /** Of numbers, where the model states a density. */
  private List<Block> numbers() {
    List<Block> blocks = new ArrayList<>();
    List<RunResult> with = results.stream().filter(run -> run.numbers().isPresent()).toList();
    if (with.isEmpty()) {
      return blocks;
    }
    blocks.add(numbersTable(with));
    bands(with).ifPresent(blocks::add);
    if (with.stream().anyMatch(run -> !Double.isNaN(run.numbers().orElseThrow().error()))) {
      blocks.add(coverage(with));
    }
    blocks.add(
        Block.note(
            "How to read these predictions",
            "The prediction is a mixture of one Gaussian a sample of the weights or of the masks of"
                + " dropout; without either it is the one Gaussian that the network states."
                + " A squared error is read as a Gaussian of variance 1.",
            "RMS error is the root mean square of the distances between the mean prediction and the"
                + " target. The deviation of the means of the samples is what more examples would"
                + " take away (epistemic); that of the noise stays. Both are root mean squares over"
                + " the examples. The mean negative log density counts targets in the units that"
                + " the network learnt in, so that it compares with the test loss; everything else"
                + " is in the units of the data.",
            "Coverage is how often the central interval of a probability holds the test target."
                + " Above the diagonal the law is too wide, below it too narrow; the error is the"
                + " mean distance of quantiles from the diagonal (Kuleshov, Fenner and Ermon"
                + " 2018)."));
    return blocks;
  }

  private Table numbersTable(List<RunResult> with) {
    Table.Builder table =
        Table.captioned("Predictions of the test examples")
            .text("run")
            .text("target")
            .text("samples")
            .number("RMS error", Unit.PLAIN)
            .number("epistemic", Unit.PLAIN)
            .number("noise", Unit.PLAIN)
            .number("in 50 %", Unit.FRACTION)
            .number("in 90 %", Unit.FRACTION)
            .number("−log density", Unit.PLAIN)
            .number("miscalibrated", Unit.FRACTION);
    for (RunResult run : with) {
      PredictiveNumbers law = run.numbers().orElseThrow();
      String samples =
          law.source().equals("nothing") ? "none" : law.samples() + " of " + law.source();
      for (PredictiveNumbers.Target target : law.targets()) {
        table.row(
            RunResult.name(run.settings()),
            target.name(),
            samples,
            target.rootMeanSquare(),
            target.epistemic(),
            target.noise(),
            target.half(),
            target.most(),
            target.negativeLogDensity(),
            target.error());
      }
      if (law.targets().size() > 1) {
        table.row(
            RunResult.name(run.settings()),
            "all together",
            samples,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            law.observed(0.5),
            law.observed(0.9),
            law.negativeLogDensity(),
            law.error());
      }
    }
    return table.build();
  }

  private Chart coverage(List<RunResult> with) {
    Chart.Builder chart =
        Chart.lines(
                "Coverage of the predictive intervals",
                "How often central intervals hold the test target, against the probability that"
                    + " the law gives them; on the diagonal as often as it says.")
            .x("nominal", Unit.FRACTION, Chart.Scale.LINEAR)
            .y("observed", Unit.FRACTION, Chart.Scale.LINEAR)
            .series("run")
            .reference("as it says", 0, 0, 1, 1);
    for (RunResult run : with) {
      for (PredictiveNumbers.Coverage each : run.numbers().orElseThrow().coverage()) {
        if (!Double.isNaN(each.observed())) {
          chart.point(
              RunResult.name(run.settings()), each.nominal(), Measured.exactly(each.observed()));
        }
      }
    }
    return chart.build();
  }

  private Optional<Chart> bands(List<RunResult> with) {
    List<RunResult> shown =
        with.stream()
            .filter(
                run ->
                    run.numbers().orElseThrow().bands().stream()
                        .flatMap(band -> band.points().stream())
                        .anyMatch(point -> Double.isFinite(point.mean() + 2 * point.total())))
            .toList();
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    List<String> panels = new ArrayList<>();
    int targets = shown.getFirst().numbers().orElseThrow().bands().size();
    Chart.Builder chart =
        Chart.curves(
                "Predictive bands",
                "The mean prediction along the input, with two standard deviations of the means of"
                    + " the samples and two of the whole law; dots are test examples."
                    + (shown.size() * targets > MOST_PANELS
                        ? " The first %d of %d panels, one a run and target, are shown."
                            .formatted(MOST_PANELS, shown.size() * targets)
                        : ""))
            .x(data.numbers().orElseThrow().training().inputName(0), Unit.PLAIN, Chart.Scale.LINEAR)
            .y(
                targets > 1
                    ? "target"
                    : data.numbers().orElseThrow().training().targetNames().getFirst(),
                Unit.PLAIN,
                Chart.Scale.LINEAR)
            .series("band")
            .band("mean ± 2 standard deviations");
    boolean several = shown.size() * targets > 1;
    if (several) {
      chart.facets("run");
    }
    for (RunResult run : shown) {
      for (int j = 0; j < targets; j++) {
        PredictiveNumbers.Band band = run.numbers().orElseThrow().bands().get(j);
        if (panels.size() == MOST_PANELS) {
          break;
        }
        String panel = RunResult.name(run.settings()) + (targets > 1 ? ", " + band.target() : "");
        panels.add(panel);
        panel(chart, several ? panel : "", band, j);
      }
    }
    return Optional.of(chart.build());
  }

  private void panel(Chart.Builder chart, String facet, PredictiveNumbers.Band band, int target) {
    add(chart, "a new observation", facet, band, PredictiveNumbers.BandPoint::total);
    if (band.points().stream().anyMatch(point -> point.epistemic() > 0)) {
      add(chart, "the mean (epistemic)", facet, band, PredictiveNumbers.BandPoint::epistemic);
    }
    RegressionSource.Split numbers = data.numbers().orElseThrow();
    RegressionData test = numbers.test();
    float[] x = new float[1];
    float[] y = new float[test.targets()];
    for (int i = 0; i < Math.min(MOST_DOTS, test.examples()); i++) {
      test.copyInputs(i, x, 0);
      test.copyTargets(i, y, 0);
      chart.dot(
          facet, numbers.inputs().original(0, x[0]), numbers.targets().original(target, y[target]));
    }
  }

  /** Two deviations on both sides of the mean, where these are numbers. */
  private static void add(
      Chart.Builder chart,
      String series,
      String facet,
      PredictiveNumbers.Band band,
      ToDoubleFunction<PredictiveNumbers.BandPoint> deviation) {
    for (PredictiveNumbers.BandPoint point : band.points()) {
      double mean = point.mean();
      double reach = 2 * deviation.applyAsDouble(point);
      if (Double.isFinite(mean - reach) && Double.isFinite(mean + reach)) {
        chart.point(series, facet, point.x(), new Measured(mean, mean - reach, mean + reach));
      }
    }
  }

  /** Of classes, where there are samples. */
  private List<Block> classes() {
    List<Block> blocks = new ArrayList<>();
    Chart.Builder chart =
        Chart.lines(
                "Calibration of the predictive law",
                "How often predictions of a confidence are right; on the diagonal they are right as"
                    + " often as they say.")
            .x("confidence", Unit.FRACTION, Chart.Scale.LINEAR)
            .y("accuracy", Unit.FRACTION, Chart.Scale.LINEAR)
            .series("run")
            .reference("right as often as it says", 0, 0, 1, 1);
    Table.Builder table =
        Table.captioned("Mean prediction of the samples against one without noise")
            .text("run")
            .text("sampled")
            .number("samples", Unit.COUNT)
            .number("accuracy", Unit.FRACTION)
            .number("loss", Unit.PLAIN)
            .number("calibration error", Unit.FRACTION)
            .number("without noise: accuracy", Unit.FRACTION)
            .number("loss of it", Unit.PLAIN)
            .number("calibration error of it", Unit.FRACTION);
    boolean any = false;
    for (RunResult run : results) {
      if (run.predictive().isEmpty()) {
        continue;
      }
      any = true;
      Predictive law = run.predictive().get();
      String name = RunResult.name(run.settings());
      table.row(
          name,
          law.source(),
          law.samples(),
          law.score().accuracy(),
          law.score().loss(),
          law.expectedError(),
          run.test().accuracy(),
          run.test().loss(),
          law.singleError());
      for (ClassCalibration.Bin bin : law.calibration()) {
        if (bin.count() > 0) {
          chart.point(
              new Chart.Point(
                  name,
                  "",
                  bin.confidence(),
                  Measured.exactly(bin.accuracy()),
                  bin.count() + " examples"));
        }
      }
    }
    if (any) {
      blocks.add(table.build());
      blocks.add(chart.build());
      blocks.add(
          Block.note(
              "What was done",
              "The prediction is the mean of the probabilities under samples of the weights or of"
                  + " the masks of dropout. The calibration error is the mean distance between"
                  + " confidence and accuracy over ten bins of equal width, weighted by their"
                  + " examples (Naeini, Cooper and Hauskrecht 2015)."));
    }
    return blocks;
  }
}
