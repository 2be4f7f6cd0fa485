package kobai.reproduce;

import java.util.ArrayList;
import java.util.List;

/** Runs units of an experiment and keeps what they record. */
final class Units {
  private Units() {}

  /** One unit. */
  static Outcomes run(Experiment experiment, Scale scale, String method, long seed) {
    List<Outcomes.Row> rows = new ArrayList<>();
    run(experiment, scale, method, seed, rows);
    return new Outcomes(rows);
  }

  /** All methods, each with seed 0. */
  static Outcomes all(Experiment experiment, Scale scale) {
    List<Outcomes.Row> rows = new ArrayList<>();
    for (String method : experiment.methods(scale)) {
      run(experiment, scale, method, 0, rows);
    }
    return new Outcomes(rows);
  }

  private static void run(
      Experiment experiment, Scale scale, String method, long seed, List<Outcomes.Row> rows) {
    experiment.run(
        scale,
        method,
        seed,
        new Recorder() {
          @Override
          public void value(String metric, double value) {
            rows.add(new Outcomes.Row(method, seed, metric, Double.NaN, value));
          }

          @Override
          public void point(String metric, double x, double value) {
            rows.add(new Outcomes.Row(method, seed, metric, x, value));
          }

          @Override
          public void seconds(String metric, double value) {}

          @Override
          public void progress(double share) {}
        });
  }
}
