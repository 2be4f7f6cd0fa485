package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.models.Loss;
import kobai.verify.EpisodeSampler;
import kobai.verify.ErrorModel;
import kobai.verify.ExactMoments;
import kobai.verify.HadamardDesign;
import kobai.verify.Problem;
import kobai.verify.Verdict;
import kobai.verify.VerificationReport;
import kobai.verify.Verifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Expectations of ES and PES: first exactly, by a Hadamard design that replaces the random source,
 * with the gate of {@link ErrorModel}; then on the real random source, by the sequential test at
 * the rates of {@link Suite}.
 */
class EvolutionStrategyContract {
  private static ErrorModel errors(Problem problem) {
    return ErrorModel.of(
        problem.oracle(), problem.theta(), problem.sequence().length(), ErrorModel.FLOAT);
  }

  private static double gate(Problem problem) {
    return errors(problem).gate(errors(problem).bestSigma());
  }

  private static double[] exactMean(Algorithm algorithm, Problem problem, int pairs, int window) {
    return ExactMoments.of(
            noise -> {
              Setup setup =
                  problem
                      .setup()
                      .withWindow(window)
                      .withParticles(2 * pairs)
                      .withSigma(errors(problem).bestSigma())
                      .withNoise(noise);
              return new EpisodeSampler(
                  algorithm.create(setup),
                  problem.theta(),
                  problem.sequence(),
                  problem.windows(window));
            },
            factors -> new HadamardDesign(factors, false))
        .mean();
  }

  private static double relativeError(double[] actual, double[] expected) {
    return Episodes.distance(actual, expected) / Episodes.norm(expected);
  }

  @ParameterizedTest
  @CsvSource({"1, 8", "2, 8", "1, 4", "1, 3", "3, 2", "1, 1"})
  void theExactMeanOfPesIsTheGradientForEveryWindow(int pairs, int window) {
    Problem problem = Problem.reference();
    double[] expected = problem.gradient();
    double error = relativeError(exactMean(Algorithm.PES, problem, pairs, window), expected);
    assertTrue(error <= gate(problem), () -> "relative error of the mean " + error);
  }

  @Test
  void theExactMeanOfPesIsTheGradientOnABatchWithCrossEntropy() {
    Problem problem =
        Problem.of(2, 3, 4, 0.7, Activation.TANH, Loss.SOFTMAX_CROSS_ENTROPY, 7, 3, 71);
    double[] expected = problem.gradient();
    double error = relativeError(exactMean(Algorithm.PES, problem, 1, 3), expected);
    assertTrue(error <= gate(problem), () -> "relative error of the mean " + error);
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void theExactMeanOfFullUnrollEsIsTheGradient(int pairs) {
    Problem problem = Problem.reference();
    double[] expected = problem.gradient();
    double error = relativeError(exactMean(Algorithm.ES, problem, pairs, 8), expected);
    assertTrue(error <= gate(problem), () -> "relative error of the mean " + error);
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "4", "5"})
  void theExactMeanOfTruncatedEsIsTheTruncatedGradientAndNotTheGradient(int window) {
    Problem problem = Problem.reference();
    double[] truncated =
        problem.oracle().truncatedGradient(problem.theta(), problem.windows(window));
    double[] exact = problem.gradient();
    double[] mean = exactMean(Algorithm.ES, problem, 1, window);
    double error = relativeError(mean, truncated);
    assertTrue(error <= gate(problem), () -> "relative error of the mean " + error);
    assertTrue(relativeError(mean, exact) > 10 * gate(problem), "the claim BIASED shows");
  }

  @Test
  void pesOnOneWindowIsFullUnrollEsToTheBit() {
    Problem problem = Problem.reference();
    double[] pes =
        Episodes.run(
                Algorithm.PES.create(problem.setup()), problem.theta(), problem.sequence(), 3, 8)
            .gradient();
    double[] es =
        Episodes.run(
                Algorithm.ES.create(problem.setup()), problem.theta(), problem.sequence(), 3, 8)
            .gradient();
    assertTrue(Episodes.norm(pes) > 1e-3);
    assertArrayEquals(es, pes, 0.0);
  }

  @Test
  void aSecondEpisodeOfPesIsAsTheFirstWasWithTheSameSeed() {
    Problem problem = Problem.reference();
    GradientEstimator used = Algorithm.PES.create(problem.setup());
    Episodes.run(used, problem.theta(), problem.sequence(), 3, 2, 4, 8);
    double[] second =
        Episodes.run(used, problem.theta(), problem.sequence(), 4, 2, 4, 8).gradient();
    double[] fresh =
        Episodes.run(
                Algorithm.PES.create(problem.setup()),
                problem.theta(),
                problem.sequence(),
                4,
                2,
                4,
                8)
            .gradient();
    assertArrayEquals(fresh, second, 0.0);
  }

  @Test
  void theLossThatEsReturnsIsThatOfTheUnperturbedNetwork() {
    Problem problem = Problem.reference();
    double expected = problem.loss();
    double actual =
        Episodes.run(
                Algorithm.ES.create(problem.setup()),
                problem.theta(),
                problem.sequence(),
                3,
                3,
                6,
                8)
            .loss();
    assertEquals(expected, actual, expected * problem.floatTolerance());
  }

  @ParameterizedTest
  @CsvSource({
    "ES, 8, UNBIASED",
    "PES, 8, UNBIASED",
    "PES, 1, UNBIASED",
    "PES, 3, UNBIASED",
    "ES, 1, BIASED"
  })
  void theMeanOnTheRealRandomSourceIsTheGradientOrIsFoundBiased(
      Algorithm algorithm, int window, Verdict expected) {
    Problem problem = Problem.reference();
    Setup setup =
        problem
            .setup()
            .withWindow(window)
            .withParticles(16)
            .withSigma(errors(problem).bestSigma())
            .withImplementation(Implementation.SCALAR);
    VerificationReport report =
        Verifier.of(algorithm, setup, problem.theta(), problem.sequence(), problem.windows(window))
            .target(problem.gradient())
            .tolerance(Suite.tolerance())
            .alpha(Suite.ALPHA)
            .beta(Suite.BETA)
            .seed(Suite.seed("contract " + algorithm + window))
            .verify();
    assertEquals(expected, report.verdict(), report::summary);
  }

  /**
   * σ = 0.2: the smoothing moves the target by a tenth, twice ε, so that one of the two must be
   * found wrong; at 0.3 the value of the smoothed target would itself be known to a tenth only.
   */
  @ParameterizedTest
  @CsvSource({"ES, 8", "PES, 3"})
  void atALargeSigmaTheMeanIsTheSmoothedGradientAndNotTheGradient(Algorithm algorithm, int window) {
    Problem problem = Problem.reference();
    VerificationReport smoothed = atALargeSigma(algorithm, window).verify();
    assertTrue(smoothed.verdict().passed(), smoothed::summary);
    VerificationReport plain = atALargeSigma(algorithm, window).target(problem.gradient()).verify();
    assertEquals(Verdict.BIASED, plain.verdict(), plain::summary);
  }

  private static Verifier atALargeSigma(Algorithm algorithm, int window) {
    Problem problem = Problem.reference();
    Setup setup =
        problem
            .setup()
            .withWindow(window)
            .withParticles(16)
            .withSigma(0.2)
            .withImplementation(Implementation.SCALAR);
    return Verifier.of(
            algorithm, setup, problem.theta(), problem.sequence(), problem.windows(window))
        .tolerance(Suite.tolerance())
        .alpha(Suite.ALPHA)
        .beta(Suite.BETA)
        .seed(Suite.seed("large sigma " + algorithm + window));
  }
}
