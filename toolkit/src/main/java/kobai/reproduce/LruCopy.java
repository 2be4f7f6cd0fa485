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
import kobai.memory.Workspace;
import kobai.models.Lru;
import kobai.models.Ring;
import kobai.optimisers.Optimiser;
import kobai.optimisers.Optimisers;
import kobai.random.RandomKey;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;
import kobai.tasks.Copy;

/** Zucchet et al. (2023): exact online learning of a linear recurrent unit, and its truncations. */
final class LruCopy implements Experiment {
  private static final String BPTT = "BPTT";
  private static final String ONLINE = "ONLINE";
  private static final String FIXED = "FIXED";
  private static final String LOSS = "loss";
  private static final String FINAL = "final loss";
  private static final String DEVIATION = "largest deviation of the online gradient";
  private static final int POINTS = 40;
  private static final double R_MIN = 0.9;
  private static final double R_MAX = 0.999;

  /** Iterations from one comparison of the online gradient with that of backpropagation. */
  private static final int CHECK = 10;

  /** Sizes at a scale. */
  private record Size(
      int symbols, int pattern, int delay, int units, int batch, int iterations, double rate) {
    Copy task() {
      return new Copy(symbols, pattern, delay);
    }
  }

  private static Size size(Scale scale) {
    return switch (scale) {
      case TINY -> new Size(2, 2, 1, 4, 4, 20, 1e-2);
      case REDUCED -> new Size(6, 10, 4, 48, 16, 2_000, 3e-3);
      case FULL -> new Size(6, 20, 7, 64, 50, 10_000, 1e-3);
    };
  }

  @Override
  public String title() {
    return "Exact online learning of a linear recurrent unit, and what truncation costs";
  }

  @Override
  public String question() {
    return "A linear recurrent unit is to repeat a pattern of random symbols. Its recurrence is"
        + " diagonal, so that real-time recurrent learning costs no more than the forward"
        + " pass: ONLINE sees one step at a time, keeps no past, and adds up its gradients"
        + " over the sequence. Published: in one layer this is the gradient of"
        + " backpropagation through time exactly, and networks learn as well with it;"
        + " cutting the gradient after one step is much worse. TRUNCATED-K is"
        + " backpropagation through windows of K steps. FIXED, added here, learns its"
        + " readout alone. The publication stacks up to four layers, between which the"
        + " online gradient is an approximation; here it is one layer, where the claim is"
        + " exact.";
  }

  @Override
  public List<Source> sources() {
    return List.of(
        new Source(
            "Zucchet, Meier, Schug, Mujika and Sacramento (2023), Online learning of long-range"
                + " dependencies, NeurIPS",
            "arXiv 2305.15947"),
        new Source(
            "the code of its authors: experiments/figure2_AB.yaml",
            "NicolasZucchet/Online-learning-LR-dependencies"),
        new Source("Orvieto et al. (2023), ICML", "arXiv 2303.06349"));
  }

  @Override
  public Map<String, Object> constants(Scale scale) {
    Size size = size(scale);
    Map<String, Object> constants = new LinkedHashMap<>();
    constants.put("symbols", size.symbols());
    constants.put("length of the pattern", size.pattern());
    constants.put("delay", size.delay());
    constants.put("units (complex)", size.units());
    constants.put("initial |λ|", List.of(R_MIN, R_MAX));
    constants.put("batch", size.batch());
    constants.put("iterations", size.iterations());
    constants.put("optimiser", "Adam, one update a sequence, constant rate");
    constants.put("rate", size.rate());
    return constants;
  }

  @Override
  public List<String> methods(Scale scale) {
    List<String> methods = new ArrayList<>(List.of(BPTT, ONLINE));
    for (int window : windows(scale)) {
      methods.add("TRUNCATED-" + window);
    }
    methods.add(FIXED);
    return methods;
  }

  private static List<Integer> windows(Scale scale) {
    return scale == Scale.TINY ? List.of(1) : List.of(1, 2, 5, 10);
  }

  @Override
  public boolean seeded(String method) {
    return true;
  }

  @Override
  public int seeds(Scale scale) {
    return switch (scale) {
      case TINY -> 1;
      case REDUCED -> 5;
      case FULL -> 10;
    };
  }

  @Override
  public void run(Scale scale, String method, long seed, Recorder recorder) {
    Size size = size(scale);
    Copy task = size.task();
    int length = task.episode();
    Lru model =
        new Lru(
            task.inputSize(),
            size.units(),
            task.targetSize(),
            task.loss(),
            new Ring(R_MIN, R_MAX, 2 * Math.PI));
    RandomKey key = new RandomKey(seed).child("lru-copy");
    float[] theta = new float[model.parameters().count()];
    model.initialise(key.child("theta"), theta);
    int window =
        switch (method) {
          case BPTT -> length;
          case ONLINE, FIXED -> 1;
          default -> Integer.parseInt(method.substring(method.indexOf('-') + 1));
        };
    Setup setup = Setup.of(model, window).withBatch(size.batch());
    GradientEstimator estimator =
        (method.equals(ONLINE) ? Algorithm.RTRL_DIAGONAL : Algorithm.BPTT).create(setup);
    GradientEstimator truth = Algorithm.BPTT.create(setup.withWindow(length));
    Optimiser optimiser =
        Optimisers.ADAM.create(setup.kernels(), Workspace.allocating(), theta.length, size.rate());
    Sequence sequence = task.allocate(length, size.batch());
    float[] gradient = new float[theta.length];
    float[] exact = new float[theta.length];
    int recurrent = model.parameters().tensor("readout").at();
    double deviation = 0;
    double sum = 0;
    double last = 0;
    int every = size.iterations() / Math.min(POINTS, size.iterations());
    for (int iteration = 0; iteration < size.iterations(); iteration++) {
      task.fill(key.child("data").child(iteration), sequence);
      double loss = gradient(estimator, theta, sequence, window, gradient);
      if (method.equals(ONLINE) && iteration % CHECK == 0) {
        gradient(truth, theta, sequence, length, exact);
        deviation = Math.max(deviation, deviation(gradient, exact));
      }
      if (method.equals(FIXED)) {
        Arrays.fill(gradient, 0, recurrent, 0f);
      }
      optimiser.update(theta, gradient);
      sum += loss / size.pattern();
      if ((iteration + 1) % every == 0) {
        last = sum / every;
        recorder.point(LOSS, iteration + 1, last);
        recorder.progress((iteration + 1.0) / size.iterations());
        sum = 0;
      }
    }
    recorder.value(FINAL, last);
    if (method.equals(ONLINE)) {
      recorder.value(DEVIATION, deviation);
    }
  }

  /** The sum of the gradients of the windows of a sequence. */
  private static double gradient(
      GradientEstimator estimator, float[] theta, Sequence sequence, int window, float[] gradient) {
    float[] own = new float[gradient.length];
    Arrays.fill(gradient, 0f);
    estimator.reset(0);
    double loss = 0;
    for (int from = 0; from < sequence.length(); from += window) {
      int to = Math.min(from + window, sequence.length());
      loss += estimator.estimate(theta, sequence, from, to, own);
      for (int i = 0; i < own.length; i++) {
        gradient[i] += own[i];
      }
    }
    return loss;
  }

  /** ‖a − b‖ / ‖b‖. */
  private static double deviation(float[] a, float[] b) {
    double difference = 0;
    for (int i = 0; i < a.length; i++) {
      difference += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(difference) / Cosine.norm(b, b.length);
  }

  @Override
  public List<Band> bands(Scale scale) {
    List<Band> bands = new ArrayList<>();
    bands.add(
        SeedBands.median(
            "In one layer the online gradient is that of backpropagation through time: largest"
                + " relative deviation below 10⁻⁵.",
            "published as an equality; the limit is 170 roundings of float, and a sum over 25 steps"
                + " and as many rows of roundings of either sign takes a few. Reduced runs with"
                + " seeds 0 to 4: 10⁻⁶ or less",
            ONLINE,
            DEVIATION,
            deviation -> deviation < 1e-5));
    if (scale == Scale.TINY) {
      return bands;
    }
    bands.add(
        new Band(
            "Learning with it ends where backpropagation through time ends: within 5 %.",
            "published: they perform alike. Reduced runs with seeds 0 to 4: equal to four digits",
            outcomes -> {
              double[] exact = outcomes.values(BPTT, FINAL);
              double[] online = outcomes.values(ONLINE, FINAL);
              if (exact.length == 0 || online.length == 0) {
                return Band.Judgement.notRun(BPTT + " or " + ONLINE);
              }
              double one = Outcomes.median(online);
              double other = Outcomes.median(exact);
              return Band.Judgement.of(
                  Math.abs(one - other) < 0.05 * other,
                  "medians of the final loss %.4g and %.4g".formatted(one, other));
            }));
    for (int window : windows(scale)) {
      bands.add(
          SeedBands.less(
              "A gradient cut after %d step%s ends at more than ten times the loss."
                  .formatted(window, window == 1 ? "" : "s"),
              "published for one step: much worse. Factor from reduced runs with seeds 0 to 4: the"
                  + " least ratio of any two runs is 65",
              ONLINE,
              "TRUNCATED-" + window,
              FINAL,
              0.1));
    }
    return bands;
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    Chart.Builder chart =
        Chart.lines(
                "Loss of the copy task",
                "Cross-entropy a recalled symbol against iterations: the online gradient lies on"
                    + " backpropagation through time, the truncated ones far above it.")
            .x("iteration", Unit.COUNT, Chart.Scale.LINEAR)
            .y("cross-entropy, nats a symbol", Unit.PLAIN, Chart.Scale.LOG)
            .series("gradient")
            .band(Spread.WORDS)
            .referenceAtY("guessing", Math.log(size(scale).symbols()));
    Table.Builder table =
        Table.captioned("At the end, medians over the seeds")
            .text("gradient")
            .number("cross-entropy, nats a symbol", Unit.PLAIN)
            .number("largest relative deviation from BPTT", Unit.PLAIN);
    for (String method : methods(scale)) {
      Spread.curve(chart, outcomes, method, LOSS);
      table.row(method, Spread.of(outcomes, method, FINAL), Spread.of(outcomes, method, DEVIATION));
    }
    return List.of(Section.of("Loss while learning", (Block) chart.build(), table.build()));
  }
}
