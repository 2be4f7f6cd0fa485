package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.optimisers.Optimiser;
import kobai.optimisers.Optimisers;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Weight decay is the MAP estimate under N(0, λ⁻¹I). The scaling, noise variance s² and rows N
 * carried: decay γ = λs²/N on the mean squared error, λs² on its sum over rows.
 */
class WeightDecayTest {
  private static final double LAMBDA = 0.75;
  private static final GaussianPrior PRIOR = GaussianPrior.ofPrecision(LAMBDA);
  private static final Kernels KERNELS = Implementation.VECTOR.kernels();

  private static LinearRegression regression() {
    LinearRegression other = Regressions.correlated();
    double[][] x = new double[other.rows()][3];
    double[] y = new double[other.rows()];
    Sequence data = other.sequence();
    for (int n = 0; n < y.length; n++) {
      y[n] = data.targets()[n];
      for (int i = 0; i < 3; i++) {
        x[n][i] = data.inputs()[3 * n + i];
      }
    }
    return new LinearRegression(x, y, Regressions.NOISE_VARIANCE, PRIOR);
  }

  private static GradientEstimator mean(LinearRegression regression) {
    return Algorithm.BPTT.create(Setup.of(regression.model(), 1).withBatch(regression.rows()));
  }

  private static GradientEstimator mode(LinearRegression regression) {
    return new PosteriorMode(KERNELS, PRIOR, regression.likelihood(), 3, mean(regression));
  }

  @Test
  void decayIsThePriorPrecisionTimesTheNoiseVarianceOverTheRows() {
    LinearRegression regression = regression();
    double gamma = LAMBDA * Regressions.NOISE_VARIANCE / regression.rows();
    assertEquals(gamma, regression.likelihood().decay(PRIOR), 1e-16);
    // A loss that is a negative log-likelihood carries its noise itself: γ = λ/N.
    assertEquals(LAMBDA / 10, LikelihoodScale.ofRows(10).decay(PRIOR), 1e-16);
  }

  @Test
  void weightDecayHasTheGradientOfTheLogPosterior() {
    LinearRegression regression = regression();
    float[] w = {0.5f, -1.25f, 2};
    float[] decayed = new float[3];
    float[] bayesian = new float[3];
    double loss = mean(regression).estimate(w, regression.sequence(), 0, 1, decayed);
    double gamma = regression.likelihood().decay(PRIOR);
    KERNELS.axpy((float) gamma, w, 0, decayed, 0, 3);
    double posterior = mode(regression).estimate(w, regression.sequence(), 0, 1, bayesian);
    double kappa = regression.likelihood().factor();
    double[] exact = {0.5, -1.25, 2};
    double[] ofLikelihood = regression.law(exact, new double[3]).slope();
    for (int i = 0; i < 3; i++) {
      double expected = -ofLikelihood[i] + LAMBDA * exact[i];
      // A dozen roundings of terms below 40.
      assertEquals(expected, bayesian[i], 40 * 12 * 0x1p-24);
      assertEquals(bayesian[i], kappa * decayed[i], 40 * 12 * 0x1p-24);
      assertTrue(Math.abs(bayesian[i]) > 1);
    }
    double squares = 0.25 + 1.5625 + 4;
    assertEquals(-regression.logLikelihood(exact) - regression.logPrior(exact), posterior, 1e-5);
    // κ (L + γ/2 ‖w‖²) differs from it by what does not depend on w.
    double constant = regression.likelihood().constant() - 1.5 * Math.log(2 * Math.PI / LAMBDA);
    assertEquals(posterior + constant, kappa * (loss + 0.5 * gamma * squares), 1e-5);
  }

  /** The posterior of a Gaussian is its own mode: the optimum is w̄ of the conjugate model. */
  @Test
  @DisplayName("§4.1: weight decay is the MAP estimate, the noise variance carried")
  void weightDecayEndsAtTheModeOfThePosterior() {
    LinearRegression regression = regression();
    double gamma = regression.likelihood().decay(PRIOR);
    float[] decayed = new float[3];
    float[] bayesian = new float[3];
    float[] gradient = new float[3];
    GradientEstimator mean = mean(regression);
    GradientEstimator mode = mode(regression);
    Optimiser small = Optimisers.SGD.create(KERNELS, Workspace.allocating(), 3, 0.05);
    double kappa = regression.likelihood().factor();
    Optimiser large = Optimisers.SGD.create(KERNELS, Workspace.allocating(), 3, 0.05 * kappa);
    for (int iteration = 0; iteration < 2000; iteration++) {
      mode.reset(iteration);
      mode.estimate(bayesian, regression.sequence(), 0, 1, gradient);
      small.update(bayesian, gradient);
      mean.reset(iteration);
      mean.estimate(decayed, regression.sequence(), 0, 1, gradient);
      KERNELS.axpy((float) gamma, decayed, 0, gradient, 0, 3);
      large.update(decayed, gradient);
    }
    for (int i = 0; i < 3; i++) {
      assertEquals(regression.posteriorMean()[i], bayesian[i], 1e-5);
      assertEquals(regression.posteriorMean()[i], decayed[i], 1e-5);
    }
  }
}
