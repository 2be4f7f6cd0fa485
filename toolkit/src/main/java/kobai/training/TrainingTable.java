package kobai.training;

import java.util.List;
import kobai.report.Measured;
import kobai.report.ResultTable;

/** Results of runs in long form. */
final class TrainingTable {
  private static final List<String> KEYS = List.of("algorithm", "seed", "epoch");

  private TrainingTable() {}

  /** The rows of a point. */
  static ResultTable of(TrainingSettings settings, EpochPoint point) {
    ResultTable table = new ResultTable(KEYS);
    add(table, settings, point);
    return table;
  }

  /** The rows of all points and the test of all runs. */
  static ResultTable of(List<RunResult> results) {
    ResultTable table = new ResultTable(KEYS);
    for (RunResult result : results) {
      result.curve().forEach(point -> add(table, result.settings(), point));
      List<String> keys = keys(result.settings(), result.chosenEpoch());
      score(table, keys, "test", result.test());
      result
          .predictive()
          .ifPresent(predictive -> score(table, keys, "predictive", predictive.score()));
      result.numbers().ifPresent(numbers -> numbers(table, keys, numbers));
      put(table, keys, "memory", result.bytes(), "B");
    }
    return table;
  }

  private static void numbers(ResultTable table, List<String> keys, PredictiveNumbers law) {
    put(table, keys, "predictive_loss", law.negativeLogDensity(), "1");
    put(table, keys, "coverage_error", law.error(), "1");
    for (PredictiveNumbers.Coverage each : law.coverage()) {
      put(table, keys, "coverage_" + Math.round(100 * each.nominal()), each.observed(), "1");
    }
    for (PredictiveNumbers.Target target : law.targets()) {
      put(table, keys, "rms_error " + target.name(), target.rootMeanSquare(), "1");
      put(table, keys, "epistemic_deviation " + target.name(), target.epistemic(), "1");
      put(table, keys, "noise_deviation " + target.name(), target.noise(), "1");
    }
  }

  private static List<String> keys(TrainingSettings settings, long epoch) {
    return List.of(
        settings.algorithm().name(), String.valueOf(settings.seed()), String.valueOf(epoch));
  }

  private static void add(ResultTable table, TrainingSettings settings, EpochPoint point) {
    List<String> keys = keys(settings, point.epoch());
    put(table, keys, "updates", point.updates(), "1");
    put(table, keys, "examples", point.examples(), "1");
    put(table, keys, "training_time", point.seconds(), "s");
    put(table, keys, "training_loss", point.trainingLoss(), "1");
    put(table, keys, "gradient_norm", point.gradientNorm(), "1");
    score(table, keys, "validation", point.validation());
  }

  private static void score(ResultTable table, List<String> keys, String part, Score score) {
    put(table, keys, part + "_loss", score.loss(), "1");
    put(table, keys, part + "_accuracy", score.accuracy(), "1");
  }

  private static void put(
      ResultTable table, List<String> keys, String metric, double value, String unit) {
    if (!Double.isNaN(value)) {
      table.add(keys, metric, Measured.exactly(value), unit);
    }
  }
}
