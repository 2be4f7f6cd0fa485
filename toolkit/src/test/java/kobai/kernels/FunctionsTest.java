package kobai.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The elementary functions against {@code StrictMath} in double, at special values, and against
 * their own past bits.
 */
class FunctionsTest {
  /** A function of one float. */
  private interface Scalar {
    float of(float x);
  }

  /**
   * Distance of the sampled bit patterns, a prime: 2.1 million of the 2³² floats, every exponent
   * and sign among them. All floats were checked once, outside the tests; the class comment of
   * {@link Functions} has those figures.
   */
  private static final int STRIDE = 2039;

  private static double sigmoid(double x) {
    double e = StrictMath.exp(-StrictMath.abs(x));
    return (x < 0 ? e : 1) / (1 + e);
  }

  @Test
  void everyFunctionKeepsItsErrorBoundOverTheWholeFloatRange() {
    keepsBound("exp", Functions::exp, StrictMath::exp, 2);
    keepsBound("log", Functions::log, StrictMath::log, 2);
    keepsBound("tanh", Functions::tanh, StrictMath::tanh, 4);
    keepsBound("sigmoid", Functions::sigmoid, FunctionsTest::sigmoid, 4);
    keepsBound("sin", Functions::sin, StrictMath::sin, 2);
    keepsBound("cos", Functions::cos, StrictMath::cos, 2);
  }

  private static void keepsBound(
      String name, Scalar function, DoubleUnaryOperator exact, double ulps) {
    double worst = 0;
    for (long bits = Integer.MIN_VALUE; bits <= Integer.MAX_VALUE; bits += STRIDE) {
      worst =
          Math.max(
              worst, checkedError(name, function, exact, Float.intBitsToFloat((int) bits), ulps));
    }
    // An error below half an ulp everywhere would mean that the comparison compares nothing.
    assertTrue(worst > 0.5, name + ": worst error " + worst);
  }

  @Test
  void logKeepsItsBoundNextToOne() {
    for (int i = -200_000; i <= 200_000; i++) {
      float x = Float.intBitsToFloat(Functions.ONE_BITS + i);
      checkedError("log", Functions::log, StrictMath::log, x, 2);
    }
  }

  @Test
  void sineAndCosineKeepTheirBoundNextToMultiplesOfAQuarterTurn() {
    for (int quarter = 1; quarter < 100_000; quarter += 7) {
      int bits = Float.floatToRawIntBits((float) (quarter * (Math.PI / 2)));
      for (int i = -2; i <= 2; i++) {
        float x = Float.intBitsToFloat(bits + i);
        checkedError("sin", Functions::sin, StrictMath::sin, x, 2);
        checkedError("cos", Functions::cos, StrictMath::cos, x, 2);
      }
    }
    // The float nearest to a multiple of π/2 in the whole range, 1.6e-9 from it: 16367173 · 2⁷²
    // (Kahan's search).
    float hard = 16367173 * 0x1p72f;
    checkedError("sin", Functions::sin, StrictMath::sin, hard, 2);
    checkedError("cos", Functions::cos, StrictMath::cos, hard, 2);
    assertTrue(Math.abs(StrictMath.cos(hard)) < 2e-9);
  }

  /** Returns the error in units of the last place of the exact value rounded to float. */
  private static double checkedError(
      String name, Scalar function, DoubleUnaryOperator exact, float x, double ulps) {
    float y = function.of(x);
    double target = exact.applyAsDouble(x);
    float rounded = (float) target;
    if (Float.isNaN(rounded)) {
      assertTrue(Float.isNaN(y), () -> name + "(" + x + ") = " + y + ", exact NaN");
      return 0;
    }
    if (Float.isInfinite(rounded)) {
      // One ulp below the threshold of overflow is the largest float.
      boolean largest = Math.abs(y) == Float.MAX_VALUE && Math.abs(target) < 0x1.000002p128;
      assertTrue(y == rounded || largest, () -> name + "(" + x + ") = " + y + ", exact " + target);
      return 0;
    }
    double error = Math.abs(y - target) / Math.ulp(rounded);
    assertTrue(
        error <= ulps, () -> name + "(" + x + ") = " + y + " is " + error + " ulp from " + target);
    return error;
  }

  @Test
  void specialValuesAreExact() {
    float infinity = Float.POSITIVE_INFINITY;
    assertBits(1f, Functions.exp(0f));
    assertBits(1f, Functions.exp(-0f));
    assertBits(infinity, Functions.exp(infinity));
    assertBits(0f, Functions.exp(-infinity));
    assertBits(infinity, Functions.exp(Float.MAX_VALUE));
    assertBits(0f, Functions.exp(-Float.MAX_VALUE));
    assertBits(1f, Functions.exp(Float.MIN_VALUE));
    // ln(MAX) = 88.7228391…: the float below gives a finite result, the next one does not.
    assertTrue(Functions.exp(0x1.62e42ep6f) < infinity);
    assertBits(infinity, Functions.exp(0x1.62e43p6f));
    // Half of the smallest subnormal is e^−103.972…; the two floats around it.
    assertBits(Float.MIN_VALUE, Functions.exp(-103.972f));
    assertBits(0f, Functions.exp(-103.973f));

    assertBits(0f, Functions.log(1f));
    assertBits(-infinity, Functions.log(0f));
    assertBits(-infinity, Functions.log(-0f));
    assertBits(infinity, Functions.log(infinity));
    assertBits(Float.NaN, Functions.log(-Float.MIN_VALUE));
    assertBits(Float.NaN, Functions.log(-infinity));
    assertBits((float) StrictMath.log(Float.MIN_VALUE), Functions.log(Float.MIN_VALUE));

    assertBits(0f, Functions.tanh(0f));
    assertBits(-0f, Functions.tanh(-0f));
    assertBits(1f, Functions.tanh(infinity));
    assertBits(-1f, Functions.tanh(-infinity));
    assertBits(Float.MIN_VALUE, Functions.tanh(Float.MIN_VALUE));
    assertBits(-Float.MIN_NORMAL, Functions.tanh(-Float.MIN_NORMAL));

    assertBits(0.5f, Functions.sigmoid(0f));
    assertBits(0.5f, Functions.sigmoid(-0f));
    assertBits(1f, Functions.sigmoid(infinity));
    assertBits(0f, Functions.sigmoid(-infinity));

    assertBits(0f, Functions.sin(0f));
    assertBits(-0f, Functions.sin(-0f));
    assertBits(-Float.MIN_VALUE, Functions.sin(-Float.MIN_VALUE));
    assertBits(Float.NaN, Functions.sin(infinity));
    assertBits(Float.NaN, Functions.sin(-infinity));
    assertBits(1f, Functions.cos(-0f));
    assertBits(Float.NaN, Functions.cos(infinity));
    assertBits(Float.NaN, Functions.cos(-infinity));
    Scalar[] all = {
      Functions::exp,
      Functions::log,
      Functions::tanh,
      Functions::sigmoid,
      Functions::sin,
      Functions::cos
    };
    for (Scalar function : all) {
      assertBits(Float.NaN, function.of(Float.NaN));
      assertBits(Float.NaN, function.of(Float.intBitsToFloat(0xFFC00001)));
    }
  }

  private static void assertBits(float expected, float actual) {
    assertEquals(
        Float.floatToIntBits(expected),
        Float.floatToIntBits(actual),
        () -> expected + " was " + actual);
  }

  @Test
  void tanhAndSineAreOddAndCosineIsEven() {
    for (int bits = 0; bits >= 0; bits += 9973) {
      float x = Float.intBitsToFloat(bits);
      assertBits(-Functions.tanh(x), Functions.tanh(-x));
      assertBits(-Functions.sin(x), Functions.sin(-x));
      assertBits(Functions.cos(x), Functions.cos(-x));
    }
  }

  /** Results that depend on these bits would change with them: this test fails first. */
  @Test
  void bitsDoNotChange() {
    assertEquals(GOLDEN_EXP, hash(Functions::exp));
    assertEquals(GOLDEN_LOG, hash(Functions::log));
    assertEquals(GOLDEN_TANH, hash(Functions::tanh));
    assertEquals(GOLDEN_SIGMOID, hash(Functions::sigmoid));
    assertEquals(GOLDEN_SIN, hash(Functions::sin));
    assertEquals(GOLDEN_COS, hash(Functions::cos));
  }

  /**
   * Hash of 65536 results over all signs and exponents, the mantissas spread by the same pattern.
   */
  private static int hash(Scalar function) {
    int hash = 1;
    for (int i = 0; i < 1 << 16; i++) {
      hash = 31 * hash + Float.floatToIntBits(function.of(Float.intBitsToFloat(i * 0x10001)));
    }
    return hash;
  }

  private static final int GOLDEN_EXP = 0x8315C35D;
  private static final int GOLDEN_LOG = 0x806078F9;
  private static final int GOLDEN_TANH = 0x0D4A4022;
  private static final int GOLDEN_SIGMOID = 0x95923A85;
  private static final int GOLDEN_SIN = 0xF6BEC522;
  private static final int GOLDEN_COS = 0x0AEEC3A4;
}
