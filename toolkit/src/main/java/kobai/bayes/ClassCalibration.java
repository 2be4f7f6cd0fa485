package kobai.bayes;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a classifier is right as often as it says: examples in B bins of equal width by the
 * probability of the class that is predicted.
 *
 * <pre>
 * ECE = Σ_b n_b/n |accuracy_b − confidence_b|      (1)
 * </pre>
 *
 * <p>(1) is {@code expectedError}, its terms are {@code curve}.
 *
 * <p>Source: Naeini, Cooper and Hauskrecht (2015), AAAI; Guo et al. (2017), ICML, arXiv 1706.04599.
 */
public final class ClassCalibration {
  /**
   * A bin of the curve.
   *
   * @param from lower end of its confidences, included but for the first bin's
   * @param to upper end
   * @param count examples n_b
   * @param confidence mean probability of the predicted class; NaN of none
   * @param accuracy share of them that are right; NaN of none
   */
  public record Bin(double from, double to, long count, double confidence, double accuracy) {}

  private final long[] counts;
  private final long[] right;
  private final double[] confidence;

  /**
   * @param bins B, at least 1
   */
  public ClassCalibration(int bins) {
    if (bins < 1) {
      throw new IllegalArgumentException("bins = %d: must be at least 1".formatted(bins));
    }
    counts = new long[bins];
    right = new long[bins];
    confidence = new double[bins];
  }

  /**
   * Adds an example.
   *
   * @param probabilities of the classes, {@code [at, at + classes)}
   * @param label the class that is true, in [0, classes)
   */
  public void add(float[] probabilities, int at, int classes, int label) {
    if (label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          "label = %d: must be in [0, %d), the classes".formatted(label, classes));
    }
    int best = 0;
    for (int c = 1; c < classes; c++) {
      best = probabilities[at + c] > probabilities[at + best] ? c : best;
    }
    double p = probabilities[at + best];
    if (!(p >= 0 && p <= 1 + 1e-5)) { // softmax in float may end a little above 1
      throw new IllegalArgumentException(
          "probability = %s: must be in [0, 1] (apply the softmax first)".formatted(p));
    }
    int bin = Math.max(0, Math.min(counts.length - 1, (int) (p * counts.length)));
    counts[bin]++;
    right[bin] += best == label ? 1 : 0;
    confidence[bin] += p;
  }

  /** Examples n. */
  public long count() {
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    return sum;
  }

  /** The reliability curve, all bins in order. */
  public List<Bin> curve() {
    List<Bin> curve = new ArrayList<>();
    double width = 1.0 / counts.length;
    for (int b = 0; b < counts.length; b++) {
      double n = counts[b];
      curve.add(new Bin(b * width, (b + 1) * width, counts[b], confidence[b] / n, right[b] / n));
    }
    return curve;
  }

  /** (1); NaN of no examples. */
  public double expectedError() {
    double sum = 0;
    for (int b = 0; b < counts.length; b++) {
      sum += Math.abs(right[b] - confidence[b]);
    }
    return sum / count();
  }

  /** Share of examples whose predicted class is right; NaN of no examples. */
  public double accuracy() {
    long sum = 0;
    for (long r : right) {
      sum += r;
    }
    return sum / (double) count();
  }
}
