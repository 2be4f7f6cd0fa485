package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product of a matrix with a vector: {@link VectorDots#dot} of several rows at once, whose 16
 * virtual lanes are halved together. Arguments have been checked.
 *
 * <p>The loops over columns are short and run once for every few rows, so that what the compiler
 * puts around a counted loop (a first turn of its own, and checks of both ends of every row) would
 * cost more than the loop. A step that it does not know to be constant keeps it from doing so. The
 * halvings are written out because it inlines the Vector API without limit, a method of our own
 * only while few nodes are in use.
 */
final class VectorRows {
  private static final int LANES = Kernels.LANES;

  /** Columns of a block: two of the 16 lanes at a time. */
  private static final int BLOCK = 2 * LANES;

  private static final VectorSpecies<Float> WIDE = FloatVector.SPECIES_512;
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.fromOp(WIDE, l -> l ^ 8);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.fromOp(WIDE, l -> l ^ 4);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.fromOp(WIDE, l -> l ^ 2);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.fromOp(WIDE, l -> l ^ 1);
  private static final VectorMask<Float> UPPER_8 = VectorMask.fromLong(WIDE, 0xff00);
  private static final VectorMask<Float> UPPER_4 = VectorMask.fromLong(WIDE, 0xf0f0);
  private static final VectorMask<Float> UPPER_2 = VectorMask.fromLong(WIDE, 0xcccc);

  /** Brings the sums of the rows, one in every pair of lanes, to the front. */
  private static final VectorShuffle<Float> PAIRS = VectorShuffle.fromOp(WIDE, l -> l * 2 % LANES);

  private static final VectorSpecies<Float> HALF = FloatVector.SPECIES_256;
  private static final VectorShuffle<Float> HALF_BY_4 = VectorShuffle.fromOp(HALF, l -> l ^ 4);
  private static final VectorShuffle<Float> HALF_BY_2 = VectorShuffle.fromOp(HALF, l -> l ^ 2);
  private static final VectorShuffle<Float> HALF_BY_1 = VectorShuffle.fromOp(HALF, l -> l ^ 1);
  private static final VectorMask<Float> HALF_UPPER_4 = VectorMask.fromLong(HALF, 0xf0);
  private static final VectorMask<Float> HALF_UPPER_2 = VectorMask.fromLong(HALF, 0xcc);
  private static final VectorShuffle<Float> HALF_PAIRS = VectorShuffle.fromOp(HALF, l -> l * 2 % 8);

  private VectorRows() {}

  /** yᵢ ← dot of row i of A with x. */
  static void gemv(
      float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns) {
    int i = 0;
    if (columns > 0) {
      // Rows that, padded to whole vectors, end inside the array.
      int padded = (columns + LANES - 1) / LANES * LANES;
      int inside = Math.min(rows, (a.length - aAt - padded) / columns + 1);
      if (Lanes.FLOATS.length() == LANES && inside >= 8) {
        eightRows(a, aAt, x, xAt, y, yAt, inside, columns);
        i = inside;
      } else if (Lanes.FLOATS.length() >= LANES / 2 && inside >= 4) {
        fourRows(a, aAt, x, xAt, y, yAt, inside, columns);
        i = inside;
      }
    }
    for (; i < rows; i++) {
      y[yAt + i] = VectorDots.dot(a, aAt + i * columns, x, xAt, columns);
    }
  }

  /**
   * Eight rows at a time, one vector each. The last eight may include some done before. Of the last
   * columns whole vectors are read, and lanes beyond the row left as they were.
   */
  private static void eightRows(
      float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns) {
    int blocks = columns / BLOCK * BLOCK;
    int step = Math.min(blocks, BLOCK);
    int rest = columns / LANES * LANES;
    VectorMask<Float> mask = WIDE.indexInRange(rest, columns);
    // Without the blend, which changes nothing, the compiler makes an object of what it loads.
    FloatVector tail =
        FloatVector.zero(WIDE).blend(FloatVector.fromArray(WIDE, x, xAt + rest, mask), mask);
    for (int next = 0; next < rows; next += 8) {
      int i = Math.min(next, rows - 8);
      int row = aAt + i * columns;
      FloatVector s0 = FloatVector.zero(WIDE);
      FloatVector s1 = FloatVector.zero(WIDE);
      FloatVector s2 = FloatVector.zero(WIDE);
      FloatVector s3 = FloatVector.zero(WIDE);
      FloatVector s4 = FloatVector.zero(WIDE);
      FloatVector s5 = FloatVector.zero(WIDE);
      FloatVector s6 = FloatVector.zero(WIDE);
      FloatVector s7 = FloatVector.zero(WIDE);
      for (int j = 0; j < blocks; j += step) {
        FloatVector v = FloatVector.fromArray(WIDE, x, xAt + j);
        FloatVector w = FloatVector.fromArray(WIDE, x, xAt + j + 16);
        int at = row + j;
        s0 = v.fma(FloatVector.fromArray(WIDE, a, at), s0);
        s0 = w.fma(FloatVector.fromArray(WIDE, a, at + 16), s0);
        at += columns;
        s1 = v.fma(FloatVector.fromArray(WIDE, a, at), s1);
        s1 = w.fma(FloatVector.fromArray(WIDE, a, at + 16), s1);
        at += columns;
        s2 = v.fma(FloatVector.fromArray(WIDE, a, at), s2);
        s2 = w.fma(FloatVector.fromArray(WIDE, a, at + 16), s2);
        at += columns;
        s3 = v.fma(FloatVector.fromArray(WIDE, a, at), s3);
        s3 = w.fma(FloatVector.fromArray(WIDE, a, at + 16), s3);
        at += columns;
        s4 = v.fma(FloatVector.fromArray(WIDE, a, at), s4);
        s4 = w.fma(FloatVector.fromArray(WIDE, a, at + 16), s4);
        at += columns;
        s5 = v.fma(FloatVector.fromArray(WIDE, a, at), s5);
        s5 = w.fma(FloatVector.fromArray(WIDE, a, at + 16), s5);
        at += columns;
        s6 = v.fma(FloatVector.fromArray(WIDE, a, at), s6);
        s6 = w.fma(FloatVector.fromArray(WIDE, a, at + 16), s6);
        at += columns;
        s7 = v.fma(FloatVector.fromArray(WIDE, a, at), s7);
        s7 = w.fma(FloatVector.fromArray(WIDE, a, at + 16), s7);
      }
      if (blocks < rest) {
        FloatVector v = FloatVector.fromArray(WIDE, x, xAt + blocks);
        int at = row + blocks;
        s0 = v.fma(FloatVector.fromArray(WIDE, a, at), s0);
        at += columns;
        s1 = v.fma(FloatVector.fromArray(WIDE, a, at), s1);
        at += columns;
        s2 = v.fma(FloatVector.fromArray(WIDE, a, at), s2);
        at += columns;
        s3 = v.fma(FloatVector.fromArray(WIDE, a, at), s3);
        at += columns;
        s4 = v.fma(FloatVector.fromArray(WIDE, a, at), s4);
        at += columns;
        s5 = v.fma(FloatVector.fromArray(WIDE, a, at), s5);
        at += columns;
        s6 = v.fma(FloatVector.fromArray(WIDE, a, at), s6);
        at += columns;
        s7 = v.fma(FloatVector.fromArray(WIDE, a, at), s7);
      }
      if (rest < columns) {
        int at = row + rest;
        s0 = s0.blend(tail.fma(FloatVector.fromArray(WIDE, a, at), s0), mask);
        at += columns;
        s1 = s1.blend(tail.fma(FloatVector.fromArray(WIDE, a, at), s1), mask);
        at += columns;
        s2 = s2.blend(tail.fma(FloatVector.fromArray(WIDE, a, at), s2), mask);
        at += columns;
        s3 = s3.blend(tail.fma(FloatVector.fromArray(WIDE, a, at), s3), mask);
        at += columns;
        s4 = s4.blend(tail.fma(FloatVector.fromArray(WIDE, a, at), s4), mask);
        at += columns;
        s5 = s5.blend(tail.fma(FloatVector.fromArray(WIDE, a, at), s5), mask);
        at += columns;
        s6 = s6.blend(tail.fma(FloatVector.fromArray(WIDE, a, at), s6), mask);
        at += columns;
        s7 = s7.blend(tail.fma(FloatVector.fromArray(WIDE, a, at), s7), mask);
      }
      FloatVector s04 = s0.blend(s4, UPPER_8).add(s4.blend(s0, UPPER_8).rearrange(BY_8));
      FloatVector s15 = s1.blend(s5, UPPER_8).add(s5.blend(s1, UPPER_8).rearrange(BY_8));
      FloatVector s26 = s2.blend(s6, UPPER_8).add(s6.blend(s2, UPPER_8).rearrange(BY_8));
      FloatVector s37 = s3.blend(s7, UPPER_8).add(s7.blend(s3, UPPER_8).rearrange(BY_8));
      FloatVector even = s04.blend(s26, UPPER_4).add(s26.blend(s04, UPPER_4).rearrange(BY_4));
      FloatVector odd = s15.blend(s37, UPPER_4).add(s37.blend(s15, UPPER_4).rearrange(BY_4));
      FloatVector all = even.blend(odd, UPPER_2).add(odd.blend(even, UPPER_2).rearrange(BY_2));
      all = all.add(all.rearrange(BY_1)).rearrange(PAIRS);
      ((FloatVector) all.reinterpretShape(HALF, 0)).intoArray(y, yAt + i);
    }
  }

  /** As {@link #eightRows} with four rows at a time, two vectors each. */
  private static void fourRows(
      float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns) {
    int blocks = columns / BLOCK * BLOCK;
    int step = Math.min(blocks, BLOCK);
    int rest = columns / LANES * LANES;
    VectorMask<Float> low = HALF.indexInRange(rest, columns);
    VectorMask<Float> high = HALF.indexInRange(rest + 8, columns);
    FloatVector lowTail =
        FloatVector.zero(HALF).blend(FloatVector.fromArray(HALF, x, xAt + rest, low), low);
    FloatVector highTail =
        FloatVector.zero(HALF).blend(FloatVector.fromArray(HALF, x, xAt + rest + 8, high), high);
    for (int next = 0; next < rows; next += 4) {
      int i = Math.min(next, rows - 4);
      int row = aAt + i * columns;
      FloatVector s0 = FloatVector.zero(HALF);
      FloatVector s1 = FloatVector.zero(HALF);
      FloatVector s2 = FloatVector.zero(HALF);
      FloatVector s3 = FloatVector.zero(HALF);
      FloatVector t0 = FloatVector.zero(HALF);
      FloatVector t1 = FloatVector.zero(HALF);
      FloatVector t2 = FloatVector.zero(HALF);
      FloatVector t3 = FloatVector.zero(HALF);
      for (int j = 0; j < blocks; j += step) {
        FloatVector v0 = FloatVector.fromArray(HALF, x, xAt + j);
        FloatVector v1 = FloatVector.fromArray(HALF, x, xAt + j + 8);
        FloatVector v2 = FloatVector.fromArray(HALF, x, xAt + j + 16);
        FloatVector v3 = FloatVector.fromArray(HALF, x, xAt + j + 24);
        int at = row + j;
        s0 = v0.fma(FloatVector.fromArray(HALF, a, at), s0);
        t0 = v1.fma(FloatVector.fromArray(HALF, a, at + 8), t0);
        s0 = v2.fma(FloatVector.fromArray(HALF, a, at + 16), s0);
        t0 = v3.fma(FloatVector.fromArray(HALF, a, at + 24), t0);
        at += columns;
        s1 = v0.fma(FloatVector.fromArray(HALF, a, at), s1);
        t1 = v1.fma(FloatVector.fromArray(HALF, a, at + 8), t1);
        s1 = v2.fma(FloatVector.fromArray(HALF, a, at + 16), s1);
        t1 = v3.fma(FloatVector.fromArray(HALF, a, at + 24), t1);
        at += columns;
        s2 = v0.fma(FloatVector.fromArray(HALF, a, at), s2);
        t2 = v1.fma(FloatVector.fromArray(HALF, a, at + 8), t2);
        s2 = v2.fma(FloatVector.fromArray(HALF, a, at + 16), s2);
        t2 = v3.fma(FloatVector.fromArray(HALF, a, at + 24), t2);
        at += columns;
        s3 = v0.fma(FloatVector.fromArray(HALF, a, at), s3);
        t3 = v1.fma(FloatVector.fromArray(HALF, a, at + 8), t3);
        s3 = v2.fma(FloatVector.fromArray(HALF, a, at + 16), s3);
        t3 = v3.fma(FloatVector.fromArray(HALF, a, at + 24), t3);
      }
      if (blocks < rest) {
        FloatVector v0 = FloatVector.fromArray(HALF, x, xAt + blocks);
        FloatVector v1 = FloatVector.fromArray(HALF, x, xAt + blocks + 8);
        int at = row + blocks;
        s0 = v0.fma(FloatVector.fromArray(HALF, a, at), s0);
        t0 = v1.fma(FloatVector.fromArray(HALF, a, at + 8), t0);
        at += columns;
        s1 = v0.fma(FloatVector.fromArray(HALF, a, at), s1);
        t1 = v1.fma(FloatVector.fromArray(HALF, a, at + 8), t1);
        at += columns;
        s2 = v0.fma(FloatVector.fromArray(HALF, a, at), s2);
        t2 = v1.fma(FloatVector.fromArray(HALF, a, at + 8), t2);
        at += columns;
        s3 = v0.fma(FloatVector.fromArray(HALF, a, at), s3);
        t3 = v1.fma(FloatVector.fromArray(HALF, a, at + 8), t3);
      }
      if (rest < columns) {
        int at = row + rest;
        s0 = s0.blend(lowTail.fma(FloatVector.fromArray(HALF, a, at), s0), low);
        t0 = t0.blend(highTail.fma(FloatVector.fromArray(HALF, a, at + 8), t0), high);
        at += columns;
        s1 = s1.blend(lowTail.fma(FloatVector.fromArray(HALF, a, at), s1), low);
        t1 = t1.blend(highTail.fma(FloatVector.fromArray(HALF, a, at + 8), t1), high);
        at += columns;
        s2 = s2.blend(lowTail.fma(FloatVector.fromArray(HALF, a, at), s2), low);
        t2 = t2.blend(highTail.fma(FloatVector.fromArray(HALF, a, at + 8), t2), high);
        at += columns;
        s3 = s3.blend(lowTail.fma(FloatVector.fromArray(HALF, a, at), s3), low);
        t3 = t3.blend(highTail.fma(FloatVector.fromArray(HALF, a, at + 8), t3), high);
      }
      s0 = s0.add(t0);
      s1 = s1.add(t1);
      s2 = s2.add(t2);
      s3 = s3.add(t3);
      FloatVector s02 =
          s0.blend(s2, HALF_UPPER_4).add(s2.blend(s0, HALF_UPPER_4).rearrange(HALF_BY_4));
      FloatVector s13 =
          s1.blend(s3, HALF_UPPER_4).add(s3.blend(s1, HALF_UPPER_4).rearrange(HALF_BY_4));
      FloatVector all =
          s02.blend(s13, HALF_UPPER_2).add(s13.blend(s02, HALF_UPPER_2).rearrange(HALF_BY_2));
      all = all.add(all.rearrange(HALF_BY_1)).rearrange(HALF_PAIRS);
      ((FloatVector) all.reinterpretShape(FloatVector.SPECIES_128, 0)).intoArray(y, yAt + i);
    }
  }
}
