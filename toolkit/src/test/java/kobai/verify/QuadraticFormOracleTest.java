package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import kobai.estimators.Algorithm;
import kobai.estimators.Target;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.models.Loss;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class QuadraticFormOracleTest {
  /** Sums of a few hundred products of order one, and sums over a few hundred runs, in double. */
  private static final double ROUNDING = 1e-11;

  private static final RandomKey KEY = new RandomKey(7);

  /** Random g[t][r], zero for r > t. */
  private static double[][][] gradients(int unrolls, int parameters) {
    SplittableRandom random = new SplittableRandom(3);
    double[][][] g = new double[unrolls][unrolls][parameters];
    for (int t = 0; t < unrolls; t++) {
      for (int r = 0; r <= t; r++) {
        for (int p = 0; p < parameters; p++) {
          g[t][r][p] = random.nextDouble(-1, 1);
        }
      }
    }
    return g;
  }

  /** The estimator that the blocks describe, on a linear loss, in double. */
  private static GradientSampler linear(double[][][] g, boolean persistent, NoiseSource noise) {
    int unrolls = g.length;
    int count = g[0][0].length;
    return seed -> {
      double[] estimate = new double[count];
      double[] xi = new double[count];
      double[][] v = new double[unrolls][];
      float[] draw = new float[count];
      for (int t = 0; t < unrolls; t++) {
        noise.fill(KEY, t, 0, draw, 0, count);
        v[t] = Vectors.widen(draw);
        double difference = 0;
        for (int r = persistent ? 0 : t; r <= t; r++) {
          difference += Vectors.dot(g[t][r], v[r]);
        }
        if (!persistent) {
          Arrays.fill(xi, 0);
        }
        Vectors.add(1, v[t], xi);
        Vectors.add(difference, xi, estimate);
      }
      return estimate;
    };
  }

  @Test
  void theTheoremGivesTheExactMomentsOfEsPesAndTruncatedEsWithSignNoise() {
    double[][][] g = gradients(3, 5);
    for (boolean persistent : new boolean[] {true, false}) {
      ExactMoments exact =
          ExactMoments.of(noise -> linear(g, persistent, noise), OrthogonalArrayDesign::new);
      QuadraticFormOracle theory =
          persistent ? QuadraticFormOracle.persistent(g) : QuadraticFormOracle.truncated(g);
      assertEquals(15, exact.factors());
      assertTrue(Vectors.norm(exact.mean()) > 0.5);
      assertArrayEquals(exact.mean(), theory.mean(), ROUNDING);
      assertArrayEquals(exact.variance(), theory.variance(1, 1), ROUNDING);
      // All signs agree with the array.
      ExactMoments signs = ExactMoments.of(noise -> linear(g, persistent, noise), SignDesign::new);
      assertArrayEquals(signs.variance(), exact.variance(), ROUNDING);
    }
    assertArrayEquals(Vectors.total(g), QuadraticFormOracle.persistent(g).mean(), ROUNDING);
  }

  @Test
  void theTheoremGivesTheExactMomentsWithGaussianNoise() {
    // Polynomials of degree 4 in all, at most 4 in each variable: the three-point rule is exact.
    double[][][] g = gradients(2, 4);
    ExactMoments exact = ExactMoments.of(noise -> linear(g, true, noise), GaussHermiteDesign::new);
    QuadraticFormOracle theory = QuadraticFormOracle.persistent(g);
    // √3 is rounded to float: relative error 2⁻²⁵ in v, four times that in v⁴.
    assertEquals(theory.trace(3, 1), exact.trace(), 1e-6 * theory.trace(3, 1));
  }

  @Test
  void blocksAreAnInstanceOfTheTheorem() {
    double[][][] g = gradients(2, 3);
    double[][][] credits = new double[2][2][3];
    for (int s = 0; s < 2; s++) {
      for (int r = 0; r < 2; r++) {
        for (int t = Math.max(s, r); t < 2; t++) {
          Vectors.add(1, g[t][r], credits[s][r]);
        }
      }
    }
    double[][][] forms = new double[3][6][6];
    for (int i = 0; i < 3; i++) {
      for (int s = 0; s < 2; s++) {
        for (int r = 0; r < 2; r++) {
          for (int j = 0; j < 3; j++) {
            forms[i][3 * s + i][3 * r + j] = credits[s][r][j];
          }
        }
      }
    }
    QuadraticFormOracle blocks = QuadraticFormOracle.persistent(g);
    QuadraticFormOracle letter = QuadraticFormOracle.forms(forms);
    for (double kurtosis : new double[] {1, 1.8, 3}) {
      assertArrayEquals(letter.variance(kurtosis, 1), blocks.variance(kurtosis, 1), ROUNDING);
      assertEquals(letter.scaleVariance(kurtosis, 2), blocks.scaleVariance(kurtosis, 2), ROUNDING);
    }
  }

  @Test
  void knownSpecialCasesComeOut() {
    double[] g = {0.3, -1.2, 0.7, 0.1};
    double square = Vectors.dot(g, g);
    QuadraticFormOracle shared = QuadraticFormOracle.shared(g);
    // V1: E‖ĝ‖² = (P − 1 + κ)‖g‖²; the variance along g is 2 + (κ − 3) Σ g⁴/‖g‖⁴.
    assertEquals(6 * square, shared.squaredNorm(3, 1), ROUNDING);
    assertEquals(4 * square, shared.squaredNorm(1, 1), ROUNDING);
    assertEquals(2, shared.scaleVariance(3, 1), ROUNDING);
    assertEquals(shared.trace(3, 1) / 8, shared.trace(3, 8), ROUNDING);
    // V7, a loss in the last of K unrolls that depends on its own perturbation only: tr Var/‖g‖² =
    // PK + 1.
    double[][][] last = new double[5][5][4];
    last[4][4] = g;
    assertEquals((4 * 5 + 1) * square, QuadraticFormOracle.persistent(last).trace(3, 1), ROUNDING);
    // V7, the final loss spread equally over all unrolls: P + 1.
    double[][][] spread = new double[5][5][4];
    for (int r = 0; r < 5; r++) {
      Vectors.add(0.2, g, spread[4][r]);
    }
    assertEquals(5 * square, QuadraticFormOracle.persistent(spread).trace(3, 1), ROUNDING);
    // V7, equal losses without memory: (P (K + 1)/2 + 1)/K.
    double[][][] equal = new double[5][5][4];
    for (int t = 0; t < 5; t++) {
      Vectors.add(0.2, g, equal[t][t]);
    }
    assertEquals(
        (4 * 3 + 1) / 5.0 * square, QuadraticFormOracle.persistent(equal).trace(3, 1), ROUNDING);
  }

  @Test
  void nodePerturbationThroughTimeHasItsClosedForm() {
    // ĝ[m, i] = Σₜ ξ[t, m] x[t, i] Σ g ξ, M = 3 nodes, T = 4 steps, d = 2 sources.
    SplittableRandom random = new SplittableRandom(9);
    double[][] x = new double[4][2];
    double[] g = new double[12];
    Arrays.setAll(g, k -> random.nextDouble(-1, 1));
    for (double[] row : x) {
      Arrays.setAll(row, i -> random.nextDouble(-1, 1));
    }
    double[][] credits = new double[6][12];
    double inputs = 0;
    double mixed = 0;
    double[] gradient = new double[6];
    for (int t = 0; t < 4; t++) {
      double here = Vectors.dot(x[t], x[t]);
      inputs += here;
      for (int m = 0; m < 3; m++) {
        mixed += g[3 * t + m] * g[3 * t + m] * here;
        for (int i = 0; i < 2; i++) {
          credits[2 * m + i][3 * t + m] = x[t][i];
          gradient[2 * m + i] += g[3 * t + m] * x[t][i];
        }
      }
    }
    QuadraticFormOracle theory = QuadraticFormOracle.credited(credits, g);
    assertArrayEquals(gradient, theory.mean(), ROUNDING);
    for (double kurtosis : new double[] {1, 3}) {
      // V6: E‖ĝ‖² = M G X + 2‖∇‖² + (κ − 3) Σ‖gₜ‖²‖xₜ‖².
      double expected =
          3 * Vectors.dot(g, g) * inputs
              + 2 * Vectors.dot(gradient, gradient)
              + (kurtosis - 3) * mixed;
      assertEquals(expected, theory.squaredNorm(kurtosis, 1), ROUNDING);
    }
  }

  @Test
  void theEstimatorsOfTheRegistryHaveTheVarianceOfTheTheory() {
    // P = 5, two windows, two pairs: 20 noise variables in an array of 2048 runs, exact for sign
    // noise.
    Problem problem = Problem.of(1, 1, 1, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 4, 1, 5);
    double sigma = 0.01;
    for (Algorithm algorithm : new Algorithm[] {Algorithm.ES, Algorithm.PES}) {
      for (int window : new int[] {4, 2}) {
        int[] ends = problem.windows(window);
        ExactMoments exact =
            ExactMoments.of(
                noise ->
                    new EpisodeSampler(
                        algorithm.create(
                            problem
                                .setup()
                                .withImplementation(Implementation.SCALAR)
                                .withParticles(4)
                                .withSigma(sigma)
                                .withNoise(noise)),
                        problem.theta(),
                        problem.sequence(),
                        ends),
                OrthogonalArrayDesign::new);
        Target target = ends.length == 1 ? algorithm.wholeTarget() : algorithm.windowsTarget();
        QuadraticFormOracle theory =
            QuadraticFormOracle.of(target, problem.oracle().unrollGradients(problem.theta(), ends));
        ErrorModel errors = ErrorModel.of(problem.oracle(), problem.theta(), 4, ErrorModel.FLOAT);
        // The variance is quadratic in the estimates, so its relative error is twice theirs.
        double gate = 2 * errors.gate(sigma);
        assertEquals(
            theory.trace(1, 2), exact.trace(), gate * theory.trace(1, 2), algorithm + " " + window);
        assertTrue(gate < 0.05, "the gate could tell one pair from two: " + gate);
      }
    }
  }
}
