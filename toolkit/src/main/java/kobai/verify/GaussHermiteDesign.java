package kobai.verify;

/**
 * The product of three-point Gauss–Hermite rules: nodes 0 and ±√3 with weights ⅔, ⅙ and ⅙ in every
 * one of D ≤ 10 factors, 3^D runs. Exact Gaussian expectation of polynomials of degree up to 5 in
 * each variable.
 */
public final class GaussHermiteDesign implements Design {
  /** Most factors. */
  public static final int MOST_FACTORS = 10;

  private final int factors;
  private final int runs;

  /** A design for that many factors. */
  public GaussHermiteDesign(int factors) {
    SequentialTest.range(
        "factors",
        factors >= 1 && factors <= MOST_FACTORS,
        factors,
        "in [1, " + MOST_FACTORS + "] (3^factors runs; use the cubature of degree 5)");
    this.factors = factors;
    runs = (int) Math.round(Math.pow(3, factors));
  }

  @Override
  public String name() {
    return "3-point Gauss–Hermite";
  }

  @Override
  public int factors() {
    return factors;
  }

  @Override
  public int runs() {
    return runs;
  }

  @Override
  public double weight(int run) {
    double weight = 1;
    for (int factor = 0, rest = run; factor < factors; factor++, rest /= 3) {
      weight *= rest % 3 == 0 ? 2.0 / 3 : 1.0 / 6;
    }
    return weight;
  }

  @Override
  public double value(int run, int factor) {
    int rest = run;
    for (int f = 0; f < factor; f++) {
      rest /= 3;
    }
    return switch (rest % 3) {
      case 0 -> 0;
      case 1 -> Math.sqrt(3);
      default -> -Math.sqrt(3);
    };
  }
}
