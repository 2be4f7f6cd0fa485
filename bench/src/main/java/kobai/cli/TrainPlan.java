package kobai.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.Loss;
import kobai.models.RecurrentModel;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.optimisers.OptimiserSettings;
import kobai.optimisers.Optimisers;
import kobai.optimisers.Schedules;
import kobai.parallel.Workers;
import kobai.tasks.Tasks;
import kobai.training.BayesSettings;
import kobai.training.TrainingData;
import kobai.training.TrainingRun;
import kobai.training.TrainingSettings;

/**
 * What {@code kobai train} is to do, made from its options.
 *
 * @param task by its name
 * @param source what is learnt from
 * @param runs one an algorithm and seed
 */
record TrainPlan(Tasks task, TrainSource source, List<TrainingSettings> runs) {
  private static final double INITIAL_DEVIATION = 0.02;
  private static final double PRIOR_OF_CLASSES = 0.3;
  private static final double PRIOR_OF_NUMBERS = 4;

  TrainingData data() {
    return source.data();
  }

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
    check(violations, () -> bayes.add(bayes(options, task.contains(Tasks.REGRESSION))));
    violations.require(
        options.prior.isEmpty() || options.bayes,
        "--prior = %s: must not be set without --bayes"
            .formatted(options.prior.map(String::valueOf).orElse("")));
    violations.require(
        options.samples >= 0, "--samples = %d: must be at least 0".formatted(options.samples));
    violations.require(
        options.epochs >= 1, "--epochs = %d: must be at least 1".formatted(options.epochs));
    violations.require(
        options.patience >= 0, "--patience = %d: must be at least 0".formatted(options.patience));
    List<TrainSource> source = new ArrayList<>();
    List<TrainingData> data = new ArrayList<>();
    List<RecurrentModel> model = new ArrayList<>();
    List<Setup> setup = new ArrayList<>();
    if (!task.isEmpty()) {
      violations.collect(() -> source.add(TrainSource.of(options, task.getFirst())));
      source.forEach(each -> data.add(each.data()));
    }
    if (!data.isEmpty()) {
      violations.collect(() -> model.add(TrainModel.of(options, data.getFirst())));
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
        ? Optional.of(new TrainPlan(task.getFirst(), source.getFirst(), runs))
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

  private static Optional<BayesSettings> bayes(TrainOptions options, boolean numbers) {
    return options.bayes
        ? Optional.of(
            new BayesSettings(
                options.prior.orElse(numbers ? PRIOR_OF_NUMBERS : PRIOR_OF_CLASSES),
                INITIAL_DEVIATION,
                1))
        : Optional.empty();
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
