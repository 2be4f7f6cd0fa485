package kobai.verify;

/**
 * Rows of a Sylvester–Hadamard matrix: entry (run, factor) is (−1)^⟨run, factor + 1⟩ over the bits.
 * E v = 0 and E vvᵀ = I hold exactly, so the mean of every quadratic form in the noise is exact.
 * Folded over (every row also with the other sign), all odd moments vanish too: what one-sided
 * differences add through the loss itself cancels.
 *
 * <p>Runs: 2^⌈log₂(D + 1)⌉ for D factors, twice that folded over.
 */
public final class HadamardDesign implements Design {
  private final int factors;
  private final int rows;
  private final boolean folded;

  /** A design for that many factors. */
  public HadamardDesign(int factors, boolean folded) {
    SequentialTest.range("factors", factors >= 1 && factors < 1 << 26, factors, "in [1, 2^26)");
    this.factors = factors;
    this.folded = folded;
    rows = Integer.highestOneBit(factors) << 1;
  }

  @Override
  public String name() {
    return folded ? "fold-over Hadamard" : "Hadamard";
  }

  @Override
  public int factors() {
    return factors;
  }

  @Override
  public int runs() {
    return folded ? 2 * rows : rows;
  }

  @Override
  public double weight(int run) {
    return 1.0 / runs();
  }

  @Override
  public double value(int run, int factor) {
    int parity = Integer.bitCount(run % rows & factor + 1) & 1;
    return parity == (run < rows ? 0 : 1) ? 1 : -1;
  }
}
