package kobai.data;

import java.util.Arrays;
import java.util.Optional;
import kobai.random.RandomKey;
import kobai.random.RandomPermutation;

/**
 * Labelled data as they were published: examples, and test examples where the publisher set some
 * apart.
 *
 * @param training all examples but those for testing
 * @param test the publisher's test examples
 */
public record LabelledSource(LabelledData training, Optional<LabelledData> test) {
  public LabelledSource {
    if (test.isPresent() && test.get().features() != training.features()) {
      throw new IllegalArgumentException(
          "%s: test: expected %d features, got %d (save both of one shape)"
              .formatted(training.name(), training.features(), test.get().features()));
    }
    if (test.isPresent() && test.get().classes() > training.classes()) {
      throw new IllegalArgumentException(
          "%s: test: expected labels below %d, got %d (a class that the training part lacks)"
              .formatted(training.name(), training.classes(), test.get().classes() - 1));
    }
  }

  /**
   * Three parts that have no example in common.
   *
   * @param training to learn from
   * @param validation to choose with; may be empty
   * @param test to report; may be empty
   */
  public record Split(LabelledData training, LabelledData validation, LabelledData test) {}

  /**
   * Splits in the random order of the key, a pure function of it. Where the publisher set test
   * examples apart, those are the test part and {@code test} is not used. Features that are not
   * pixels are standardised with the statistics of the training part alone; see {@link
   * Standardisation}.
   *
   * @param validation fraction of the examples, in [0, 1), rounded down
   * @param test fraction of the examples, in [0, 1), rounded down
   * @throws IllegalArgumentException if a fraction is out of range or nothing is left to learn from
   */
  public Split split(RandomKey key, double validation, double test) {
    requireFraction("validation", validation);
    requireFraction("test", test);
    int examples = training.examples();
    int held = (int) (validation * examples);
    int tested = this.test.isPresent() ? 0 : (int) (test * examples);
    requireRest(validation, test, examples, held + tested);
    int[] order = new int[examples];
    for (int i = 0; i < examples; i++) {
      order[i] = RandomPermutation.at(key.seed(), examples, i);
    }
    LabelledData last = part(order, held, held + tested);
    LabelledData first = part(order, held + tested, examples);
    Standardisation scale = Standardisation.of(first);
    return new Split(
        scale.apply(first), scale.apply(part(order, 0, held)), scale.apply(this.test.orElse(last)));
  }

  private LabelledData part(int[] order, int from, int to) {
    return training.part(Arrays.copyOfRange(order, from, to));
  }

  static void requireRest(double validation, double test, int examples, int held) {
    if (held >= examples) {
      throw new IllegalArgumentException(
          "validation = %s and test = %s of %d examples: must leave at least 1 to learn from"
              .formatted(validation, test, examples));
    }
  }

  static void requireFraction(String name, double fraction) {
    if (!(fraction >= 0 && fraction < 1)) {
      throw new IllegalArgumentException(
          "%s = %s: must be in [0, 1), a fraction of the examples".formatted(name, fraction));
    }
  }
}
