package kobai.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.report.Measured;
import org.junit.jupiter.api.Test;

final class ReachTest {
  private static final Measured SECOND = new Measured(1, 0.9, 1.1);

  @Test
  void anUnbiasedEstimatorNeedsVarianceTimesRatioGradients() {
    Reach reach = Reach.of(Measured.exactly(100), new Measured(0, 0, 0.3), SECOND, 10);
    assertTrue(reach.possible());
    assertEquals(1000, reach.estimates());
    assertEquals(1000, reach.seconds().value(), 1e-9);
    assertEquals(1100, reach.seconds().upper(), 1e-9);
    assertEquals(Double.POSITIVE_INFINITY, reach.highest());
  }

  @Test
  void aBiasThatWasShownTakesItsPartOfTheError() {
    // Error² allowed: 1; bias² shown: 0.25; so V/M ≤ 0.75 and M = 134 for V = 100.
    Reach reach = Reach.of(Measured.exactly(100), new Measured(0.6, 0.5, 0.7), SECOND, 1);
    assertEquals(134, reach.estimates());
    assertEquals(4, reach.highest(), 1e-12);
  }

  @Test
  void noAveragingGoesBeyondTheBias() {
    Reach reach = Reach.of(Measured.exactly(100), new Measured(0.6, 0.5, 0.7), SECOND, 4);
    assertFalse(reach.possible());
    assertEquals(4, reach.highest(), 1e-12);
  }

  @Test
  void anExactGradientIsEnoughByItself() {
    Reach reach = Reach.of(Measured.exactly(0), Measured.exactly(1e-6), SECOND, 10);
    assertEquals(1, reach.estimates());
    assertEquals(1e12, reach.highest(), 1);
  }
}
