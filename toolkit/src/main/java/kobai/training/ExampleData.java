package kobai.training;

import java.util.Arrays;
import kobai.data.MiniBatches;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.networks.Shape;
import kobai.random.RandomKey;

/** Examples and their split. An epoch shows every training example at most once. */
public final class ExampleData implements TrainingData {
  private final Examples examples;
  private final Split split;

  /** Takes both over. */
  public ExampleData(Examples examples, Split split) {
    this.examples = examples;
    this.split = split;
  }

  /** The examples of all parts. */
  public Examples examples() {
    return examples;
  }

  /** The number among {@link #examples} of an example of a part. */
  public int number(Part part, int example) {
    return split.of(part)[example];
  }

  @Override
  public String name() {
    return examples.name();
  }

  @Override
  public Shape shape() {
    return examples.shape();
  }

  @Override
  public int targetSize() {
    return examples.targetSize();
  }

  @Override
  public Loss loss() {
    return examples.loss();
  }

  @Override
  public int length() {
    return examples.length();
  }

  @Override
  public int scoredSteps() {
    return 1;
  }

  @Override
  public boolean classifies() {
    return examples.loss() == Loss.SOFTMAX_CROSS_ENTROPY;
  }

  @Override
  public int count(Part part) {
    return split.of(part).length;
  }

  @Override
  public void fill(Part part, int example, Sequence sequence, int row) {
    write(split.of(part)[example], sequence, row);
  }

  @Override
  public void fill(RandomKey key, long iteration, MiniBatches batches, int first, Sequence sequence) {
    int[] training = split.training();
    for (int row = 0; row < sequence.batch(); row++) {
      write(training[batches.example(key, iteration, first + row)], sequence, row);
    }
  }

  private void write(int example, Sequence sequence, int row) {
    int last = examples.length() - 1;
    int m = examples.targetSize();
    for (int t = 0; t <= last; t++) {
      int at = sequence.inputAt(t) + row * sequence.inputSize();
      examples.input(example, t, sequence.inputs(), at);
      int targetAt = sequence.targetAt(t) + row * m;
      if (t < last) {
        Arrays.fill(sequence.targets(), targetAt, targetAt + m, 0f);
      } else {
        examples.target(example, sequence.targets(), targetAt);
      }
    }
  }
}
