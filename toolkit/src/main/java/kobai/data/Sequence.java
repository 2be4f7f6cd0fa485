package kobai.data;

import java.util.Arrays;

/**
 * A batch of sequences: inputs [length × batch × inputSize] and targets [length × batch ×
 * targetSize], row-major, so that one time step of the whole batch is contiguous.
 */
public record Sequence(
    int length, int batch, int inputSize, int targetSize, float[] inputs, float[] targets) {
  public Sequence {
    positive("length", length);
    positive("batch", batch);
    positive("inputSize", inputSize);
    positive("targetSize", targetSize);
    sized("inputs", inputs, length, batch, inputSize);
    sized("targets", targets, length, batch, targetSize);
  }

  /** A zeroed sequence of that shape. */
  public static Sequence allocate(int length, int batch, int inputSize, int targetSize) {
    return new Sequence(
        positive("length", length),
        positive("batch", batch),
        positive("inputSize", inputSize),
        positive("targetSize", targetSize),
        new float[elements("inputs", length, batch, inputSize)],
        new float[elements("targets", length, batch, targetSize)]);
  }

  /** Offset of the inputs of step t. */
  public int inputAt(int t) {
    return t * batch * inputSize;
  }

  /** Offset of the targets of step t. */
  public int targetAt(int t) {
    return t * batch * targetSize;
  }

  /** Zeroes inputs and targets. */
  public void clear() {
    Arrays.fill(inputs, 0f);
    Arrays.fill(targets, 0f);
  }

  private static int positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "sequence: %s = %d: must be at least 1".formatted(name, value));
    }
    return value;
  }

  private static int elements(String name, int length, int batch, int size) {
    long count = (long) length * batch * size;
    if (count > Integer.MAX_VALUE - 8L || count / size / batch != length) {
      throw new IllegalArgumentException(
          "sequence: %s = %d × %d × %d = %d elements: must be at most %d (use a shorter length or a smaller batch)"
              .formatted(name, length, batch, size, count, Integer.MAX_VALUE - 8L));
    }
    return (int) count;
  }

  private static void sized(String name, float[] array, int length, int batch, int size) {
    int expected = elements(name, length, batch, size);
    if (array.length != expected) {
      throw new IllegalArgumentException(
          "sequence: %s: expected %d × %d × %d = %d floats, got %d"
              .formatted(name, length, batch, size, expected, array.length));
    }
  }
}
