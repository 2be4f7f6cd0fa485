package kobai.training;

import kobai.data.MiniBatches;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.networks.Shape;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.tasks.Task;

/**
 * Sequences that tasks draw: every mini-batch of training is fresh, so that an epoch is only a
 * number of examples; validation and test are fixed draws.
 */
public final class TaskData implements TrainingData {
  private static final RandomKey KEY = new RandomKey(0).child("held out");

  private final Task training;
  private final Task validation;
  private final Task test;
  private final int length;
  private final int epoch;
  private final int validationHeld;
  private final int testHeld;

  /**
   * @param training where training draws from
   * @param validation the same, or a part of the source that training does not see
   * @param test likewise
   * @param length steps of a sequence, at least 1
   * @param epoch examples of an epoch, at least 1
   * @param held examples of validation and of the test each, at least 1
   */
  public TaskData(Task training, Task validation, Task test, int length, int epoch, int held) {
    this(training, validation, test, length, epoch, held, held);
    positive("length", length);
    positive("examples of an epoch", epoch);
    positive("examples held out", held);
  }

  private TaskData(
      Task training,
      Task validation,
      Task test,
      int length,
      int epoch,
      int validationHeld,
      int testHeld) {
    this.training = training;
    this.validation = validation;
    this.test = test;
    this.length = length;
    this.epoch = epoch;
    this.validationHeld = validationHeld;
    this.testHeld = testHeld;
  }

  /** The same without examples of a part, validation or test. */
  public TaskData without(Part part) {
    return withHeld(part == Part.VALIDATION ? 0 : validationHeld, part == Part.TEST ? 0 : testHeld);
  }

  /**
   * The same with as many examples of validation and of the test.
   *
   * @throws IllegalArgumentException if one is negative
   */
  public TaskData withHeld(int validationExamples, int testExamples) {
    if (Math.min(validationExamples, testExamples) < 0) {
      throw new IllegalArgumentException(
          "examples held out = %d and %d: must be at least 0"
              .formatted(validationExamples, testExamples));
    }
    return new TaskData(
        training, validation, test, length, epoch, validationExamples, testExamples);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s = %d: must be at least 1".formatted(name, value));
    }
  }

  @Override
  public String name() {
    return training.name();
  }

  @Override
  public Shape shape() {
    return Shape.of(training.inputSize());
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
    return length;
  }

  @Override
  public int scoredSteps() {
    return length;
  }

  @Override
  public boolean classifies() {
    return false;
  }

  @Override
  public int count(Part part) {
    return switch (part) {
      case TRAINING -> epoch;
      case VALIDATION -> validationHeld;
      case TEST -> testHeld;
    };
  }

  @Override
  public void fill(Part part, int example, Sequence sequence, int row) {
    Task task =
        switch (part) {
          case TRAINING -> training;
          case VALIDATION -> validation;
          case TEST -> test;
        };
    Sequence drawn = task.allocate(length, 1);
    task.fill(KEY.child(part.name()).child(example), drawn);
    copy(drawn, 0, sequence, row);
  }

  @Override
  public void fill(
      RandomKey key, long iteration, MiniBatches batches, int first, Sequence sequence) {
    RandomKey drawn = new RandomKey(RandomDraws.bits(key, first, iteration));
    if (sequence.inputSize() == training.inputSize()) {
      training.fill(drawn, sequence);
      return;
    }
    Sequence narrow = training.allocate(length, sequence.batch());
    training.fill(drawn, narrow);
    for (int row = 0; row < sequence.batch(); row++) {
      copy(narrow, row, sequence, row);
    }
  }

  private void copy(Sequence from, int fromRow, Sequence to, int toRow) {
    int d = from.inputSize();
    int m = from.targetSize();
    for (int t = 0; t < length; t++) {
      System.arraycopy(
          from.inputs(),
          from.inputAt(t) + fromRow * d,
          to.inputs(),
          to.inputAt(t) + toRow * to.inputSize(),
          d);
      System.arraycopy(
          from.targets(),
          from.targetAt(t) + fromRow * m,
          to.targets(),
          to.targetAt(t) + toRow * m,
          m);
    }
  }
}
