package kobai.bayes;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.memory.Workspace;
import kobai.networks.Network;
import kobai.networks.Predictor;
import kobai.random.RandomKey;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Outputs of a model under S samples of its weights (or of its dropout masks), and the predictive
 * law that they make: the mixture of the laws of the samples.
 *
 * <pre>
 * mean     m = 1/S Σₛ zₛ                                   (1)
 * variance   = 1/S Σₛ (zₛ − m)² + s²                        (2)
 * P(y ≤ x)   = 1/S Σₛ Φ((x − zₛ)/s)                         (3)
 * </pre>
 *
 * <p>s² is the variance of the observation noise. The two terms of (2) are what is not known of the
 * weights, and what would be left if they were known. (1) is {@code mean}, (2) {@code variance},
 * (3) {@code below}, its inverse {@code quantile}.
 *
 * <p>Cost: S floats an output; reading allocates nothing but for quantiles.
 *
 * <p>Source: for dropout Gal and Ghahramani (2016), ICML, arXiv 1506.02142, section 4, where s² is
 * 1/τ.
 */
public final class PredictiveSamples {
  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  private final int most;
  private final int outputs;
  private final float[] values;
  private int count;

  /**
   * @param most samples that can be added
   * @param outputs numbers in a sample: rows × outputs
   */
  public PredictiveSamples(Workspace workspace, int most, int outputs) {
    if (most < 1 || outputs < 1) {
      throw new IllegalArgumentException(
          "predictive samples: %d of %d outputs: both must be at least 1".formatted(most, outputs));
    }
    this.most = most;
    this.outputs = outputs;
    values = workspace.floats("predictive samples", (long) most * outputs);
  }

  /** Adds a sample, {@code z[zAt, zAt + outputs)}. */
  public void add(float[] z, int zAt) {
    if (count == most) {
      throw new IllegalArgumentException(
          "predictive samples: there is room for %d (make it larger)".formatted(most));
    }
    System.arraycopy(z, zAt, values, count * outputs, outputs);
    count++;
  }

  /**
   * Fills up with outputs of a network under fresh masks: Monte Carlo dropout, or draws of Gaussian
   * weights. Masks of the sequence are overwritten; draw s of the key is sample s.
   *
   * @param t the step whose rows are predicted: rows × outputs are the numbers of a sample
   */
  public void fill(
      Network network,
      Predictor predictor,
      float[] theta,
      Sequence sequence,
      int t,
      RandomKey key) {
    if (sequence.batch() * network.outputs() != outputs) {
      throw new IllegalArgumentException(
          "predictive samples: %d outputs: must be %d × %d, rows × outputs of the network"
              .formatted(outputs, sequence.batch(), network.outputs()));
    }
    for (; count < most; count++) {
      network.drawMasks(key, count, sequence);
      predictor.predict(theta, sequence, t, values, count * outputs);
    }
  }

  /** Forgets all samples. */
  public void clear() {
    count = 0;
  }

  /** S. */
  public int count() {
    return count;
  }

  private double value(int sample, int i) {
    return values[sample * outputs + i];
  }

  /** (1) of output i; NaN of no samples. */
  public double mean(int i) {
    double sum = 0;
    for (int s = 0; s < count; s++) {
      sum += value(s, i);
    }
    return sum / count;
  }

  /** (2) of output i; NaN of no samples. */
  public double variance(int i, double noiseVariance) {
    double mean = mean(i);
    double sum = 0;
    for (int s = 0; s < count; s++) {
      double away = value(s, i) - mean;
      sum += away * away;
    }
    return sum / count + noiseVariance;
  }

  /** (3) of output i; without noise the share of samples that are not above x. */
  public double below(int i, double x, double noiseVariance) {
    double deviation = Math.sqrt(noiseVariance);
    double sum = 0;
    for (int s = 0; s < count; s++) {
      double away = x - value(s, i);
      sum += deviation > 0 ? NORMAL.cumulativeProbability(away / deviation) : away >= 0 ? 1 : 0;
    }
    return sum / count;
  }

  /**
   * The value that output i stays below with that probability: of the mixture (3) by bisection to
   * the last bit but a few, without noise by linear interpolation between order statistics.
   *
   * @param probability in (0, 1)
   */
  public double quantile(int i, double probability, double noiseVariance) {
    if (!(probability > 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "probability = %s: must be in (0, 1)".formatted(probability));
    }
    if (count == 0) {
      return Double.NaN;
    }
    double[] sorted = new double[count];
    for (int s = 0; s < count; s++) {
      sorted[s] = value(s, i);
    }
    Arrays.sort(sorted);
    if (!(noiseVariance > 0)) {
      double place = probability * (count - 1);
      int lower = (int) place;
      double next = sorted[Math.min(lower + 1, count - 1)];
      return sorted[lower] + (place - lower) * (next - sorted[lower]);
    }
    // The quantile of the mixture lies between the extreme quantiles of its parts.
    double reach = Math.sqrt(noiseVariance) * NORMAL.inverseCumulativeProbability(probability);
    double low = sorted[0] + reach;
    double high = sorted[count - 1] + reach;
    for (double middle = (low + high) / 2;
        low < middle && middle < high;
        middle = (low + high) / 2) {
      if (below(i, middle, noiseVariance) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }
}
