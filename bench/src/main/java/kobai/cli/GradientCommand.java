package kobai.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import kobai.claims.ForeignProblem;
import kobai.claims.LayoutGuide;
import kobai.data.Npy;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Activation;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Models;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code kobai gradient}: the gradient of a network whose parameters and data lie in .npy files.
 */
@Command(
    name = "gradient",
    description = {
      "Computes the gradient of a network from files of another program, so that it can be compared"
          + " with that program's.",
      "",
      "  s[t] = (1 - alpha) s[t-1] + alpha f(s[t-1] W + x[t] W_in + b),  z[t] = s[t] V + c,  s[0] ="
          + " 0",
      "",
      "Losses are summed over the steps and averaged over the rows of the batch. theta is the"
          + " concatenation of W [n x n], W_in [d x n], b [n], V [n x m] and c [m]. Matrices are"
          + " stored source-major: element [i, j] feeds unit j from source i. That is the layout of"
          + " JAX and Keras; PyTorch keeps the transpose:",
      "",
      "  theta = numpy.concatenate([a.ravel() for a in (rnn.weight_hh_l0.T, rnn.weight_ih_l0.T,",
      "      rnn.bias_ih_l0 + rnn.bias_hh_l0, linear.weight.T, linear.bias)])",
      "",
      "The gradient has the same layout; PyTorch gives either bias the whole gradient of b."
    },
    footer = {
      "",
      "Examples:",
      "  kobai gradient --theta theta.npy --inputs x.npy --targets y.npy --out gradient.npy",
      "  kobai gradient --hidden 64 --alpha 0.5 --activation relu --loss softmax-cross-entropy \\",
      "      --theta theta.npy --inputs x.npy --targets y.npy --out gradient.npy \\",
      "      --algorithm pes --window 10 --seed 7"
    })
final class GradientCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "<name>",
      description = "The network; so far leaky-rnn alone. Default: leaky-rnn.")
  private Models model = Models.LEAKY_RNN;

  @Option(
      names = "--hidden",
      paramLabel = "<n>",
      description = "Hidden units n, at least 1. Default: what theta's size says.")
  private Optional<Integer> hidden = Optional.empty();

  @Option(
      names = "--alpha",
      paramLabel = "<a>",
      description = "Leak rate in (0, 1]. Default: 1, no leak.")
  private double alpha = 1;

  @Option(
      names = "--activation",
      paramLabel = "<f>",
      description = "tanh, sigmoid, relu or identity. Default: tanh.")
  private Activation activation = Activation.TANH;

  @Option(
      names = "--loss",
      paramLabel = "<name>",
      description =
          "squared-error (half the squared distance) or softmax-cross-entropy. Default:"
              + " squared-error.")
  private Loss loss = Loss.SQUARED_ERROR;

  @Option(
      names = "--theta",
      required = true,
      paramLabel = "<file>",
      description = "Parameters [P].")
  private Path theta;

  @Option(
      names = "--inputs",
      required = true,
      paramLabel = "<file>",
      description = "Inputs [T x d] or [T x B x d].")
  private Path inputs;

  @Option(
      names = "--targets",
      required = true,
      paramLabel = "<file>",
      description = "Targets [T x m] or [T x B x m].")
  private Path targets;

  @Option(
      names = "--algorithm",
      paramLabel = "<name>",
      description = "How to get the gradient. Default: bptt.")
  private Algorithm algorithm = Algorithm.BPTT;

  @Option(
      names = "--window",
      paramLabel = "<K>",
      description =
          "Steps of a window, 1 to T; the gradients of all windows are added. Default: the whole"
              + " sequence.")
  private Optional<Integer> window = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "<n>",
      description = "Seed of stochastic algorithms. Default: 1.")
  private long seed = 1;

  @Option(
      names = "--particles",
      paramLabel = "<N>",
      description = "Particles of es and pes, an even number from 2. Default: 32.")
  private int particles = 32;

  @Option(
      names = "--sigma",
      paramLabel = "<s>",
      description = "Scale of perturbations, above 0. Default: 0.01.")
  private double sigma = 0.01;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "<file>",
      description = "Where the gradient goes, as float32 [P].")
  private Path out;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  GradientCommand() {}

  /**
   * What is printed.
   *
   * @param norm ‖g‖ of the gradient written
   * @param exactNorm that of the exact gradient, in double
   * @param relativeError distance from the exact gradient over its length
   */
  record Answer(
      String algorithm,
      String model,
      int parameters,
      int length,
      int batch,
      int window,
      double loss,
      double norm,
      double exactNorm,
      double relativeError,
      List<Place> layout,
      List<String> notes,
      String out) {}

  /** Where a tensor lies in θ, and its share of the gradient. */
  record Place(String tensor, int rows, int columns, int first, double norm, String inPyTorch) {}

  @Override
  public Integer call() throws IOException {
    Violations violations = new Violations();
    List<ForeignProblem> read = new ArrayList<>();
    OptionalInt units = hidden.isPresent() ? OptionalInt.of(hidden.get()) : OptionalInt.empty();
    violations.collect(
        () ->
            read.add(
                ForeignProblem.read(
                    new ForeignProblem.Settings(model, units, alpha, activation, loss),
                    theta,
                    inputs,
                    targets)));
    // Of no network in particular, so that these are checked even where the files are wrong.
    Setup any = Setup.of(LeakyRnn.of(1, 1, 1, 1f, Loss.SQUARED_ERROR), 1);
    violations.collect(() -> any.withParticles(particles));
    violations.collect(() -> any.withSigma(sigma));
    violations.require(
        window.orElse(1) >= 1, "window = %s: must be at least 1".formatted(window.orElse(1)));
    writable(violations);
    if (read.isEmpty()) {
      violations.raise();
    }
    ForeignProblem problem = read.getFirst();
    Sequence sequence = problem.sequence();
    int steps = window.orElse(sequence.length());
    violations.require(
        steps <= sequence.length(),
        "window = %d: must be at most the length, %d".formatted(steps, sequence.length()));
    violations.raise();
    GradientEstimator estimator =
        algorithm.create(
            Setup.of(problem.model(), steps)
                .withBatch(sequence.batch())
                .withParticles(particles)
                .withSigma(sigma));
    float[] gradient = new float[problem.theta().length];
    double total = gradient(estimator, problem, steps, gradient);
    Npy.write(out, gradient, gradient.length);
    print(answer(problem, steps, total, gradient));
    return 0;
  }

  private void writable(Violations violations) {
    Path folder = out.toAbsolutePath().getParent();
    violations.require(
        !Files.isDirectory(out), "out = %s: must be a file (it is a folder)".formatted(out));
    violations.require(
        folder != null && Files.isDirectory(folder) && Files.isWritable(folder),
        "out = %s: must be in a folder that exists and can be written to".formatted(out));
  }

  /** Overwrites {@code gradient} with the sum over windows and returns the loss. */
  private double gradient(
      GradientEstimator estimator, ForeignProblem problem, int steps, float[] gradient) {
    float[] part = new float[gradient.length];
    double[] sum = new double[gradient.length];
    float[] at = problem.thetaFloats();
    Sequence sequence = problem.sequence();
    double total = 0;
    estimator.reset(seed);
    for (int from = 0; from < sequence.length(); from += steps) {
      total +=
          estimator.estimate(at, sequence, from, Math.min(from + steps, sequence.length()), part);
      for (int p = 0; p < sum.length; p++) {
        sum[p] += part[p];
      }
    }
    for (int p = 0; p < sum.length; p++) {
      gradient[p] = (float) sum[p];
    }
    return total;
  }

  private Answer answer(ForeignProblem problem, int steps, double total, float[] gradient) {
    double[] exact = problem.gradient();
    double distance = 0;
    double norm = 0;
    double exactNorm = 0;
    for (int p = 0; p < exact.length; p++) {
      distance += (gradient[p] - exact[p]) * (gradient[p] - exact[p]);
      norm += (double) gradient[p] * gradient[p];
      exactNorm += exact[p] * exact[p];
    }
    List<Place> places =
        problem.layout().tensors().stream()
            .map(
                tensor -> {
                  double square = 0;
                  for (int p = tensor.at(); p < tensor.at() + tensor.size(); p++) {
                    square += (double) gradient[p] * gradient[p];
                  }
                  return new Place(
                      tensor.name(),
                      tensor.rows(),
                      tensor.columns(),
                      tensor.at(),
                      Math.sqrt(square),
                      LayoutGuide.inPyTorch(tensor));
                })
            .toList();
    return new Answer(
        Names.of(algorithm),
        problem.model().name(),
        gradient.length,
        problem.sequence().length(),
        problem.sequence().batch(),
        steps,
        total,
        Math.sqrt(norm),
        Math.sqrt(exactNorm),
        Math.sqrt(exactNorm > 0 ? distance / exactNorm : distance),
        places,
        problem.notes(),
        out.toString());
  }

  private void print(Answer answer) {
    PrintWriter printer = spec.commandLine().getOut();
    if (json) {
      printer.println(Json.of(answer));
      return;
    }
    printer.printf(Locale.ROOT, "%s%n", answer.model());
    printer.printf(
        Locale.ROOT,
        "T = %d, B = %d, P = %d, %s with windows of %d%n",
        answer.length(),
        answer.batch(),
        answer.parameters(),
        answer.algorithm(),
        answer.window());
    printer.printf(Locale.ROOT, "loss         %.9g%n", answer.loss());
    printer.printf(Locale.ROOT, "||g||        %.9g%n", answer.norm());
    printer.printf(
        Locale.ROOT,
        "exact ||g||  %.9g (in double), relative error %.3g%n",
        answer.exactNorm(),
        answer.relativeError());
    printer.println("layout, matrices source-major [from x to]:");
    for (Place place : answer.layout()) {
      printer.printf(
          Locale.ROOT,
          "  g[%d:%d]  %s [%d x %d], length %.6g; PyTorch: %s%n",
          place.first(),
          place.first() + place.rows() * place.columns(),
          place.tensor(),
          place.rows(),
          place.columns(),
          place.norm(),
          place.inPyTorch());
    }
    answer.notes().forEach(note -> printer.println("note: " + note));
    printer.println("written: " + answer.out());
  }
}
