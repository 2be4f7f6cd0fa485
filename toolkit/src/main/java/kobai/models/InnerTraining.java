package kobai.models;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * The training of a classifier as a dynamical system: a step of time is a step of gradient descent
 * with momentum, the state is what is trained, and θ says how.
 *
 * <pre>
 * a₀ = x, aₗ = ReLU(aₗ₋₁ Wₗ + bₗ), the last layer without ReLU; g = ∇ of the mean cross-entropy
 * v ← μᵢ v + ηᵢ g,   w ← w − v                                                (1)
 * SCHEDULE:   ηᵢ = e^θ₀ / (1 + t/T)^e^θ₁, μᵢ = 0.9                             (2)
 * PER_TENSOR: ηᵢ = e^θᵢ, μᵢ = 1/(1 + e^−θ_{n+i}) for the i-th of n tensors     (3)
 * ℓₜ = min(10, mean cross-entropy of the training rows), or the share of the validation rows that
 *      are told wrong, both before step t                                      (4)
 * </pre>
 *
 * <p>An input holds the places of B training rows in the data, then those of B validation rows. The
 * target is not looked at. A state is [w − w₀ | v | t], zero at the start: w₀ is a constant of the
 * model, so that episodes start from the same weights. A run that has diverged costs 10, or all, to
 * its end.
 *
 * <p>Cost per step: three products of B rows with every matrix; one more where the validation rows
 * count.
 *
 * <p>Source: (2) and the setting: Vicol, Metz and Sohl-Dickstein (2021), ICML, section 5.3.
 * Variant: the data are drawn with replacement; w₀ is the same in every episode.
 */
public final class InnerTraining implements RecurrentModel {
  /** What θ is. */
  public enum Tuned {
    /** (2): the logarithms of a rate and of the power that it decays with. */
    SCHEDULE,
    /** (3): a rate and a momentum for every weight matrix and every bias. */
    PER_TENSOR
  }

  /** What a step costs. */
  public enum Objective {
    /** The cross-entropy of the training rows. */
    TRAINING_LOSS,
    /** The share of validation rows told wrong: piecewise constant, without a gradient. */
    VALIDATION_ERROR
  }

  private static final double MOMENTUM = 0.9;
  private static final double WORST_LOSS = 10;

  /** He et al. (2015): the variance that ReLU layers keep. */
  private static final double RELU_GAIN = 2;

  private final float[] images;
  private final int[] labels;
  private final int[] widths;
  private final int batch;
  private final int length;
  private final Tuned tuned;
  private final Objective objective;
  private final int weights;
  private final float[] first;

  /**
   * Describes a training run.
   *
   * @param images the data, [labels.length × widths[0]]
   * @param labels classes in [0, last width)
   * @param widths of the layers, input and output included; at least two
   * @param batch B
   * @param length T of (2)
   * @param key of w₀
   */
  public InnerTraining(
      float[] images,
      int[] labels,
      int[] widths,
      int batch,
      int length,
      Tuned tuned,
      Objective objective,
      RandomKey key,
      Kernels kernels) {
    if (widths.length < 2 || Arrays.stream(widths).anyMatch(width -> width < 1)) {
      throw new IllegalArgumentException(
          "widths = %s: must be two or more numbers ≥ 1".formatted(Arrays.toString(widths)));
    }
    if (batch < 1 || length < 1) {
      throw new IllegalArgumentException(
          "batch = %d, length = %d: must be at least 1".formatted(batch, length));
    }
    if (images.length != (long) labels.length * widths[0]) {
      throw new IllegalArgumentException(
          "images: expected %d × %d floats, got %d"
              .formatted(labels.length, widths[0], images.length));
    }
    this.images = images;
    this.labels = labels;
    this.widths = widths.clone();
    this.batch = batch;
    this.length = length;
    this.tuned = tuned;
    this.objective = objective;
    weights = weightAt(layers());
    first = new float[weights];
    for (int layer = 0; layer < layers(); layer++) {
      int count = widths[layer] * widths[layer + 1];
      kernels.gaussian(key.seed(), layer, 0, 0, first, weightAt(layer), count);
      kernels.scale((float) Math.sqrt(RELU_GAIN / widths[layer]), first, weightAt(layer), count);
    }
  }

  private int layers() {
    return widths.length - 1;
  }

  /** Where the matrix of a layer starts; its biases follow. */
  private int weightAt(int layer) {
    int at = 0;
    for (int l = 0; l < layer; l++) {
      at += (widths[l] + 1) * widths[l + 1];
    }
    return at;
  }

  /** Numbers that are trained. */
  public int weights() {
    return weights;
  }

  @Override
  public String name() {
    return "training of a network of %s".formatted(Arrays.toString(widths));
  }

  @Override
  public int stateSize() {
    return 2 * weights + 1;
  }

  @Override
  public int inputSize() {
    return 2 * batch;
  }

  @Override
  public int targetSize() {
    return 1;
  }

  @Override
  public Parameters parameters() {
    return switch (tuned) {
      case SCHEDULE -> new Parameters.Builder().add("log rate, log decay", 1, 2).build();
      case PER_TENSOR ->
          new Parameters.Builder()
              .add("log rates", 1, 2 * layers())
              .add("logits of momentum", 1, 2 * layers())
              .build();
    };
  }

  /**
   * Overwrites θ: (ln 0.003, ln 30) whatever the key, as published; or rates e^U(ln 10⁻⁴, ln 10⁻²)
   * and momenta U(0.01, 0.9).
   */
  @Override
  public void initialise(RandomKey key, float[] theta) {
    if (tuned == Tuned.SCHEDULE) {
      theta[0] = (float) StrictMath.log(0.003);
      theta[1] = (float) StrictMath.log(30);
      return;
    }
    int tensors = 2 * layers();
    for (int i = 0; i < tensors; i++) {
      double rate = RandomDraws.uniform(key, 0, i);
      double momentum = 0.01 + (0.9 - 0.01) * RandomDraws.uniform(key, 1, i);
      theta[i] = (float) (StrictMath.log(1e-4) + rate * StrictMath.log(1e2));
      theta[tensors + i] = (float) StrictMath.log(momentum / (1 - momentum));
    }
  }

  @Override
  public Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
    if (batch != 1) {
      throw new IllegalArgumentException(
          "%s: batch = %d: must be 1 (a row is a whole training run)".formatted(name(), batch));
    }
    return new Run(kernels, workspace);
  }

  /** Runs (1) with (2) or (3), and (4). */
  private final class Run implements Rollout {
    private final Kernels kernels;
    private final float[] w;
    private final float[] gradient;
    private final float[][] activities;
    private final float[][] deltas;
    private final float[] packed;
    private final float[] targets;
    private final float[] scratch;

    Run(Kernels kernels, Workspace workspace) {
      this.kernels = kernels;
      w = workspace.floats("weights", weights);
      gradient = workspace.floats("gradient", weights);
      activities = new float[widths.length][];
      deltas = new float[widths.length][];
      int most = 0;
      long pack = 0;
      for (int l = 0; l < widths.length; l++) {
        activities[l] = workspace.floats("activities " + l, (long) batch * widths[l]);
        deltas[l] = workspace.floats("deltas " + l, l == 0 ? 0 : (long) batch * widths[l]);
        if (l > 0) {
          int in = widths[l - 1];
          int out = widths[l];
          most = Math.max(most, kernels.gemmScratch(batch, out, in));
          most = Math.max(most, kernels.gemmScratch(in, out, batch));
          pack = Math.max(pack, Kernels.packedSize(out, in));
        }
      }
      packed = workspace.floats("packed", pack);
      targets = workspace.floats("targets", (long) batch * widths[layers()]);
      scratch = workspace.floats("scratch", most);
    }

    @Override
    public double run(
        float[] theta,
        Sequence sequence,
        int from,
        int to,
        float[] state,
        int stateAt,
        double loss) {
      DynamicalRollout.check(InnerTraining.this, theta, sequence, 1, from, to);
      int velocityAt = stateAt + weights;
      int clockAt = stateAt + 2 * weights;
      for (int t = from; t < to; t++) {
        System.arraycopy(first, 0, w, 0, weights);
        kernels.axpy(1, state, stateAt, w, 0, weights);
        double training = trainingLoss(sequence.inputs(), sequence.inputAt(t));
        double cost = Math.min(WORST_LOSS, training);
        if (objective == Objective.VALIDATION_ERROR) {
          cost = error(sequence.inputs(), sequence.inputAt(t) + batch);
        }
        loss += Double.isNaN(cost) ? WORST_LOSS : cost;
        for (int tensor = 0; tensor < 2 * layers(); tensor++) {
          int layer = tensor / 2;
          int matrix = widths[layer] * widths[layer + 1];
          int at = weightAt(layer) + (tensor % 2 == 0 ? 0 : matrix);
          int count = tensor % 2 == 0 ? matrix : widths[layer + 1];
          kernels.scale(momentum(theta, tensor), state, velocityAt + at, count);
          kernels.axpy(
              rate(theta, tensor, state[clockAt]), gradient, at, state, velocityAt + at, count);
        }
        kernels.axpy(-1, state, velocityAt, state, stateAt, weights);
        state[clockAt] += 1;
      }
      return loss;
    }

    private float rate(float[] theta, int tensor, float clock) {
      return (float)
          switch (tuned) {
            case SCHEDULE ->
                StrictMath.exp(
                    theta[0] - StrictMath.exp(theta[1]) * StrictMath.log1p(clock / length));
            case PER_TENSOR -> StrictMath.exp(theta[tensor]);
          };
    }

    private float momentum(float[] theta, int tensor) {
      return (float)
          switch (tuned) {
            case SCHEDULE -> MOMENTUM;
            case PER_TENSOR -> 1 / (1 + StrictMath.exp(-theta[2 * layers() + tensor]));
          };
    }

    /** Leaves the last activities as they are before softmax. */
    private void forward(float[] inputs, int inputAt) {
      int pixels = widths[0];
      for (int row = 0; row < batch; row++) {
        int image = (int) inputs[inputAt + row];
        System.arraycopy(images, image * pixels, activities[0], row * pixels, pixels);
      }
      for (int layer = 0; layer < layers(); layer++) {
        int in = widths[layer];
        int out = widths[layer + 1];
        float[] a = activities[layer + 1];
        kernels.gemm(
            batch,
            out,
            in,
            activities[layer],
            0,
            in,
            w,
            weightAt(layer),
            out,
            a,
            0,
            out,
            scratch,
            0);
        int biasAt = weightAt(layer) + in * out;
        boolean bent = layer + 1 < layers();
        for (int row = 0; row < batch; row++) {
          kernels.axpy(1, w, biasAt, a, row * out, out);
        }
        for (int i = 0; bent && i < batch * out; i++) {
          a[i] = Math.max(a[i], 0f);
        }
      }
    }

    /** The mean loss of the training rows; overwrites the gradient with its own. */
    private double trainingLoss(float[] inputs, int inputAt) {
      forward(inputs, inputAt);
      int last = layers();
      int classes = widths[last];
      Arrays.fill(targets, 0, batch * classes, 0f);
      for (int row = 0; row < batch; row++) {
        targets[row * classes + labels[(int) inputs[inputAt + row]]] = 1f;
      }
      System.arraycopy(activities[last], 0, deltas[last], 0, batch * classes);
      double loss =
          kernels.softmaxCrossEntropy(deltas[last], 0, targets, 0, batch, classes, 1f / batch);
      Arrays.fill(gradient, 0, weights, 0f);
      for (int layer = last - 1; layer >= 0; layer--) {
        int in = widths[layer];
        int out = widths[layer + 1];
        int at = weightAt(layer);
        float[] delta = deltas[layer + 1];
        kernels.gemmTransposedAdd(
            in, out, batch, activities[layer], 0, in, delta, 0, out, gradient, at, out, scratch, 0);
        kernels.columnSumsAdd(delta, 0, out, batch, out, gradient, at + in * out);
        if (layer > 0) {
          kernels.pack(w, at, 1, out, out, in, packed, 0);
          kernels.gemmPacked(batch, in, out, delta, 0, out, packed, 0, deltas[layer], 0, in);
          for (int i = 0; i < batch * in; i++) {
            deltas[layer][i] = activities[layer][i] > 0 ? deltas[layer][i] : 0f;
          }
        }
      }
      return loss / batch;
    }

    /** The share of these rows whose largest output is not at their label; NaN is wrong. */
    private double error(float[] inputs, int inputAt) {
      forward(inputs, inputAt);
      int classes = widths[layers()];
      float[] outputs = activities[layers()];
      int wrong = 0;
      for (int row = 0; row < batch; row++) {
        int label = labels[(int) inputs[inputAt + row]];
        boolean right = true;
        for (int c = 0; c < classes; c++) {
          right &= c == label || outputs[row * classes + label] > outputs[row * classes + c];
        }
        wrong += right ? 0 : 1;
      }
      return (double) wrong / batch;
    }
  }
}
