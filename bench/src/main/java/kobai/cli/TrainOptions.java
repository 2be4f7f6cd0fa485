package kobai.cli;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import kobai.tasks.Add;
import kobai.tasks.Characters;
import kobai.tasks.Copy;
import kobai.tasks.Lorenz;
import kobai.tasks.TaskOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The options of {@code kobai train} that decide what is computed. */
@Command
final class TrainOptions {
  @Option(
      names = "--task",
      paramLabel = "<name>",
      description =
          "What is learnt; 'kobai list' shows the names. Default: digits, or what --data asks"
              + " for.")
  Optional<String> task = Optional.empty();

  @Option(
      names = "--data",
      paramLabel = "<file>",
      description =
          "Your own data: labelled examples (.npz, IDX, .csv), UTF-8 text, a series (.csv,"
              + " .npy), numbers to predict (--task regression: .csv, .npy, .npz), or a name from"
              + " 'kobai data list'. The ends of a text and of a series are held out.")
  Optional<Path> data = Optional.empty();

  @Option(
      names = "--targets",
      paramLabel = "<columns>",
      description =
          "Columns of a table to predict, for task regression: their names with commas, or how"
              + " many of the last ones. Default: target or y, or else the last one.")
  Optional<String> targets = Optional.empty();

  @Option(
      names = "--likelihood",
      paramLabel = "<name>",
      description =
          "Of numbers: squared-error, gaussian(<deviation>), gaussian-learnt or bernoulli."
              + " Targets of a file count in units of their standard deviation. Default:"
              + " gaussian-learnt for task regression, squared-error for sequences.")
  Optional<String> likelihood = Optional.empty();

  @Option(
      names = "--steps",
      paramLabel = "<T>",
      description =
          "Steps that labelled examples are shown in; must divide the features. Default: 1.")
  Optional<Integer> steps = Optional.empty();

  @Option(
      names = "--shape",
      paramLabel = "<a>,<b>[,<c>]",
      description =
          "Shape in which an example is seen: positions,channels for conv1d and attention;"
              + " height,width,channels for conv2d. Default: as the data have it.")
  Optional<String> shape = Optional.empty();

  @Option(
      names = "--length",
      paramLabel = "<T>",
      description =
          "Steps of a sequence, for tasks without examples of their own. Default: 100, or what a"
              + " short series allows.")
  Optional<Integer> length = Optional.empty();

  @Option(
      names = "--examples",
      paramLabel = "<n>",
      description =
          "Sequences of an epoch, for tasks without examples of their own; points of the curve of"
              + " task regression. Default: 1000.")
  Optional<Integer> examples = Optional.empty();

  @Option(
      names = "--symbols",
      paramLabel = "<n>",
      description =
          "Of task characters or copy: distinct symbols, 2 to 256. Default: "
              + Characters.SYMBOLS
              + ", or "
              + Copy.SYMBOLS
              + " for copy.")
  Optional<Integer> symbols = Optional.empty();

  @Option(
      names = "--pattern",
      paramLabel = "<n>",
      description =
          "Of task copy: symbols to copy in one go, at least 1. Default: " + Copy.PATTERN + ".")
  Optional<Integer> pattern = Optional.empty();

  @Option(
      names = "--delay",
      paramLabel = "<n>",
      description =
          "Of task copy: blank steps before the signal to recall, at least 0. Default: "
              + Copy.DELAY
              + ".")
  Optional<Integer> delay = Optional.empty();

  @Option(
      names = "--near-lag",
      paramLabel = "<n>",
      description =
          "Of task add: steps back to the input that counts ½, at least 1. Default: "
              + Add.NEAR_LAG
              + ".")
  Optional<Integer> nearLag = Optional.empty();

  @Option(
      names = "--far-lag",
      paramLabel = "<n>",
      description =
          "Of task add: steps back to the input that counts −¼, at least 1. Default: "
              + Add.FAR_LAG
              + ".")
  Optional<Integer> farLag = Optional.empty();

  @Option(
      names = "--every",
      paramLabel = "<n>",
      description =
          "Of task lorenz: integration steps from one input to the next, at least 1. Default: "
              + Lorenz.EVERY
              + ".")
  Optional<Integer> every = Optional.empty();

  @Option(
      names = "--validation",
      paramLabel = "<share>",
      description = "Share of the examples to choose with. Default: 0.1.")
  double validation = 0.1;

  @Option(
      names = "--test",
      paramLabel = "<share>",
      description =
          "Share of the examples to test with, unless the data bring test examples. Default: 0.2.")
  double test = 0.2;

  @Option(
      names = "--model",
      paramLabel = "<layers>",
      description = {
        "Layers from the input up, such as \"dense(64) relu dropout(0.9) dense(10)\", or a"
            + " recurrent model of --hidden units, such as gru; 'kobai list' shows the names.",
        "  Default: \"dense(256) relu dropout(0.5) dense(<classes>)\", two tanh layers of 50 for"
            + " numbers (one of 20 with --bayes), or gru for sequences."
      })
  Optional<String> model = Optional.empty();

  @Option(
      names = "--hidden",
      paramLabel = "<n>",
      description = "Units of a recurrent model. Default: 32.")
  Optional<Integer> hidden = Optional.empty();

  @Option(
      names = {"--algorithm", "--algorithms"},
      paramLabel = "<name>[,<name>...]",
      description =
          "Where gradients come from; several are compared. 'kobai list' shows the names. Default:"
              + " bptt, which is backpropagation where there is no time.")
  String algorithm = "bptt";

  @Option(
      names = "--optimiser",
      paramLabel = "<name>",
      description =
          "Such as adam or \"momentum(momentum=0.95, clip-norm=1)\"; 'kobai list' shows the names."
              + " Default: adam.")
  String optimiser = "adam";

  @Option(
      names = "--rate",
      paramLabel = "<rate>",
      description =
          "Learning rate, for all or an algorithm each: 0.003 or bptt=0.003,es=0.01. Default:"
              + " 0.01.")
  String rate = "0.01";

  @Option(
      names = "--schedule",
      paramLabel = "<name>",
      description =
          "How the rate changes: cosine, constant, \"linear(end=0.1, warm-up=100)\", ... Default:"
              + " cosine.")
  String schedule = "cosine";

  @Option(names = "--epochs", paramLabel = "<n>", description = "At most so many. Default: 60.")
  int epochs = 60;

  @Option(names = "--batch", paramLabel = "<B>", description = "Rows of a mini-batch. Default: 32.")
  int batch = 32;

  @Option(
      names = "--window",
      paramLabel = "<K>",
      description = "Steps after which θ is updated. Default: all of an example.")
  Optional<Integer> window = Optional.empty();

  @Option(
      names = "--particles",
      paramLabel = "<N>",
      description = "Perturbations of an estimate, even. Default: 16.")
  int particles = 16;

  @Option(
      names = "--sigma",
      paramLabel = "<s>",
      description = "Scale of the perturbations. Default: 0.01.")
  double sigma = 0.01;

  @Option(
      names = "--tangents",
      paramLabel = "<k>",
      description = "Directions of a forward gradient. Default: 8.")
  int tangents = 8;

  @Option(
      names = "--rank",
      paramLabel = "<r>",
      description = "Rank of low-rank algorithms. Default: 1.")
  int rank = 1;

  @Option(
      names = {"--seeds", "--seed"},
      paramLabel = "<list>",
      description = "Seeds, such as 0, 0..4 or 1,3,7. Default: 0.")
  String seeds = "0";

  @Option(
      names = "--patience",
      paramLabel = "<epochs>",
      description =
          "Stop after so many epochs without a new best validation loss, and test the best; 0:"
              + " never. Default: 0.")
  int patience;

  @Option(
      names = "--bayes",
      description = "Learn a diagonal Gaussian law of the weights (variational inference).")
  boolean bayes;

  @Option(
      names = "--prior",
      paramLabel = "<s>",
      description =
          "Standard deviation of the prior of the weights, with --bayes. Default: 0.3, or 4 for"
              + " task regression.")
  Optional<Double> prior = Optional.empty();

  @Option(
      names = "--samples",
      paramLabel = "<S>",
      description =
          "Samples of weights or of dropout's masks that predictions are averaged over at the end;"
              + " 0: none. Default: 50.")
  int samples = 50;

  /** The numbers that shape the task, those that are set. */
  Map<TaskOption, Integer> taskNumbers() {
    Map<TaskOption, Integer> numbers = new EnumMap<>(TaskOption.class);
    symbols.ifPresent(value -> numbers.put(TaskOption.SYMBOLS, value));
    pattern.ifPresent(value -> numbers.put(TaskOption.PATTERN, value));
    delay.ifPresent(value -> numbers.put(TaskOption.DELAY, value));
    nearLag.ifPresent(value -> numbers.put(TaskOption.NEAR_LAG, value));
    farLag.ifPresent(value -> numbers.put(TaskOption.FAR_LAG, value));
    every.ifPresent(value -> numbers.put(TaskOption.EVERY, value));
    return numbers;
  }

  TrainOptions() {}
}
