package kobai.verify;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;

/**
 * One episode of an estimator as one sample: reset, run the windows, sum their gradients. Every
 * window's gradient array is handed over full of NaN, so that an element which is not written
 * shows.
 */
public final class EpisodeSampler implements GradientSampler {
  private final GradientEstimator estimator;
  private final float[] theta;
  private final Sequence sequence;
  private final int[] ends;
  private final float[] window;
  private final double[] sum;
  private double loss;

  /**
   * @param theta [P], read only
   * @param ends the ends of the windows, ascending, the last one the length of the sequence
   */
  public EpisodeSampler(GradientEstimator estimator, float[] theta, Sequence sequence, int[] ends) {
    for (int i = 0; i < ends.length; i++) {
      if (ends[i] <= (i == 0 ? 0 : ends[i - 1]) || ends[i] > sequence.length()) {
        throw new IllegalArgumentException(
            "windows end at %s: must ascend from 1 to the length %d"
                .formatted(Arrays.toString(ends), sequence.length()));
      }
    }
    if (ends.length == 0 || ends[ends.length - 1] != sequence.length()) {
      throw new IllegalArgumentException(
          "windows end at %s: the last one must end at the length %d"
              .formatted(Arrays.toString(ends), sequence.length()));
    }
    this.estimator = estimator;
    this.theta = theta;
    this.sequence = sequence;
    this.ends = ends.clone();
    window = new float[theta.length];
    sum = new double[theta.length];
  }

  @Override
  public double[] sample(long seed) {
    estimator.reset(seed);
    Arrays.fill(sum, 0);
    loss = 0;
    int from = 0;
    for (int to : ends) {
      Arrays.fill(window, Float.NaN);
      loss += estimator.estimate(theta, sequence, from, to, window);
      for (int p = 0; p < sum.length; p++) {
        sum[p] += window[p];
      }
      from = to;
    }
    return sum;
  }

  /** Σₜ ℓₜ as the estimator returned it in the last episode. */
  public double loss() {
    return loss;
  }

  float[] theta() {
    return theta;
  }

  Sequence sequence() {
    return sequence;
  }
}
