package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.random.RandomKey;
import kobai.report.Measured;
import org.junit.jupiter.api.Test;

class PairedStatisticsTest {
  /** All five positive: only all plus and all minus are as far, 2/2⁵. */
  @Test
  void signedRanksOfFivePositiveDifferences() {
    assertEquals(2.0 / 32, PairedStatistics.wilcoxon(new double[] {1, 2, 3, 4, 5}));
    assertEquals(2.0 / 32, PairedStatistics.wilcoxon(new double[] {-1, -2, -3, -4, -5}));
  }

  /**
   * Ranks 1 to 4, the smallest negative: the positive sum is 9 of a mean of 5; sums of 9 or more
   * are {2,3,4} and {1,2,3,4}, of 1 or less {} and {1}: 4/2⁴.
   */
  @Test
  void signedRanksWithOneNegative() {
    assertEquals(4.0 / 16, PairedStatistics.wilcoxon(new double[] {-1, 2, 3, 4}));
  }

  /** Two equal ones share the rank 1½: sums of {1½, 1½, 3} as far as 6 − 0: all or nothing. */
  @Test
  void tiesShareTheirRankAndZerosAreLeftOut() {
    assertEquals(2.0 / 8, PairedStatistics.wilcoxon(new double[] {1, 0, 1, 2}));
    assertEquals(1.0, PairedStatistics.wilcoxon(new double[] {0, 0}));
    assertEquals(1.0, PairedStatistics.wilcoxon(new double[] {1, -1}));
  }

  /** 60 positive differences: 2/2⁶⁰, without enumerating anything. */
  @Test
  void manyDifferencesAreNoProblemAndNaNIsLeftOut() {
    double[] many = new double[61];
    for (int i = 0; i < 60; i++) {
      many[i] = i + 1;
    }
    many[60] = Double.NaN;
    assertEquals(0x1p-59, PairedStatistics.wilcoxon(many));
  }

  /**
   * The interval holds the mean; it is a point if all differences are equal; and of many draws it
   * is 1.96 standard errors wide to either side: differences ±1 in equal numbers, n = 100, standard
   * error 0.1, within 10 % (the percentiles of 10⁴ resamples scatter by about 2 %, and the mean
   * moves in steps of 0.02, that is 10 % of 0.196).
   */
  @Test
  void theBootstrapIntervalIsThatOfTheMean() {
    Measured same = PairedStatistics.bootstrap(new double[] {2, 2, 2}, new RandomKey(1), 1000);
    assertEquals(new Measured(2, 2, 2), same);
    double[] signs = new double[100];
    for (int i = 0; i < 100; i++) {
      signs[i] = i % 2 == 0 ? 1 : -1;
    }
    Measured interval = PairedStatistics.bootstrap(signs, new RandomKey(1), 10_000);
    assertEquals(0, interval.value());
    assertEquals(-0.196, interval.lower(), 0.0236);
    assertEquals(0.196, interval.upper(), 0.0236);
    assertTrue(interval.equals(PairedStatistics.bootstrap(signs, new RandomKey(1), 10_000)));
  }
}
