package kobai.training;

import java.util.Optional;
import kobai.data.LabelledData;
import kobai.data.LabelledSource;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.Models;
import kobai.models.RecurrentModel;
import kobai.networks.Network;
import kobai.optimisers.OptimiserSettings;
import kobai.optimisers.Optimisers;
import kobai.random.RandomKey;

/** Small runs that tests share. */
final class Runs {
  static final ExampleData DIGITS = digits(0.1, 0.2, 1);
  static final ExampleData ROWS = digits(0.8, 0.1, 8);

  private Runs() {}

  private static ExampleData digits(double validation, double test, int steps) {
    LabelledSource source = new LabelledSource(LabelledData.digits(), Optional.empty());
    return ExampleData.of(source.split(new RandomKey(0), validation, test), steps);
  }

  static Network network(String layers) {
    return Network.of(layers, DIGITS.shape(), DIGITS.targetSize(), DIGITS.loss());
  }

  static RecurrentModel recurrent(TrainingData data) {
    return Models.GRU.create(data.shape().count(), 8, data.targetSize(), 1f, data.loss());
  }

  static TrainingSettings settings(Algorithm algorithm, Setup setup, int epochs) {
    return new TrainingSettings(
        algorithm,
        setup,
        OptimiserSettings.of(Optimisers.ADAM, 0.02),
        "cosine",
        epochs,
        0,
        7,
        Optional.empty());
  }

  /** All epochs. */
  static TrainingRun finish(TrainingRun run) {
    while (!run.finished()) {
      run.epoch();
    }
    return run;
  }
}
