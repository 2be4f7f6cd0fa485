package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.optimisers.Optimiser;
import kobai.optimisers.Optimisers;
import kobai.random.NoiseSource;
import kobai.verify.HadamardDesign;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The conjugate model: its own formulas, and that variational inference finds them. */
class LinearRegressionTest {
  /** Double, matrices of order 3 with a condition below 10³. */
  private static final double ROUNDING = 1e-12;

  private static double normal(double x, double mean, double variance) {
    return Math.exp(-0.5 * (x - mean) * (x - mean) / variance) / Math.sqrt(2 * Math.PI * variance);
  }

  /** One weight: evidence and posterior moments by a Riemann sum over w, no formula shared. */
  @Test
  void evidenceAndPosteriorAreTheIntegralsThatTheyStandFor() {
    double[][] x = {{1}, {-0.5}, {2}};
    double[] y = {0.75, 0, 1.5};
    LinearRegression regression = new LinearRegression(x, y, 0.5, new GaussianPrior(0.25, 1.5));
    double[] integrals = new double[3];
    // The trapezium rule converges exponentially for a Gaussian; ±12 deviations are cut off.
    double step = 1e-3;
    for (double w = -20; w <= 20; w += step) {
      double density = normal(w, 0.25, 1.5 * 1.5);
      for (int n = 0; n < 3; n++) {
        density *= normal(y[n], x[n][0] * w, 0.5);
      }
      integrals[0] += step * density;
      integrals[1] += step * density * w;
      integrals[2] += step * density * w * w;
    }
    double mean = integrals[1] / integrals[0];
    assertEquals(Math.log(integrals[0]), regression.evidence(), 1e-10);
    assertEquals(mean, regression.posteriorMean()[0], 1e-10);
    assertEquals(
        integrals[2] / integrals[0] - mean * mean, regression.posteriorCovariance()[0][0], 1e-10);
  }

  /** Bayes: ln p(y) = ln p(y | w) + ln p(w) − ln p(w | y) at every w. */
  @Test
  void evidenceIsLikelihoodTimesPriorOverPosterior() {
    LinearRegression regression = Regressions.correlated();
    double[][] precision = regression.posteriorPrecision();
    double[] mean = regression.posteriorMean();
    double logDeterminant = new Cholesky(precision).logDeterminant();
    for (double[] w : new double[][] {{0, 0, 0}, {1, -2, 0.5}, {3, 1, -4}}) {
      double quadratic = 0;
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          quadratic += (w[i] - mean[i]) * precision[i][j] * (w[j] - mean[j]);
        }
      }
      double logPosterior = 0.5 * (logDeterminant - 3 * Math.log(2 * Math.PI) - quadratic);
      assertEquals(
          regression.evidence(),
          regression.logLikelihood(w) + regression.logPrior(w) - logPosterior,
          100 * ROUNDING);
    }
  }

  @Test
  void covarianceIsTheInverseOfThePrecision() {
    LinearRegression regression = Regressions.correlated();
    double[][] product = new double[3][3];
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        for (int k = 0; k < 3; k++) {
          product[i][j] +=
              regression.posteriorCovariance()[i][k] * regression.posteriorPrecision()[k][j];
        }
        assertEquals(i == j ? 1 : 0, product[i][j], ROUNDING);
      }
    }
  }

  /** ELBO + KL[q ‖ posterior] = ln p(y), the divergence of Gaussians by its textbook formula. */
  @Test
  @DisplayName("§3.1: the bound and the divergence from the posterior add up to the evidence")
  void theBoundAndTheDivergenceFromThePosteriorAddUpToTheEvidence() {
    LinearRegression regression = Regressions.correlated();
    double[] mu = {0.5, -0.25, 1};
    double[] sigma = {0.3, 2, 0.7};
    double[][] precision = regression.posteriorPrecision();
    double[] mean = regression.posteriorMean();
    double divergence = -3 - new Cholesky(precision).logDeterminant();
    for (int i = 0; i < 3; i++) {
      divergence += precision[i][i] * sigma[i] * sigma[i] - 2 * Math.log(sigma[i]);
      for (int j = 0; j < 3; j++) {
        divergence += (mu[i] - mean[i]) * precision[i][j] * (mu[j] - mean[j]);
      }
    }
    assertTrue(divergence > 1);
    assertEquals(
        regression.evidence(), regression.bound(mu, sigma) + 0.5 * divergence, 100 * ROUNDING);
  }

  /** One weight, q = N(−0.5, 0.8²) from N(0.25, 2²), by the trapezium rule over ±12 deviations. */
  @Test
  @DisplayName("§3.3: the divergence from a Gaussian prior in closed form is its integral")
  void theDivergenceFromAGaussianPriorIsItsIntegral() {
    LinearRegression regression =
        new LinearRegression(new double[][] {{1}}, new double[] {0}, 1, new GaussianPrior(0.25, 2));
    double integral = 0;
    double step = 1e-3;
    for (double w = -0.5 - 12 * 0.8; w <= -0.5 + 12 * 0.8; w += step) {
      double q = normal(w, -0.5, 0.64);
      integral += step * q * Math.log(q / normal(w, 0.25, 4));
    }
    double expected = regression.divergence(new double[] {-0.5}, new double[] {0.8});
    assertTrue(expected > 0.1);
    assertEquals(expected, integral, 1e-10);
  }

  @Test
  void theBoundIsTightForAnOrthogonalDesign() {
    LinearRegression regression = Regressions.orthogonal();
    assertEquals(0, regression.gap(), ROUNDING);
    assertEquals(
        regression.evidence(),
        regression.bound(regression.posteriorMean(), regression.bestDeviations()),
        10 * ROUNDING);
  }

  @Test
  void theBoundMissesTheEvidenceOfACorrelatedDesignByExactlyTheGap() {
    LinearRegression regression = Regressions.correlated();
    assertTrue(regression.gap() > 0.1);
    assertEquals(
        regression.evidence() - regression.gap(),
        regression.bound(regression.posteriorMean(), regression.bestDeviations()),
        10 * ROUNDING);
  }

  /**
   * Signs of a Hadamard matrix as the samples of one estimate: E ε = 0 and E εεᵀ = I hold exactly
   * over the 8 of them, so that the gradient of a quadratic has no noise and descent ends at the
   * optimum of the bound itself.
   */
  private static NoiseSource balanced() {
    HadamardDesign design = new HadamardDesign(3, true);
    return (key, unroll, particle, out, outAt, count) -> {
      for (int i = 0; i < count; i++) {
        out[outAt + i] = (float) design.value(particle, i);
      }
    };
  }

  private static float[] fit(LinearRegression regression, Coordinates coordinates) {
    Variational variational =
        Regressions.variational(regression)
            .withCoordinates(coordinates)
            .withSamples(8)
            .withNoise(balanced());
    Setup setup = Setup.of(regression.model(), 1).withBatch(regression.rows());
    GradientEstimator estimator =
        new Reparameterised(
            variational,
            Workspace.allocating(),
            3,
            workspace -> Algorithm.BPTT.create(setup, workspace));
    float[] xi = new float[6];
    coordinates.initialise(new float[3], 0.5, xi);
    float[] gradient = new float[6];
    // The largest eigenvalue of Λ is below 15: 0.05 is stable, and (1 − 0.05 λ_min)²⁰⁰⁰ < 10⁻⁶.
    Optimiser optimiser =
        Optimisers.SGD.create(Implementation.VECTOR.kernels(), Workspace.allocating(), 6, 0.05);
    for (int iteration = 0; iteration < 2000; iteration++) {
      estimator.reset(iteration);
      estimator.estimate(xi, regression.sequence(), 0, 1, gradient);
      optimiser.update(xi, gradient);
    }
    return xi;
  }

  private static void recovers(LinearRegression regression, Coordinates coordinates) {
    float[] xi = fit(regression, coordinates);
    float[] sigma = new float[3];
    coordinates.deviations(Implementation.VECTOR.kernels(), xi, sigma);
    for (int i = 0; i < 3; i++) {
      // Float: gradients of size 10 are rounded at 10⁻⁶, and λ_min is above 0.3.
      assertEquals(regression.posteriorMean()[i], xi[i], 1e-5, coordinates + ", mean " + i);
      assertEquals(regression.bestDeviations()[i], sigma[i], 1e-5, coordinates + ", σ " + i);
    }
  }

  @Test
  @DisplayName("§3.5: the conjugate linear-Gaussian model is recovered")
  void variationalInferenceRecoversTheConjugatePosterior() {
    LinearRegression regression = Regressions.orthogonal();
    for (Coordinates coordinates : Coordinates.values()) {
      recovers(regression, coordinates);
    }
    // There q is the posterior: its covariance is diagonal.
    double[][] covariance = regression.posteriorCovariance();
    for (int i = 0; i < 3; i++) {
      double best = regression.bestDeviations()[i];
      assertEquals(covariance[i][i], best * best, ROUNDING);
    }
  }

  @Test
  void variationalInferenceFindsTheBestDiagonalLawOfACorrelatedPosterior() {
    recovers(Regressions.correlated(), Coordinates.LOG_SIGMA);
    // It is narrower than the posterior in every coordinate.
    LinearRegression regression = Regressions.correlated();
    for (int i = 0; i < 3; i++) {
      double best = regression.bestDeviations()[i];
      assertTrue(best * best < 0.95 * regression.posteriorCovariance()[i][i]);
    }
  }

  /** Λ⁻¹ = E (L⁻ᵀz)(L⁻ᵀz)ᵀ over z = columns of I, whose second moments sum to I. */
  @Test
  void posteriorDrawsHaveThePosteriorCovariance() {
    LinearRegression regression = Regressions.correlated();
    double[][] sum = new double[3][3];
    double[] mean = regression.posteriorMean();
    for (int k = 0; k < 3; k++) {
      double[] z = new double[3];
      z[k] = 1;
      double[] draw = regression.posteriorDraw(z);
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          sum[i][j] += (draw[i] - mean[i]) * (draw[j] - mean[j]);
        }
      }
    }
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(regression.posteriorCovariance()[i], sum[i], ROUNDING);
    }
    assertArrayEquals(mean, regression.posteriorDraw(new double[3]));
  }

  @Test
  void whatCannotBeIsRefused() {
    GaussianPrior prior = new GaussianPrior(0, 1);
    assertThrows(
        IllegalArgumentException.class,
        () -> new LinearRegression(new double[][] {{1}}, new double[2], 1, prior));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LinearRegression(new double[][] {{1}, {1, 2}}, new double[2], 1, prior));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LinearRegression(new double[][] {{1}}, new double[1], 0, prior));
    assertThrows(IllegalArgumentException.class, () -> new LinearModel(0));
  }
}
