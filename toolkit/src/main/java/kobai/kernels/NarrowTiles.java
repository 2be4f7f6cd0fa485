package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Register tiles for vectors of at most half a panel (256 bits or fewer, 16 registers): a tile is
 * two vectors that are neighbours in a panel row. 8 accumulators, two vectors of B and the
 * broadcasts of A are what fits without a spill. In {@link #rows} p runs over the first row of A
 * itself, which takes two integer registers fewer: what the compiler would spill otherwise, it
 * moves through the ports of the multipliers, which was seen to cost a tenth of the speed.
 */
final class NarrowTiles {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int WIDTH = FLOATS.length();
  private static final int PANEL = Kernels.PANEL;
  private static final int STRIP = Kernels.STRIP;

  private NarrowTiles() {}

  /** Rows of A at a stride, 4 at a time (m is a multiple), times the two vectors at b0. */
  static void rows(
      int m,
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
    int c1 = c0 + cRow;
    int c2 = c1 + cRow;
    int c3 = c2 + cRow;
    int t1 = t0 + startRow;
    int t2 = t1 + startRow;
    int t3 = t2 + startRow;
    FloatVector s00 = FloatVector.fromArray(FLOATS, start, t0);
    FloatVector s01 = FloatVector.fromArray(FLOATS, start, t0 + WIDTH);
    FloatVector s10 = FloatVector.fromArray(FLOATS, start, t1);
    FloatVector s11 = FloatVector.fromArray(FLOATS, start, t1 + WIDTH);
    FloatVector s20 = FloatVector.fromArray(FLOATS, start, t2);
    FloatVector s21 = FloatVector.fromArray(FLOATS, start, t2 + WIDTH);
    FloatVector s30 = FloatVector.fromArray(FLOATS, start, t3);
    FloatVector s31 = FloatVector.fromArray(FLOATS, start, t3 + WIDTH);
    int twoRows = 2 * aRow;
    int threeRows = 3 * aRow;
    int shift = b0 - a0 * PANEL;
    int end = a0 + k;
    for (int p = a0; p < end; p++) {
      FloatVector y0 = FloatVector.fromArray(FLOATS, b, shift + p * PANEL);
      FloatVector y1 = FloatVector.fromArray(FLOATS, b, shift + p * PANEL + WIDTH);
      FloatVector x = FloatVector.broadcast(FLOATS, a[p]);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      x = FloatVector.broadcast(FLOATS, a[p + aRow]);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      x = FloatVector.broadcast(FLOATS, a[p + twoRows]);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      x = FloatVector.broadcast(FLOATS, a[p + threeRows]);
      s30 = x.fma(y0, s30);
      s31 = x.fma(y1, s31);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + WIDTH);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + WIDTH);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + WIDTH);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + WIDTH);
  }

  /** Two rows of A times two vectors of each of two panels. */
  static void pair(
      int k,
      float[] a,
      int a0,
      int a1,
      float[] b,
      int b0,
      int b1,
      float[] start,
      int startAt,
      int startRow,
      float[] c,
      int c0,
      int c1,
      int j1) {
    FloatVector s00l = FloatVector.fromArray(FLOATS, start, startAt);
    FloatVector s00h = FloatVector.fromArray(FLOATS, start, startAt + WIDTH);
    FloatVector s01l = FloatVector.fromArray(FLOATS, start, startAt + j1);
    FloatVector s01h = FloatVector.fromArray(FLOATS, start, startAt + j1 + WIDTH);
    FloatVector s10l = FloatVector.fromArray(FLOATS, start, startAt + startRow);
    FloatVector s10h = FloatVector.fromArray(FLOATS, start, startAt + startRow + WIDTH);
    FloatVector s11l = FloatVector.fromArray(FLOATS, start, startAt + startRow + j1);
    FloatVector s11h = FloatVector.fromArray(FLOATS, start, startAt + startRow + j1 + WIDTH);
    for (int p = 0; p < k; p++) {
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[a0 + p]);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[a1 + p]);
      FloatVector y = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL);
      s00l = x0.fma(y, s00l);
      s10l = x1.fma(y, s10l);
      y = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL + WIDTH);
      s00h = x0.fma(y, s00h);
      s10h = x1.fma(y, s10h);
      y = FloatVector.fromArray(FLOATS, b, b1 + p * PANEL);
      s01l = x0.fma(y, s01l);
      s11l = x1.fma(y, s11l);
      y = FloatVector.fromArray(FLOATS, b, b1 + p * PANEL + WIDTH);
      s01h = x0.fma(y, s01h);
      s11h = x1.fma(y, s11h);
    }
    s00l.intoArray(c, c0);
    s00h.intoArray(c, c0 + WIDTH);
    s01l.intoArray(c, c0 + j1);
    s01h.intoArray(c, c0 + j1 + WIDTH);
    s10l.intoArray(c, c1);
    s10h.intoArray(c, c1 + WIDTH);
    s11l.intoArray(c, c1 + j1);
    s11h.intoArray(c, c1 + j1 + WIDTH);
  }

  /** One row of A times two vectors of each of four panels. */
  static void single(
      int k,
      float[] a,
      int a0,
      float[] b,
      int b0,
      int b1,
      int b2,
      int b3,
      float[] start,
      int startAt,
      float[] c,
      int c0,
      int j1,
      int j2,
      int j3) {
    FloatVector s0l = FloatVector.fromArray(FLOATS, start, startAt);
    FloatVector s0h = FloatVector.fromArray(FLOATS, start, startAt + WIDTH);
    FloatVector s1l = FloatVector.fromArray(FLOATS, start, startAt + j1);
    FloatVector s1h = FloatVector.fromArray(FLOATS, start, startAt + j1 + WIDTH);
    FloatVector s2l = FloatVector.fromArray(FLOATS, start, startAt + j2);
    FloatVector s2h = FloatVector.fromArray(FLOATS, start, startAt + j2 + WIDTH);
    FloatVector s3l = FloatVector.fromArray(FLOATS, start, startAt + j3);
    FloatVector s3h = FloatVector.fromArray(FLOATS, start, startAt + j3 + WIDTH);
    for (int p = 0; p < k; p++) {
      FloatVector x = FloatVector.broadcast(FLOATS, a[a0 + p]);
      s0l = x.fma(FloatVector.fromArray(FLOATS, b, b0 + p * PANEL), s0l);
      s0h = x.fma(FloatVector.fromArray(FLOATS, b, b0 + p * PANEL + WIDTH), s0h);
      s1l = x.fma(FloatVector.fromArray(FLOATS, b, b1 + p * PANEL), s1l);
      s1h = x.fma(FloatVector.fromArray(FLOATS, b, b1 + p * PANEL + WIDTH), s1h);
      s2l = x.fma(FloatVector.fromArray(FLOATS, b, b2 + p * PANEL), s2l);
      s2h = x.fma(FloatVector.fromArray(FLOATS, b, b2 + p * PANEL + WIDTH), s2h);
      s3l = x.fma(FloatVector.fromArray(FLOATS, b, b3 + p * PANEL), s3l);
      s3h = x.fma(FloatVector.fromArray(FLOATS, b, b3 + p * PANEL + WIDTH), s3h);
    }
    s0l.intoArray(c, c0);
    s0h.intoArray(c, c0 + WIDTH);
    s1l.intoArray(c, c0 + j1);
    s1h.intoArray(c, c0 + j1 + WIDTH);
    s2l.intoArray(c, c0 + j2);
    s2h.intoArray(c, c0 + j2 + WIDTH);
    s3l.intoArray(c, c0 + j3);
    s3h.intoArray(c, c0 + j3 + WIDTH);
  }

  /**
   * Half strips of A times the two vectors at b0. Of a last one that is not full the padded rows
   * are stored first, where the last row is stored over them.
   */
  static void halfStrips(
      int m,
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
      halfStripsTile(
          Math.min(3, m - 1 - i),
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

  private static void halfStripsTile(
      int last,
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
    int c1 = c0 + Math.min(1, last) * cRow;
    int c2 = c0 + Math.min(2, last) * cRow;
    int c3 = c0 + Math.min(3, last) * cRow;
    int t1 = t0 + Math.min(1, last) * startRow;
    int t2 = t0 + Math.min(2, last) * startRow;
    int t3 = t0 + Math.min(3, last) * startRow;
    FloatVector s00 = FloatVector.fromArray(FLOATS, start, t0);
    FloatVector s01 = FloatVector.fromArray(FLOATS, start, t0 + WIDTH);
    FloatVector s10 = FloatVector.fromArray(FLOATS, start, t1);
    FloatVector s11 = FloatVector.fromArray(FLOATS, start, t1 + WIDTH);
    FloatVector s20 = FloatVector.fromArray(FLOATS, start, t2);
    FloatVector s21 = FloatVector.fromArray(FLOATS, start, t2 + WIDTH);
    FloatVector s30 = FloatVector.fromArray(FLOATS, start, t3);
    FloatVector s31 = FloatVector.fromArray(FLOATS, start, t3 + WIDTH);
    for (int p = 0; p < k; p++) {
      FloatVector y0 = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL);
      FloatVector y1 = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL + WIDTH);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at + p * STRIP]);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 1]);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 2]);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 3]);
      s30 = x.fma(y0, s30);
      s31 = x.fma(y1, s31);
    }
    s31.intoArray(c, c3 + WIDTH);
    s30.intoArray(c, c3);
    s21.intoArray(c, c2 + WIDTH);
    s20.intoArray(c, c2);
    s11.intoArray(c, c1 + WIDTH);
    s10.intoArray(c, c1);
    s01.intoArray(c, c0 + WIDTH);
    s00.intoArray(c, c0);
  }
}
