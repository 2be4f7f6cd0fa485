package kobai.reproduce;

import java.util.Arrays;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Measured;

/** Statistics of differences between two methods that saw the same seeds. */
final class PairedStatistics {
  private static final double TAIL = 0.025;

  private PairedStatistics() {}

  /**
   * The mean difference with its 95 % percentile interval over {@code resamples} resamplings with
   * replacement (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13). A pure
   * function of the key.
   */
  static Measured bootstrap(double[] differences, RandomKey key, int resamples) {
    int n = differences.length;
    double[] means = new double[resamples];
    for (int b = 0; b < resamples; b++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += differences[RandomDraws.below(key, b, i, n)];
      }
      means[b] = sum / n;
    }
    Arrays.sort(means);
    double mean = Arrays.stream(differences).sum() / n;
    int cut = (int) (TAIL * resamples);
    // The mean of a skewed sample can lie outside of its percentile interval by a rounding.
    return new Measured(
        mean, Math.min(mean, means[cut]), Math.max(mean, means[resamples - 1 - cut]));
  }

  /**
   * The two-sided p-value of the signed-rank test, exact: the share of the 2ⁿ choices of signs
   * whose rank sum is as far from its mean, n(n + 1)/4, as the one observed. Zeros and NaN are left
   * out, equal differences share their mean rank (Wilcoxon 1945, Biometrics Bulletin 1(6)). 1 if
   * nothing is left. Cost: O(n³), by counting the choices of each sum.
   */
  static double wilcoxon(double[] differences) {
    double[] left = Arrays.stream(differences).filter(d -> d != 0 && !Double.isNaN(d)).toArray();
    int n = left.length;
    // Twice the rank, a whole number: 2 (smaller ones) + (equal ones, itself included) + 1.
    int[] ranks = new int[n];
    int total = 0;
    int observed = 0;
    for (int i = 0; i < n; i++) {
      double own = Math.abs(left[i]);
      for (double other : left) {
        ranks[i] += Math.abs(other) < own ? 2 : Math.abs(other) == own ? 1 : 0;
      }
      ranks[i] += 1;
      total += ranks[i];
      observed += left[i] > 0 ? ranks[i] : 0;
    }
    double[] choices = new double[total + 1];
    choices[0] = 1;
    for (int rank : ranks) {
      for (int sum = total; sum >= rank; sum--) {
        choices[sum] += choices[sum - rank];
      }
    }
    double asFar = 0;
    for (int sum = 0; sum <= total; sum++) {
      asFar += Math.abs(2 * sum - total) >= Math.abs(2 * observed - total) ? choices[sum] : 0;
    }
    return asFar / Math.scalb(1.0, n);
  }
}
