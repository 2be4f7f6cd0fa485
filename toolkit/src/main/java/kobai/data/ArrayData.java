package kobai.data;

import java.util.Arrays;
import java.util.StringJoiner;

/**
 * An array of finite numbers in C order (the last index runs fastest), as another program wrote it.
 * Immutable.
 */
public final class ArrayData {
  private final String name;
  private final int[] shape;
  private final double[] values;

  /**
   * Takes over both arrays, which must not change afterwards.
   *
   * @param name the file, for messages
   * @throws IllegalArgumentException if the shape does not hold as many elements as there are
   *     values
   */
  ArrayData(String name, int[] shape, double[] values) {
    long count = 1;
    for (int size : shape) {
      count *= size;
    }
    if (count != values.length) {
      throw new IllegalArgumentException(
          "%s: shape %s: expected %d values, got %d"
              .formatted(name, text(shape), count, values.length));
    }
    this.name = name;
    this.shape = shape;
    this.values = values;
  }

  /** The file. */
  public String name() {
    return name;
  }

  /** Number of dimensions. */
  public int dimensions() {
    return shape.length;
  }

  /** Size of dimension i, from 0. */
  public int size(int i) {
    return shape[i];
  }

  /** Number of elements. */
  public int count() {
    return values.length;
  }

  /** The shape as Python writes it, such as (8, 1, 3). */
  public String shape() {
    return text(shape);
  }

  /** The element at place {@code i} in C order. */
  public double at(int i) {
    return values[i];
  }

  /** A copy of all elements in C order. */
  public double[] doubles() {
    return values.clone();
  }

  /**
   * All elements in C order, rounded to float.
   *
   * @throws IllegalArgumentException if one is beyond the range of float
   */
  public float[] floats() {
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
      if (Float.isInfinite(rounded[i])) {
        throw new IllegalArgumentException(
            "%s: %s = %s: must be within ±%s, the range of float32 (scale the data)"
                .formatted(name, place(index(i)), values[i], Float.MAX_VALUE));
      }
    }
    return rounded;
  }

  private int[] index(int at) {
    int[] index = new int[shape.length];
    int rest = at;
    for (int i = shape.length - 1; i >= 0; i--) {
      index[i] = rest % shape[i];
      rest /= shape[i];
    }
    return index;
  }

  /** An index as Python writes it, from 0. */
  static String place(int[] index) {
    return Arrays.toString(index);
  }

  private static String text(int[] shape) {
    StringJoiner text = new StringJoiner(", ", "(", shape.length == 1 ? ",)" : ")");
    for (int size : shape) {
      text.add(Integer.toString(size));
    }
    return text.toString();
  }
}
