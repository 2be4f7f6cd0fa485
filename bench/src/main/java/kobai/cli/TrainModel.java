package kobai.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.RecurrentModel;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.tasks.Tasks;
import kobai.training.TrainingData;

/** The model of {@code kobai train}, from its options and what is to be learnt. */
final class TrainModel {
  private static final Pattern CELL = Pattern.compile("([\\w-]+)(?:\\((\\d{1,9})\\))?");

  private TrainModel() {}

  /** The model; IllegalArgumentException says what does not fit. */
  static RecurrentModel of(TrainOptions options, TrainingData data) {
    Likelihood likelihood = likelihood(options, data);
    String text = options.model.orElse(usual(options, data, likelihood));
    Optional<Models> cell = cell(text);
    if (cell.isPresent()) {
      if (likelihood.kind() != Likelihood.of(data.loss()).kind()) {
        throw new IllegalArgumentException(
            "--likelihood = %s: must be squared-error with --model = %s (or write the model as layers, such as \"%s dense(%d)\")"
                .formatted(
                    likelihood.text(),
                    text,
                    recurrentLayer(text),
                    likelihood.outputs(data.targetSize())));
      }
      Matcher matcher = CELL.matcher(text.strip());
      int hidden =
          matcher.matches() && matcher.group(2) != null
              ? Integer.parseInt(matcher.group(2))
              : options.hidden.orElse(32);
      if (hidden < 1) {
        throw new IllegalArgumentException("--hidden = %d: must be at least 1".formatted(hidden));
      }
      return cell.get().create(data.shape().count(), hidden, data.targetSize(), 1f, data.loss());
    }
    if (options.hidden.isPresent()) {
      throw new IllegalArgumentException(
          "--hidden = %d: must not be set with --model = %s (it is for recurrent models by name, such as gru)"
              .formatted(options.hidden.get(), text));
    }
    try {
      return network(text, data, likelihood);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--model: " + e.getMessage(), e);
    }
  }

  private static String recurrentLayer(String cell) {
    return cell.contains("(") ? cell : cell + "(32)";
  }

  /**
   * A learnt variance needs two numbers a target; a model that ends with one a target gets a
   * variance that does not depend on the input.
   */
  private static Network network(String text, TrainingData data, Likelihood likelihood) {
    boolean beside =
        likelihood.kind() == Likelihood.Kind.GAUSSIAN_LEARNT
            && Network.outputs(text, data.shape()) == data.targetSize();
    return Network.of(
        beside ? text + " variance" : text, data.shape(), data.targetSize(), likelihood);
  }

  private static String usual(TrainOptions options, TrainingData data, Likelihood likelihood) {
    if (data.length() > 1) {
      return "gru";
    }
    if (data.classifies()) {
      return "dense(256) relu dropout(0.5) dense(%d)".formatted(data.targetSize());
    }
    // A diagonal law switches units off that it can do without: a wide network would underfit.
    String layers = options.bayes ? "dense(20) tanh" : "dense(50) tanh dense(50) tanh";
    return layers + " dense(%d)".formatted(likelihood.outputs(data.targetSize()));
  }

  private static Optional<Models> cell(String text) {
    Matcher matcher = CELL.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String name = matcher.group(1).toUpperCase(Locale.ROOT).replace('-', '_');
    return Arrays.stream(Models.values()).filter(kind -> kind.name().equals(name)).findFirst();
  }

  private static Likelihood likelihood(TrainOptions options, TrainingData data) {
    if (options.likelihood.isEmpty()) {
      return data.numbers().isPresent() ? Likelihood.GAUSSIAN_LEARNT : Likelihood.of(data.loss());
    }
    String text = options.likelihood.get();
    if (data.loss() != Loss.SQUARED_ERROR) {
      throw new IllegalArgumentException(
          "--likelihood = %s: must not be set for %s, which has classes to predict (task %s has numbers)"
              .formatted(text, data.name(), Tasks.REGRESSION.commandName()));
    }
    if (data.numbers().isEmpty() && text.strip().equalsIgnoreCase(Likelihood.BERNOULLI.text())) {
      throw new IllegalArgumentException(
          "--likelihood = %s: must not be set for %s, whose targets are not probabilities (task %s would take it, with --data)"
              .formatted(text, data.name(), Tasks.REGRESSION.commandName()));
    }
    try {
      return Likelihood.parse(text);
    } catch (IllegalArgumentException e) {
      List<String> names =
          Likelihood.usages().stream().map(usage -> usage.replaceFirst("\\(.*", "")).toList();
      String name = text.strip().replaceFirst("\\(.*", "");
      throw new IllegalArgumentException(
          "--" + e.getMessage() + (names.contains(name) ? "" : Nearest.suggestion(name, names)), e);
    }
  }
}
