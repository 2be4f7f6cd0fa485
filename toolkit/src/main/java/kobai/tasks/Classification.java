package kobai.tasks;

import kobai.data.LabelledData;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomKey;
import kobai.random.RandomPermutation;

/**
 * Tells the class of an example that is seen whole, in one step: the task of a feed-forward network
 * (T = 1). In a longer sequence every step is an example of its own.
 *
 * <p>The target is one-hot over the classes. The rows of a step are drawn without replacement, as a
 * mini-batch is; where there are more rows than examples, every example is drawn before one is
 * drawn again.
 */
public final class Classification implements Task {
  private final LabelledData data;
  private final int features;

  /** The task of those examples. */
  public Classification(LabelledData data) {
    this.data = data;
    this.features = data.features();
  }

  /** The examples. */
  public LabelledData data() {
    return data;
  }

  @Override
  public String name() {
    return "classes of " + data.name();
  }

  @Override
  public int inputSize() {
    return features;
  }

  @Override
  public int targetSize() {
    return data.classes();
  }

  @Override
  public Loss loss() {
    return Loss.SOFTMAX_CROSS_ENTROPY;
  }

  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    sequence.clear();
    int examples = data.examples();
    for (int t = 0; t < sequence.length(); t++) {
      long stepSeed = RandomKey.childSeed(key.seed(), t);
      for (int row = 0; row < sequence.batch(); row++) {
        long roundSeed = RandomKey.childSeed(stepSeed, row / examples);
        set(sequence, t, row, RandomPermutation.at(roundSeed, examples, row % examples));
      }
    }
  }

  /**
   * Overwrites one row of one step with an example of one's own choice, for epochs and for tests.
   *
   * @param example from 0 to one less than their number
   */
  public void set(Sequence sequence, int t, int row, int example) {
    int classes = data.classes();
    int targetAt = sequence.targetAt(t) + row * classes;
    data.copy(example, sequence.inputs(), sequence.inputAt(t) + row * features);
    for (int i = 0; i < classes; i++) {
      sequence.targets()[targetAt + i] = 0f;
    }
    sequence.targets()[targetAt + data.label(example)] = 1f;
  }
}
