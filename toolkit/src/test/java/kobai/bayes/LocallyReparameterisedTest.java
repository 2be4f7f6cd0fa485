package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.IntFunction;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.random.NoiseSource;
import kobai.verify.Design;
import kobai.verify.EpisodeSampler;
import kobai.verify.ExactMoments;
import kobai.verify.GaussHermiteDesign;
import org.junit.jupiter.api.Test;

/**
 * Local reparameterisation on the conjugate model: one layer, whose bias is held to be known by a
 * law of deviation 10⁻³ about zero, 10⁻⁶ of the variances that count.
 */
class LocallyReparameterisedTest {
  private static final double[] MU = {0.25, -0.75, 1.125};
  private static final double[] SIGMA = {0.5, 1.25, 0.75};
  private static final double BIAS_SIGMA = 1e-3;
  private static final LinearRegression REGRESSION = Regressions.correlated();
  private static final Network NETWORK =
      Network.of("variational(1)", Shape.of(3), 1, Likelihood.SQUARED_ERROR);

  private static Sequence data(Sequence plain, Network network) {
    int d = plain.inputSize();
    Sequence data =
        Sequence.allocate(plain.length(), plain.batch(), network.inputSize(), plain.targetSize());
    for (int r = 0; r < plain.length() * plain.batch(); r++) {
      System.arraycopy(plain.inputs(), r * d, data.inputs(), r * network.inputSize(), d);
    }
    System.arraycopy(plain.targets(), 0, data.targets(), 0, plain.targets().length);
    return data;
  }

  private static float[] xi(Coordinates coordinates) {
    return Regressions.xi(
        coordinates,
        new double[] {MU[0], MU[1], MU[2], 0},
        new double[] {SIGMA[0], SIGMA[1], SIGMA[2], BIAS_SIGMA});
  }

  private static LocallyReparameterised local(Variational variational, Network network, int rows) {
    Setup setup = Setup.of(network, 1).withBatch(rows);
    return new LocallyReparameterised(
        variational,
        Workspace.allocating(),
        network,
        rows,
        workspace -> Algorithm.BPTT.create(setup, workspace));
  }

  private static ExactMoments moments(
      Coordinates coordinates, int samples, IntFunction<Design> design) {
    return ExactMoments.of(
        noise -> {
          Variational variational =
              Regressions.variational(REGRESSION)
                  .withCoordinates(coordinates)
                  .withSamples(samples)
                  .withNoise(noise);
          return new EpisodeSampler(
              local(variational, NETWORK, 6),
              xi(coordinates),
              data(REGRESSION.sequence(), NETWORK),
              new int[] {1});
        },
        design);
  }

  /** Degree 2 in each of the six ζ. */
  @Test
  void gradientsAreUnbiasedForTheSameBound() {
    for (Coordinates coordinates : Coordinates.values()) {
      double[] expected = Regressions.gradient(REGRESSION, coordinates, MU, SIGMA);
      double[] mean = moments(coordinates, 1, GaussHermiteDesign::new).mean();
      for (int i = 0; i < 3; i++) {
        // The bias adds 10⁻⁶ to each pre-activation's variance; float, 50 roundings.
        assertEquals(expected[i], mean[i], 2e-5 * (1 + Math.abs(expected[i])));
        assertEquals(expected[3 + i], mean[4 + i], 2e-5 * (1 + Math.abs(expected[3 + i])));
        assertTrue(Math.abs(expected[3 + i]) > 0.1);
      }
    }
  }

  @Test
  void gradientsHaveTheVarianceOfTheClosedForm() {
    double[] law = REGRESSION.localVariance(MU, SIGMA);
    double[] variance = moments(Coordinates.SIGMA, 1, GaussHermiteDesign::new).variance();
    for (int i = 0; i < 3; i++) {
      assertEquals(law[i], variance[i], 2e-5 * law[i]);
      assertEquals(law[3 + i], variance[4 + i], 2e-5 * law[3 + i]);
    }
  }

  /**
   * Ten copies of one row, all inputs 1: with a shared draw, (10 x²σ/s²)² Σ; with one for each row
   * a tenth of it in μ.
   */
  @Test
  void varianceFallsWithTheRowsWhereASharedDrawKeepsIt() {
    double[][] x = new double[10][2];
    for (double[] row : x) {
      Arrays.fill(row, 1);
    }
    LinearRegression copies = new LinearRegression(x, new double[10], 0.5, new GaussianPrior(0, 1));
    double[] mu = {0.5, -0.25};
    double[] sigma = {0.5, 1};
    double[] shared = copies.law(mu, sigma).reparameterised();
    double[] local = copies.localVariance(mu, sigma);
    for (int i = 0; i < 2; i++) {
      assertEquals(shared[i] / 10, local[i], 1e-12 * shared[i]);
      assertTrue(local[2 + i] < 0.2 * shared[2 + i]);
    }
  }

  /**
   * Two layers: means over the weights themselves, S = 4000 shared draws, and over pre-activations
   * agree within six standard errors in every coordinate and in the bound.
   */
  @Test
  void deepNetworksHaveTheSameBoundAndGradient() {
    Network deep =
        Network.of("variational(3) tanh variational(1)", Shape.of(3), 1, Likelihood.gaussian(0.5));
    Network plain = Network.of("dense(3) tanh dense(1)", Shape.of(3), 1, Likelihood.gaussian(0.5));
    int p = plain.parameters().count();
    assertEquals(2 * p, deep.parameters().count());
    float[] theta = new float[p];
    plain.initialise(new kobai.random.RandomKey(3), theta);
    float[] xi = new float[2 * p];
    Coordinates.LOG_SIGMA.initialise(theta, 0.4, xi);
    Variational variational = Variational.of(new GaussianPrior(0, 1), LikelihoodScale.ofRows(6));
    GradientEstimator local = local(variational, deep, 6);
    Setup setup = Setup.of(plain, 1).withBatch(6);
    GradientEstimator shared =
        new Reparameterised(
            variational,
            Workspace.allocating(),
            p,
            workspace -> Algorithm.BPTT.create(setup, workspace));
    double[][] first = sums(local, xi, data(REGRESSION.sequence(), deep));
    double[][] second = sums(shared, xi, REGRESSION.sequence());
    double ofLocal = 0;
    double ofShared = 0;
    for (int k = 0; k <= 2 * p; k++) {
      double error = Math.sqrt((first[1][k] + second[1][k]) / DRAWS);
      assertEquals(first[0][k], second[0][k], 6 * error + 1e-9, "coordinate " + k);
      ofLocal += k < 2 * p ? first[1][k] : 0;
      ofShared += k < 2 * p ? second[1][k] : 0;
    }
    assertTrue(ofLocal < ofShared, ofLocal + " against " + ofShared);
  }

  private static final int DRAWS = 4000;

  /** Means and variances of the gradient and of the bound. */
  private static double[][] sums(GradientEstimator estimator, float[] xi, Sequence data) {
    int n = xi.length;
    double[][] sums = new double[2][n + 1];
    float[] gradient = new float[n];
    for (int draw = 0; draw < DRAWS; draw++) {
      estimator.reset(draw);
      double bound = estimator.estimate(xi, data, 0, 1, gradient);
      for (int k = 0; k <= n; k++) {
        double value = k == n ? bound : gradient[k];
        sums[0][k] += value / DRAWS;
        sums[1][k] += value * value / DRAWS;
      }
    }
    for (int k = 0; k <= n; k++) {
      sums[1][k] -= sums[0][k] * sums[0][k];
    }
    return sums;
  }

  @Test
  void layersOfWhichTheLawIsUnknownAreRefused() {
    Network mixed = Network.of("variational(3) dense(1)", Shape.of(3), 1, Likelihood.SQUARED_ERROR);
    Variational variational = Regressions.variational(REGRESSION);
    String message =
        assertThrows(IllegalArgumentException.class, () -> local(variational, mixed, 6))
            .getMessage();
    assertEquals(
        "layer 2 = dense(1): must be variational or have neither parameters nor masks (the bound"
            + " needs the law of every weight)",
        message);
    NoiseSource normal = variational.noise();
    GradientEstimator six = local(variational.withNoise(normal), NETWORK, 6);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            six.estimate(
                xi(Coordinates.LOG_SIGMA),
                data(REGRESSION.batch(new int[] {1}), NETWORK),
                0,
                1,
                new float[8]));
  }
}
