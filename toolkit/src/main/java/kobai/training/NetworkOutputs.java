package kobai.training;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.Loss;
import kobai.networks.Network;
import kobai.networks.Predictor;
import kobai.random.RandomKey;

/** Outputs of a network, many rows at once; losses in double. */
final class NetworkOutputs implements Outputs {
  private static final int ROWS = 256;

  private final TrainingData data;
  private final Network network;
  private final Predictor predictor;
  private final Sequence sequence;
  private final float[] outputs;
  private final float[] state;
  private final int rows;
  private final int m;

  NetworkOutputs(Network network, TrainingData data, Kernels kernels, Workspace workspace) {
    this.data = data;
    this.network = network;
    rows = Math.max(1, Math.min(ROWS, data.count(Part.VALIDATION) + data.count(Part.TEST)));
    m = data.targetSize();
    predictor = network.predictor(kernels, workspace, rows);
    sequence = Sequence.allocate(data.length(), rows, network.inputSize(), m);
    network.openMasks(sequence);
    state = workspace.floats("states of examples", (long) rows * network.stateSize());
    outputs = workspace.floats("predictions", (long) data.length() * rows * m);
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public void dropOut(RandomKey key, long sample) {
    network.drawMasks(key, sample, sequence);
  }

  @Override
  public void compute(float[] weights, Part part, int first, int count) {
    for (int i = 0; i < count; i++) {
      data.fill(part, first + i, sequence, i);
    }
    Arrays.fill(state, 0f);
    for (int t = 0; t < data.length(); t++) {
      predictor.predict(weights, sequence, t, state, outputs, t * rows * m);
    }
  }

  @Override
  public double loss(int i) {
    double sum = 0;
    for (int t = 0; t < data.length(); t++) {
      int at = (t * rows + i) * m;
      int targetAt = sequence.targetAt(t) + i * m;
      sum += data.loss() == Loss.SQUARED_ERROR ? squared(at, targetAt) : crossEntropy(at, targetAt);
    }
    return sum / data.scoredSteps();
  }

  private double squared(int at, int targetAt) {
    double sum = 0;
    for (int j = 0; j < m; j++) {
      double away = outputs[at + j] - sequence.targets()[targetAt + j];
      sum += 0.5 * away * away;
    }
    return sum;
  }

  private double crossEntropy(int at, int targetAt) {
    double most = most(at);
    double total = total(at, most);
    double sum = 0;
    for (int j = 0; j < m; j++) {
      float y = sequence.targets()[targetAt + j];
      sum += y == 0 ? 0 : y * (most + StrictMath.log(total) - outputs[at + j]);
    }
    return sum;
  }

  private double most(int at) {
    double most = outputs[at];
    for (int j = 1; j < m; j++) {
      most = Math.max(most, outputs[at + j]);
    }
    return most;
  }

  private double total(int at, double most) {
    double total = 0;
    for (int j = 0; j < m; j++) {
      total += StrictMath.exp(outputs[at + j] - most);
    }
    return total;
  }

  @Override
  public void prediction(int i, float[] out, int at) {
    int from = ((data.length() - 1) * rows + i) * m;
    if (data.loss() == Loss.SQUARED_ERROR) {
      System.arraycopy(outputs, from, out, at, m);
      return;
    }
    double most = most(from);
    double total = total(from, most);
    for (int j = 0; j < m; j++) {
      out[at + j] = (float) (StrictMath.exp(outputs[from + j] - most) / total);
    }
  }
}
