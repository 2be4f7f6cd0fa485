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
public record Standardisation(double[] shift, double[] factor) {
  /** Reads rows of numbers. */
  @FunctionalInterface
  interface Rows {
    /** Overwrites {@code out} with a row. */
    void copy(int row, double[] out);
  }

  /** That which does nothing. */
  static Standardisation none() {
    return new Standardisation(new double[0], new double[0]);
  }

  /** That of the data, from all of its examples. */
  static Standardisation of(LabelledData data) {
    if (data.scaled()) {
      return none();
    }
    float[] own = new float[data.features()];
    return of(
        data.examples(),
        data.features(),
        (row, out) -> {
          data.copy(row, own, 0);
          for (int i = 0; i < own.length; i++) {
            out[i] = own[i];
          }
        },
        data.shape().length > 1);
  }

  /** That of rows of {@code size} numbers; an image's are divided by one number. */
  static Standardisation of(int rows, int size, Rows reader, boolean image) {
    double[] row = new double[size];
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
    double[] shift = new double[size];
    double[] factor = new double[size];
    for (int i = 0; i < size; i++) {
      double deviation = Math.sqrt(squares[i] / rows);
      shift[i] = image ? 0 : mean[i];
      factor[i] = inverse(image ? largest : deviation);
    }
    return new Standardisation(shift, factor);
  }

  private static double inverse(double scale) {
    return scale > 0 && 1 / scale <= Float.MAX_VALUE ? 1 / scale : 0;
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
    return shift.length == 0 ? 1 : factor[i] > 0 ? 1 / factor[i] : 0;
  }

  /** Applies these to a row of numbers. */
  void apply(double[] values, int at) {
    for (int i = 0; i < shift.length; i++) {
      values[at + i] = (values[at + i] - shift[i]) * factor[i];
    }
  }

  /** The data, which are floats, with these rounded to floats and applied. */
  LabelledData apply(LabelledData data) {
    return shift.length == 0 ? data : data.transformed(rounded(shift), rounded(factor));
  }

  private static float[] rounded(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    return rounded;
  }
}
