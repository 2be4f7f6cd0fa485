package kobai.verify;

import org.apache.commons.statistics.distribution.NormalDistribution;

/** Laws of perturbations: mean 0, variance 1. */
public enum NoiseLaw {
  /** Standard normal. */
  GAUSSIAN(3),
  /** ±1 with probability ½. */
  RADEMACHER(1);

  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  private final double kurtosis;

  NoiseLaw(double kurtosis) {
    this.kurtosis = kurtosis;
  }

  /** κ = E v⁴. */
  public double kurtosis() {
    return kurtosis;
  }

  /** P(v ≤ x). */
  double atMost(double x) {
    return switch (this) {
      case GAUSSIAN -> NORMAL.cumulativeProbability(x);
      case RADEMACHER -> x < -1 ? 0 : x < 1 ? 0.5 : 1;
    };
  }

  /** P(v &lt; x). */
  double below(double x) {
    return switch (this) {
      case GAUSSIAN -> NORMAL.cumulativeProbability(x);
      case RADEMACHER -> x <= -1 ? 0 : x <= 1 ? 0.5 : 1;
    };
  }
}
