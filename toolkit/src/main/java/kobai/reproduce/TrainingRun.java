package kobai.reproduce;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kobai.data.DigitImages;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.InnerTraining;
import kobai.models.Rollout;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/** A training run whose rates are tuned: the model, its data, and the test of a θ. */
final class TrainingRun {
  private final InnerTraining model;
  private final ClassifiedImages images;
  private final int batch;
  private final Rollout rollout;
  private final Sequence test;
  private final float[] state;

  TrainingRun(
      ClassifiedImages images,
      List<Integer> hidden,
      int batch,
      int length,
      InnerTraining.Tuned tuned,
      InnerTraining.Objective objective,
      Kernels kernels) {
    this.images = images;
    this.batch = batch;
    int[] widths = new int[hidden.size() + 2];
    widths[0] = images.size();
    IntStream.range(0, hidden.size()).forEach(i -> widths[i + 1] = hidden.get(i));
    widths[widths.length - 1] = DigitImages.CLASSES;
    model =
        new InnerTraining(
            images.pixels(),
            images.labels(),
            widths,
            batch,
            length,
            tuned,
            objective,
            new RandomKey(0).child("weights"),
            kernels);
    test = sequence(length);
    fill(new RandomKey(0).child("test"), test);
    rollout = model.rollout(kernels, Workspace.allocating(), length, 1);
    state = new float[model.stateSize()];
  }

  InnerTraining model() {
    return model;
  }

  /** Room for the data of so many steps. */
  Sequence sequence(int length) {
    return Sequence.allocate(length, 1, 2 * batch, 1);
  }

  /** Places of training rows, then of validation rows, drawn with replacement. */
  void fill(RandomKey key, Sequence sequence) {
    int training = images.training();
    int held = images.labels().length - training;
    for (int t = 0; t < sequence.length(); t++) {
      for (int row = 0; row < batch; row++) {
        int at = sequence.inputAt(t) + row;
        sequence.inputs()[at] = RandomDraws.below(key, t, row, training);
        sequence.inputs()[at + batch] = training + RandomDraws.below(key, t, batch + row, held);
      }
    }
  }

  /** The mean cost of a step over a whole training run on data that are the same for every θ. */
  double cost(float[] theta) {
    Arrays.fill(state, 0f);
    return rollout.run(theta, test, 0, test.length(), state, 0, 0) / test.length();
  }
}
