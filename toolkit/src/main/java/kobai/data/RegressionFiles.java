package kobai.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads numbers to predict from files of two kinds, told by their first bytes.
 *
 * <ul>
 *   <li>.npz with inputs and targets as {@code x_train, y_train} (and {@code x_test, y_test}),
 *       {@code x, y} or {@code data, target}; the targets of shape (N,) or (N, m).
 *   <li>A table, CSV or .npy: the targets are the columns that are named, or the last ones, or else
 *       the column named target or y, or else the last one.
 * </ul>
 */
public final class RegressionFiles {
  private static final List<String> TARGET_COLUMNS = List.of("target", "y");
  private static final List<List<String>> PAIRS =
      List.of(List.of("x_train", "y_train"), List.of("x", "y"), List.of("data", "target"));

  private RegressionFiles() {}

  /**
   * Reads a file.
   *
   * @param targets columns of a table that are to be predicted: their names with commas between
   *     them, or how many of the last ones
   * @throws IllegalArgumentException if the file cannot be read, is damaged, or has no such
   *     columns; the message names the file and the byte, the line or the row
   */
  public static RegressionSource read(Path file, Optional<String> targets) {
    if (Npz.claims(DataFile.start(file))) {
      if (targets.isPresent()) {
        throw new IllegalArgumentException(
            "targets = %s: must not be set for %s (an .npz file names its targets itself)"
                .formatted(targets.get(), file));
      }
      return archive(file);
    }
    SeriesData table = SeriesData.read(file);
    return new RegressionSource(table(table, columns(table, targets)), Optional.empty());
  }

  private static RegressionSource archive(Path file) {
    Map<String, ArrayData> arrays = Npz.read(file);
    for (List<String> pair : PAIRS) {
      ArrayData inputs = arrays.get(pair.get(0));
      ArrayData targets = arrays.get(pair.get(1));
      if (inputs == null || targets == null) {
        continue;
      }
      ArrayData testInputs = arrays.get("x_test");
      ArrayData testTargets = arrays.get("y_test");
      if ((testInputs == null) != (testTargets == null)) {
        throw new IllegalArgumentException(
            file + ": x_test and y_test: must both be there, or neither");
      }
      return new RegressionSource(
          data(inputs, targets),
          testInputs == null ? Optional.empty() : Optional.of(data(testInputs, testTargets)));
    }
    throw new IllegalArgumentException(
        "%s: holds %s: must hold inputs and targets as %s"
            .formatted(
                file,
                String.join(", ", arrays.keySet()),
                String.join(
                    ", or as ", PAIRS.stream().map(pair -> String.join(" and ", pair)).toList())));
  }

  private static RegressionData data(ArrayData inputs, ArrayData targets) {
    if (inputs.dimensions() < 1
        || targets.dimensions() < 1
        || targets.dimensions() > 2
        || targets.size(0) != inputs.size(0)) {
      throw new IllegalArgumentException(
          "%s: shape %s: must be (N,) or (N, m) with as many rows as %s, whose shape is %s"
              .formatted(targets.name(), targets.shape(), inputs.name(), inputs.shape()));
    }
    int[] shape =
        inputs.dimensions() == 1
            ? new int[] {1}
            : IntStream.range(1, inputs.dimensions()).map(inputs::size).toArray();
    int m = targets.dimensions() == 1 ? 1 : targets.size(1);
    return RegressionData.of(
        inputs.name(), List.of(), numbered(m), shape, inputs.doubles(), targets.doubles());
  }

  private static List<String> numbered(int m) {
    return m == 1
        ? List.of("target")
        : IntStream.rangeClosed(1, m).mapToObj(j -> "target " + j).toList();
  }

  /** The target columns of a table, from 0, in order. */
  private static List<Integer> columns(SeriesData table, Optional<String> targets) {
    int columns = table.columns();
    List<Integer> chosen = new ArrayList<>();
    if (targets.isEmpty()) {
      int column = columns - 1;
      for (int i = 0; i < table.header().size(); i++) {
        if (TARGET_COLUMNS.contains(table.header().get(i).toLowerCase(Locale.ROOT))) {
          column = i;
        }
      }
      chosen.add(column);
    } else if (targets.get().strip().matches("\\d{1,9}")) {
      int last = Integer.parseInt(targets.get().strip());
      for (int i = Math.max(0, columns - last); i < columns; i++) {
        chosen.add(i);
      }
    } else {
      for (String name : targets.get().split(",", -1)) {
        int column = table.header().indexOf(name.strip());
        if (column < 0 || chosen.contains(column)) {
          throw new IllegalArgumentException(
              "targets = %s: '%s': must be the name of a column of %s, each once (%s)"
                  .formatted(
                      targets.get(),
                      name.strip(),
                      table.name(),
                      table.header().isEmpty()
                          ? "it names none; say how many of the last columns"
                          : "it has " + String.join(", ", table.header())));
        }
        chosen.add(column);
      }
    }
    if (chosen.isEmpty() || chosen.size() >= columns) {
      throw new IllegalArgumentException(
          "%s: has %d column%s, %d of them to predict: must have at least 1 to predict and 1 to predict from"
              .formatted(table.name(), columns, columns == 1 ? "" : "s", chosen.size()));
    }
    return chosen;
  }

  private static RegressionData table(SeriesData table, List<Integer> targets) {
    int m = targets.size();
    int d = table.columns() - m;
    double[] inputs = new double[Math.multiplyExact(table.rows(), d)];
    double[] outputs = new double[Math.multiplyExact(table.rows(), m)];
    int at = 0;
    for (int row = 0; row < table.rows(); row++) {
      for (int column = 0; column < table.columns(); column++) {
        if (!targets.contains(column)) {
          inputs[at++] = table.at(row, column);
        }
      }
      for (int j = 0; j < m; j++) {
        outputs[row * m + j] = table.at(row, targets.get(j));
      }
    }
    List<String> names =
        table.header().isEmpty() ? numbered(m) : targets.stream().map(table.header()::get).toList();
    List<String> inputNames =
        IntStream.range(0, table.header().size())
            .filter(column -> !targets.contains(column))
            .mapToObj(table.header()::get)
            .toList();
    return RegressionData.of(table.name(), inputNames, names, new int[] {d}, inputs, outputs);
  }
}
