package kobai.random;

/**
 * A node in the tree of random streams: keys are derived, never advanced, so a draw is a pure
 * function of the path that led to it. {@code child} mixes with the SplitMix64 finaliser (Steele,
 * Lea and Flood 2014), a bijection in the index for a fixed key.
 */
public record RandomKey(long seed) {
  static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  /** Returns the key of sub-stream {@code index}. */
  public RandomKey child(long index) {
    return new RandomKey(childSeed(seed, index));
  }

  /** Returns the key of the sub-stream of that purpose. */
  public RandomKey child(String purpose) {
    return new RandomKey(childSeed(seed, purpose));
  }

  /** The seed of {@code new RandomKey(seed).child(purpose)}, without making either. */
  public static long childSeed(long seed, String purpose) {
    long hash = 0xCBF29CE484222325L; // FNV-1a, 64 bit
    for (int i = 0; i < purpose.length(); i++) {
      hash = (hash ^ purpose.charAt(i)) * 0x100000001B3L;
    }
    return childSeed(seed, hash);
  }

  /** The seed of {@code new RandomKey(seed).child(index)}, without making either. */
  public static long childSeed(long seed, long index) {
    return mix(mix(seed + GOLDEN_GAMMA) + (index + 1) * GOLDEN_GAMMA);
  }

  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
