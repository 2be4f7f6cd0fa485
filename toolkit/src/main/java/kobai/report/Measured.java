package kobai.report;

/**
 * A measured value with its uncertainty.
 *
 * @param value the estimate; NaN if nothing was measured
 * @param lower lower end of its interval; NaN if unknown
 * @param upper upper end of its interval; NaN if unknown
 */
public record Measured(double value, double lower, double upper) {
  /** Refuses an interval whose ends are in the wrong order. */
  public Measured {
    if (lower > upper) {
      throw new IllegalArgumentException(
          "interval = [%s, %s]: must have lower ≤ upper (swap the ends)".formatted(lower, upper));
    }
  }

  /** A value known without an interval. */
  public static Measured exactly(double value) {
    return new Measured(value, Double.NaN, Double.NaN);
  }

  /** A value with the interval {@code value ± margin}, margin ≥ 0 or NaN. */
  public static Measured within(double value, double margin) {
    return new Measured(value, value - margin, value + margin);
  }

  /** Whether both ends of the interval are known. */
  public boolean hasInterval() {
    return !Double.isNaN(lower) && !Double.isNaN(upper);
  }

  /**
   * The value for a reader, with its interval where there is one: {@code 12.3 µs [11.9 µs, 12.8
   * µs]}.
   */
  public String text(Unit unit) {
    return hasInterval()
        ? "%s [%s, %s]".formatted(unit.text(value), unit.text(lower), unit.text(upper))
        : unit.text(value);
  }
}
