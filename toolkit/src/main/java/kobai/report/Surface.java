package kobai.report;

import java.util.List;

/**
 * Values over a plane, which a heat map shows in colour: {@code values[j · nx + i]} belongs to
 * {@code (x[i], y[j])}.
 *
 * @param axis what the colour measures
 * @param x places along the horizontal axis, ascending and evenly spaced, at least 2
 * @param y places along the vertical axis, likewise
 * @param values [ny × nx]; what is not finite, or not positive on a logarithmic scale, is left
 *     blank
 * @param low value of the darkest colour, and of all below; NaN for the least of the values
 * @param high value of the lightest colour, and of all above; NaN for the largest
 */
public record Surface(
    Chart.Axis axis, List<Double> x, List<Double> y, List<Double> values, double low, double high) {
  /** Of a spacing, how far places may be from even: rounding of the caller's arithmetic. */
  private static final double UNEVEN = 1e-6;

  /** Checks the shape and copies the lists. */
  public Surface {
    x = List.copyOf(x);
    y = List.copyOf(y);
    values = List.copyOf(values);
    checkEven("x", x);
    checkEven("y", y);
    if (values.size() != x.size() * y.size()) {
      throw new IllegalArgumentException(
          "surface '%s': values = %d: must be %d × %d, one for each place"
              .formatted(axis.title(), values.size(), y.size(), x.size()));
    }
    double least = Double.POSITIVE_INFINITY;
    double largest = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      if (shown(axis, value)) {
        least = Math.min(least, value);
        largest = Math.max(largest, value);
      }
    }
    low = Double.isNaN(low) ? least : low;
    high = Double.isNaN(high) ? largest : high;
    if (!(low <= high) || !shown(axis, low) || !shown(axis, high)) {
      throw new IllegalArgumentException(
          "surface '%s': colours from %s to %s: must be from low to high, and some value must be shown"
              .formatted(axis.title(), low, high));
    }
  }

  private static void checkEven(String name, List<Double> places) {
    int n = places.size();
    double step = n < 2 ? 0 : (places.getLast() - places.getFirst()) / (n - 1);
    boolean even = step > 0;
    for (int i = 1; even && i < n; i++) {
      even = Math.abs(places.get(i) - places.get(i - 1) - step) <= UNEVEN * step;
    }
    if (!even) {
      throw new IllegalArgumentException(
          "surface: %s = %s: must be at least 2 places, ascending and evenly spaced"
              .formatted(name, places));
    }
  }

  private static boolean shown(Chart.Axis axis, double value) {
    return Double.isFinite(value) && (axis.scale() == Chart.Scale.LINEAR || value > 0);
  }

  /** Where the value stands between the colours, in [0, 1]; NaN for a blank. */
  double fraction(double value) {
    if (!shown(axis, value)) {
      return Double.NaN;
    }
    if (low == high) {
      return 0;
    }
    double place =
        axis.scale() == Chart.Scale.LOG
            ? Math.log(value / low) / Math.log(high / low)
            : (value - low) / (high - low);
    return Math.clamp(place, 0.0, 1.0);
  }

  /** How many values are blank. */
  long blanks() {
    return values.stream().filter(value -> !shown(axis, value)).count();
  }

  /** The outer edges of the first and the last cell. */
  static double[] edges(List<Double> places) {
    double half = (places.getLast() - places.getFirst()) / (places.size() - 1) / 2;
    return new double[] {places.getFirst() - half, places.getLast() + half};
  }

  /** All values as CSV. */
  String csv(String xTitle, String yTitle) {
    var text = new StringBuilder();
    Csv.append(text, List.of(xTitle, yTitle, axis.title()));
    for (int j = 0; j < y.size(); j++) {
      for (int i = 0; i < x.size(); i++) {
        Csv.append(
            text,
            List.of(
                ResultTable.number(x.get(i)),
                ResultTable.number(y.get(j)),
                ResultTable.number(values.get(j * x.size() + i))));
      }
    }
    return text.toString();
  }
}
