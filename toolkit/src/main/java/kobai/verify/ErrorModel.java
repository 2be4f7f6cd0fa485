package kobai.verify;

/**
 * How far the exact mean of an estimator with perturbations of scale σ may lie from the gradient,
 * and which σ is best.
 *
 * <pre>
 * relative error = c₃ σ² + 4 u |L| / (σ ‖g‖)                         (1)
 * gate = 10 · (1)                                                     (2)
 * σ* = (2 u |L| / (c₃ ‖g‖))^⅓ minimises (1)                           (3)
 * </pre>
 *
 * <p>The first term is what the third derivatives add to the mean, the second the rounding of two
 * losses that nearly cancel; u is the rounding unit of the arithmetic under test. c₃ is measured,
 * in double, on the antithetic mean over a Hadamard design; the factor 10 of (2) covers that other
 * designs and windows weigh the third derivatives differently.
 *
 * @param c3 c₃ ≥ 0
 * @param loss |L|
 * @param norm ‖g‖ &gt; 0
 * @param unit u
 */
public record ErrorModel(double c3, double loss, double norm, double unit) {
  /** Rounding unit of float. */
  public static final double FLOAT = 0x1p-24;

  /**
   * What float leaves of a gradient that is a sum of thousands of terms, relative to its norm: the
   * random walk of 4096 roundings.
   */
  public static final double FLOAT_SUM = 64 * FLOAT;

  /** Rounding unit of double. */
  public static final double DOUBLE = 0x1p-53;

  // Small enough that σ⁵ terms do not matter, large enough that double loses no digits: 10⁻¹⁶/10⁻²
  // against 10⁻⁴.
  private static final double PROBE = 1e-2;

  /** Measures c₃ at θ on a sequence of {@code length} steps; 4 P to 8 P losses. */
  public static ErrorModel of(Oracle oracle, float[] theta, int length, double unit) {
    double[] g = oracle.gradient(theta, length);
    double[] wide = Vectors.widen(theta);
    double[] mean = new double[g.length];
    double[] noise = new double[g.length];
    double[][] at = {new double[g.length]};
    int[] ends = {length};
    Design design = new HadamardDesign(g.length, false);
    for (int run = 0; run < design.runs(); run++) {
      design.fill(run, noise);
      double difference = 0;
      for (int side = 1; side >= -1; side -= 2) {
        for (int p = 0; p < noise.length; p++) {
          at[0][p] = wide[p] + side * PROBE * noise[p];
        }
        difference += side * oracle.loss(at, ends, 0, length);
      }
      Vectors.add(design.weight(run) * difference / (2 * PROBE), noise, mean);
    }
    double norm = Vectors.norm(g);
    return new ErrorModel(
        Vectors.distance(mean, g) / (norm * PROBE * PROBE),
        Math.abs(oracle.loss(theta, length)),
        norm,
        unit);
  }

  /** The share of rounding in (1). */
  public double rounding(double sigma) {
    return 4 * unit * loss / (sigma * norm);
  }

  /** (1). */
  public double error(double sigma) {
    return c3 * sigma * sigma + rounding(sigma);
  }

  /** (2). */
  public double gate(double sigma) {
    return 10 * error(sigma);
  }

  /** (3); 1 where the loss is quadratic or less. */
  public double bestSigma() {
    return c3 > 0 ? Math.min(1, Math.cbrt(2 * unit * loss / (c3 * norm))) : 1;
  }

  /** The smallest σ whose rounding stays below a fifth of a relative tolerance. */
  public double leastSigma(double tolerance) {
    return 4 * unit * loss / (norm * tolerance / 5);
  }
}
