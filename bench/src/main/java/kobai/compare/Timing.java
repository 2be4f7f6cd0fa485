package kobai.compare;

import java.util.Arrays;
import kobai.report.Measured;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * What a benchmark measured of one cell.
 *
 * @param seconds of a gradient: [forks][iterations]
 * @param allocatedBytes allocated a gradient, the mean of the forks; NaN if not measured
 * @param iterationBytes allocated in the iteration that allocated least: some kilobytes are the
 *     harness's own
 */
public record Timing(double[][] seconds, double allocatedBytes, double iterationBytes) {
  private static final double CONFIDENCE = 0.95;

  /** Refuses an empty measurement. */
  public Timing {
    if (seconds.length == 0 || Arrays.stream(seconds).anyMatch(fork -> fork.length == 0)) {
      throw new IllegalArgumentException("timing: iterations = 0: must be at least 1 in each fork");
    }
  }

  /**
   * The mean with a 95 % interval by Student's t: over the means of the forks if there are two or
   * more, which holds what differs from one virtual machine to the next; over the iterations of a
   * single fork, which does not.
   */
  public Measured measured() {
    double[] values =
        seconds.length > 1
            ? Arrays.stream(seconds).mapToDouble(Timing::mean).toArray()
            : seconds[0];
    double mean = mean(values);
    if (values.length == 1) {
      return Measured.exactly(mean);
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    int freedom = values.length - 1;
    double error = Math.sqrt(squares / freedom / values.length);
    double reach =
        TDistribution.of(freedom).inverseCumulativeProbability((1 + CONFIDENCE) / 2) * error;
    // A time is not below zero, however wide three values spread.
    double fastest = Arrays.stream(values).min().orElseThrow();
    return new Measured(mean, Math.max(mean - reach, Math.min(mean, fastest / 2)), mean + reach);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }
}
