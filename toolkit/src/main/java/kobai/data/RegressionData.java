package kobai.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Examples with numbers to predict: inputs [N × d] and targets [N × m]. Immutable; parts of it
 * share its memory.
 *
 * <p>Memory: doubles, so that a large number with a small change, such as a time in seconds since
 * 1970, keeps it until it is standardised; a part adds one int an example. Rows in messages count
 * from 1.
 */
public final class RegressionData {
  private final String name;
  private final List<String> inputNames;
  private final List<String> targetNames;
  private final int[] shape;
  private final int targets;
  private final double[] inputValues;
  private final double[] targetValues;
  private final int[] rows;

  private RegressionData(
      String name,
      List<String> inputNames,
      List<String> targetNames,
      int[] shape,
      double[] inputValues,
      double[] targetValues,
      int[] rows) {
    this.name = name;
    this.inputNames = List.copyOf(inputNames);
    this.targetNames = List.copyOf(targetNames);
    this.shape = shape;
    targets = targetNames.size();
    this.inputValues = inputValues;
    this.targetValues = targetValues;
    this.rows = rows;
  }

  /** The same of floats and of inputs without names; both arrays are copied. */
  public static RegressionData of(
      String name, List<String> targetNames, int[] shape, float[] inputs, float[] targets) {
    return of(name, List.of(), targetNames, shape, doubles(inputs), doubles(targets));
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /**
   * Takes over both arrays, which must not change afterwards.
   *
   * @param name the file or the title, for messages and reports
   * @param inputNames what the d inputs are called, or an empty list
   * @param targetNames what the m targets are called
   * @param shape of the inputs of one example: d, or more sizes
   * @param inputs [N × d], finite and in the range of float
   * @param targets [N × m], likewise
   * @throws IllegalArgumentException if sizes disagree or a number is not finite: the row is named
   */
  public static RegressionData of(
      String name,
      List<String> inputNames,
      List<String> targetNames,
      int[] shape,
      double[] inputs,
      double[] targets) {
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
    if (!inputNames.isEmpty() && inputNames.size() != size) {
      throw new IllegalArgumentException(
          "%s: names of inputs: expected %d or none, got %d"
              .formatted(name, size, inputNames.size()));
    }
    finite(name, "input", inputs, size);
    finite(name, "target", targets, m);
    return new RegressionData(
        name,
        inputNames,
        targetNames,
        shape.clone(),
        inputs,
        targets,
        IntStream.range(0, examples).toArray());
  }

  private static void finite(String name, String what, double[] values, int columns) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite((float) values[i])) {
        throw new IllegalArgumentException(
            "%s: row %d, %s %d = %s: must be finite and within ±%s (remove the row or fill the value in)"
                .formatted(
                    name, i / columns + 1, what, i % columns + 1, values[i], Float.MAX_VALUE));
      }
    }
  }

  /**
   * Refuses targets that are not probabilities.
   *
   * @throws IllegalArgumentException naming the first row whose target is not in [0, 1]
   */
  public void requireProbabilities() {
    for (int row : rows) {
      for (int j = 0; j < targets; j++) {
        double value = targetValues[row * targets + j];
        if (!(value >= 0 && value <= 1)) {
          throw new IllegalArgumentException(
              "%s: row %d, target '%s' = %s: must be in [0, 1] (a Bernoulli likelihood predicts probabilities)"
                  .formatted(name, row + 1, targetNames.get(j), value));
        }
      }
    }
  }

  /** The file or the title. */
  public String name() {
    return name;
  }

  /** What an input is called, from 0: its name, or its number from 1 where there are several. */
  public String inputName(int input) {
    return !inputNames.isEmpty()
        ? inputNames.get(input)
        : inputs() == 1 ? "input" : "input " + (input + 1);
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
    for (int i = 0; i < size; i++) {
      out[outAt + i] = (float) inputValues[rows[example] * size + i];
    }
  }

  /** Overwrites {@code out[outAt, outAt + m)} with the targets of an example. */
  public void copyTargets(int example, float[] out, int outAt) {
    for (int j = 0; j < targets; j++) {
      out[outAt + j] = (float) targetValues[rows[example] * targets + j];
    }
  }

  /** The scale of its inputs. */
  Standardisation inputScale() {
    int size = inputs();
    return Standardisation.of(
        examples(),
        size,
        (row, out) -> System.arraycopy(inputValues, rows[row] * size, out, 0, size),
        shape.length > 1);
  }

  /**
   * The scale of its targets.
   *
   * @throws IllegalArgumentException naming a target that never changes: its scale would erase it
   */
  Standardisation targetScale() {
    Standardisation scale =
        Standardisation.of(
            examples(),
            targets,
            (row, out) -> System.arraycopy(targetValues, rows[row] * targets, out, 0, targets),
            false);
    for (int j = 0; j < targets; j++) {
      if (scale.unit(j) == 0) {
        throw new IllegalArgumentException(
            "%s: target '%s' never changes in the training part: must have two values there at least (choose other targets or learn from more rows)"
                .formatted(name, targetNames.get(j)));
      }
    }
    return scale;
  }

  /** The examples of those places, in that order. */
  public RegressionData part(int[] examples) {
    int[] chosen = IntStream.of(examples).map(i -> rows[i]).toArray();
    return new RegressionData(
        name, inputNames, targetNames, shape, inputValues, targetValues, chosen);
  }

  /**
   * The same examples with both applied, rounded to floats.
   *
   * @throws IllegalArgumentException if a number leaves the range of float: the row is named
   */
  RegressionData transformed(Standardisation ofInputs, Standardisation ofTargets) {
    int size = inputs();
    double[] newInputs = new double[Math.multiplyExact(examples(), size)];
    double[] newTargets = new double[Math.multiplyExact(examples(), targets)];
    for (int example = 0; example < examples(); example++) {
      int row = rows[example];
      System.arraycopy(inputValues, row * size, newInputs, example * size, size);
      System.arraycopy(targetValues, row * targets, newTargets, example * targets, targets);
      ofInputs.apply(newInputs, example * size);
      ofTargets.apply(newTargets, example * targets);
      for (int i = 0; i < size; i++) {
        int at = example * size + i;
        newInputs[at] = rounded(newInputs[at], row, inputName(i), inputValues[row * size + i]);
      }
      for (int j = 0; j < targets; j++) {
        int at = example * targets + j;
        newTargets[at] =
            rounded(newTargets[at], row, targetNames.get(j), targetValues[row * targets + j]);
      }
    }
    return new RegressionData(
        name,
        inputNames,
        targetNames,
        shape,
        newInputs,
        newTargets,
        IntStream.range(0, examples()).toArray());
  }

  private double rounded(double scaled, int row, String column, double value) {
    float rounded = (float) scaled;
    if (!Float.isFinite(rounded)) {
      throw new IllegalArgumentException(
          "%s: row %d, %s = %s: must be within ±%s standard deviations of the training part"
              .formatted(name, row + 1, column, value, Float.MAX_VALUE));
    }
    return rounded;
  }
}
