package kobai.tasks;

import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomKey;

/** A source of sequences to learn. Immutable and safe to share between threads. */
public interface Task {
  /** The task in a few words, for reports. */
  String name();

  /** Floats of input per row and step. */
  int inputSize();

  /** Floats of target per row and step. */
  int targetSize();

  /** The loss its targets are made for. */
  Loss loss();

  /** Overwrites the whole sequence with rows drawn from {@code key}; a pure function of the key. */
  void fill(RandomKey key, Sequence sequence);

  /** A sequence of this task's shape. */
  default Sequence allocate(int length, int batch) {
    return Sequence.allocate(length, batch, inputSize(), targetSize());
  }
}
