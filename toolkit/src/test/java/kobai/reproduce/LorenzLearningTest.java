package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.models.LorenzSystem;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class LorenzLearningTest {
  private static final LorenzSystem SYSTEM = new LorenzSystem();

  @Test
  void theExactGradientAtTheStartIsThePublishedOne() {
    float[] theta = new float[2];
    SYSTEM.initialise(new RandomKey(0), theta);
    float[] gradient = new float[2];
    GradientEstimator exact = Algorithm.BPTT.create(Setup.of(SYSTEM, 2000));
    exact.reset(0);
    double loss = exact.estimate(theta, SYSTEM.sequence(2000, 1), 0, 2000, gradient) / 2000;
    // In double: 353.3 and (3.37e4, -9.84e5). A rounding of a state, 6e-8 of it, grows by at most
    // 3.5e6 (the largest influence met), that is to 0.2 of a state near its end: 5 % covers it.
    assertEquals(353.3, loss, 0.05 * 353.3);
    assertEquals(3.37e4, gradient[0] / 2000, 0.05 * 3.37e4);
    assertEquals(-9.84e5, gradient[1] / 2000, 0.05 * 9.84e5);
  }

  @Test
  void workersCoverAnEpisodeEvenlyAndEveryStepIsCounted() {
    float[] theta = new float[2];
    SYSTEM.initialise(new RandomKey(0), theta);
    Setup setup = Setup.of(SYSTEM, 25).withParticles(2).withSigma(0.04);
    StepUnlocked workers =
        new StepUnlocked(
            Algorithm.FORWARD_MODE, setup, 3, SYSTEM.sequence(100, 1), 8, new RandomKey(1));
    workers.start(theta);
    // Places 0, 25, 50, 75, twice: 2 (0 + 1 + 2 + 3) windows of 25 steps at 3 a step.
    assertEquals(12 * 25 * 3, workers.steps());
    float[] sum = new float[2];
    double loss = workers.estimate(theta, sum);
    assertEquals((12 + 8) * 25 * 3, workers.steps());
    // At one theta the windows of an episode add up: the workers' mean is the gradient of the mean
    // loss of a step, up to the rounding of a hundred terms.
    float[] exact = new float[2];
    GradientEstimator bptt = Algorithm.BPTT.create(Setup.of(SYSTEM, 100));
    bptt.reset(0);
    double whole = bptt.estimate(theta, SYSTEM.sequence(100, 1), 0, 100, exact);
    assertEquals(whole / 100, loss, 1e-12 * whole);
    for (int p = 0; p < 2; p++) {
      assertTrue(Math.abs(exact[p]) > 1);
      assertEquals(exact[p] / 100, sum[p], 1e-4 * Math.abs(exact[p]) / 100);
    }
  }

  @Test
  void everyMethodRunsAndTheSameSeedGivesTheSameBits() {
    LorenzLearning experiment = new LorenzLearning();
    Outcomes outcomes = Units.all(experiment, Scale.TINY);
    for (String method : experiment.methods(Scale.TINY)) {
      assertFalse(outcomes.rows().stream().noneMatch(row -> row.method().equals(method)), method);
    }
    assertEquals(
        Units.run(experiment, Scale.TINY, "nres", 3), Units.run(experiment, Scale.TINY, "nres", 3));
    assertFalse(
        Units.run(experiment, Scale.TINY, "nres", 3)
            .equals(Units.run(experiment, Scale.TINY, "nres", 4)));
    assertEquals(2, experiment.figures(Scale.TINY, outcomes).size());
    assertEquals(List.of(), experiment.bands(Scale.TINY));
    for (Band band : experiment.bands(Scale.REDUCED)) {
      assertEquals(
          Band.Verdict.NOT_RUN,
          band.judge().apply(new Outcomes(List.of())).verdict(),
          band.claim());
    }
  }
}
