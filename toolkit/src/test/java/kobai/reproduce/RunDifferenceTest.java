package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RunDifferenceTest {
  /** A run of the sample's methods with 12 seeds whose figure is given. */
  private static SavedRun run(double shift, long noise, int seeds) {
    Sample sample = Sample.whole();
    var all = new ArrayList<Long>();
    for (long seed = 0; seed < 12; seed++) {
      all.add(seed);
    }
    Plan plan =
        Plan.of(
            Scale.TINY, List.of(new Study(Sample.NAME, sample, List.of("table", "a", "b"), all)));
    var results = new ArrayList<UnitResult>();
    results.add(result("table", 0, 1));
    for (int seed = 0; seed < seeds; seed++) {
      var random = new SplittableRandom(noise + seed);
      results.add(result("a", seed, random.nextGaussian() + shift));
      results.add(result("b", seed, 3));
    }
    return new SavedRun(Path.of("run"), Sample.manifest(plan), plan, results);
  }

  private static UnitResult result(String method, long seed, double value) {
    var row = new Outcomes.Row(method, seed, "figure", Double.NaN, value);
    return new UnitResult(new WorkUnit(Sample.NAME, method, seed), List.of(row), List.of());
  }

  @Test
  void aRunIsTheSameAsItself() {
    var difference = RunDifference.of(run(0, 1, 12), run(0, 1, 12));
    assertTrue(difference.sameBits() && difference.sameLaw());
    assertEquals(
        List.of("25 units in both, 25 of them the same to the last bit"), difference.lines());
  }

  @Test
  void otherSeedsOfOneLawDifferInBitsOnly() {
    var difference = RunDifference.of(run(0, 1, 12), run(0, 1000, 12));
    assertFalse(difference.sameBits());
    assertTrue(difference.sameLaw(), () -> String.join("\n", difference.lines()));
    assertEquals(1, difference.metrics().size(), "b and the table are the same");
  }

  @Test
  void aShiftedLawIsSeen() {
    // 12 against 12 values three standard deviations apart: the ranks hardly mix.
    var difference = RunDifference.of(run(0, 1, 12), run(3, 1000, 12));
    assertFalse(difference.sameLaw());
    assertTrue(difference.metrics().getFirst().p() < 1e-3);
  }

  @Test
  void missingUnitsAreADifference() {
    var difference = RunDifference.of(run(0, 1, 12), run(0, 1, 11));
    assertFalse(difference.sameBits() || difference.sameLaw());
    assertEquals(2, difference.onlyFirst().size());
    assertEquals(2, RunDifference.of(run(0, 1, 11), run(0, 1, 12)).onlySecond().size());
  }

  @Test
  void chanceExplainsNothingWhereThereIsNone() {
    SavedRun first = run(0, 1, 12);
    var changed = new ArrayList<>(first.results());
    changed.set(0, result("table", 0, Math.nextUp(1.0)));
    var second = new SavedRun(first.folder(), first.manifest(), first.plan(), changed);
    var difference = RunDifference.of(first, second);
    assertFalse(difference.sameLaw());
    assertTrue(Double.isNaN(difference.metrics().getFirst().p()));
  }

  @Test
  void aMetricThatOneRunLacksIsADifference() {
    SavedRun first = run(0, 1, 12);
    var changed = new ArrayList<>(first.results());
    changed.set(1, new UnitResult(changed.get(1).unit(), List.of(), List.of()));
    changed.set(2, new UnitResult(changed.get(2).unit(), List.of(), List.of()));
    var fewer = new SavedRun(first.folder(), first.manifest(), first.plan(), changed.subList(0, 3));
    var whole =
        new SavedRun(first.folder(), first.manifest(), first.plan(), first.results().subList(0, 3));
    assertFalse(RunDifference.of(whole, fewer).sameLaw());
    assertFalse(RunDifference.of(fewer, whole).sameLaw());
  }

  /**
   * Two and three values: 10 orders; the two largest together are 1 of them, and so is its mirror.
   */
  @Test
  void theRankTestCountsOrders() {
    assertEquals(0.2, RankTest.p(new double[] {4, 5}, new double[] {1, 2, 3}), 1e-12);
    assertEquals(0.2, RankTest.p(new double[] {1, 2}, new double[] {3, 4, Double.NaN}), 1e-12);
    assertEquals(1, RankTest.p(new double[] {7, 7}, new double[] {7, 7, 7}), 0);
    assertEquals(1, RankTest.p(new double[] {0.0}, new double[] {-0.0}), 0);
    // Ten against ten, all below all: 2 of C(20, 10) = 184 756 orders.
    double[] low = new double[10];
    double[] high = new double[10];
    for (int i = 0; i < 10; i++) {
      low[i] = i;
      high[i] = 10 + i;
    }
    assertEquals(2 / 184_756.0, RankTest.p(low, high), 1e-15);
  }

  /** A worked example: the smallest of three times three, the next times two, never decreasing. */
  @Test
  void holmAdjustsStepByStep() {
    assertArrayEquals(
        new double[] {0.04, 0.03, 0.04}, RankTest.holm(new double[] {0.03, 0.01, 0.02}), 1e-15);
    assertArrayEquals(new double[] {1, 1}, RankTest.holm(new double[] {0.9, 0.8}), 0);
  }
}
