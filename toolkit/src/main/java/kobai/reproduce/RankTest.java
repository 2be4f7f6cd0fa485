package kobai.reproduce;

import java.util.Arrays;

/**
 * Whether two samples come from one law, by their ranks alone: exact for any sizes and ties, and
 * indifferent to scale, so that runs which diverge count as the largest and no more.
 *
 * <p>Source: Mann and Whitney (1947), Annals of Mathematical Statistics 18(1); the exact law with
 * ties by counting subsets. Holm (1979), Scandinavian Journal of Statistics 6(2).
 */
final class RankTest {
  private RankTest() {}

  /**
   * The two-sided probability of a rank sum at least as far from its mean, if all orders were
   * equally likely. Cost: O(n² m (n + m)) for samples of n and m.
   */
  static double p(double[] a, double[] b) {
    int[] ranks = doubledRanks(a, b);
    int total = Arrays.stream(ranks).sum();
    int observed = Arrays.stream(ranks, 0, a.length).sum();
    double[] counts = counts(ranks, a.length, total);
    // Means of doubled rank sums: n (n + m + 1).
    int mean = a.length * (ranks.length + 1);
    double as = 0;
    double all = 0;
    for (int sum = 0; sum <= total; sum++) {
      all += counts[sum];
      if (Math.abs(sum - mean) >= Math.abs(observed - mean)) {
        as += counts[sum];
      }
    }
    return as / all;
  }

  /** Subsets of {@code size} ranks by their sum. */
  private static double[] counts(int[] ranks, int size, int total) {
    double[][] counts = new double[size + 1][total + 1];
    counts[0][0] = 1;
    for (int rank : ranks) {
      for (int chosen = size; chosen >= 1; chosen--) {
        for (int sum = total; sum >= rank; sum--) {
          counts[chosen][sum] += counts[chosen - 1][sum - rank];
        }
      }
    }
    return counts[size];
  }

  /** Twice the ranks among both samples, ties sharing their mean: whole numbers. NaN ranks last. */
  private static int[] doubledRanks(double[] a, double[] b) {
    double[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    int[] ranks = new int[all.length];
    for (int i = 0; i < all.length; i++) {
      int below = 0;
      int equal = 0;
      for (double other : all) {
        // Zeros of both signs are one value here.
        int order = Double.compare(other + 0.0, all[i] + 0.0);
        below += order < 0 ? 1 : 0;
        equal += order == 0 ? 1 : 0;
      }
      ranks[i] = 2 * below + equal + 1;
    }
    return ranks;
  }

  /** Holm's adjusted probabilities, in the order given: at most α means significant at α. */
  static double[] holm(double[] p) {
    Integer[] order = new Integer[p.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (i, j) -> Double.compare(p[i], p[j]));
    double[] adjusted = new double[p.length];
    double largest = 0;
    for (int i = 0; i < p.length; i++) {
      largest = Math.max(largest, Math.min(1, (p.length - i) * p[order[i]]));
      adjusted[order[i]] = largest;
    }
    return adjusted;
  }
}
