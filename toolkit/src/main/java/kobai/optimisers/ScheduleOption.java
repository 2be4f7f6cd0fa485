package kobai.optimisers;

import java.util.Locale;

/** A number that shapes a schedule, with its range. */
public enum ScheduleOption {
  /** T. */
  OVER("iterations until the end of the fall", new Range(1, true, Double.POSITIVE_INFINITY, false)),
  /** f at the end. */
  END("the factor that remains at the end", new Range(0, true, 1, true)),
  /** γ. */
  KEEP("what an iteration leaves of the factor", new Range(0, false, 1, true)),
  /** κ. */
  DECAY(
      "how fast the factor falls, per iteration",
      new Range(0, true, Double.POSITIVE_INFINITY, false)),
  /** p. */
  EXPONENT("the power of the iteration that divides the rate", new Range(0, false, 1, true)),
  /** W. */
  WARM_UP(
      "iterations of linear growth at the beginning",
      new Range(1, true, Double.POSITIVE_INFINITY, false));

  private final String description;
  private final Range range;

  ScheduleOption(String description, Range range) {
    this.description = description;
    this.range = range;
  }

  /** The name on the command line: lower case, hyphens. */
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it sets, in a few words. */
  public String description() {
    return description;
  }

  /** The values allowed, as an interval. */
  public String range() {
    return range.toString();
  }

  /** What is wrong with the value, or the empty string. */
  String problem(double value) {
    boolean whole = this == OVER || this == WARM_UP;
    if (whole && value != Math.rint(value)) {
      return "%s = %s: must be a whole number of iterations".formatted(commandName(), value);
    }
    return range.problem(commandName(), value, description);
  }
}
