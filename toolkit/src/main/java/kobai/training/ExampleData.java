package kobai.training;

import java.util.Arrays;
import java.util.Optional;
import kobai.data.LabelledSource;
import kobai.data.MiniBatches;
import kobai.data.RegressionSource;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.networks.Shape;
import kobai.random.RandomKey;

/** Examples in three parts. An epoch shows every training example at most once. */
public final class ExampleData implements TrainingData {
  private final Examples training;
  private final Examples validation;
  private final Examples test;
  private final Optional<RegressionSource.Split> numbers;

  /** Three parts of the same kind; validation and test may be empty. */
  public ExampleData(Examples training, Examples validation, Examples test) {
    this(training, validation, test, Optional.empty());
  }

  private ExampleData(
      Examples training,
      Examples validation,
      Examples test,
      Optional<RegressionSource.Split> numbers) {
    this.training = training;
    this.validation = validation;
    this.test = test;
    this.numbers = numbers;
  }

  /** The same seen at a glance, in a shape of one's own. */
  public static ExampleData of(LabelledSource.Split split, Shape shape) {
    return new ExampleData(
        new LabelledExamples(split.training(), shape),
        new LabelledExamples(split.validation(), shape),
        new LabelledExamples(split.test(), shape));
  }

  /** Numbers to predict, in three parts, from inputs in a shape of one's own. */
  public static ExampleData of(RegressionSource.Split split, Shape shape) {
    return new ExampleData(
        new RegressionExamples(split.training(), shape),
        new RegressionExamples(split.validation(), shape),
        new RegressionExamples(split.test(), shape),
        Optional.of(split));
  }

  /** Numbers to predict, in three parts. */
  public static ExampleData of(RegressionSource.Split split) {
    return new ExampleData(
        new RegressionExamples(split.training()),
        new RegressionExamples(split.validation()),
        new RegressionExamples(split.test()),
        Optional.of(split));
  }

  /**
   * Labelled data in three parts.
   *
   * @param length steps that an example is shown in
   */
  public static ExampleData of(LabelledSource.Split split, int length) {
    return new ExampleData(
        new LabelledExamples(split.training(), length),
        new LabelledExamples(split.validation(), length),
        new LabelledExamples(split.test(), length));
  }

  @Override
  public Optional<RegressionSource.Split> numbers() {
    return numbers;
  }

  private Examples of(Part part) {
    return switch (part) {
      case TRAINING -> training;
      case VALIDATION -> validation;
      case TEST -> test;
    };
  }

  @Override
  public String name() {
    return training.name();
  }

  @Override
  public Shape shape() {
    return training.shape();
  }

  @Override
  public int targetSize() {
    return training.targetSize();
  }

  @Override
  public Loss loss() {
    return training.loss();
  }

  @Override
  public int length() {
    return training.length();
  }

  @Override
  public int scoredSteps() {
    return 1;
  }

  @Override
  public boolean classifies() {
    return training.loss() == Loss.SOFTMAX_CROSS_ENTROPY;
  }

  @Override
  public int count(Part part) {
    return of(part).count();
  }

  @Override
  public void fill(Part part, int example, Sequence sequence, int row) {
    write(of(part), example, sequence, row);
  }

  @Override
  public void fill(
      RandomKey key, long iteration, MiniBatches batches, int first, Sequence sequence) {
    for (int row = 0; row < sequence.batch(); row++) {
      write(training, batches.example(key, iteration, first + row), sequence, row);
    }
  }

  private static void write(Examples examples, int example, Sequence sequence, int row) {
    int columns = sequence.inputSize();
    int m = sequence.targetSize();
    int last = sequence.length() - 1;
    examples.inputs(example, sequence.inputs(), row * columns, sequence.batch() * columns);
    for (int t = 0; t < last; t++) {
      int at = sequence.targetAt(t) + row * m;
      Arrays.fill(sequence.targets(), at, at + m, 0f);
    }
    examples.target(example, sequence.targets(), sequence.targetAt(last) + row * m);
  }
}
