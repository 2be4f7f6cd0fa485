package kobai.training;

import java.util.Optional;
import kobai.data.DigitImages;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.Models;
import kobai.models.RecurrentModel;
import kobai.networks.Network;
import kobai.optimisers.OptimiserSettings;
import kobai.optimisers.Optimisers;

/** Small runs that tests share. */
final class Runs {
  static final ExampleData DIGITS =
      new ExampleData(
          Digits.whole(DigitImages.load()), Split.random(DigitImages.IMAGES, 0.1, 0.2));
  static final ExampleData ROWS =
      new ExampleData(Digits.rows(DigitImages.load()), Split.random(DigitImages.IMAGES, 0.8, 0.1));

  private Runs() {}

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
