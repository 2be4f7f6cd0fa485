package kobai.data;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Examples with a class each: features [N × d] and labels [N]. Immutable; parts of it share its
 * memory.
 *
 * <p>Memory: pixels that come as bytes stay bytes; everything else is floats. A part adds one int
 * an example.
 *
 * <p>Rows in messages count from 1.
 */
public final class LabelledData {
  /** Most classes: the targets of an example are one-hot. */
  public static final int MOST_CLASSES = 65_536;

  /** A small file may lack most of its classes; 256 are what a byte can tell. */
  private static final int FEWEST_LIMIT = 256;

  private final String name;
  private final int[] shape;
  private final Features features;
  private final int[] labels;
  private final int classes;
  private final int[] rows;

  private LabelledData(
      String name, int[] shape, Features features, int[] labels, int classes, int[] rows) {
    this.name = name;
    this.shape = shape;
    this.features = features;
    this.labels = labels;
    this.classes = classes;
    this.rows = rows;
  }

  /** How features are kept. */
  private sealed interface Features {
    int count();

    void copy(int at, int count, float[] out, int outAt);
  }

  private record Floats(float[] values) implements Features {
    @Override
    public int count() {
      return values.length;
    }

    @Override
    public void copy(int at, int count, float[] out, int outAt) {
      System.arraycopy(values, at, out, outAt, count);
    }
  }

  /** Unsigned bytes, divided by {@code brightest}. */
  private record Pixels(byte[] values, int brightest) implements Features {
    @Override
    public int count() {
      return values.length;
    }

    @Override
    public void copy(int at, int count, float[] out, int outAt) {
      float divisor = brightest;
      for (int i = 0; i < count; i++) {
        out[outAt + i] = (values[at + i] & 0xFF) / divisor;
      }
    }
  }

  /**
   * Takes over the features, which must not change afterwards.
   *
   * @param name the file or the title, for messages and reports
   * @param shape of one example: d, or height and width, or with channels
   * @param features [N × d], finite
   * @param labels [N], whole numbers from 0
   * @param classes number of classes, or 0 for one more than the largest label
   * @throws IllegalArgumentException if sizes disagree, or a label or a feature is out of range:
   *     the row is named
   */
  public static LabelledData of(
      String name, int[] shape, float[] features, double[] labels, int classes) {
    LabelledData data = of(name, shape, new Floats(features), labels, classes);
    for (int i = 0; i < features.length; i++) {
      if (!Float.isFinite(features[i])) {
        throw new IllegalArgumentException(
            "%s: row %d, feature %d = %s: must be finite (remove the row or fill the value in)"
                .formatted(name, i / data.features() + 1, i % data.features() + 1, features[i]));
      }
    }
    return data;
  }

  /**
   * The same for unsigned bytes, which are divided by {@code brightest} when they are used.
   *
   * @param brightest the largest value, from 1 to 255
   */
  public static LabelledData ofPixels(
      String name, int[] shape, byte[] pixels, int brightest, double[] labels, int classes) {
    return of(name, shape, new Pixels(pixels, brightest), labels, classes);
  }

  private static LabelledData of(
      String name, int[] shape, Features features, double[] labels, int classes) {
    long size = 1;
    for (int side : shape) {
      size *= side;
    }
    if (labels.length < 1 || size < 1 || size * labels.length != features.count()) {
      throw new IllegalArgumentException(
          "%s: expected %d labels × %s features, got %d features (labels and features must have as many rows)"
              .formatted(name, labels.length, Arrays.toString(shape), features.count()));
    }
    int[] checked = new int[labels.length];
    int most = classes > 0 ? classes : Math.clamp(labels.length, FEWEST_LIMIT, MOST_CLASSES);
    for (int row = 0; row < labels.length; row++) {
      if (labels[row] != Math.rint(labels[row]) || labels[row] < 0 || labels[row] >= most) {
        throw new IllegalArgumentException(
            "%s: row %d: label = %s: must be a whole number in [0, %d), %s"
                .formatted(
                    name,
                    row + 1,
                    text(labels[row]),
                    most,
                    classes > 0
                        ? "the number of classes"
                        : "as many classes as " + labels.length + " rows may have"));
      }
      checked[row] = (int) labels[row];
    }
    if (classes == 0 && checked.length > 1 && Arrays.stream(checked).distinct().count() == 1) {
      throw new IllegalArgumentException(
          "%s: all %d labels are %d: must be of two classes at least (check which column or array holds the labels)"
              .formatted(name, checked.length, checked[0]));
    }
    int count = classes > 0 ? classes : Math.max(2, Arrays.stream(checked).max().orElseThrow() + 1);
    return new LabelledData(
        name,
        shape.clone(),
        features,
        checked,
        count,
        IntStream.range(0, checked.length).toArray());
  }

  /**
   * The UCI handwritten digits: 1797 images of 8 × 8 pixels in [0, 1], part of the toolkit; see
   * {@link DigitImages}.
   */
  public static LabelledData digits() {
    DigitImages images = DigitImages.load();
    byte[] pixels = new byte[DigitImages.IMAGES * DigitImages.PIXELS];
    double[] labels = new double[DigitImages.IMAGES];
    for (int image = 0; image < DigitImages.IMAGES; image++) {
      labels[image] = images.label(image);
      for (int pixel = 0; pixel < DigitImages.PIXELS; pixel++) {
        pixels[image * DigitImages.PIXELS + pixel] = (byte) images.pixel(image, pixel);
      }
    }
    return ofPixels(
        "digits",
        new int[] {DigitImages.SIDE, DigitImages.SIDE},
        pixels,
        DigitImages.BRIGHTEST,
        labels,
        DigitImages.CLASSES);
  }

  /** The file of {@link #digits}, for its hash. */
  public static byte[] digitsFile() {
    return TextData.resource("digits.csv.gz");
  }

  /** The file or the title. */
  public String name() {
    return name;
  }

  /** Number of examples N. */
  public int examples() {
    return rows.length;
  }

  /** Features of an example d. */
  public int features() {
    int size = 1;
    for (int side : shape) {
      size *= side;
    }
    return size;
  }

  /** The shape of an example: one size for a table, two or more for images. */
  public int[] shape() {
    return shape.clone();
  }

  /** Number of classes, at least 2. */
  public int classes() {
    return classes;
  }

  /** The class of an example, in [0, classes). */
  public int label(int example) {
    return labels[rows[example]];
  }

  /** Overwrites {@code out[outAt, outAt + d)} with the features of an example. */
  public void copy(int example, float[] out, int outAt) {
    int size = features();
    features.copy(rows[example] * size, size, out, outAt);
  }

  /** Whether features are pixels scaled to [0, 1] by the range of their file. */
  public boolean scaled() {
    return features instanceof Pixels;
  }

  /** The examples of those places, in that order. */
  public LabelledData part(int[] examples) {
    int[] chosen = new int[examples.length];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = rows[examples[i]];
    }
    return new LabelledData(name, shape, features, labels, classes, chosen);
  }

  /** The same examples with every feature x of place i replaced by (x − shiftᵢ) factorᵢ. */
  LabelledData transformed(float[] shift, float[] factor) {
    int size = features();
    float[] values = new float[Math.multiplyExact(examples(), size)];
    int[] own = new int[examples()];
    for (int example = 0; example < own.length; example++) {
      copy(example, values, example * size);
      own[example] = label(example);
      for (int i = 0; i < size; i++) {
        int at = example * size + i;
        values[at] = (values[at] - shift[i]) * factor[i];
      }
    }
    return new LabelledData(
        name, shape, new Floats(values), own, classes, IntStream.range(0, own.length).toArray());
  }

  private static String text(double label) {
    return label == Math.rint(label) && Math.abs(label) < 1e15
        ? String.valueOf((long) label)
        : String.valueOf(label);
  }
}
