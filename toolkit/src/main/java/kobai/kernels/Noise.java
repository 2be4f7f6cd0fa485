package kobai.kernels;

import java.util.Objects;

/**
 * The random source as a specification: Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, SC'11,
 * table 2) keyed by the two halves of a long, low word first. Counter b is (b, c1, c2, c3) and
 * gives the words x₀ … x₃.
 *
 * <p><b>Layout.</b> A block is 8 consecutive counters 8B … 8B + 7. Its 32 words are ordered
 *
 * <pre>
 * A = x₀(8B), x₁(8B), x₀(8B + 1), x₁(8B + 1), …, x₁(8B + 7)      words  0 … 15
 * B = x₂(8B), x₃(8B), x₂(8B + 1), x₃(8B + 1), …, x₃(8B + 7)      words 16 … 31
 * </pre>
 *
 * so that vectors of any width up to 512 bits hold whole pairs.
 *
 * <pre>
 * uniform     draw 32 B + w         = (word w &gt;&gt;&gt; 8) · 2⁻²⁴
 * Gaussian    draw 32 B + w         = R(A_w) · s(B_w),    w &lt; 16
 *             draw 32 B + 16 + w    = R(A_w) · c(B_w)
 *             R(a) = √(−2 ln u),  u = fma(a &gt;&gt;&gt; 1, 2⁻³¹, 2⁻³²) in (0, 1]
 *             s(b) = sign(t) cos(π h),  c(b) = sin(π h),  h = |t| − ½,  t = fma(b &gt;&gt;&gt; 1, 2⁻³⁰, −1) in [−1, 1]
 * Rademacher  draw 1024 B + 32 p + w = +1 where bit 31 − p of word w is 0, else −1
 * </pre>
 *
 * s and c are the sine and minus the cosine of the angle π t; they are polynomials of this class
 * with absolute error below 2⁻²³, and the largest draw is √(64 ln 2) = 6.66. Draws do not depend on
 * how many are asked for. The three kinds read the same words: their draws at the same coordinates
 * are dependent.
 */
final class Noise {
  /** Counters of a block. */
  static final int BLOCK = 8;

  /** Words of a block, and draws of a uniform or Gaussian block. */
  static final int BLOCK_WORDS = 4 * BLOCK;

  /** Signs of a block. */
  static final int BLOCK_SIGNS = Integer.SIZE * BLOCK_WORDS;

  static final int ROUNDS = 10;
  static final long MULTIPLIER_0 = 0xD2511F53L;
  static final long MULTIPLIER_1 = 0xCD9E8D57L;

  /** Added to the key halves after every round: the golden ratio and √3 − 1, times 2³². */
  static final int WEYL_0 = 0x9E3779B9;

  static final int WEYL_1 = 0xBB67AE85;

  /** Gaussian words lose their lowest bit, and are not negative then. */
  static final int GAUSSIAN_SHIFT = 1;

  static final float UNIT_STEP = 0x1p-31f;
  static final float UNIT_OFFSET = 0x1p-32f;
  static final float ANGLE_STEP = 0x1p-30f;
  static final float ANGLE_OFFSET = -1f;

  static final int UNIFORM_SHIFT = 8;
  static final float UNIFORM_STEP = 0x1p-24f;

  /** sin(π h) / h over |h| ≤ ½, absolute error of sin 2⁻²⁷. */
  static final float S0 = 0x1.921fb4p1f;

  static final float S1 = -0x1.4abba2p2f;
  static final float S2 = 0x1.466504p1f;
  static final float S3 = -0x1.31fbf4p-1f;
  static final float S4 = 0x1.3912aap-4f;

  /** cos(π h) over |h| ≤ ½, absolute error 2⁻²⁹. */
  static final float C1 = -0x1.3bd3ccp2f;

  static final float C2 = 0x1.03c1d4p2f;
  static final float C3 = -0x1.55cd26p0f;
  static final float C4 = 0x1.e0a1e2p-3f;
  static final float C5 = -0x1.889fc4p-6f;

  private Noise() {}

  /** Returns the words of one counter: x₀ + 2³² x₁, or x₂ + 2³² x₃. */
  static long words(long key, int c0, int c1, int c2, int c3, boolean second) {
    int k0 = (int) key;
    int k1 = (int) (key >>> Integer.SIZE);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = Integer.toUnsignedLong(c0) * MULTIPLIER_0;
      long p1 = Integer.toUnsignedLong(c2) * MULTIPLIER_1;
      c0 = (int) (p1 >>> Integer.SIZE) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> Integer.SIZE) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    int low = second ? c2 : c0;
    int high = second ? c3 : c1;
    return Integer.toUnsignedLong(low) | (long) high << Integer.SIZE;
  }

  static void gaussian(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    Objects.checkFromIndexSize(outAt, n, out.length);
    gaussianFrom(0, key, c1, c2, c3, out, outAt, n);
  }

  /** As {@link #gaussian}, from that index on, a multiple of {@link #BLOCK_WORDS}. */
  static void gaussianFrom(
      int from, long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    for (int start = from; start < n; start += BLOCK_WORDS) {
      for (int w = 0; w < BLOCK_WORDS / 2 && start + w < n; w += 2) {
        int counter = start / 4 + w / 2;
        long a = words(key, counter, c1, c2, c3, false);
        long b = words(key, counter, c1, c2, c3, true);
        pair((int) a, (int) b, out, outAt, start + w, n);
        pair((int) (a >>> Integer.SIZE), (int) (b >>> Integer.SIZE), out, outAt, start + w + 1, n);
      }
    }
  }

  private static void pair(int a, int b, float[] out, int outAt, int index, int n) {
    float t = angle(b);
    float radius = radius(unit(a));
    float h = Math.abs(t) - 0.5f;
    float z = h * h;
    if (index < n) {
      float s = cosine(z) * radius;
      out[outAt + index] =
          Float.intBitsToFloat(
              Float.floatToRawIntBits(s) ^ Float.floatToRawIntBits(t) & Functions.SIGN_BIT);
    }
    if (index + BLOCK_WORDS / 2 < n) {
      out[outAt + index + BLOCK_WORDS / 2] = sine(h, z) * radius;
    }
  }

  /** Returns the uniform u of the radius. */
  static float unit(int a) {
    return Math.fma((float) (a >>> GAUSSIAN_SHIFT), UNIT_STEP, UNIT_OFFSET);
  }

  /** Returns the angle in half turns, in [−1, 1]. */
  static float angle(int b) {
    return Math.fma((float) (b >>> GAUSSIAN_SHIFT), ANGLE_STEP, ANGLE_OFFSET);
  }

  private static float radius(float u) {
    return (float) Math.sqrt(-2f * Functions.logOfNormal(u, 0f));
  }

  private static float sine(float h, float z) {
    return Math.fma(Math.fma(Math.fma(Math.fma(S4, z, S3), z, S2), z, S1), z, S0) * h;
  }

  private static float cosine(float z) {
    return Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(C5, z, C4), z, C3), z, C2), z, C1), z, 1f);
  }

  static void uniform(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    Objects.checkFromIndexSize(outAt, n, out.length);
    uniformFrom(0, key, c1, c2, c3, out, outAt, n);
  }

  /** As {@link #uniform}, from that index on, a multiple of {@link #BLOCK_WORDS}. */
  static void uniformFrom(
      int from, long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    for (int i = from; i < n; i++) {
      out[outAt + i] = (word(i, key, c1, c2, c3) >>> UNIFORM_SHIFT) * UNIFORM_STEP;
    }
  }

  static void rademacher(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    Objects.checkFromIndexSize(outAt, n, out.length);
    rademacherFrom(0, key, c1, c2, c3, out, outAt, n);
  }

  /** As {@link #rademacher}, from that index on. */
  static void rademacherFrom(
      int from, long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    for (int i = from; i < n; i++) {
      int block = i / BLOCK_SIGNS;
      int plane = i / BLOCK_WORDS % Integer.SIZE;
      int word = word(block * BLOCK_WORDS + i % BLOCK_WORDS, key, c1, c2, c3);
      out[outAt + i] =
          Float.intBitsToFloat(word << plane & Functions.SIGN_BIT | Functions.ONE_BITS);
    }
  }

  /** Returns word {@code index % 32} of block {@code index / 32}. */
  private static int word(int index, long key, int c1, int c2, int c3) {
    int place = index % BLOCK_WORDS;
    int counter = index / BLOCK_WORDS * BLOCK + place % 16 / 2;
    long pair = words(key, counter, c1, c2, c3, place >= 16);
    return (int) (place % 2 == 0 ? pair : pair >>> Integer.SIZE);
  }
}
