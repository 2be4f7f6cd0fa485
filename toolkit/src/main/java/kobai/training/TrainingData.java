package kobai.training;

import java.util.Optional;
import kobai.data.MiniBatches;
import kobai.data.RegressionSource;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.networks.Shape;
import kobai.random.RandomKey;

/** What a run learns from and is judged by. Immutable and safe to share between threads. */
public interface TrainingData {
  /** The data in a few words, for reports. */
  String name();

  /** Shape of the input of a step. */
  Shape shape();

  /** Floats of target per row and step. */
  int targetSize();

  /** The loss its targets are made for. */
  Loss loss();

  /** Steps T of an example. */
  int length();

  /** Steps of an example that have a target: losses are reported per such step. */
  int scoredSteps();

  /** Whether the last step alone has a target, one class of {@link #targetSize}. */
  boolean classifies();

  /** The numbers behind it, in the units in which they were given, where it has such. */
  default Optional<RegressionSource.Split> numbers() {
    return Optional.empty();
  }

  /** Examples of a part; for training, those of an epoch. */
  int count(Part part);

  /**
   * Overwrites row {@code row} of a sequence with an example: the first columns of its inputs, and
   * its targets. Further columns are left as they are.
   */
  void fill(Part part, int example, Sequence sequence, int row);

  /**
   * Overwrites rows of a sequence with rows of the mini-batch of an iteration; a pure function of
   * its arguments.
   *
   * @param batches of the examples of an epoch
   * @param first the row of the mini-batch that becomes row 0 of the sequence
   */
  void fill(RandomKey key, long iteration, MiniBatches batches, int first, Sequence sequence);
}
