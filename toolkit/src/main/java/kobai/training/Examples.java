package kobai.training;

import kobai.models.Loss;
import kobai.networks.Shape;

/**
 * Finitely many examples of one shape: T steps of input and one target, which belongs to the last
 * step. Immutable and safe to share between threads.
 */
public interface Examples {
  /** The data in a few words, for reports. */
  String name();

  /** Number of examples, N. */
  int count();

  /** Steps T of an example; 1 if it is seen at a glance. */
  int length();

  /** Shape of the input of a step. */
  Shape shape();

  /** Numbers in a target, m. */
  int targetSize();

  /** Cross-entropy: targets are classes, one-hot; squared error: targets are numbers. */
  Loss loss();

  /**
   * Overwrites {@code out} with the input of every step of an example, that of step t from {@code
   * at + t · stride} on.
   */
  void inputs(int example, float[] out, int at, int stride);

  /** Overwrites {@code out} from {@code at} on with the target of an example. */
  void target(int example, float[] out, int at);
}
