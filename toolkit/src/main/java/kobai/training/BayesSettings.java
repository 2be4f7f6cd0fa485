package kobai.training;

/**
 * Learning a diagonal Gaussian law of the weights in place of weights.
 *
 * @param priorDeviation τ of the prior N(0, τ²I)
 * @param initialDeviation σ of every weight at first
 * @param samples of the weights that an estimate of the bound averages over
 */
public record BayesSettings(double priorDeviation, double initialDeviation, int samples) {
  public BayesSettings {
    check("prior deviation", priorDeviation);
    check("initial deviation", initialDeviation);
    if (samples < 1) {
      throw new IllegalArgumentException("samples = %d: must be at least 1".formatted(samples));
    }
  }

  private static void check(String name, double value) {
    if (!(value > 0 && (float) value < Float.POSITIVE_INFINITY && (float) value > 0)) {
      throw new IllegalArgumentException(
          "%s = %s: must be a finite number > 0".formatted(name, value));
    }
  }
}
