package kobai.verify;

/**
 * The fully symmetric rule of total degree 5 for the standard normal law in D dimensions, 2D² + 1
 * runs:
 *
 * <pre>
 * 0                weight 1 + D (D − 7) / 18
 * ±√3 eᵢ           weight (4 − D) / 18        (2D points)
 * ±√3 eᵢ ± √3 eⱼ   weight 1/36                (2D (D − 1) points)
 * </pre>
 *
 * <p>Exact Gaussian expectation of every polynomial of total degree up to 5; the smoothed gradient
 * it gives is wrong by O(σ⁶) only. Weights are negative for D &gt; 4: good for smooth functions in
 * double, not for variances of noisy ones.
 *
 * <p>Source: McNamee and Stenger (1967), Numerische Mathematik 10, 327–344, rule of degree 5.
 */
public final class CubatureDesign implements Design {
  private final int factors;

  /** A design for that many factors, up to 8000. */
  public CubatureDesign(int factors) {
    SequentialTest.range(
        "factors", factors >= 1 && factors <= 8000, factors, "in [1, 8000] (2 factors² + 1 runs)");
    this.factors = factors;
  }

  @Override
  public String name() {
    return "cubature of degree 5";
  }

  @Override
  public int factors() {
    return factors;
  }

  @Override
  public int runs() {
    return 1 + 2 * factors * factors;
  }

  @Override
  public double weight(int run) {
    double d = factors;
    return run == 0 ? 1 + d * (d - 7) / 18 : run <= 2 * factors ? (4 - d) / 18 : 1.0 / 36;
  }

  @Override
  public double value(int run, int factor) {
    if (run == 0) {
      return 0;
    }
    if (run <= 2 * factors) {
      return (run - 1) / 2 == factor ? sign(run - 1) : 0;
    }
    int pair = (run - 1 - 2 * factors) / 4;
    int signs = (run - 1 - 2 * factors) % 4;
    // Pairs (i, j), i < j, in the order of j: j (j − 1)/2 + i.
    int j = (int) ((1 + Math.sqrt(1 + 8.0 * pair)) / 2);
    int i = pair - j * (j - 1) / 2;
    return factor == i ? sign(signs) : factor == j ? sign(signs >> 1) : 0;
  }

  private static double sign(int bit) {
    return (bit & 1) == 0 ? Math.sqrt(3) : -Math.sqrt(3);
  }
}
