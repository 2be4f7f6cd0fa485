package kobai.experiments;

/**
 * A measured curve: y over x, with error bars, all finite and above zero; x ascends.
 *
 * @param name what was measured, as it should stand in a sentence: {@code PES with 16 particles}
 * @param x [n ≥ 1]
 * @param y [n]
 * @param low lower ends of the error bars [n], at most y
 * @param high upper ends of the error bars [n], at least y
 */
public record Curve(String name, double[] x, double[] y, double[] low, double[] high) {
  public Curve {
    if (x.length < 1) {
      throw new IllegalArgumentException(
          "curve '%s': points = 0: must be at least 1".formatted(name));
    }
    checkPoints("curve '" + name + "': x", x.length, x);
    checkPoints("curve '" + name + "': y", x.length, y);
    checkPoints("curve '" + name + "': low", x.length, low);
    checkPoints("curve '" + name + "': high", x.length, high);
    for (int i = 0; i < x.length; i++) {
      if (i > 0 && x[i] <= x[i - 1]) {
        throw new IllegalArgumentException(
            "curve '%s': x[%d] = %s: must be above x[%d] = %s (sort the points by x)"
                .formatted(name, i, x[i], i - 1, x[i - 1]));
      }
      if (low[i] > y[i] || high[i] < y[i]) {
        throw new IllegalArgumentException(
            "curve '%s': y[%d] = %s: must be in its error bar [%s, %s]"
                .formatted(name, i, y[i], low[i], high[i]));
      }
    }
  }

  /** A curve without error bars. */
  public static Curve of(String name, double[] x, double[] y) {
    return new Curve(name, x, y, y, y);
  }

  static void checkPoints(String name, int count, double[] values) {
    if (values.length != count) {
      throw new IllegalArgumentException(
          "%s: expected %d numbers, got %d".formatted(name, count, values.length));
    }
    for (int i = 0; i < count; i++) {
      if (!(values[i] > 0 && values[i] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "%s[%d] = %s: must be a finite number > 0".formatted(name, i, values[i]));
      }
    }
  }

  /**
   * ln of {@code values}, one of this curve's columns, at ln x = {@code logX}, straight between
   * points on log axes.
   */
  double logAt(double[] values, double logX) {
    int i = 0;
    while (i < x.length - 2 && Math.log(x[i + 1]) <= logX) {
      i++;
    }
    if (x.length == 1) {
      return Math.log(values[0]);
    }
    double from = Math.log(x[i]);
    double share = (logX - from) / (Math.log(x[i + 1]) - from);
    double start = Math.log(values[i]);
    // At the ends of a piece the point itself, so that equal points give a difference of zero.
    return share <= 0
        ? start
        : share >= 1 ? Math.log(values[i + 1]) : start + share * (Math.log(values[i + 1]) - start);
  }
}
