package kobai.random;

/**
 * A random order of 0 … N − 1 without storing it: place i is a pure function of (seed, N, i), so
 * that an epoch can be entered anywhere and by any thread.
 *
 * <pre>
 * x ← (i + s) mod N                                              (1)
 * x′ = (kᵣ − x) mod N;  x ← x′ if bit(r, max(x, x′)) is set      (2)   for r = 1 … R
 * </pre>
 *
 * with s and kᵣ uniform in [0, N). (2), the swap-or-not shuffle, exchanges pairs, so that every
 * round is a permutation; R = 4 ⌈log₂ N⌉ + 16.
 *
 * <p>Claim: because of (1) every number stands at every place with probability 1/N exactly, up to
 * the 2⁻⁶⁴ of {@link RandomDraws#below}, whatever (2) does. That the places are nearly independent
 * is the claim of (2).
 *
 * <p>Cost: O(log N) time, about 3 finalisers a round; no memory.
 *
 * <p>Source: Hoang, Morris and Rogaway (2012), An enciphering scheme based on a card shuffle,
 * CRYPTO.
 */
public final class RandomPermutation {
  private static final int ROUNDS_A_BIT = 4;
  private static final int MORE_ROUNDS = 16;

  private RandomPermutation() {}

  /**
   * The number at place {@code i} of the order of {@code size} numbers that belongs to {@code
   * seed}.
   *
   * @throws IllegalArgumentException if size is below 1 or i is not in [0, size)
   */
  public static int at(long seed, int size, int i) {
    if (size < 1 || i < 0 || i >= size) {
      throw new IllegalArgumentException(
          "place = %d: must be in [0, %d), the size of the permutation".formatted(i, size));
    }
    return at(seed, size, below(RandomKey.childSeed(seed, -1), size), i);
  }

  /** The same with a given shift s. */
  static int at(long seed, int size, int shift, int i) {
    int x = (int) (((long) i + shift) % size);
    int rounds = ROUNDS_A_BIT * (Integer.SIZE - Integer.numberOfLeadingZeros(size)) + MORE_ROUNDS;
    for (int round = 0; round < rounds; round++) {
      long roundSeed = RandomKey.mix(seed + (round + 1) * RandomKey.GOLDEN_GAMMA);
      int partner = below(roundSeed, size) - x;
      partner += partner < 0 ? size : 0;
      int larger = Math.max(x, partner);
      if (RandomKey.mix(roundSeed + (larger + 1) * RandomKey.GOLDEN_GAMMA) < 0) {
        x = partner;
      }
    }
    return x;
  }

  private static int below(long bits, int bound) {
    return (int) Math.unsignedMultiplyHigh(RandomKey.mix(bits), bound);
  }
}
