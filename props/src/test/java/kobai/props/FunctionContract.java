package kobai.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;
import java.util.SplittableRandom;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Elementary functions, leaky steps, softmax and losses: the vector kernels give the bits of the
 * scalar ones for any float, at any offset and length, in place or not, and write nothing else. Run
 * at every vector width.
 */
class FunctionContract {
  private static final Kernels SCALAR = Implementation.SCALAR.kernels();
  private static final Kernels VECTOR = Implementation.VECTOR.kernels();
  private static final float CANARY = -12345.678f;

  /** Around the multiples of all widths, up to three vectors of 512 bits and a tail. */
  private static final int[] LENGTHS = {
    0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 61, 64, 67, 129
  };

  private static final int[] OFFSETS = {0, 1, 3, 16};

  /**
   * Edges of the reductions, of overflow and of the number format; each is also used with the other
   * sign.
   */
  private static final float[] SPECIAL = {
    0f,
    Float.MIN_VALUE,
    1e-40f,
    0x1.fffffcp-127f,
    Float.MIN_NORMAL,
    1e-20f,
    0x1p-13f,
    0.3465f,
    0.34657359f,
    0.5f,
    0x1.fffffep-1f,
    1f,
    0x1.000002p0f,
    1.0397207f,
    9f,
    10f,
    10.5f,
    17f,
    87.33655f,
    87.4f,
    88.722839f,
    88.72284f,
    89f,
    89.5f,
    103.97f,
    103.98f,
    104f,
    104.5f,
    0x1p17f,
    131072.02f,
    0x1p22f,
    1e10f,
    16367173 * 0x1p72f,
    1e30f,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NaN
  };

  /** What the arguments look like. */
  private enum Values {
    ORDINARY,
    WIDE,
    ANY_BITS,
    EDGES;

    float[] draw(SplittableRandom random, int n) {
      float[] x = new float[n];
      for (int i = 0; i < n; i++) {
        x[i] =
            switch (this) {
              case ORDINARY -> (float) random.nextGaussian();
              case WIDE -> (float) (random.nextGaussian() * 60);
              case ANY_BITS -> Float.intBitsToFloat(random.nextInt());
              case EDGES ->
                  SPECIAL[random.nextInt(SPECIAL.length)] * (random.nextBoolean() ? 1 : -1);
            };
      }
      return x;
    }
  }

  /** The kernels of one argument. */
  private enum Function {
    EXP,
    LOG,
    TANH,
    SIGMOID,
    SIN,
    COS;

    void apply(Kernels kernels, float[] x, int xAt, float[] y, int yAt, int n) {
      switch (this) {
        case EXP -> kernels.exp(x, xAt, y, yAt, n);
        case LOG -> kernels.log(x, xAt, y, yAt, n);
        case TANH -> kernels.tanh(x, xAt, y, yAt, n);
        case SIGMOID -> kernels.sigmoid(x, xAt, y, yAt, n);
        case SIN -> kernels.sin(x, xAt, y, yAt, n);
        case COS -> kernels.cos(x, xAt, y, yAt, n);
      }
    }
  }

  private static SplittableRandom random(Object... coordinates) {
    return new SplittableRandom(Arrays.deepToString(coordinates).hashCode());
  }

  /** A copy of {@code content} between canaries; NaN where there is none. */
  private static float[] framed(float[] content, int at, int n) {
    float[] array = new float[at + n + 5];
    Arrays.fill(array, CANARY);
    for (int i = 0; i < n; i++) {
      array[at + i] = content == null ? Float.NaN : content[i];
    }
    return array;
  }

  private static void sameBits(String what, float[] expected, float[] actual, int at, int n) {
    for (int i = 0; i < expected.length; i++) {
      // One pattern for every NaN, different ones for −0 and +0.
      if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
        fail(what + " at " + (i - at) + ": scalar " + expected[i] + ", vector " + actual[i]);
      }
      if ((i < at || i >= at + n) && actual[i] != CANARY) {
        fail(what + " wrote " + actual[i] + " outside its output at " + (i - at));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Function.class)
  void functionsAgreeForAnyFloat(Function f) {
    for (Values values : Values.values()) {
      for (int n : LENGTHS) {
        for (int at : OFFSETS) {
          float[] x = framed(values.draw(random(f, values, n, at), n), at, n);
          String what = f + " of " + values + " [" + n + "] at " + at;
          float[] expected = framed(null, 1, n);
          float[] actual = framed(null, 1, n);
          f.apply(SCALAR, x, at, expected, 1, n);
          f.apply(VECTOR, x, at, actual, 1, n);
          sameBits(what, expected, actual, 1, n);
          float[] inPlace = x.clone();
          f.apply(VECTOR, inPlace, at, inPlace, at, n);
          f.apply(SCALAR, x, at, x, at, n);
          sameBits(what + " in place", x, inPlace, at, n);
        }
      }
    }
  }

  /**
   * Every 1021st float, so that all exponents and mixtures of small and huge arguments in one
   * vector occur.
   */
  @ParameterizedTest
  @EnumSource(Function.class)
  void functionsAgreeOverTheFloatRange(Function f) {
    int n = 4096;
    float[] x = new float[n];
    float[] expected = new float[n];
    float[] actual = new float[n];
    int stride = 1021;
    for (long first = Integer.MIN_VALUE; first <= Integer.MAX_VALUE; first += (long) stride * n) {
      for (int i = 0; i < n; i++) {
        x[i] = Float.intBitsToFloat((int) (first + (long) stride * i));
      }
      f.apply(SCALAR, x, 0, expected, 0, n);
      f.apply(VECTOR, x, 0, actual, 0, n);
      if (Arrays.mismatch(expected, actual) >= 0) { // by floatToIntBits
        sameBits(f.name(), expected, actual, 0, n);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void leakyStepsAgree(Activation f) {
    for (Values values : Values.values()) {
      for (int n : LENGTHS) {
        for (int at : OFFSETS) {
          SplittableRandom random = random(f, values, n, at);
          float[] u = framed(values.draw(random, n), at, n);
          float[] state = framed(Values.ORDINARY.draw(random, n), 2, n);
          float alpha = 0.3f;
          String what = f + " of " + values + " [" + n + "] at " + at;
          float[] next = framed(null, 1, n);
          float[] slope = framed(null, 3, n);
          float[] vectorNext = next.clone();
          float[] vectorSlope = slope.clone();
          SCALAR.leakyStep(f, alpha, u, at, state, 2, next, 1, slope, 3, n);
          VECTOR.leakyStep(f, alpha, u, at, state, 2, vectorNext, 1, vectorSlope, 3, n);
          sameBits(what + " next", next, vectorNext, 1, n);
          sameBits(what + " slope", slope, vectorSlope, 3, n);
          float[] vectorU = u.clone();
          float[] vectorState = state.clone();
          SCALAR.leakyStep(f, alpha, u, at, state, 2, state, 2, u, at, n);
          VECTOR.leakyStep(f, alpha, vectorU, at, vectorState, 2, vectorState, 2, vectorU, at, n);
          sameBits(what + " next in place", state, vectorState, 2, n);
          sameBits(what + " slope in place", u, vectorU, at, n);
        }
      }
    }
  }

  @Test
  void leakyBackwardStepsAgree() {
    for (Values values : Values.values()) {
      for (int n : LENGTHS) {
        for (int at : OFFSETS) {
          SplittableRandom random = random(values, n, at);
          float[] q = framed(values.draw(random, n), at, n);
          float[] slope = framed(values.draw(random, n), 2, n);
          float[] adjoint = framed(values.draw(random, n), 1, n);
          float[] delta = framed(null, 3, n);
          String what = "backward of " + values + " [" + n + "] at " + at;
          float[] vectorAdjoint = adjoint.clone();
          float[] vectorDelta = delta.clone();
          SCALAR.leakyBackward(0.7f, q, at, slope, 2, adjoint, 1, delta, 3, n);
          VECTOR.leakyBackward(0.7f, q, at, slope, 2, vectorAdjoint, 1, vectorDelta, 3, n);
          sameBits(what + " adjoint", adjoint, vectorAdjoint, 1, n);
          sameBits(what + " delta", delta, vectorDelta, 3, n);
          float[] vectorSlope = slope.clone();
          SCALAR.leakyBackward(0.7f, q, at, slope, 2, adjoint, 1, slope, 2, n);
          VECTOR.leakyBackward(0.7f, q, at, vectorSlope, 2, vectorAdjoint, 1, vectorSlope, 2, n);
          sameBits(what + " delta in place", slope, vectorSlope, 2, n);
        }
      }
    }
  }

  /** A step or backward pass of LSTM or GRU units; the last two arrays are what it writes. */
  private enum Gated {
    /** a, state | next, gates. */
    LSTM_STEP(4, 2, 2, 4),
    /** q, gates, state, next | adjoint (in place), delta. */
    LSTM_BACKWARD(1, 4, 2, 2, 2, 4),
    /** a, state | next, gates. */
    GRU_STEP(4, 1, 1, 4),
    /** q, gates, state | adjoint (in place), delta. */
    GRU_BACKWARD(1, 4, 1, 1, 4);

    /** Columns of each array, in multiples of n. */
    private final int[] blocks;

    Gated(int... blocks) {
      this.blocks = blocks;
    }

    /** Runs on arrays that begin at their own number, 0, 1, 2 and so on. */
    void apply(Kernels kernels, float[][] x, int rows, int n) {
      switch (this) {
        case LSTM_STEP -> kernels.lstmStep(x[0], 0, x[1], 1, x[2], 2, x[3], 3, rows, n);
        case LSTM_BACKWARD ->
            kernels.lstmBackward(x[0], 0, x[1], 1, x[2], 2, x[3], 3, x[4], 4, x[5], 5, rows, n);
        case GRU_STEP -> kernels.gruStep(x[0], 0, x[1], 1, x[2], 2, x[3], 3, rows, n);
        case GRU_BACKWARD ->
            kernels.gruBackward(x[0], 0, x[1], 1, x[2], 2, x[3], 3, x[4], 4, rows, n);
      }
    }

    /** A step that overwrites its pre-activations with its gates and its state with the next. */
    void applyInPlace(Kernels kernels, float[][] x, int rows, int n) {
      switch (this) {
        case LSTM_STEP -> kernels.lstmStep(x[0], 0, x[1], 1, x[1], 1, x[0], 0, rows, n);
        case GRU_STEP -> kernels.gruStep(x[0], 0, x[1], 1, x[1], 1, x[0], 0, rows, n);
        case LSTM_BACKWARD, GRU_BACKWARD -> apply(kernels, x, rows, n);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Gated.class)
  void gatedStepsAgree(Gated gated) {
    for (Values values : Values.values()) {
      for (int rows : new int[] {0, 1, 3}) {
        for (int n : LENGTHS) {
          SplittableRandom random = random(gated, values, rows, n);
          float[][] scalar = new float[gated.blocks.length][];
          float[][] vector = new float[scalar.length][];
          float[][] scalarInPlace = new float[scalar.length][];
          float[][] vectorInPlace = new float[scalar.length][];
          for (int k = 0; k < scalar.length; k++) {
            int size = rows * gated.blocks[k] * n;
            scalar[k] = framed(values.draw(random, size), k, size);
            vector[k] = scalar[k].clone();
            scalarInPlace[k] = scalar[k].clone();
            vectorInPlace[k] = scalar[k].clone();
          }
          gated.apply(SCALAR, scalar, rows, n);
          gated.apply(VECTOR, vector, rows, n);
          gated.applyInPlace(SCALAR, scalarInPlace, rows, n);
          gated.applyInPlace(VECTOR, vectorInPlace, rows, n);
          for (int k = 0; k < scalar.length; k++) {
            int size = rows * gated.blocks[k] * n;
            String what = gated + " of " + values + " [" + rows + " × " + n + "], array " + k;
            sameBits(what, scalar[k], vector[k], k, size);
            sameBits(what + " in place", scalarInPlace[k], vectorInPlace[k], k, size);
          }
          boolean step = gated == Gated.LSTM_STEP || gated == Gated.GRU_STEP;
          for (int i = 0; step && i < rows * gated.blocks[0] * n; i++) {
            assertEquals(
                Float.floatToIntBits(scalar[3][3 + i]), Float.floatToIntBits(scalarInPlace[0][i]));
          }
          for (int i = 0; step && i < rows * gated.blocks[1] * n; i++) {
            assertEquals(
                Float.floatToIntBits(scalar[2][2 + i]),
                Float.floatToIntBits(scalarInPlace[1][1 + i]));
          }
        }
      }
    }
  }

  @Test
  void rowsOfClassesAgree() {
    for (Values values : Values.values()) {
      for (int rows : new int[] {0, 1, 2, 5}) {
        for (int classes : LENGTHS) {
          SplittableRandom random = random(values, rows, classes);
          int n = rows * classes;
          float[] z = framed(values.draw(random, n), 3, n);
          float[] y = framed(values.draw(random, n), 1, n);
          for (int i = 0; i < n / 2; i++) {
            y[1 + i] =
                i % Math.max(classes, 1) == 1
                    ? 1
                    : 0; // rows of one-hot targets, rows of zeros, any rows
          }
          String what = values + " [" + rows + " × " + classes + "]";
          float[] expected = z.clone();
          float[] actual = z.clone();
          SCALAR.softmax(expected, 3, rows, classes);
          VECTOR.softmax(actual, 3, rows, classes);
          sameBits("softmax of " + what, expected, actual, 3, n);

          expected = z.clone();
          actual = z.clone();
          double loss = SCALAR.softmaxCrossEntropy(expected, 3, y, 1, rows, classes, 0.3f);
          double vectorLoss = VECTOR.softmaxCrossEntropy(actual, 3, y, 1, rows, classes, 0.3f);
          assertEquals(
              Double.doubleToLongBits(loss),
              Double.doubleToLongBits(vectorLoss),
              "loss of " + what);
          sameBits("cross-entropy of " + what, expected, actual, 3, n);

          expected = z.clone();
          actual = z.clone();
          loss = SCALAR.squaredError(expected, 3, y, 1, rows, classes, 0.3f);
          vectorLoss = VECTOR.squaredError(actual, 3, y, 1, rows, classes, 0.3f);
          assertEquals(
              Double.doubleToLongBits(loss),
              Double.doubleToLongBits(vectorLoss),
              "error of " + what);
          sameBits("squared error of " + what, expected, actual, 3, n);
        }
      }
    }
  }

  /** Against the formulas of the interface in double. */
  @ParameterizedTest
  @EnumSource(Implementation.class)
  void lossesAreWhatTheySay(Implementation implementation) {
    Kernels kernels = implementation.kernels();
    SplittableRandom random = new SplittableRandom(3);
    int rows = 7;
    int classes = 19;
    int n = rows * classes;
    float[] z = Values.ORDINARY.draw(random, n);
    float[] y = new float[n];
    for (int i = 0; i < n; i++) {
      y[i] = (float) random.nextDouble() / classes;
    }
    Arrays.fill(y, 2 * classes, 3 * classes, 0f); // a step that does not count
    double loss = 0;
    double[] gradient = new double[n];
    double[] softmax = new double[n];
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      double weight = 0;
      for (int j = row * classes; j < (row + 1) * classes; j++) {
        sum += Math.exp(z[j]);
        weight += y[j];
      }
      for (int j = row * classes; j < (row + 1) * classes; j++) {
        softmax[j] = Math.exp(z[j]) / sum;
        loss += y[j] * (Math.log(sum) - z[j]);
        gradient[j] = 0.5 * (weight * softmax[j] - y[j]);
      }
    }
    float[] copy = z.clone();
    kernels.softmax(copy, 0, rows, classes);
    float[] logits = z.clone();
    double actual = kernels.softmaxCrossEntropy(logits, 0, y, 0, rows, classes, 0.5f);
    // Row values are below 10 with some 30 roundings of relative size 2⁻²⁴ each: 2·10⁻⁵ for 7 rows;
    // elements below 1.
    assertEquals(loss, actual, 7 * 10 * 30 * 0x1p-24);
    assertTrue(loss > 1);
    for (int i = 0; i < n; i++) {
      assertEquals(softmax[i], copy[i], 30 * 0x1p-24);
      assertEquals(gradient[i], logits[i], 30 * 0x1p-24);
    }
    for (int i = 2 * classes; i < 3 * classes; i++) {
      assertEquals(0f, Math.abs(logits[i]));
    }
    double squares = 0;
    for (int i = 0; i < n; i++) {
      squares += 0.5 * ((double) z[i] - y[i]) * ((double) z[i] - y[i]);
    }
    float[] differences = z.clone();
    assertEquals(
        squares,
        kernels.squaredError(differences, 0, y, 0, rows, classes, 0.25f),
        30 * 0x1p-24 * squares);
    for (int i = 0; i < n; i++) {
      assertEquals(0.25f * (z[i] - y[i]), differences[i]);
    }
  }

  @Test
  void stepsOfDiagonalCellsAgree() {
    for (Values values : Values.values()) {
      for (int n : LENGTHS) {
        for (int at : OFFSETS) {
          SplittableRandom random = random("diagonal", values, n, at);
          float[] rotation = framed(values.draw(random, 6 * n), at, 6 * n);
          float[] u = framed(values.draw(random, 2 * n), 3, 2 * n);
          float[] state = framed(values.draw(random, 2 * n), 1, 2 * n);
          float[] adjoint = framed(values.draw(random, 2 * n), 2, 2 * n);
          String what = values + " [" + n + "] at " + at;

          float[] next = framed(null, 2, 2 * n);
          float[] vectorNext = next.clone();
          SCALAR.rotationStep(rotation, at, u, 3, state, 1, next, 2, n);
          VECTOR.rotationStep(rotation, at, u, 3, state, 1, vectorNext, 2, n);
          sameBits("rotation of " + what, next, vectorNext, 2, 2 * n);
          float[] inPlace = state.clone();
          VECTOR.rotationStep(rotation, at, u, 3, inPlace, 1, inPlace, 1, n);
          for (int i = 0; i < 2 * n; i++) {
            assertEquals(
                Float.floatToIntBits(next[2 + i]), Float.floatToIntBits(inPlace[1 + i]), what);
          }

          int gates = at == 0 ? 4 : 5;
          float[] delta = framed(null, 1, gates * n);
          float[] vectorDelta = delta.clone();
          float[] scalarAdjoint = adjoint.clone();
          float[] vectorAdjoint = adjoint.clone();
          SCALAR.rotationBackward(
              rotation, at, u, 3, state, 1, scalarAdjoint, 2, delta, 1, gates, n);
          VECTOR.rotationBackward(
              rotation, at, u, 3, state, 1, vectorAdjoint, 2, vectorDelta, 1, gates, n);
          sameBits("rotation adjoint of " + what, scalarAdjoint, vectorAdjoint, 2, 2 * n);
          sameBits("rotation delta of " + what, delta, vectorDelta, 1, gates * n);

          float[] scalarGates = u.clone();
          float[] vectorGates = u.clone();
          float[] single = framed(null, 4, n);
          float[] vectorSingle = single.clone();
          SCALAR.gatedStep(scalarGates, 3, state, 1, single, 4, n);
          VECTOR.gatedStep(vectorGates, 3, state, 1, vectorSingle, 4, n);
          sameBits("gated step of " + what, single, vectorSingle, 4, n);
          sameBits("gates of " + what, scalarGates, vectorGates, 3, 2 * n);

          float[] pair = framed(null, 1, 2 * n);
          float[] vectorPair = pair.clone();
          float[] oneAdjoint = framed(values.draw(random, n), 2, n);
          float[] vectorOneAdjoint = oneAdjoint.clone();
          SCALAR.gatedBackward(u, 3, state, 1, oneAdjoint, 2, pair, 1, n);
          VECTOR.gatedBackward(u, 3, state, 1, vectorOneAdjoint, 2, vectorPair, 1, n);
          sameBits("gated adjoint of " + what, oneAdjoint, vectorOneAdjoint, 2, n);
          sameBits("gated delta of " + what, pair, vectorPair, 1, 2 * n);
        }
      }
    }
  }

  @Test
  void tracesAgree() {
    for (Values values : Values.values()) {
      for (int n : LENGTHS) {
        for (int rows : new int[] {0, 1, 2, 5}) {
          for (int parts : new int[] {1, 2}) {
            for (int stride = 0; stride < 2; stride++) {
              traces(values, n, rows, parts, stride);
            }
          }
        }
      }
    }
  }

  private static void traces(Values values, int n, int rows, int parts, int stride) {
    SplittableRandom random = random("traces", values, n, rows, parts, stride);
    int width = parts * n;
    float[] decay = framed(values.draw(random, parts * width), 1, parts * width);
    float[] gain = framed(values.draw(random, width + 2), 3, width + 2);
    float[] x = framed(values.draw(random, rows + 1), 2, rows + 1);
    float[] traces = framed(values.draw(random, rows * width), 1, rows * width);
    String what = values + " [" + rows + " × " + parts + " × " + n + "]";
    float[] vectorTraces = traces.clone();
    SCALAR.advanceTraces(parts, decay, 1, gain, 3, n + 2, x, 2, stride, traces, 1, rows, n);
    VECTOR.advanceTraces(parts, decay, 1, gain, 3, n + 2, x, 2, stride, vectorTraces, 1, rows, n);
    sameBits("advance of " + what, traces, vectorTraces, 1, rows * width);
    for (boolean turned : parts == 2 ? new boolean[] {false, true} : new boolean[] {false}) {
      int row = 2 * n + 3;
      int size = rows * row;
      float[] gradient = framed(values.draw(random, size), 2, size);
      float[] before = gradient.clone();
      float[] vectorGradient = gradient.clone();
      SCALAR.creditTraces(parts, turned, gain, 3, traces, 1, rows, gradient, 2, row, n);
      VECTOR.creditTraces(parts, turned, gain, 3, traces, 1, rows, vectorGradient, 2, row, n);
      sameBits("credit of " + what, gradient, vectorGradient, 2, size);
      for (int i = 0; i < size; i++) {
        if (i % row >= (turned ? 2 * n : n)) {
          assertEquals(
              Float.floatToIntBits(before[2 + i]),
              Float.floatToIntBits(vectorGradient[2 + i]),
              what + " between the rows");
        }
      }
      for (boolean add : new boolean[] {false, true}) {
        oneStep(what, random, values, n, rows, parts, turned, add);
      }
    }
  }

  /** One step is an advance and a credit, bit for bit, onto zeros or onto what there was. */
  private static void oneStep(
      String what,
      SplittableRandom random,
      Values values,
      int n,
      int rows,
      int parts,
      boolean turned,
      boolean add) {
    int width = parts * n;
    int row = 2 * n + 3;
    int size = rows * row;
    float[] decay = framed(values.draw(random, parts * width), 1, parts * width);
    float[] gain = framed(values.draw(random, width + 2), 3, width + 2);
    float[] x = framed(values.draw(random, rows), 2, rows);
    float[] a = framed(values.draw(random, width), 1, width);
    float[] traces = framed(values.draw(random, rows * width), 1, rows * width);
    float[] gradient = framed(values.draw(random, size), 2, size);
    float[] vectorTraces = traces.clone();
    float[] vectorGradient = gradient.clone();
    float[] expectedTraces = traces.clone();
    float[] expected = gradient.clone();
    for (int j = 0; j < rows && !add; j++) {
      Arrays.fill(expected, 2 + j * row, 2 + j * row + (turned ? 2 * n : n), 0f);
    }
    SCALAR.advanceTraces(parts, decay, 1, gain, 3, n + 2, x, 2, 1, expectedTraces, 1, rows, n);
    SCALAR.creditTraces(parts, turned, a, 1, expectedTraces, 1, rows, expected, 2, row, n);
    SCALAR.stepTraces(
        parts, turned, add, decay, 1, gain, 3, n + 2, x, 2, a, 1, traces, 1, rows, gradient, 2, row,
        n);
    VECTOR.stepTraces(
        parts,
        turned,
        add,
        decay,
        1,
        gain,
        3,
        n + 2,
        x,
        2,
        a,
        1,
        vectorTraces,
        1,
        rows,
        vectorGradient,
        2,
        row,
        n);
    sameBits("traces of a step of " + what, expectedTraces, traces, 1, rows * width);
    sameBits("traces of a vector step of " + what, expectedTraces, vectorTraces, 1, rows * width);
    sameBits("credit of a step of " + what, expected, gradient, 2, size);
    sameBits("credit of a vector step of " + what, expected, vectorGradient, 2, size);
  }

  /** The equations of the interface in double, on numbers of order one. */
  @ParameterizedTest
  @EnumSource(Implementation.class)
  void diagonalKernelsAreWhatTheySay(Implementation implementation) {
    Kernels kernels = implementation.kernels();
    SplittableRandom random = new SplittableRandom(4);
    int n = 21;
    float[] rotation = Values.ORDINARY.draw(random, 6 * n);
    float[] u = Values.ORDINARY.draw(random, 2 * n);
    float[] s = Values.ORDINARY.draw(random, 2 * n);
    float[] a = Values.ORDINARY.draw(random, 2 * n);
    float[] next = new float[2 * n];
    float[] delta = new float[5 * n];
    float[] before = a.clone();
    kernels.rotationStep(rotation, 0, u, 0, s, 0, next, 0, n);
    kernels.rotationBackward(rotation, 0, u, 0, s, 0, before, 0, delta, 0, 5, n);
    // At most six roundings of values below 4⁴ or so.
    double close = 6 * 0x1p-24 * 256;
    for (int i = 0; i < n; i++) {
      double real = rotation[i];
      double imaginary = rotation[n + i];
      double gamma = rotation[2 * n + i];
      assertEquals(real * s[i] - imaginary * s[n + i] + gamma * u[i], next[i], close);
      assertEquals(imaginary * s[i] + real * s[n + i] + gamma * u[n + i], next[n + i], close);
      // The vjp of those two lines in s, in the driven gates and along each coefficient.
      assertEquals(real * a[i] + imaginary * a[n + i], before[i], close);
      assertEquals(real * a[n + i] - imaginary * a[i], before[n + i], close);
      double turnedReal = real * s[i] - imaginary * s[n + i];
      double turnedImaginary = imaginary * s[i] + real * s[n + i];
      double along = a[i] * turnedReal + a[n + i] * turnedImaginary;
      double across = a[n + i] * turnedReal - a[i] * turnedImaginary;
      double driven = a[i] * (double) u[i] + a[n + i] * (double) u[n + i];
      assertEquals(gamma * a[i], delta[i], close);
      assertEquals(gamma * a[n + i], delta[n + i], close);
      assertEquals(
          rotation[3 * n + i] * along + rotation[4 * n + i] * driven, delta[2 * n + i], close);
      assertEquals(rotation[5 * n + i] * across, delta[3 * n + i], close);
      assertEquals(gamma * driven, delta[4 * n + i], close);
    }
    float[] gates = u.clone();
    float[] h = new float[n];
    kernels.gatedStep(gates, 0, s, 0, h, 0, n);
    float[] gateDelta = new float[2 * n];
    float[] adjoint = Arrays.copyOf(a, n);
    kernels.gatedBackward(gates, 0, s, 0, adjoint, 0, gateDelta, 0, n);
    for (int i = 0; i < n; i++) {
      double z = 1 / (1 + Math.exp(-u[n + i]));
      assertEquals((1 - z) * s[i] + z * u[i], h[i], close);
      assertEquals(a[i] * z, gateDelta[i], close);
      assertEquals(a[i] * ((double) u[i] - s[i]) * z * (1 - z), gateDelta[n + i], close);
      assertEquals(a[i] * (1 - z), adjoint[i], close);
    }
    float[] decay = Values.ORDINARY.draw(random, 4 * n);
    float[] traces = Values.ORDINARY.draw(random, 2 * n);
    float[] advanced = traces.clone();
    float[] gradient = new float[2 * n];
    kernels.advanceTraces(2, decay, 0, u, 0, n, new float[] {0.7f}, 0, 1, advanced, 0, 1, n);
    kernels.creditTraces(2, true, a, 0, traces, 0, 1, gradient, 0, 2 * n, n);
    for (int i = 0; i < n; i++) {
      double first = traces[i];
      double second = traces[n + i];
      assertEquals(decay[i] * first + decay[n + i] * second + 0.7f * u[i], advanced[i], close);
      assertEquals(
          decay[2 * n + i] * first + decay[3 * n + i] * second + 0.7f * u[n + i],
          advanced[n + i],
          close);
      assertEquals(a[i] * first + a[n + i] * second, gradient[i], close);
      assertEquals(a[n + i] * first - a[i] * second, gradient[n + i], close);
    }
  }

  @ParameterizedTest
  @EnumSource(Implementation.class)
  void tracesOfThreePartsAndTurnedRealOnesAreRefused(Implementation implementation) {
    Kernels kernels = implementation.kernels();
    float[] x = new float[100];
    assertThrows(
        IllegalArgumentException.class,
        () -> kernels.advanceTraces(3, x, 0, x, 0, 3, x, 0, 1, new float[9], 0, 1, 3));
    assertThrows(
        IllegalArgumentException.class,
        () -> kernels.creditTraces(1, true, x, 0, x, 0, 1, new float[9], 0, 9, 3));
    assertThrows(
        IllegalArgumentException.class,
        () -> kernels.creditTraces(2, true, x, 0, x, 0, 2, new float[100], 0, 5, 3));
    assertThrows(
        IndexOutOfBoundsException.class,
        () ->
            kernels.rotationBackward(x, 0, x, 0, x, 0, new float[20], 0, new float[49], 0, 5, 10));
  }
}
