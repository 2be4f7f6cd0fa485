package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Register tiles for vectors as wide as a panel (512 bits, 32 registers): a vector is one panel
 * row. Each tile holds its part of C in registers while k runs; the loop over k is left to the
 * compiler (unrolled by hand it spills), and the loop over row blocks is inside, so that the panels
 * stay in the first-level cache.
 */
final class WideTiles {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int PANEL = Kernels.PANEL;
  private static final int STRIP = Kernels.STRIP;

  private WideTiles() {}

  /**
   * Rows of A at a stride (m is a multiple of 4 from 8 on) times the two panels at b0 and b1: 12 at
   * a time, which spends the fewest address computations on a product, after what 8 take of them.
   */
  static void rows(
      int m,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int b0,
      int b1,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    int eights = m / 4 * 2 % 3 * 8; // the fewest rows by 8 that leave a multiple of 12
    int i = 0;
    for (; i < eights; i += 8) {
      eightRows(k, a, aAt + i * aRow, aRow, b, b0, b1, c, cAt + i * cRow, cRow, add);
    }
    for (; i < m; i += 12) {
      twelveRows(k, a, aAt + i * aRow, aRow, b, b0, b1, c, cAt + i * cRow, cRow, add);
    }
  }

  private static void twelveRows(
      int k,
      float[] a,
      int a0,
      int aRow,
      float[] b,
      int b0,
      int b1,
      float[] c,
      int c0,
      int cRow,
      boolean add) {
    int a1 = a0 + aRow;
    int a2 = a1 + aRow;
    int a3 = a2 + aRow;
    int a4 = a3 + aRow;
    int a5 = a4 + aRow;
    int a6 = a5 + aRow;
    int a7 = a6 + aRow;
    int a8 = a7 + aRow;
    int a9 = a8 + aRow;
    int a10 = a9 + aRow;
    int a11 = a10 + aRow;
    int c1 = c0 + cRow;
    int c2 = c1 + cRow;
    int c3 = c2 + cRow;
    int c4 = c3 + cRow;
    int c5 = c4 + cRow;
    int c6 = c5 + cRow;
    int c7 = c6 + cRow;
    int c8 = c7 + cRow;
    int c9 = c8 + cRow;
    int c10 = c9 + cRow;
    int c11 = c10 + cRow;
    FloatVector s0a = start(add, c, c0);
    FloatVector s0b = start(add, c, c0 + PANEL);
    FloatVector s1a = start(add, c, c1);
    FloatVector s1b = start(add, c, c1 + PANEL);
    FloatVector s2a = start(add, c, c2);
    FloatVector s2b = start(add, c, c2 + PANEL);
    FloatVector s3a = start(add, c, c3);
    FloatVector s3b = start(add, c, c3 + PANEL);
    FloatVector s4a = start(add, c, c4);
    FloatVector s4b = start(add, c, c4 + PANEL);
    FloatVector s5a = start(add, c, c5);
    FloatVector s5b = start(add, c, c5 + PANEL);
    FloatVector s6a = start(add, c, c6);
    FloatVector s6b = start(add, c, c6 + PANEL);
    FloatVector s7a = start(add, c, c7);
    FloatVector s7b = start(add, c, c7 + PANEL);
    FloatVector s8a = start(add, c, c8);
    FloatVector s8b = start(add, c, c8 + PANEL);
    FloatVector s9a = start(add, c, c9);
    FloatVector s9b = start(add, c, c9 + PANEL);
    FloatVector s10a = start(add, c, c10);
    FloatVector s10b = start(add, c, c10 + PANEL);
    FloatVector s11a = start(add, c, c11);
    FloatVector s11b = start(add, c, c11 + PANEL);
    for (int p = 0; p < k; p++) {
      FloatVector y0 = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL);
      FloatVector y1 = FloatVector.fromArray(FLOATS, b, b1 + p * PANEL);
      FloatVector x = FloatVector.broadcast(FLOATS, a[a0 + p]);
      s0a = x.fma(y0, s0a);
      s0b = x.fma(y1, s0b);
      x = FloatVector.broadcast(FLOATS, a[a1 + p]);
      s1a = x.fma(y0, s1a);
      s1b = x.fma(y1, s1b);
      x = FloatVector.broadcast(FLOATS, a[a2 + p]);
      s2a = x.fma(y0, s2a);
      s2b = x.fma(y1, s2b);
      x = FloatVector.broadcast(FLOATS, a[a3 + p]);
      s3a = x.fma(y0, s3a);
      s3b = x.fma(y1, s3b);
      x = FloatVector.broadcast(FLOATS, a[a4 + p]);
      s4a = x.fma(y0, s4a);
      s4b = x.fma(y1, s4b);
      x = FloatVector.broadcast(FLOATS, a[a5 + p]);
      s5a = x.fma(y0, s5a);
      s5b = x.fma(y1, s5b);
      x = FloatVector.broadcast(FLOATS, a[a6 + p]);
      s6a = x.fma(y0, s6a);
      s6b = x.fma(y1, s6b);
      x = FloatVector.broadcast(FLOATS, a[a7 + p]);
      s7a = x.fma(y0, s7a);
      s7b = x.fma(y1, s7b);
      x = FloatVector.broadcast(FLOATS, a[a8 + p]);
      s8a = x.fma(y0, s8a);
      s8b = x.fma(y1, s8b);
      x = FloatVector.broadcast(FLOATS, a[a9 + p]);
      s9a = x.fma(y0, s9a);
      s9b = x.fma(y1, s9b);
      x = FloatVector.broadcast(FLOATS, a[a10 + p]);
      s10a = x.fma(y0, s10a);
      s10b = x.fma(y1, s10b);
      x = FloatVector.broadcast(FLOATS, a[a11 + p]);
      s11a = x.fma(y0, s11a);
      s11b = x.fma(y1, s11b);
    }
    s0a.intoArray(c, c0);
    s0b.intoArray(c, c0 + PANEL);
    s1a.intoArray(c, c1);
    s1b.intoArray(c, c1 + PANEL);
    s2a.intoArray(c, c2);
    s2b.intoArray(c, c2 + PANEL);
    s3a.intoArray(c, c3);
    s3b.intoArray(c, c3 + PANEL);
    s4a.intoArray(c, c4);
    s4b.intoArray(c, c4 + PANEL);
    s5a.intoArray(c, c5);
    s5b.intoArray(c, c5 + PANEL);
    s6a.intoArray(c, c6);
    s6b.intoArray(c, c6 + PANEL);
    s7a.intoArray(c, c7);
    s7b.intoArray(c, c7 + PANEL);
    s8a.intoArray(c, c8);
    s8b.intoArray(c, c8 + PANEL);
    s9a.intoArray(c, c9);
    s9b.intoArray(c, c9 + PANEL);
    s10a.intoArray(c, c10);
    s10b.intoArray(c, c10 + PANEL);
    s11a.intoArray(c, c11);
    s11b.intoArray(c, c11 + PANEL);
  }

  private static void eightRows(
      int k,
      float[] a,
      int a0,
      int aRow,
      float[] b,
      int b0,
      int b1,
      float[] c,
      int c0,
      int cRow,
      boolean add) {
    int d1 = aRow;
    int d2 = d1 + aRow;
    int d3 = d2 + aRow;
    int d4 = d3 + aRow;
    int d5 = d4 + aRow;
    int d6 = d5 + aRow;
    int d7 = d6 + aRow;
    int c1 = c0 + cRow;
    int c2 = c1 + cRow;
    int c3 = c2 + cRow;
    int c4 = c3 + cRow;
    int c5 = c4 + cRow;
    int c6 = c5 + cRow;
    int c7 = c6 + cRow;
    FloatVector s00 = start(add, c, c0);
    FloatVector s01 = start(add, c, c0 + PANEL);
    FloatVector s10 = start(add, c, c1);
    FloatVector s11 = start(add, c, c1 + PANEL);
    FloatVector s20 = start(add, c, c2);
    FloatVector s21 = start(add, c, c2 + PANEL);
    FloatVector s30 = start(add, c, c3);
    FloatVector s31 = start(add, c, c3 + PANEL);
    FloatVector s40 = start(add, c, c4);
    FloatVector s41 = start(add, c, c4 + PANEL);
    FloatVector s50 = start(add, c, c5);
    FloatVector s51 = start(add, c, c5 + PANEL);
    FloatVector s60 = start(add, c, c6);
    FloatVector s61 = start(add, c, c6 + PANEL);
    FloatVector s70 = start(add, c, c7);
    FloatVector s71 = start(add, c, c7 + PANEL);
    int shift0 = b0 - a0 * PANEL; // as in NarrowTiles
    int shift1 = b1 - a0 * PANEL;
    int end = a0 + k;
    for (int p = a0; p < end; p++) {
      FloatVector y0 = FloatVector.fromArray(FLOATS, b, shift0 + p * PANEL);
      FloatVector y1 = FloatVector.fromArray(FLOATS, b, shift1 + p * PANEL);
      FloatVector x = FloatVector.broadcast(FLOATS, a[p]);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      x = FloatVector.broadcast(FLOATS, a[p + d1]);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      x = FloatVector.broadcast(FLOATS, a[p + d2]);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      x = FloatVector.broadcast(FLOATS, a[p + d3]);
      s30 = x.fma(y0, s30);
      s31 = x.fma(y1, s31);
      x = FloatVector.broadcast(FLOATS, a[p + d4]);
      s40 = x.fma(y0, s40);
      s41 = x.fma(y1, s41);
      x = FloatVector.broadcast(FLOATS, a[p + d5]);
      s50 = x.fma(y0, s50);
      s51 = x.fma(y1, s51);
      x = FloatVector.broadcast(FLOATS, a[p + d6]);
      s60 = x.fma(y0, s60);
      s61 = x.fma(y1, s61);
      x = FloatVector.broadcast(FLOATS, a[p + d7]);
      s70 = x.fma(y0, s70);
      s71 = x.fma(y1, s71);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + PANEL);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + PANEL);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + PANEL);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + PANEL);
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + PANEL);
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + PANEL);
    s60.intoArray(c, c6);
    s61.intoArray(c, c6 + PANEL);
    s70.intoArray(c, c7);
    s71.intoArray(c, c7 + PANEL);
  }

  /** Rows of A at a stride, 8 at a time (m is a multiple), times the panel at b0. */
  static void column(
      int m,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int b0,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    for (int i = 0; i < m; i += 8) {
      eightRowsColumn(k, a, aAt + i * aRow, aRow, b, b0, c, cAt + i * cRow, cRow, add);
    }
  }

  private static void eightRowsColumn(
      int k,
      float[] a,
      int a0,
      int aRow,
      float[] b,
      int b0,
      float[] c,
      int c0,
      int cRow,
      boolean add) {
    int a1 = a0 + aRow;
    int a2 = a1 + aRow;
    int a3 = a2 + aRow;
    int a4 = a3 + aRow;
    int a5 = a4 + aRow;
    int a6 = a5 + aRow;
    int a7 = a6 + aRow;
    int c1 = c0 + cRow;
    int c2 = c1 + cRow;
    int c3 = c2 + cRow;
    int c4 = c3 + cRow;
    int c5 = c4 + cRow;
    int c6 = c5 + cRow;
    int c7 = c6 + cRow;
    FloatVector s0 = start(add, c, c0);
    FloatVector s1 = start(add, c, c1);
    FloatVector s2 = start(add, c, c2);
    FloatVector s3 = start(add, c, c3);
    FloatVector s4 = start(add, c, c4);
    FloatVector s5 = start(add, c, c5);
    FloatVector s6 = start(add, c, c6);
    FloatVector s7 = start(add, c, c7);
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
      x = FloatVector.broadcast(FLOATS, a[a4 + p]);
      s4 = x.fma(y0, s4);
      x = FloatVector.broadcast(FLOATS, a[a5 + p]);
      s5 = x.fma(y0, s5);
      x = FloatVector.broadcast(FLOATS, a[a6 + p]);
      s6 = x.fma(y0, s6);
      x = FloatVector.broadcast(FLOATS, a[a7 + p]);
      s7 = x.fma(y0, s7);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c1);
    s2.intoArray(c, c2);
    s3.intoArray(c, c3);
    s4.intoArray(c, c4);
    s5.intoArray(c, c5);
    s6.intoArray(c, c6);
    s7.intoArray(c, c7);
  }

  /** Two rows of A times four panels. */
  static void pair(
      int k,
      float[] a,
      int a0,
      int a1,
      float[] b,
      int b0,
      int b1,
      int b2,
      int b3,
      float[] c,
      int c0,
      int c1,
      int j1,
      int j2,
      int j3,
      boolean add) {
    FloatVector s00 = start(add, c, c0);
    FloatVector s01 = start(add, c, c0 + j1);
    FloatVector s02 = start(add, c, c0 + j2);
    FloatVector s03 = start(add, c, c0 + j3);
    FloatVector s10 = start(add, c, c1);
    FloatVector s11 = start(add, c, c1 + j1);
    FloatVector s12 = start(add, c, c1 + j2);
    FloatVector s13 = start(add, c, c1 + j3);
    for (int p = 0; p < k; p++) {
      FloatVector x0 = FloatVector.broadcast(FLOATS, a[a0 + p]);
      FloatVector x1 = FloatVector.broadcast(FLOATS, a[a1 + p]);
      FloatVector y = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL);
      s00 = x0.fma(y, s00);
      s10 = x1.fma(y, s10);
      y = FloatVector.fromArray(FLOATS, b, b1 + p * PANEL);
      s01 = x0.fma(y, s01);
      s11 = x1.fma(y, s11);
      y = FloatVector.fromArray(FLOATS, b, b2 + p * PANEL);
      s02 = x0.fma(y, s02);
      s12 = x1.fma(y, s12);
      y = FloatVector.fromArray(FLOATS, b, b3 + p * PANEL);
      s03 = x0.fma(y, s03);
      s13 = x1.fma(y, s13);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + j1);
    s02.intoArray(c, c0 + j2);
    s03.intoArray(c, c0 + j3);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + j1);
    s12.intoArray(c, c1 + j2);
    s13.intoArray(c, c1 + j3);
  }

  /** One row of A times four panels. */
  static void single(
      int k,
      float[] a,
      int a0,
      float[] b,
      int b0,
      int b1,
      int b2,
      int b3,
      float[] c,
      int c0,
      int j1,
      int j2,
      int j3,
      boolean add) {
    FloatVector s0 = start(add, c, c0);
    FloatVector s1 = start(add, c, c0 + j1);
    FloatVector s2 = start(add, c, c0 + j2);
    FloatVector s3 = start(add, c, c0 + j3);
    for (int p = 0; p < k; p++) {
      FloatVector x = FloatVector.broadcast(FLOATS, a[a0 + p]);
      s0 = x.fma(FloatVector.fromArray(FLOATS, b, b0 + p * PANEL), s0);
      s1 = x.fma(FloatVector.fromArray(FLOATS, b, b1 + p * PANEL), s1);
      s2 = x.fma(FloatVector.fromArray(FLOATS, b, b2 + p * PANEL), s2);
      s3 = x.fma(FloatVector.fromArray(FLOATS, b, b3 + p * PANEL), s3);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c0 + j1);
    s2.intoArray(c, c0 + j2);
    s3.intoArray(c, c0 + j3);
  }

  /**
   * Strips of A times two panels. Of a last strip that is not full the padded rows are stored
   * first, where the last row is stored over them.
   */
  static void strips(
      int m,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int b0,
      int b1,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    for (int i = 0; i < m; i += 8) {
      stripsTile(
          Math.min(7, m - 1 - i), k, a, aAt + i * k, b, b0, b1, c, cAt + i * cRow, cRow, add);
    }
  }

  private static void stripsTile(
      int last,
      int k,
      float[] a,
      int at,
      float[] b,
      int b0,
      int b1,
      float[] c,
      int c0,
      int cRow,
      boolean add) {
    int c1 = c0 + Math.min(1, last) * cRow;
    int c2 = c0 + Math.min(2, last) * cRow;
    int c3 = c0 + Math.min(3, last) * cRow;
    int c4 = c0 + Math.min(4, last) * cRow;
    int c5 = c0 + Math.min(5, last) * cRow;
    int c6 = c0 + Math.min(6, last) * cRow;
    int c7 = c0 + Math.min(7, last) * cRow;
    FloatVector s00 = start(add, c, c0);
    FloatVector s01 = start(add, c, c0 + PANEL);
    FloatVector s10 = start(add, c, c1);
    FloatVector s11 = start(add, c, c1 + PANEL);
    FloatVector s20 = start(add, c, c2);
    FloatVector s21 = start(add, c, c2 + PANEL);
    FloatVector s30 = start(add, c, c3);
    FloatVector s31 = start(add, c, c3 + PANEL);
    FloatVector s40 = start(add, c, c4);
    FloatVector s41 = start(add, c, c4 + PANEL);
    FloatVector s50 = start(add, c, c5);
    FloatVector s51 = start(add, c, c5 + PANEL);
    FloatVector s60 = start(add, c, c6);
    FloatVector s61 = start(add, c, c6 + PANEL);
    FloatVector s70 = start(add, c, c7);
    FloatVector s71 = start(add, c, c7 + PANEL);
    for (int p = 0; p < k; p++) {
      FloatVector y0 = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL);
      FloatVector y1 = FloatVector.fromArray(FLOATS, b, b1 + p * PANEL);
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
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 4]);
      s40 = x.fma(y0, s40);
      s41 = x.fma(y1, s41);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 5]);
      s50 = x.fma(y0, s50);
      s51 = x.fma(y1, s51);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 6]);
      s60 = x.fma(y0, s60);
      s61 = x.fma(y1, s61);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 7]);
      s70 = x.fma(y0, s70);
      s71 = x.fma(y1, s71);
    }
    s71.intoArray(c, c7 + PANEL);
    s70.intoArray(c, c7);
    s61.intoArray(c, c6 + PANEL);
    s60.intoArray(c, c6);
    s51.intoArray(c, c5 + PANEL);
    s50.intoArray(c, c5);
    s41.intoArray(c, c4 + PANEL);
    s40.intoArray(c, c4);
    s31.intoArray(c, c3 + PANEL);
    s30.intoArray(c, c3);
    s21.intoArray(c, c2 + PANEL);
    s20.intoArray(c, c2);
    s11.intoArray(c, c1 + PANEL);
    s10.intoArray(c, c1);
    s01.intoArray(c, c0 + PANEL);
    s00.intoArray(c, c0);
  }

  /** As {@link #strips}, times one panel: two full strips at a time. */
  static void stripsColumn(
      int m,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int b0,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    int i = 0;
    for (; i + 16 <= m; i += 16) {
      twoStripsTile(k, a, aAt + i * k, b, b0, c, cAt + i * cRow, cRow, add);
    }
    for (; i < m; i += 8) {
      oneStripTile(Math.min(7, m - 1 - i), k, a, aAt + i * k, b, b0, c, cAt + i * cRow, cRow, add);
    }
  }

  private static void twoStripsTile(
      int k, float[] a, int at, float[] b, int b0, float[] c, int c0, int cRow, boolean add) {
    int below = at + STRIP * k;
    int c1 = c0 + cRow;
    int c2 = c1 + cRow;
    int c3 = c2 + cRow;
    int c4 = c3 + cRow;
    int c5 = c4 + cRow;
    int c6 = c5 + cRow;
    int c7 = c6 + cRow;
    int c8 = c7 + cRow;
    int c9 = c8 + cRow;
    int c10 = c9 + cRow;
    int c11 = c10 + cRow;
    int c12 = c11 + cRow;
    int c13 = c12 + cRow;
    int c14 = c13 + cRow;
    int c15 = c14 + cRow;
    FloatVector s0 = start(add, c, c0);
    FloatVector s1 = start(add, c, c1);
    FloatVector s2 = start(add, c, c2);
    FloatVector s3 = start(add, c, c3);
    FloatVector s4 = start(add, c, c4);
    FloatVector s5 = start(add, c, c5);
    FloatVector s6 = start(add, c, c6);
    FloatVector s7 = start(add, c, c7);
    FloatVector s8 = start(add, c, c8);
    FloatVector s9 = start(add, c, c9);
    FloatVector s10 = start(add, c, c10);
    FloatVector s11 = start(add, c, c11);
    FloatVector s12 = start(add, c, c12);
    FloatVector s13 = start(add, c, c13);
    FloatVector s14 = start(add, c, c14);
    FloatVector s15 = start(add, c, c15);
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
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 4]);
      s4 = x.fma(y0, s4);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 5]);
      s5 = x.fma(y0, s5);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 6]);
      s6 = x.fma(y0, s6);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 7]);
      s7 = x.fma(y0, s7);
      x = FloatVector.broadcast(FLOATS, a[below + p * STRIP]);
      s8 = x.fma(y0, s8);
      x = FloatVector.broadcast(FLOATS, a[below + p * STRIP + 1]);
      s9 = x.fma(y0, s9);
      x = FloatVector.broadcast(FLOATS, a[below + p * STRIP + 2]);
      s10 = x.fma(y0, s10);
      x = FloatVector.broadcast(FLOATS, a[below + p * STRIP + 3]);
      s11 = x.fma(y0, s11);
      x = FloatVector.broadcast(FLOATS, a[below + p * STRIP + 4]);
      s12 = x.fma(y0, s12);
      x = FloatVector.broadcast(FLOATS, a[below + p * STRIP + 5]);
      s13 = x.fma(y0, s13);
      x = FloatVector.broadcast(FLOATS, a[below + p * STRIP + 6]);
      s14 = x.fma(y0, s14);
      x = FloatVector.broadcast(FLOATS, a[below + p * STRIP + 7]);
      s15 = x.fma(y0, s15);
    }
    s0.intoArray(c, c0);
    s1.intoArray(c, c1);
    s2.intoArray(c, c2);
    s3.intoArray(c, c3);
    s4.intoArray(c, c4);
    s5.intoArray(c, c5);
    s6.intoArray(c, c6);
    s7.intoArray(c, c7);
    s8.intoArray(c, c8);
    s9.intoArray(c, c9);
    s10.intoArray(c, c10);
    s11.intoArray(c, c11);
    s12.intoArray(c, c12);
    s13.intoArray(c, c13);
    s14.intoArray(c, c14);
    s15.intoArray(c, c15);
  }

  private static void oneStripTile(
      int last,
      int k,
      float[] a,
      int at,
      float[] b,
      int b0,
      float[] c,
      int c0,
      int cRow,
      boolean add) {
    int c1 = c0 + Math.min(1, last) * cRow;
    int c2 = c0 + Math.min(2, last) * cRow;
    int c3 = c0 + Math.min(3, last) * cRow;
    int c4 = c0 + Math.min(4, last) * cRow;
    int c5 = c0 + Math.min(5, last) * cRow;
    int c6 = c0 + Math.min(6, last) * cRow;
    int c7 = c0 + Math.min(7, last) * cRow;
    FloatVector s0 = start(add, c, c0);
    FloatVector s1 = start(add, c, c1);
    FloatVector s2 = start(add, c, c2);
    FloatVector s3 = start(add, c, c3);
    FloatVector s4 = start(add, c, c4);
    FloatVector s5 = start(add, c, c5);
    FloatVector s6 = start(add, c, c6);
    FloatVector s7 = start(add, c, c7);
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
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 4]);
      s4 = x.fma(y0, s4);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 5]);
      s5 = x.fma(y0, s5);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 6]);
      s6 = x.fma(y0, s6);
      x = FloatVector.broadcast(FLOATS, a[at + p * STRIP + 7]);
      s7 = x.fma(y0, s7);
    }
    s7.intoArray(c, c7);
    s6.intoArray(c, c6);
    s5.intoArray(c, c5);
    s4.intoArray(c, c4);
    s3.intoArray(c, c3);
    s2.intoArray(c, c2);
    s1.intoArray(c, c1);
    s0.intoArray(c, c0);
  }

  /** Where a chain starts. */
  private static FloatVector start(boolean add, float[] c, int at) {
    return add ? FloatVector.fromArray(FLOATS, c, at) : FloatVector.zero(FLOATS);
  }
}
