package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.experiments.Quality;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.models.DifferentiableModel;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.NodePerturbableModel;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.random.RandomKey;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Unit;

/**
 * How the variance of perturbation methods grows with a network. One estimate of each method, with
 * perturbations of variance one, has the variance
 *
 * <pre>
 * weights (central pair or exact tangent):  tr Var ĝ = (P + 1) ‖g‖²     (1)
 * nodes:  tr Var ĝ = E‖ĝ‖² − ‖g‖²,  E‖ĝ‖² by {@link NodeLaw}            (2)
 * </pre>
 *
 * <p>(1) grows with the parameters, (2) with the nodes.
 */
final class PerturbationScaling implements Experiment {
  private static final String VARIANCE = "variance by ";
  private static final String THEORY = "theory by ";
  private static final String SECONDS = "one estimate at ";
  private static final double SIGMA = 1e-3;
  private static final int FROM_WIDTH = 32;
  private static final int TO_WIDTH = 128;

  /** Seeds that the limits of the bands are for. */
  private static final int SEEDS = 5;

  private static final int INPUTS = 16;
  private static final int OUTPUTS = 4;
  private static final int RECURRENT_UNITS = 16;
  private static final int DEEP_UNITS = 16;

  /** What grows. */
  enum Growth {
    WIDTH("width", 8, 16, FROM_WIDTH, 64, TO_WIDTH),
    DEPTH("depth", 1, 2, 4, 8),
    LENGTH("length", 1, 2, 4, 8, 16);

    private final String word;
    private final int[] sizes;

    Growth(String word, int... sizes) {
      this.word = word;
      this.sizes = sizes;
    }

    /** The sizes at that scale. */
    private int[] sizes(Scale scale) {
      return scale == Scale.TINY ? Arrays.copyOf(sizes, 2) : sizes;
    }

    /** The network of that size, and steps of its sequence. */
    private DifferentiableModel model(int size) {
      return switch (this) {
        case WIDTH -> network(size, 1);
        case DEPTH -> network(DEEP_UNITS, size);
        case LENGTH -> LeakyRnn.of(INPUTS, RECURRENT_UNITS, OUTPUTS, 1f, Loss.SQUARED_ERROR);
      };
    }

    private int steps(int size) {
      return this == LENGTH ? size : 1;
    }

    private static Network network(int width, int depth) {
      String layers = "dense(%d) tanh ".formatted(width).repeat(depth);
      return Network.of(
          layers + "dense(" + OUTPUTS + ")", Shape.of(INPUTS), OUTPUTS, Loss.SQUARED_ERROR);
    }
  }

  /** A method, and the independent estimates that one call averages. */
  private record Method(String name, Algorithm algorithm, int averaged) {
    /** Whether (2) is its law; else (1). */
    boolean nodes() {
      return algorithm == Algorithm.NODE_PERTURBATION;
    }

    /** Whether (1) or (2) is its law. */
    boolean lawKnown() {
      return algorithm != Algorithm.FORWARD_GRADIENT_ACTIVITY;
    }
  }

  private static final Method WEIGHTS =
      new Method("weight-perturbation", Algorithm.WEIGHT_PERTURBATION_CENTRAL, 1);
  private static final Method TANGENTS =
      new Method("forward-gradient", Algorithm.FORWARD_GRADIENT, 1);
  private static final Method NODES =
      new Method("node-perturbation", Algorithm.NODE_PERTURBATION, 2);
  private static final List<Method> METHODS =
      List.of(
          WEIGHTS,
          TANGENTS,
          NODES,
          new Method("forward-gradient-activity", Algorithm.FORWARD_GRADIENT_ACTIVITY, 1));

  @Override
  public String title() {
    return "what perturbing weights, nodes or tangents costs as a network grows";
  }

  @Override
  public String question() {
    return "Perturbation methods need no backward pass; they pay in variance. Published: perturbing"
        + " weights, and a forward gradient along a tangent of the weights, has a variance that"
        + " grows with the number of parameters; perturbing nodes, one that grows with the number"
        + " of nodes only, which is the square root of it in a wide layer. The laws are closed"
        + " forms; here the variance is measured beside them with width, depth and length, and what"
        + " counts in the end: the signal-to-noise ratio for a second of work.";
  }

  @Override
  public List<Source> sources() {
    return List.of(
        new Source(
            "Werfel, Xie and Seung (2005), Learning curves for stochastic gradient descent in"
                + " linear feedforward networks, Neural Computation 17(12)",
            "doi 10.1162/089976605774320539"),
        new Source(
            "Baydin, Pearlmutter, Syme, Wood and Torr (2022), Gradients without backpropagation",
            "arXiv 2202.08587"),
        new Source(
            "Ren, Kornblith, Liao and Hinton (2023), Scaling forward gradient with local losses,"
                + " ICLR",
            "arXiv 2210.03310"));
  }

  @Override
  public Map<String, Object> constants(Scale scale) {
    Map<String, Object> constants = new LinkedHashMap<>();
    constants.put("widths of one hidden layer", boxed(Growth.WIDTH.sizes(scale)));
    constants.put(
        "hidden layers of %d units".formatted(DEEP_UNITS), boxed(Growth.DEPTH.sizes(scale)));
    constants.put(
        "steps of a recurrent network of %d units".formatted(RECURRENT_UNITS),
        boxed(Growth.LENGTH.sizes(scale)));
    constants.put("inputs, outputs", List.of(INPUTS, OUTPUTS));
    constants.put("loss", "squared error of one row, inputs and targets standard normal");
    constants.put("perturbations", "Gaussian of variance one; σ = " + SIGMA);
    constants.put("estimates for a variance", samples(scale));
    return constants;
  }

  private static List<Integer> boxed(int[] sizes) {
    return Arrays.stream(sizes).boxed().toList();
  }

  private static int samples(Scale scale) {
    return switch (scale) {
      case TINY -> 50;
      case REDUCED -> 4000;
      case FULL -> 40_000;
    };
  }

  @Override
  public List<String> methods(Scale scale) {
    return METHODS.stream().map(Method::name).toList();
  }

  @Override
  public boolean seeded(String method) {
    return true;
  }

  @Override
  public int seeds(Scale scale) {
    return switch (scale) {
      case TINY -> 2;
      case REDUCED -> SEEDS;
      case FULL -> 2 * SEEDS;
    };
  }

  @Override
  public void run(Scale scale, String name, long seed, Recorder recorder) {
    Method method = METHODS.stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
    int all = Arrays.stream(Growth.values()).mapToInt(each -> each.sizes(scale).length).sum();
    int done = 0;
    for (Growth growth : Growth.values()) {
      for (int size : growth.sizes(scale)) {
        measure(method, growth, size, samples(scale), new RandomKey(seed), recorder);
        done++;
        recorder.progress((double) done / all);
      }
    }
  }

  /** The variance of one estimate over ‖g‖², about the exact gradient, beside its law. */
  private static void measure(
      Method method, Growth growth, int size, int samples, RandomKey key, Recorder recorder) {
    DifferentiableModel model = growth.model(size);
    int steps = growth.steps(size);
    float[] theta = new float[model.parameters().count()];
    model.initialise(key.child("theta").child(size), theta);
    Sequence sequence = data(key.child("data").child(size), steps);
    Setup setup = Setup.of(model, steps).withParticles(2).withSigma(SIGMA).withTangents(1);
    double[] exact = Quality.exactGradient(setup, theta, sequence);
    double squaredNorm = Arrays.stream(exact).map(g -> g * g).sum();
    GradientEstimator estimator = method.algorithm().create(setup);
    float[] gradient = new float[theta.length];
    RandomKey draws = key.child("estimates").child(growth.word).child(size);
    double sum = 0;
    long start = System.nanoTime();
    for (int i = 0; i < samples; i++) {
      estimator.reset(draws.child(i).seed());
      estimator.estimate(theta, sequence, 0, steps, gradient);
      for (int p = 0; p < gradient.length; p++) {
        double error = gradient[p] - exact[p];
        sum += error * error;
      }
    }
    recorder.seconds(
        SECONDS + growth.word + " " + size, (System.nanoTime() - start) * 1e-9 / samples);
    recorder.point(VARIANCE + growth.word, size, method.averaged() * sum / samples / squaredNorm);
    if (method.nodes()) {
      recorder.point(
          THEORY + growth.word,
          size,
          NodeLaw.secondMoment((NodePerturbableModel) model, theta, sequence) / squaredNorm - 1);
    } else if (method.lawKnown()) {
      recorder.point(THEORY + growth.word, size, theta.length + 1);
    }
  }

  private static Sequence data(RandomKey key, int steps) {
    Sequence sequence = Sequence.allocate(steps, 1, INPUTS, OUTPUTS);
    Kernels kernels = Implementation.VECTOR.kernels();
    float[] inputs = sequence.inputs();
    float[] targets = sequence.targets();
    kernels.gaussian(key.child("inputs").seed(), 0, 0, 0, inputs, 0, inputs.length);
    kernels.gaussian(key.child("targets").seed(), 0, 0, 0, targets, 0, targets.length);
    return sequence;
  }

  @Override
  public List<Band> bands(Scale scale) {
    List<Band> bands = new ArrayList<>();
    for (Method method : METHODS) {
      if (method.lawKnown() && scale != Scale.TINY) {
        bands.add(law(method, scale));
      }
    }
    if (scale != Scale.TINY) {
      bands.add(advantage(scale));
    }
    return bands;
  }

  /**
   * ‖ĝ‖² of one estimate is nearly ‖g‖² χ²₁ · (a sum of many squares): its relative deviation is at
   * most √(E χ⁴ / (E χ²)² − 1) = √2, a little more with few nodes.
   */
  private static Band law(Method method, Scale scale) {
    double limit = 5 * 2 / Math.sqrt((double) samples(scale) * SEEDS) + 0.01;
    return new Band(
        "The variance of %s is that of the closed form at every width, depth and length."
            .formatted(method.name()),
        ("Derived, equations (1) and (2). The mean over the seeds of measured to predicted may be"
                + " off by five standard errors of %d estimates each of relative deviation 2, and"
                + " 0.01 for σ and the differences that the prediction is made of: %.3f. Full size,"
                + " seeds 0 to 9: at most 0.005 off.")
            .formatted(samples(scale), limit),
        outcomes -> {
          double worst = 0;
          int places = 0;
          for (Growth growth : Growth.values()) {
            for (double x : outcomes.places(method.name(), VARIANCE + growth.word)) {
              double off = off(outcomes, method, growth, x);
              worst = Math.abs(off) > Math.abs(worst) ? off : worst;
              places++;
            }
          }
          return places == 0
              ? Band.Judgement.notRun(method.name())
              : Band.Judgement.of(
                  Math.abs(worst) <= limit,
                  "at most %+.1f %% off at %d sizes".formatted(100 * worst, places));
        });
  }

  /** The mean over the seeds of measured over predicted, less 1. */
  private static double off(Outcomes outcomes, Method method, Growth growth, double x) {
    double[] seen = outcomes.at(method.name(), VARIANCE + growth.word, x);
    double[] law = outcomes.at(method.name(), THEORY + growth.word, x);
    double ratio = 0;
    for (int i = 0; i < seen.length; i++) {
      ratio += seen[i] / law[i] / seen.length;
    }
    return ratio - 1;
  }

  private static Band advantage(Scale scale) {
    String metric = VARIANCE + Growth.WIDTH.word;
    double from = Growth.WIDTH.model(FROM_WIDTH).parameters().count() + 1;
    double expected = (Growth.WIDTH.model(TO_WIDTH).parameters().count() + 1) / from;
    // ‖ĝ‖² of one estimate has the relative deviation √2 (of χ²₁), a seed's ratio is of two
    // means of them, and a median has √(π/2) times the deviation of a mean.
    double deviation = expected * Math.sqrt(2.0 * 2 / samples(scale));
    double limit = 5 * deviation * Math.sqrt(Math.PI / 2 / SEEDS);
    return new Band(
        "From width %d to %d the variance of weight-perturbation grows in proportion to the parameters, that of node-perturbation more slowly."
            .formatted(FROM_WIDTH, TO_WIDTH),
        ("Werfel, Xie and Seung (2005): parameters against nodes. P + 1 grows by %.2f; five"
                + " standard errors of a median over %d seeds are %.2f.")
            .formatted(expected, SEEDS, limit),
        outcomes -> {
          double[] weights = growth(outcomes, WEIGHTS, metric);
          double[] nodes = growth(outcomes, NODES, metric);
          if (weights.length == 0 || nodes.length == 0) {
            return Band.Judgement.notRun(WEIGHTS.name() + " or " + NODES.name());
          }
          double w = Outcomes.median(weights);
          double n = Outcomes.median(nodes);
          return Band.Judgement.of(
              Math.abs(w - expected) < limit && n < expected - limit,
              "by %.2f and by %.2f (medians over the seeds)".formatted(w, n));
        });
  }

  /** Growth of a method's variance between the two widths, seed by seed. */
  private static double[] growth(Outcomes outcomes, Method method, String metric) {
    double[] from = outcomes.at(method.name(), metric, FROM_WIDTH);
    double[] to = outcomes.at(method.name(), metric, TO_WIDTH);
    double[] growth = new double[Math.min(from.length, to.length)];
    Arrays.setAll(growth, i -> to[i] / from[i]);
    return growth;
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    List<Section> sections = new ArrayList<>();
    for (Growth growth : Growth.values()) {
      sections.add(
          Section.of(
              "With the " + growth.word,
              variance(growth, outcomes),
              speed(growth, scale, outcomes)));
    }
    sections.add(
        Section.of(
            "What it means",
            Block.prose(
                "Weights and tangents have the same law, P + 1, whatever the network; a tangent is"
                    + " exact in σ and costs about two forward passes, as a central pair does.",
                "Nodes win by the ratio of weights to nodes, which is what a layer has of inputs;"
                    + " with the length they lose it again, because every step adds nodes but no"
                    + " weights.")));
    return sections;
  }

  private static Chart variance(Growth growth, Outcomes outcomes) {
    Chart.Builder chart =
        Chart.lines(
                "Variance of one estimate by " + growth.word,
                "Trace of the covariance over the squared length of the gradient, measured (with"
                    + " symbols) and by the closed forms: weights and tangents at P + 1, nodes"
                    + " below it in wide networks.")
            .x(growth.word, Unit.COUNT, Chart.Scale.LOG)
            .y("variance / ‖g‖²", Unit.PLAIN, Chart.Scale.LOG)
            .series("method")
            .band(Spread.WORDS);
    for (Method method : METHODS) {
      Spread.curve(chart, outcomes, method.name(), VARIANCE + growth.word);
    }
    Spread.curve(chart, outcomes, WEIGHTS.name(), THEORY + growth.word, "law of weights");
    Spread.curve(chart, outcomes, NODES.name(), THEORY + growth.word, "law of nodes");
    return chart.build();
  }

  private static Chart speed(Growth growth, Scale scale, Outcomes outcomes) {
    Chart.Builder chart =
        Chart.lines(
                "Squared signal-to-noise ratio for a second of work by " + growth.word,
                "‖g‖² over the variance of one estimate, over its seconds: averages of many"
                    + " estimates gain that much a second. Seconds are of this machine, medians"
                    + " over the seeds, with other work beside it.")
            .x(growth.word, Unit.COUNT, Chart.Scale.LOG)
            .y("squared ratio a second", Unit.PLAIN, Chart.Scale.LOG)
            .series("method");
    for (Method method : METHODS) {
      for (int size : growth.sizes(scale)) {
        double[] variance = outcomes.at(method.name(), VARIANCE + growth.word, size);
        double[] seconds = outcomes.seconds(method.name(), SECONDS + growth.word + " " + size);
        if (variance.length > 0 && seconds.length > 0) {
          double gained = method.averaged() / Outcomes.median(variance) / Outcomes.median(seconds);
          chart.point(method.name(), size, Measured.exactly(gained));
        }
      }
    }
    return chart.build();
  }
}
