package kobai.verify;

import java.util.Arrays;
import java.util.SplittableRandom;
import kobai.data.Sequence;
import kobai.estimators.Setup;
import kobai.kernels.Activation;
import kobai.models.DifferentiableModel;
import kobai.models.Initialisation;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.Tensor;
import kobai.random.RandomKey;

/**
 * A small problem with its parameters, data and double-precision oracle. Sizes are unequal, none is
 * a multiple of a vector, W is not symmetric, α is neither ½ nor 1 unless asked for: otherwise some
 * bugs would not show.
 */
public record Problem(DifferentiableModel model, float[] theta, Sequence sequence) {
  /**
   * θ ~ N(0, 0.81/n), inputs and targets standard normal (or one class a row, none in every fifth).
   *
   * @param d inputs
   * @param n units
   * @param m outputs
   */
  public static Problem of(
      int d,
      int n,
      int m,
      double alpha,
      Activation activation,
      Loss loss,
      int length,
      int batch,
      long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LeakyRnn model =
        new LeakyRnn(d, n, m, (float) alpha, activation, loss, Initialisation.GAUSSIAN, 1f);
    float[] theta = new float[model.parameters().count()];
    for (int p = 0; p < theta.length; p++) {
      theta[p] = (float) (0.9 / Math.sqrt(n) * random.nextGaussian());
    }
    Sequence sequence = Sequence.allocate(length, batch, d, m);
    for (int i = 0; i < sequence.inputs().length; i++) {
      sequence.inputs()[i] = (float) random.nextGaussian();
    }
    for (int row = 0; row < length * batch; row++) {
      if (loss == Loss.SQUARED_ERROR) {
        for (int k = 0; k < m; k++) {
          sequence.targets()[row * m + k] = (float) random.nextGaussian();
        }
      } else if (row % 5 != 4) { // every fifth row has no target
        sequence.targets()[row * m + random.nextInt(m)] = 1f;
      }
    }
    return new Problem(model, theta, sequence);
  }

  /**
   * Any model: its initial θ, moved so that no tensor is left zero, symmetric or orthogonal, by
   * N(0, 0.09/rows) in matrices and N(0, 0.09) in vectors; inputs standard normal; targets |N(0,
   * 1)|, which both losses take, and none in every fifth row.
   */
  public static Problem of(DifferentiableModel model, int length, int batch, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(seed), theta);
    for (Tensor tensor : model.parameters().tensors()) {
      double scale = 0.3 / Math.sqrt(tensor.rows());
      for (int p = tensor.at(); p < tensor.at() + tensor.size(); p++) {
        theta[p] += (float) (scale * random.nextGaussian());
      }
    }
    Sequence sequence = Sequence.allocate(length, batch, model.inputSize(), model.targetSize());
    for (int i = 0; i < sequence.inputs().length; i++) {
      sequence.inputs()[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < sequence.targets().length; i++) {
      double target = Math.abs(random.nextGaussian());
      sequence.targets()[i] = i / model.targetSize() % 5 == 4 ? 0f : (float) target;
    }
    return new Problem(model, theta, sequence);
  }

  /**
   * The reference problem: n = 5, d = 3, m = 2, T = 8, B = 1, α = 0.6, tanh, squared error; P = 57.
   */
  public static Problem reference() {
    return of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 8, 1, 11);
  }

  /** The leaky network with n = 2, d = 1, m = 1 on eight steps, small enough to enumerate signs. */
  public static Problem small() {
    return of(1, 2, 1, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 8, 1, 17);
  }

  /** The reference problem on any line of the registry of models. */
  public static Problem reference(Models model) {
    return model == Models.LEAKY_RNN
        ? reference()
        : of(model.create(3, 5, 2, 0.6f, Loss.SQUARED_ERROR), 8, 1, 11);
  }

  /** The small problem on any line of the registry of models. */
  public static Problem small(Models model) {
    return model == Models.LEAKY_RNN
        ? small()
        : of(model.create(1, 2, 1, 0.6f, Loss.SQUARED_ERROR), 8, 1, 17);
  }

  /** The same on the first {@code length} steps. */
  public Problem first(int length) {
    int inputs = length * sequence.batch() * sequence.inputSize();
    int targets = length * sequence.batch() * sequence.targetSize();
    return new Problem(
        model,
        theta,
        new Sequence(
            length,
            sequence.batch(),
            sequence.inputSize(),
            sequence.targetSize(),
            Arrays.copyOf(sequence.inputs(), inputs),
            Arrays.copyOf(sequence.targets(), targets)));
  }

  /** The double-precision loss and derivatives. */
  public Oracle oracle() {
    return Oracle.of(model, sequence);
  }

  /** The exact loss. */
  public double loss() {
    return oracle().loss(theta, sequence.length());
  }

  /** The exact gradient [P]. */
  public double[] gradient() {
    return oracle().gradient(theta, sequence.length());
  }

  /** The ends of windows of {@code window} steps, the last one perhaps shorter. */
  public int[] windows(int window) {
    int[] ends = new int[Math.ceilDiv(sequence.length(), window)];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = Math.min((i + 1) * window, sequence.length());
    }
    return ends;
  }

  /** One window of the whole sequence, the batch of the data; all else as {@link Setup#of}. */
  public Setup setup() {
    return Setup.of(model, sequence.length()).withBatch(sequence.batch());
  }

  /**
   * Relative error that single precision may have on this problem. Along a path from a loss back to
   * a parameter a value passes at most T steps of w + 16 roundings each, w the widest sums of a
   * step one after the other, Σ over the matrices of max(rows, columns); 16 for the pointwise
   * functions and the loss; forward and back: γ_k with k twice that, u = 2⁻²⁴, first order. The
   * factor 8 is for the cancellation Σ|terms| / |Σ terms|: running error analysis of the forward
   * pass and of reverse accumulation, operation by operation, bounds what float can lose on a given
   * problem, and on the reference problems of every model that bound is below this (a test does the
   * analysis). On problems of other weights it need not be: where the |J| are large or paths
   * cancel, float may lose more.
   */
  public double floatTolerance() {
    double u = 0x1p-24;
    int width = 0;
    for (Tensor tensor : model.parameters().tensors()) {
      width += tensor.rows() == 1 ? 0 : Math.max(tensor.rows(), tensor.columns());
    }
    double k = 2.0 * sequence.length() * (width + 16);
    return 8 * k * u / (1 - k * u);
  }
}
