package kobai.training;

import java.util.Optional;
import kobai.data.MiniBatches;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RecurrentModel;
import kobai.networks.Network;
import kobai.random.RandomKey;

/** Scores weights on a part of the data, examples in order, sums in double. */
final class Judge {
  private final RecurrentModel model;
  private final TrainingData data;
  private final Kernels kernels;
  private final Optional<Normalisation> normalisation;
  private final Outputs outputs;
  private final float[] prediction;
  private final Sequence own;

  Judge(
      RecurrentModel model,
      TrainingData data,
      MiniBatches batches,
      RandomKey order,
      Kernels kernels,
      Workspace workspace) {
    this.model = model;
    this.data = data;
    this.kernels = kernels;
    normalisation =
        Normalisation.create(model, data, batches, order, kernels, workspace.child("statistics"));
    outputs = outputs(model, data, kernels, workspace);
    prediction = new float[data.targetSize()];
    own = Sequence.allocate(data.length(), 1, model.inputSize(), data.targetSize());
  }

  /** What computes outputs at those weights. */
  Outputs outputs(float[] weights) {
    // What batch normalisation works with is part of the network for inference: a new one each
    // time.
    return normalisation.isEmpty() ? outputs : fresh(weights);
  }

  /** The same in new memory: what is done to its masks concerns nobody else. */
  Outputs fresh(float[] weights) {
    RecurrentModel own = normalisation.isEmpty() ? model : normalisation.get().inference(weights);
    return outputs(own, data, kernels, Workspace.allocating());
  }

  /**
   * The same on other examples of the same shape, of a network.
   *
   * @return nothing if the model is none
   */
  Optional<NetworkOutputs> fresh(float[] weights, TrainingData shown) {
    RecurrentModel own = normalisation.isEmpty() ? model : normalisation.get().inference(weights);
    return own instanceof Network network
        ? Optional.of(new NetworkOutputs(network, shown, kernels, Workspace.allocating()))
        : Optional.empty();
  }

  /** Overwrites out [m] with the target of an example's last step. */
  void target(Part part, int example, float[] out) {
    data.fill(part, example, own, 0);
    System.arraycopy(own.targets(), own.targetAt(data.length() - 1), out, 0, data.targetSize());
  }

  private static Outputs outputs(
      RecurrentModel model, TrainingData data, Kernels kernels, Workspace workspace) {
    return model instanceof Network network
        ? new NetworkOutputs(network, data, kernels, workspace)
        : new RolloutOutputs(model, data, kernels, workspace);
  }

  Score score(float[] weights, Part part) {
    int count = data.count(part);
    if (count == 0) {
      return Score.NONE;
    }
    Outputs outputs = outputs(weights);
    double loss = 0;
    int right = 0;
    for (int first = 0; first < count; first += outputs.rows()) {
      int rows = Math.min(outputs.rows(), count - first);
      outputs.compute(weights, part, first, rows);
      for (int i = 0; i < rows; i++) {
        loss += outputs.loss(i);
        if (data.classifies()) {
          outputs.prediction(i, prediction, 0);
          right += label(part, first + i) == largest(prediction) ? 1 : 0;
        }
      }
    }
    double accuracy = data.classifies() ? (double) right / count : Double.NaN;
    return new Score(loss / count, accuracy, count);
  }

  /** The class of an example. */
  int label(Part part, int example) {
    data.fill(part, example, own, 0);
    int at = own.targetAt(data.length() - 1);
    int best = 0;
    for (int c = 1; c < data.targetSize(); c++) {
      best = own.targets()[at + c] > own.targets()[at + best] ? c : best;
    }
    return best;
  }

  private static int largest(float[] values) {
    int best = 0;
    for (int c = 1; c < values.length; c++) {
      best = values[c] > values[best] ? c : best;
    }
    return best;
  }
}
