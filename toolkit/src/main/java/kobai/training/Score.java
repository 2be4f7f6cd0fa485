package kobai.training;

/**
 * How good a θ is on a part of the data.
 *
 * @param loss mean per scored step; NaN of no examples
 * @param accuracy share of the examples that are classified rightly; NaN if there are no classes
 * @param examples how many were looked at
 */
public record Score(double loss, double accuracy, int examples) {
  /** Of an empty part. */
  static final Score NONE = new Score(Double.NaN, Double.NaN, 0);
}
