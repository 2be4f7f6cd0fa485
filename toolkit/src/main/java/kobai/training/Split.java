package kobai.training;

import kobai.random.RandomKey;
import kobai.random.RandomPermutation;

/**
 * Which examples are for training, which for validation and which for the test: a fixed random
 * choice, the same for every run on the same data, so that results compare.
 *
 * @param training numbers of examples
 * @param validation numbers of examples; may be empty
 * @param test numbers of examples; may be empty
 */
public record Split(int[] training, int[] validation, int[] test) {
  private static final RandomKey KEY = new RandomKey(0).child("split");

  public Split {
    if (training.length == 0) {
      throw new IllegalArgumentException(
          "split: training = 0 examples: must be at least 1 (make validation and test smaller)");
    }
  }

  /**
   * Shares of examples 0 … count − 1, each rounded to the nearest number.
   *
   * @param validation share in [0, 1)
   * @param test share in [0, 1); both together below 1
   */
  public static Split random(int count, double validation, double test) {
    check(validation, test);
    int tests = (int) Math.round(count * test);
    int validations = (int) Math.round(count * validation);
    return new Split(
        draw(count, tests + validations, count),
        draw(count, tests, tests + validations),
        draw(count, 0, tests));
  }

  /**
   * Examples 0 … known − 1 are shared between training and validation; the others, up to count − 1,
   * are the test that comes with the data.
   */
  public static Split withTest(int count, int known, double validation) {
    check(validation, 0);
    int validations = (int) Math.round(known * validation);
    int[] test = new int[count - known];
    for (int i = 0; i < test.length; i++) {
      test[i] = known + i;
    }
    return new Split(draw(known, validations, known), draw(known, 0, validations), test);
  }

  private static void check(double validation, double test) {
    if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
      throw new IllegalArgumentException(
          "validation = %s, test = %s: must be shares ≥ 0 with a sum below 1 (the rest is for training)"
              .formatted(validation, test));
    }
  }

  private static int[] draw(int count, int from, int to) {
    int[] drawn = new int[Math.max(0, to - from)];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = RandomPermutation.at(KEY.seed(), count, from + i);
    }
    return drawn;
  }

  /** The examples of a part. */
  public int[] of(Part part) {
    return switch (part) {
      case TRAINING -> training;
      case VALIDATION -> validation;
      case TEST -> test;
    };
  }
}
