package kobai.training;

import java.util.Optional;
import kobai.data.MiniBatches;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RecurrentModel;
import kobai.networks.BatchNorm;
import kobai.networks.Chain;
import kobai.networks.Layer;
import kobai.networks.Network;
import kobai.networks.RunningStatistics;
import kobai.random.RandomKey;

/**
 * What a network with batch normalisation is judged with: means and variances of the first
 * mini-batches of an epoch, averaged, at the θ that is judged and with all masks open.
 *
 * <p>Variant: averages at one θ take the place of running ones along the path of θ. They cost some
 * passes an epoch where running ones cost one an iteration, follow from θ and the data alone, and
 * need no place in a checkpoint.
 *
 * <p>Source: Wu and Johnson (2021), Rethinking "batch" in BatchNorm, arXiv 2105.07576, section 3.
 */
final class Normalisation {
  private static final int MINI_BATCHES = 32;

  private final Network network;
  private final TrainingData data;
  private final MiniBatches batches;
  private final RandomKey order;
  private final RunningStatistics statistics;
  private final Sequence sequence;

  private Normalisation(
      Network network,
      TrainingData data,
      MiniBatches batches,
      RandomKey order,
      Kernels kernels,
      Workspace workspace) {
    this.network = network;
    this.data = data;
    this.batches = batches;
    this.order = order;
    statistics = network.statistics(kernels, workspace, batches.batch());
    sequence =
        Sequence.allocate(data.length(), batches.batch(), network.inputSize(), data.targetSize());
    network.openMasks(sequence);
  }

  /** That of a model; nothing if it has no batch normalisation. */
  static Optional<Normalisation> create(
      RecurrentModel model,
      TrainingData data,
      MiniBatches batches,
      RandomKey order,
      Kernels kernels,
      Workspace workspace) {
    return model instanceof Network network && of(model)
        ? Optional.of(new Normalisation(network, data, batches, order, kernels, workspace))
        : Optional.empty();
  }

  /** Whether a model has batch normalisation. */
  static boolean of(RecurrentModel model) {
    return model instanceof Network network
        && network.layers().stream().anyMatch(Normalisation::of);
  }

  private static boolean of(Layer layer) {
    return switch (layer) {
      case BatchNorm norm -> true;
      case Chain chain -> chain.layers().stream().anyMatch(Normalisation::of);
      default -> false;
    };
  }

  /** The network with the statistics of θ. */
  Network inference(float[] theta) {
    statistics.reset();
    int most = Math.min(MINI_BATCHES, batches.iterationsPerEpoch());
    for (int k = 0; k < most; k++) {
      data.fill(order, k, batches, 0, sequence);
      statistics.update(theta, sequence, 0, 1f / (k + 1));
    }
    return network.inference(statistics.values());
  }
}
