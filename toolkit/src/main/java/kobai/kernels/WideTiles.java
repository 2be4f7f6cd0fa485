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

  /** Rows of A at a stride, 8 at a time (m is a multiple), times the two panels at b0 and b1. */
  static void rows(
      int m,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int b0,
      int b1,
      float[] start,
      int startAt,
      int startRow,
      float[] c,
      int cAt,
      int j1,
      int cRow) {
    for (int i = 0; i < m; i += 8) {
      rowsTile(
          k,
          a,
          aAt + i * aRow,
          aRow,
          b,
          b0,
          b1,
          start,
          startAt + i * startRow,
          startRow,
          c,
          cAt + i * cRow,
          j1,
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
      int b1,
      float[] start,
      int t0,
      int startRow,
      float[] c,
      int c0,
      int j1,
      int cRow) {
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
    int t1 = t0 + startRow;
    int t2 = t1 + startRow;
    int t3 = t2 + startRow;
    int t4 = t3 + startRow;
    int t5 = t4 + startRow;
    int t6 = t5 + startRow;
    int t7 = t6 + startRow;
    FloatVector s00 = FloatVector.fromArray(FLOATS, start, t0);
    FloatVector s01 = FloatVector.fromArray(FLOATS, start, t0 + j1);
    FloatVector s10 = FloatVector.fromArray(FLOATS, start, t1);
    FloatVector s11 = FloatVector.fromArray(FLOATS, start, t1 + j1);
    FloatVector s20 = FloatVector.fromArray(FLOATS, start, t2);
    FloatVector s21 = FloatVector.fromArray(FLOATS, start, t2 + j1);
    FloatVector s30 = FloatVector.fromArray(FLOATS, start, t3);
    FloatVector s31 = FloatVector.fromArray(FLOATS, start, t3 + j1);
    FloatVector s40 = FloatVector.fromArray(FLOATS, start, t4);
    FloatVector s41 = FloatVector.fromArray(FLOATS, start, t4 + j1);
    FloatVector s50 = FloatVector.fromArray(FLOATS, start, t5);
    FloatVector s51 = FloatVector.fromArray(FLOATS, start, t5 + j1);
    FloatVector s60 = FloatVector.fromArray(FLOATS, start, t6);
    FloatVector s61 = FloatVector.fromArray(FLOATS, start, t6 + j1);
    FloatVector s70 = FloatVector.fromArray(FLOATS, start, t7);
    FloatVector s71 = FloatVector.fromArray(FLOATS, start, t7 + j1);
    for (int p = 0; p < k; p++) {
      FloatVector y0 = FloatVector.fromArray(FLOATS, b, b0 + p * PANEL);
      FloatVector y1 = FloatVector.fromArray(FLOATS, b, b1 + p * PANEL);
      FloatVector x = FloatVector.broadcast(FLOATS, a[a0 + p]);
      s00 = x.fma(y0, s00);
      s01 = x.fma(y1, s01);
      x = FloatVector.broadcast(FLOATS, a[a1 + p]);
      s10 = x.fma(y0, s10);
      s11 = x.fma(y1, s11);
      x = FloatVector.broadcast(FLOATS, a[a2 + p]);
      s20 = x.fma(y0, s20);
      s21 = x.fma(y1, s21);
      x = FloatVector.broadcast(FLOATS, a[a3 + p]);
      s30 = x.fma(y0, s30);
      s31 = x.fma(y1, s31);
      x = FloatVector.broadcast(FLOATS, a[a4 + p]);
      s40 = x.fma(y0, s40);
      s41 = x.fma(y1, s41);
      x = FloatVector.broadcast(FLOATS, a[a5 + p]);
      s50 = x.fma(y0, s50);
      s51 = x.fma(y1, s51);
      x = FloatVector.broadcast(FLOATS, a[a6 + p]);
      s60 = x.fma(y0, s60);
      s61 = x.fma(y1, s61);
      x = FloatVector.broadcast(FLOATS, a[a7 + p]);
      s70 = x.fma(y0, s70);
      s71 = x.fma(y1, s71);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + j1);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + j1);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + j1);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + j1);
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + j1);
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + j1);
    s60.intoArray(c, c6);
    s61.intoArray(c, c6 + j1);
    s70.intoArray(c, c7);
    s71.intoArray(c, c7 + j1);
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
      float[] start,
      int startAt,
      int startRow,
      float[] c,
      int cAt,
      int cRow) {
    for (int i = 0; i < m; i += 8) {
      columnTile(
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

  private static void columnTile(
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
    int t1 = t0 + startRow;
    int t2 = t1 + startRow;
    int t3 = t2 + startRow;
    int t4 = t3 + startRow;
    int t5 = t4 + startRow;
    int t6 = t5 + startRow;
    int t7 = t6 + startRow;
    FloatVector s0 = FloatVector.fromArray(FLOATS, start, t0);
    FloatVector s1 = FloatVector.fromArray(FLOATS, start, t1);
    FloatVector s2 = FloatVector.fromArray(FLOATS, start, t2);
    FloatVector s3 = FloatVector.fromArray(FLOATS, start, t3);
    FloatVector s4 = FloatVector.fromArray(FLOATS, start, t4);
    FloatVector s5 = FloatVector.fromArray(FLOATS, start, t5);
    FloatVector s6 = FloatVector.fromArray(FLOATS, start, t6);
    FloatVector s7 = FloatVector.fromArray(FLOATS, start, t7);
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
      float[] start,
      int startAt,
      int startRow,
      float[] c,
      int c0,
      int c1,
      int j1,
      int j2,
      int j3) {
    FloatVector s00 = FloatVector.fromArray(FLOATS, start, startAt);
    FloatVector s01 = FloatVector.fromArray(FLOATS, start, startAt + j1);
    FloatVector s02 = FloatVector.fromArray(FLOATS, start, startAt + j2);
    FloatVector s03 = FloatVector.fromArray(FLOATS, start, startAt + j3);
    FloatVector s10 = FloatVector.fromArray(FLOATS, start, startAt + startRow);
    FloatVector s11 = FloatVector.fromArray(FLOATS, start, startAt + startRow + j1);
    FloatVector s12 = FloatVector.fromArray(FLOATS, start, startAt + startRow + j2);
    FloatVector s13 = FloatVector.fromArray(FLOATS, start, startAt + startRow + j3);
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
      float[] start,
      int startAt,
      float[] c,
      int c0,
      int j1,
      int j2,
      int j3) {
    FloatVector s0 = FloatVector.fromArray(FLOATS, start, startAt);
    FloatVector s1 = FloatVector.fromArray(FLOATS, start, startAt + j1);
    FloatVector s2 = FloatVector.fromArray(FLOATS, start, startAt + j2);
    FloatVector s3 = FloatVector.fromArray(FLOATS, start, startAt + j3);
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

  /** Strips of A (m is a multiple of 8) times two panels. */
  static void strips(
      int m,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int b0,
      int b1,
      float[] start,
      int startAt,
      int startRow,
      float[] c,
      int cAt,
      int j1,
      int cRow) {
    for (int i = 0; i < m; i += 8) {
      stripsTile(
          k,
          a,
          aAt + i * k,
          b,
          b0,
          b1,
          start,
          startAt + i * startRow,
          startRow,
          c,
          cAt + i * cRow,
          j1,
          cRow);
    }
  }

  private static void stripsTile(
      int k,
      float[] a,
      int at,
      float[] b,
      int b0,
      int b1,
      float[] start,
      int t0,
      int startRow,
      float[] c,
      int c0,
      int j1,
      int cRow) {
    int c1 = c0 + cRow;
    int c2 = c1 + cRow;
    int c3 = c2 + cRow;
    int c4 = c3 + cRow;
    int c5 = c4 + cRow;
    int c6 = c5 + cRow;
    int c7 = c6 + cRow;
    int t1 = t0 + startRow;
    int t2 = t1 + startRow;
    int t3 = t2 + startRow;
    int t4 = t3 + startRow;
    int t5 = t4 + startRow;
    int t6 = t5 + startRow;
    int t7 = t6 + startRow;
    FloatVector s00 = FloatVector.fromArray(FLOATS, start, t0);
    FloatVector s01 = FloatVector.fromArray(FLOATS, start, t0 + j1);
    FloatVector s10 = FloatVector.fromArray(FLOATS, start, t1);
    FloatVector s11 = FloatVector.fromArray(FLOATS, start, t1 + j1);
    FloatVector s20 = FloatVector.fromArray(FLOATS, start, t2);
    FloatVector s21 = FloatVector.fromArray(FLOATS, start, t2 + j1);
    FloatVector s30 = FloatVector.fromArray(FLOATS, start, t3);
    FloatVector s31 = FloatVector.fromArray(FLOATS, start, t3 + j1);
    FloatVector s40 = FloatVector.fromArray(FLOATS, start, t4);
    FloatVector s41 = FloatVector.fromArray(FLOATS, start, t4 + j1);
    FloatVector s50 = FloatVector.fromArray(FLOATS, start, t5);
    FloatVector s51 = FloatVector.fromArray(FLOATS, start, t5 + j1);
    FloatVector s60 = FloatVector.fromArray(FLOATS, start, t6);
    FloatVector s61 = FloatVector.fromArray(FLOATS, start, t6 + j1);
    FloatVector s70 = FloatVector.fromArray(FLOATS, start, t7);
    FloatVector s71 = FloatVector.fromArray(FLOATS, start, t7 + j1);
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
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + j1);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + j1);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + j1);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + j1);
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + j1);
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + j1);
    s60.intoArray(c, c6);
    s61.intoArray(c, c6 + j1);
    s70.intoArray(c, c7);
    s71.intoArray(c, c7 + j1);
  }

  /** Two strips of A at a time (m is a multiple of 16) times one panel. */
  static void twoStrips(
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
    for (int i = 0; i < m; i += 16) {
      twoStripsTile(
          k,
          a,
          aAt + i * k,
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

  private static void twoStripsTile(
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
    int t1 = t0 + startRow;
    int t2 = t1 + startRow;
    int t3 = t2 + startRow;
    int t4 = t3 + startRow;
    int t5 = t4 + startRow;
    int t6 = t5 + startRow;
    int t7 = t6 + startRow;
    int t8 = t7 + startRow;
    int t9 = t8 + startRow;
    int t10 = t9 + startRow;
    int t11 = t10 + startRow;
    int t12 = t11 + startRow;
    int t13 = t12 + startRow;
    int t14 = t13 + startRow;
    int t15 = t14 + startRow;
    FloatVector s0 = FloatVector.fromArray(FLOATS, start, t0);
    FloatVector s1 = FloatVector.fromArray(FLOATS, start, t1);
    FloatVector s2 = FloatVector.fromArray(FLOATS, start, t2);
    FloatVector s3 = FloatVector.fromArray(FLOATS, start, t3);
    FloatVector s4 = FloatVector.fromArray(FLOATS, start, t4);
    FloatVector s5 = FloatVector.fromArray(FLOATS, start, t5);
    FloatVector s6 = FloatVector.fromArray(FLOATS, start, t6);
    FloatVector s7 = FloatVector.fromArray(FLOATS, start, t7);
    FloatVector s8 = FloatVector.fromArray(FLOATS, start, t8);
    FloatVector s9 = FloatVector.fromArray(FLOATS, start, t9);
    FloatVector s10 = FloatVector.fromArray(FLOATS, start, t10);
    FloatVector s11 = FloatVector.fromArray(FLOATS, start, t11);
    FloatVector s12 = FloatVector.fromArray(FLOATS, start, t12);
    FloatVector s13 = FloatVector.fromArray(FLOATS, start, t13);
    FloatVector s14 = FloatVector.fromArray(FLOATS, start, t14);
    FloatVector s15 = FloatVector.fromArray(FLOATS, start, t15);
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
}
