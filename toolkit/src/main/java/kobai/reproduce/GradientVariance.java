package kobai.reproduce;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import kobai.data.Sequence;
import kobai.data.TextData;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.models.EmbeddingModel;
import kobai.models.Loss;
import kobai.models.Lstm;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;
import kobai.tasks.Characters;

/**
 * How the variance of PES depends on the number of unrolls that a sequence is cut into: measured on
 * an LSTM, beside the closed form from exact gradients, {@link PersistentVariance}.
 */
final class GradientVariance implements Experiment {
  private static final int UNITS = 5;
  private static final int SYMBOLS = 50;
  private static final double SIGMA = 1e-3;
  private static final String MEASURED = "variance";
  private static final String LAW = "closed form";
  private static final EmbeddingModel MODEL =
      new EmbeddingModel(
          SYMBOLS,
          Lstm.of(UNITS, UNITS, SYMBOLS, Loss.SOFTMAX_CROSS_ENTROPY),
          EmbeddingModel.Symbols.INDEX);

  /** What the symbols are. */
  private enum Scenario {
    /** A piece of the text. */
    REAL,
    /** Independent, uniform. */
    RANDOM,
    /** One symbol throughout. */
    REPEAT;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Which noise, and what the scenario is. */
  private record Method(Algorithm algorithm, Scenario scenario) {
    String label() {
      return algorithm.name().toLowerCase(Locale.ROOT) + "-" + scenario.label();
    }
  }

  private static final List<Method> METHODS =
      List.of(
          new Method(Algorithm.PES, Scenario.REAL),
          new Method(Algorithm.PES, Scenario.RANDOM),
          new Method(Algorithm.PES, Scenario.REPEAT),
          new Method(Algorithm.NRES, Scenario.REAL),
          new Method(Algorithm.NRES, Scenario.RANDOM),
          new Method(Algorithm.NRES, Scenario.REPEAT));

  /**
   * What depends on the scale.
   *
   * @param length T
   * @param particles N
   * @param windows K, ascending, each divides T
   * @param repeats estimates whose error is averaged
   */
  private record Size(int length, int particles, List<Integer> windows, int repeats) {
    static Size of(Scale scale) {
      return switch (scale) {
        case TINY -> new Size(20, 10, List.of(1, 20), 4);
        case REDUCED -> new Size(100, 200, List.of(1, 2, 5, 10, 20, 50, 100), 20);
        case FULL -> new Size(1000, 1000, List.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000), 50);
      };
    }
  }

  @Override
  public String title() {
    return "the variance of PES against the number of unrolls";
  }

  @Override
  public String question() {
    return "A sequence is cut into more and more unrolls, and PES draws new noise in each. Does its"
        + " variance grow? Published, on an LSTM of 5 units that predicts the characters of"
        + " the Penn Treebank: about linearly if the characters are random, for then the"
        + " gradients of the unrolls are uncorrelated; it falls if one character repeats,"
        + " for then they are alike; real text lies between. NRES and ES on whole sequences"
        + " draw once, and do not depend on the number of unrolls. The Treebank is not free:"
        + " the first chapters of Moby-Dick, which are part of the toolkit, stand in for it."
        + " The target of the publication is ES with 5000 particles; here it is the exact"
        + " gradient.";
  }

  @Override
  public List<Source> sources() {
    return List.of(
        new Source(
            "Vicol, Metz and Sohl-Dickstein (2021), Unbiased gradient estimation in unrolled"
                + " computation graphs with persistent evolution strategies, ICML",
            "arXiv 2112.13835; constants from google-research/google-research,"
                + " persistent_es/rnn_variance.py"),
        new Source(
            "Li, Harrison, Sohl-Dickstein, Smith and Metz (2023), Variance-reduced gradient"
                + " estimation via noise-reuse in online evolution strategies, NeurIPS",
            "arXiv 2304.12180"));
  }

  @Override
  public Map<String, Object> constants(Scale scale) {
    Size size = Size.of(scale);
    Map<String, Object> constants = new LinkedHashMap<>();
    constants.put("model", MODEL.name());
    constants.put("parameters P", MODEL.parameters().count());
    constants.put("symbols", SYMBOLS);
    constants.put("length T", size.length);
    constants.put("particles N", size.particles);
    constants.put("sigma", SIGMA);
    constants.put("windows K", size.windows);
    constants.put("repeats", size.repeats);
    return constants;
  }

  @Override
  public List<String> methods(Scale scale) {
    return METHODS.stream().map(Method::label).toList();
  }

  @Override
  public boolean seeded(String method) {
    return true;
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.TINY ? 1 : 3;
  }

  @Override
  public void run(Scale scale, String name, long seed, Recorder recorder) {
    Size size = Size.of(scale);
    Method method =
        METHODS.stream().filter(one -> one.label().equals(name)).findFirst().orElseThrow();
    RandomKey key = new RandomKey(seed);
    float[] theta = new float[MODEL.parameters().count()];
    MODEL.initialise(key.child("theta"), theta);
    Sequence sequence = sequence(method.scenario, size.length, key.child("symbols"));
    var whole = new PersistentVariance(MODEL, theta, sequence, size.length);
    double norm = whole.squaredNorm();
    double pairs = size.particles / 2.0;
    recorder.value("gradient norm", Math.sqrt(norm));
    for (int i = size.windows.size() - 1; i >= 0; i--) {
      int window = size.windows.get(i);
      double unrolls = (double) size.length / window;
      double law =
          method.algorithm == Algorithm.PES
              ? new PersistentVariance(MODEL, theta, sequence, window).persistent()
              : whole.shared();
      double measured =
          measure(method.algorithm, size, window, theta, sequence, whole.gradient(), key);
      recorder.point(MEASURED, unrolls, measured / norm);
      recorder.point(LAW, unrolls, law / pairs / norm);
      recorder.progress(1 - (double) i / size.windows.size());
    }
  }

  private static Sequence sequence(Scenario scenario, int length, RandomKey key) {
    Sequence text = Sequence.allocate(length, 1, SYMBOLS, SYMBOLS);
    if (scenario == Scenario.REAL) {
      new Characters(TextData.mobyDick(), SYMBOLS).fill(key, text);
    }
    Sequence sequence = Sequence.allocate(length, 1, 1, SYMBOLS);
    for (int t = 0; t <= length; t++) {
      int symbol =
          switch (scenario) {
            case REAL -> t < length ? symbol(text.inputs(), t) : symbol(text.targets(), length - 1);
            case RANDOM -> RandomDraws.below(key.child("uniform"), 0, t, SYMBOLS);
            case REPEAT -> RandomDraws.below(key, 0, 0, SYMBOLS);
          };
      if (t < length) {
        sequence.inputs()[t] = symbol;
      }
      if (t > 0) {
        sequence.targets()[(t - 1) * SYMBOLS + symbol] = 1f;
      }
    }
    return sequence;
  }

  private static int symbol(float[] rows, int t) {
    int symbol = 0;
    while (rows[t * SYMBOLS + symbol] == 0) {
      symbol++;
    }
    return symbol;
  }

  /** Mean ‖ĝ − ∇L‖² over the repeats, at one θ. */
  private static double measure(
      Algorithm algorithm,
      Size size,
      int window,
      float[] theta,
      Sequence sequence,
      double[] exact,
      RandomKey key) {
    GradientEstimator estimator =
        algorithm.create(Setup.of(MODEL, window).withParticles(size.particles).withSigma(SIGMA));
    float[] gradient = new float[theta.length];
    double[] sum = new double[theta.length];
    double squares = 0;
    for (int repeat = 0; repeat < size.repeats; repeat++) {
      estimator.reset(key.child("noise").child(window).child(repeat).seed());
      Arrays.fill(sum, 0);
      for (int from = 0; from < size.length; from += window) {
        estimator.estimate(theta, sequence, from, from + window, gradient);
        for (int p = 0; p < sum.length; p++) {
          sum[p] += gradient[p];
        }
      }
      for (int p = 0; p < sum.length; p++) {
        double error = sum[p] - exact[p];
        squares += error * error;
      }
    }
    return squares / size.repeats;
  }

  @Override
  public List<Band> bands(Scale scale) {
    if (scale == Scale.TINY) {
      return List.of();
    }
    return List.of(
        new Band(
            "Every measured variance is within 20 % of its closed form",
            "derived: PersistentVariance, (1) and (2). A mean of 20 over 100 pairs has a relative"
                + " deviation of √(2/100/20) = 3.2 %, since a pair's share goes with the square of"
                + " one Gaussian number: six of them",
            GradientVariance::agree),
        new Band(
            "Random characters: the variance at most unrolls is more than 10 times that at one",
            "publication (about linear). Reduced runs, seeds 0 to 2: 21 to 39 times. Full"
                + " length, seeds 0 to 2, by the closed form (sampling takes hours): 200 to 260",
            outcomes -> ratio(outcomes, "pes-random", 10, true)),
        new Band(
            "One character: the variance at most unrolls is less than 0.75 of that at one",
            "publication (it falls). Reduced runs, seeds 0 to 2: 0.51 to 0.53. Full length,"
                + " seeds 0 to 2, by the closed form: 0.48 to 0.50",
            outcomes -> ratio(outcomes, "pes-repeat", 0.75, false)),
        new Band(
            "Real text lies between, at most unrolls, with every seed",
            "publication. Full length, seeds 0 to 2, by the closed form: 9.7 to 13",
            GradientVariance::between));
  }

  private static Band.Judgement agree(Outcomes outcomes) {
    double worst = 0;
    for (Method method : METHODS) {
      String name = method.label();
      if (!outcomes.has(name, MEASURED)) {
        return Band.Judgement.notRun(name);
      }
      for (long seed : outcomes.seeds(name)) {
        List<Outcomes.Row> measured = outcomes.curve(name, seed, MEASURED);
        List<Outcomes.Row> law = outcomes.curve(name, seed, LAW);
        for (int i = 0; i < law.size(); i++) {
          double error = Math.abs(measured.get(i).value() / law.get(i).value() - 1);
          worst = error <= worst ? worst : error;
        }
      }
    }
    return Band.Judgement.of(worst <= 0.2, "largest deviation " + Unit.FRACTION.text(worst));
  }

  /** Variance at most unrolls over that at one, of every seed. */
  private static double[] ratios(Outcomes outcomes, String method) {
    return outcomes.seeds(method).stream()
        .map(seed -> outcomes.curve(method, seed, MEASURED))
        .mapToDouble(curve -> curve.getLast().value() / curve.getFirst().value())
        .toArray();
  }

  private static Band.Judgement ratio(
      Outcomes outcomes, String method, double limit, boolean above) {
    double[] ratios = ratios(outcomes, method);
    if (ratios.length == 0) {
      return Band.Judgement.notRun(method);
    }
    return Band.Judgement.of(
        Arrays.stream(ratios).allMatch(ratio -> above ? ratio > limit : ratio < limit),
        Arrays.stream(ratios).mapToObj(Unit.PLAIN::text).collect(Collectors.joining(", ")));
  }

  private static Band.Judgement between(Outcomes outcomes) {
    double[] least = ratios(outcomes, "pes-repeat");
    double[] real = ratios(outcomes, "pes-real");
    double[] most = ratios(outcomes, "pes-random");
    if (least.length == 0 || real.length == 0 || most.length == 0) {
      return Band.Judgement.notRun("a scenario of PES");
    }
    double low = Arrays.stream(least).max().orElseThrow();
    double high = Arrays.stream(most).min().orElseThrow();
    return Band.Judgement.of(
        Arrays.stream(real).allMatch(ratio -> ratio > low && ratio < high),
        "%s in (%s, %s)"
            .formatted(
                Arrays.stream(real).mapToObj(Unit.PLAIN::text).collect(Collectors.joining(", ")),
                Unit.PLAIN.text(low),
                Unit.PLAIN.text(high)));
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    var chart =
        Chart.lines(
                "Variance against the number of unrolls",
                "Lines of the variance over the squared norm of the gradient. For PES it rises with"
                    + " random characters, falls with one character, and rises less with real text;"
                    + " for NRES it is level.")
            .x("unrolls of the sequence", Unit.COUNT, Chart.Scale.LOG)
            .y("E‖ĝ − ∇L‖² / ‖∇L‖²", Unit.PLAIN, Chart.Scale.LOG)
            .series("method")
            .band(Spread.WORDS);
    var laws =
        Chart.lines(
                "The closed form",
                "The same lines from exact gradients, without sampling: they coincide with the"
                    + " measured ones.")
            .x("unrolls of the sequence", Unit.COUNT, Chart.Scale.LOG)
            .y("tr Var ĝ / ‖∇L‖²", Unit.PLAIN, Chart.Scale.LOG)
            .series("method")
            .band(Spread.WORDS);
    double level = (MODEL.parameters().count() + 1) / (Size.of(scale).particles / 2.0);
    chart.referenceAtY("ES on the whole sequence, (P + 1)/(N/2)", level);
    var table =
        Table.captioned("Measured variance over the closed form, all seeds")
            .text("method")
            .number("unrolls", Unit.COUNT)
            .number("measured", Unit.PLAIN)
            .number("closed form", Unit.PLAIN);
    for (Method method : METHODS) {
      String name = method.label();
      Spread.curve(chart, outcomes, name, MEASURED);
      Spread.curve(laws, outcomes, name, LAW);
      for (double unrolls : outcomes.places(name, MEASURED)) {
        table.row(
            name,
            unrolls,
            Spread.median(outcomes.at(name, MEASURED, unrolls)),
            Spread.median(outcomes.at(name, LAW, unrolls)));
      }
    }
    return List.of(
        Section.of("Variance of persistent noise", chart.build(), laws.build(), table.build()),
        Section.of(
            "Where it comes from",
            Block.prose(
                "A loss is credited with all noise since the episode began, though the noise of one"
                    + " unroll moves the losses after it alone: what is credited in vain is"
                    + " variance, P ‖c_τs‖² for every pair of unrolls. If the unrolls pull in"
                    + " unrelated directions, the c of n unrolls add up to a gradient of squared"
                    + " norm n, against n² such pairs: linear growth. If they pull the same way,"
                    + " the gradient's squared norm grows as n², and averaging over independent"
                    + " noises wins.",
                "At one unroll all methods are ES on the whole sequence. The gradient that is"
                    + " compared with is that of the loss itself; at σ = 10⁻³ the smoothed loss has"
                    + " the same to the width of the lines.")));
  }
}
