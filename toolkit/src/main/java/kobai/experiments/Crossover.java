package kobai.experiments;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;

/** Where one of two costs becomes the lower one. */
public sealed interface Crossover {
  /**
   * The finding in words: {@code for n = 64, T > 412, PES with 16 particles takes less memory than
   * BPTT}.
   *
   * @param setting what is held fixed, such as {@code n = 64}; may be empty
   * @param variable the name of x
   * @param quantity what is taken, such as {@code memory} or {@code time}
   */
  String sentence(String setting, String variable, String quantity);

  /**
   * The curves cross once.
   *
   * @param lowerBefore the curve that is lower for smaller x
   * @param lowerAfter the curve that is lower for larger x
   * @param at where they meet
   * @param low below this, as far as was measured, the error bars are apart; {@code from} if they
   *     nowhere are
   * @param high above this the error bars are apart; {@code to} if they nowhere are
   * @param from smallest x where both were measured
   * @param to largest x where both were measured
   */
  record At(
      String lowerBefore,
      String lowerAfter,
      double at,
      double low,
      double high,
      double from,
      double to)
      implements Crossover {
    @Override
    public String sentence(String setting, String variable, String quantity) {
      return "for %s%s > %s (between %s and %s), %s takes less %s than %s"
          .formatted(
              prefix(setting),
              variable,
              Numbers.threeDigits(at),
              Numbers.threeDigits(low),
              Numbers.threeDigits(high),
              lowerAfter,
              quantity,
              lowerBefore);
    }
  }

  /**
   * Two exact costs of an integer cross once.
   *
   * @param lowerBefore the cost that is lower, or equal, below {@code first}
   * @param lowerAfter the cost that is lower from {@code first} on
   * @param first the smallest integer where it is
   * @param most the largest integer looked at
   */
  record From(String lowerBefore, String lowerAfter, int first, int most) implements Crossover {
    @Override
    public String sentence(String setting, String variable, String quantity) {
      return "for %s%s > %d, %s takes less %s than %s"
          .formatted(prefix(setting), variable, first - 1, lowerAfter, quantity, lowerBefore);
    }
  }

  /**
   * They do not cross.
   *
   * @param lower the one that is never above the other
   * @param higher the other
   * @param from smallest x looked at
   * @param to largest x looked at
   * @param certain whether the error bars are apart throughout
   */
  record None(String lower, String higher, double from, double to, boolean certain)
      implements Crossover {
    @Override
    public String sentence(String setting, String variable, String quantity) {
      return "for %s%s in [%s, %s] there is no crossover: %s never takes more %s than %s%s"
          .formatted(
              prefix(setting),
              variable,
              Numbers.shortest(from),
              Numbers.shortest(to),
              lower,
              quantity,
              higher,
              certain ? "" : " (the error bars overlap)");
    }
  }

  /**
   * They cross more than once, as curves that are close to each other and noisy do.
   *
   * @param first one
   * @param second the other
   * @param at the meeting points, ascending
   * @param from smallest x where both were measured
   * @param to largest x where both were measured
   */
  record Several(String first, String second, List<Double> at, double from, double to)
      implements Crossover {
    public Several {
      at = List.copyOf(at);
    }

    @Override
    public String sentence(String setting, String variable, String quantity) {
      List<String> points = at.stream().map(Numbers::threeDigits).toList();
      return "for %s%s in [%s, %s], %s and %s cross %d times in %s (at %s): neither is lower throughout"
          .formatted(
              prefix(setting),
              variable,
              Numbers.shortest(from),
              Numbers.shortest(to),
              first,
              second,
              at.size(),
              quantity,
              String.join(", ", points));
    }
  }

  /** They were measured at no common x. */
  record Apart(String first, String second) implements Crossover {
    @Override
    public String sentence(String setting, String variable, String quantity) {
      return "%s%s and %s were measured at no common %s: nothing can be said of their %s"
          .formatted(
              setting.isEmpty() ? "" : "for " + setting + ", ", first, second, variable, quantity);
    }
  }

  /**
   * Crossover of two measured curves, each straight between its points on log axes, over the x that
   * both cover. The interval of the point is where the error bars, joined the same way, overlap
   * around it.
   */
  static Crossover of(Curve a, Curve b) {
    double from = Math.max(a.x()[0], b.x()[0]);
    double to = Math.min(a.x()[a.x().length - 1], b.x()[b.x().length - 1]);
    if (from > to) {
      return new Apart(a.name(), b.name());
    }
    TreeSet<Double> knots = new TreeSet<>();
    for (Curve curve : List.of(a, b)) {
      Arrays.stream(curve.x()).filter(x -> x >= from && x <= to).forEach(knots::add);
    }
    double[] logX = knots.stream().mapToDouble(Math::log).toArray();
    double[] difference = difference(a, a.y(), b, b.y(), logX);
    List<Double> crossings = crossings(logX, difference);
    // The largest and the smallest difference that the error bars allow.
    double[] largest = difference(a, a.high(), b, b.low(), logX);
    double[] smallest = difference(a, a.low(), b, b.high(), logX);
    int lastSign = lastSign(difference);
    if (crossings.isEmpty()) {
      boolean certain =
          lastSign < 0
              ? Arrays.stream(largest).allMatch(d -> d < 0)
              : Arrays.stream(smallest).allMatch(d -> d > 0);
      return lastSign <= 0
          ? new None(a.name(), b.name(), from, to, certain && lastSign != 0)
          : new None(b.name(), a.name(), from, to, certain);
    }
    if (crossings.size() > 1) {
      return new Several(a.name(), b.name(), crossings.stream().map(Math::exp).toList(), from, to);
    }
    double at = crossings.getFirst();
    boolean aAfter = lastSign < 0;
    // Where a is lower afterwards, it is surely higher while the smallest difference is above zero.
    double low = lastZeroBefore(logX, aAfter ? smallest : negated(largest), at);
    double high = firstZeroAfter(logX, aAfter ? negated(largest) : smallest, at);
    return new At(
        aAfter ? b.name() : a.name(),
        aAfter ? a.name() : b.name(),
        Math.exp(at),
        Double.isNaN(low) ? from : Math.exp(low),
        Double.isNaN(high) ? to : Math.exp(high),
        from,
        to);
  }

  /**
   * Crossover of two exact costs of an integer in [1, most] whose difference changes its sign at
   * most once, by bisection: about log₂ most evaluations of each. Planned bytes are such costs.
   */
  static Crossover exact(
      String first, IntToLongFunction a, String second, IntToLongFunction b, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("most = %d: must be at least 1".formatted(most));
    }
    int start = Long.compare(a.applyAsLong(1), b.applyAsLong(1));
    int end = Long.compare(a.applyAsLong(most), b.applyAsLong(most));
    if (end == 0 || start == end) {
      boolean firstLower = end == 0 ? start <= 0 : end < 0;
      return firstLower
          ? new None(first, second, 1, most, true)
          : new None(second, first, 1, most, true);
    }
    int without = 1;
    int with = most;
    while (with - without > 1) {
      int middle = without + (with - without) / 2;
      if (Long.compare(a.applyAsLong(middle), b.applyAsLong(middle)) == end) {
        with = middle;
      } else {
        without = middle;
      }
    }
    return end < 0 ? new From(second, first, with, most) : new From(first, second, with, most);
  }

  private static String prefix(String setting) {
    return setting.isEmpty() ? "" : setting + ", ";
  }

  private static double[] difference(Curve a, double[] ya, Curve b, double[] yb, double[] logX) {
    double[] difference = new double[logX.length];
    for (int i = 0; i < logX.length; i++) {
      difference[i] = a.logAt(ya, logX[i]) - b.logAt(yb, logX[i]);
    }
    return difference;
  }

  /** Where the sign changes; curves that only touch do not cross. */
  private static List<Double> crossings(double[] x, double[] d) {
    List<Double> crossings = new ArrayList<>();
    int last = -1;
    for (int i = 0; i < x.length; i++) {
      if (d[i] == 0) {
        continue;
      }
      if (last >= 0 && d[last] * d[i] < 0) {
        // Zeros between the two points of opposite sign: the crossing is the first of them.
        crossings.add(i - last > 1 ? x[last + 1] : zero(x, d, last));
      }
      last = i;
    }
    return crossings;
  }

  private static double zero(double[] x, double[] d, int i) {
    return x[i] + (x[i + 1] - x[i]) * (d[i] / (d[i] - d[i + 1]));
  }

  private static int lastSign(double[] d) {
    for (int i = d.length - 1; i >= 0; i--) {
      if (d[i] != 0) {
        return d[i] < 0 ? -1 : 1;
      }
    }
    return 0;
  }

  private static double[] negated(double[] values) {
    return Arrays.stream(values).map(d -> -d).toArray();
  }

  /** The last x at or before {@code at} where d stops being above zero; NaN if it never is. */
  private static double lastZeroBefore(double[] x, double[] d, double at) {
    for (int i = x.length - 1; i >= 0; i--) {
      if (x[i] <= at && d[i] > 0) {
        return i + 1 < x.length && d[i + 1] <= 0 ? Math.min(at, zero(x, d, i)) : at;
      }
    }
    return Double.NaN;
  }

  /** The first x at or after {@code at} from where d is above zero; NaN if it never is. */
  private static double firstZeroAfter(double[] x, double[] d, double at) {
    for (int i = 0; i < x.length; i++) {
      if (x[i] >= at && d[i] > 0) {
        return i > 0 && d[i - 1] <= 0 ? Math.max(at, zero(x, d, i - 1)) : at;
      }
    }
    return Double.NaN;
  }
}
