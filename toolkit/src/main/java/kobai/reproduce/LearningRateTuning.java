package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import kobai.data.Datasets;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.EvolutionOptions;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.InnerTraining.Objective;
import kobai.models.InnerTraining.Tuned;
import kobai.optimisers.Optimiser;
import kobai.optimisers.Optimisers;
import kobai.random.RandomKey;
import kobai.report.Section;

/**
 * The learning rate and its decay of a network's training, learnt while it trains, from windows of
 * a few steps.
 *
 * <p>At the published size a method takes 5·10⁷ steps of training, days on one core; {@link
 * Task#FEW} is what two cores can do of it in minutes.
 */
final class LearningRateTuning implements Experiment, FetchedData {
  static final String GRID = "grid";
  static final String SEARCH = "random-search";
  static final String SEARCH_NEAR = "random-search-near";
  static final String LOSS = "loss";
  static final String LATE_LOSS = "late loss";
  static final String BEST_SEEN = "best on the way";
  static final String BEST_LOSS = "best loss";
  static final String BEST_ERROR = "best error";
  static final List<Algorithm> ALGORITHMS = List.of(Algorithm.ES, Algorithm.PES, Algorithm.NRES);

  static final String ROW = "loss at theta 1 = ";
  private static final double LEAST_RATE = -7;
  private static final double MOST_RATE = 1;
  private static final double LEAST_DECAY = -4;
  private static final double MOST_DECAY = 4;
  private static final double SIGMA = 0.1;
  private static final double MANY_SIGMA = 0.3;
  private static final double RATE = 1e-2;
  private static final double LATE = 0.75;
  private static final Kernels KERNELS = Implementation.VECTOR.kernels();

  /** What is tuned, and for what. */
  enum Task {
    LOSS("", Tuned.SCHEDULE, Objective.TRAINING_LOSS),
    ERROR("-error", Tuned.SCHEDULE, Objective.VALIDATION_ERROR),
    MANY("-many", Tuned.PER_TENSOR, Objective.VALIDATION_LOSS),
    /** The first on the published data with few particles, updates and places of the grid. */
    FEW("-few", Tuned.SCHEDULE, Objective.TRAINING_LOSS);

    final String suffix;
    private final Tuned tuned;
    private final Objective objective;

    Task(String suffix, Tuned tuned, Objective objective) {
      this.suffix = suffix;
      this.tuned = tuned;
      this.objective = objective;
    }

    static List<Task> at(Scale scale) {
      return scale == Scale.FULL ? List.of(values()) : List.of(LOSS, ERROR, MANY);
    }

    /** The task of a method, by its name. */
    static Task of(String method) {
      return method.startsWith(SEARCH)
          ? MANY
          : Arrays.stream(values())
              .filter(task -> task != LOSS && method.endsWith(task.suffix))
              .findFirst()
              .orElse(LOSS);
    }

    /** The name of an algorithm, or of the grid, for this task. */
    String method(String name) {
      return name + suffix;
    }

    String method(Algorithm algorithm) {
      return method(algorithm.name().toLowerCase(Locale.ROOT));
    }
  }

  /**
   * What depends on the scale and the task.
   *
   * @param hidden widths of the hidden layers
   * @param batch rows of a mini-batch
   * @param length T, steps of a training run
   * @param window K
   * @param particles N
   * @param updates of θ
   * @param points tests of θ, evenly over the updates
   * @param grid places along each axis; 0 for none
   */
  record Size(
      List<Integer> hidden,
      int batch,
      int length,
      int window,
      int particles,
      int updates,
      int points,
      int grid) {
    static Size of(Scale scale, Task task) {
      return switch (scale) {
        case TINY -> new Size(List.of(4, 4), 4, 40, 10, 4, 4, 4, 3);
        case REDUCED ->
            task == Task.MANY
                ? new Size(five(16), 16, 1000, 10, 10, 6000, 20, 0)
                : new Size(List.of(16, 16), 16, 1000, 20, 20, 1000, 20, 13);
        case FULL ->
            switch (task) {
              case LOSS, ERROR -> new Size(List.of(100, 100), 100, 5000, 10, 1000, 5000, 20, 40);
              case MANY -> new Size(five(100), 100, 1000, 10, 10, 50_000, 20, 0);
              case FEW -> new Size(List.of(100, 100), 100, 5000, 10, 10, 1000, 8, 6);
            };
      };
    }

    private static List<Integer> five(int width) {
      return Collections.nCopies(5, width);
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
        + " gradient (the accuracy on validation data), and for many hyper-parameters, on"
        + " Fashion-MNIST, it is ahead of random search at the same cost. The many are a rate and"
        + " a momentum for every weight matrix and every bias, and the number of units used in"
        + " every hidden layer. With --full the data are those (kobai data fetch brings them); at"
        + " the reduced size the 8×8 digits that are part of the toolkit stand in for them. The"
        + " cost of a step is held at 10 where training diverges.";
  }

  @Override
  public List<Source> sources() {
    return List.of(
        new Source(
            "Vicol, Metz and Sohl-Dickstein (2021), Unbiased gradient estimation in unrolled"
                + " computation graphs with persistent evolution strategies, ICML",
            "arXiv 2112.13835; constants from google-research/google-research, persistent_es/"
                + "README.md, hyperopt.py, hparam_utils.py and search.py"),
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
    Map<String, Object> constants = new LinkedHashMap<>();
    for (Task task : Task.at(scale)) {
      Size size = Size.of(scale, task);
      if (task == Task.LOSS || !size.equals(Size.of(scale, Task.LOSS))) {
        String of = task == Task.LOSS ? "" : " of …" + task.suffix;
        constants.put("data" + of, images(scale, task));
        constants.put("hidden units" + of, size.hidden);
        constants.put("mini-batch" + of, size.batch);
        constants.put("steps of a training run T" + of, size.length);
        constants.put("window K" + of, size.window);
        constants.put("particles N" + of, size.particles);
        constants.put("updates" + of, size.updates);
        if (size.grid > 0) {
          constants.put("grid" + of, size.grid);
        }
      }
    }
    constants.put("sigma", SIGMA);
    constants.put("sigma with many hyper-parameters", MANY_SIGMA);
    constants.put("Adam rate", RATE);
    return constants;
  }

  private static String images(Scale scale, Task task) {
    return fetched(scale, task)
        .map(set -> set.commandName() + ": 50 000 images for training, 10 000 for validation")
        .orElse("1797 digits of 8 × 8 pixels, the first 1297 for training");
  }

  private static Optional<Datasets> fetched(Scale scale, Task task) {
    return scale == Scale.FULL
        ? Optional.of(task == Task.MANY ? Datasets.FASHION_MNIST : Datasets.MNIST)
        : Optional.empty();
  }

  @Override
  public Optional<Datasets> data(Scale scale, String method) {
    return fetched(scale, Task.of(method));
  }

  @Override
  public List<String> methods(Scale scale) {
    List<String> methods = new ArrayList<>();
    for (Task task : Task.at(scale)) {
      if (task == Task.LOSS || task == Task.FEW) {
        methods.add(task.method(GRID));
      }
      ALGORITHMS.forEach(algorithm -> methods.add(task.method(algorithm)));
      if (task == Task.MANY) {
        methods.addAll(List.of(SEARCH, SEARCH_NEAR));
      }
    }
    return methods;
  }

  @Override
  public boolean seeded(String method) {
    return !method.startsWith(GRID);
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.TINY ? 1 : 3;
  }

  @Override
  public void run(Scale scale, String name, long seed, Recorder recorder) {
    Task task = Task.of(name);
    Size size = Size.of(scale, task);
    ClassifiedImages images =
        fetched(scale, task)
            .map(set -> ClassifiedImages.of(set, Datasets.usualCache(System.getenv())))
            .orElseGet(ClassifiedImages::digits);
    if (name.startsWith(GRID)) {
      grid(task, size, images, recorder);
      return;
    }
    TrainingRun training =
        new TrainingRun(
            images, size.hidden, size.batch, size.length, task.tuned, task.objective, KERNELS);
    RandomKey key = new RandomKey(seed);
    if (name.startsWith(SEARCH)) {
      search(training, size, name.equals(SEARCH), key.child("search"), recorder);
    } else {
      Algorithm algorithm =
          ALGORITHMS.stream().filter(a -> task.method(a).equals(name)).findFirst().orElseThrow();
      learn(algorithm, training, task.tuned, size, key, recorder);
    }
  }

  private static void learn(
      Algorithm algorithm,
      TrainingRun training,
      Tuned tuned,
      Size size,
      RandomKey key,
      Recorder recorder) {
    float[] theta = new float[training.model().parameters().count()];
    training.model().initialise(key.child("theta"), theta);
    GradientEstimator estimator =
        algorithm.create(
            Setup.of(training.model(), size.window)
                .withParticles(size.particles)
                .withSigma(tuned == Tuned.SCHEDULE ? SIGMA : MANY_SIGMA)
                .withEvolution(
                    EvolutionOptions.DEFAULT.withEpisode(size.length, algorithm != Algorithm.ES)));
    estimator.reset(key.child("noise").seed());
    Optimiser optimiser =
        Optimisers.ADAM.create(KERNELS, Workspace.allocating(), theta.length, RATE);
    Sequence sequence = training.sequence(size.window);
    float[] gradient = new float[theta.length];
    double late = 0;
    double best = Double.POSITIVE_INFINITY;
    int count = 0;
    int every = Math.max(1, size.updates / size.points);
    recorder.point(LOSS, 0, training.cost(theta));
    for (int i = 1; i <= size.updates; i++) {
      training.fill(key.child("data").child(i), sequence);
      estimator.estimate(theta, sequence, 0, size.window, gradient);
      optimiser.update(theta, gradient);
      if (i % every == 0) {
        double loss = training.cost(theta);
        best = Math.min(best, loss);
        recorder.point(LOSS, (double) i * size.window * size.particles, loss);
        if (tuned == Tuned.SCHEDULE) {
          recorder.point("theta 0", i, theta[0]);
          recorder.point("theta 1", i, theta[1]);
        }
        if (i > LATE * size.updates) {
          late += loss;
          count++;
        }
      }
      recorder.progress((double) i / size.updates);
    }
    recorder.value(LATE_LOSS, late / count);
    recorder.value(BEST_SEEN, best);
    recorder.value("final theta 0", theta[0]);
    recorder.value("final theta 1", theta[1]);
  }

  /** Costs of whole training runs over the plane of θ, those of a row at its θ₁. */
  private static void grid(Task task, Size size, ClassifiedImages images, Recorder recorder) {
    List<Objective> objectives =
        task == Task.FEW
            ? List.of(Objective.TRAINING_LOSS)
            : List.of(Objective.TRAINING_LOSS, Objective.VALIDATION_ERROR);
    double done = 0;
    for (Objective objective : objectives) {
      TrainingRun training =
          new TrainingRun(
              images, size.hidden, size.batch, size.length, task.tuned, objective, KERNELS);
      float[] theta = new float[2];
      double best = Double.POSITIVE_INFINITY;
      for (double decay : decays(size.grid)) {
        theta[1] = (float) decay;
        for (double rate : rates(size.grid)) {
          theta[0] = (float) rate;
          double cost = training.cost(theta);
          best = Math.min(best, cost);
          if (objective == Objective.TRAINING_LOSS) {
            recorder.point(ROW + decay, rate, cost);
          }
          done++;
          recorder.progress(done / (objectives.size() * size.grid * size.grid));
        }
      }
      recorder.value(objective == Objective.TRAINING_LOSS ? BEST_LOSS : BEST_ERROR, best);
    }
  }

  static List<Double> rates(int grid) {
    return axis(LEAST_RATE, MOST_RATE, grid);
  }

  static List<Double> decays(int grid) {
    return axis(LEAST_DECAY, MOST_DECAY, grid);
  }

  private static List<Double> axis(double least, double most, int grid) {
    return IntStream.range(0, grid).mapToObj(i -> least + (most - least) * i / (grid - 1)).toList();
  }

  /**
   * The best of as many whole training runs as the other methods take steps for.
   *
   * @param anywhere whether to draw from all that is allowed, or from where the others start
   */
  private static void search(
      TrainingRun training, Size size, boolean anywhere, RandomKey key, Recorder recorder) {
    float[] theta = new float[training.model().parameters().count()];
    double best = Double.POSITIVE_INFINITY;
    long runs = Math.max(1, (long) size.updates * size.window * size.particles / size.length);
    long every = Math.max(1, runs / size.points);
    for (long i = 1; i <= runs; i++) {
      if (anywhere) {
        training.model().drawAnywhere(key.child(i), theta);
      } else {
        training.model().initialise(key.child(i), theta);
      }
      best = Math.min(best, training.cost(theta));
      if (i % every == 0) {
        recorder.point(LOSS, (double) i * size.length, best);
      }
      recorder.progress((double) i / runs);
    }
    recorder.value(BEST_SEEN, best);
  }

  @Override
  public List<Band> bands(Scale scale) {
    return TuningBands.at(scale);
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    return new TuningFigures(scale, outcomes).sections();
  }
}
