package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kobai.data.Sequence;
import kobai.data.SeriesData;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class SeriesTest {
  private static Series of(int columns, double... values) {
    return new Series(
        new SeriesData("own.csv", List.of(), values.length / columns, columns, values));
  }

  private static Sequence filled(Series task, int length, int batch) {
    Sequence sequence = task.allocate(length, batch);
    task.fill(new RandomKey(23), sequence);
    return sequence;
  }

  @Test
  void columnsAreStandardisedAndTheTargetIsTheNextRow() {
    // Column 1: 1, 3, 1, 3, mean 2, standard deviation 1. Column 2 never changes. Column 3: −10, 0,
    // 0, 10, mean 0,
    // standard deviation √50.
    Sequence sequence = filled(of(3, 1, 7, -10, 3, 7, 0, 1, 7, 0, 3, 7, 10), 3, 1);
    float d = (float) (10 / Math.sqrt(50));
    assertArrayEquals(
        new float[] {-1, 0, -d, 1, 0, 0, -1, 0, 0}, sequence.inputs(), 1e-6f); // a few roundings
    assertArrayEquals(new float[] {1, 0, 0, -1, 0, 0, 1, 0, d}, sequence.targets(), 1e-6f);
  }

  @Test
  void theLargestAndSmallestNumbersAreStandardisedWithoutOverflow() {
    float[] expected = {-1, 1, -1};
    for (double large : new double[] {Double.MAX_VALUE, 1e300, 1, 1e-300, 8 * Double.MIN_VALUE}) {
      assertArrayEquals(
          expected, filled(of(1, -large, large, -large, large), 3, 1).inputs(), 1e-6f);
    }
    double base = 1.7e9; // seconds since 1970: their differences are lost in float, not in double
    assertArrayEquals(
        expected, filled(of(1, base, base + 1, base, base + 1), 3, 1).inputs(), 1e-6f);
  }

  @Test
  void everyStartIsDrawnAndNoOther() {
    Sequence sequence = filled(of(1, 0, 1, 2, 3, 4), 2, 200); // starts 0, 1 and 2
    Set<Integer> starts = new HashSet<>();
    for (int row = 0; row < 200; row++) {
      starts.add(
          Math.round(sequence.inputs()[row] * (float) Math.sqrt(2) + 2)); // mean 2, variance 2
    }
    assertEquals(Set.of(0, 1, 2), starts); // one missing: 3 · (2/3)²⁰⁰ = 10⁻³⁵
  }

  @Test
  void aSequenceLongerThanTheSeriesIsRefusedWithNumbers() {
    Series task = of(1, 0, 1, 2, 3, 4);
    filled(task, 4, 1);
    assertEquals(
        "series own.csv: length = 5: must be at most 4, one less than its 5 rows"
            + " (use a shorter length or longer data)",
        assertThrows(IllegalArgumentException.class, () -> filled(task, 5, 1)).getMessage());
  }

  @Test
  void aSingleRowIsRefused() {
    assertEquals(
        "own.csv: has 1 row: must have at least 2 (one row a time step; transpose it if it lies on"
            + " its side)",
        assertThrows(IllegalArgumentException.class, () -> of(3, 1, 2, 3)).getMessage());
  }

  @Test
  void aSeriesThatNeverChangesIsRefused() {
    assertEquals(
        "own.csv: no column changes: must have a value to predict (check the file)",
        assertThrows(IllegalArgumentException.class, () -> of(2, 1, 2, 1, 2, 1, 2)).getMessage());
  }

  @Test
  void whatIsHeldOutDoesNotScaleWhatIsLearntFrom() {
    double[] values = {1, 3, 1, 3, 1000, 2000};
    SeriesData data = new SeriesData("own.csv", List.of(), 6, 1, values);
    Series series = new Series(data, 4);
    Series training = series.part(0, 4);
    assertEquals(4, training.rows());
    var sequence = training.allocate(3, 1);
    training.fill(new RandomKey(1), sequence);
    // Mean 2 and deviation 1 of the first four rows.
    assertArrayEquals(new float[] {-1, 1, -1}, sequence.inputs());
    assertArrayEquals(new float[] {1, -1, 1}, sequence.targets());
    Series held = series.part(4, 6);
    var last = held.allocate(1, 1);
    held.fill(new RandomKey(1), last);
    assertArrayEquals(new float[] {998}, last.inputs());
    assertArrayEquals(new float[] {1998}, last.targets());
    assertThrows(IllegalArgumentException.class, () -> series.part(5, 6));
    assertThrows(IllegalArgumentException.class, () -> new Series(data, 1));
  }
}
