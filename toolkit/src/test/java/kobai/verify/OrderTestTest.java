package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.estimators.Algorithm;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.models.Loss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrderTestTest {
  private static final Problem PROBLEM = Problem.reference();
  private static final ErrorModel ERRORS =
      ErrorModel.of(PROBLEM.oracle(), PROBLEM.theta(), 8, ErrorModel.FLOAT);

  private static ExactMoments moments(Algorithm algorithm, int window, double sigma) {
    return ExactMoments.of(
        noise ->
            new EpisodeSampler(
                algorithm.create(
                    PROBLEM
                        .setup()
                        .withImplementation(Implementation.SCALAR)
                        .withWindow(window)
                        .withParticles(2)
                        .withSigma(sigma)
                        .withNoise(noise)),
                PROBLEM.theta(),
                PROBLEM.sequence(),
                PROBLEM.windows(window)),
        factors -> new HadamardDesign(factors, false));
  }

  @ParameterizedTest
  @CsvSource({"ES, 8", "PES, 8", "PES, 4", "PES, 3"})
  void theExactMeanMissesTheGradientByTheSquareOfSigma(Algorithm algorithm, int window) {
    OrderTest order =
        OrderTest.run(
            sigma -> moments(algorithm, window, sigma).mean(), PROBLEM.gradient(), ERRORS);
    assertTrue(order.passed(), order::finding);
    assertEquals(3, order.sigmas().length);
  }

  @ParameterizedTest
  @CsvSource({"ES, 8", "PES, 8", "PES, 4", "PES, 1"})
  void theErrorOfTheExactMeanStaysBelowTheGateAtAnySigma(Algorithm algorithm, int window) {
    for (double sigma : new double[] {1e-4, 1e-3, 1e-2, ERRORS.bestSigma()}) {
      double error = moments(algorithm, window, sigma).relativeError(PROBLEM.gradient());
      assertTrue(
          error <= ERRORS.gate(sigma), () -> sigma + ": " + error + ", gate " + ERRORS.gate(sigma));
    }
    assertTrue(
        ERRORS.gate(ERRORS.bestSigma()) < 5e-3, "a gate that would catch the bugs: " + ERRORS);
  }

  @Test
  void truncatedEsAndAConstantErrorHaveAnotherOrder() {
    OrderTest truncated =
        OrderTest.run(sigma -> moments(Algorithm.ES, 2, sigma).mean(), PROBLEM.gradient(), ERRORS);
    assertFalse(truncated.passed());
    assertEquals(0, truncated.slope(), 0.3);
    OrderTest linear =
        OrderTest.run(
            sigma -> {
              double[] mean = PROBLEM.gradient();
              mean[0] += sigma;
              return mean;
            },
            PROBLEM.gradient(),
            ERRORS);
    assertFalse(linear.passed());
    assertEquals(1, linear.slope(), 1e-6);
  }

  @Test
  void aQuadraticLossHasNoOrderAndTheTestSaysSo() {
    // One step of a linear network: the loss is quadratic in W and in V, of third order only in
    // both together.
    Problem linear = Problem.of(2, 2, 1, 1, Activation.IDENTITY, Loss.SQUARED_ERROR, 1, 1, 3);
    ErrorModel exact =
        new ErrorModel(0, linear.loss(), Vectors.norm(linear.gradient()), ErrorModel.FLOAT);
    OrderTest order = OrderTest.run(sigma -> linear.gradient(), linear.gradient(), exact);
    assertFalse(order.passed());
    assertTrue(order.finding().contains("no σ shows the order"), order.finding());
    assertEquals(1, exact.bestSigma());
  }

  @Test
  void theErrorModelIsConsistent() {
    double best = ERRORS.bestSigma();
    // (1) is stationary where 2 c₃ σ³ = 4 u |L|/‖g‖.
    assertEquals(2 * ERRORS.c3() * best * best, ERRORS.rounding(best), 1e-9);
    assertTrue(
        ERRORS.error(best) < ERRORS.error(best * 1.5)
            && ERRORS.error(best) < ERRORS.error(best / 1.5));
    assertEquals(0.05 / 5, ERRORS.rounding(ERRORS.leastSigma(0.05)), 1e-12);
  }
}
