package kobai.bayes;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether observations fall below the p-quantile of their predictive law with frequency p: the
 * law's own probability u = P(y′ ≤ y) of each observation y must be uniform.
 *
 * <pre>
 * observed(p) = share of u ≤ p,   p = 1/B … (B − 1)/B            (1)
 * error = mean over p of |observed(p) − p|                       (2)
 * coverage(p) = share of ½(1 − p) ≤ u ≤ ½(1 + p)                 (3)
 * </pre>
 *
 * <p>(1) is {@code curve}, (2) {@code error}, (3) {@code coverage}.
 *
 * <p>Source: Kuleshov, Fenner and Ermon (2018), ICML, arXiv 1807.00263.
 */
public final class QuantileCalibration {
  /**
   * A point of the curve.
   *
   * @param nominal p
   * @param observed share of observations below that quantile; NaN of none, or if one is unknown
   */
  public record Point(double nominal, double observed) {}

  private final int levels;
  private double[] values = new double[64];
  private int count;
  private boolean unknown;

  /**
   * @param levels B, at least 2
   */
  public QuantileCalibration(int levels) {
    if (levels < 2) {
      throw new IllegalArgumentException("levels = %d: must be at least 2".formatted(levels));
    }
    this.levels = levels;
  }

  /**
   * Adds an observation.
   *
   * @param u what {@link PredictiveSamples#below} says of it, in [0, 1]
   */
  public void add(double u) {
    if (!(u >= 0 && u <= 1)) {
      throw new IllegalArgumentException("u = %s: must be a probability in [0, 1]".formatted(u));
    }
    if (count == values.length) {
      values = java.util.Arrays.copyOf(values, 2 * count);
    }
    values[count++] = u;
  }

  /**
   * Says that the law of an observation states no probability, as that of a diverged network: from
   * now on every share and the error are NaN.
   */
  public void addUnknown() {
    unknown = true;
  }

  /** Observations. */
  public int count() {
    return count;
  }

  private double share(double from, double to) {
    if (unknown) {
      return Double.NaN;
    }
    int inside = 0;
    for (int i = 0; i < count; i++) {
      inside += values[i] >= from && values[i] <= to ? 1 : 0;
    }
    return inside / (double) count;
  }

  /** (1). */
  public List<Point> curve() {
    List<Point> curve = new ArrayList<>();
    for (int b = 1; b < levels; b++) {
      double p = b / (double) levels;
      curve.add(new Point(p, share(0, p)));
    }
    return curve;
  }

  /** (2); NaN of no observations. */
  public double error() {
    double sum = 0;
    for (Point point : curve()) {
      sum += Math.abs(point.observed() - point.nominal());
    }
    return sum / (levels - 1);
  }

  /** (3): how often the central interval of that probability holds the observation. */
  public double coverage(double probability) {
    return share(0.5 * (1 - probability), 0.5 * (1 + probability));
  }
}
