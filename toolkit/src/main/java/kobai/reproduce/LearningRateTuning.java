package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kobai.data.DigitImages;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.EvolutionOptions;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.InnerTraining;
import kobai.models.InnerTraining.Objective;
import kobai.models.InnerTraining.Tuned;
import kobai.models.Rollout;
import kobai.optimisers.Optimiser;
import kobai.optimisers.Optimisers;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Surface;
import kobai.report.Table;
import kobai.report.Unit;

/**
 * The learning rate and its decay of a network's training, learnt while it trains, from windows of
 * a few steps.
 */
final class LearningRateTuning implements Experiment {
  private static final String GRID = "grid";
  private static final String SEARCH = "random-search";
  private static final String LOSS = "loss";
  private static final String LATE_LOSS = "late loss";
  private static final String ROW = "loss at theta 1 = ";
  private static final double LEAST_RATE = -7;
  private static final double MOST_RATE = 1;
  private static final double LEAST_DECAY = -4;
  private static final double MOST_DECAY = 4;
  private static final int PIXELS = DigitImages.PIXELS;
  private static final int TRAINING = 1297;
  private static final double SIGMA = 0.1;
  private static final double MANY_SIGMA = 0.3;
  private static final double RATE = 1e-2;
  private static final int POINTS = 20;
  private static final double LATE = 0.75;
  private static final Kernels KERNELS = Implementation.VECTOR.kernels();

  /** What a method learns and how. */
  private record Method(String label, Algorithm algorithm, Tuned tuned, Objective objective) {}

  private static final List<Method> METHODS =
      List.of(
          new Method("es", Algorithm.ES, Tuned.SCHEDULE, Objective.TRAINING_LOSS),
          new Method("pes", Algorithm.PES, Tuned.SCHEDULE, Objective.TRAINING_LOSS),
          new Method("nres", Algorithm.NRES, Tuned.SCHEDULE, Objective.TRAINING_LOSS),
          new Method("es-error", Algorithm.ES, Tuned.SCHEDULE, Objective.VALIDATION_ERROR),
          new Method("pes-error", Algorithm.PES, Tuned.SCHEDULE, Objective.VALIDATION_ERROR),
          new Method("nres-error", Algorithm.NRES, Tuned.SCHEDULE, Objective.VALIDATION_ERROR),
          new Method("es-many", Algorithm.ES, Tuned.PER_TENSOR, Objective.TRAINING_LOSS),
          new Method("pes-many", Algorithm.PES, Tuned.PER_TENSOR, Objective.TRAINING_LOSS),
          new Method("nres-many", Algorithm.NRES, Tuned.PER_TENSOR, Objective.TRAINING_LOSS));

  /**
   * What depends on the scale.
   *
   * @param widths of the network
   * @param batch rows of a mini-batch
   * @param length T, steps of a training run
   * @param window K
   * @param particles N
   * @param updates of θ
   * @param grid places along each axis
   */
  private record Size(
      int[] widths, int batch, int length, int window, int particles, int updates, int grid) {
    static Size of(Scale scale) {
      return switch (scale) {
        case TINY -> new Size(new int[] {PIXELS, 4, 4, 10}, 4, 40, 10, 4, 4, 3);
        case REDUCED -> new Size(new int[] {PIXELS, 16, 16, 10}, 16, 1000, 20, 20, 1000, 13);
        case FULL -> new Size(new int[] {PIXELS, 100, 100, 10}, 100, 5000, 10, 1000, 5000, 40);
      };
    }
  }

  @Override
  public String title() {
    return "tuning the training of a network while it trains";
  }

  @Override
  public String question() {
    return "A network learns to classify while its learning rate and the power that the rate decays"
        + " with are themselves learnt, from windows of a few steps out of T. Published, on"
        + " MNIST: truncated ES sees only what a rate does at once, and goes to small rates;"
        + " PES finds what is nearly the best of a grid; so it does for an objective without"
        + " gradient (the accuracy on validation data), and for many hyper-parameters it is"
        + " ahead of random search at the same cost. Here the 8×8 digits that are part of"
        + " the toolkit stand in for MNIST, at every scale; the many hyper-parameters are a"
        + " rate and a momentum for every weight matrix and every bias (no masks); and the"
        + " cost of a step is held at 10 where training diverges.";
  }

  @Override
  public List<Source> sources() {
    return List.of(
        new Source(
            "Vicol, Metz and Sohl-Dickstein (2021), Unbiased gradient estimation in unrolled"
                + " computation graphs with persistent evolution strategies, ICML",
            "arXiv 2112.13835; constants from google-research/google-research, persistent_es/"
                + "hyperopt.py"),
        new Source(
            "Li, Harrison, Sohl-Dickstein, Smith and Metz (2023), Variance-reduced gradient"
                + " estimation via noise-reuse in online evolution strategies, NeurIPS",
            "arXiv 2304.12180"),
        new Source(
            "Alpaydin and Kaynak (1998), Optical recognition of handwritten digits, UCI Machine"
                + " Learning Repository",
            "doi 10.24432/C50P49"));
  }

  @Override
  public Map<String, Object> constants(Scale scale) {
    Size size = Size.of(scale);
    Map<String, Object> constants = new LinkedHashMap<>();
    constants.put("data", "1797 digits of 8 × 8 pixels, the first 1297 for training");
    constants.put("widths", Arrays.stream(size.widths).boxed().toList());
    constants.put("mini-batch", size.batch);
    constants.put("steps of a training run T", size.length);
    constants.put("window K", size.window);
    constants.put("particles N", size.particles);
    constants.put("sigma", SIGMA);
    constants.put("sigma with many hyper-parameters", MANY_SIGMA);
    constants.put("Adam rate", RATE);
    constants.put("updates", size.updates);
    constants.put("grid", size.grid);
    return constants;
  }

  @Override
  public List<String> methods(Scale scale) {
    List<String> methods = new ArrayList<>(List.of(GRID));
    METHODS.forEach(method -> methods.add(method.label));
    methods.add(SEARCH);
    return methods;
  }

  @Override
  public boolean seeded(String method) {
    return !method.equals(GRID);
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.TINY ? 1 : 3;
  }

  private static InnerTraining model(Size size, Tuned tuned, Objective objective) {
    DigitImages images = DigitImages.load();
    float[] pixels = new float[DigitImages.IMAGES * PIXELS];
    int[] labels = new int[DigitImages.IMAGES];
    for (int image = 0; image < labels.length; image++) {
      labels[image] = images.label(image);
      for (int p = 0; p < PIXELS; p++) {
        pixels[image * PIXELS + p] = images.pixel(image, p) / (float) DigitImages.BRIGHTEST;
      }
    }
    return new InnerTraining(
        pixels,
        labels,
        size.widths,
        size.batch,
        size.length,
        tuned,
        objective,
        new RandomKey(0).child("weights"),
        KERNELS);
  }

  /** Places of training rows, then of validation rows, drawn with replacement. */
  private static void fill(RandomKey key, int batch, Sequence sequence) {
    for (int t = 0; t < sequence.length(); t++) {
      for (int row = 0; row < batch; row++) {
        int at = sequence.inputAt(t) + row;
        sequence.inputs()[at] = RandomDraws.below(key, t, row, TRAINING);
        sequence.inputs()[at + batch] =
            TRAINING + RandomDraws.below(key, t, batch + row, DigitImages.IMAGES - TRAINING);
      }
    }
  }

  /** The mean cost of a step over a whole training run on data that are the same for every θ. */
  private static final class Test {
    private final Rollout rollout;
    private final Sequence sequence;
    private final float[] state;

    Test(InnerTraining model, Size size) {
      sequence = Sequence.allocate(size.length, 1, 2 * size.batch, 1);
      fill(new RandomKey(0).child("test"), size.batch, sequence);
      rollout = model.rollout(KERNELS, Workspace.allocating(), size.length, 1);
      state = new float[model.stateSize()];
    }

    double loss(float[] theta) {
      Arrays.fill(state, 0f);
      return rollout.run(theta, sequence, 0, sequence.length(), state, 0, 0) / sequence.length();
    }
  }

  @Override
  public void run(Scale scale, String name, long seed, Recorder recorder) {
    Size size = Size.of(scale);
    switch (name) {
      case GRID -> grid(size, recorder);
      case SEARCH -> search(size, seed, recorder);
      default ->
          learn(
              METHODS.stream().filter(one -> one.label.equals(name)).findFirst().orElseThrow(),
              size,
              seed,
              recorder);
    }
  }

  private static void learn(Method method, Size size, long seed, Recorder recorder) {
    InnerTraining model = model(size, method.tuned, method.objective);
    RandomKey key = new RandomKey(seed);
    float[] theta = new float[model.parameters().count()];
    model.initialise(key.child("theta"), theta);
    GradientEstimator estimator =
        method.algorithm.create(
            Setup.of(model, size.window)
                .withParticles(size.particles)
                .withSigma(method.tuned == Tuned.SCHEDULE ? SIGMA : MANY_SIGMA)
                .withEvolution(
                    EvolutionOptions.DEFAULT.withEpisode(
                        size.length, method.algorithm != Algorithm.ES)));
    estimator.reset(key.child("noise").seed());
    Optimiser optimiser =
        Optimisers.ADAM.create(KERNELS, Workspace.allocating(), theta.length, RATE);
    Sequence sequence = Sequence.allocate(size.window, 1, 2 * size.batch, 1);
    float[] gradient = new float[theta.length];
    Test test = new Test(model, size);
    double late = 0;
    int count = 0;
    int every = Math.max(1, size.updates / POINTS);
    recorder.point(LOSS, 0, test.loss(theta));
    for (int i = 1; i <= size.updates; i++) {
      fill(key.child("data").child(i), size.batch, sequence);
      estimator.estimate(theta, sequence, 0, size.window, gradient);
      optimiser.update(theta, gradient);
      if (i % every == 0) {
        double loss = test.loss(theta);
        recorder.point(LOSS, (double) i * size.window * size.particles, loss);
        if (method.tuned == Tuned.SCHEDULE) {
          recorder.point("theta 0", i, theta[0]);
          recorder.point("theta 1", i, theta[1]);
        }
        recorder.progress((double) i / size.updates);
        if (i > LATE * size.updates) {
          late += loss;
          count++;
        }
      }
    }
    recorder.value(LATE_LOSS, late / count);
    recorder.value("final theta 0", theta[0]);
    recorder.value("final theta 1", theta[1]);
  }

  /** Costs of whole training runs over the plane of θ, those of a row at its θ₁. */
  private static void grid(Size size, Recorder recorder) {
    Test loss = new Test(model(size, Tuned.SCHEDULE, Objective.TRAINING_LOSS), size);
    Test error = new Test(model(size, Tuned.SCHEDULE, Objective.VALIDATION_ERROR), size);
    float[] theta = new float[2];
    double best = Double.POSITIVE_INFINITY;
    double bestError = Double.POSITIVE_INFINITY;
    for (int j = 0; j < size.grid; j++) {
      theta[1] = (float) decay(j, size.grid);
      for (int i = 0; i < size.grid; i++) {
        theta[0] = (float) rate(i, size.grid);
        double value = loss.loss(theta);
        recorder.point(ROW + decay(j, size.grid), rate(i, size.grid), value);
        best = Math.min(best, value);
        bestError = Math.min(bestError, error.loss(theta));
      }
      recorder.progress((j + 1.0) / size.grid);
    }
    recorder.value("best loss", best);
    recorder.value("best error", bestError);
  }

  private static double rate(int i, int grid) {
    return LEAST_RATE + (MOST_RATE - LEAST_RATE) * i / (grid - 1);
  }

  private static double decay(int j, int grid) {
    return LEAST_DECAY + (MOST_DECAY - LEAST_DECAY) * j / (grid - 1);
  }

  /** The best of as many whole training runs as the other methods take steps for. */
  private static void search(Size size, long seed, Recorder recorder) {
    InnerTraining model = model(size, Tuned.PER_TENSOR, Objective.TRAINING_LOSS);
    Test test = new Test(model, size);
    float[] theta = new float[model.parameters().count()];
    double best = Double.POSITIVE_INFINITY;
    long runs = Math.max(1, (long) size.updates * size.window * size.particles / size.length);
    long every = Math.max(1, runs / POINTS);
    for (long i = 1; i <= runs; i++) {
      model.initialise(new RandomKey(seed).child("search").child(i), theta);
      best = Math.min(best, test.loss(theta));
      if (i % every == 0) {
        recorder.point(LOSS, (double) i * size.length, best);
        recorder.progress((double) i / runs);
      }
    }
    recorder.value(LATE_LOSS, best);
  }

  @Override
  public List<Band> bands(Scale scale) {
    // The published size has not been run.
    if (scale != Scale.REDUCED) {
      return List.of();
    }
    return List.of(
        new Band(
            "PES and NRES end within a factor 1.2 of the best of the grid, with every seed",
            "publication (nearly the best). Reduced runs, seeds 0 to 2, over the best, 0.193: PES"
                + " 1.06 to 1.10, NRES 1.01 to 1.03",
            outcomes -> nearBest(outcomes, "", "best loss")),
        new Band(
            "Truncated ES ends worse than PES and NRES, every seed of it than every seed of them",
            "publication. Reduced runs, seeds 0 to 2: ES 0.252 to 0.262, the others at most 0.213",
            outcomes -> apart(outcomes, List.of("pes", "nres"), "es")),
        new Band(
            "For the validation error, too, they end within a factor 1.2 of the best of the grid",
            "publication. Reduced runs, seeds 0 to 2, over the best, 0.143: PES 1.00 to 1.04, NRES"
                + " 0.99 to 1.01 (the grid is coarse)",
            outcomes -> nearBest(outcomes, "-error", "best error")),
        new Band(
            "For the validation error, too, truncated ES ends worse",
            "publication. Reduced runs, seeds 0 to 2: ES 0.280 to 0.282, the others at most 0.149",
            outcomes -> apart(outcomes, List.of("pes-error", "nres-error"), "es-error")),
        new Band(
            "With many hyper-parameters PES and NRES end better than random search at the same"
                + " number of steps, every seed",
            "publication. Reduced runs, seeds 0 to 2: PES 0.223 to 0.341, NRES 0.217 to 0.269;"
                + " random search 0.878 to 0.924",
            outcomes -> apart(outcomes, List.of("pes-many", "nres-many"), SEARCH)));
  }

  private static Band.Judgement nearBest(Outcomes outcomes, String suffix, String metric) {
    if (!outcomes.has(GRID, metric)) {
      return Band.Judgement.notRun(GRID);
    }
    double best = outcomes.values(GRID, metric)[0];
    boolean near = true;
    StringBuilder seen = new StringBuilder("best " + Unit.PLAIN.text(best));
    for (String method : List.of("pes" + suffix, "nres" + suffix)) {
      if (!outcomes.has(method, LATE_LOSS)) {
        return Band.Judgement.notRun(method);
      }
      for (double value : outcomes.values(method, LATE_LOSS)) {
        near &= value <= 1.2 * best;
        seen.append(", ").append(method).append(' ').append(Unit.PLAIN.text(value));
      }
    }
    return Band.Judgement.of(near, seen.toString());
  }

  private static Band.Judgement apart(Outcomes outcomes, List<String> better, String worse) {
    if (!outcomes.has(worse, LATE_LOSS)) {
      return Band.Judgement.notRun(worse);
    }
    double least = Arrays.stream(outcomes.values(worse, LATE_LOSS)).min().orElseThrow();
    double most = Double.NEGATIVE_INFINITY;
    for (String method : better) {
      if (!outcomes.has(method, LATE_LOSS)) {
        return Band.Judgement.notRun(method);
      }
      most = Math.max(most, Arrays.stream(outcomes.values(method, LATE_LOSS)).max().orElseThrow());
    }
    return Band.Judgement.of(
        most < least,
        "%s at most %s, %s at least %s"
            .formatted(
                String.join(" and ", better),
                Unit.PLAIN.text(most),
                worse,
                Unit.PLAIN.text(least)));
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    List<Section> sections = new ArrayList<>();
    if (outcomes.has(GRID, "best loss")) {
      sections.add(Section.of("Paths over the grid", map(Size.of(scale).grid, outcomes)));
    }
    sections.add(
        Section.of(
            "Cost of a training run",
            curves("Training loss", "", "best loss", outcomes),
            curves("Validation error", "-error", "best error", outcomes),
            curves("Training loss with many hyper-parameters", "-many", "", outcomes),
            table(outcomes),
            Block.prose(
                "Truncated ES is slower by far, and where it ends the rate decays more strongly: a"
                    + " rate that falls makes the loss of the next steps smaller, and what it costs"
                    + " later is beyond the window.",
                "Not as published: the data are the 8×8 digits, and N is 20 at the reduced size"
                    + " where the publication has 1000. Random search draws from the published"
                    + " ranges, rates of 10⁻⁴ to 10⁻² and momenta of 0.01 to 0.9, in which the"
                    + " others start but to which they are not bound; what they reach lies in part"
                    + " outside them, so that part of their advantage is that of the ranges.")));
    return sections;
  }

  private static Chart map(int grid, Outcomes outcomes) {
    List<Double> rates = new ArrayList<>();
    List<Double> decays = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int j = 0; j < grid; j++) {
      rates.add(rate(j, grid));
      decays.add(decay(j, grid));
      outcomes.curve(GRID, 0, ROW + decay(j, grid)).forEach(row -> values.add(row.value()));
    }
    var chart =
        Chart.heatMap(
                "Training loss over rate and decay, with the paths of the methods",
                "Map of the mean training loss: a dark valley of good rates between small rates and"
                    + " divergence. PES and NRES end in it; truncated ES stays beside it.",
                new Surface(
                    new Chart.Axis("mean training loss", Unit.PLAIN, Chart.Scale.LOG),
                    rates,
                    decays,
                    values,
                    Double.NaN,
                    Double.NaN))
            .x("θ₀, logarithm of the rate", Unit.PLAIN, Chart.Scale.LINEAR)
            .y("θ₁, logarithm of the power of decay", Unit.PLAIN, Chart.Scale.LINEAR)
            .series("method");
    for (String name : List.of("es", "pes", "nres")) {
      List<Outcomes.Row> across = outcomes.curve(name, 0, "theta 0");
      List<Outcomes.Row> upward = outcomes.curve(name, 0, "theta 1");
      for (int i = 0; i < across.size(); i++) {
        chart.point(name, across.get(i).value(), Measured.exactly(upward.get(i).value()));
      }
    }
    return chart.build();
  }

  private static Chart curves(String what, String suffix, String best, Outcomes outcomes) {
    var chart =
        Chart.lines(
                what + " against steps of training",
                "Lines of the mean cost of a step over a whole training run at θ, which fall from"
                    + " that of the first θ.")
            .x("steps of training, all particles", Unit.COUNT, Chart.Scale.LINEAR)
            .y("mean cost of a step", Unit.PLAIN, Chart.Scale.LOG)
            .series("method")
            .band(Spread.WORDS);
    if (!best.isEmpty() && outcomes.has(GRID, best)) {
      chart.referenceAtY("best of the grid", outcomes.values(GRID, best)[0]);
    }
    for (String method : List.of("es", "pes", "nres")) {
      Spread.curve(chart, outcomes, method + suffix, LOSS);
    }
    if (suffix.equals("-many")) {
      Spread.curve(chart, outcomes, SEARCH, LOSS);
    }
    return chart.build();
  }

  private static Table table(Outcomes outcomes) {
    var table =
        Table.captioned("Mean cost of a step over the last quarter of the updates, over the seeds")
            .text("method")
            .number("cost", Unit.PLAIN);
    for (String metric : List.of("best loss", "best error")) {
      if (outcomes.has(GRID, metric)) {
        table.row(GRID + ", " + metric, outcomes.values(GRID, metric)[0]);
      }
    }
    List<String> names = new ArrayList<>(METHODS.stream().map(Method::label).toList());
    names.add(SEARCH);
    for (String name : names) {
      if (outcomes.has(name, LATE_LOSS)) {
        table.row(name, Spread.median(outcomes.values(name, LATE_LOSS)));
      }
    }
    return table.build();
  }
}
