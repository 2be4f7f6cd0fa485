package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Kernels#traceStep} on vectors. Four rows at a time share the loads of the coefficients, so
 * that a pass is bound by reading and writing trace and gradient.
 */
final class VectorTraces {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int WIDTH = FLOATS.length();
  private static final int ROWS = 4;

  private VectorTraces() {}

  static void step(
      float[] x,
      int xAt,
      float[] coefficients,
      int at,
      int rows,
      int columns,
      float[] trace,
      int traceAt,
      float[] gradient,
      int gradientAt,
      int gradientRow) {
    int whole = FLOATS.loopBound(columns);
    int j = 0;
    for (; j + ROWS <= rows; j += ROWS) {
      fourRows(
          x,
          xAt + j,
          coefficients,
          at,
          columns,
          trace,
          traceAt + j * columns,
          gradient,
          gradientAt + j * gradientRow,
          gradientRow);
    }
    for (; j < rows; j++) {
      oneRow(
          x[xAt + j],
          coefficients,
          at,
          columns,
          trace,
          traceAt + j * columns,
          gradient,
          gradientAt + j * gradientRow);
    }
    if (whole < columns) {
      for (j = 0; j < rows; j++) {
        rest(
            x[xAt + j],
            coefficients,
            at,
            whole,
            columns,
            trace,
            traceAt + j * columns,
            gradient,
            gradientAt + j * gradientRow);
      }
    }
  }

  private static void fourRows(
      float[] x,
      int xAt,
      float[] coefficients,
      int at,
      int columns,
      float[] trace,
      int traceAt,
      float[] gradient,
      int gradientAt,
      int gradientRow) {
    FloatVector x0 = FloatVector.broadcast(FLOATS, x[xAt]);
    FloatVector x1 = FloatVector.broadcast(FLOATS, x[xAt + 1]);
    FloatVector x2 = FloatVector.broadcast(FLOATS, x[xAt + 2]);
    FloatVector x3 = FloatVector.broadcast(FLOATS, x[xAt + 3]);
    int g1 = gradientAt + gradientRow;
    int g2 = g1 + gradientRow;
    int g3 = g2 + gradientRow;
    int t1 = traceAt + columns;
    int t2 = t1 + columns;
    int t3 = t2 + columns;
    int bound = FLOATS.loopBound(columns);
    for (int i = 0; i < bound; i += WIDTH) {
      FloatVector decay = FloatVector.fromArray(FLOATS, coefficients, at + i);
      FloatVector gain = FloatVector.fromArray(FLOATS, coefficients, at + columns + i);
      FloatVector weight = FloatVector.fromArray(FLOATS, coefficients, at + 2 * columns + i);
      FloatVector credit = FloatVector.fromArray(FLOATS, coefficients, at + 3 * columns + i);
      FloatVector b0 = FloatVector.fromArray(FLOATS, trace, traceAt + i);
      FloatVector b1 = FloatVector.fromArray(FLOATS, trace, t1 + i);
      FloatVector b2 = FloatVector.fromArray(FLOATS, trace, t2 + i);
      FloatVector b3 = FloatVector.fromArray(FLOATS, trace, t3 + i);
      x0.fma(gain, b0.mul(decay)).intoArray(trace, traceAt + i);
      x1.fma(gain, b1.mul(decay)).intoArray(trace, t1 + i);
      x2.fma(gain, b2.mul(decay)).intoArray(trace, t2 + i);
      x3.fma(gain, b3.mul(decay)).intoArray(trace, t3 + i);
      FloatVector old0 = FloatVector.fromArray(FLOATS, gradient, gradientAt + i);
      FloatVector old1 = FloatVector.fromArray(FLOATS, gradient, g1 + i);
      FloatVector old2 = FloatVector.fromArray(FLOATS, gradient, g2 + i);
      FloatVector old3 = FloatVector.fromArray(FLOATS, gradient, g3 + i);
      x0.fma(credit, weight.fma(b0, old0)).intoArray(gradient, gradientAt + i);
      x1.fma(credit, weight.fma(b1, old1)).intoArray(gradient, g1 + i);
      x2.fma(credit, weight.fma(b2, old2)).intoArray(gradient, g2 + i);
      x3.fma(credit, weight.fma(b3, old3)).intoArray(gradient, g3 + i);
    }
  }

  private static void oneRow(
      float source,
      float[] coefficients,
      int at,
      int columns,
      float[] trace,
      int traceAt,
      float[] gradient,
      int gradientAt) {
    FloatVector x = FloatVector.broadcast(FLOATS, source);
    int bound = FLOATS.loopBound(columns);
    for (int i = 0; i < bound; i += WIDTH) {
      FloatVector decay = FloatVector.fromArray(FLOATS, coefficients, at + i);
      FloatVector gain = FloatVector.fromArray(FLOATS, coefficients, at + columns + i);
      FloatVector weight = FloatVector.fromArray(FLOATS, coefficients, at + 2 * columns + i);
      FloatVector credit = FloatVector.fromArray(FLOATS, coefficients, at + 3 * columns + i);
      FloatVector before = FloatVector.fromArray(FLOATS, trace, traceAt + i);
      FloatVector old = FloatVector.fromArray(FLOATS, gradient, gradientAt + i);
      x.fma(gain, before.mul(decay)).intoArray(trace, traceAt + i);
      x.fma(credit, weight.fma(before, old)).intoArray(gradient, gradientAt + i);
    }
  }

  /** The columns of a row that do not fill a vector. */
  private static void rest(
      float x,
      float[] coefficients,
      int at,
      int first,
      int columns,
      float[] trace,
      int traceAt,
      float[] gradient,
      int gradientAt) {
    for (int i = first; i < columns; i++) {
      float before = trace[traceAt + i];
      float old = gradient[gradientAt + i];
      gradient[gradientAt + i] =
          Math.fma(
              x,
              coefficients[at + 3 * columns + i],
              Math.fma(coefficients[at + 2 * columns + i], before, old));
      trace[traceAt + i] =
          Math.fma(x, coefficients[at + columns + i], coefficients[at + i] * before);
    }
  }

  /**
   * {@link Kernels#rankOne}, four rows at a time. What is overwritten is read all the same: stores
   * that miss the first-level cache cost more than loads do, which the processor sees coming.
   */
  static void rankOne(
      float[] x, int xAt, float[] y, int yAt, float[] a, int aAt, int rows, int columns) {
    VectorMask<Float> none = FLOATS.maskAll(false);
    FloatVector zero = FloatVector.zero(FLOATS);
    int whole = rows - rows % ROWS;
    int bound = FLOATS.loopBound(columns);
    for (int j = 0; j < whole; j += ROWS) {
      FloatVector x0 = FloatVector.broadcast(FLOATS, x[xAt + j]);
      FloatVector x1 = FloatVector.broadcast(FLOATS, x[xAt + j + 1]);
      FloatVector x2 = FloatVector.broadcast(FLOATS, x[xAt + j + 2]);
      FloatVector x3 = FloatVector.broadcast(FLOATS, x[xAt + j + 3]);
      int a0 = aAt + j * columns;
      int a1 = a0 + columns;
      int a2 = a1 + columns;
      int a3 = a2 + columns;
      for (int i = 0; i < bound; i += WIDTH) {
        FloatVector v = FloatVector.fromArray(FLOATS, y, yAt + i);
        FloatVector z0 = zero.blend(FloatVector.fromArray(FLOATS, a, a0 + i), none);
        FloatVector z1 = zero.blend(FloatVector.fromArray(FLOATS, a, a1 + i), none);
        FloatVector z2 = zero.blend(FloatVector.fromArray(FLOATS, a, a2 + i), none);
        FloatVector z3 = zero.blend(FloatVector.fromArray(FLOATS, a, a3 + i), none);
        x0.fma(v, z0).intoArray(a, a0 + i);
        x1.fma(v, z1).intoArray(a, a1 + i);
        x2.fma(v, z2).intoArray(a, a2 + i);
        x3.fma(v, z3).intoArray(a, a3 + i);
      }
    }
    for (int j = 0; j < rows; j++) {
      int at = aAt + j * columns;
      for (int i = j < whole ? bound : 0; i < columns; i++) {
        a[at + i] = Math.fma(x[xAt + j], y[yAt + i], 0f);
      }
    }
  }
}
