package kobai.reproduce;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.Tensor;
import kobai.optimisers.Optimiser;
import kobai.optimisers.OptimiserSettings;
import kobai.optimisers.Optimisers;
import kobai.random.NoiseSource;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Chart;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/**
 * Learning online to predict the next letter of an endless text, as in the public code of Tallec
 * and Ollivier: what their tasks have in common. A method METHOD-K learns from windows of K
 * letters, at the end of each; the state is never cut. UORO-K renews its random rank-one influence
 * once a window ({@link BlockUoro}), as theirs does. All losses are in bits a letter.
 *
 * @param floor the least expected loss
 * @param withoutMemory the least of who misses what the task is about
 */
record LetterPrediction(double floor, double withoutMemory) {
  private static final double RATE = 1e-3;

  /** The rate is divided by 1 + this times the root of the letters, as in the published logs. */
  private static final double DECAY = 0.015;

  private static int units(Scale scale) {
    return scale == Scale.TINY ? 6 : 64;
  }

  static int letters(Scale scale) {
    return switch (scale) {
      case TINY -> 160;
      case REDUCED -> 200_000;
      case FULL -> 2_000_000;
    };
  }

  Map<String, Object> constants(Scale scale) {
    Map<String, Object> constants = new LinkedHashMap<>();
    constants.put("cell", "gated recurrent unit");
    constants.put("units", units(scale));
    constants.put("start", "as in Torch 7: inputs N(0, 1), all else uniform in ±1/√units");
    constants.put("letters", letters(scale) + " (the published code: up to 10⁷)");
    constants.put("optimiser", "Adam, one update a window");
    constants.put("rate", RATE);
    constants.put("rate divided by", "1 + " + DECAY + " √letters");
    constants.put("exact floor, bits a letter", floor);
    constants.put("exact floor without memory, bits a letter", withoutMemory);
    return constants;
  }

  /** Half way between both floors: who is below it has learnt most of what the task is about. */
  double half() {
    return (floor + withoutMemory) / 2;
  }

  /** 0 for no memory, 1 for the floor. */
  double saved(double loss) {
    return (withoutMemory - loss) / (withoutMemory - floor);
  }

  /** Learns the text by a method, and records its {@link BlockLoss} in bits. */
  static void learn(Scale scale, String method, Sequence text, RandomKey key, Recorder recorder) {
    int symbols = text.inputSize();
    DifferentiableModel model =
        Models.GRU.create(symbols, units(scale), symbols, 1f, Loss.SOFTMAX_CROSS_ENTROPY);
    int dash = method.indexOf('-');
    int window = Integer.parseInt(method.substring(dash + 1));
    Setup setup = Setup.of(model, window);
    float[] theta = theta(model, key.child("theta"), setup.kernels());
    GradientEstimator estimator = estimator(method.substring(0, dash), setup);
    estimator.reset(key.child("signs").seed());
    Optimiser optimiser =
        OptimiserSettings.of(Optimisers.ADAM, RATE)
            .create(
                setup.kernels(),
                Workspace.allocating(),
                theta.length,
                t -> 1 / (1 + DECAY * Math.sqrt((double) t * window)));
    BlockLoss losses = new BlockLoss(text.length());
    OnlineTraining.Watcher watcher =
        (from, to, loss, at, gradient) -> {
          losses.add(from, loss / Math.log(2));
          if (from % 1024 < window) {
            recorder.progress((double) from / text.length());
          }
        };
    losses.record(
        new OnlineTraining(estimator, optimiser, text, window).run(theta, watcher), recorder);
  }

  private static GradientEstimator estimator(String algorithm, Setup setup) {
    return algorithm.equals("UORO")
        ? new BlockUoro(setup, NoiseSource.rademacher(setup.kernels()))
        : Algorithm.valueOf(algorithm).create(setup);
  }

  private static float[] theta(DifferentiableModel model, RandomKey key, Kernels kernels) {
    float[] theta = new float[model.parameters().count()];
    float half = (float) (1 / Math.sqrt(model.stateSize()));
    for (int p = 0; p < theta.length; p++) {
      theta[p] = half * (float) (2 * RandomDraws.uniform(key, 0, p) - 1);
    }
    Tensor input = model.parameters().tensor("input");
    kernels.gaussian(key.child("input").seed(), 0, 0, 0, theta, input.at(), input.size());
    return theta;
  }

  /** A band: the median of the final losses is below {@link #half}. */
  Band learns(String method, String words, String origin) {
    return SeedBands.median(
        "%s %s: a loss below %.4f bits a letter.".formatted(method, words, half()),
        "the limit is half way between the exact losses with and without the memory that it takes,"
            + " %.4f and %.4f. ".formatted(floor, withoutMemory)
            + origin,
        method,
        BlockLoss.FINAL,
        loss -> loss < half());
  }

  /** The curves with both floors, and the final losses; {@code published} are further points. */
  Section figures(
      String title, List<String> methods, List<Chart.Point> published, Outcomes outcomes) {
    Chart.Builder chart =
        Chart.lines(
                title,
                "Cross-entropy a letter against letters read, one line a method, with the exact"
                    + " floors of the task and of missing what it is about.")
            .x("letter", Unit.COUNT, Chart.Scale.LINEAR)
            .y("cross-entropy, bits a letter", Unit.PLAIN, Chart.Scale.LOG)
            .series("algorithm and window")
            .band(Spread.WORDS)
            .referenceAtY("floor", floor)
            .referenceAtY("without memory", withoutMemory);
    Table.Builder table =
        Table.captioned("At the end, medians over the seeds")
            .text("algorithm and window")
            .number("cross-entropy, bits a letter", Unit.PLAIN)
            .number("share of what memory saves", Unit.FRACTION);
    for (String method : methods) {
      Spread.curve(chart, outcomes, method, BlockLoss.LOSS);
      Measured last = Spread.of(outcomes, method, BlockLoss.FINAL);
      table.row(method, last, saved(last.value()));
    }
    published.forEach(chart::point);
    return Section.of("Loss while learning", chart.build(), table.build());
  }
}
