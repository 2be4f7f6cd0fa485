package kobai.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import kobai.estimators.Algorithm;
import kobai.networks.Network;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Document;
import kobai.report.Manifest;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/**
 * The report of one run, or of several side by side: learning curves against updates, examples and
 * seconds, the test, and what samples say where there are samples.
 */
public final class TrainingReport {
  private static final int MOST_POINTS = 60;
  private static final int MOST_SENTENCES = 5;
  private static final String TRAINING = "training";
  private static final String VALIDATION = "validation";

  private final TrainingData data;
  private final List<RunResult> results;
  private final Map<Algorithm, List<RunResult>> groups = new LinkedHashMap<>();
  private final int seeds;

  private TrainingReport(TrainingData data, List<RunResult> results) {
    this.data = data;
    this.results = results;
    for (RunResult result : results) {
      groups.computeIfAbsent(result.settings().algorithm(), a -> new ArrayList<>()).add(result);
    }
    seeds = groups.values().stream().mapToInt(List::size).max().orElse(0);
  }

  /** An axis of the curves. */
  private record Axis(String title, Unit unit, ToDoubleFunction<EpochPoint> of) {}

  private static final List<Axis> AXES =
      List.of(
          new Axis("updates of θ", Unit.COUNT, EpochPoint::updates),
          new Axis("examples seen", Unit.COUNT, EpochPoint::examples),
          new Axis("training time", Unit.SECONDS, EpochPoint::seconds));

  /** Results in long form: every point of every curve, and the tests. */
  public static String csv(List<RunResult> results) {
    return TrainingTable.of(results).csv();
  }

  /**
   * The report.
   *
   * @param results those that have finished; may be fewer than were asked for
   * @param asked runs that were asked for
   */
  public static Document document(
      TrainingData data, List<RunResult> results, int asked, Manifest manifest) {
    return new TrainingReport(data, results).document(asked, manifest);
  }

  private Document document(int asked, Manifest manifest) {
    List<Section> sections = new ArrayList<>();
    if (!results.isEmpty()) {
      sections.add(new Section("Results", List.of(table(), reading())));
      sections.add(new Section("Learning curves", curves()));
      PredictiveBlocks predictive = new PredictiveBlocks(data, results);
      for (Section section : predictive.sections()) {
        sections.add(section);
      }
      sections.add(
          new Section(
              "Data of this page",
              List.of(
                  Block.csv(
                      "results.csv",
                      "every point of every curve, and the tests, in long form",
                      TrainingTable.of(results)))));
    }
    sections.add(new Section("How this was run", List.of(manifest.table())));
    String title =
        groups.size() > 1
            ? "Training by %d algorithms: %s".formatted(groups.size(), data.name())
            : "Training: " + data.name();
    return new Document(title, lead(asked), findings(), sections);
  }

  private String lead(int asked) {
    String model =
        results.isEmpty() ? "" : " `" + results.getFirst().settings().setup().model().name() + "`";
    String done =
        results.size() == asked
            ? ""
            : " %d of %d runs have finished; the others are missing here."
                .formatted(results.size(), asked);
    return "How the model%s learnt %s: %d examples to learn from, %d to choose with, %d to test.%s"
        .formatted(
            model,
            data.name(),
            data.count(Part.TRAINING),
            data.count(Part.VALIDATION),
            data.count(Part.TEST),
            done);
  }

  private List<String> findings() {
    List<String> findings = new ArrayList<>();
    groups.forEach(
        (algorithm, runs) -> {
          Measured accuracy = over(runs, run -> run.test().accuracy());
          Measured loss = over(runs, run -> run.test().loss());
          String of =
              runs.size() > 1
                  ? " (mean of %d seeds; in brackets the lowest and the highest)"
                      .formatted(runs.size())
                  : "";
          findings.add(
              data.classifies()
                  ? "%s: %s of the test examples classified rightly%s, test loss %s."
                      .formatted(
                          algorithm.commandName(),
                          accuracy.text(Unit.FRACTION),
                          of,
                          Unit.PLAIN.text(loss.value()))
                  : "%s: test loss %s%s."
                      .formatted(algorithm.commandName(), loss.text(Unit.PLAIN), of));
        });
    if (results.size() <= MOST_SENTENCES) {
      findings.addAll(PredictiveBlocks.findings(results));
    }
    for (RunResult run : results) {
      if (run.diverged().isPresent()) {
        findings.add(
            "%s diverged: in iteration %d the loss or the gradient was not a finite number. A smaller learning rate may help."
                .formatted(RunResult.name(run.settings()), run.diverged().getAsLong()));
      }
    }
    return findings;
  }

  private Table table() {
    Table.Builder table =
        Table.captioned(seeds > 1 ? "One row a run" : "The run" + (results.size() > 1 ? "s" : ""))
            .text("algorithm")
            .text("seed")
            .text("optimiser")
            .number("test loss", Unit.PLAIN);
    if (data.classifies()) {
      table.number("test accuracy", Unit.FRACTION);
    }
    table
        .number("epochs", Unit.COUNT)
        .number("epoch tested", Unit.COUNT)
        .number("training time", Unit.SECONDS)
        .number("memory", Unit.BYTES)
        .text("ended");
    for (RunResult run : results) {
      EpochPoint last = run.curve().getLast();
      List<Object> cells =
          new ArrayList<>(
              List.of(
                  run.settings().algorithm().commandName(),
                  String.valueOf(run.settings().seed()),
                  run.settings().optimiser().kind().commandName()
                      + ", rate "
                      + run.settings().optimiser().rate(),
                  run.test().loss()));
      if (data.classifies()) {
        cells.add(run.test().accuracy());
      }
      cells.addAll(
          List.of(last.epoch(), run.chosenEpoch(), last.seconds(), run.bytes(), ended(run)));
      table.row(cells.toArray());
    }
    return table.build();
  }

  private static String ended(RunResult run) {
    return run.diverged().isPresent() ? "diverged" : run.stopped() ? "stopped early" : "all epochs";
  }

  private Block reading() {
    return Block.note(
        "How to read these numbers",
        "Losses are "
            + losses()
            + "; the training loss is the mean over an epoch of what each mini-batch lost before"
            + " its update, with masks where there is dropout. With a law of the weights it is the"
            + " negative evidence bound, its divergence included, over the training examples; the"
            + " validation loss is that of the mean weights.",
        "The test examples are looked at once, with the θ of the epoch that the table names: the"
            + " one of the best validation loss where early stopping was asked for, else the last.",
        "Training time leaves evaluation, checkpoints and reports out, but not the compiler of the"
            + " virtual machine, which works most in the first seconds of the first runs. It is"
            + " measured on the machine named below, beside whatever else ran there.");
  }

  private String losses() {
    String of =
        results.getFirst().settings().setup().model() instanceof Network network
            ? " (" + network.likelihood() + ")"
            : "";
    return (data.classifies()
            ? "nats an example"
            : data.numbers().isPresent()
                ? "means an example, of targets in units of their standard deviation where they"
                    + " were read from a file"
                : "means a step")
        + of;
  }

  private List<Block> curves() {
    List<Block> blocks = new ArrayList<>();
    for (Axis axis : AXES) {
      blocks.add(groups.size() > 1 ? compared(axis) : single(axis));
    }
    if (data.classifies() && data.count(Part.VALIDATION) > 0) {
      blocks.add(accuracy());
    }
    return blocks;
  }

  /** Points would hide each other where there are many epochs. */
  private Chart.Builder lines(String title, String description) {
    int most = results.stream().mapToInt(run -> run.curve().size()).max().orElse(0);
    return most > MOST_POINTS ? Chart.curves(title, description) : Chart.lines(title, description);
  }

  /** Training and validation of one algorithm. */
  private Chart single(Axis axis) {
    Chart.Builder chart =
        lines(
                "Loss against " + axis.title(),
                "The loss on training and validation examples, an epoch a point.")
            .x(axis.title(), axis.unit(), Chart.Scale.LINEAR)
            .y("loss", Unit.PLAIN, lossScale())
            .series("part");
    band(chart);
    groups.forEach(
        (algorithm, runs) -> {
          add(chart, TRAINING, runs, axis, EpochPoint::trainingLoss);
          add(chart, VALIDATION, runs, axis, point -> point.validation().loss());
        });
    return chart.build();
  }

  /** One curve an algorithm. */
  private Chart compared(Axis axis) {
    boolean validated = data.count(Part.VALIDATION) > 0;
    Chart.Builder chart =
        lines(
                (validated ? "Validation loss against " : "Training loss against ") + axis.title(),
                "One curve an algorithm, an epoch a point: which is ahead after as many "
                    + axis.title()
                    + ".")
            .x(axis.title(), axis.unit(), Chart.Scale.LOG)
            .y("loss", Unit.PLAIN, lossScale())
            .series("algorithm");
    band(chart);
    groups.forEach(
        (algorithm, runs) ->
            add(
                chart,
                algorithm.commandName(),
                runs,
                axis,
                validated ? point -> point.validation().loss() : EpochPoint::trainingLoss));
    return chart.build();
  }

  /** Logarithmic unless a loss is a density's, which may be negative. */
  private Chart.Scale lossScale() {
    boolean negative =
        results.stream()
            .flatMap(run -> run.curve().stream())
            .anyMatch(point -> point.trainingLoss() <= 0 || point.validation().loss() <= 0);
    return negative ? Chart.Scale.LINEAR : Chart.Scale.LOG;
  }

  private Chart accuracy() {
    Chart.Builder chart =
        lines(
                "Validation accuracy against epochs",
                "Share of the validation examples that are classified rightly.")
            .x("epoch", Unit.COUNT, Chart.Scale.LINEAR)
            .y("accuracy", Unit.FRACTION, Chart.Scale.LINEAR)
            .series("algorithm");
    band(chart);
    Axis epochs = new Axis("epoch", Unit.COUNT, EpochPoint::epoch);
    groups.forEach(
        (algorithm, runs) ->
            add(
                chart,
                algorithm.commandName(),
                runs,
                epochs,
                point -> point.validation().accuracy()));
    return chart.build();
  }

  private void band(Chart.Builder chart) {
    if (seeds > 1) {
      chart.band(
          "from the lowest to the highest of %d seeds; the line is their mean".formatted(seeds));
    }
  }

  /** Points of a curve: means over the seeds that reached the epoch, from epoch 1 on. */
  private static void add(
      Chart.Builder chart,
      String series,
      List<RunResult> runs,
      Axis axis,
      ToDoubleFunction<EpochPoint> value) {
    int epochs = runs.stream().mapToInt(run -> run.curve().size()).max().orElse(0);
    for (int epoch = 1; epoch < epochs; epoch++) {
      int at = epoch;
      List<EpochPoint> points =
          runs.stream()
              .filter(run -> run.curve().size() > at)
              .map(run -> run.curve().get(at))
              .filter(point -> Double.isFinite(value.applyAsDouble(point)))
              .toList();
      if (!points.isEmpty()) {
        double x = points.stream().mapToDouble(axis.of()).average().orElseThrow();
        chart.point(series, x, measured(points.stream().mapToDouble(value).toArray()));
      }
    }
  }

  private static Measured over(List<RunResult> runs, ToDoubleFunction<RunResult> value) {
    return measured(runs.stream().mapToDouble(value).toArray());
  }

  /** The mean, and the range if there are several. */
  private static Measured measured(double[] values) {
    double sum = 0;
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      sum += value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    double mean = sum / values.length;
    // Rounding may carry a mean of equal numbers past them.
    return values.length > 1 && !Double.isNaN(mean)
        ? new Measured(mean, Math.min(least, mean), Math.max(most, mean))
        : Measured.exactly(mean);
  }
}
