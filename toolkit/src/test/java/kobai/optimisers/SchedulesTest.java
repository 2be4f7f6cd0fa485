package kobai.optimisers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulesTest {
  /**
   * By hand. cos(π/3) = 1/2, cos(π/2) = 0, cos(2π/3) = −1/2; the run has 6 iterations where none is
   * set; warm-up of 4: 1/4, 2/4, 3/4, 1.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "constant                      | 0 | 1",
        "constant                      | 9 | 1",
        "harmonic                      | 0 | 1",
        "harmonic                      | 3 | 0.25",
        "power                         | 3 | 0.5",
        "power(exponent=0.75)          | 15 | 0.125",
        "inverse-time(decay=0.5)       | 0 | 1",
        "inverse-time(decay=0.5)       | 6 | 0.25",
        "exponential(keep=0.5)         | 0 | 1",
        "exponential(keep=0.5)         | 5 | 0.03125",
        "linear                        | 0 | 1",
        "linear                        | 3 | 0.5",
        "linear                        | 6 | 0",
        "linear                        | 7 | 0",
        "linear(over=4, end=0.2)       | 1 | 0.8",
        "linear(over=4, end=0.2)       | 4 | 0.2",
        "linear(over=4, end=0.2)       | 400 | 0.2",
        "cosine                        | 0 | 1",
        "cosine                        | 2 | 0.75",
        "cosine                        | 3 | 0.5",
        "cosine                        | 4 | 0.25",
        "cosine                        | 6 | 0",
        "cosine(over=2, end=0.5)       | 1 | 0.75",
        "cosine(over=2, end=0.5)       | 5 | 0.5",
        "constant(warm-up=4)           | 0 | 0.25",
        "constant(warm-up=4)           | 2 | 0.75",
        "constant(warm-up=4)           | 3 | 1",
        "cosine(warm-up=4)             | 2 | 0.5625",
        "cosine(warm_up=4)             | 4 | 0.25",
        "LINEAR ( Warm-Up = 2 )        | 0 | 0.5"
      })
  @DisplayName("§2.4: constant, exponential, linear, cosine and inverse-time schedules by hand")
  void factorsAreThoseWorkedOutByHand(String text, long t, double expected) {
    assertEquals(expected, Schedules.parse(text, 6).factor(t), 1e-15);
  }

  @ParameterizedTest
  @EnumSource
  void everyScheduleStartsAtTheRateAndNeverRises(Schedules schedule) {
    Schedule factors = Schedules.parse(schedule.commandName(), 50);
    assertEquals(1, factors.factor(0));
    for (long t = 1; t < 100; t++) {
      assertTrue(factors.factor(t) <= factors.factor(t - 1) && factors.factor(t) >= 0);
    }
  }

  /**
   * Ση = ∞ and Ση² < ∞ are seen where each doubling of the time adds about the same to the sum
   * (harmonic: ln 2) or more, while it adds at most half as much to the sum of squares. c/t: Σ over
   * (n, 2n] ≥ 1/2, Ση² ≤ 1/n. Exponent 3/4: ≥ n^¼/2, ≤ n^−½. Inverse time, κ = 1: as c/t.
   */
  @ParameterizedTest
  @ValueSource(strings = {"harmonic", "power(exponent=0.75)", "inverse-time(decay=1)"})
  @DisplayName("§2.3: c/t and others have an infinite sum and a finite sum of squares")
  void theConditionsOfRobbinsAndMonroHold(String text) {
    Schedule schedule = Schedules.parse(text, 1);
    for (int n = 1 << 8; n <= 1 << 16; n *= 2) {
      double sum = 0;
      double squares = 0;
      for (int t = n; t < 2 * n; t++) {
        sum += schedule.factor(t);
        squares += schedule.factor(t) * schedule.factor(t);
      }
      assertTrue(sum >= 0.49, n + ": " + sum);
      assertTrue(squares <= 1 / Math.sqrt(n), n + ": " + squares);
    }
  }

  @Test
  void theOptimiserMultipliesItsRateByTheFactor() {
    Optimiser optimiser =
        OptimiserSettings.of(Optimisers.SGD, 0.5)
            .create(
                Implementation.SCALAR.kernels(),
                Workspace.allocating(),
                1,
                Schedules.parse("harmonic", 3));
    float[] theta = {0f};
    optimiser.update(theta, new float[] {8f});
    assertEquals(-4f, theta[0]);
    optimiser.update(theta, new float[] {8f});
    assertEquals(-6f, theta[0]);
  }

  /** AdaBound's bounds shrink with the rate: at half the rate every step is half as long. */
  @Test
  void adaBoundsBoundsFollowTheSchedule() {
    float[] whole = {0f};
    float[] half = {0f};
    OptimiserSettings settings = OptimiserSettings.of(Optimisers.ADABOUND, 0.5);
    settings
        .create(Implementation.SCALAR.kernels(), Workspace.allocating(), 1, Schedule.CONSTANT)
        .update(whole, new float[] {1f});
    settings
        .create(Implementation.SCALAR.kernels(), Workspace.allocating(), 1, t -> 0.5)
        .update(half, new float[] {1f});
    assertEquals(whole[0] / 2, half[0]);
    assertTrue(whole[0] < 0);
  }

  @Test
  void everythingThatIsWrongIsRefusedAtOnce() {
    assertEquals(
        """
        iterations = 0: must be at least 1
        over = 0.0: must be in [1, ∞) (iterations until the end of the fall)
        end = 2.0: must be in [0, 1] (the factor that remains at the end)
        warm-up = 1.5: must be a whole number of iterations\
        """,
        refusal("linear(over=0, end=2, warm-up=1.5)", 0));
    assertEquals(
        "keep = NaN: must be in (0, 1] (what an iteration leaves of the factor)",
        refusal("exponential(keep=NaN)", 1));
    assertEquals("schedule harmonic: over: must be one of warm-up", refusal("harmonic(over=3)", 1));
    assertEquals(
        "schedule = cosin: must be one of constant, harmonic, power, inverse-time, exponential,"
            + " linear, cosine",
        refusal("cosin", 1));
    assertEquals(
        "warm-up = 0: must be at least 1 iteration (leave it out for none)",
        assertThrows(IllegalArgumentException.class, () -> Schedule.CONSTANT.warmedUp(0))
            .getMessage());
  }

  private static String refusal(String text, long iterations) {
    return assertThrows(IllegalArgumentException.class, () -> Schedules.parse(text, iterations))
        .getMessage();
  }
}
