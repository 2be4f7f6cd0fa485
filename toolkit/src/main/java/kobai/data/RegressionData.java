package kobai.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Examples with numbers to predict: inputs [N × d] and targets [N × m]. Immutable; parts of it
 * share its memory.
 *
 * <p>Memory: floats; a part adds one int an example. Rows in messages count from 1.
 */
public final class RegressionData {
  private final String name;
  private final List<String> targetNames;
  private final int[] shape;
  private final int targets;
  private final float[] inputValues;
  private final float[] targetValues;
  private final int[] rows;

  private RegressionData(
      String name,
      List<String> targetNames,
      int[] shape,
      float[] inputValues,
      float[] targetValues,
      int[] rows) {
    this.name = name;
    this.targetNames = List.copyOf(targetNames);
    this.shape = shape;
    targets = targetNames.size();
    this.inputValues = inputValues;
    this.targetValues = targetValues;
    this.rows = rows;
  }

  /**
   * Takes over both arrays, which must not change afterwards.
   *
   * @param name the file or the title, for messages and reports
   * @param targetNames what the m targets are called
   * @param shape of the inputs of one example: d, or more sizes
   * @param inputs [N × d], finite
   * @param targets [N × m], finite
   * @throws IllegalArgumentException if sizes disagree or a number is not finite: the row is named
   */
  public static RegressionData of(
      String name, List<String> targetNames, int[] shape, float[] inputs, float[] targets) {
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    int m = targetNames.size();
    int examples = m < 1 ? 0 : targets.length / m;
    if (examples < 1
        || size < 1
        || examples * m != targets.length
        || (long) examples * size != inputs.length) {
      throw new IllegalArgumentException(
          "%s: expected N × %d inputs and N × %d targets, got %d and %d (both must have as many rows, at least 1)"
              .formatted(name, size, m, inputs.length, targets.length));
    }
    finite(name, "input", inputs, size);
    finite(name, "target", targets, m);
    return new RegressionData(
        name, targetNames, shape.clone(), inputs, targets, IntStream.range(0, examples).toArray());
  }

  private static void finite(String name, String what, float[] values, int columns) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "%s: row %d, %s %d = %s: must be finite (remove the row or fill the value in)"
                .formatted(name, i / columns + 1, what, i % columns + 1, values[i]));
      }
    }
  }

  /** The file or the title. */
  public String name() {
    return name;
  }

  /** What the targets are called, m names. */
  public List<String> targetNames() {
    return targetNames;
  }

  /** Number of examples N. */
  public int examples() {
    return rows.length;
  }

  /** Numbers in the inputs of an example, d. */
  public int inputs() {
    return inputValues.length / (targetValues.length / targets);
  }

  /** The shape of the inputs of an example. */
  public int[] shape() {
    return shape.clone();
  }

  /** Numbers to predict, m. */
  public int targets() {
    return targets;
  }

  /** Overwrites {@code out[outAt, outAt + d)} with the inputs of an example. */
  public void copyInputs(int example, float[] out, int outAt) {
    int size = inputs();
    System.arraycopy(inputValues, rows[example] * size, out, outAt, size);
  }

  /** Overwrites {@code out[outAt, outAt + m)} with the targets of an example. */
  public void copyTargets(int example, float[] out, int outAt) {
    System.arraycopy(targetValues, rows[example] * targets, out, outAt, targets);
  }

  /** The examples of those places, in that order. */
  public RegressionData part(int[] examples) {
    int[] chosen = IntStream.of(examples).map(i -> rows[i]).toArray();
    return new RegressionData(name, targetNames, shape, inputValues, targetValues, chosen);
  }

  /** The same examples with both applied. */
  RegressionData transformed(Standardisation ofInputs, Standardisation ofTargets) {
    int size = inputs();
    float[] newInputs = new float[Math.multiplyExact(examples(), size)];
    float[] newTargets = new float[Math.multiplyExact(examples(), targets)];
    for (int example = 0; example < examples(); example++) {
      copyInputs(example, newInputs, example * size);
      copyTargets(example, newTargets, example * targets);
      ofInputs.apply(newInputs, example * size);
      ofTargets.apply(newTargets, example * targets);
    }
    return new RegressionData(
        name, targetNames, shape, newInputs, newTargets, IntStream.range(0, examples()).toArray());
  }
}
