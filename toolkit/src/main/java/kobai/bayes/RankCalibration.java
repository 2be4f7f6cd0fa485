package kobai.bayes;

import org.apache.commons.statistics.distribution.ChiSquaredDistribution;

/**
 * Simulation-based calibration: if w is drawn from the prior, y from the model at w, and L draws
 * from the posterior given y, then w is exchangeable with the draws, and its rank among them
 * uniform on 0 … L.
 *
 * <pre>
 * rank = #{l : wˡ &lt; w}                                        (1)
 * X² = Σ_b (n_b − n/B)²/(n/B)  ~ χ²(B − 1) for uniform ranks    (2)
 * </pre>
 *
 * <p>A histogram that is high at both ends says that the posterior is too narrow, one that is high
 * in the middle that it is too wide, a slope that it is shifted. (1) is {@code add}, (2) {@code
 * statistic}.
 *
 * <p>Bins hold equally many ranks: B divides L + 1. (2) is good where n/B ≥ 5.
 *
 * <p>Source: Talts et al. (2018), arXiv 1804.06788.
 */
public final class RankCalibration {
  private final int draws;
  private final long[] counts;
  private long total;

  /**
   * @param draws L, at least 1
   * @param bins B, at least 2, a divisor of L + 1
   */
  public RankCalibration(int draws, int bins) {
    if (draws < 1) {
      throw new IllegalArgumentException("draws = %d: must be at least 1".formatted(draws));
    }
    if (bins < 2 || (draws + 1) % bins != 0) {
      throw new IllegalArgumentException(
          "bins = %d: must be at least 2 and divide draws + 1 = %d (so that bins hold equally many ranks)"
              .formatted(bins, draws + 1));
    }
    this.draws = draws;
    counts = new long[bins];
  }

  /** Adds one simulation: a value from the prior and L from its posterior. Not kept. */
  public void add(double truth, double[] posterior) {
    if (posterior.length != draws) {
      throw new IllegalArgumentException(
          "posterior: expected %d draws, got %d".formatted(draws, posterior.length));
    }
    int rank = 0;
    for (double draw : posterior) {
      rank += draw < truth ? 1 : 0;
    }
    counts[(int) ((long) rank * counts.length / (draws + 1))]++;
    total++;
  }

  /** Simulations in each bin [B]. */
  public long[] histogram() {
    return counts.clone();
  }

  /** (2). */
  public double statistic() {
    double expected = total / (double) counts.length;
    double sum = 0;
    for (long count : counts) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }

  /** The chance of a statistic as large as this or larger under uniform ranks. */
  public double pValue() {
    return ChiSquaredDistribution.of(counts.length - 1).survivalProbability(statistic());
  }
}
