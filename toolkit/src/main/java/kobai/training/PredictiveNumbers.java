package kobai.training;

import java.util.List;

/**
 * What S samples of a network say together of the numbers of the test examples: a mixture of S
 * Gaussians a number. Numbers and deviations are in the units of the data.
 *
 * @param samples S; 1 where there is nothing to sample
 * @param source what was sampled: weights, masks or nothing
 * @param assumed whether nobody stated the variance: a squared error, read as variance 1
 * @param negativeLogDensity of all test targets together under the mixture, a mean over the
 *     examples, in the units that the network learnt in
 * @param error mean distance between nominal and observed quantiles, over all targets; NaN, as
 *     every coverage, if a prediction is NaN
 * @param coverage of central intervals, over all targets
 * @param targets one line a target
 * @param bands one a target where the input is one number, else none
 */
public record PredictiveNumbers(
    int samples,
    String source,
    boolean assumed,
    double negativeLogDensity,
    double error,
    List<Coverage> coverage,
    List<Target> targets,
    List<Band> bands) {
  public PredictiveNumbers {
    coverage = List.copyOf(coverage);
    targets = List.copyOf(targets);
    bands = List.copyOf(bands);
  }

  /** Observed coverage, over all targets, of the central interval of that probability. */
  public double observed(double nominal) {
    return coverage.stream()
        .filter(each -> Math.abs(each.nominal() - nominal) < 1e-9)
        .mapToDouble(Coverage::observed)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("nominal = %s: must be a level".formatted(nominal)));
  }

  /**
   * How often a central interval holds the test target.
   *
   * @param nominal the probability that the law gives it
   * @param observed share of the targets
   */
  public record Coverage(double nominal, double observed) {}

  /**
   * What is said of a target.
   *
   * @param name of the target
   * @param rootMeanSquare of the distances between the mean and the test targets
   * @param epistemic root mean square of the deviation of the means of the samples
   * @param noise root mean square of the deviation of the noise
   * @param half observed coverage of the interval of 50 %
   * @param most observed coverage of the interval of 90 %
   * @param negativeLogDensity of the target alone, a mean over the examples, in the units that the
   *     network learnt in
   * @param error mean distance between its nominal and observed quantiles
   */
  public record Target(
      String name,
      double rootMeanSquare,
      double epistemic,
      double noise,
      double half,
      double most,
      double negativeLogDensity,
      double error) {}

  /** The law along the input. */
  public record Band(String target, List<BandPoint> points) {
    public Band {
      points = List.copyOf(points);
    }
  }

  /**
   * The law at an input.
   *
   * @param x the input
   * @param mean of the mixture
   * @param epistemic deviation of the means of the samples: what more examples would tell
   * @param total deviation of the mixture: with the noise, that more examples do not take away
   */
  public record BandPoint(double x, double mean, double epistemic, double total) {}
}
