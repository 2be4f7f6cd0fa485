package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class AddTest {
  private static final int LENGTH = 50_000;

  private static Sequence filled(Add task, int length, int batch) {
    Sequence sequence = task.allocate(length, batch);
    task.fill(new RandomKey(13), sequence);
    return sequence;
  }

  @Test
  void baselinesAreThePublishedOnes() {
    // Marschall et al. draw .66, .52 and .45; five digits from H(p) = −p ln p − (1 − p) ln(1 − p)
    // by hand:
    // H(5/8); ½ (H(3/8) + H(7/8)); ½ (H(3/4) + H(1/2)); ¼ (H(1/2) + H(1/4) + H(1) + H(3/4)).
    assertEquals(0.66156, Add.lossWithoutMemory(), 5e-6);
    assertEquals(0.51917, Add.lossWithNearLag(), 5e-6);
    assertEquals(0.62774, Add.lossWithFarLag(), 5e-6);
    assertEquals(0.45445, Add.lossWithBoth(), 5e-6);
  }

  @Test
  void targetsAreTheWeightedSumOfTheTwoEarlierBits() {
    for (int[] lags : new int[][] {{5, 9}, {2, 4}, {9, 5}, {1, 2}}) {
      Sequence sequence = filled(new Add(lags[0], lags[1]), 60, 3);
      for (int row = 0; row < 3; row++) {
        for (int t = Math.max(lags[0], lags[1]); t < 60; t++) {
          float near = sequence.inputs()[sequence.inputAt(t - lags[0]) + 2 * row];
          float far = sequence.inputs()[sequence.inputAt(t - lags[1]) + 2 * row];
          float y = sequence.targets()[sequence.targetAt(t) + 2 * row];
          assertEquals(0.5f + 0.5f * near - 0.25f * far, y);
          assertEquals(1 - y, sequence.targets()[sequence.targetAt(t) + 2 * row + 1]);
        }
      }
    }
  }

  @Test
  void inputsAreFairBitsBesideTheirComplements() {
    Sequence sequence = filled(new Add(5, 9), LENGTH, 1);
    int ones = 0;
    for (int t = 0; t < LENGTH; t++) {
      float x = sequence.inputs()[2 * t];
      assertTrue(x == 0 || x == 1);
      assertEquals(1 - x, sequence.inputs()[2 * t + 1]);
      ones += (int) x;
    }
    assertEquals(LENGTH / 2, ones, 840); // Hoeffding: 2 exp(−2 · 840² / 50 000) = 10⁻¹²
  }

  @Test
  void firstTargetsHaveTheDistributionOfAllOthers() {
    int batch = LENGTH;
    Sequence sequence =
        filled(new Add(5, 9), 1, batch); // nothing was shown that the target depends on
    int[] counts = new int[5];
    for (int row = 0; row < batch; row++) {
      counts[Math.round(4 * sequence.targets()[2 * row])]++;
    }
    assertEquals(0, counts[0]);
    for (int quarters = 1;
        quarters <= 4;
        quarters++) { // ¼, ½, ¾ and 1: one of the four pairs of bits each
      assertEquals(batch / 4, counts[quarters], 840); // Hoeffding as above
    }
  }

  @Test
  void eachBestPredictionReachesItsBaselineOnDrawnData() {
    // Mean over T steps of the cross-entropy of each best prediction. A step's loss lies in [0, ln
    // 8] for all four (the least
    // probability that any gives to an outcome is 1/8). Steps t and t + 4 share a bit, others do
    // not, so every second block of
    // four is independent: Hoeffding with T/2 draws in each of two halves, P ≤ 4 exp(−T d² / ln² 8)
    // = 10⁻¹² at d = 0.0112.
    int length = 1_000_000;
    Sequence sequence = filled(new Add(5, 9), length, 1);
    double[] sums = new double[4];
    for (int t = 9; t < length; t++) {
      double near = sequence.inputs()[2 * (t - 5)];
      double far = sequence.inputs()[2 * (t - 9)];
      double y = sequence.targets()[2 * t];
      sums[0] += crossEntropy(y, 0.5 + 0.5 / 2 - 0.25 / 2);
      sums[1] += crossEntropy(y, 0.5 + 0.5 * near - 0.25 / 2);
      sums[2] += crossEntropy(y, 0.5 + 0.5 / 2 - 0.25 * far);
      sums[3] += crossEntropy(y, 0.5 + 0.5 * near - 0.25 * far);
    }
    double steps = length - 9;
    double tolerance = 0.0112; // a third of the smallest distance between two baselines
    assertEquals(Add.lossWithoutMemory(), sums[0] / steps, tolerance);
    assertEquals(Add.lossWithNearLag(), sums[1] / steps, tolerance);
    assertEquals(Add.lossWithFarLag(), sums[2] / steps, tolerance);
    assertEquals(Add.lossWithBoth(), sums[3] / steps, tolerance);
  }

  private static double crossEntropy(double y, double p) {
    return (y == 0 ? 0 : -y * Math.log(p)) + (y == 1 ? 0 : -(1 - y) * Math.log(1 - p));
  }

  @Test
  void lagsOutOfRangeOrEqualAreRefused() {
    assertTrue(refusal(0, 9).startsWith("near-lag = 0: must be from 1 to 1000000"));
    assertTrue(refusal(5, -3).startsWith("far-lag = -3: must be from 1 to 1000000"));
    assertEquals("far-lag = 5: must differ from near-lag (use 5 and 9)", refusal(5, 5));
  }

  private static String refusal(int nearLag, int farLag) {
    return assertThrows(IllegalArgumentException.class, () -> new Add(nearLag, farLag))
        .getMessage();
  }
}
