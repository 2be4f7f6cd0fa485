package kobai.compare;

import java.util.Locale;

/**
 * The names and units of what a comparison measures, in the results' {@code metric} and {@code
 * unit} columns.
 */
public enum Metric {
  /** One gradient of the whole sequence. */
  GRADIENT_SECONDS("s"),
  /** The same divided by the length. */
  STEP_SECONDS("s"),
  /** Allocated a gradient in the steady state, by the profiler of JMH. */
  ALLOCATED_BYTES("B"),
  /** The ledger of the workspace. */
  WORKSPACE_BYTES("B"),
  /** What of it is scratch of matrix products, which theory leaves out. */
  SCRATCH_BYTES("B"),
  /** The ledger but for scratch and padding, by the formula of theory. */
  FORMULA_BYTES("B"),
  /** The heap that the estimator keeps alive, measured. */
  HEAP_BYTES("B"),
  /** Floating-point operations of a gradient, by the formula of theory. */
  FORMULA_FLOPS("1"),
  /**
   * Error of one gradient over the norm of the exact one; the interval is one standard deviation.
   */
  RELATIVE_ERROR("1"),
  /** Cosine of one gradient to the exact one; the interval holds 90 % of them. */
  COSINE("1"),
  /** Bias over the norm of the exact gradient. */
  RELATIVE_BIAS("1"),
  /** Variance (trace) over the squared norm of the exact gradient. */
  RELATIVE_VARIANCE("1"),
  /** Estimates behind the four above. */
  REPEATS("1");

  private final String unit;

  Metric(String unit) {
    this.unit = unit;
  }

  /** Its unit: s, B or 1. */
  public String unit() {
    return unit;
  }

  /** Its name in result files. */
  public String column() {
    return name().toLowerCase(Locale.ROOT);
  }
}
