package kobai.tasks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import kobai.data.Datasets;
import kobai.data.DigitImages;
import kobai.data.LabelledData;
import kobai.data.LabelledFiles;
import kobai.data.RegressionData;
import kobai.data.RegressionFiles;
import kobai.data.RegressionSource;
import kobai.data.SeriesData;
import kobai.data.TextData;
import kobai.random.RandomKey;

/** The registry of tasks: one line each, with its source and its factory. */
public enum Tasks {
  CHARACTERS(
      "the next character of an English text, or of yours",
      "Herman Melville (1851), Moby-Dick, chapters 1 to 31; public domain",
      DataUse.MAY_READ,
      Set.of(TaskOption.SYMBOLS),
      options ->
          new Characters(
              options.data().map(TextData::read).orElseGet(TextData::mobyDick),
              options.or(TaskOption.SYMBOLS, Characters.SYMBOLS))),
  DIGITS(
      "which digit an 8 × 8 image shows, the whole image in one step",
      "Alpaydin and Kaynak (1998), UCI Machine Learning Repository; CC BY 4.0",
      DataUse.HAS_OWN,
      Set.of(),
      options -> new Classification(LabelledData.digits())),
  DIGITS_ROWS(
      "which digit an 8 × 8 image shows, one row of pixels a step",
      "Alpaydin and Kaynak (1998), UCI Machine Learning Repository; CC BY 4.0",
      DataUse.HAS_OWN,
      Set.of(),
      options -> Digits.rows(DigitImages.load())),
  DIGITS_PIXELS(
      "which digit an 8 × 8 image shows, one pixel a step",
      "Alpaydin and Kaynak (1998), UCI Machine Learning Repository; CC BY 4.0",
      DataUse.HAS_OWN,
      Set.of(),
      options -> Digits.pixels(DigitImages.load())),
  COPY(
      "a pattern of symbols, recalled after a delay",
      "Hochreiter and Schmidhuber (1997), Neural Computation 9(8), and Arjovsky, Shah and Bengio"
          + " (2016), ICML",
      DataUse.HAS_OWN,
      Set.of(TaskOption.SYMBOLS, TaskOption.PATTERN, TaskOption.DELAY),
      options ->
          new Copy(
              options.or(TaskOption.SYMBOLS, Copy.SYMBOLS),
              options.or(TaskOption.PATTERN, Copy.PATTERN),
              options.or(TaskOption.DELAY, Copy.DELAY))),
  ADD(
      "a weighted sum of two earlier random bits, with exact baselines",
      "Marschall, Cho and Savin (2020), Journal of Machine Learning Research 21(135)",
      DataUse.HAS_OWN,
      Set.of(TaskOption.NEAR_LAG, TaskOption.FAR_LAG),
      options ->
          new Add(
              options.or(TaskOption.NEAR_LAG, Add.NEAR_LAG),
              options.or(TaskOption.FAR_LAG, Add.FAR_LAG))),
  MIMIC(
      "what a fixed random network of 32 units says to random bits",
      "Marschall, Cho and Savin (2020), Journal of Machine Learning Research 21(135)",
      DataUse.HAS_OWN,
      Set.of(),
      options -> new Mimic(Mimic.UNITS, 1f, 0)),
  SINE(
      "the next value of a sine of random frequency and phase",
      "generated",
      DataUse.HAS_OWN,
      Set.of(),
      options -> new Sine()),
  LORENZ(
      "the next point of the chaotic Lorenz system",
      "Lorenz (1963), Journal of the Atmospheric Sciences 20(2)",
      DataUse.HAS_OWN,
      Set.of(TaskOption.EVERY),
      options -> new Lorenz(options.or(TaskOption.EVERY, Lorenz.EVERY))),
  SERIES(
      "the next row of your own series of numbers",
      "your file: CSV or .npy",
      DataUse.MUST_READ,
      Set.of(),
      options -> new Series(SeriesData.read(options.data().orElseThrow()))),
  LABELLED(
      "which class a row of your own table or image file belongs to, the whole row in one step",
      "your file: .npz, IDX, CSV or .npy with labels, or a name from kobai data list",
      DataUse.MUST_READ,
      Set.of(),
      options ->
          new Classification(
              LabelledFiles.open(options.data().orElseThrow(), Datasets.usualCache(System.getenv()))
                  .split(new RandomKey(0), 0, 0)
                  .training())),
  REGRESSION(
      "a curve with noise that grows along it, or the numbers of your own table",
      "generated, or your file: .npz, CSV or .npy",
      DataUse.MAY_READ,
      Set.of(),
      options -> new Regression(regression(options)));

  /** Order and noise of what is generated: the same for every run, so that they compare. */
  private static final RandomKey GENERATED = new RandomKey(0);

  private enum DataUse {
    HAS_OWN,
    MAY_READ,
    MUST_READ
  }

  private final String description;
  private final String source;
  private final DataUse dataUse;
  private final Set<TaskOption> options;
  private final Function<TaskOptions, Task> factory;

  Tasks(
      String description,
      String source,
      DataUse dataUse,
      Set<TaskOption> options,
      Function<TaskOptions, Task> factory) {
    this.description = description;
    this.source = source;
    this.dataUse = dataUse;
    this.options = options;
    this.factory = factory;
  }

  private static RegressionData regression(TaskOptions options) {
    return options
        .data()
        .map(
            file ->
                RegressionFiles.read(file, Optional.empty())
                    .split(GENERATED, 0, 0, RegressionSource.Scaling.BOTH)
                    .training())
        .orElseGet(() -> Regression.wave(GENERATED, Regression.EXAMPLES));
  }

  /** The name on the command line: lower case, hyphens. */
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What is to be learnt, in one line. */
  public String description() {
    return description;
  }

  /** Where the data or the definition comes from. */
  public String source() {
    return source;
  }

  /** Whether it can learn from the user's file. */
  public boolean readsData() {
    return dataUse != DataUse.HAS_OWN;
  }

  /** Whether it cannot do without the user's file. */
  public boolean needsData() {
    return dataUse == DataUse.MUST_READ;
  }

  /** The numbers that shape it. */
  public Set<TaskOption> options() {
    return options;
  }

  /**
   * Makes the task; reads its data.
   *
   * @throws IllegalArgumentException if an option does not belong to the task, is out of range or
   *     missing, or the file is refused
   */
  public Task create(TaskOptions given) {
    for (TaskOption option : TaskOption.values()) {
      if (given.numbers().containsKey(option) && !options.contains(option)) {
        throw new IllegalArgumentException(
            option.commandName()
                + " = "
                + given.numbers().get(option)
                + ": must not be set for task "
                + commandName()
                + " ("
                + taking(option)
                + " would take it)");
      }
    }
    if (given.data().isPresent() && !readsData()) {
      throw new IllegalArgumentException(
          "data = "
              + given.data().get()
              + ": must not be set for task "
              + commandName()
              + " ("
              + names(Tasks::readsData)
              + " would read it)");
    }
    if (given.data().isEmpty() && needsData()) {
      throw new IllegalArgumentException(
          "data: must be set for task "
              + commandName()
              + ": a "
              + (this == LABELLED ? ".npz, IDX, CSV or .npy" : ".npy or CSV")
              + " file ("
              + names(task -> !task.needsData())
              + " need none)");
    }
    return factory.apply(given);
  }

  /** The task of that name, in lower or upper case. */
  public static Tasks named(String name) {
    for (Tasks task : values()) {
      if (task.commandName().equals(name.toLowerCase(Locale.ROOT).replace('_', '-'))) {
        return task;
      }
    }
    throw new IllegalArgumentException(
        "task = " + name + ": must be one of " + names(task -> true));
  }

  /**
   * The task that a user's file asks for by its name: a series if it ends in .npy, .csv or .tsv,
   * labelled examples if it ends in .npz, .idx or -ubyte, packed or not, or is the name of a data
   * set, else characters.
   */
  public static Tasks reading(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (name.matches("(?s).*(\\.npz|\\.idx|-ubyte|\\.idx\\.gz|-ubyte\\.gz)")
        || Datasets.named(name).isPresent()) {
      return LABELLED;
    }
    return name.endsWith(".npy") || name.endsWith(".csv") || name.endsWith(".tsv")
        ? SERIES
        : CHARACTERS;
  }

  /** The tasks that take a number, for messages. */
  public static String taking(TaskOption option) {
    return names(task -> task.options.contains(option));
  }

  private static String names(Predicate<Tasks> which) {
    return Arrays.stream(values())
        .filter(which)
        .map(Tasks::commandName)
        .collect(Collectors.joining(", "));
  }
}
