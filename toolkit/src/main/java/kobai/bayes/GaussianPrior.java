package kobai.bayes;

/**
 * Independent normal weights, w ~ N(m, τ²I).
 *
 * @param mean m
 * @param deviation τ &gt; 0
 */
public record GaussianPrior(double mean, double deviation) {
  public GaussianPrior {
    if (!Double.isFinite(mean)) {
      throw new IllegalArgumentException(
          "prior: mean = %s: must be a finite number".formatted(mean));
    }
    if (!(deviation > 0 && deviation < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "prior: deviation = %s: must be a finite number > 0".formatted(deviation));
    }
  }

  /** N(0, λ⁻¹I). */
  public static GaussianPrior ofPrecision(double lambda) {
    if (!(lambda > 0 && lambda < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "prior: precision = %s: must be a finite number > 0".formatted(lambda));
    }
    return new GaussianPrior(0, 1 / Math.sqrt(lambda));
  }

  /** τ². */
  public double variance() {
    return deviation * deviation;
  }

  /** λ = τ⁻². */
  public double precision() {
    return 1 / variance();
  }
}
