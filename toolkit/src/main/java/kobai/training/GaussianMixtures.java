package kobai.training;

/**
 * Moments of mixtures of Gaussians that are added one component at a time, S components each.
 *
 * <pre>
 * m = 1/S Σₛ zₛ,   epistemic = 1/S Σₛ (zₛ − m)²,   noise = 1/S Σₛ vₛ     (1)
 * variance of the mixture = epistemic + noise                              (2)
 * </pre>
 *
 * <p>(1) by Welford's recurrence. Memory: 3 doubles a mixture.
 */
final class GaussianMixtures {
  private final double[] mean;
  private final double[] squares;
  private final double[] noise;
  private int components;

  GaussianMixtures(int mixtures) {
    mean = new double[mixtures];
    squares = new double[mixtures];
    noise = new double[mixtures];
  }

  /** Says that components are added from now on, one to each mixture. */
  void next() {
    components++;
  }

  /** Adds N(z, v) to mixture {@code i}. */
  void add(int i, double z, double v) {
    double before = z - mean[i];
    mean[i] += before / components;
    squares[i] += before * (z - mean[i]);
    noise[i] += (v - noise[i]) / components;
  }

  double mean(int i) {
    return mean[i];
  }

  double epistemic(int i) {
    return squares[i] / components;
  }

  double noise(int i) {
    return noise[i];
  }

  /** (2). */
  double variance(int i) {
    return epistemic(i) + noise(i);
  }
}
