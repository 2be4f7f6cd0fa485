package kobai.training;

import java.util.Optional;
import kobai.data.MiniBatches;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import kobai.networks.Network;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/** Some rows of every mini-batch: their inputs, their estimator and their gradient. */
final class Chunk {
  private final int number;
  private final int firstRow;
  private final RandomKey order;
  private final RandomKey noise;
  private final RandomKey masks;
  private final Optional<Network> dropping;
  private final TrainingData data;
  private final MiniBatches batches;
  private final GradientEstimator estimator;
  private final Sequence sequence;
  private final float[] gradient;
  private double loss;

  Chunk(
      int number,
      RandomKey key,
      TrainingData data,
      MiniBatches batches,
      Setup setup,
      GradientEstimator estimator,
      Workspace workspace,
      int parameters) {
    this.number = number;
    this.data = data;
    this.batches = batches;
    this.estimator = estimator;
    firstRow = number * setup.batch();
    order = key.child("order");
    noise = key.child("estimates");
    masks = key.child("masks").child(number);
    dropping =
        setup.model() instanceof Network network && network.masks() > 0
            ? Optional.of(network)
            : Optional.empty();
    sequence =
        Sequence.allocate(
            data.length(), setup.batch(), setup.model().inputSize(), data.targetSize());
    gradient = workspace.floats("gradient of an iteration", parameters);
  }

  /** Reads the rows of an iteration, draws their masks and starts an episode. */
  void fill(long iteration) {
    data.fill(order, iteration, batches, firstRow, sequence);
    if (dropping.isPresent()) {
      dropping.get().drawMasks(masks, iteration, sequence);
    }
    estimator.reset(RandomDraws.bits(noise, number, iteration));
  }

  /** Estimates the gradient of steps [from, to). */
  void estimate(float[] theta, int from, int to) {
    loss = estimator.estimate(theta, sequence, from, to, gradient);
  }

  /** The loss of the steps last estimated, a mean over the rows. */
  double loss() {
    return loss;
  }

  float[] gradient() {
    return gradient;
  }
}
