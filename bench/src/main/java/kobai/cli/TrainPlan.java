package kobai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kobai.data.Datasets;
import kobai.data.LabelledData;
import kobai.data.LabelledFiles;
import kobai.data.LabelledSource;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.RecurrentModel;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.optimisers.OptimiserSettings;
import kobai.optimisers.Optimisers;
import kobai.optimisers.Schedules;
import kobai.parallel.Workers;
import kobai.random.RandomKey;
import kobai.tasks.Characters;
import kobai.tasks.Task;
import kobai.tasks.TaskOptions;
import kobai.tasks.Tasks;
import kobai.training.BayesSettings;
import kobai.training.ExampleData;
import kobai.training.TaskData;
import kobai.training.TrainingData;
import kobai.training.TrainingRun;
import kobai.training.TrainingSettings;

/**
 * What {@code kobai train} is to do, made from its options.
 *
 * @param task by its name
 * @param data to learn from
 * @param runs one an algorithm and seed
 */
record TrainPlan(Tasks task, TrainingData data, List<TrainingSettings> runs) {
  /** The order in which examples are split: the same for all runs, so that they compare. */
  private static final RandomKey SPLIT = new RandomKey(0);

  private static final int HELD = 100;
  private static final double INITIAL_DEVIATION = 0.02;
  private static final Pattern CELL = Pattern.compile("([\\w-]+)(?:\\((\\d{1,9})\\))?");

  /** The plan; nothing if something is wrong, which is then noted. */
  static Optional<TrainPlan> of(TrainOptions options, Workers workers, Violations violations) {
    List<Tasks> task = new ArrayList<>();
    violations.collect(() -> task.add(task(options)));
    List<Algorithm> algorithms = algorithms(options, violations);
    Map<Algorithm, Double> rates = rates(options, algorithms, violations);
    List<Long> seeds = new ArrayList<>();
    violations.collect(() -> seeds.addAll(SeedList.parse(options.seeds)));
    Map<Algorithm, OptimiserSettings> optimisers = new LinkedHashMap<>();
    for (Algorithm algorithm : algorithms) {
      check(violations, () -> optimisers.put(algorithm, optimiser(options, rates.get(algorithm))));
    }
    if (algorithms.isEmpty()) {
      check(violations, () -> optimiser(options, 1)); // judged even so
    }
    check(violations, () -> schedule(options));
    List<Optional<BayesSettings>> bayes = new ArrayList<>();
    check(violations, () -> bayes.add(bayes(options)));
    violations.require(
        options.samples >= 0, "--samples = %d: must be at least 0".formatted(options.samples));
    violations.require(
        options.epochs >= 1, "--epochs = %d: must be at least 1".formatted(options.epochs));
    violations.require(
        options.patience >= 0, "--patience = %d: must be at least 0".formatted(options.patience));
    List<TrainingData> data = new ArrayList<>();
    List<RecurrentModel> model = new ArrayList<>();
    List<Setup> setup = new ArrayList<>();
    if (!task.isEmpty()) {
      violations.collect(() -> data.add(data(options, task.getFirst())));
    }
    if (!data.isEmpty()) {
      violations.collect(() -> model.add(model(options, data.getFirst())));
    }
    check(
        violations,
        () -> {
          // Whatever the model is, the numbers are judged.
          RecurrentModel any =
              model.isEmpty()
                  ? Network.of("dense(1)", Shape.of(1), 1, Loss.SQUARED_ERROR)
                  : model.getFirst();
          setup.add(setup(options, any, data.isEmpty() ? 1 : data.getFirst().length(), workers));
        });
    if (!violations.isEmpty()) {
      return Optional.empty();
    }
    List<TrainingSettings> runs = new ArrayList<>();
    for (Algorithm algorithm : algorithms) {
      for (long seed : seeds) {
        runs.add(
            new TrainingSettings(
                algorithm,
                setup.getFirst(),
                optimisers.get(algorithm),
                options.schedule,
                options.epochs,
                options.patience,
                seed,
                bayes.getFirst()));
      }
      // What an algorithm asks of the model is known to its constructor.
      check(violations, () -> new TrainingRun(runs.getLast(), data.getFirst()));
    }
    return violations.isEmpty()
        ? Optional.of(new TrainPlan(task.getFirst(), data.getFirst(), runs))
        : Optional.empty();
  }

  /** Notes every line of a refusal once. */
  private static void check(Violations violations, Runnable check) {
    violations.collect(check);
  }

  private static Tasks task(TrainOptions options) {
    if (options.task.isEmpty()) {
      return options.data.map(Tasks::reading).orElse(Tasks.DIGITS);
    }
    try {
      return new Names<>(Tasks.class).parse(options.task.get());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--task = " + e.getMessage(), e);
    }
  }

  private static List<Algorithm> algorithms(TrainOptions options, Violations violations) {
    List<Algorithm> chosen = new ArrayList<>();
    for (String name : options.algorithm.split(",", -1)) {
      try {
        Algorithm algorithm = new Names<>(Algorithm.class).parse(name);
        if (!chosen.contains(algorithm)) {
          chosen.add(algorithm);
        }
      } catch (IllegalArgumentException e) {
        violations.require(false, "--algorithm = " + e.getMessage());
      }
    }
    return chosen;
  }

  private static Map<Algorithm, Double> rates(
      TrainOptions options, List<Algorithm> algorithms, Violations violations) {
    Map<Algorithm, Double> rates = new LinkedHashMap<>();
    algorithms.forEach(algorithm -> rates.put(algorithm, Double.NaN));
    for (String part : options.rate.split(",", -1)) {
      int equals = part.indexOf('=');
      try {
        double rate = Double.parseDouble(part.substring(equals + 1).strip());
        if (!(rate > 0 && (float) rate < Float.POSITIVE_INFINITY)) {
          throw new NumberFormatException();
        }
        if (equals < 0) {
          algorithms.forEach(algorithm -> rates.put(algorithm, rate));
          continue;
        }
        Algorithm named = new Names<>(Algorithm.class).parse(part.substring(0, equals));
        violations.require(
            rates.replace(named, rate) != null,
            "--rate = %s: %s is not among the algorithms".formatted(part, Names.of(named)));
      } catch (NumberFormatException e) {
        violations.require(
            false, "--rate = %s: must be a finite number > 0 (such as 0.01)".formatted(part));
      } catch (IllegalArgumentException e) {
        violations.require(false, "--rate = " + e.getMessage());
      }
    }
    return rates;
  }

  private static OptimiserSettings optimiser(TrainOptions options, double rate) {
    List<String> names = Arrays.stream(Optimisers.values()).map(Optimisers::commandName).toList();
    return suggesting(
        "--optimiser",
        options.optimiser,
        names,
        () -> OptimiserSettings.parse(options.optimiser, rate));
  }

  private static Object schedule(TrainOptions options) {
    List<String> names = Arrays.stream(Schedules.values()).map(Schedules::commandName).toList();
    return suggesting(
        "--schedule", options.schedule, names, () -> Schedules.parse(options.schedule, 1));
  }

  /** Adds the nearest name to a refusal of a name. */
  private static <T> T suggesting(
      String option, String text, List<String> names, Supplier<T> parse) {
    try {
      return parse.get();
    } catch (IllegalArgumentException e) {
      String name = text.split("\\(", 2)[0].strip().toLowerCase(Locale.ROOT).replace('_', '-');
      String nearest = names.contains(name) ? "" : Nearest.suggestion(name, names);
      throw new IllegalArgumentException(option + ": " + e.getMessage() + nearest, e);
    }
  }

  private static Optional<BayesSettings> bayes(TrainOptions options) {
    return options.bayes
        ? Optional.of(new BayesSettings(options.prior, INITIAL_DEVIATION, 1))
        : Optional.empty();
  }

  private static TrainingData data(TrainOptions options, Tasks task) {
    boolean finite =
        switch (task) {
          case DIGITS, DIGITS_ROWS, DIGITS_PIXELS, LABELLED -> true;
          default -> false;
        };
    Violations unfit = new Violations();
    unfit.require(
        !finite || options.length.isEmpty() && options.examples.isEmpty(),
        "--length and --examples: must not be set for task %s, which has examples of its own"
            .formatted(task.commandName()));
    unfit.require(
        options.steps.isEmpty() || task == Tasks.LABELLED || task == Tasks.DIGITS,
        "--steps: must not be set for task %s (digits and labelled would take it)"
            .formatted(task.commandName()));
    unfit.require(
        options.data.isEmpty() || task.readsData(),
        "--data = %s: must not be set for task %s"
            .formatted(options.data.map(Path::toString).orElse(""), task.commandName()));
    unfit.require(
        options.data.isPresent() || !task.needsData(),
        "--data: must be set for task %s".formatted(task.commandName()));
    unfit.raise();
    return switch (task) {
      case DIGITS -> digits(options, options.steps.orElse(1));
      case DIGITS_ROWS -> digits(options, 8);
      case DIGITS_PIXELS -> digits(options, 64);
      case LABELLED ->
          ExampleData.of(
              LabelledFiles.open(options.data.orElseThrow(), Datasets.usualCache(System.getenv()))
                  .split(SPLIT, options.validation, options.test),
              options.steps.orElse(1));
      default -> drawn(options, task);
    };
  }

  private static TrainingData digits(TrainOptions options, int steps) {
    LabelledSource source = new LabelledSource(LabelledData.digits(), Optional.empty());
    return ExampleData.of(source.split(SPLIT, options.validation, options.test), steps);
  }

  private static TrainingData drawn(TrainOptions options, Tasks name) {
    Task task =
        name.create(options.data.map(TaskOptions.none()::withData).orElse(TaskOptions.none()));
    int length = options.length.orElse(100);
    int examples = options.examples.orElse(1000);
    if (task instanceof Characters text) {
      int count = text.characters();
      int validation = (int) (count * (1 - options.test - options.validation));
      int test = (int) (count * (1 - options.test));
      return new TaskData(
          text.part(0, validation),
          text.part(validation, test),
          text.part(test, count),
          length,
          examples,
          HELD);
    }
    return new TaskData(task, task, task, length, examples, HELD);
  }

  private static RecurrentModel model(TrainOptions options, TrainingData data) {
    boolean glance = data.length() == 1;
    String text =
        options.model.orElse(
            glance ? "dense(256) relu dropout(0.5) dense(%d)".formatted(data.targetSize()) : "gru");
    Matcher cell = CELL.matcher(text.strip());
    if (cell.matches()) {
      String name = cell.group(1).toUpperCase(Locale.ROOT).replace('-', '_');
      Optional<Models> known =
          Arrays.stream(Models.values()).filter(kind -> kind.name().equals(name)).findFirst();
      if (known.isPresent()) {
        int hidden =
            cell.group(2) == null ? options.hidden.orElse(32) : Integer.parseInt(cell.group(2));
        if (hidden < 1) {
          throw new IllegalArgumentException("--hidden = %d: must be at least 1".formatted(hidden));
        }
        return known.get().create(data.shape().count(), hidden, data.targetSize(), 1f, data.loss());
      }
    }
    if (options.hidden.isPresent()) {
      throw new IllegalArgumentException(
          "--hidden = %d: must not be set with --model = %s (it is for recurrent models by name, such as gru)"
              .formatted(options.hidden.get(), text));
    }
    try {
      return Network.of(text, data.shape(), data.targetSize(), data.loss());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--model: " + e.getMessage(), e);
    }
  }

  private static Setup setup(
      TrainOptions options, RecurrentModel model, int length, Workers workers) {
    Setup usual = Setup.of(model, 1);
    return new Setup(
        model,
        usual.implementation(),
        options.batch,
        options.window.orElse(length),
        options.particles,
        options.sigma,
        usual.noise(),
        workers,
        usual.tapeBudget(),
        options.rank,
        options.tangents,
        usual.innerRate(),
        usual.evolution());
  }
}
