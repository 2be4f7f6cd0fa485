package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReparameterisationTest {
  private final Reparameterisation experiment = new Reparameterisation();

  @Test
  void everyMethodRunsAndTheSameSeedGivesTheSameBits() {
    Outcomes outcomes = Units.all(experiment, Scale.TINY);
    for (String method : experiment.methods(Scale.TINY)) {
      assertTrue(outcomes.rows().stream().anyMatch(row -> row.method().equals(method)), method);
    }
    Outcomes once = Units.run(experiment, Scale.TINY, "local", 3);
    assertEquals(once, Units.run(experiment, Scale.TINY, "local", 3));
    assertFalse(once.equals(Units.run(experiment, Scale.TINY, "local", 4)));
    assertEquals(5, experiment.figures(Scale.TINY, outcomes).size());
  }

  /**
   * The deterministic part at the smallest size: gradients through dropout are equal up to rounding
   * there, too, and closed forms keep their order.
   */
  @Test
  void whatNeedsNoManySamplesHoldsAtTheSmallestSize() {
    Outcomes outcomes = Units.all(experiment, Scale.TINY);
    double difference = outcomes.values("dropout", "relative difference of gradients")[0];
    assertTrue(difference <= 100 * 0x1p-24, "" + difference);
    for (String place : List.of("closed form at the start", "closed form at the optimum")) {
      for (double p : outcomes.places("score", place)) {
        double shared = outcomes.at("reparameterised", place, p)[0];
        double control = outcomes.at("score-leave-one-out", place, p)[0];
        assertTrue(outcomes.at("local", place, p)[0] > 0);
        assertTrue(shared < control && control < outcomes.at("score", place, p)[0], place);
      }
    }
  }

  @Test
  void bandsSayWhatHasNotBeenRun() {
    assertEquals(List.of(), experiment.bands(Scale.TINY));
    for (Band band : experiment.bands(Scale.REDUCED)) {
      assertEquals(
          Band.Verdict.NOT_RUN,
          band.judge().apply(new Outcomes(List.of())).verdict(),
          band.claim());
    }
  }
}
