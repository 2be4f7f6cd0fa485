package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;
import kobai.verify.EpisodeSampler;
import kobai.verify.GradientSampler;
import kobai.verify.SequentialTest;
import kobai.verify.VarianceTest;
import kobai.verify.Verdict;
import org.junit.jupiter.api.Test;

/**
 * The same laws on the real random path: the anytime-valid test, whose pass is positive evidence.
 * False alarms have a chance of 10⁻⁹ each, a relative error of 5 % (means) or 10 % (second moments)
 * passes with a chance of 10⁻⁴; seeds are fixed.
 */
class BoundGradientChanceTest {
  private static final double[] MU = {0.25, -0.75, 1.125};
  private static final double[] SIGMA = {0.5, 1.25, 0.75};
  private static final LinearRegression REGRESSION = Regressions.correlated();
  private static final Sequence DATA = REGRESSION.sequence();
  private static final double ALPHA = 1e-9;
  private static final double BETA = 1e-4;
  private static final double MEAN_TOLERANCE = 0.05;
  private static final double SQUARE_TOLERANCE = 0.1;
  private static final long SEED = 7;
  private static final long MOST = 2_000_000;

  private static GradientSampler sampler(GradientEstimator estimator) {
    float[] xi = Regressions.xi(Coordinates.SIGMA, MU, SIGMA);
    return new EpisodeSampler(estimator, xi, DATA, new int[] {1});
  }

  private static Variational variational() {
    return Regressions.variational(REGRESSION).withCoordinates(Coordinates.SIGMA);
  }

  private static GradientEstimator reparameterised(Variational variational) {
    Setup setup = Setup.of(REGRESSION.model(), 1).withBatch(REGRESSION.rows());
    return new Reparameterised(
        variational,
        Workspace.allocating(),
        3,
        workspace -> Algorithm.BPTT.create(setup, workspace));
  }

  private static GradientEstimator score(int samples) {
    return new ScoreFunction(
        variational().withSamples(samples),
        ControlVariate.LEAVE_ONE_OUT,
        Workspace.allocating(),
        REGRESSION.model(),
        1,
        REGRESSION.rows());
  }

  private static double[] gradient() {
    return Regressions.gradient(REGRESSION, Coordinates.SIGMA, MU, SIGMA);
  }

  private static double square(double[] x) {
    return Arrays.stream(x).map(v -> v * v).sum();
  }

  /** ⟨ĝ, g⟩/‖g‖² − 1. */
  private static SequentialTest.Outcome scale(GradientSampler sampler) {
    double[] g = gradient();
    RandomKey key = new RandomKey(SEED).child("scale");
    long[] i = {0};
    return new SequentialTest(MEAN_TOLERANCE, ALPHA, BETA)
        .run(
            () -> {
              double[] estimate = sampler.sample(key.child(i[0]++).seed());
              double sum = 0;
              for (int k = 0; k < g.length; k++) {
                sum += estimate[k] * g[k];
              }
              return sum / square(g) - 1;
            },
            MOST);
  }

  private static SequentialTest.Outcome squares(GradientSampler sampler, double[] variance) {
    double expected = square(gradient()) + Arrays.stream(variance).sum();
    return VarianceTest.run(sampler, expected, SQUARE_TOLERANCE, ALPHA, BETA, SEED, MOST);
  }

  private static QuadraticLaw law() {
    return REGRESSION.law(MU, SIGMA);
  }

  @Test
  void reparameterisedGradientsKeepTheirLawOnTheRandomPath() {
    GradientSampler sampler = sampler(reparameterised(variational()));
    assertEquals(Verdict.UNBIASED, scale(sampler).verdict());
    assertEquals(Verdict.UNBIASED, squares(sampler, law().reparameterised()).verdict());
  }

  @Test
  void scoreFunctionGradientsKeepTheirLawOnTheRandomPath() {
    int samples = 16;
    GradientSampler sampler = sampler(score(samples));
    assertEquals(Verdict.UNBIASED, scale(sampler).verdict());
    assertEquals(Verdict.UNBIASED, squares(sampler, law().leaveOneOut(samples)).verdict());
  }

  /** What E ε = 0 and E εεᵀ = I leave to the second moment: Var ε² is 0 for signs, not 2. */
  @Test
  void noiseOfAnotherLawIsFoundBySecondMoments() {
    NoiseSource signs = NoiseSource.rademacher(Implementation.VECTOR.kernels());
    GradientSampler sampler = sampler(reparameterised(variational().withNoise(signs)));
    assertEquals(Verdict.BIASED, squares(sampler, law().reparameterised()).verdict());
  }

  /** Two samples of the weights from one stream: the mean is right, the variance twice the law. */
  @Test
  void samplesThatShareAStreamAreFoundBySecondMoments() {
    NoiseSource normal = NoiseSource.gaussian(Implementation.VECTOR.kernels());
    NoiseSource shared =
        (key, unroll, particle, out, outAt, count) ->
            normal.fill(key, unroll, 0, out, outAt, count);
    double[] half = law().reparameterised();
    Arrays.setAll(half, k -> half[k] / 2);
    Variational two = variational().withSamples(2);
    assertEquals(Verdict.UNBIASED, squares(sampler(reparameterised(two)), half).verdict());
    assertEquals(
        Verdict.BIASED, squares(sampler(reparameterised(two.withNoise(shared))), half).verdict());
  }

  /** Noise drawn anew for the product with ε: E g ⊙ ε′ = 0. */
  @Test
  void noiseDrawnAnewForTheBackwardPassIsFoundByMeans() {
    NoiseSource normal = NoiseSource.gaussian(Implementation.VECTOR.kernels());
    GradientSampler right = sampler(reparameterised(variational()));
    float[] fresh = new float[3];
    float[] drawn = new float[3];
    GradientSampler wrong =
        seed -> {
          double[] estimate = right.sample(seed).clone();
          long key = RandomKey.childSeed(seed, "weights");
          normal.fill(key, 0, 0, drawn, 0, 3);
          normal.fill(key, 1, 0, fresh, 0, 3);
          double[] w = new double[3];
          for (int i = 0; i < 3; i++) {
            w[i] = MU[i] + SIGMA[i] * drawn[i];
          }
          double[] g = REGRESSION.law(w, SIGMA).slope();
          for (int i = 0; i < 3; i++) {
            estimate[3 + i] += -g[i] * (fresh[i] - drawn[i]);
          }
          return estimate;
        };
    assertEquals(Verdict.BIASED, scale(wrong).verdict());
  }

  @Test
  void nothingIsAllocatedByAnEstimate() {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    Variational scalar =
        variational()
            .withImplementation(Implementation.SCALAR)
            .withNoise(NoiseSource.gaussian(Implementation.SCALAR.kernels()))
            .withSamples(2);
    Setup setup =
        Setup.of(REGRESSION.model(), 1)
            .withBatch(REGRESSION.rows())
            .withImplementation(Implementation.SCALAR);
    GradientEstimator[] estimators = {
      new Reparameterised(scalar, Workspace.allocating(), 3, w -> Algorithm.BPTT.create(setup, w)),
      new ScoreFunction(
          scalar, ControlVariate.OPTIMAL, Workspace.allocating(), REGRESSION.model(), 1, 6),
      new ScoreFunction(
          scalar, ControlVariate.LEAVE_ONE_OUT, Workspace.allocating(), REGRESSION.model(), 1, 6)
    };
    float[] xi = Regressions.xi(Coordinates.SIGMA, MU, SIGMA);
    float[] gradient = new float[6];
    long id = Thread.currentThread().threadId();
    for (GradientEstimator estimator : estimators) {
      long least = Long.MAX_VALUE;
      // The counter also sees what the virtual machine does on this thread: the least of rounds.
      for (int round = 0; round < 20; round++) {
        long before = threads.getThreadAllocatedBytes(id);
        for (int i = 0; i < 200; i++) {
          estimator.reset(i);
          estimator.estimate(xi, DATA, 0, 1, gradient);
        }
        least = Math.min(least, threads.getThreadAllocatedBytes(id) - before);
      }
      assertTrue(least < 200, estimator.getClass() + ": " + least + " bytes in 200 estimates");
    }
  }
}
