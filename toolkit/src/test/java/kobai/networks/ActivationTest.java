package kobai.networks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {
  private static final Kernels KERNELS = Implementation.SCALAR.kernels();

  /** The definitions, in double. */
  private static DoubleUnaryOperator definition(Activation activation) {
    return switch (activation) {
      case IDENTITY -> x -> x;
      case TANH -> Math::tanh;
      case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
      case RELU -> x -> Math.max(x, 0);
      case SWISH -> x -> x / (1 + Math.exp(-x));
      case MISH -> x -> x * Math.tanh(Math.log1p(Math.exp(x)));
      case GELU ->
          x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    };
  }

  private static float[] of(Activation activation, float x) {
    float[] in = {x};
    float[] out = new float[1];
    float[] slope = new float[1];
    activation.values(KERNELS, in, 0, out, 0, 1);
    activation.prepare(KERNELS, in, 0, slope, 0, 1);
    activation.slopes(in, 0, out, 0, slope, 0, 1);
    return new float[] {out[0], slope[0]};
  }

  /**
   * Values to 16 units of 2⁻²⁴ of max(1, |x|): at most eight roundings, the functions' own error of
   * 3 ulp among them. Slopes by central differences in double, h² = 10⁻⁸.
   */
  @ParameterizedTest
  @EnumSource
  @DisplayName("§1.7: every activation has the values and the derivative of its definition")
  void valuesAndSlopesAreThoseOfTheDefinition(Activation activation) {
    DoubleUnaryOperator f = definition(activation);
    double h = 1e-4;
    for (float x = -12.03f; x < 12; x += 0.17f) {
      double tolerance = 16 * 0x1p-24 * Math.max(1, Math.abs(x));
      float[] own = of(activation, x);
      assertEquals(f.applyAsDouble(x), own[0], tolerance, activation + " of " + x);
      double slope = (f.applyAsDouble(x + h) - f.applyAsDouble(x - h)) / (2 * h);
      assertEquals(slope, own[1], 2 * tolerance + h * h * 10, activation + " slope at " + x);
    }
  }

  @ParameterizedTest
  @EnumSource
  void farAwayTheyAreTheirLimitsAndNotANumberStaysSo(Activation activation) {
    boolean bounded = activation == Activation.TANH || activation == Activation.SIGMOID;
    for (float x : new float[] {50, 1e4f, 1e15f}) {
      float[] up = of(activation, x);
      assertEquals(bounded ? 1 : x, up[0]);
      assertEquals(bounded ? 0 : 1, up[1]);
      if (activation != Activation.IDENTITY) {
        float[] down = of(activation, -x);
        assertEquals(activation == Activation.TANH ? -1 : 0, down[0], 1e-18);
        assertEquals(0, down[1], 1e-18);
      }
    }
    assertTrue(Float.isNaN(of(activation, Float.NaN)[0]), "a divergence is seen");
  }

  /**
   * ½ x (1 + tanh …) stands for x Φ(x): Φ(1) = 0.8413447461, Φ(−2) = 0.0227501319, Φ(3) =
   * 0.9986501020 (tables of the normal distribution).
   */
  @Test
  void geluIsXTimesTheNormalDistributionToFiveInTenThousand() {
    assertEquals(0.8413447461, of(Activation.GELU, 1)[0], 5e-4);
    assertEquals(-2 * 0.0227501319, of(Activation.GELU, -2)[0], 5e-4);
    assertEquals(3 * 0.9986501020, of(Activation.GELU, 3)[0], 5e-4);
  }
}
