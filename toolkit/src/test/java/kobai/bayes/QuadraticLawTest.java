package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The closed forms against the sum over a product rule that is exact for their degree. */
class QuadraticLawTest {
  private static final double[] MU = {0.3, -0.7, 1.1};
  private static final double[] SIGMA = {0.5, 1.25, 0.8};
  private static final LinearRegression REGRESSION = Regressions.correlated();
  private static final QuadraticLaw LAW = REGRESSION.law(MU, SIGMA);

  /** Rounding of some 10⁴ terms in double, none of which cancels by more than 10³. */
  private static final double TOLERANCE = 1e-11;

  private interface Sample {
    double[] gradient(double[] epsilon);
  }

  /** Means and variances over the design, one after the other. */
  private static double[][] moments(int factors, Sample sample) {
    FivePointDesign design = new FivePointDesign(factors);
    double[] epsilon = new double[factors];
    double[][] sums = new double[2][6];
    for (int run = 0; run < design.runs(); run++) {
      design.fill(run, epsilon);
      double[] g = sample.gradient(epsilon);
      for (int k = 0; k < g.length; k++) {
        sums[0][k] += design.weight(run) * g[k];
        sums[1][k] += design.weight(run) * g[k] * g[k];
      }
    }
    for (int k = 0; k < 6; k++) {
      sums[1][k] -= sums[0][k] * sums[0][k];
    }
    return sums;
  }

  private static double[] weights(double[] epsilon, int at) {
    double[] w = new double[3];
    for (int i = 0; i < 3; i++) {
      w[i] = MU[i] + SIGMA[i] * epsilon[at + i];
    }
    return w;
  }

  /** Score of (μ, σ). */
  private static double[] score(double[] epsilon, int at) {
    double[] h = new double[6];
    for (int i = 0; i < 3; i++) {
      double e = epsilon[at + i];
      h[i] = e / SIGMA[i];
      h[3 + i] = (e * e - 1) / SIGMA[i];
    }
    return h;
  }

  private static void close(double[] expected, double[] actual) {
    for (int k = 0; k < expected.length; k++) {
      assertEquals(expected[k], actual[k], TOLERANCE * (1 + Math.abs(expected[k])), "at " + k);
      assertTrue(expected[k] != 0, "coordinate " + k + " tests nothing");
    }
  }

  @Test
  void reparameterisedGradientsHaveTheMeanAndVarianceOfTheClosedForm() {
    double[][] moments =
        moments(
            3,
            epsilon -> {
              double[] ofW = REGRESSION.law(weights(epsilon, 0), SIGMA).slope();
              double[] g = new double[6];
              for (int i = 0; i < 3; i++) {
                g[i] = ofW[i];
                g[3 + i] = ofW[i] * epsilon[i];
              }
              return g;
            });
    close(moments[0], LAW.mean());
    close(moments[1], LAW.reparameterised());
  }

  @Test
  void scoreFunctionGradientsHaveTheMeanAndVarianceOfTheClosedForm() {
    double[] baselines = {0, 1.5, -4, 2, 0, -30};
    double[][] moments =
        moments(
            3,
            epsilon -> {
              double f = REGRESSION.logLikelihood(weights(epsilon, 0));
              double[] g = score(epsilon, 0);
              for (int k = 0; k < 6; k++) {
                g[k] *= f - baselines[k];
              }
              return g;
            });
    close(moments[0], LAW.mean());
    close(moments[1], LAW.score(baselines));
  }

  @Test
  void theMeanOfTheOtherSampleAsBaselineHasTheVarianceOfASampleCovariance() {
    double[][] moments =
        moments(
            6,
            epsilon -> {
              double difference =
                  REGRESSION.logLikelihood(weights(epsilon, 0))
                      - REGRESSION.logLikelihood(weights(epsilon, 3));
              double[] g = score(epsilon, 0);
              double[] other = score(epsilon, 3);
              for (int k = 0; k < 6; k++) {
                g[k] = 0.5 * difference * (g[k] - other[k]);
              }
              return g;
            });
    close(moments[0], LAW.mean());
    close(moments[1], LAW.leaveOneOut(2));
  }

  @Test
  void theOptimalBaselineIsTheMinimumOfTheParabola() {
    double[] best = LAW.optimalBaselines();
    double[] least = LAW.score(best);
    for (int k = 0; k < 6; k++) {
      for (double away : new double[] {-0.01, 0.01, 1}) {
        double[] moved = best.clone();
        moved[k] += away;
        // Var = least + away² E h²: 1/σ² in μ, 2/σ² in σ.
        double rise = away * away * (k < 3 ? 1 : 2) / (SIGMA[k % 3] * SIGMA[k % 3]);
        assertEquals(least[k] + rise, LAW.score(moved)[k], TOLERANCE * (1 + least[k]));
      }
    }
  }

  @Test
  void theMomentsOfTheFunctionAreThoseOfTheRule() {
    double[][] moments =
        moments(3, e -> new double[] {REGRESSION.logLikelihood(weights(e, 0)), 1, 1, 1, 1, 1});
    assertEquals(moments[0][0], LAW.expectation(), TOLERANCE * Math.abs(moments[0][0]));
    assertEquals(moments[1][0], LAW.variance(), TOLERANCE * moments[1][0] * 100);
  }

  /** V8 of the literature: w = μ + se, f = −½hw²: variances h²s² and h²(μ² + 2s²). */
  @Test
  void oneWeightGivesTheTextbookVariances() {
    double h = 3;
    double mu = 0.7;
    double s = 0.4;
    QuadraticLaw law =
        new QuadraticLaw(
            -0.5 * h * mu * mu, new double[] {-h * mu}, new double[][] {{h}}, new double[] {s});
    double[] variance = law.reparameterised();
    assertEquals(h * h * s * s, variance[0], 1e-14);
    assertEquals(h * h * (mu * mu + 2 * s * s), variance[1], 1e-14);
  }
}
