package kobai.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomPermutationTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7, 16, 97, 1797, 4096})
  void everyNumberStandsAtOnePlace(int size) {
    for (long seed = 0; seed < 5; seed++) {
      BitSet seen = new BitSet(size);
      for (int i = 0; i < size; i++) {
        seen.set(RandomPermutation.at(seed, size, i));
      }
      assertEquals(size, seen.cardinality());
      assertEquals(size, seen.length());
    }
  }

  @Test
  void thePlaceDecidesAloneAtTheLargestSize() {
    int last = Integer.MAX_VALUE - 1;
    int number = RandomPermutation.at(3, Integer.MAX_VALUE, last);
    assertTrue(number >= 0 && number <= last);
    assertEquals(number, RandomPermutation.at(3, Integer.MAX_VALUE, last));
  }

  /** The shift is uniform, so that this is P(number at place) = 1/N, by enumeration. */
  @Test
  void overAllShiftsEveryNumberStandsOnceAtEveryPlace() {
    int size = 13;
    for (long seed = 0; seed < 20; seed++) {
      for (int place = 0; place < size; place++) {
        BitSet seen = new BitSet(size);
        for (int shift = 0; shift < size; shift++) {
          seen.set(RandomPermutation.at(seed, size, shift, place));
        }
        assertEquals(size, seen.cardinality(), "seed " + seed + ", place " + place);
      }
    }
  }

  /**
   * All 24 orders of four, over 24 000 seeds, 1000 expected of each: Pearson's statistic has 23
   * degrees of freedom and is above 80 with probability 3·10⁻⁸. Orders that differ by a shift
   * alone, 4 of the 24, make it 24 000 · (24/4 − 1).
   */
  @Test
  void allOrdersAreEquallyFrequent() {
    assertTrue(statistic(seed -> i -> RandomPermutation.at(seed, 4, i)) < 80);
    double shifts = statistic(seed -> i -> (i + RandomPermutation.at(seed, 4, 0)) % 4);
    assertTrue(shifts >= 24_000 * 5, "shifts alone: " + shifts);
  }

  private interface Orders {
    IntUnaryOperator of(long seed);
  }

  private static double statistic(Orders orders) {
    int seeds = 24_000;
    double expected = seeds / 24.0;
    Map<Integer, Integer> counts = new HashMap<>();
    for (long seed = 0; seed < seeds; seed++) {
      IntUnaryOperator order = orders.of(seed);
      int name = 0;
      for (int i = 0; i < 4; i++) {
        name = 4 * name + order.applyAsInt(i);
      }
      counts.merge(name, 1, Integer::sum);
    }
    double sum = (24 - counts.size()) * expected;
    for (int count : counts.values()) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }

  @Test
  void placesOutsideAreRefused() {
    assertEquals(
        "place = 5: must be in [0, 5), the size of the permutation",
        assertThrows(IllegalArgumentException.class, () -> RandomPermutation.at(1, 5, 5))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> RandomPermutation.at(1, 5, -1));
    assertThrows(IllegalArgumentException.class, () -> RandomPermutation.at(1, 0, 0));
  }
}
