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
record Standardisation(float[] shift, float[] factor) {
  /** That of the data, from all of its examples. */
  static Standardisation of(LabelledData data) {
    if (data.scaled()) {
      return new Standardisation(new float[0], new float[0]);
    }
    int size = data.features();
    float[] row = new float[size];
    double[] mean = new double[size];
    double[] squares = new double[size];
    double largest = 0;
    for (int example = 0; example < data.examples(); example++) {
      data.copy(example, row, 0);
      for (int i = 0; i < size; i++) {
        // Welford's recurrence: no cancellation where the mean is large.
        double before = row[i] - mean[i];
        mean[i] += before / (example + 1);
        squares[i] += before * (row[i] - mean[i]);
        largest = Math.max(largest, Math.abs(row[i]));
      }
    }
    boolean image = data.shape().length > 1;
    float[] shift = new float[size];
    float[] factor = new float[size];
    for (int i = 0; i < size; i++) {
      double deviation = Math.sqrt(squares[i] / data.examples());
      shift[i] = image ? 0f : (float) mean[i];
      factor[i] = inverse(image ? largest : deviation);
    }
    return new Standardisation(shift, factor);
  }

  private static float inverse(double scale) {
    return scale > 0 && 1 / scale <= Float.MAX_VALUE ? (float) (1 / scale) : 0f;
  }

  /** The data with these applied. */
  LabelledData apply(LabelledData data) {
    return shift.length == 0 ? data : data.transformed(shift, factor);
  }
}
