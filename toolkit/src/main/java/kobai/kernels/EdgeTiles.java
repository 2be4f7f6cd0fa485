package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of one vector of columns for what the large tiles leave over: ragged columns are masked,
 * ragged rows are computed as copies of the last row, which write the same bits to the same place.
 * 4 rows: with 6 or more the first-tier compiler gives up on so many masked loads and stores.
 */
final class EdgeTiles {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int PANEL = Kernels.PANEL;
  private static final int STRIP = Kernels.STRIP;

  private EdgeTiles() {}

  /** Any m rows of A at a stride times the first n columns of the vector at b0. */
  static void rows(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int b0,
      float[] start,
      int startAt,
      int startRow,
      float[] c,
      int cAt,
      int cRow) {
    for (int i = 0; i < m; i += 4) {
      rowsTile(
          Math.min(3, m - 1 - i),
          n,
          k,
          a,
          aAt + i * aRow,
          aRow,
          b,
          b0,
          start,
          startAt + i * startRow,
          startRow,
          c,
          cAt + i * cRow,
          cRow);
    }
  }

  private static void rowsTile(
      int last,
      int n,
      int k,
      float[] a,
      int a0,
      int aRow,
      float[] b,
      int b0,
      float[] start,
      int t0,
      int startRow,
      float[] c,
      int c0,
      int cRow) {
    VectorMask<Float> mask = FLOATS.indexInRange(0, n);
    int a1 = a0 + Math.min(1, last) * aRow;
    int a2 = a0 + Math.min(2, last) * aRow;
    int a3 = a0 + Math.min(3, last) * aRow;
    int c1 = c0 + Math.min(1, last) * cRow;
    int c2 = c0 + Math.min(2, last) * cRow;
    int c3 = c0 + Math.min(3, last) * cRow;
    int t1 = t0 + Math.min(1, last) * startRow;
    int t2 = t0 + Math.min(2, last) * startRow;
    int t3 = t0 + Math.min(3, last) * startRow;
    FloatVector s0 = FloatVector.fromArray(FLOATS, start, t0, mask);
    FloatVector s1 = FloatVector.fromArray(FLOATS, start, t1, mask);
    FloatVector s2 = FloatVector.fromArray(FLOATS, start, t2, mask);
    FloatVector s3 = FloatVector.fromArray(FLOATS, start, t3, mask);
    for (int p = 0; p < k; p++) {
      FloatVector y0 = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL);
      FloatVector x = FloatVector.broadcast(FLOATS, a[a0 + p]);
      s0 = x.fma(y0, s0);
      x = FloatVector.broadcast(FLOATS, a[a1 + p]);
      s1 = x.fma(y0, s1);
      x = FloatVector.broadcast(FLOATS, a[a2 + p]);
      s2 = x.fma(y0, s2);
      x = FloatVector.broadcast(FLOATS, a[a3 + p]);
      s3 = x.fma(y0, s3);
    }
    s0.intoArray(c, c0, mask);
    s1.intoArray(c, c1, mask);
    s2.intoArray(c, c2, mask);
    s3.intoArray(c, c3, mask);
  }

  /**
   * Half strips holding any m rows times the first n columns at b0; padded rows are stored first,
   * the last row over them.
   */
  static void strips(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int b0,
      float[] start,
      int startAt,
      int startRow,
      float[] c,
      int cAt,
      int cRow) {
    for (int i = 0; i < m; i += 4) {
      stripsTile(
          Math.min(3, m - 1 - i),
          n,
          k,
          a,
          aAt + i / STRIP * STRIP * k + i % STRIP,
          b,
          b0,
          start,
          startAt + i * startRow,
          startRow,
          c,
          cAt + i * cRow,
          cRow);
    }
  }

  private static void stripsTile(
      int last,
      int n,
      int k,
      float[] a,
      int at,
      float[] b,
      int b0,
      float[] start,
      int t0,
      int startRow,
      float[] c,
      int c0,
      int cRow) {
    VectorMask<Float> mask = FLOATS.indexInRange(0, n);
    int c1 = c0 + Math.min(1, last) * cRow;
    int c2 = c0 + Math.min(2, last) * cRow;
    int c3 = c0 + Math.min(3, last) * cRow;
    int t1 = t0 + Math.min(1, last) * startRow;
    int t2 = t0 + Math.min(2, last) * startRow;
    int t3 = t0 + Math.min(3, last) * startRow;
    FloatVector s0 = FloatVector.fromArray(FLOATS, start, t0, mask);
    FloatVector s1 = FloatVector.fromArray(FLOATS, start, t1, mask);
    FloatVector s2 = FloatVector.fromArray(FLOATS, start, t2, mask);
    FloatVector s3 = FloatVector.fromArray(FLOATS, start, t3, mask);
    for (int p = 0; p < k; p++) {
      FloatVector y0 = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at + p * STRIP]);
      s0 = x.fma(y0, s0);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 1]);
      s1 = x.fma(y0, s1);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 2]);
      s2 = x.fma(y0, s2);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 3]);
      s3 = x.fma(y0, s3);
    }
    s3.intoArray(c, c3, mask);
    s2.intoArray(c, c2, mask);
    s1.intoArray(c, c1, mask);
    s0.intoArray(c, c0, mask);
  }
}
