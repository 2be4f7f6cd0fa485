package kobai.optimisers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptimisersTest {
  /** Half the spacing of floats at 1. */
  private static final double U = 0x1p-24;

  private static Optimiser create(Optimisers optimiser, int parameters, double rate) {
    return optimiser.create(
        Implementation.SCALAR.kernels(), Workspace.allocating(), parameters, rate);
  }

  @Test
  void sgdSubtractsTheRateTimesTheGradient() {
    // Powers of two, so that nothing is rounded: 1 − ¼·2, −3 − ¼·(−8), 0.5 − ¼·0.
    float[] theta = {1f, -3f, 0.5f};
    create(Optimisers.SGD, 3, 0.25).update(theta, new float[] {2f, -8f, 0f});
    assertArrayEquals(new float[] {0.5f, -1f, 0.5f}, theta);
  }

  @ParameterizedTest
  @EnumSource
  void sgdEqualsItsFormulaUpToRounding(Implementation implementation) {
    int parameters = 101;
    double rate = 0.013;
    float[] theta = gaussian(parameters, 1);
    float[] gradient = gaussian(parameters, 2);
    double[] expected = new double[parameters];
    for (int i = 0; i < parameters; i++) {
      expected[i] = theta[i] - rate * gradient[i];
    }
    Kernels kernels = implementation.kernels();
    Optimisers.SGD
        .create(kernels, Workspace.allocating(), parameters, rate)
        .update(theta, gradient);
    for (int i = 0; i < parameters; i++) {
      // One rounding of the rate, one of the result (product and sum are fused).
      double bound = U * (rate * Math.abs(gradient[i]) * (1 + U) + Math.abs(expected[i]) * 1.01);
      assertEquals(expected[i], theta[i], bound, "parameter " + i);
    }
  }

  /**
   * By hand, η = 0.1, β₁ = 0.9, β₂ = 0.999, gradients 1 then −1. First step: m̂ = v̂ = 1, θ falls
   * by η / (1 + ε). Second: m = 0.09 − 0.1 = −0.01, m̂ = −0.01 / 0.19, v = 0.000999 + 0.001, v̂ =
   * 0.001999 / 0.001999 = 1, θ rises by η / 19.
   */
  @Test
  void adamTakesTheStepsWorkedOutByHand() {
    Optimiser adam = create(Optimisers.ADAM, 1, 0.1);
    float[] theta = {0f};
    adam.update(theta, new float[] {1f});
    // The update has fewer than 10 roundings, each of relative size U.
    assertEquals(-0.1, theta[0], 0.1 * 10 * U);
    adam.update(theta, new float[] {-1f});
    // −0.01 is what is left of 0.09 − 0.1, whose roundings (4 of 0.09, 3 of 0.1) are 10 times
    // larger beside it.
    assertEquals(-0.1 + 0.1 / 19, theta[0], (0.1 * 10 + 0.1 / 19 * (10 * 7 + 10) + 0.1) * U);
  }

  /**
   * The first step has length η whatever the scale of the gradient: m̂/√v̂ = sign g, while ε is
   * small beside |g|.
   */
  @ParameterizedTest
  @ValueSource(floats = {1e-5f, 1e-2f, 1f, 1e3f, 1e15f})
  void adamsFirstStepHasTheLengthOfTheRate(float scale) {
    float[] theta = {0f, 0f};
    create(Optimisers.ADAM, 2, 0.02).update(theta, new float[] {scale, -scale});
    double expected = 0.02 * scale / (scale + 1e-8);
    assertEquals(-expected, theta[0], expected * 10 * U);
    assertEquals(expected, theta[1], expected * 10 * U);
  }

  @Test
  void adamLeavesParametersWithoutGradientAlone() {
    Optimiser adam = create(Optimisers.ADAM, 2, 0.5);
    float[] theta = {1.5f, 1.5f};
    for (int i = 0; i < 10; i++) {
      adam.update(theta, new float[] {0f, 1f});
    }
    assertEquals(1.5f, theta[0]);
    assertTrue(theta[1] < 0f);
  }

  /**
   * Forty steps against the published algorithm in double. Error bound, in units U, to first order:
   * each step of m adds four roundings of at most M = Σ β₁ᵏ (1 − β₁)|g|, each step of v five
   * relative ones; the root halves those of v; the rest of the update has eight; θ adds one of
   * itself a step.
   */
  @Test
  void adamEqualsThePublishedAlgorithmUpToRounding() {
    int parameters = 64;
    int steps = 40;
    double rate = 0.003;
    double firstOrder = 1.01;
    float[] theta = gaussian(parameters, 3);
    Optimiser adam = create(Optimisers.ADAM, parameters, rate);
    double[] expected = new double[parameters];
    double[] bound = new double[parameters];
    double[] m = new double[parameters];
    double[] sizes = new double[parameters];
    double[] v = new double[parameters];
    double moved = 0;
    for (int i = 0; i < parameters; i++) {
      expected[i] = theta[i];
    }
    for (int t = 1; t <= steps; t++) {
      float[] gradient = gaussian(parameters, 10 + t);
      adam.update(theta, gradient);
      for (int i = 0; i < parameters; i++) {
        double g = gradient[i];
        m[i] = 0.9 * m[i] + (1 - 0.9) * g;
        sizes[i] = 0.9 * sizes[i] + (1 - 0.9) * Math.abs(g);
        v[i] = 0.999 * v[i] + (1 - 0.999) * g * g;
        double unbiased = v[i] / (1 - Math.pow(0.999, t));
        double scale = rate / (1 - Math.pow(0.9, t)) / (Math.sqrt(unbiased) + 1e-8);
        expected[i] -= scale * m[i];
        moved += Math.abs(scale * m[i]);
        bound[i] +=
            firstOrder
                * U
                * (scale * (4 * t * sizes[i] + (2.5 * t + 8) * Math.abs(m[i]))
                    + Math.abs(expected[i]));
        assertEquals(expected[i], theta[i], bound[i], "step " + t + ", parameter " + i);
      }
    }
    assertTrue(
        moved / parameters > 10 * rate, "the steps were too small to test anything: " + moved);
  }

  @Test
  void stateIsInTheLedger() {
    Workspace sgd = Workspace.allocating();
    Optimisers.SGD.create(Implementation.SCALAR.kernels(), sgd, 1000, 0.1);
    assertEquals(Map.of(), sgd.ledger());
    Workspace adam = Workspace.planning();
    Optimisers.ADAM.create(Implementation.SCALAR.kernels(), adam, 1000, 0.1);
    assertEquals(Map.of("first moment", 4000L, "second moment", 4000L), adam.ledger());
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        -0.0,
        -1e-3,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        1e-60,
        1e60
      })
  void ratesThatCannotBeAreRefusedBeforeAnythingIsTaken(double rate) {
    for (Optimisers optimiser : Optimisers.values()) {
      Workspace workspace = Workspace.allocating();
      IllegalArgumentException thrown =
          assertThrows(
              IllegalArgumentException.class,
              () -> optimiser.create(Implementation.SCALAR.kernels(), workspace, 10, rate));
      assertEquals(
          "learning rate = %s: must be a finite number > 0 (and in the range of float)"
              .formatted(rate),
          thrown.getMessage());
      assertEquals(0, workspace.bytes());
    }
  }

  private static float[] gaussian(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
