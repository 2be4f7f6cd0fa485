package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LearningRateTuningTest {
  @Test
  void everyMethodRunsAndTheSameSeedGivesTheSameBits() {
    LearningRateTuning experiment = new LearningRateTuning();
    Outcomes outcomes = Units.all(experiment, Scale.TINY);
    for (String method : experiment.methods(Scale.TINY)) {
      assertTrue(outcomes.has(method, method.equals("grid") ? "best loss" : "late loss"), method);
    }
    // Published: ln 0.003 and ln 30; Adam at 10⁻² moves each by at most 10⁻² an update or so.
    assertEquals(Math.log(0.003), outcomes.values("nres", "final theta 0")[0], 0.05);
    assertEquals(Math.log(30), outcomes.values("nres", "final theta 1")[0], 0.05);
    assertEquals(
        Units.run(experiment, Scale.TINY, "pes-error", 3),
        Units.run(experiment, Scale.TINY, "pes-error", 3));
    assertEquals(2, experiment.figures(Scale.TINY, outcomes).size());
    for (Band band : experiment.bands(Scale.REDUCED)) {
      assertEquals(
          Band.Verdict.NOT_RUN,
          band.judge().apply(new Outcomes(java.util.List.of())).verdict(),
          band.claim());
    }
  }
}
