package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.estimators.Target;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.parallel.Workers;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;
import kobai.verify.CubatureDesign;
import kobai.verify.Design;
import kobai.verify.EpisodeSampler;
import kobai.verify.ErrorModel;
import kobai.verify.ExactMoments;
import kobai.verify.HadamardDesign;
import kobai.verify.OrthogonalArrayDesign;
import kobai.verify.Problem;
import kobai.verify.QuadraticFormOracle;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Weight perturbation and forward gradients: means and variances exactly, by designs that replace
 * the random source, and the identities that tie them to each other and to backpropagation.
 */
class PerturbationContract {
  /** P = 11: a design of strength 5 for two windows or tangents has 2048 runs. */
  private static Problem small() {
    return Problem.of(1, 2, 1, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 8, 1, 17);
  }

  private static ErrorModel errors(Problem problem) {
    return ErrorModel.of(
        problem.oracle(), problem.theta(), problem.sequence().length(), ErrorModel.FLOAT);
  }

  private static boolean differences(Algorithm algorithm) {
    return algorithm.name().startsWith("WEIGHT");
  }

  /**
   * What the mean over a design may miss its limit by. Differences: the error model. Derivatives:
   * the slope of run r is wrong by e_r, the mean then by (1/R) Vᵀ e with VᵀV = R I, so at most by
   * the root mean square of e, which is rounding relative to that of the slopes, ‖g‖.
   */
  private static double gate(Algorithm algorithm, Problem problem) {
    ErrorModel errors = errors(problem);
    return differences(algorithm) ? errors.gate(errors.bestSigma()) : problem.floatTolerance();
  }

  private static ExactMoments moments(
      Algorithm algorithm,
      Problem problem,
      int window,
      UnaryOperator<Setup> change,
      IntFunction<Design> design) {
    double sigma = errors(problem).bestSigma();
    return ExactMoments.of(
        noise ->
            new EpisodeSampler(
                algorithm.create(
                    change
                        .apply(problem.setup().withWindow(window).withParticles(2))
                        .withSigma(sigma)
                        .withNoise(noise)),
                problem.theta(),
                problem.sequence(),
                problem.windows(window)),
        design);
  }

  private static ExactMoments folded(Algorithm algorithm, Problem problem, int window) {
    return moments(
        algorithm,
        problem,
        window,
        UnaryOperator.identity(),
        factors -> new HadamardDesign(factors, true));
  }

  @ParameterizedTest
  @EnumSource(
      names = {"WEIGHT_PERTURBATION", "WEIGHT_PERTURBATION_CENTRAL", "FORWARD_GRADIENT", "DODGE"})
  @DisplayName("§6.7: means of weight perturbation and of the forward gradient are the gradient")
  void theExactMeanOnAWholeSequenceIsTheGradient(Algorithm algorithm) {
    for (Problem problem :
        new Problem[] {
          Problem.reference(),
          Problem.of(2, 3, 4, 0.7, Activation.TANH, Loss.SOFTMAX_CROSS_ENTROPY, 7, 3, 71)
        }) {
      double error =
          folded(algorithm, problem, problem.sequence().length()).relativeError(problem.gradient());
      assertTrue(error <= gate(algorithm, problem), () -> "relative error of the mean " + error);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "WEIGHT_PERTURBATION, 1",
    "WEIGHT_PERTURBATION, 3",
    "WEIGHT_PERTURBATION_CENTRAL, 3",
    "FORWARD_GRADIENT, 1",
    "FORWARD_GRADIENT, 3"
  })
  void freshPerturbationsAWindowEstimateTheTruncatedGradientAndNotTheGradient(
      Algorithm algorithm, int window) {
    Problem problem = Problem.reference();
    double[] mean = folded(algorithm, problem, window).mean();
    double[] truncated =
        problem.oracle().truncatedGradient(problem.theta(), problem.windows(window));
    double error = relativeError(mean, truncated);
    assertTrue(error <= gate(algorithm, problem), () -> "relative error of the mean " + error);
    assertTrue(
        relativeError(mean, problem.gradient()) > 10 * gate(algorithm, problem),
        "the claim BIASED shows");
  }

  @ParameterizedTest
  @CsvSource({"1", "3", "5"})
  void carriedTangentsMakeWindowsUnbiased(int window) {
    Problem problem = Problem.reference();
    double error = folded(Algorithm.DODGE, problem, window).relativeError(problem.gradient());
    assertTrue(error <= problem.floatTolerance(), () -> "relative error of the mean " + error);
  }

  /**
   * The variance of every coordinate, exactly: a design of strength 5 for Rademacher noise, a
   * cubature of degree 5 for Gaussian (the square of an estimate has degree 4 in the noise).
   */
  @ParameterizedTest
  @CsvSource({
    "WEIGHT_PERTURBATION, 8, 1",
    "WEIGHT_PERTURBATION, 4, 1",
    "WEIGHT_PERTURBATION_CENTRAL, 8, 1",
    "FORWARD_GRADIENT, 8, 1",
    "FORWARD_GRADIENT, 8, 3",
    "FORWARD_GRADIENT, 4, 1",
    "DODGE, 4, 1",
    "DODGE, 4, 2"
  })
  void theVarianceOfEveryCoordinateFollowsItsLaw(Algorithm algorithm, int window, int tangents) {
    Problem problem = small();
    int[] ends = problem.windows(window);
    Target target = ends.length == 1 ? algorithm.wholeTarget() : algorithm.windowsTarget();
    QuadraticFormOracle theory =
        QuadraticFormOracle.of(target, problem.oracle().unrollGradients(problem.theta(), ends));
    // One-sided differences have as many directions as particles, of which there are two.
    int averaged = algorithm == Algorithm.WEIGHT_PERTURBATION ? 2 : tangents;
    for (int kurtosis : new int[] {1, 3}) {
      double[] actual =
          moments(
                  algorithm,
                  problem,
                  window,
                  setup -> setup.withTangents(tangents),
                  kurtosis == 1 ? OrthogonalArrayDesign::new : CubatureDesign::new)
              .variance();
      double[] expected = theory.variance(kurtosis, averaged);
      // A variance is a square: twice the relative error of an estimate. The cubature's weights
      // add up to 1 with absolute values of D²/9, which multiplies rounding.
      double factors = theory.mean().length * (double) averaged * ends.length;
      double magnified = kurtosis == 1 ? 1 : factors * factors / 9;
      double allowed = 2 * Math.max(gate(algorithm, problem), magnified * problem.floatTolerance());
      double error = relativeError(actual, expected);
      assertTrue(error <= allowed, () -> "κ = " + kurtosis + ": " + error + " > " + allowed);
    }
  }

  @Test
  @DisplayName("§6.6: the forward gradient has the variances of (∇L·v) v in closed form")
  void aForwardGradientHasTheClosedFormVariances() {
    Problem problem = small();
    double squared = Math.pow(Episodes.norm(problem.gradient()), 2);
    int p = problem.theta().length;
    for (int k : new int[] {1, 2}) {
      UnaryOperator<Setup> tangents = setup -> setup.withTangents(k);
      double signs =
          moments(Algorithm.FORWARD_GRADIENT, problem, 8, tangents, OrthogonalArrayDesign::new)
              .trace();
      assertEquals((p - 1) * squared / k, signs, 1e-4 * signs);
      double normal =
          moments(Algorithm.FORWARD_GRADIENT, problem, 8, tangents, CubatureDesign::new).trace();
      assertEquals((p + 1) * squared / k, normal, 1e-3 * normal);
    }
  }

  /** Cov ĝ = P/(P + 2) (‖g‖² I + 2 g gᵀ) − g gᵀ on the sphere, its diagonal. */
  @Test
  void onTheSphereAForwardGradientHasItsOwnVariance() {
    Problem problem = small();
    double[] g = problem.gradient();
    double squared = Math.pow(Episodes.norm(g), 2);
    int p = g.length;
    double[] actual =
        moments(Algorithm.FORWARD_GRADIENT, problem, 8, UnaryOperator.identity(), SphereDesign::new)
            .variance();
    double[] expected = new double[p];
    double trace = 0;
    for (int i = 0; i < p; i++) {
      expected[i] = p / (p + 2.0) * (squared + 2 * g[i] * g[i]) - g[i] * g[i];
      trace += expected[i];
    }
    assertEquals((p - 1) * squared, trace, 1e-9 * trace);
    double error = relativeError(actual, expected);
    assertTrue(error <= 2 * p * problem.floatTolerance(), () -> "relative error " + error);
  }

  /**
   * Averages over the unit sphere times √D, exact to degree 5: points ±√D eᵢ with weight (4 − D) /
   * (2 D (D + 2)) and √(D/2) (±eᵢ ± eⱼ) with weight 1/(D (D + 2)) (Stroud 1971, U_n 5-2).
   */
  private record SphereDesign(int factors, CubatureDesign points) implements Design {
    SphereDesign(int factors) {
      this(factors, new CubatureDesign(factors));
    }

    @Override
    public String name() {
      return "spherical rule of degree 5";
    }

    @Override
    public int runs() {
      return points.runs() - 1; // the same points as the cubature's, without the origin
    }

    @Override
    public double weight(int run) {
      double d = factors;
      return run < 2 * factors ? (4 - d) / (2 * d * (d + 2)) : 1 / (d * (d + 2));
    }

    @Override
    public double value(int run, int factor) {
      double length = run < 2 * factors ? Math.sqrt(3) : Math.sqrt(6);
      return points.value(run + 1, factor) * Math.sqrt(factors) / length;
    }
  }

  @Test
  void sphereNoiseIsNormalNoiseOfLengthRootP() {
    for (Implementation implementation : Implementation.values()) {
      for (int count : new int[] {1, 2, 17, 57, 1000}) {
        float[] normal = new float[count];
        float[] sphere = new float[count + 2];
        RandomKey key = new RandomKey(9);
        NoiseSource.gaussian(implementation.kernels()).fill(key, 3, 4, normal, 0, count);
        NoiseSource.sphere(implementation.kernels()).fill(key, 3, 4, sphere, 1, count);
        double squared = 0;
        double along = 0;
        double length = 0;
        for (int i = 0; i < count; i++) {
          squared += (double) sphere[1 + i] * sphere[1 + i];
          along += (double) sphere[1 + i] * normal[i];
          length += (double) normal[i] * normal[i];
        }
        // A float sum of squares and one product: a few roundings of 6·10⁻⁸.
        assertEquals(count, squared, 1e-5 * count);
        assertEquals(Math.sqrt(count * length), along, 1e-5 * along);
        assertEquals(0f, sphere[0] + sphere[count + 1], 0f);
      }
    }
  }

  private static double relativeError(double[] actual, double[] expected) {
    return Episodes.distance(actual, expected) / Episodes.norm(expected);
  }

  private static double[] episode(
      Algorithm algorithm, Problem problem, UnaryOperator<Setup> change, int window) {
    return Episodes.run(
            algorithm.create(change.apply(problem.setup().withWindow(window))),
            problem.theta(),
            problem.sequence(),
            5,
            problem.windows(window))
        .gradient();
  }

  @ParameterizedTest
  @CsvSource({"8, 1", "3, 1", "3, 3"})
  void centralDifferencesHaveTheBitsOfEvolutionStrategies(int window, int threads) {
    Problem problem = Problem.reference();
    try (Workers workers = Workers.of(threads)) {
      UnaryOperator<Setup> change = setup -> setup.withWorkers(workers).withParticles(10);
      double[] es = episode(Algorithm.ES, problem, change, window);
      assertTrue(Episodes.norm(es) > 1e-3);
      assertArrayEquals(
          es, episode(Algorithm.WEIGHT_PERTURBATION_CENTRAL, problem, change, window), 0.0);
    }
  }

  @Test
  void memoryOfWeightPerturbationDoesNotGrowWithParticlesAsThatOfEvolutionStrategiesDoes() {
    Setup setup = Problem.reference().setup();
    for (Algorithm algorithm :
        new Algorithm[] {Algorithm.WEIGHT_PERTURBATION, Algorithm.WEIGHT_PERTURBATION_CENTRAL}) {
      assertEquals(
          algorithm.plan(setup.withParticles(4)).bytes(),
          algorithm.plan(setup.withParticles(400)).bytes());
    }
    assertTrue(
        Algorithm.ES.plan(setup.withParticles(400)).bytes()
            > 10 * Algorithm.WEIGHT_PERTURBATION.plan(setup).bytes());
  }

  @Test
  void memoryOfForwardGradientsDoesNotGrowWithTheWindow() {
    Setup setup = Problem.reference().setup();
    for (Algorithm algorithm : new Algorithm[] {Algorithm.FORWARD_GRADIENT, Algorithm.DODGE}) {
      assertEquals(
          algorithm.plan(setup.withWindow(40)).bytes(),
          algorithm.plan(setup.withWindow(40_000)).bytes());
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void onAWholeSequenceDodgeHasTheBitsOfAForwardGradientAndNotOnWindows(int tangents) {
    Problem problem = Problem.reference();
    UnaryOperator<Setup> change = setup -> setup.withTangents(tangents);
    double[] forward = episode(Algorithm.FORWARD_GRADIENT, problem, change, 8);
    assertTrue(Episodes.norm(forward) > 1e-3);
    assertArrayEquals(forward, episode(Algorithm.DODGE, problem, change, 8), 0.0);
    assertTrue(
        Episodes.distance(
                episode(Algorithm.FORWARD_GRADIENT, problem, change, 3),
                episode(Algorithm.DODGE, problem, change, 3))
            > 1e-3);
  }

  /** A forward gradient is weight perturbation with σ → 0, draw by draw. */
  @ParameterizedTest
  @CsvSource({"8", "3"})
  @DisplayName("§6.5: a derivative by differences tends to that by the Jacobian product")
  void theForwardGradientIsTheLimitOfCentralDifferences(int window) {
    Problem problem = Problem.reference();
    ErrorModel errors = errors(problem);
    double sigma = errors.bestSigma();
    double[] forward = episode(Algorithm.FORWARD_GRADIENT, problem, s -> s, window);
    double[] central =
        episode(
            Algorithm.WEIGHT_PERTURBATION_CENTRAL,
            problem,
            setup -> setup.withParticles(2).withSigma(sigma),
            window);
    // The gate is relative to ‖g‖; along one v it is multiplied by ‖v‖² ≈ P.
    double allowed =
        errors.gate(sigma) * problem.theta().length * Episodes.norm(problem.gradient());
    double error = Episodes.distance(forward, central);
    assertTrue(error <= allowed, () -> error + " > " + allowed);
    assertTrue(Episodes.norm(forward) > 10 * allowed);
  }

  @ParameterizedTest
  @EnumSource
  void withAsManyTangentsAsParametersOrthogonalDirectionsGiveTheGradient(
      Implementation implementation) {
    Problem problem = Problem.reference();
    int p = problem.theta().length;
    UnaryOperator<Setup> change = setup -> setup.withTangents(p).withImplementation(implementation);
    for (int window : new int[] {8, 3}) {
      double[] expected =
          problem.oracle().truncatedGradient(problem.theta(), problem.windows(window));
      double error =
          relativeError(
              episode(Algorithm.FORWARD_GRADIENT_ORTHOGONAL, problem, change, window), expected);
      assertTrue(error <= problem.floatTolerance(), () -> "relative error " + error);
    }
  }

  /**
   * E P/k QᵀQ over a law that permutations and changes of sign of the elements leave alone is I.
   * Any k vectors, their elements shifted cyclically and with the signs of a Hadamard matrix, are
   * such a law as far as a quadratic form can tell: signs remove what is off the diagonal, shifts
   * level the diagonal. E‖ĝ‖² = P/k ‖∇‖² on the same account.
   */
  @ParameterizedTest
  @CsvSource({"1", "2", "7", "40"})
  void theExactMeanOfOrthogonalDirectionsIsTheGradientAndItsVarianceHasAClosedForm(int k) {
    Problem problem = Problem.reference();
    int p = problem.theta().length;
    NoiseSource any = NoiseSource.gaussian(Implementation.SCALAR.kernels());
    Design signs = new HadamardDesign(p, false);
    int[] at = new int[2];
    float[] drawn = new float[p];
    NoiseSource symmetric =
        (key, unroll, particle, out, outAt, count) -> {
          any.fill(key, unroll, particle, drawn, 0, count);
          for (int i = 0; i < count; i++) {
            out[outAt + i] = drawn[(i + at[1]) % count] * (float) signs.value(at[0], i);
          }
        };
    EpisodeSampler sampler =
        new EpisodeSampler(
            Algorithm.FORWARD_GRADIENT_ORTHOGONAL.create(
                problem.setup().withTangents(k).withNoise(symmetric)),
            problem.theta(),
            problem.sequence(),
            problem.windows(8));
    double[] mean = new double[p];
    double squared = 0;
    int runs = signs.runs() * p;
    for (at[0] = 0; at[0] < signs.runs(); at[0]++) {
      for (at[1] = 0; at[1] < p; at[1]++) {
        double[] estimate = sampler.sample(1);
        for (int i = 0; i < p; i++) {
          mean[i] += estimate[i] / runs;
        }
        squared += Math.pow(Episodes.norm(estimate), 2) / runs;
      }
    }
    double[] g = problem.gradient();
    double error = relativeError(mean, g);
    assertTrue(error <= problem.floatTolerance(), () -> "relative error of the mean " + error);
    double expected = (double) p / k * Math.pow(Episodes.norm(g), 2);
    assertEquals(expected, squared, 2 * problem.floatTolerance() * expected);
  }

  @Test
  void tangentsThatDependOnOthersAreLeftOut() {
    Problem problem = Problem.reference();
    NoiseSource normal = NoiseSource.gaussian(Implementation.SCALAR.kernels());
    NoiseSource same =
        (key, unroll, particle, out, outAt, count) ->
            normal.fill(key, unroll, particle % 2, out, outAt, count);
    double[] two =
        episode(Algorithm.FORWARD_GRADIENT_ORTHOGONAL, problem, s -> s.withTangents(2), 8);
    double[] five =
        episode(
            Algorithm.FORWARD_GRADIENT_ORTHOGONAL,
            problem,
            s -> s.withTangents(5).withNoise(same),
            8);
    assertTrue(relativeError(five, two) <= problem.floatTolerance());
  }

  @Test
  void moreTangentsThanParametersAreRefused() {
    Setup setup = Problem.reference().setup().withTangents(60);
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> Algorithm.FORWARD_GRADIENT_ORTHOGONAL.create(setup));
    assertTrue(
        refusal.getMessage().startsWith("tangents = 60: must be in [1, 57] ("),
        refusal.getMessage());
    Algorithm.FORWARD_GRADIENT.create(setup);
  }

  /**
   * DODGE is NRES with σ → 0: one perturbation an episode, every window credited with its own loss.
   * The difference quotient is taken in double, with the whole past of a window perturbed.
   */
  @ParameterizedTest
  @CsvSource({"8", "3", "1"})
  void dodgeIsTheLimitOfNoiseReuse(int window) {
    Problem problem = Problem.reference();
    int[] ends = problem.windows(window);
    int p = problem.theta().length;
    float[] v = new float[p];
    problem.setup().noise().fill(new RandomKey(5).child("perturbation"), 0, 0, v, 0, p);
    GradientEstimator dodge = Algorithm.DODGE.create(problem.setup().withWindow(window));
    dodge.reset(5);
    float[] actual = new float[p];
    double tiny = 1e-5; // truncation 1e-10, rounding 1e-16/1e-5
    int from = 0;
    double scale = Episodes.norm(problem.gradient()) * Math.sqrt(p);
    for (int to : ends) {
      dodge.estimate(problem.theta(), problem.sequence(), from, to, actual);
      double slope =
          (loss(problem, v, tiny, from, to) - loss(problem, v, -tiny, from, to)) / (2 * tiny);
      for (int i = 0; i < p; i++) {
        assertEquals(
            slope * v[i], actual[i], problem.floatTolerance() * scale * Math.abs(v[i]) + 1e-7);
      }
      from = to;
    }
  }

  /** The same against NRES itself, which draws the same noise from the same seed. */
  @ParameterizedTest
  @CsvSource({"8", "3"})
  void dodgeIsTheLimitOfTheEstimatorThatReusesNoise(int window) {
    Problem problem = Problem.reference();
    ErrorModel errors = errors(problem);
    double sigma = errors.bestSigma();
    double[] dodge = episode(Algorithm.DODGE, problem, s -> s, window);
    double[] reused =
        episode(Algorithm.NRES, problem, s -> s.withParticles(2).withSigma(sigma), window);
    double allowed =
        errors.gate(sigma) * problem.theta().length * Episodes.norm(problem.gradient());
    double error = Episodes.distance(dodge, reused);
    assertTrue(error <= allowed, () -> error + " > " + allowed);
    assertTrue(Episodes.norm(dodge) > 10 * allowed);
  }

  /** Every model of the registry, and every window. */
  @ParameterizedTest
  @EnumSource
  void derivativesAlongTangentsWorkOnEveryModel(Models model) {
    Problem problem = Problem.of(model.create(2, 3, 2, 0.6f, Loss.SQUARED_ERROR), 7, 2, 33);
    double[] g = problem.gradient();
    for (int window : new int[] {7, 3, 1}) {
      double exact = relativeError(episode(Algorithm.FORWARD_MODE, problem, s -> s, window), g);
      assertTrue(exact <= problem.floatTolerance(), () -> "FORWARD_MODE: " + exact);
      double mean = folded(Algorithm.DODGE, problem, window).relativeError(g);
      assertTrue(mean <= problem.floatTolerance(), () -> "DODGE: " + mean);
    }
    double mean =
        folded(Algorithm.FORWARD_GRADIENT, problem, 3)
            .relativeError(problem.oracle().truncatedGradient(problem.theta(), problem.windows(3)));
    assertTrue(mean <= problem.floatTolerance(), () -> "FORWARD_GRADIENT: " + mean);
    double differences = folded(Algorithm.WEIGHT_PERTURBATION, problem, 7).relativeError(g);
    double gate = gate(Algorithm.WEIGHT_PERTURBATION, problem);
    assertTrue(differences <= gate, () -> "WEIGHT_PERTURBATION: " + differences);
  }

  private static double loss(Problem problem, float[] v, double sigma, int from, int to) {
    double[][] thetas = new double[1][v.length];
    for (int i = 0; i < v.length; i++) {
      thetas[0][i] = problem.theta()[i] + sigma * v[i];
    }
    return problem.oracle().loss(thetas, new int[] {problem.sequence().length()}, from, to);
  }
}
