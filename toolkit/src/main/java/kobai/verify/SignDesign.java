package kobai.verify;

/**
 * All 2^D sign vectors: the expectation over Rademacher noise of any function whatever. D is at
 * most 16.
 */
public final class SignDesign implements Design {
  /** Most factors. */
  public static final int MOST_FACTORS = 16;

  private final int factors;

  /** A design for that many factors. */
  public SignDesign(int factors) {
    SequentialTest.range(
        "factors",
        factors >= 1 && factors <= MOST_FACTORS,
        factors,
        "in [1, "
            + MOST_FACTORS
            + "] (2^factors runs; use a Hadamard design or a smaller network)");
    this.factors = factors;
  }

  @Override
  public String name() {
    return "all signs";
  }

  @Override
  public int factors() {
    return factors;
  }

  @Override
  public int runs() {
    return 1 << factors;
  }

  @Override
  public double weight(int run) {
    return 1.0 / runs();
  }

  @Override
  public double value(int run, int factor) {
    return (run >> factor & 1) == 0 ? 1 : -1;
  }
}
