package kobai.verify;

/**
 * A two-level orthogonal array of strength 5: any five columns show every sign pattern equally
 * often. Averages of polynomials of degree up to 5 are those of Rademacher noise, so that mean
 * <em>and variance</em> of a quadratic form are exact.
 *
 * <pre>
 * value(run, x) = (−1)^⟨run, (1, x, x³)⟩,   x ∈ GF(2^m) the factor, run ∈ GF(2)^(2m+1)
 * </pre>
 *
 * <p>The vectors (1, x, x³) are columns of a parity check of the extended double-error-correcting
 * BCH code, of minimum distance 6: any five are linearly independent. Runs: 2^(2m+1) for up to 2^m
 * factors (16 → 512, 64 → 8192).
 *
 * <p>Source: Bose and Ray-Chaudhuri (1960); Hedayat, Sloane and Stufken (1999), Orthogonal Arrays,
 * chapter 5.
 */
public final class OrthogonalArrayDesign implements Design {
  /** Primitive polynomials over GF(2) of degree m, the index. */
  private static final int[] POLYNOMIALS = {
    0,
    0b11,
    0b111,
    0b1011,
    0b10011,
    0b100101,
    0b1000011,
    0b10000011,
    0b100011101,
    0b1000010001,
    0b10000001001,
    0b100000000101
  };

  private final int factors;
  private final int m;
  private final int[] columns;

  /** A design for that many factors, up to 2048 (8 388 608 runs). */
  public OrthogonalArrayDesign(int factors) {
    SequentialTest.range(
        "factors",
        factors >= 1 && factors <= 2048,
        factors,
        "in [1, 2048] (2 factors² runs and more)");
    this.factors = factors;
    m = Math.max(1, 32 - Integer.numberOfLeadingZeros(factors - 1));
    columns = new int[factors];
    for (int x = 0; x < factors; x++) {
      columns[x] = 1 | x << 1 | multiply(x, multiply(x, x)) << (1 + m);
    }
  }

  /** The product in GF(2^m). */
  private int multiply(int a, int b) {
    int product = 0;
    for (int bit = 0; bit < m; bit++) {
      if ((b >> bit & 1) == 1) {
        product ^= a << bit;
      }
    }
    for (int bit = 2 * m - 2; bit >= m; bit--) {
      if ((product >> bit & 1) == 1) {
        product ^= POLYNOMIALS[m] << (bit - m);
      }
    }
    return product;
  }

  @Override
  public String name() {
    return "strength-5 orthogonal array";
  }

  @Override
  public int factors() {
    return factors;
  }

  @Override
  public int runs() {
    return 1 << (2 * m + 1);
  }

  @Override
  public double weight(int run) {
    return 1.0 / runs();
  }

  @Override
  public double value(int run, int factor) {
    return (Integer.bitCount(run & columns[factor]) & 1) == 0 ? 1 : -1;
  }
}
