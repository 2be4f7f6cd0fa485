package kobai.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** What a number in a table or on an axis measures, and how it is written for a reader. */
public enum Unit {
  /**
   * A bare number, or one whose unit stands in the title: three significant digits, whole part
   * never rounded.
   */
  PLAIN,
  /** A number of things, written without decimals. */
  COUNT,
  /** Seconds, written as ns, µs, ms, s, min or h. */
  SECONDS,
  /** Bytes, written with binary prefixes. */
  BYTES,
  /** A fraction of one, written as a percentage. */
  FRACTION;

  private static final int DIGITS = 3;
  private static final int TICK_DIGITS = 6;
  private static final double LARGEST_PLAIN = 1e7;
  private static final double SMALLEST_PLAIN = 1e-3;
  private static final char THIN_SPACE = '\u202f';
  private static final String[] TIME_NAMES = {"ns", "µs", "ms", "s", "min", "h"};
  private static final double[] TIME_SIZES = {1e-9, 1e-6, 1e-3, 1, 60, 3600};
  private static final String[] BYTE_NAMES = {"B", "KiB", "MiB", "GiB", "TiB"};
  private static final double KIBI = 1024;

  /**
   * The number for a reader, with its unit: {@code 12.3 µs}, {@code 4.10 GiB}, {@code 1.20×10⁻⁵};
   * NaN is a dash.
   *
   * @param value seconds, bytes, a fraction of one, or a bare number
   */
  public String text(double value) {
    return text(value, DIGITS, false);
  }

  /** The same for the mark of an axis: trailing zeros are left out. */
  String tick(double value) {
    return text(value, TICK_DIGITS, true);
  }

  private String text(double value, int digits, boolean strip) {
    if (Double.isNaN(value)) {
      return "–";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "−∞";
    }
    return switch (this) {
      case PLAIN -> number(value, digits, strip);
      case COUNT ->
          value == Math.rint(value) ? number(value, digits, true) : number(value, digits, strip);
      case SECONDS -> scaled(value, digits, strip, TIME_SIZES, TIME_NAMES);
      case BYTES -> bytes(value, digits, strip);
      case FRACTION -> number(100 * value, digits, strip) + THIN_SPACE + "%";
    };
  }

  private static String scaled(
      double value, int digits, boolean strip, double[] sizes, String[] names) {
    if (value == 0) {
      return "0";
    }
    // Rounded first, so that 999.7 ns becomes 1.00 µs and not 1 000 ns.
    double rounded = Math.abs(round(value, digits).doubleValue());
    int unit = 0;
    while (unit + 1 < sizes.length && rounded >= sizes[unit + 1]) {
      unit++;
    }
    double shown = unit == 0 ? Math.abs(value) : Math.max(Math.abs(value), sizes[unit]);
    return number(Math.copySign(shown, value) / sizes[unit], digits, strip)
        + THIN_SPACE
        + names[unit];
  }

  private static String bytes(double value, int digits, boolean strip) {
    int unit = 0;
    double size = 1;
    while (unit + 1 < BYTE_NAMES.length && Math.abs(value) >= size * KIBI) {
      size *= KIBI;
      unit++;
    }
    return number(value / size, digits, strip || unit == 0) + THIN_SPACE + BYTE_NAMES[unit];
  }

  private static BigDecimal round(double value, int digits) {
    return new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
  }

  private static String number(double value, int digits, boolean strip) {
    if (value == 0) {
      return "0";
    }
    double size = Math.abs(value);
    if (size >= LARGEST_PLAIN || size < SMALLEST_PLAIN) {
      BigDecimal rounded = round(value, digits);
      int exponent = rounded.precision() - rounded.scale() - 1;
      String mantissa = fixed(rounded.scaleByPowerOfTen(-exponent), digits - 1, strip);
      String power = "10" + superscript(exponent);
      if (strip && mantissa.equals("1")) {
        return power;
      }
      return (strip && mantissa.equals("−1") ? "−" : mantissa + "×") + power;
    }
    BigDecimal exact = new BigDecimal(value);
    int whole = exact.precision() - exact.scale();
    BigDecimal rounded = round(value, Math.max(digits, whole));
    return fixed(rounded, Math.max(0, digits - (rounded.precision() - rounded.scale())), strip);
  }

  private static String fixed(BigDecimal value, int decimals, boolean strip) {
    String plain = value.abs().setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
    if (strip && plain.indexOf('.') >= 0) {
      plain = plain.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
    int point = plain.indexOf('.');
    var text = new StringBuilder(plain);
    int end = point < 0 ? plain.length() : point;
    // Four digits are read at a glance; grouping starts at five.
    if (end > 4) {
      for (int at = end - 3; at > 0; at -= 3) {
        text.insert(at, THIN_SPACE);
      }
    }
    return (value.signum() < 0 ? "−" : "") + text;
  }

  private static String superscript(int exponent) {
    var text = new StringBuilder();
    for (char digit : Integer.toString(exponent).toCharArray()) {
      text.append(digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(digit - '0'));
    }
    return text.toString();
  }
}
