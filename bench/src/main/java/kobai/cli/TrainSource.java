package kobai.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import kobai.data.Datasets;
import kobai.data.LabelledData;
import kobai.data.LabelledFiles;
import kobai.data.LabelledSource;
import kobai.data.RegressionData;
import kobai.data.RegressionFiles;
import kobai.data.RegressionSource;
import kobai.data.SeriesData;
import kobai.data.TextData;
import kobai.networks.Shape;
import kobai.random.RandomKey;
import kobai.report.Manifest;
import kobai.tasks.Characters;
import kobai.tasks.Regression;
import kobai.tasks.Series;
import kobai.tasks.Task;
import kobai.tasks.TaskOptions;
import kobai.tasks.Tasks;
import kobai.training.ExampleData;
import kobai.training.Part;
import kobai.training.TaskData;
import kobai.training.TrainingData;

/**
 * What {@code kobai train} learns from.
 *
 * @param data in three parts
 * @param split how a sequence was divided, one sentence; empty where examples are drawn at random
 */
record TrainSource(TrainingData data, Optional<String> split) {
  /** The order in which examples are split: the same for all runs, so that they compare. */
  private static final RandomKey SPLIT = new RandomKey(0);

  private static final int HELD = 100;
  private static final int USUAL_LENGTH = 100;
  private static final int USUAL_EXAMPLES = 1000;

  /** Reads or makes the data of a task; IllegalArgumentException says all that does not fit. */
  static TrainSource of(TrainOptions options, Tasks task) {
    check(options, task);
    return switch (task) {
      case DIGITS -> digits(options, options.steps.orElse(1));
      case DIGITS_ROWS -> digits(options, 8);
      case DIGITS_PIXELS -> digits(options, 64);
      case LABELLED ->
          labelled(
              options,
              LabelledFiles.open(options.data.orElseThrow(), Datasets.usualCache(System.getenv())),
              options.steps.orElse(1));
      case REGRESSION -> {
        RegressionSource.Split split = regression(options);
        yield whole(
            shape(options)
                .map(shape -> ExampleData.of(split, shape))
                .orElseGet(() -> ExampleData.of(split)));
      }
      case SERIES -> series(options);
      default -> drawn(options, task);
    };
  }

  private static void check(TrainOptions options, Tasks task) {
    boolean own =
        switch (task) {
          case DIGITS, DIGITS_ROWS, DIGITS_PIXELS, LABELLED -> true;
          case REGRESSION -> options.data.isPresent();
          default -> false;
        };
    boolean glance = own || task == Tasks.REGRESSION;
    Violations unfit = new Violations();
    unfit.require(
        !own || options.examples.isEmpty(),
        "--examples: must not be set for task %s, which has examples of its own"
            .formatted(task.commandName()));
    unfit.require(
        !glance || options.length.isEmpty(),
        "--length: must not be set for task %s, whose examples have a length of their own"
            .formatted(task.commandName()));
    unfit.require(
        options.steps.isEmpty() || task == Tasks.LABELLED || task == Tasks.DIGITS,
        "--steps: must not be set for task %s (digits and labelled would take it)"
            .formatted(task.commandName()));
    unfit.require(
        options.shape.isEmpty()
            || (task == Tasks.DIGITS || task == Tasks.LABELLED || task == Tasks.REGRESSION)
                && options.steps.orElse(1) == 1,
        "--shape = %s: must not be set for examples of several steps (digits, labelled and regression would take it, without --steps)"
            .formatted(options.shape.orElse("")));
    unfit.require(
        options.targets.isEmpty() || task == Tasks.REGRESSION && options.data.isPresent(),
        "--targets: must not be set for task %s (regression would take it, with --data)"
            .formatted(task.commandName()));
    share(unfit, "validation", options.validation);
    share(unfit, "test", options.test);
    unfit.require(
        options.data.isEmpty() || task.readsData(),
        "--data = %s: must not be set for task %s"
            .formatted(options.data.map(Path::toString).orElse(""), task.commandName()));
    unfit.require(
        options.data.isPresent() || !task.needsData(),
        "--data: must be set for task %s".formatted(task.commandName()));
    options
        .taskNumbers()
        .forEach(
            (option, value) -> {
              unfit.require(
                  task.options().contains(option),
                  "--%s = %d: must not be set for task %s (it is for %s)"
                      .formatted(
                          option.commandName(), value, task.commandName(), Tasks.taking(option)));
              unfit.require(
                  value >= option.least() && value <= option.most(),
                  "--%s = %d: must be from %d to %d (%s)"
                      .formatted(
                          option.commandName(),
                          value,
                          option.least(),
                          option.most(),
                          option.description()));
            });
    unfit.raise();
  }

  private static void share(Violations unfit, String name, double share) {
    unfit.require(
        share >= 0 && share < 1,
        "--%s = %s: must be in [0, 1), a share of the examples".formatted(name, share));
  }

  private static TrainSource whole(TrainingData data) {
    return new TrainSource(data, Optional.empty());
  }

  private static TrainSource digits(TrainOptions options, int steps) {
    LabelledSource source = new LabelledSource(LabelledData.digits(), Optional.empty());
    return labelled(options, source, steps);
  }

  private static TrainSource labelled(TrainOptions options, LabelledSource source, int steps) {
    LabelledSource.Split split = source.split(SPLIT, options.validation, options.test);
    return whole(
        shape(options)
            .map(shape -> ExampleData.of(split, shape))
            .orElseGet(() -> ExampleData.of(split, steps)));
  }

  private static Optional<Shape> shape(TrainOptions options) {
    return options.shape.map(
        text -> {
          try {
            return new Shape(
                Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .map(Integer::valueOf)
                    .toList());
          } catch (IllegalArgumentException e) { // NumberFormatException is one
            throw new IllegalArgumentException(
                "--shape = %s: must be one to three whole numbers of at least 1, such as 8,8"
                    .formatted(text),
                e);
          }
        });
  }

  private static RegressionSource.Split regression(TrainOptions options) {
    boolean probabilities =
        options.likelihood.filter(text -> text.strip().equalsIgnoreCase("bernoulli")).isPresent();
    if (options.data.isEmpty()) {
      if (probabilities) {
        throw new IllegalArgumentException(
            "--likelihood = bernoulli: must not be set for task regression without --data, whose"
                + " curve is not of probabilities (--data with targets in [0, 1] would do)");
      }
      RegressionData wave = Regression.wave(SPLIT, options.examples.orElse(Regression.EXAMPLES));
      return new RegressionSource(wave, Optional.empty())
          .split(SPLIT, options.validation, options.test, RegressionSource.Scaling.NONE);
    }
    RegressionSource source = RegressionFiles.read(options.data.get(), options.targets);
    if (probabilities) {
      source.training().requireProbabilities();
      source.test().ifPresent(RegressionData::requireProbabilities);
    }
    return source.split(
        SPLIT,
        options.validation,
        options.test,
        probabilities ? RegressionSource.Scaling.INPUTS : RegressionSource.Scaling.BOTH);
  }

  /** Where the parts of a sequence of so many begin: to learn from, to choose with, to test. */
  private record Ends(int validation, int test, int all) {
    static Ends of(TrainOptions options, int count) {
      if (!(options.validation >= 0 && options.test >= 0)
          || options.validation + options.test >= 1) {
        throw new IllegalArgumentException(
            "validation = %s and test = %s: must be at least 0 and leave something to learn from"
                .formatted(options.validation, options.test));
      }
      return new Ends(
          (int) (count * (1 - options.test - options.validation)),
          (int) (count * (1 - options.test)),
          count);
    }

    /** The shortest part that is not left out. */
    int shortest(TrainOptions options) {
      int least = validation;
      least = options.validation > 0 ? Math.min(least, test - validation) : least;
      return options.test > 0 ? Math.min(least, all - test) : least;
    }

    String sentence(String what, String unit) {
      return "%s: %s 1 to %d to learn from%s%s"
          .formatted(
              what,
              unit,
              validation,
              test > validation ? ", to %d to choose with".formatted(test) : "",
              all > test ? ", to %d to test".formatted(all) : "");
    }
  }

  private static TrainSource series(TrainOptions options) {
    SeriesData read = SeriesData.read(options.data.orElseThrow());
    Ends ends = Ends.of(options, read.rows());
    Series series = new Series(read, ends.validation());
    int usual = Math.clamp(ends.shortest(options) - 1, 1, USUAL_LENGTH);
    return new TrainSource(
        parts(options, ends, usual, "series", "rows", series, series::part),
        Optional.of(ends.sentence(series.name(), "rows") + "; scaled by what is learnt from"));
  }

  private static TrainSource characters(TrainOptions options, Characters text) {
    Ends ends = Ends.of(options, text.characters());
    return new TrainSource(
        parts(options, ends, USUAL_LENGTH, "text", "characters", text, text::part),
        Optional.of(ends.sentence(text.name(), "characters")));
  }

  private static TaskData parts(
      TrainOptions options,
      Ends ends,
      int usual,
      String what,
      String unit,
      Task whole,
      BiFunction<Integer, Integer, Task> part) {
    int least = ends.shortest(options);
    int length = options.length.orElse(usual);
    if (length >= least) {
      throw new IllegalArgumentException(
          "--length = %d: must be at most %d: of %d %s the shortest part has %d (a longer %s, or other --validation and --test)"
              .formatted(length, Math.max(0, least - 1), ends.all(), unit, least, what));
    }
    TaskData data =
        new TaskData(
            part.apply(0, ends.validation()),
            options.validation > 0 ? part.apply(ends.validation(), ends.test()) : whole,
            options.test > 0 ? part.apply(ends.test(), ends.all()) : whole,
            length,
            options.examples.orElse(USUAL_EXAMPLES),
            HELD);
    data = options.validation > 0 ? data : data.without(Part.VALIDATION);
    return options.test > 0 ? data : data.without(Part.TEST);
  }

  private static TrainSource drawn(TrainOptions options, Tasks name) {
    TaskOptions given = new TaskOptions(options.data, options.taskNumbers());
    Task task = name.create(given);
    if (task instanceof Characters text) {
      return characters(options, text);
    }
    int examples = options.examples.orElse(USUAL_EXAMPLES);
    // As many draws beside those of an epoch as the shares of it say.
    return whole(
        new TaskData(task, task, task, options.length.orElse(USUAL_LENGTH), examples, HELD)
            .withHeld(drawn(options.validation, examples), drawn(options.test, examples)));
  }

  /** Examples that a share of an epoch asks for: at least one, unless it is 0. */
  private static int drawn(double share, int examples) {
    return share > 0 ? Math.max(1, (int) (share * examples)) : 0;
  }

  /** Adds the hashes of what a task reads: the user's files, or those of the toolkit. */
  static void hash(Manifest.Builder manifest, Tasks task, Optional<Path> data) throws IOException {
    if (data.isPresent()) {
      List<Path> files = Datasets.files(data.get(), Datasets.usualCache(System.getenv()));
      for (Path file : files.size() > 1 ? files : LabelledFiles.beside(data.get())) {
        manifest.data(file);
      }
      return;
    }
    switch (task) {
      case DIGITS, DIGITS_ROWS, DIGITS_PIXELS ->
          manifest.data("digits.csv.gz", LabelledData.digitsFile());
      case CHARACTERS -> manifest.data("moby-dick.txt", TextData.mobyDickFile());
      default -> {
        // what a task draws is a function of the seed
      }
    }
  }
}
