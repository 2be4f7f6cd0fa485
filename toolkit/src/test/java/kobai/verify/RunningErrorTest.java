package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kobai.kernels.Activation;
import kobai.models.Loss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The tolerance that float gradients are held to has room for what float can lose, and not much.
 */
class RunningErrorTest {
  /**
   * What the properties add to ‖g‖, so that a gradient near zero does not ask for the impossible.
   */
  private static final double NEAR_ZERO = 1e-3;

  /** Gradients shorter than this are what is left when all terms cancel. */
  private static final double ALIVE = 1e-2;

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
   * The worst case grows with the product of the |J|, which no formula of the sizes knows: it is
   * covered on all but a few problems, where an implementation would have to round every time in
   * the worst direction to use that.
   */
  @Test
  void theToleranceCoversTheRunningErrorOnNearlyAllGeneratedProblems() {
    SplittableRandom random = new SplittableRandom(3);
    double tightest = Double.POSITIVE_INFINITY;
    int live = 0;
    int covered = 0;
    for (int i = 0; i < 300; i++) {
      Loss loss = random.nextBoolean() ? Loss.SQUARED_ERROR : Loss.SOFTMAX_CROSS_ENTROPY;
      // In a linear network paths may cancel without limit: the bound has no bound there.
      Activation activation = random.nextBoolean() ? Activation.TANH : Activation.SIGMOID;
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
      if (bound.norm() < ALIVE) {
        continue;
      }
      live++;
      double room = problem.floatTolerance() * (bound.norm() + NEAR_ZERO) / bound.error();
      tightest = Math.min(tightest, room);
      covered += room >= 1 ? 1 : 0;
    }
    // A tolerance of a hundred times the worst case would be no test.
    double least = tightest;
    assertTrue(least < 100, () -> "tightest: " + least);
    String counts = covered + " of " + live;
    assertTrue(live > 100 && covered >= 0.95 * live, counts);
  }
}
