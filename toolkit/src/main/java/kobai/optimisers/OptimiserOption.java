package kobai.optimisers;

import java.util.Locale;

/** A number that shapes an optimiser, with its range. */
public enum OptimiserOption {
  /** μ. */
  MOMENTUM("what an iteration keeps of the momentum", new Range(0, true, 1, false), false),
  /** β₁. */
  BETA1("what an iteration keeps of the mean gradient", new Range(0, true, 1, false), false),
  /** β₂. */
  BETA2("what an iteration keeps of the mean square", new Range(0, true, 1, false), false),
  /** ε. */
  EPSILON("keeps the division finite", new Range(0, false, Double.POSITIVE_INFINITY, false), false),
  /** η*. */
  FINAL_RATE(
      "the rate that AdaBound ends with",
      new Range(0, false, Double.POSITIVE_INFINITY, false),
      false),
  /** γ. */
  GAMMA(
      "how fast AdaBound's bounds close",
      new Range(0, false, Double.POSITIVE_INFINITY, false),
      false),
  /** λ in the gradient. */
  DECAY(
      "weight decay in the gradient, (λ/2) θᵀθ",
      new Range(0, true, Double.POSITIVE_INFINITY, false),
      true),
  /** λ beside the gradient. */
  DECOUPLED_DECAY(
      "weight decay beside the gradient",
      new Range(0, true, Double.POSITIVE_INFINITY, false),
      true),
  /** c of the norm. */
  CLIP_NORM(
      "the largest norm of a gradient", new Range(0, false, Double.POSITIVE_INFINITY, false), true),
  /** c of an element. */
  CLIP_VALUE(
      "the largest element of a gradient",
      new Range(0, false, Double.POSITIVE_INFINITY, false),
      true);

  private final String description;
  private final Range range;
  private final boolean common;

  OptimiserOption(String description, Range range, boolean common) {
    this.description = description;
    this.range = range;
    this.common = common;
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

  /** Whether every optimiser takes it. */
  public boolean common() {
    return common;
  }

  /**
   * What is wrong with the value, or the empty string; it is judged as the float that the loops
   * use, too.
   */
  String problem(double value) {
    return range.holds((float) value)
        ? range.problem(commandName(), value, description)
        : "%s = %s: must be in %s, also when rounded to float (%s)"
            .formatted(commandName(), value, range, description);
  }
}
