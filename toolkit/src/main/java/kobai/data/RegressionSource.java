package kobai.data;

import java.util.Arrays;
import java.util.Optional;
import kobai.random.RandomKey;
import kobai.random.RandomPermutation;

/**
 * Numbers to predict as they were published: examples, and test examples where the publisher set
 * some apart.
 *
 * @param training all examples but those for testing
 * @param test the publisher's test examples
 */
public record RegressionSource(RegressionData training, Optional<RegressionData> test) {
  public RegressionSource {
    if (test.isPresent()
        && (test.get().inputs() != training.inputs()
            || test.get().targets() != training.targets())) {
      throw new IllegalArgumentException(
          "%s: test: expected %d inputs and %d targets, got %d and %d (save both of one shape)"
              .formatted(
                  training.name(),
                  training.inputs(),
                  training.targets(),
                  test.get().inputs(),
                  test.get().targets()));
    }
  }

  /** What is brought to a common size. */
  public enum Scaling {
    /** Nothing. */
    NONE,
    /** The inputs. */
    INPUTS,
    /** Inputs and targets. */
    BOTH
  }

  /**
   * Three parts that have no example in common.
   *
   * @param training to learn from
   * @param validation to choose with; may be empty
   * @param test to report; may be empty
   * @param inputs what was done to the inputs
   * @param targets what was done to the targets
   */
  public record Split(
      RegressionData training,
      RegressionData validation,
      RegressionData test,
      Standardisation inputs,
      Standardisation targets) {}

  /**
   * Splits in the random order of the key, a pure function of it, as {@link LabelledSource#split}
   * does. What is scaled is standardised with the statistics of the training part alone.
   *
   * @param validation fraction of the examples, in [0, 1), rounded down
   * @param test fraction of the examples, in [0, 1), rounded down; not used where the publisher set
   *     test examples apart
   * @throws IllegalArgumentException if a fraction is out of range, nothing is left to learn from,
   *     a target that is to be scaled never changes in the training part, or a scaled number leaves
   *     the range of float
   */
  public Split split(RandomKey key, double validation, double test, Scaling scaling) {
    LabelledSource.requireFraction("validation", validation);
    LabelledSource.requireFraction("test", test);
    int examples = training.examples();
    int held = (int) (validation * examples);
    int tested = this.test.isPresent() ? 0 : (int) (test * examples);
    LabelledSource.requireRest(validation, test, examples, held + tested);
    int[] order = new int[examples];
    for (int i = 0; i < examples; i++) {
      order[i] = RandomPermutation.at(key.seed(), examples, i);
    }
    RegressionData first = part(order, held + tested, examples);
    Standardisation ofInputs =
        scaling == Scaling.NONE ? Standardisation.none() : first.inputScale();
    Standardisation ofTargets =
        scaling == Scaling.BOTH ? first.targetScale() : Standardisation.none();
    RegressionData last = this.test.orElse(part(order, held, held + tested));
    return new Split(
        first.transformed(ofInputs, ofTargets),
        part(order, 0, held).transformed(ofInputs, ofTargets),
        last.transformed(ofInputs, ofTargets),
        ofInputs,
        ofTargets);
  }

  private RegressionData part(int[] order, int from, int to) {
    return training.part(Arrays.copyOfRange(order, from, to));
  }
}
