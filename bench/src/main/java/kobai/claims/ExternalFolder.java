package kobai.claims;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import kobai.data.ArrayData;
import kobai.kernels.Activation;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.Parameters;

/**
 * The files in which another program left gradients to be checked.
 *
 * @param problem the network that model.json, theta.npy, inputs.npy and targets.npy describe
 * @param target the expected gradient [P]: exact.npy where there is one, else the problem's, in
 *     double
 * @param given whether it is exact.npy
 * @param layout names of the tensors
 * @param gradient gradient.npy [P]
 * @param samples samples.npy [S × P]
 * @param files everything that was read
 */
public record ExternalFolder(
    Optional<ForeignProblem> problem,
    double[] target,
    boolean given,
    Parameters layout,
    Optional<ArrayData> gradient,
    Optional<ArrayData> samples,
    List<Path> files) {
  /** Fewer rows are not even enough to see whether they differ. */
  private static final int FEWEST_SAMPLES = 4;

  private static final Set<String> KEYS =
      Set.of("model", "hidden", "alpha", "activation", "loss", "tensors");

  public ExternalFolder {
    files = List.copyOf(files);
  }

  /**
   * Reads and checks a folder.
   *
   * @throws IllegalArgumentException with one line for each violation
   */
  public static ExternalFolder read(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "external = %s: must be a folder with theta.npy, inputs.npy, targets.npy, model.json and gradient.npy or samples.npy"
              .formatted(folder));
    }
    return new Reader(folder).read();
  }

  /**
   * Where there is both exact.npy and a network: how far the one is from the gradient of the other.
   */
  public Optional<String> note() {
    if (!given || problem.isEmpty()) {
      return Optional.empty();
    }
    double[] own = problem.get().gradient();
    double distance = 0;
    double square = 0;
    for (int p = 0; p < own.length; p++) {
      distance += (target[p] - own[p]) * (target[p] - own[p]);
      square += own[p] * own[p];
    }
    return Optional.of(
        "exact.npy is off by %.3g of its length from the gradient of the network in the other files"
            .formatted(Math.sqrt(square > 0 ? distance / square : distance)));
  }

  private static final class Reader {
    private final Path folder;
    private final List<String> problems = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();

    Reader(Path folder) {
      this.folder = folder;
    }

    private boolean has(String name) {
      boolean there = Files.exists(folder.resolve(name));
      if (there) {
        files.add(folder.resolve(name));
      }
      return there;
    }

    ExternalFolder read() {
      boolean exact = has("exact.npy");
      Map<String, JsonNode> model =
          has("model.json") ? settings(folder.resolve("model.json")) : Map.of();
      boolean described = files.contains(folder.resolve("model.json"));
      if (!exact && !described) {
        problems.add(
            "%s: has neither model.json nor exact.npy: must have one of them (model.json describes the network, exact.npy holds the expected gradient [P])"
                .formatted(folder));
      }
      boolean network = described && (!exact || Files.exists(folder.resolve("theta.npy")));
      Optional<ForeignProblem> problem = network ? problem(model) : Optional.empty();
      Optional<ArrayData> target =
          exact
              ? ForeignProblem.array(
                  problems, folder.resolve("exact.npy"), 1, 1, "[P], one number a parameter")
              : Optional.empty();
      Optional<ArrayData> gradient = Optional.empty();
      Optional<ArrayData> samples = Optional.empty();
      boolean one = has("gradient.npy");
      boolean many = has("samples.npy");
      if (one) {
        gradient =
            ForeignProblem.array(
                problems, folder.resolve("gradient.npy"), 1, 1, "[P], one number a parameter");
      }
      if (many) {
        samples =
            ForeignProblem.array(
                problems, folder.resolve("samples.npy"), 2, 2, "[S x P], one estimate a row");
      }
      if (!one && !many) {
        problems.add(
            "%s: has neither gradient.npy nor samples.npy: must have what is to be checked (gradient.npy is one gradient [P], samples.npy estimates [S x P])"
                .formatted(folder));
      }
      int parameters =
          problem
              .map(found -> found.theta().length)
              .or(() -> target.map(ArrayData::count))
              .orElse(0);
      if (parameters > 0) {
        gradient.ifPresent(array -> width(array, array.count(), parameters));
        samples.ifPresent(array -> width(array, array.size(1), parameters));
      }
      samples.ifPresent(
          array -> {
            if (array.size(0) < FEWEST_SAMPLES) {
              problems.add(
                  "%s: has %d samples: must have at least %d (a test takes thousands; one gradient belongs in gradient.npy)"
                      .formatted(array.name(), array.size(0), FEWEST_SAMPLES));
            }
          });
      if (exact && problem.isPresent()) {
        target.ifPresent(array -> width(array, array.count(), parameters));
      }
      Parameters layout =
          problem.map(ForeignProblem::layout).orElseGet(() -> layout(model, parameters));
      ForeignProblem.raise(problems);
      double[] expected = exact ? target.orElseThrow().doubles() : problem.orElseThrow().gradient();
      return new ExternalFolder(problem, expected, exact, layout, gradient, samples, files);
    }

    private void width(ArrayData array, int got, int expected) {
      if (got != expected) {
        problems.add(
            "%s: shape %s has %d parameters: must have %d, those of %s"
                .formatted(
                    array.name(),
                    array.shape(),
                    got,
                    expected,
                    folder.resolve(
                        files.contains(folder.resolve("theta.npy")) ? "theta.npy" : "exact.npy")));
      }
    }

    private Map<String, JsonNode> settings(Path file) {
      Map<String, JsonNode> settings = new LinkedHashMap<>();
      try {
        JsonNode node =
            new ObjectMapper()
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .readTree(Files.readString(file));
        if (!node.isObject()) {
          problems.add(file + ": must be a JSON object such as {\"hidden\": 5, \"alpha\": 1}");
          return settings;
        }
        node.properties().forEach(entry -> settings.put(entry.getKey(), entry.getValue()));
      } catch (JsonProcessingException wrong) {
        problems.add(
            "%s: line %d, column %d: must be JSON (%s)"
                .formatted(
                    file,
                    wrong.getLocation() == null ? 1 : wrong.getLocation().getLineNr(),
                    wrong.getLocation() == null ? 1 : wrong.getLocation().getColumnNr(),
                    wrong.getOriginalMessage()));
      } catch (IOException unreadable) {
        problems.add("%s: cannot be read: %s (check the file)".formatted(file, unreadable));
      }
      for (String key : settings.keySet()) {
        if (!KEYS.contains(key)) {
          problems.add(
              "%s: key '%s': must be one of %s"
                  .formatted(file, key, String.join(", ", new TreeSet<>(KEYS))));
        }
      }
      return settings;
    }

    private Optional<ForeignProblem> problem(Map<String, JsonNode> model) {
      Path file = folder.resolve("model.json");
      Models network = constant(model, file, "model", Models.LEAKY_RNN);
      Activation activation = constant(model, file, "activation", Activation.TANH);
      Loss loss = constant(model, file, "loss", Loss.SQUARED_ERROR);
      OptionalInt hidden = OptionalInt.empty();
      JsonNode n = model.get("hidden");
      if (n != null && !n.canConvertToInt()) {
        problems.add("%s: hidden = %s: must be a whole number".formatted(file, n));
      } else if (n != null) {
        hidden = OptionalInt.of(n.asInt());
      }
      double alpha = 1;
      JsonNode a = model.get("alpha");
      if (a != null && !a.isNumber()) {
        problems.add("%s: alpha = %s: must be a number in (0, 1]".formatted(file, a));
      } else if (a != null) {
        alpha = a.asDouble();
      }
      if (model.containsKey("tensors")) {
        problems.add(
            "%s: key 'tensors': must stand beside exact.npy alone (the network knows its tensors)"
                .formatted(file));
      }
      for (String name : List.of("theta.npy", "inputs.npy", "targets.npy")) {
        has(name);
      }
      try {
        return Optional.of(
            ForeignProblem.read(
                new ForeignProblem.Settings(network, hidden, alpha, activation, loss),
                folder.resolve("theta.npy"),
                folder.resolve("inputs.npy"),
                folder.resolve("targets.npy")));
      } catch (IllegalArgumentException refused) {
        problems.add(refused.getMessage());
        return Optional.empty();
      }
    }

    private <E extends Enum<E>> E constant(
        Map<String, JsonNode> model, Path file, String key, E usual) {
      JsonNode node = model.get(key);
      if (node == null) {
        return usual;
      }
      E[] all = usual.getDeclaringClass().getEnumConstants();
      String wanted = node.asText().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
      for (E one : all) {
        if (ClaimCell.name(one).equals(wanted)) {
          return one;
        }
      }
      problems.add(
          "%s: %s = %s: must be one of %s"
              .formatted(
                  file,
                  key,
                  node,
                  String.join(", ", Arrays.stream(all).map(ClaimCell::name).toList())));
      return usual;
    }

    /** The tensors that model.json names beside exact.npy; one tensor theta without. */
    private Parameters layout(Map<String, JsonNode> model, int parameters) {
      Parameters.Builder builder = new Parameters.Builder();
      JsonNode tensors = model.get("tensors");
      if (tensors == null || parameters == 0) {
        return builder.add("theta", 1, Math.max(1, parameters)).build();
      }
      Path file = folder.resolve("model.json");
      boolean right = tensors.isObject();
      long count = 0;
      for (var entry : tensors.properties()) {
        JsonNode shape = entry.getValue();
        int rows = shape.size() == 2 ? shape.get(0).asInt() : 1;
        int columns = shape.isArray() && !shape.isEmpty() ? shape.get(shape.size() - 1).asInt() : 0;
        right &=
            rows >= 1
                && columns >= 1
                && shape.size() <= 2
                && (count += (long) rows * columns) <= parameters;
        if (right) {
          builder.add(entry.getKey(), rows, columns);
        }
      }
      if (!right || count != parameters) {
        problems.add(
            "%s: tensors = %s: must be names with shapes, such as {\"W\": [5, 5], \"b\": [5]}, of %d elements together"
                .formatted(file, tensors, parameters));
      }
      return builder.build();
    }
  }
}
