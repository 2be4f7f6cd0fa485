package kobai.training;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.networks.Likelihood;
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
  private final int width;

  NetworkOutputs(Network network, TrainingData data, Kernels kernels, Workspace workspace) {
    this.data = data;
    this.network = network;
    rows = Math.max(1, Math.min(ROWS, data.count(Part.VALIDATION) + data.count(Part.TEST)));
    m = data.targetSize();
    width = network.outputs();
    predictor = network.predictor(kernels, workspace, rows);
    sequence = Sequence.allocate(data.length(), rows, network.inputSize(), m);
    network.openMasks(sequence);
    state = workspace.floats("states of examples", (long) rows * network.stateSize());
    outputs = workspace.floats("predictions", (long) data.length() * rows * width);
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
      predictor.predict(weights, sequence, t, state, outputs, t * rows * width);
    }
  }

  @Override
  public double loss(int i) {
    double sum = 0;
    for (int t = 0; t < data.length(); t++) {
      sum += loss((t * rows + i) * width, sequence.targetAt(t) + i * m);
    }
    return sum / data.scoredSteps();
  }

  private double loss(int at, int targetAt) {
    double variance = network.likelihood().variance();
    return switch (network.likelihood().kind()) {
      case SQUARED_ERROR -> 0.5 * squares(at, targetAt);
      case SOFTMAX_CROSS_ENTROPY -> crossEntropy(at, targetAt);
      case BERNOULLI -> bernoulli(at, targetAt);
      case GAUSSIAN ->
          0.5
              * (squares(at, targetAt) / variance
                  + m * (RegressionLaw.LOG_TWO_PI + StrictMath.log(variance)));
      case GAUSSIAN_LEARNT -> gaussian(at, targetAt);
    };
  }

  private double squares(int at, int targetAt) {
    double sum = 0;
    for (int j = 0; j < m; j++) {
      double away = outputs[at + j] - sequence.targets()[targetAt + j];
      sum += away * away;
    }
    return sum;
  }

  private double gaussian(int at, int targetAt) {
    double sum = 0;
    for (int j = 0; j < m; j++) {
      double away = outputs[at + j] - sequence.targets()[targetAt + j];
      double log = outputs[at + m + j];
      sum += 0.5 * (away * away * StrictMath.exp(-log) + log + RegressionLaw.LOG_TWO_PI);
    }
    return sum;
  }

  /** max(z, 0) − y z + ln(1 + e^{−|z|}). */
  private double bernoulli(int at, int targetAt) {
    double sum = 0;
    for (int j = 0; j < m; j++) {
      double z = outputs[at + j];
      sum +=
          Math.max(z, 0)
              - sequence.targets()[targetAt + j] * z
              + StrictMath.log1p(StrictMath.exp(-Math.abs(z)));
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
    int from = last(i);
    switch (network.likelihood().kind()) {
      case SQUARED_ERROR, GAUSSIAN, GAUSSIAN_LEARNT -> System.arraycopy(outputs, from, out, at, m);
      case BERNOULLI -> {
        for (int j = 0; j < m; j++) {
          out[at + j] = (float) (1 / (1 + StrictMath.exp(-outputs[from + j])));
        }
      }
      case SOFTMAX_CROSS_ENTROPY -> {
        double most = most(from);
        double total = total(from, most);
        for (int j = 0; j < m; j++) {
          out[at + j] = (float) (StrictMath.exp(outputs[from + j] - most) / total);
        }
      }
    }
  }

  /**
   * Overwrites out [m] with the variances of the noise that the i-th's law has about its means; a
   * squared error is read as a Gaussian of variance 1.
   */
  void variances(int i, double[] out) {
    int from = last(i);
    for (int j = 0; j < m; j++) {
      out[j] =
          network.likelihood().kind() == Likelihood.Kind.GAUSSIAN_LEARNT
              ? StrictMath.exp(outputs[from + m + j])
              : network.likelihood().variance();
    }
  }

  private int last(int i) {
    return ((data.length() - 1) * rows + i) * width;
  }
}
