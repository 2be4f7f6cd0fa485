package kobai.random;

/**
 * Uniform draws for data, addressed by their coordinates: a draw is a pure function of (key, row,
 * index), so the rows of a batch are independent of each other and of the batch size, and nothing
 * is stored or allocated.
 *
 * <p>Draw {@code index} of row {@code row} is output number {@code index} of the SplitMix64
 * generator whose seed is that of {@code key.child(row)}.
 *
 * <p>Cost: three finalisers a draw, a few nanoseconds.
 *
 * <p>Source: Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.
 */
public final class RandomDraws {
  private static final int DOUBLE_PRECISION = 53;

  private RandomDraws() {}

  /** 64 random bits. */
  public static long bits(RandomKey key, long row, long index) {
    long seed = RandomKey.childSeed(key.seed(), row);
    return RandomKey.mix(seed + (index + 1) * RandomKey.GOLDEN_GAMMA);
  }

  /** True with probability ½. */
  public static boolean coin(RandomKey key, long row, long index) {
    return bits(key, row, index) < 0;
  }

  /**
   * A whole number in [0, bound), bound at least 1: ⌊bits · bound / 2⁶⁴⌋. Each value is hit by
   * ⌊2⁶⁴/bound⌋ or one more of the 2⁶⁴ words, so that no probability is off by 2⁻⁶⁴ or more; that
   * takes the place of a rejection loop.
   */
  public static int below(RandomKey key, long row, long index, int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound = " + bound + ": must be at least 1");
    }
    return (int) Math.unsignedMultiplyHigh(bits(key, row, index), bound);
  }

  /** A multiple of 2⁻⁵³ in [0, 1). */
  public static double uniform(RandomKey key, long row, long index) {
    return (bits(key, row, index) >>> (Long.SIZE - DOUBLE_PRECISION)) * 0x1p-53;
  }
}
