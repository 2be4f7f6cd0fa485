package kobai.compare;

import java.util.List;
import java.util.Map;
import kobai.bench.Dimension;

/**
 * How thorough a comparison is, and how long it may take on two cores.
 *
 * <p>Vector kernels need about two seconds until the last of their methods is compiled for good;
 * {@link #QUICK} warms up for a little less and says so in its report. What still allocates after
 * its warm-up was not compiled yet, and is measured again with a longer one.
 */
public enum Level {
  /** Two minutes: one fork a measurement, a short warm-up, two or three points a curve. */
  QUICK(1, 1, 2, 900, 5, 100, 112, 0.4, 6, 0.5),
  /** Ten minutes: three forks at the base point, one along the curves. */
  STANDARD(3, 1, 2, 1000, 5, 200, 570, 3, 40, 4),
  /** No limit: five forks everywhere. */
  FULL(5, 5, 3, 1000, 5, 500, Double.POSITIVE_INFINITY, 60, 400, 30);

  private final int baseForks;
  private final int curveForks;
  private final int warmups;
  private final int warmupMillis;
  private final int measurements;
  private final int measurementMillis;
  private final double budgetSeconds;
  private final double longestGradientSeconds;
  private final double reservedSeconds;
  private final double qualitySeconds;

  Level(
      int baseForks,
      int curveForks,
      int warmups,
      int warmupMillis,
      int measurements,
      int measurementMillis,
      double budgetSeconds,
      double longestGradientSeconds,
      double reservedSeconds,
      double qualitySeconds) {
    this.baseForks = baseForks;
    this.curveForks = curveForks;
    this.warmups = warmups;
    this.warmupMillis = warmupMillis;
    this.measurements = measurements;
    this.measurementMillis = measurementMillis;
    this.budgetSeconds = budgetSeconds;
    this.longestGradientSeconds = longestGradientSeconds;
    this.reservedSeconds = reservedSeconds;
    this.qualitySeconds = qualitySeconds;
  }

  /** Virtual machines that measure a cell, one after the other. */
  public int forks(boolean base) {
    return base ? baseForks : curveForks;
  }

  /** Warm-up iterations in each. */
  public int warmups() {
    return warmups;
  }

  /** Milliseconds of a warm-up iteration; a single longer gradient is not cut. */
  public int warmupMillis() {
    return warmupMillis;
  }

  /** Measured iterations in each. */
  public int measurements() {
    return measurements;
  }

  /** Milliseconds of a measured iteration. */
  public int measurementMillis() {
    return measurementMillis;
  }

  /** Seconds from the start of the program to the end of the report. */
  public double budgetSeconds() {
    return budgetSeconds;
  }

  /** Seconds that one gradient may take; slower cells are refused. */
  public double longestGradientSeconds() {
    return longestGradientSeconds;
  }

  /**
   * Seconds kept for everything but timing and quality: memory, the report, what was planned too
   * low.
   */
  public double reservedSeconds() {
    return reservedSeconds;
  }

  /** Seconds for the quality of each stochastic contender. */
  public double qualitySeconds() {
    return qualitySeconds;
  }

  /**
   * Estimates that the quality of a stochastic contender is measured from, if the time suffices.
   */
  public int repeats() {
    return this == FULL ? 20_000 : 2_000;
  }

  /** The option that names it. */
  public String option() {
    return switch (this) {
      case QUICK -> "--quick";
      case STANDARD -> "the default";
      case FULL -> "--full";
    };
  }

  /** The values along each curve where the user names none. */
  public Map<Dimension, List<Integer>> curves() {
    return switch (this) {
      case QUICK ->
          Map.of(
              Dimension.HIDDEN, List.of(32, 96, 16),
              Dimension.LENGTH, List.of(400),
              Dimension.WINDOW, List.of(50),
              Dimension.PARTICLES, List.of(128),
              Dimension.BATCH, List.of(8),
              Dimension.THREADS, List.of(2));
      case STANDARD ->
          Map.of(
              Dimension.HIDDEN, List.of(32, 128, 16),
              Dimension.LENGTH, List.of(400, 25),
              Dimension.WINDOW, List.of(50, 5, 2),
              Dimension.PARTICLES, List.of(128, 8),
              Dimension.BATCH, List.of(8, 32),
              Dimension.THREADS, List.of(2, 4));
      case FULL ->
          Map.of(
              Dimension.HIDDEN, List.of(8, 16, 24, 32, 48, 96, 128, 192, 256),
              Dimension.LENGTH, List.of(25, 50, 200, 400, 800, 1600),
              Dimension.WINDOW, List.of(2, 5, 20, 50),
              Dimension.PARTICLES, List.of(4, 8, 16, 64, 128, 256),
              Dimension.BATCH, List.of(2, 4, 8, 16, 32),
              Dimension.THREADS, List.of(2, 3, 4, 8));
    };
  }
}
