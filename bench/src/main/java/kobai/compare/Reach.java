package kobai.compare;

import java.util.Optional;
import kobai.report.Measured;

/**
 * What it takes to average gradients of one contender until their signal-to-noise ratio, ‖g‖² /
 * E‖average − g‖², reaches a value: averaging M estimates leaves V / M + b², with V the relative
 * variance and b the relative bias.
 *
 * @param possible whether averaging can reach it
 * @param estimates M; 0 if it cannot
 * @param seconds time of M gradients, with the interval of the time of one; NaN if it cannot
 * @param highest the ratio that no averaging exceeds, 1 / b²; infinite if no bias was shown
 */
public record Reach(boolean possible, long estimates, Measured seconds, double highest) {
  /**
   * Computes it.
   *
   * @param variance V
   * @param bias b with its interval; the lower end is what has been shown
   * @param gradientSeconds time of one gradient
   * @param ratio to be reached
   */
  public static Reach of(Measured variance, Measured bias, Measured gradientSeconds, double ratio) {
    double shown = bias.hasInterval() ? bias.lower() : bias.value();
    double highest = shown > 0 ? 1 / (shown * shown) : Double.POSITIVE_INFINITY;
    double room = 1 / ratio - shown * shown;
    if (!(room > 0) || Double.isNaN(variance.value())) {
      return new Reach(false, 0, Measured.exactly(Double.NaN), highest);
    }
    long estimates = Math.max(1, (long) Math.ceil(variance.value() / room));
    return new Reach(
        true,
        estimates,
        new Measured(
            estimates * gradientSeconds.value(),
            estimates * gradientSeconds.lower(),
            estimates * gradientSeconds.upper()),
        highest);
  }

  /** The reach of a cell, if its quality and its time were measured. */
  public static Optional<Reach> of(Results results, Cell cell, double ratio) {
    Optional<Measured> variance = results.get(cell, Metric.RELATIVE_VARIANCE);
    Optional<Measured> bias = results.get(cell, Metric.RELATIVE_BIAS);
    Optional<Measured> seconds = results.get(cell, Metric.GRADIENT_SECONDS);
    if (variance.isEmpty() || bias.isEmpty() || seconds.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(of(variance.get(), bias.get(), seconds.get(), ratio));
  }
}
