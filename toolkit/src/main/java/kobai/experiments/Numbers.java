package kobai.experiments;

import java.util.Locale;

/** Numbers in sentences, the same in every locale. */
final class Numbers {
  /** Doubles from here on are too coarse to be told apart from integers. */
  private static final double INTEGERS = 1e15;

  private Numbers() {}

  /** Integers as such, other numbers to three digits. */
  static String shortest(double value) {
    if (value == Math.rint(value) && Math.abs(value) < INTEGERS) {
      return Long.toString((long) value);
    }
    return threeDigits(value);
  }

  /** Three significant digits, more before the point if there are more. */
  static String threeDigits(double value) {
    double size = Math.abs(value);
    int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return size != 0 && size < 1e-2
        ? String.format(Locale.ROOT, "%.2e", value)
        : String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
