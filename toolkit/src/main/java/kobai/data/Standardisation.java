package kobai.data;

/**
 * Brings features to a common size: x ← (x − shift) factor.
 *
 * <p>Columns of a table are centred and divided by their standard deviation, a column that never
 * changes becoming zero. Images (two or more sizes) are divided by the largest magnitude of all
 * pixels, since a pixel at the edge that is nearly always 0 must not grow. Pixels that came as
 * bytes are in [0, 1] already and stay.
 *
 * @param shift [d], or empty where nothing is to be done
 * @param factor [d], or empty
 */
public record Standardisation(float[] shift, float[] factor) {
  /** Reads rows of numbers. */
  @FunctionalInterface
  interface Rows {
    /** Overwrites {@code out} with a row. */
    void copy(int row, float[] out);
  }

  /** That which does nothing. */
  static Standardisation none() {
    return new Standardisation(new float[0], new float[0]);
  }

  /** That of the data, from all of its examples. */
  static Standardisation of(LabelledData data) {
    if (data.scaled()) {
      return none();
    }
    return of(
        data.examples(),
        data.features(),
        (row, out) -> data.copy(row, out, 0),
        data.shape().length > 1);
  }

  /** That of rows of {@code size} numbers; an image's are divided by one number. */
  static Standardisation of(int rows, int size, Rows reader, boolean image) {
    float[] row = new float[size];
    double[] mean = new double[size];
    double[] squares = new double[size];
    double largest = 0;
    for (int example = 0; example < rows; example++) {
      reader.copy(example, row);
      for (int i = 0; i < size; i++) {
        // Welford's recurrence: no cancellation where the mean is large.
        double before = row[i] - mean[i];
        mean[i] += before / (example + 1);
        squares[i] += before * (row[i] - mean[i]);
        largest = Math.max(largest, Math.abs(row[i]));
      }
    }
    float[] shift = new float[size];
    float[] factor = new float[size];
    for (int i = 0; i < size; i++) {
      double deviation = Math.sqrt(squares[i] / rows);
      shift[i] = image ? 0f : (float) mean[i];
      factor[i] = inverse(image ? largest : deviation);
    }
    return new Standardisation(shift, factor);
  }

  private static float inverse(double scale) {
    return scale > 0 && 1 / scale <= Float.MAX_VALUE ? (float) (1 / scale) : 0f;
  }

  /** The number of column {@code i} that became {@code x}; the mean of a column without change. */
  public double original(int i, double x) {
    if (shift.length == 0) {
      return x;
    }
    return factor[i] > 0 ? x / factor[i] + shift[i] : shift[i];
  }

  /** What a difference of 1 in column {@code i} was before; 0 of a column without change. */
  public double unit(int i) {
    return shift.length == 0 ? 1 : factor[i] > 0 ? 1.0 / factor[i] : 0;
  }

  /** Applies these to a row of numbers. */
  void apply(float[] values, int at) {
    for (int i = 0; i < shift.length; i++) {
      values[at + i] = (values[at + i] - shift[i]) * factor[i];
    }
  }

  /** The data with these applied. */
  LabelledData apply(LabelledData data) {
    return shift.length == 0 ? data : data.transformed(shift, factor);
  }
}
