package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The products of a vector with a matrix whose columns are chains: vectors of columns in registers
 * while the rows go by. Arguments have been checked.
 */
final class VectorColumns {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int WIDTH = FLOATS.length();

  /** Floats of a page of memory: rows at least this long are read along the row, eight at once. */
  private static final int PAGE = 1024;

  private VectorColumns() {}

  /** y ← y + Aᵀ x with the rows of A at a stride. */
  static void vectorMatrixAdd(
      float[] x, int xAt, float[] a, int aAt, int aRow, float[] y, int yAt, int rows, int columns) {
    if (columns >= PAGE) {
      int i = 0;
      for (; i + 8 <= rows; i += 8) {
        eightRows(x, xAt + i, a, aAt + i * aRow, aRow, y, yAt, columns);
      }
      for (; i < rows; i++) {
        VectorProducts.axpy(x[xAt + i], a, aAt + i * aRow, y, yAt, columns);
      }
      return;
    }
    int whole = FLOATS.loopBound(columns);
    int j = 0;
    for (; j + 8 * WIDTH <= whole; j += 8 * WIDTH) {
      eightColumns(x, xAt, a, aAt + j, aRow, y, yAt + j, rows);
    }
    // Four vectors that are not all needed take the last columns too, by a vector that steps back
    // over columns of the same four.
    int end = whole / WIDTH % 4 == 0 ? whole : columns;
    for (; j < whole; j += 4 * WIDTH) {
      int last = end - WIDTH - j;
      fourColumns(
          x,
          xAt,
          a,
          aAt + j,
          aRow,
          y,
          yAt + j,
          rows,
          Math.min(WIDTH, last),
          Math.min(2 * WIDTH, last),
          Math.min(3 * WIDTH, last));
    }
    if (end < columns) {
      raggedColumns(x, xAt, a, aAt + whole, aRow, y, yAt + whole, rows, columns - whole);
    }
  }

  private static void eightRows(
      float[] x, int xAt, float[] a, int a0, int aRow, float[] y, int yAt, int columns) {
    int a1 = a0 + aRow;
    int a2 = a1 + aRow;
    int a3 = a2 + aRow;
    int a4 = a3 + aRow;
    int a5 = a4 + aRow;
    int a6 = a5 + aRow;
    int a7 = a6 + aRow;
    FloatVector x0 = FloatVector.broadcast(FLOATS, x[xAt]);
    FloatVector x1 = FloatVector.broadcast(FLOATS, x[xAt + 1]);
    FloatVector x2 = FloatVector.broadcast(FLOATS, x[xAt + 2]);
    FloatVector x3 = FloatVector.broadcast(FLOATS, x[xAt + 3]);
    FloatVector x4 = FloatVector.broadcast(FLOATS, x[xAt + 4]);
    FloatVector x5 = FloatVector.broadcast(FLOATS, x[xAt + 5]);
    FloatVector x6 = FloatVector.broadcast(FLOATS, x[xAt + 6]);
    FloatVector x7 = FloatVector.broadcast(FLOATS, x[xAt + 7]);
    int bound = FLOATS.loopBound(columns);
    for (int j = 0; j < bound; j += WIDTH) {
      FloatVector sum = FloatVector.fromArray(FLOATS, y, yAt + j);
      sum = x0.fma(FloatVector.fromArray(FLOATS, a, a0 + j), sum);
      sum = x1.fma(FloatVector.fromArray(FLOATS, a, a1 + j), sum);
      sum = x2.fma(FloatVector.fromArray(FLOATS, a, a2 + j), sum);
      sum = x3.fma(FloatVector.fromArray(FLOATS, a, a3 + j), sum);
      sum = x4.fma(FloatVector.fromArray(FLOATS, a, a4 + j), sum);
      sum = x5.fma(FloatVector.fromArray(FLOATS, a, a5 + j), sum);
      sum = x6.fma(FloatVector.fromArray(FLOATS, a, a6 + j), sum);
      sum = x7.fma(FloatVector.fromArray(FLOATS, a, a7 + j), sum);
      sum.intoArray(y, yAt + j);
    }
    for (int i = 0; i < 8; i++) {
      for (int j = bound; j < columns; j++) {
        y[yAt + j] = Math.fma(x[xAt + i], a[a0 + i * aRow + j], y[yAt + j]);
      }
    }
  }

  private static void eightColumns(
      float[] x, int xAt, float[] a, int aAt, int aRow, float[] y, int yAt, int rows) {
    FloatVector s0 = FloatVector.fromArray(FLOATS, y, yAt);
    FloatVector s1 = FloatVector.fromArray(FLOATS, y, yAt + WIDTH);
    FloatVector s2 = FloatVector.fromArray(FLOATS, y, yAt + 2 * WIDTH);
    FloatVector s3 = FloatVector.fromArray(FLOATS, y, yAt + 3 * WIDTH);
    FloatVector s4 = FloatVector.fromArray(FLOATS, y, yAt + 4 * WIDTH);
    FloatVector s5 = FloatVector.fromArray(FLOATS, y, yAt + 5 * WIDTH);
    FloatVector s6 = FloatVector.fromArray(FLOATS, y, yAt + 6 * WIDTH);
    FloatVector s7 = FloatVector.fromArray(FLOATS, y, yAt + 7 * WIDTH);
    int at = aAt;
    for (int i = 0; i < rows; i++) {
      FloatVector factor = FloatVector.broadcast(FLOATS, x[xAt + i]);
      s0 = factor.fma(FloatVector.fromArray(FLOATS, a, at), s0);
      s1 = factor.fma(FloatVector.fromArray(FLOATS, a, at + WIDTH), s1);
      s2 = factor.fma(FloatVector.fromArray(FLOATS, a, at + 2 * WIDTH), s2);
      s3 = factor.fma(FloatVector.fromArray(FLOATS, a, at + 3 * WIDTH), s3);
      s4 = factor.fma(FloatVector.fromArray(FLOATS, a, at + 4 * WIDTH), s4);
      s5 = factor.fma(FloatVector.fromArray(FLOATS, a, at + 5 * WIDTH), s5);
      s6 = factor.fma(FloatVector.fromArray(FLOATS, a, at + 6 * WIDTH), s6);
      s7 = factor.fma(FloatVector.fromArray(FLOATS, a, at + 7 * WIDTH), s7);
      at += aRow;
    }
    s0.intoArray(y, yAt);
    s1.intoArray(y, yAt + WIDTH);
    s2.intoArray(y, yAt + 2 * WIDTH);
    s3.intoArray(y, yAt + 3 * WIDTH);
    s4.intoArray(y, yAt + 4 * WIDTH);
    s5.intoArray(y, yAt + 5 * WIDTH);
    s6.intoArray(y, yAt + 6 * WIDTH);
    s7.intoArray(y, yAt + 7 * WIDTH);
  }

  /**
   * Four vectors of columns at 0, j1, j2 and j3, some of them perhaps the same or overlapping: they
   * then write the same bits.
   */
  private static void fourColumns(
      float[] x,
      int xAt,
      float[] a,
      int aAt,
      int aRow,
      float[] y,
      int yAt,
      int rows,
      int j1,
      int j2,
      int j3) {
    FloatVector s0 = FloatVector.fromArray(FLOATS, y, yAt);
    FloatVector s1 = FloatVector.fromArray(FLOATS, y, yAt + j1);
    FloatVector s2 = FloatVector.fromArray(FLOATS, y, yAt + j2);
    FloatVector s3 = FloatVector.fromArray(FLOATS, y, yAt + j3);
    int at = aAt;
    for (int i = 0; i < rows; i++) {
      FloatVector factor = FloatVector.broadcast(FLOATS, x[xAt + i]);
      s0 = factor.fma(FloatVector.fromArray(FLOATS, a, at), s0);
      s1 = factor.fma(FloatVector.fromArray(FLOATS, a, at + j1), s1);
      s2 = factor.fma(FloatVector.fromArray(FLOATS, a, at + j2), s2);
      s3 = factor.fma(FloatVector.fromArray(FLOATS, a, at + j3), s3);
      at += aRow;
    }
    s0.intoArray(y, yAt);
    s1.intoArray(y, yAt + j1);
    s2.intoArray(y, yAt + j2);
    s3.intoArray(y, yAt + j3);
  }

  private static void raggedColumns(
      float[] x, int xAt, float[] a, int aAt, int aRow, float[] y, int yAt, int rows, int columns) {
    VectorMask<Float> mask = FLOATS.indexInRange(0, columns);
    FloatVector sum = FloatVector.fromArray(FLOATS, y, yAt, mask);
    int at = aAt;
    for (int i = 0; i < rows; i++) {
      FloatVector factor = FloatVector.broadcast(FLOATS, x[xAt + i]);
      sum = factor.fma(FloatVector.fromArray(FLOATS, a, at, mask), sum);
      at += aRow;
    }
    sum.intoArray(y, yAt, mask);
  }
}
