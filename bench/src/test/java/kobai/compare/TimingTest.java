package kobai.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.report.Measured;
import org.junit.jupiter.api.Test;

final class TimingTest {
  @Test
  void oneForkGivesAnIntervalOverItsIterations() {
    // Mean 2, standard error 1/√3, t(0.975; 2) = 4.30265: reach 2.4841; the lower end stops at half
    // the fastest.
    Measured measured = new Timing(new double[][] {{1, 2, 3}}, 0, 0).measured();
    assertEquals(2, measured.value(), 1e-12);
    assertEquals(4.4841, measured.upper(), 1e-4);
    assertEquals(0.5, measured.lower(), 1e-12);
  }

  @Test
  void severalForksGiveAnIntervalOverTheirMeans() {
    // Means 10 and 12: mean 11, standard error 1, t(0.975; 1) = 12.7062.
    Measured measured = new Timing(new double[][] {{9, 11}, {12, 12}}, 0, 0).measured();
    assertEquals(11, measured.value(), 1e-12);
    assertEquals(23.7062, measured.upper(), 1e-4);
  }

  @Test
  void aSingleValueHasNoInterval() {
    assertFalse(new Timing(new double[][] {{5}}, 0, 0).measured().hasInterval());
  }

  @Test
  void anEmptyForkIsRefused() {
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new Timing(new double[][] {{1}, {}}, 0, 0))
            .getMessage();
    assertTrue(message.contains("iterations = 0"), message);
  }
}
