package kobai.optimisers;

/**
 * An interval of numbers.
 *
 * @param least its lower end, part of it if {@code hasLeast}
 * @param most its upper end, part of it if {@code hasMost}
 */
record Range(double least, boolean hasLeast, double most, boolean hasMost) {
  /** Whether the value lies in it; NaN never does. */
  boolean holds(double value) {
    return (value > least || hasLeast && value == least)
        && (value < most || hasMost && value == most);
  }

  /** What is wrong with the value of that name, or the empty string. */
  String problem(String name, double value, String description) {
    return holds(value)
        ? ""
        : "%s = %s: must be in %s (%s)".formatted(name, value, this, description);
  }

  @Override
  public String toString() {
    return (hasLeast ? "[" : "(") + plain(least) + ", " + plain(most) + (hasMost ? "]" : ")");
  }

  private static String plain(double value) {
    if (value == Double.POSITIVE_INFINITY) {
      return "∞";
    }
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }
}
