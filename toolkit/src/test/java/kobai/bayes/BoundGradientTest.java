package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.IntFunction;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.random.NoiseSource;
import kobai.verify.CubatureDesign;
import kobai.verify.Design;
import kobai.verify.ExactMoments;
import kobai.verify.GaussHermiteDesign;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Estimators of ∇F on the conjugate model, where mean and variance are known: exact designs in the
 * place of the random source, so that there is no sampling error and the tolerances are those of
 * float.
 */
class BoundGradientTest {
  private static final double[] MU = {0.25, -0.75, 1.125};
  private static final double[] SIGMA = {0.5, 1.25, 0.75};
  private static final LinearRegression REGRESSION = Regressions.correlated();
  private static final Sequence DATA = REGRESSION.sequence();

  /**
   * Some 30 roundings of 2⁻²⁴ in a gradient, relative to the largest number that is rounded. For
   * score functions that is the cost times the score, 10² times the gradient here.
   */
  private static final double U = 0x1p-24;

  private static final double REPARAMETERISED = 30 * U;
  private static final double SCORE = 3000 * U;

  private static Variational variational(Coordinates coordinates, NoiseSource noise) {
    return Regressions.variational(REGRESSION).withCoordinates(coordinates).withNoise(noise);
  }

  private static Setup setup(NoiseSource noise) {
    return Setup.of(REGRESSION.model(), 1).withBatch(REGRESSION.rows()).withNoise(noise);
  }

  private static Reparameterised reparameterised(
      Variational variational, Algorithm algorithm, NoiseSource noise) {
    return new Reparameterised(
        variational,
        Workspace.allocating(),
        REGRESSION.features(),
        workspace -> algorithm.create(setup(noise).withSigma(1).withParticles(2), workspace));
  }

  private static ScoreFunction score(Variational variational, ControlVariate control) {
    return new ScoreFunction(
        variational, control, Workspace.allocating(), REGRESSION.model(), 1, REGRESSION.rows());
  }

  /** A gradient, and the estimate of F behind it. */
  private static double[] sample(GradientEstimator estimator, float[] xi, long seed) {
    float[] gradient = new float[xi.length];
    Arrays.fill(gradient, Float.NaN);
    estimator.reset(seed);
    double bound = estimator.estimate(xi, DATA, 0, 1, gradient);
    double[] out = new double[xi.length + 1];
    for (int i = 0; i < xi.length; i++) {
      out[i] = gradient[i];
    }
    out[xi.length] = bound;
    return out;
  }

  private interface Make {
    GradientEstimator estimator(NoiseSource noise);
  }

  private static ExactMoments moments(
      Coordinates coordinates, IntFunction<Design> design, Make make) {
    float[] xi = Regressions.xi(coordinates, MU, SIGMA);
    return ExactMoments.of(
        noise -> {
          GradientEstimator estimator = make.estimator(noise);
          return seed -> sample(estimator, xi, seed);
        },
        design);
  }

  private static double[] expected(Coordinates coordinates) {
    double[] gradient = Regressions.gradient(REGRESSION, coordinates, MU, SIGMA);
    double[] all = Arrays.copyOf(gradient, gradient.length + 1);
    all[gradient.length] = -REGRESSION.bound(MU, SIGMA);
    return all;
  }

  private static void close(double[] expected, double[] actual, double tolerance) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    for (int k = 0; k < expected.length; k++) {
      assertEquals(expected[k], actual[k], tolerance * largest, "coordinate " + k);
      assertTrue(Math.abs(expected[k]) > 10 * tolerance * largest, "coordinate " + k + " is 0");
    }
  }

  /** Variances in ξ: those in (μ, σ) times (dσ/dρ)². */
  private static double[] inCoordinates(double[] variance, Coordinates coordinates) {
    double[] out = variance.clone();
    for (int i = 0; i < MU.length; i++) {
      double slope = Regressions.slope(coordinates, SIGMA[i]);
      out[MU.length + i] *= slope * slope;
    }
    return out;
  }

  /** The gradient has degree 2 in ε: a rule of degree 5 is exact. */
  @ParameterizedTest
  @EnumSource
  @DisplayName("§3.2: the reparameterised gradient is unbiased in μ and σ")
  void reparameterisedGradientsAreUnbiasedInEveryCoordinates(Coordinates coordinates) {
    ExactMoments moments =
        moments(
            coordinates,
            CubatureDesign::new,
            noise -> reparameterised(variational(coordinates, noise), Algorithm.BPTT, noise));
    close(expected(coordinates), moments.mean(), REPARAMETERISED);
  }

  /** Two planted bugs: ∂/∂log σ without its σ, and the divergence from the prior with a minus. */
  @Test
  void aMissingSigmaAndATurnedDivergenceAreFoundByTheExactMean() {
    double[] right = expected(Coordinates.LOG_SIGMA);
    double[] mean =
        moments(
                Coordinates.LOG_SIGMA,
                CubatureDesign::new,
                noise ->
                    reparameterised(
                        variational(Coordinates.LOG_SIGMA, noise), Algorithm.BPTT, noise))
            .mean();
    int p = MU.length;
    double lambda = REGRESSION.prior().precision();
    double largest = Arrays.stream(right).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < p; i++) {
      double withoutSigma = mean[p + i] / SIGMA[i];
      double turned = mean[i] - 2 * lambda * (MU[i] - REGRESSION.prior().mean());
      boolean atThePrior = MU[i] == REGRESSION.prior().mean();
      double turnedSigma = mean[p + i] - 2 * (lambda * SIGMA[i] - 1 / SIGMA[i]) * SIGMA[i];
      double visible = 1000 * REPARAMETERISED * largest;
      assertTrue(Math.abs(withoutSigma - right[p + i]) > visible, "σ of coordinate " + i);
      assertTrue(
          atThePrior || Math.abs(turned - right[i]) > visible,
          "divergence in μ of coordinate " + i);
      assertTrue(Math.abs(turnedSigma - right[p + i]) > visible, "divergence in σ, " + i);
    }
  }

  /** The square has degree 4 in each ε: the three-point product rule is exact. */
  @ParameterizedTest
  @EnumSource
  void reparameterisedGradientsHaveTheVarianceOfTheClosedForm(Coordinates coordinates) {
    ExactMoments moments =
        moments(
            coordinates,
            GaussHermiteDesign::new,
            noise -> reparameterised(variational(coordinates, noise), Algorithm.BPTT, noise));
    double[] law = inCoordinates(REGRESSION.law(MU, SIGMA).reparameterised(), coordinates);
    close(law, Arrays.copyOf(moments.variance(), law.length), REPARAMETERISED);
  }

  @Test
  void samplesDivideTheVariance() {
    ExactMoments moments =
        moments(
            Coordinates.SIGMA,
            GaussHermiteDesign::new,
            noise ->
                reparameterised(
                    variational(Coordinates.SIGMA, noise).withSamples(3), Algorithm.BPTT, noise));
    double[] law = REGRESSION.law(MU, SIGMA).reparameterised();
    Arrays.setAll(law, k -> law[k] / 3);
    close(law, Arrays.copyOf(moments.variance(), law.length), REPARAMETERISED);
    close(expected(Coordinates.SIGMA), moments.mean(), REPARAMETERISED);
  }

  /**
   * The inner gradient (∇L · v) v, and (L(w + σv) − L(w − σv)) v/(2σ), have degree 2 in v and 1 in
   * ε, and one more in ε for σ: total degree 4.
   */
  @ParameterizedTest
  @EnumSource(
      names = {"BPTT", "FORWARD_MODE", "FORWARD_GRADIENT", "ES", "WEIGHT_PERTURBATION_CENTRAL"})
  void anyUnbiasedInnerEstimatorWillDo(Algorithm inner) {
    ExactMoments moments =
        moments(
            Coordinates.LOG_SIGMA,
            CubatureDesign::new,
            noise -> reparameterised(variational(Coordinates.LOG_SIGMA, noise), inner, noise));
    // Differences of losses lose up to 2 digits more; weights of the rule are negative.
    double tolerance = inner.stochastic() ? SCORE : REPARAMETERISED;
    double[] expected = Arrays.copyOf(expected(Coordinates.LOG_SIGMA), 6);
    close(expected, Arrays.copyOf(moments.mean(), 6), tolerance);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("§3.4: the score-function gradient is unbiased")
  void scoreFunctionGradientsAreUnbiasedInEveryCoordinates(Coordinates coordinates) {
    ExactMoments moments =
        moments(
            coordinates,
            FivePointDesign::new,
            noise -> score(variational(coordinates, noise), ControlVariate.NONE));
    close(expected(coordinates), moments.mean(), SCORE);
  }

  /** A product rule keeps samples independent and E h = 0, so even the ratios are unbiased. */
  @ParameterizedTest
  @EnumSource(names = {"LEAVE_ONE_OUT", "OPTIMAL"})
  void controlVariatesLeaveTheMeanAlone(ControlVariate control) {
    ExactMoments moments =
        moments(
            Coordinates.LOG_SIGMA,
            GaussHermiteDesign::new,
            noise -> score(variational(Coordinates.LOG_SIGMA, noise).withSamples(2), control));
    close(expected(Coordinates.LOG_SIGMA), moments.mean(), SCORE);
  }

  /** The square has degree 8 in each ε. */
  @Test
  void scoreFunctionGradientsHaveTheVarianceOfTheClosedForm() {
    ExactMoments moments =
        moments(
            Coordinates.SIGMA,
            FivePointDesign::new,
            noise -> score(variational(Coordinates.SIGMA, noise), ControlVariate.NONE));
    double[] law = REGRESSION.law(MU, SIGMA).score(new double[6]);
    close(law, Arrays.copyOf(moments.variance(), 6), SCORE);
  }

  @Test
  void leavingOneOutHasTheVarianceOfTheClosedForm() {
    ExactMoments moments =
        moments(
            Coordinates.SIGMA,
            FivePointDesign::new,
            noise ->
                score(
                    variational(Coordinates.SIGMA, noise).withSamples(2),
                    ControlVariate.LEAVE_ONE_OUT));
    double[] law = REGRESSION.law(MU, SIGMA).leaveOneOut(2);
    close(law, Arrays.copyOf(moments.variance(), 6), SCORE);
  }

  /** The point of it all, from the closed forms that were tested above, with the same 4 samples. */
  @Test
  @DisplayName("§3.4: variance falls from score function to reparameterisation, as measured")
  void varianceFallsFromScoreToControlVariateToReparameterisation() {
    QuadraticLaw law = REGRESSION.law(MU, SIGMA);
    double plain = Arrays.stream(law.score(new double[6])).sum() / 4;
    double control = Arrays.stream(law.leaveOneOut(4)).sum();
    double best = Arrays.stream(law.score(law.optimalBaselines())).sum() / 4;
    double reparameterised = Arrays.stream(law.reparameterised()).sum() / 4;
    assertTrue(plain > control && control > best && best > reparameterised);
  }

  /** Each batch of 2 of the 6 rows is as likely as the other; N/M is in κ, which stays. */
  @Test
  void miniBatchBoundsAverageToTheBoundOfTheDataSet() {
    float[] xi = Regressions.xi(Coordinates.LOG_SIGMA, MU, SIGMA);
    Variational variational = Regressions.variational(REGRESSION);
    GradientEstimator whole = reparameterised(variational, Algorithm.BPTT, variational.noise());
    GradientEstimator part =
        new Reparameterised(
            variational,
            Workspace.allocating(),
            3,
            workspace ->
                Algorithm.BPTT.create(Setup.of(REGRESSION.model(), 1).withBatch(2), workspace));
    double[] expected = sample(whole, xi, 5);
    double[] mean = new double[7];
    float[] gradient = new float[6];
    for (int i = 0; i < 6; i++) {
      for (int j = 0; j < i; j++) {
        part.reset(5);
        Sequence batch = REGRESSION.batch(new int[] {i, j});
        mean[6] += part.estimate(xi, batch, 0, 1, gradient) / 15;
        for (int k = 0; k < 6; k++) {
          mean[k] += gradient[k] / 15.0;
        }
      }
    }
    close(expected, mean, REPARAMETERISED);
  }

  /** 1/3 + 2/3 of the divergence, the sample of the weights the same in both windows. */
  @Test
  void windowsAddUpToTheSequence() {
    Sequence sequence = Sequence.allocate(6, 1, 3, 1);
    System.arraycopy(DATA.inputs(), 0, sequence.inputs(), 0, 18);
    System.arraycopy(DATA.targets(), 0, sequence.targets(), 0, 6);
    float[] xi = Regressions.xi(Coordinates.LOG_SIGMA, MU, SIGMA);
    Variational variational = Regressions.variational(REGRESSION).withSamples(2);
    Setup setup = Setup.of(REGRESSION.model(), 6);
    for (GradientEstimator estimator :
        new GradientEstimator[] {
          new Reparameterised(
              variational,
              Workspace.allocating(),
              3,
              workspace -> Algorithm.BPTT.create(setup, workspace)),
          new ScoreFunction(
              variational, ControlVariate.OPTIMAL, Workspace.allocating(), REGRESSION.model(), 6, 1)
        }) {
      float[] whole = new float[6];
      float[] first = new float[6];
      float[] second = new float[6];
      estimator.reset(3);
      double bound = estimator.estimate(xi, sequence, 0, 6, whole);
      estimator.reset(3);
      double parts = estimator.estimate(xi, sequence, 0, 2, first);
      parts += estimator.estimate(xi, sequence, 2, 6, second);
      assertEquals(bound, parts, 1e-6 * Math.abs(bound));
      for (int k = 0; k < 6; k++) {
        double scale = Math.abs(first[k]) + Math.abs(second[k]);
        assertEquals(whole[k], first[k] + second[k], 30 * U * (1 + scale), "coordinate " + k);
      }
    }
  }

  @Test
  void bitsAreThoseOfTheScalarKernels() {
    float[] xi = Regressions.xi(Coordinates.SOFTPLUS, MU, SIGMA);
    double[][] results = new double[2][];
    for (Implementation implementation : Implementation.values()) {
      Variational variational =
          Regressions.variational(REGRESSION)
              .withCoordinates(Coordinates.SOFTPLUS)
              .withImplementation(implementation)
              .withNoise(NoiseSource.gaussian(implementation.kernels()));
      Setup setup =
          Setup.of(REGRESSION.model(), 1)
              .withBatch(REGRESSION.rows())
              .withImplementation(implementation);
      double[] result =
          sample(
              new Reparameterised(
                  variational,
                  Workspace.allocating(),
                  3,
                  workspace -> Algorithm.BPTT.create(setup, workspace)),
              xi,
              11);
      results[implementation == Implementation.SCALAR ? 0 : 1] = result;
    }
    assertArrayEquals(results[0], results[1]);
  }

  /** Softplus and its inverse where ln(1 + e^ρ) would keep no digit, and where e^ρ overflows. */
  @Test
  void softplusKeepsItsDigitsEverywhere() {
    double[] sigmas = {1e-12, 1e-6, 0.01, 1, 30, 200};
    float[] xi = Regressions.xi(Coordinates.SOFTPLUS, new double[6], sigmas);
    float[] out = new float[6];
    Coordinates.SOFTPLUS.deviations(Implementation.VECTOR.kernels(), xi, out);
    for (int i = 0; i < 6; i++) {
      // ρ is a float of up to 28, whose half spacing 2⁻²⁰ is the relative error of e^ρ.
      assertEquals(sigmas[i], out[i], 2 * 0x1p-20 * sigmas[i]);
    }
  }

  @Test
  void memoryIsInTheLedgerWithThatOfTheInnerEstimators() {
    Variational variational = Regressions.variational(REGRESSION).withSamples(2);
    Setup setup = setup(variational.noise());
    GradientEstimator estimator = reparameterised(variational, Algorithm.BPTT, variational.noise());
    long own = 6 * 3 * Float.BYTES; // σ, ln σ, dσ/dρ, ε, w and its gradient
    assertEquals(own + 2 * Algorithm.BPTT.plan(setup).bytes(), estimator.workspace().bytes());
  }

  @Test
  void whatCannotBeIsRefused() {
    Variational one = Regressions.variational(REGRESSION);
    String message =
        assertThrows(IllegalArgumentException.class, () -> score(one, ControlVariate.LEAVE_ONE_OUT))
            .getMessage();
    assertEquals(
        "samples = 1: must be at least 2 with the control variate LEAVE_ONE_OUT (which is made from"
            + " the other samples; NONE takes 1)",
        message);
    GradientEstimator estimator = reparameterised(one, Algorithm.BPTT, one.noise());
    assertThrows(IllegalArgumentException.class, () -> sample(estimator, new float[5], 0));
    assertThrows(IllegalArgumentException.class, () -> one.withSamples(0));
    assertThrows(IllegalArgumentException.class, () -> GaussianPrior.ofPrecision(0));
    assertThrows(IllegalArgumentException.class, () -> new GaussianPrior(0, -1));
    assertThrows(IllegalArgumentException.class, () -> new GaussianPrior(Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> LikelihoodScale.gaussian(3, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> LikelihoodScale.gaussian(3, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> LikelihoodScale.ofRows(0));
    assertThrows(IllegalArgumentException.class, () -> new LikelihoodScale(Double.NaN, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> Coordinates.LOG_SIGMA.initialise(new float[2], 0, new float[4]));
  }
}
