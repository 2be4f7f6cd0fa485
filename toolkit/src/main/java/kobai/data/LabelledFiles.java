package kobai.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads labelled data from files of three kinds, told by their first bytes.
 *
 * <ul>
 *   <li>IDX, plain or in gzip: the images; the labels stand beside it under the same name with
 *       {@code labels} for {@code images} and {@code idx1} for {@code idx3}. Where the name begins
 *       with {@code train}, the files beginning with {@code t10k} or {@code test} are the test
 *       part.
 *   <li>.npz with features and labels as {@code x_train, y_train} (and {@code x_test, y_test}),
 *       {@code x, y}, {@code features, labels}, {@code images, labels} or {@code data, target}.
 *   <li>A table, CSV or .npy: the labels are the column named label, class, target or y, or else
 *       the last one.
 * </ul>
 */
public final class LabelledFiles {
  private static final Set<String> LABEL_COLUMNS = Set.of("label", "class", "target", "y");
  private static final List<List<String>> PAIRS =
      List.of(
          List.of("x_train", "y_train"),
          List.of("x", "y"),
          List.of("features", "labels"),
          List.of("images", "labels"),
          List.of("data", "target"));
  private static final int BRIGHTEST_BYTE = 255;

  private LabelledFiles() {}

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if the file cannot be read, is damaged, or holds no labels
   *     that fit; the message names the file and the byte, the line or the row
   */
  public static LabelledSource read(Path file) {
    byte[] start = DataFile.start(file);
    if (Npz.claims(start)) {
      return npz(file);
    }
    if (Idx.claims(start) || Gzip.claims(start)) {
      return idx(file);
    }
    return new LabelledSource(table(SeriesData.read(file)), Optional.empty());
  }

  /**
   * Reads a file, or a data set of {@link Datasets} by its name where no file has that name.
   *
   * @param cache where {@code kobai data fetch} put it
   * @throws IllegalArgumentException as {@link #read} and {@link Datasets#open} do
   */
  public static LabelledSource open(Path data, Path cache) {
    Optional<Datasets> set =
        Files.exists(data) ? Optional.empty() : Datasets.named(data.toString());
    return set.isPresent() ? set.get().open(cache) : read(data);
  }

  /**
   * Reads images and their labels from two IDX files.
   *
   * @param classes number of classes, or 0 for one more than the largest label
   */
  public static LabelledData idx(Path images, Path labels, int classes) {
    Idx features = Idx.read(images);
    Idx marks = Idx.read(labels);
    int[] shape = features.shape();
    int rows = marks.shape()[0];
    if (shape.length < 2 || marks.shape().length != 1 || shape[0] != rows) {
      throw new IllegalArgumentException(
          "%s: expected as many labels in one dimension as %s has rows, %d, got %s"
              .formatted(labels, images, shape[0], Arrays.toString(marks.shape())));
    }
    double[] values = new double[rows];
    for (int row = 0; row < rows; row++) {
      values[row] = marks.at(row);
    }
    int[] one = Arrays.copyOfRange(shape, 1, shape.length);
    String name = images.toString();
    if (features.unsignedBytes()) {
      return LabelledData.ofPixels(name, one, features.elements(), BRIGHTEST_BYTE, values, classes);
    }
    long count = 1;
    for (int size : shape) {
      count *= size;
    }
    float[] floats = new float[(int) count];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) features.at(i);
    }
    return LabelledData.of(name, one, floats, values, classes);
  }

  private static Path labels(Path images) {
    String name = String.valueOf(images.getFileName());
    return images.resolveSibling(name.replace("images", "labels").replace("idx3", "idx1"));
  }

  /** The test images beside training images, if there are such. */
  private static Optional<Path> test(Path images) {
    String name = String.valueOf(images.getFileName());
    for (String prefix : name.startsWith("train") ? List.of("t10k", "test") : List.<String>of()) {
      Path test = images.resolveSibling(name.replaceFirst("train", prefix));
      if (Files.exists(test)) {
        return Optional.of(test);
      }
    }
    return Optional.empty();
  }

  /** All files that {@link #read} reads for a file, itself first. */
  public static List<Path> beside(Path file) {
    byte[] start = DataFile.start(file);
    List<Path> files = new ArrayList<>(List.of(file));
    if (Idx.claims(start) || Gzip.claims(start)) {
      files.add(labels(file));
      test(file).ifPresent(images -> files.addAll(List.of(images, labels(images))));
    }
    return files;
  }

  private static LabelledSource idx(Path images) {
    Path labels = labels(images);
    if (labels.equals(images) || !Files.exists(labels)) {
      throw new IllegalArgumentException(
          "%s: labels %s do not exist: must stand beside the images (name the files …images… and"
                  .formatted(images, labels.equals(images) ? "" : labels)
              + " …labels…)");
    }
    LabelledData training = idx(images, labels, 0);
    return new LabelledSource(
        training, test(images).map(beside -> idx(beside, labels(beside), training.classes())));
  }

  private static LabelledSource npz(Path file) {
    Map<String, ArrayData> arrays = Npz.read(file);
    for (List<String> pair : PAIRS) {
      ArrayData features = arrays.get(pair.get(0));
      ArrayData labels = arrays.get(pair.get(1));
      if (features != null && labels != null) {
        LabelledData training = labelled(features, labels, 0);
        ArrayData testFeatures = arrays.get("x_test");
        ArrayData testLabels = arrays.get("y_test");
        if ((testFeatures == null) != (testLabels == null)) {
          throw new IllegalArgumentException(
              file + ": x_test and y_test: must both be there, or neither");
        }
        return new LabelledSource(
            training,
            testFeatures == null
                ? Optional.empty()
                : Optional.of(labelled(testFeatures, testLabels, training.classes())));
      }
    }
    throw new IllegalArgumentException(
        "%s: holds %s: must hold features and labels as %s"
            .formatted(
                file,
                String.join(", ", arrays.keySet()),
                String.join(
                    ", or as ", PAIRS.stream().map(pair -> String.join(" and ", pair)).toList())));
  }

  private static LabelledData labelled(ArrayData features, ArrayData labels, int classes) {
    boolean column = labels.dimensions() == 2 && labels.size(1) == 1;
    if (features.dimensions() < 2
        || labels.dimensions() != 1 && !column
        || labels.size(0) != features.size(0)) {
      throw new IllegalArgumentException(
          "%s: shape %s: must be (%d,), one label for each row of %s"
              .formatted(labels.name(), labels.shape(), features.size(0), features.name()));
    }
    int[] shape = new int[features.dimensions() - 1];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = features.size(i + 1);
    }
    return LabelledData.of(features.name(), shape, features.floats(), labels.doubles(), classes);
  }

  private static LabelledData table(SeriesData table) {
    int columns = table.columns();
    if (columns < 2) {
      throw new IllegalArgumentException(
          table.name() + ": has 1 column: must have features and, in the last column, labels");
    }
    int column = columns - 1;
    for (int i = 0; i < table.header().size(); i++) {
      if (LABEL_COLUMNS.contains(table.header().get(i).toLowerCase(Locale.ROOT))) {
        column = i;
      }
    }
    float[] features = new float[table.rows() * (columns - 1)];
    double[] labels = new double[table.rows()];
    int at = 0;
    for (int row = 0; row < table.rows(); row++) {
      labels[row] = table.at(row, column);
      for (int i = 0; i < columns; i++) {
        if (i != column) {
          features[at++] = (float) table.at(row, i);
        }
      }
    }
    return LabelledData.of(table.name(), new int[] {columns - 1}, features, labels, 0);
  }
}
