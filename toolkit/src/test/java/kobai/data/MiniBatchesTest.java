package kobai.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import kobai.random.RandomKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MiniBatchesTest {
  /** Losses that no symmetry can help: distinct primes. Sums of them are exact in double. */
  private static final double[] LOSSES = {2, 3, 5, 7, 11, 13, 17, 19};

  /**
   * All subsets of M of N = 8: the mean of (N/M) Σ_{n∈S} Eₙ is Σₙ Eₙ = 77. N/M is exact for M = 1,
   * 2, 4, 8; elsewhere each of the at most 70 terms of at most 8 · 19 rounds by 2⁻⁵³ a few times.
   */
  @Test
  @DisplayName("§2.2: N/M times the sum over a mini-batch is unbiased over all subsets")
  void theScaledSumOverAMiniBatchIsUnbiasedOverAllSubsets() {
    for (int batch = 1; batch <= LOSSES.length; batch++) {
      MiniBatches batches = new MiniBatches(LOSSES.length, batch);
      double sum = 0;
      int subsets = 0;
      double largest = 0;
      for (int subset = 0; subset < 1 << LOSSES.length; subset++) {
        if (Integer.bitCount(subset) == batch) {
          double estimate = batches.scale() * sumOver(subset);
          sum += estimate;
          largest = Math.max(largest, Math.abs(estimate - 77));
          subsets++;
        }
      }
      assertEquals(77, sum / subsets, 77 * 100 * 0x1p-53, "batch " + batch);
      assertTrue(batch == LOSSES.length || largest > 1, "single estimates differ");
    }
  }

  private static double sumOver(int subset) {
    double sum = 0;
    for (int n = 0; n < LOSSES.length; n++) {
      sum += (subset >> n & 1) * LOSSES[n];
    }
    return sum;
  }

  /**
   * The sampler's own subsets of 2 of 8, the 4 of each epoch: within an epoch the scaled sums
   * average exactly to the whole, 77, since M divides N and scales are powers of two.
   */
  @Test
  void theMiniBatchesOfAnEpochAverageToTheWhole() {
    MiniBatches batches = new MiniBatches(8, 2);
    RandomKey key = new RandomKey(5);
    List<Double> estimates = new ArrayList<>();
    for (int epoch = 0; epoch < 50; epoch++) {
      double sum = 0;
      for (int i = 0; i < 4; i++) {
        long iteration = 4L * epoch + i;
        double estimate =
            batches.scale()
                * (LOSSES[batches.example(key, iteration, 0)]
                    + LOSSES[batches.example(key, iteration, 1)]);
        estimates.add(estimate);
        sum += estimate;
      }
      assertEquals(4 * 77, sum);
    }
    assertTrue(estimates.stream().distinct().count() > 10);
  }

  @Test
  void anEpochUsesNoExampleTwiceAndTheNextHasAnotherOrder() {
    MiniBatches batches = new MiniBatches(100, 7);
    RandomKey key = new RandomKey(9);
    assertEquals(14, batches.iterationsPerEpoch());
    List<List<Integer>> epochs = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      BitSet seen = new BitSet();
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < 14; i++) {
        for (int row = 0; row < 7; row++) {
          int example = batches.example(key, 14L * epoch + i, row);
          order.add(example);
          seen.set(example);
        }
      }
      assertEquals(98, seen.cardinality());
      epochs.add(order);
    }
    assertNotEquals(epochs.get(0), epochs.get(1));
    assertNotEquals(epochs.get(1), epochs.get(2));
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    assertEquals(
        "batch = 11: must be in [1, 10], the number of examples",
        assertThrows(IllegalArgumentException.class, () -> new MiniBatches(10, 11)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> new MiniBatches(10, 0));
    assertThrows(IllegalArgumentException.class, () -> new MiniBatches(0, 1));
  }
}
