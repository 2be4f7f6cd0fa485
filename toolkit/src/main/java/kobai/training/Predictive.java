package kobai.training;

import java.util.List;
import kobai.bayes.ClassCalibration;

/**
 * What S samples of a network say of the test examples together: the mean of their probabilities,
 * or of their outputs.
 *
 * @param samples S
 * @param source what was sampled: weights or masks
 * @param score of the mean
 * @param expectedError of the calibration of the mean probabilities; NaN without classes
 * @param singleError of the calibration of one sample without noise, for comparison; NaN likewise
 * @param calibration bins of the mean probabilities; empty without classes
 */
public record Predictive(
    int samples,
    String source,
    Score score,
    double expectedError,
    double singleError,
    List<ClassCalibration.Bin> calibration) {
  public Predictive {
    calibration = List.copyOf(calibration);
  }
}
