package kobai.reproduce;

import java.util.Arrays;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Measured;

/** Statistics of differences between two methods that saw the same seeds. */
final class PairedStatistics {
  /** Most differences of which all signs are enumerated. */
  private static final int MOST = 20;

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
   * The two-sided p-value of the signed-rank test, exact: the share of the 2ⁿ choices of signs whose
   * rank sum is as far from its mean, n(n + 1)/4, as the one observed. Zeros are left out, equal
   * differences share their mean rank (Wilcoxon 1945, Biometrics Bulletin 1(6); Pratt and Gibbons
   * 1981). 1 if nothing is left.
   *
   * @param differences at most 20 of them other than zero
   */
  static double wilcoxon(double[] differences) {
    double[] left = Arrays.stream(differences).filter(d -> d != 0).toArray();
    int n = left.length;
    if (n > MOST) {
      throw new IllegalArgumentException(
          "differences = %d: must be at most %d (all signs are enumerated)".formatted(n, MOST));
    }
    // Twice the rank, a whole number: 1 + 2 (smaller ones) + (equal ones).
    int[] ranks = new int[n];
    int total = 0;
    int observed = 0;
    for (int i = 0; i < n; i++) {
      double own = Math.abs(left[i]);
      ranks[i] = 1;
      for (double other : left) {
        ranks[i] += Math.abs(other) < own ? 2 : Math.abs(other) == own ? 1 : 0;
      }
      total += ranks[i];
      observed += left[i] > 0 ? ranks[i] : 0;
    }
    long asFar = 0;
    for (int signs = 0; signs < 1 << n; signs++) {
      int sum = 0;
      for (int i = 0; i < n; i++) {
        sum += (signs >> i & 1) * ranks[i];
      }
      asFar += Math.abs(2 * sum - total) >= Math.abs(2 * observed - total) ? 1 : 0;
    }
    return (double) asFar / (1 << n);
  }
}
