package kobai.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The range of an axis and its marks, worked out here so that all panels of a chart share them and
 * hiding a series moves nothing.
 *
 * @param from lower end
 * @param to upper end, above {@code from}
 * @param ticks places of the marks, ascending
 */
record AxisRange(double from, double to, List<Double> ticks) {
  private static final double MARGIN = 0.05;
  private static final int MOST_TICKS = 8;
  private static final int WANTED_TICKS = 5;
  private static final double KIBI = 1024;

  /**
   * The range that holds all finite values.
   *
   * @param values at least one; positive on a logarithmic axis
   * @param own whether the values themselves may be the marks, where they are few and far enough
   *     apart
   */
  static AxisRange of(List<Double> values, Chart.Axis axis, boolean own) {
    boolean log = axis.scale() == Chart.Scale.LOG;
    var distinct = new TreeSet<Double>(values);
    double low = place(distinct.first(), log);
    double high = place(distinct.last(), log);
    // A single value still needs a range: a factor of about two, or one unit, to either side.
    double margin =
        high > low ? MARGIN * (high - low) : log ? Math.log10(2) : Math.max(1, Math.abs(high) / 2);
    boolean fromZero = !log && low >= 0 && low <= (high - low) / 2 && high > low;
    double start = fromZero ? 0 : low - margin;
    double end = high + margin;
    List<Double> ticks;
    if (own && farApart(distinct, log, end - start)) {
      ticks = List.copyOf(distinct);
    } else if (!log) {
      ticks = linear(start, end, axis.unit());
    } else {
      ticks =
          axis.unit() == Unit.BYTES ? powersOfTwo(start, end) : decades(start, end, axis.unit());
    }
    return new AxisRange(back(start, log), back(end, log), ticks);
  }

  /** That range and no more, on a linear axis. */
  static AxisRange exactly(double from, double to, Unit unit) {
    return new AxisRange(from, to, linear(from, to, unit));
  }

  private static double place(double value, boolean log) {
    return log ? Math.log10(value) : value;
  }

  private static double back(double place, boolean log) {
    return log ? Math.pow(10, place) : place;
  }

  private static boolean farApart(TreeSet<Double> values, boolean log, double span) {
    if (values.size() > MOST_TICKS) {
      return false;
    }
    double previous = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      double at = place(value, log);
      if (at - previous < span / (MOST_TICKS + 2)) {
        return false;
      }
      previous = at;
    }
    return true;
  }

  /** As the other, but of bytes in their binary unit: 20 MiB, not 19.1 MiB. */
  private static List<Double> linear(double from, double to, Unit unit) {
    double size = 1;
    while (unit == Unit.BYTES && Math.max(Math.abs(from), Math.abs(to)) >= size * KIBI) {
      size *= KIBI;
    }
    double scale = size;
    return linear(from / scale, to / scale).stream().map(tick -> tick * scale).toList();
  }

  /** Multiples of 1, 2 or 5 times a power of ten, about {@link #WANTED_TICKS} of them. */
  private static List<Double> linear(double from, double to) {
    double rough = (to - from) / WANTED_TICKS;
    int power = (int) Math.floor(Math.log10(rough));
    double lead = rough / Math.pow(10, power);
    int factor = lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10;
    var ticks = new ArrayList<Double>();
    long first = (long) Math.ceil(from / (factor * Math.pow(10, power)) - 1e-9);
    for (long i = first; i * (factor * Math.pow(10, power)) <= to * (1 + 1e-12) + 1e-300; i++) {
      ticks.add(BigDecimal.valueOf(i * factor).scaleByPowerOfTen(power).doubleValue());
    }
    return ticks;
  }

  /**
   * Powers of ten; over few decades also their 2- and 5-fold; over very few, as on a linear axis.
   */
  private static List<Double> decades(double from, double to, Unit unit) {
    if (to - from < 0.8) {
      return linear(Math.pow(10, from), Math.pow(10, to), unit);
    }
    int[] factors = to - from < 2.4 ? new int[] {1, 2, 5} : new int[] {1};
    int stride = (int) Math.ceil((to - from) / MOST_TICKS);
    var ticks = new ArrayList<Double>();
    for (int power = (int) Math.floor(from); power <= to; power++) {
      for (int factor : factors) {
        double at = power + Math.log10(factor);
        if (at >= from && at <= to && Math.floorMod(power, stride) == 0) {
          ticks.add(BigDecimal.valueOf(factor).scaleByPowerOfTen(power).doubleValue());
        }
      }
    }
    return ticks;
  }

  /**
   * Powers of two whose exponents are multiples of 1, 2, 5 or 10, so that kibi and mebi are among
   * them.
   */
  private static List<Double> powersOfTwo(double from, double to) {
    double low = from / Math.log10(2);
    double high = to / Math.log10(2);
    if (high - low < 2) {
      return linear(Math.pow(2, low), Math.pow(2, high), Unit.BYTES);
    }
    int stride = 1;
    for (int candidate : new int[] {1, 2, 5, 10, 20, 30}) {
      stride = candidate;
      if ((high - low) / candidate <= MOST_TICKS) {
        break;
      }
    }
    var ticks = new ArrayList<Double>();
    for (int power = (int) Math.ceil(low / stride) * stride; power <= high; power += stride) {
      ticks.add(Math.scalb(1.0, power));
    }
    return ticks;
  }
}
