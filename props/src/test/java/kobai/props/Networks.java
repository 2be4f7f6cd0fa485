package kobai.props;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.Parameters;
import kobai.models.Tape;
import kobai.models.Tensor;
import kobai.networks.Embedding;
import kobai.networks.Layer;
import kobai.networks.Network;
import kobai.networks.Pointwise;
import kobai.random.RandomKey;
import kobai.verify.Problem;

/** What the contracts of networks share. */
final class Networks {
  private Networks() {}

  /** A problem of that many steps and rows, its masks drawn. */
  static Problem problem(Network network, int length, int batch, long seed) {
    Problem problem = Problem.of(network, length, batch, seed);
    if (network.layers().get(0) instanceof Embedding embedding) {
      float[] symbols = problem.sequence().inputs();
      for (int i = 0; i < symbols.length; i++) {
        symbols[i] = (i * 7 + i / 3) % embedding.vocabulary();
      }
    }
    network.drawMasks(new RandomKey(seed), problem.sequence());
    return problem;
  }

  /**
   * Relative error that single precision may have: {@link Problem#floatTolerance} with a network's
   * path, which passes every layer once: a value is rounded w + 16 times in a layer, w its widest
   * sum (its tensors' sides, or what it reads; none for a pointwise one), 16 times in the loss, and
   * once for every row that a gradient sums over.
   */
  static double tolerance(Problem problem) {
    Network network = (Network) problem.model();
    int length = problem.sequence().length();
    long path = 16;
    for (Layer layer : network.layers()) {
      path += 16 + width(layer);
    }
    // With a state a path may lead through every step.
    long steps = network.stateSize() > 0 ? length : 1;
    double k = 2.0 * (steps * path + (long) length * problem.sequence().batch());
    double u = 0x1p-24;
    return 8 * k * u / (1 - k * u);
  }

  private static int width(Layer layer) {
    if (layer instanceof Pointwise) {
      return 0;
    }
    Parameters.Builder builder = new Parameters.Builder();
    layer.describe(builder, "");
    int width = layer.input().count();
    for (Tensor tensor : builder.build().tensors()) {
      width = Math.max(width, tensor.rows() == 1 ? 0 : Math.max(tensor.rows(), tensor.columns()));
    }
    return width;
  }

  /** The gradient of the whole sequence in one window, and the loss behind it. */
  static double[] gradient(Problem problem, Kernels kernels) {
    int length = problem.sequence().length();
    Tape tape =
        problem.model().tape(kernels, Workspace.allocating(), length, problem.sequence().batch());
    float[] gradient = new float[problem.theta().length];
    int size = problem.sequence().batch() * problem.model().stateSize();
    double loss = tape.forward(problem.theta(), problem.sequence(), 0, length, new float[size]);
    tape.backward(problem.theta(), problem.sequence(), new float[size], gradient);
    double[] wide = new double[gradient.length + 1];
    for (int p = 0; p < gradient.length; p++) {
      wide[p] = gradient[p];
    }
    wide[gradient.length] = loss;
    return wide;
  }

  /**
   * The largest error of a tensor's gradient, relative to its size or a thousandth of that of the
   * whole gradient if that is more: a tensor's terms may cancel.
   */
  static double worst(Problem problem, double[] expected, double[] actual) {
    double whole = Episodes.norm(expected);
    double worst = 0;
    for (Tensor tensor : problem.model().parameters().tensors()) {
      int to = tensor.at() + tensor.size();
      double[] own = Arrays.copyOfRange(expected, tensor.at(), to);
      double error = Episodes.distance(Arrays.copyOfRange(actual, tensor.at(), to), own);
      worst = Math.max(worst, error / Math.max(Episodes.norm(own), 1e-3 * whole));
    }
    return worst;
  }
}
