package kobai.claims;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import kobai.data.ArrayData;
import kobai.data.Npy;
import kobai.data.Sequence;
import kobai.kernels.Activation;
import kobai.models.Initialisation;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.Parameters;
import kobai.models.Tensor;
import kobai.verify.Diagnosis;
import kobai.verify.LeakyRnnOracle;
import kobai.verify.Problem;

/**
 * A network, its parameters and its data as another program wrote them.
 *
 * @param theta [P], in double
 * @param notes what a reader should know of how the files were read
 */
public record ForeignProblem(
    LeakyRnn model, double[] theta, Sequence sequence, List<String> notes) {
  /** A row of targets in float32 with 2¹⁰ classes sums to 1 within 2¹⁰ · 2⁻²⁴ = 6·10⁻⁵. */
  private static final double ROW_SUM = 1e-4;

  /**
   * What the arrays do not say.
   *
   * @param hidden n; where it is not given the number of parameters decides
   * @param alpha leak rate α ∈ (0, 1]
   */
  public record Settings(
      Models model, OptionalInt hidden, double alpha, Activation activation, Loss loss) {
    List<String> problems() {
      List<String> problems = new ArrayList<>();
      if (hidden.isPresent() && hidden.getAsInt() < 1) {
        problems.add("hidden = %d: must be at least 1".formatted(hidden.getAsInt()));
      }
      if (!(alpha <= 1 && (float) alpha > 0)) {
        problems.add(
            "alpha = %s: must be in (0, 1] (1 is a network without leak)".formatted(alpha));
      }
      return problems;
    }
  }

  /**
   * Reads and checks three files.
   *
   * @param theta [P]
   * @param inputs [T × d] or [T × B × d]
   * @param targets [T × m] or [T × B × m]
   * @throws IllegalArgumentException with one line for each violation
   */
  public static ForeignProblem read(Settings settings, Path theta, Path inputs, Path targets) {
    List<String> problems = new ArrayList<>(settings.problems());
    Optional<ArrayData> parameters =
        array(problems, theta, 1, 1, "[P] (numpy.concatenate of the raveled tensors)");
    Optional<ArrayData> x =
        array(problems, inputs, 2, 3, "[T x d] or [T x B x d] (one input: reshape(-1, 1))");
    Optional<ArrayData> y =
        array(problems, targets, 2, 3, "[T x m] or [T x B x m] (one output: reshape(-1, 1))");
    if (x.isPresent() && y.isPresent()) {
      same(problems, y.get(), x.get(), "steps", y.get().size(0), x.get().size(0));
      same(problems, y.get(), x.get(), "rows", rows(y.get()), rows(x.get()));
      if (settings.loss() == Loss.SOFTMAX_CROSS_ENTROPY) {
        distributions(problems, y.get());
      }
    }
    int hidden = 0;
    if (parameters.isPresent()
        && x.isPresent()
        && y.isPresent()
        && settings.hidden().orElse(1) >= 1) {
      hidden = hidden(problems, settings.hidden(), parameters.get(), last(x.get()), last(y.get()));
    }
    raise(problems);
    float[] inputValues = floats(problems, x.get());
    float[] targetValues = floats(problems, y.get());
    floats(problems, parameters.get());
    raise(problems);
    int d = last(x.get());
    int m = last(y.get());
    LeakyRnn model =
        switch (settings.model()) {
          case LEAKY_RNN ->
              new LeakyRnn(
                  d,
                  hidden,
                  m,
                  (float) settings.alpha(),
                  settings.activation(),
                  settings.loss(),
                  Initialisation.ORTHOGONAL,
                  1f);
          default ->
              throw new IllegalArgumentException(
                  "model = %s: must be leaky-rnn (for another network save its exact gradient as exact.npy for kobai verify --external, or use Verifier in Java)"
                      .formatted(ClaimCell.name(settings.model())));
        };
    List<String> notes = new ArrayList<>();
    rounded(notes, x.get(), inputValues);
    rounded(notes, y.get(), targetValues);
    return new ForeignProblem(
        model,
        parameters.get().doubles(),
        new Sequence(x.get().size(0), rows(x.get()), d, m, inputValues, targetValues),
        notes);
  }

  static Optional<ArrayData> array(
      List<String> problems, Path file, int least, int most, String expected) {
    try {
      ArrayData array = Npy.readArray(file);
      if (array.dimensions() < least || array.dimensions() > most) {
        problems.add("%s: shape %s: must be %s".formatted(file, array.shape(), expected));
        return Optional.empty();
      }
      return Optional.of(array);
    } catch (IllegalArgumentException refused) {
      problems.add(refused.getMessage());
      return Optional.empty();
    }
  }

  static void raise(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
  }

  private static int rows(ArrayData array) {
    return array.dimensions() == 2 ? 1 : array.size(1);
  }

  private static int last(ArrayData array) {
    return array.size(array.dimensions() - 1);
  }

  private static void same(
      List<String> problems, ArrayData array, ArrayData other, String what, int got, int expected) {
    if (got != expected) {
      problems.add(
          "%s: shape %s has %d %s: must have %d, those of %s %s"
              .formatted(
                  array.name(), array.shape(), got, what, expected, other.name(), other.shape()));
    }
  }

  private static void distributions(List<String> problems, ArrayData targets) {
    int m = last(targets);
    for (int row = 0; row < targets.count() / m; row++) {
      double sum = 0;
      boolean negative = false;
      for (int k = 0; k < m; k++) {
        sum += targets.at(row * m + k);
        negative |= targets.at(row * m + k) < 0;
      }
      if (negative || sum != 0 && Math.abs(sum - 1) > ROW_SUM) {
        problems.add(
            "%s: row %d sums to %s%s: must be a distribution or all zeros (of class numbers make rows by numpy.eye(classes)[numbers])"
                .formatted(
                    targets.name(), row + 1, sum, negative ? " with negative elements" : ""));
        return;
      }
    }
  }

  /** P = n (n + d + 1) + m (n + 1). */
  private static long count(long n, long d, long m) {
    return n * (n + d + 1) + m * (n + 1);
  }

  private static int hidden(
      List<String> problems, OptionalInt given, ArrayData theta, int d, int m) {
    int fitting = 1;
    while (count(fitting, d, m) < theta.count()) {
      fitting++;
    }
    boolean fits = count(fitting, d, m) == theta.count();
    int n = given.orElse(fitting);
    if (count(n, d, m) != theta.count()) {
      problems.add(
          "%s: has %d elements: must have n (n + d + 1) + m (n + 1)%s for d = %d inputs and m = %d outputs (%s)"
              .formatted(
                  theta.name(),
                  theta.count(),
                  given.isPresent()
                      ? " = %d with n = %d hidden units".formatted(count(n, d, m), n)
                      : "",
                  d,
                  m,
                  fits
                      ? "n = %d fits".formatted(fitting)
                      : "no n fits: are both biases there, added up?"));
    }
    return n;
  }

  private static float[] floats(List<String> problems, ArrayData array) {
    try {
      return array.floats();
    } catch (IllegalArgumentException refused) {
      problems.add(refused.getMessage());
      return new float[0];
    }
  }

  private static void rounded(List<String> notes, ArrayData array, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] != array.at(i)) {
        notes.add(array.name() + " holds more digits than float32 has; it was rounded");
        return;
      }
    }
  }

  /** θ rounded to float. */
  public float[] thetaFloats() {
    float[] rounded = new float[theta.length];
    for (int p = 0; p < rounded.length; p++) {
      rounded[p] = (float) theta[p];
    }
    return rounded;
  }

  /** Names and shapes of the tensors in θ. */
  public Parameters layout() {
    return model.parameters();
  }

  /** Σₜ ℓₜ in double. */
  public double loss() {
    return oracle(model).loss(new double[][] {theta}, whole(), 0, sequence.length());
  }

  /** ∇θ Σₜ ℓₜ in double [P]. */
  public double[] gradient() {
    return gradient(model, theta);
  }

  private LeakyRnnOracle oracle(LeakyRnn network) {
    return new LeakyRnnOracle(network, sequence);
  }

  private int[] whole() {
    return new int[] {sequence.length()};
  }

  private double[] gradient(LeakyRnn network, double[] at) {
    double[][] gradients = new double[1][theta.length];
    oracle(network).gradients(new double[][] {at}, whole(), 0, sequence.length(), gradients);
    return gradients[0];
  }

  /** Relative error that single precision may have here; see {@link Problem#floatTolerance}. */
  public double floatTolerance() {
    return new Problem(model, thetaFloats(), sequence).floatTolerance();
  }

  /** What the mistakes that people make with other programs would look like here. */
  Diagnosis diagnosis(double[] exact) {
    Diagnosis diagnosis = new Diagnosis(exact, layout()).leak(model.alpha());
    alternatives(exact).forEach(diagnosis::alternative);
    return diagnosis;
  }

  private Map<String, double[]> alternatives(double[] exact) {
    Map<String, double[]> alternatives = new LinkedHashMap<>();
    Parameters layout = layout();
    for (Tensor tensor : layout.tensors()) {
      if (tensor.rows() > 1 && tensor.columns() > 1 && tensor.rows() != tensor.columns()) {
        double[] one = exact.clone();
        transpose(exact, tensor, one);
        alternatives.put("tensor '%s' is transposed".formatted(tensor.name()), one);
      }
    }
    alternatives.put(
        "every matrix of the gradient is stored [to × from], as PyTorch does: transpose them before"
            + " flattening",
        transposed(exact, false));
    alternatives.put(
        "the matrices of theta and of the gradient are stored [to × from], as PyTorch does:"
            + " transpose them before flattening",
        transposed(gradient(model, transposed(theta, true)), false));
    int steps = sequence.length();
    int[] ends = new int[steps];
    for (int t = 0; t < steps; t++) {
      ends[t] = t + 1;
    }
    alternatives.put(
        "the state is held constant before every step: it was detached, or the gradient through"
            + " time is missing",
        oracle(model).truncatedGradient(thetaFloats(), ends));
    scaled(alternatives, "averaged over the steps instead of summed (÷ T)", exact, 1.0 / steps);
    scaled(
        alternatives,
        "the mean over all elements without the ½, as PyTorch's MSELoss takes it (× 2/(T m))",
        exact,
        2.0 / steps / model.targetSize());
    scaled(
        alternatives,
        "summed over the rows of the batch instead of averaged (× B)",
        exact,
        sequence.batch());
    scaled(
        alternatives,
        "summed without the ½ over the rows of the batch (× 2B)",
        exact,
        2.0 * sequence.batch());
    if (model.alpha() != 0.5f && model.alpha() < 1) {
      alternatives.put(
          "alpha is the share that is kept: give 1 − alpha",
          gradient(with(1 - model.alpha(), model.activation()), theta));
      alternatives.put(
          "the network has no leak (alpha = 1)", gradient(with(1f, model.activation()), theta));
    }
    for (Activation other : Activation.values()) {
      if (other != model.activation()) {
        alternatives.put(
            "the activation is " + other.name().toLowerCase(Locale.ROOT),
            gradient(with(model.alpha(), other), theta));
      }
    }
    return alternatives;
  }

  private static void scaled(
      Map<String, double[]> alternatives, String name, double[] exact, double factor) {
    alternatives.put(name, Arrays.stream(exact).map(value -> factor * value).toArray());
  }

  private LeakyRnn with(float alpha, Activation activation) {
    return new LeakyRnn(
        model.inputSize(),
        model.stateSize(),
        model.targetSize(),
        alpha,
        activation,
        model.loss(),
        model.initialisation(),
        model.gain());
  }

  /** Every matrix turned: from [from × to] to [to × from], or back. */
  private double[] transposed(double[] values, boolean back) {
    double[] turned = values.clone();
    for (Tensor tensor : layout().tensors()) {
      transpose(
          values,
          back ? new Tensor(tensor.name(), tensor.columns(), tensor.rows(), tensor.at()) : tensor,
          turned);
    }
    return turned;
  }

  private static void transpose(double[] from, Tensor tensor, double[] to) {
    for (int i = 0; i < tensor.rows(); i++) {
      for (int j = 0; j < tensor.columns(); j++) {
        to[tensor.at() + j * tensor.rows() + i] = from[tensor.at() + i * tensor.columns() + j];
      }
    }
  }
}
