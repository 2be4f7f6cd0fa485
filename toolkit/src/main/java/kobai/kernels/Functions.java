package kobai.kernels;

/**
 * The project's own elementary functions of one float. They use {@code fma}, +, −, ×, ÷, exact
 * conversions and bit operations only, so that {@link VectorFunctions} repeats them bit for bit on
 * every machine, which {@code Math} does not promise. No coefficient comes from a library: each
 * polynomial is a minimax fit (linear programme over Chebyshev nodes) whose coefficients were
 * rounded to float one after another, the rest being fitted again.
 *
 * <pre>
 * eˣ      = 2ⁿ e^f,  n = ⌊x / ln 2⌉,  f = x − n ln 2,  e^f = 1 + f + f² P(f)          (1)
 * tanh x  = m / (m + 2),  m = e^{2|x|} − 1 = 2ⁿ (f + f² P(f)) + (2ⁿ − 1)               (2)
 * σ(x)    = (x &lt; 0 ? e : 1) / (1 + e),  e = e^{−|x|}                                   (3)
 * ln x    = n ln 2 + f − f²/2 + f³ Q(f),  x = 2ⁿ (1 + f),  √½ ≤ 1 + f &lt; √2           (4)
 * sin f   = f + f³ S(f²),  cos f = 1 − f²/2 + f⁴ C(f²),  |f| ≤ π/4                     (5)
 * </pre>
 *
 * <p>(2) has no branch: for n = 0 it is f + f² P(f), which keeps full relative accuracy down to 0.
 * The argument of (5) is |x| − n π/2 with π/2 in three floats up to {@link #REDUCE_LIMIT}; above,
 * the fraction of 2|x|/π is taken from an integer product with the binary digits of 2/π (Payne and
 * Hanek 1983, ACM SIGNUM Newsletter 18(1), 19–24).
 *
 * <p>Largest errors over all floats, in units of the last place, against double: exp 0.92, log
 * 0.88, tanh 2.54, sigmoid 2.41, sin 1.59, cos 1.58.
 */
final class Functions {
  /** Adding 1.5 · 2²³ rounds to an integer, which then stands in the low bits. */
  static final float ROUND = 0x1.8p23f;

  static final int ROUND_BITS = 0x4B400000;
  static final int ONE_BITS = 0x3F800000;
  static final int SIGN_BIT = 0x80000000;
  static final int MANTISSA_BITS = 23;
  static final int EXPONENT_BIAS = 127;

  static final float LOG2_E = 0x1.715476p0f;
  static final float LN2 = 0x1.62e43p-1f;

  /** What {@link #LN2} lacks. */
  static final float LN2_LOW = -0x1.05c61p-29f;

  /** Above, eˣ overflows whatever the last bits; below the negative one it rounds to 0. */
  static final float EXP_MAX = 89f;

  static final float EXP_MIN = -104f;

  /** P of (1), |f| ≤ 0.3485; error 2⁻²⁶ of e^f − 1. */
  static final float P0 = 0x1.fffffep-2f;

  static final float P1 = 0x1.5554bp-3f;
  static final float P2 = 0x1.5556f6p-5f;
  static final float P3 = 0x1.12289p-7f;
  static final float P4 = 0x1.6b99cp-10f;

  /** From here on tanh rounds to 1. */
  static final float TANH_MAX = 10f;

  /** Bits of √½. */
  static final int SQRT_HALF_BITS = 0x3F3504F3;

  static final float SUBNORMAL_SCALE = 0x1p25f;
  static final float SUBNORMAL_EXPONENT = -25f;

  /** Q of (4); error 2⁻²⁷ of ln(1 + f). */
  static final float Q0 = 0x1.555554p-2f;

  static final float Q1 = -0x1.000226p-2f;
  static final float Q2 = 0x1.99a01ap-3f;
  static final float Q3 = -0x1.547286p-3f;
  static final float Q4 = 0x1.22d95ap-3f;
  static final float Q5 = -0x1.0d82a4p-3f;
  static final float Q6 = 0x1.055de2p-3f;
  static final float Q7 = -0x1.38c5bp-4f;

  /**
   * Largest |x| whose argument is reduced with three floats: there n stays exact and |f| ≤ 0.791.
   */
  static final float REDUCE_LIMIT = 0x1p17f;

  static final float TWO_OVER_PI = 0x1.45f306p-1f;
  static final float HALF_PI = 0x1.921fb6p0f;

  /** What {@link #HALF_PI} lacks. */
  static final float HALF_PI_MIDDLE = -0x1.777a5cp-25f;

  /** What both lack. */
  static final float HALF_PI_LOW = -0x1.ee59dap-50f;

  /** S of (5), |f| ≤ 0.80; error 2⁻²⁷·⁷ of sin f. */
  static final float S0 = -0x1.555544p-3f;

  static final float S1 = 0x1.1106aep-7f;
  static final float S2 = -0x1.990f92p-13f;

  /** C of (5), |f| ≤ 0.80; error 2⁻³² of cos f. */
  static final float C0 = 0x1.555548p-5f;

  static final float C1 = -0x1.6c0af4p-10f;
  static final float C2 = 0x1.99911cp-16f;

  /** The binary digits of 2/π after the point, behind 64 zeros for the arguments below 2⁶⁴. */
  private static final long[] TWO_OVER_PI_DIGITS = {
    0L, 0xA2F9836E4E441529L, 0xFC2757D1F534DDC0L, 0xDB6295993C439041L, 0xFE5163ABDEBBC561L
  };

  /** One quarter turn in units of 2⁻⁶² of a quarter turn. */
  private static final int QUARTER_BITS = 62;

  private Functions() {}

  static float exp(float x) {
    float c = x > EXP_MAX ? EXP_MAX : x;
    c = c < EXP_MIN ? EXP_MIN : c;
    float r = Math.fma(c, LOG2_E, ROUND);
    int n = Float.floatToRawIntBits(r) - ROUND_BITS;
    r -= ROUND;
    float f = Math.fma(r, -LN2_LOW, Math.fma(r, -LN2, c));
    float p = Math.fma(Math.fma(expSeries(f), f, 1f), f, 1f);
    int half = n >> 1;
    return p * powerOfTwo(half) * powerOfTwo(n - half);
  }

  static float tanh(float x) {
    float a = Math.abs(x);
    a = a > TANH_MAX ? TANH_MAX : a;
    float twice = a + a;
    float r = Math.fma(twice, LOG2_E, ROUND);
    float scale = Float.intBitsToFloat((Float.floatToRawIntBits(r) << MANTISSA_BITS) + ONE_BITS);
    r -= ROUND;
    float f = Math.fma(r, -LN2, twice);
    float p = Math.fma(expSeries(f) * f, f, f);
    float m = Math.fma(scale, p, scale - 1f);
    float t = m / (m + 2f);
    return Float.intBitsToFloat(
        Float.floatToRawIntBits(t) | (Float.floatToRawIntBits(x) & SIGN_BIT));
  }

  static float sigmoid(float x) {
    float e = exp(-Math.abs(x));
    return (x < 0f ? e : 1f) / (1f + e);
  }

  static float log(float x) {
    if (x > 0f && x < Float.POSITIVE_INFINITY) {
      return x < Float.MIN_NORMAL
          ? logOfNormal(x * SUBNORMAL_SCALE, SUBNORMAL_EXPONENT)
          : logOfNormal(x, 0f);
    }
    return x == 0f ? Float.NEGATIVE_INFINITY : x < 0f ? Float.NaN : x;
  }

  /** Returns ln x + exponent · ln 2 for finite normal x &gt; 0. */
  static float logOfNormal(float x, float exponent) {
    int bits = Float.floatToRawIntBits(x);
    int n = (bits - SQRT_HALF_BITS) >> MANTISSA_BITS;
    float f = Float.intBitsToFloat(bits - (n << MANTISSA_BITS)) - 1f;
    float z = f * f;
    float q = Math.fma(Math.fma(Math.fma(Q7, f, Q6), f, Q5), f, Q4);
    q = Math.fma(Math.fma(Math.fma(Math.fma(q, f, Q3), f, Q2), f, Q1), f, Q0);
    float tail = Math.fma(q * f, z, -0.5f * z);
    return Math.fma(n + exponent, LN2, f + tail);
  }

  static float sin(float x) {
    float a = Math.abs(x);
    int quadrant;
    float f;
    if (a <= REDUCE_LIMIT) {
      float r = Math.fma(a, TWO_OVER_PI, ROUND);
      quadrant = Float.floatToRawIntBits(r);
      f = reduce(a, r - ROUND);
    } else {
      long turns = quarterTurns(a);
      quadrant = (int) (turns >>> QUARTER_BITS);
      f = fraction(turns);
    }
    float v = (quadrant & 1) == 0 ? sinSeries(f) : cosSeries(f);
    int sign = (quadrant << 30 ^ Float.floatToRawIntBits(x)) & SIGN_BIT;
    return a < Float.POSITIVE_INFINITY
        ? Float.intBitsToFloat(Float.floatToRawIntBits(v) ^ sign)
        : Float.NaN;
  }

  static float cos(float x) {
    float a = Math.abs(x);
    int quadrant;
    float f;
    if (a <= REDUCE_LIMIT) {
      float r = Math.fma(a, TWO_OVER_PI, ROUND);
      quadrant = Float.floatToRawIntBits(r);
      f = reduce(a, r - ROUND);
    } else {
      long turns = quarterTurns(a);
      quadrant = (int) (turns >>> QUARTER_BITS);
      f = fraction(turns);
    }
    float v = (quadrant & 1) == 0 ? cosSeries(f) : sinSeries(f);
    int sign = ((quadrant + 1) << 30) & SIGN_BIT;
    return a < Float.POSITIVE_INFINITY
        ? Float.intBitsToFloat(Float.floatToRawIntBits(v) ^ sign)
        : Float.NaN;
  }

  private static float expSeries(float f) {
    return Math.fma(Math.fma(Math.fma(Math.fma(P4, f, P3), f, P2), f, P1), f, P0);
  }

  private static float powerOfTwo(int n) {
    return Float.intBitsToFloat((n + EXPONENT_BIAS) << MANTISSA_BITS);
  }

  private static float reduce(float a, float n) {
    return Math.fma(n, -HALF_PI_LOW, Math.fma(n, -HALF_PI_MIDDLE, Math.fma(n, -HALF_PI, a)));
  }

  private static float sinSeries(float f) {
    float z = f * f;
    return Math.fma(Math.fma(Math.fma(S2, z, S1), z, S0) * z, f, f);
  }

  private static float cosSeries(float f) {
    float z = f * f;
    return Math.fma(Math.fma(Math.fma(C2, z, C1), z, C0) * z, z, Math.fma(-0.5f, z, 1f));
  }

  /**
   * Returns 2a/π modulo 4 in units of 2⁻⁶², rounded so that the two top bits are the nearest
   * quarter turn, for a above {@link #REDUCE_LIMIT}. With a = m 2ᵉ the digits of weight 4 and more
   * drop out of m · (2ᵉ · 2/π); the next 96 give an error below 2⁻⁶¹, and no float comes closer
   * than 2⁻³² to a quarter turn.
   */
  private static long quarterTurns(float a) {
    int bits = Float.floatToRawIntBits(a);
    long mantissa = bits & (1 << MANTISSA_BITS) - 1 | 1 << MANTISSA_BITS;
    int exponent = (bits >>> MANTISSA_BITS) - EXPONENT_BIAS - MANTISSA_BITS;
    if (exponent > EXPONENT_BIAS - MANTISSA_BITS) {
      return 0L; // infinite or NaN: the caller replaces the result
    }
    int first = exponent + QUARTER_BITS;
    long high = mantissa * digits(first);
    long low = mantissa * (digits(first + Long.SIZE) >>> Integer.SIZE) >>> Integer.SIZE;
    return high + low + (1L << QUARTER_BITS - 1);
  }

  /** Returns the 64 digits of 2/π from that position of the table on. */
  private static long digits(int first) {
    int word = first / Long.SIZE;
    int shift = first % Long.SIZE;
    long high = TWO_OVER_PI_DIGITS[word] << shift;
    return shift == 0 ? high : high | TWO_OVER_PI_DIGITS[word + 1] >>> Long.SIZE - shift;
  }

  /** Returns the angle in radians from the quarter turn that {@link #quarterTurns} rounded to. */
  private static float fraction(long turns) {
    long offset = (turns << 2 >>> 2) - (1L << QUARTER_BITS - 1);
    return (float) (offset * (Math.PI / 2 * 0x1p-62));
  }
}
