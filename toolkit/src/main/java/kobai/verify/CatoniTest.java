package kobai.verify;

/**
 * A test of the mean of values whose variance is known to be at most v, valid for every law with
 * that variance: no central limit theorem, no clip, no block.
 *
 * <pre>
 * ln E_n = Σ φ(λ xᵢ) − n λ² v / 2,   φ(y) = sgn(y) ln(1 + |y| + y²/2),   λ = √(2 ln(1/α) / (v n*))
 * </pre>
 *
 * <p>E e^φ(λx) ≤ 1 + λ E x + λ² E x²/2, so E is a supermartingale where E x ≤ 0, and P(some n: E_n
 * ≥ 1/α) ≤ α. Two-sided by the same with −x, each at α/2. Slower than {@link SequentialTest} where
 * block means are normal.
 *
 * <p>Source: Catoni (2012), Annales de l'IHP 48(4); as an e-process: Wang and Ramdas (2023),
 * Stochastic Processes and their Applications 163.
 */
public final class CatoniTest {
  private final double lambda;
  private final double drift;
  private final double limit;
  private double above;
  private double below;
  private long count;

  /**
   * @param variance v &gt; 0
   * @param planned n*, the number of values for which the test is most powerful
   */
  public CatoniTest(double variance, long planned, double alpha) {
    SequentialTest.range(
        "variance",
        variance > 0 && variance < Double.POSITIVE_INFINITY,
        variance,
        "a finite number > 0");
    SequentialTest.range("planned", planned >= 1, planned, "at least 1");
    SequentialTest.range("alpha", alpha > 0 && alpha < 0.5, alpha, "in (0, 0.5)");
    limit = Math.log(2 / alpha);
    lambda = Math.sqrt(2 * limit / (variance * planned));
    drift = lambda * lambda * variance / 2;
  }

  /** Adds one value. */
  public void add(double x) {
    double y = lambda * x;
    // φ is odd, so one logarithm serves both sides.
    double phi = Math.copySign(Math.log1p(Math.abs(y) + y * y / 2), y);
    above += phi - drift;
    below += -phi - drift;
    count++;
  }

  /** Whether a mean other than zero has been found now. */
  public boolean biased() {
    return Math.max(above, below) >= limit;
  }

  /** ln of the larger of the two e-values. */
  public double logEvidence() {
    return Math.max(above, below);
  }

  /** Values added. */
  public long count() {
    return count;
  }
}
