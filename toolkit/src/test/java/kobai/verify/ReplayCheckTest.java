package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayCheckTest {
  private static final Problem PROBLEM = Problem.reference();

  private static ReplayCheck check(
      Function<Setup, GradientEstimator> factory, boolean persistent, int window) {
    return ReplayCheck.run(
        factory,
        PROBLEM.setup().withWindow(window),
        PROBLEM.sequence(),
        PROBLEM.windows(window),
        persistent);
  }

  @ParameterizedTest
  @CsvSource({"ES, false, 8", "ES, false, 3", "PES, true, 8", "PES, true, 3", "PES, true, 1"})
  void theNoiseAddedIsTheNoiseMultiplied(Algorithm algorithm, boolean persistent, int window) {
    ReplayCheck replay = check(algorithm::create, persistent, window);
    assertTrue(replay.passed(), replay::finding);
  }

  @Test
  void creditToTheWrongNoiseIsFound() {
    ReplayCheck summed = check(Algorithm.ES::create, true, 3);
    assertFalse(summed.passed());
    assertTrue(
        summed.finding().startsWith("window 1: the gradient is no multiple of the noise summed"),
        summed.finding());
    assertFalse(check(Algorithm.PES::create, false, 3).passed());
  }

  /** An estimator between whose pieces something goes wrong. */
  private record Changed(GradientEstimator estimator, java.util.function.Consumer<float[]> change)
      implements GradientEstimator {
    @Override
    public void reset(long seed) {
      estimator.reset(seed);
    }

    @Override
    public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
      double loss = estimator.estimate(theta, sequence, from, to, gradient);
      change.accept(gradient);
      return loss;
    }

    @Override
    public Workspace workspace() {
      return estimator.workspace();
    }
  }

  @Test
  void oneElementThatIsOffByOneBitIsFoundWithItsPlace() {
    ReplayCheck replay =
        check(
            setup -> new Changed(Algorithm.ES.create(setup), g -> g[26] = Math.nextUp(g[26])),
            false,
            8);
    assertFalse(replay.passed());
    assertTrue(replay.finding().contains("input[1] should be"), replay.finding());
  }

  @Test
  void aGradientOfZeroIsNoEvidence() {
    assertTrue(
        check(
                setup -> new Changed(Algorithm.ES.create(setup), g -> java.util.Arrays.fill(g, 0)),
                false,
                8)
            .finding()
            .contains("all of it is zero"));
  }

  @Test
  void noiseThatIsDrawnAgainIsFound() {
    // Every second draw of a pair's noise is another: what an antithetic partner with fresh noise
    // would look like.
    ReplayCheck replay =
        check(
            setup -> {
              Setup twice =
                  setup.withNoise(
                      (key, unroll, particle, out, at, count) -> {
                        setup.noise().fill(key, unroll, particle, out, at, count);
                        setup.noise().fill(key, unroll, particle + 1, out, at, count);
                      });
              return Algorithm.ES.create(twice);
            },
            false,
            8);
    assertFalse(replay.passed());
    assertTrue(
        replay.finding().contains("noise of 2 coordinates instead of one"), replay.finding());
  }
}
