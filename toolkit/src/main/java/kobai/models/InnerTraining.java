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
 * PER_TENSOR: ηᵢ = e^θᵢ, μᵢ = s(θ_{n+i}) for the i-th of n tensors; hidden layer l uses its
 *             first ⌊s(θ_{2n+l}) widthₗ⌋ units, the others are 0; s(x) = 1/(1 + e^−x)  (3)
 * ℓₜ = min(10, mean cross-entropy of the training rows, or of the validation rows), or the share
 *      of the validation rows that are told wrong; all before step t           (4)
 * </pre>
 *
 * <p>The number of units is whole, so that (3) has no gradient in the last of its numbers.
 *
 * <p>An input holds the places of B training rows in the data, then those of B validation rows. The
 * target is not looked at. A state is [w − w₀ | v | t], zero at the start: w₀ is a constant of the
 * model, so that episodes start from the same weights. A run that has diverged costs 10, or all, to
 * its end.
 *
 * <p>Cost per step: three products of B rows with every matrix, two with the first; one more with
 * each where the validation rows count.
 *
 * <p>Source: (2), (3) and the setting: Vicol, Metz and Sohl-Dickstein (2021), ICML, section 5.3,
 * and their code. Variant: the data are drawn with replacement; w₀ is the same in every episode; ℓₜ
 * is that before a step, where theirs is that after it, on other rows.
 */
public final class InnerTraining implements RecurrentModel {
  /** What θ is. */
  public enum Tuned {
    /** (2): the logarithms of a rate and of the power that it decays with. */
    SCHEDULE,
    /**
     * (3): a rate and a momentum for every weight matrix and every bias, and how much of every
     * hidden layer is used.
     */
    PER_TENSOR
  }

  /** What a step costs. */
  public enum Objective {
    /** The cross-entropy of the training rows. */
    TRAINING_LOSS,
    /** The cross-entropy of the validation rows. */
    VALIDATION_LOSS,
    /** The share of validation rows told wrong: piecewise constant, without a gradient. */
    VALIDATION_ERROR
  }

  private static final double MOMENTUM = 0.9;
  private static final double WORST_LOSS = 10;

  /** Least and most of θ of (3) where it starts: rates, momenta and shares of units. */
  private static final double[][] START = {
    {StrictMath.log(1e-4), StrictMath.log(1e-2)},
    {logit(0.01), logit(0.9)},
    {logit(0.2), logit(0.8)}
  };

  /** The same for what a search may choose from. */
  private static final double[][] ALLOWED = {
    {StrictMath.log(1e-8), StrictMath.log(10)},
    {logit(0.01), logit(0.999)},
    {logit(0.01), logit(0.999)}
  };

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
              .add("logits of shares", 1, layers() - 1)
              .build();
    };
  }

  /**
   * Overwrites θ: (ln 0.003, ln 30) whatever the key; or rates of 10⁻⁴ to 10⁻², momenta of 0.01 to
   * 0.9 and shares of 0.2 to 0.8, uniform in their logarithms and logits. All as published.
   */
  @Override
  public void initialise(RandomKey key, float[] theta) {
    if (tuned == Tuned.PER_TENSOR) {
      draw(key, START, theta);
      return;
    }
    theta[0] = (float) StrictMath.log(0.003);
    theta[1] = (float) StrictMath.log(30);
  }

  /**
   * Overwrites θ of (3) with a draw from all that the published random search chooses from: rates
   * of 10⁻⁸ to 10, momenta of 0.01 to 0.999 and shares of 0.01 to 0.999, uniform in their
   * logarithms and logits.
   *
   * @throws IllegalArgumentException for (2), of which no such search is published
   */
  public void drawAnywhere(RandomKey key, float[] theta) {
    if (tuned != Tuned.PER_TENSOR) {
      throw new IllegalArgumentException(
          "tuned = %s: must be %s (use initialise)".formatted(tuned, Tuned.PER_TENSOR));
    }
    draw(key, ALLOWED, theta);
  }

  private void draw(RandomKey key, double[][] ranges, float[] theta) {
    int[] counts = {2 * layers(), 2 * layers(), layers() - 1};
    int at = 0;
    for (int kind = 0; kind < counts.length; kind++) {
      double least = ranges[kind][0];
      double most = ranges[kind][1];
      for (int i = 0; i < counts[kind]; i++) {
        theta[at++] = (float) (least + (most - least) * RandomDraws.uniform(key, kind, i));
      }
    }
  }

  private static double logit(double share) {
    return StrictMath.log(share / (1 - share));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + StrictMath.exp(-x));
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
        int trainingAt = sequence.inputAt(t);
        int validationAt = trainingAt + batch;
        double training = trainingLoss(theta, sequence.inputs(), trainingAt);
        double cost =
            switch (objective) {
              case TRAINING_LOSS -> Math.min(WORST_LOSS, training);
              case VALIDATION_LOSS ->
                  Math.min(WORST_LOSS, loss(theta, sequence.inputs(), validationAt));
              case VALIDATION_ERROR -> error(theta, sequence.inputs(), validationAt);
            };
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
            case PER_TENSOR -> sigmoid(theta[2 * layers() + tensor]);
          };
    }

    /** Units of a layer that are used. */
    private int used(float[] theta, int layer) {
      int width = widths[layer + 1];
      return tuned == Tuned.SCHEDULE || layer + 1 == layers()
          ? width
          : (int) (sigmoid(theta[4 * layers() + layer]) * width);
    }

    /** Leaves the last activities as they are before softmax. */
    private void forward(float[] theta, float[] inputs, int inputAt) {
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
        int used = used(theta, layer);
        for (int row = 0; row < batch; row++) {
          kernels.axpy(1, w, biasAt, a, row * out, out);
          Arrays.fill(a, row * out + used, (row + 1) * out, 0f);
        }
        for (int i = 0; bent && i < batch * out; i++) {
          a[i] = Math.max(a[i], 0f);
        }
      }
    }

    /** The mean loss of these rows; overwrites the last deltas with its gradient. */
    private double loss(float[] theta, float[] inputs, int inputAt) {
      forward(theta, inputs, inputAt);
      int last = layers();
      int classes = widths[last];
      Arrays.fill(targets, 0, batch * classes, 0f);
      for (int row = 0; row < batch; row++) {
        targets[row * classes + labels[(int) inputs[inputAt + row]]] = 1f;
      }
      System.arraycopy(activities[last], 0, deltas[last], 0, batch * classes);
      return kernels.softmaxCrossEntropy(deltas[last], 0, targets, 0, batch, classes, 1f / batch)
          / batch;
    }

    /** The mean loss of the training rows; overwrites the gradient with its own. */
    private double trainingLoss(float[] theta, float[] inputs, int inputAt) {
      double loss = loss(theta, inputs, inputAt);
      Arrays.fill(gradient, 0, weights, 0f);
      for (int layer = layers() - 1; layer >= 0; layer--) {
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
      return loss;
    }

    /** The share of these rows whose largest output is not at their label; NaN is wrong. */
    private double error(float[] theta, float[] inputs, int inputAt) {
      forward(theta, inputs, inputAt);
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
