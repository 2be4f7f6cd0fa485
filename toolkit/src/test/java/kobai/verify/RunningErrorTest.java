package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kobai.estimators.Algorithm;
import kobai.kernels.Activation;
import kobai.models.Loss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The tolerance that float gradients are held to has room for what float can lose, and not much.
 */
class RunningErrorTest {
  /** Without {@code MLP}, which has no equations of single rows; its contract bounds its error. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MLP")
  void theToleranceCoversTheRunningErrorOnTheReferenceProblems(ReferenceNetwork network) {
    for (Problem problem : new Problem[] {network.problem(), network.small()}) {
      double bound = RunningError.ofGradient(problem).relative();
      double tolerance = problem.floatTolerance();
      assertTrue(bound <= tolerance, () -> network + ": " + bound + " > " + tolerance);
    }
  }

  /**
   * The bound itself holds, whatever the activation, the sizes and the cancellation: it grows with
   * the product of the |J|, which no formula of the sizes knows.
   */
  @Test
  void gradientsInFloatStayWithinTheRunningErrorOfTheirProblem() {
    SplittableRandom random = new SplittableRandom(3);
    double closest = 0;
    for (int i = 0; i < 300; i++) {
      Loss loss = random.nextBoolean() ? Loss.SQUARED_ERROR : Loss.SOFTMAX_CROSS_ENTROPY;
      Activation activation = Activation.values()[random.nextInt(Activation.values().length)];
      Problem problem =
          Problem.of(
              random.nextInt(1, 5),
              random.nextInt(1, 9),
              random.nextInt(1, 5),
              0.1 + 0.9 * random.nextDouble(),
              activation,
              loss,
              random.nextInt(1, 10),
              random.nextInt(1, 4),
              i);
      RunningError.Bound bound = RunningError.ofGradient(problem);
      int length = problem.sequence().length();
      float[] gradient = new float[problem.theta().length];
      Algorithm.BPTT
          .create(problem.setup())
          .estimate(problem.theta(), problem.sequence(), 0, length, gradient);
      double error = Vectors.distance(Vectors.widen(gradient), problem.gradient());
      assertTrue(
          error <= bound.error(),
          () -> problem.model().name() + ": error " + error + " above " + bound);
      closest = Math.max(closest, error / bound.error());
    }
    double share = closest;
    assertTrue(share > 1e-2, () -> "a bound a hundred times too wide: " + share);
  }
}
