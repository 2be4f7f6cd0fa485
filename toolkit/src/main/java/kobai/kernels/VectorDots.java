package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The 16 virtual lanes of {@link Kernels#dot} in one, two or four vectors, and the halving of
 * several rows at once. Wide vectors hold all lanes; half ones two times 8; anything narrower is
 * computed in four vectors of 128 bits.
 */
final class VectorDots {
  private static final VectorSpecies<Float> FLOATS =
      Lanes.FLOATS.length() >= 4 ? Lanes.FLOATS : FloatVector.SPECIES_128;
  private static final int WIDTH = FLOATS.length();
  private static final int LANES = Kernels.LANES;
  private static final VectorShuffle<Float> BY_8 = partner(8);
  private static final VectorShuffle<Float> BY_4 = partner(4);
  private static final VectorShuffle<Float> BY_2 = partner(2);
  private static final VectorShuffle<Float> BY_1 = partner(1);
  private static final VectorMask<Float> UPPER_8 = upper(8);
  private static final VectorMask<Float> UPPER_4 = upper(4);
  private static final VectorMask<Float> UPPER_2 = upper(2);

  /** Brings the sums of four rows, each at the front of a quarter of the vector, together. */
  private static final VectorShuffle<Float> ROWS =
      VectorShuffle.fromOp(FLOATS, l -> l * (WIDTH / 4) % WIDTH);

  private static final VectorMask<Float> FIRST_4 = FLOATS.indexInRange(0, 4);

  /** Brings the sums of eight rows, each at the front of an eighth of the vector, together. */
  private static final VectorShuffle<Float> EIGHT_ROWS =
      VectorShuffle.fromOp(FLOATS, l -> l * (LANES / 8) % WIDTH);

  private static final VectorMask<Float> FIRST_8 = FLOATS.indexInRange(0, 8);
  private static final FloatVector MINUS_ZEROS = FloatVector.broadcast(FLOATS, -0.0f);

  private VectorDots() {}

  private static VectorShuffle<Float> partner(int distance) {
    return VectorShuffle.fromOp(FLOATS, l -> distance < WIDTH ? l ^ distance : l);
  }

  private static VectorMask<Float> upper(int distance) {
    boolean[] bits = new boolean[WIDTH];
    for (int l = 0; l < WIDTH; l++) {
      bits[l] = (l & distance) != 0;
    }
    return VectorMask.fromArray(FLOATS, bits, 0);
  }

  /** Σᵢ aᵢ bᵢ. */
  static float dot(float[] a, int aAt, float[] b, int bAt, int n) {
    return switch (WIDTH) {
      case 16 -> dotWide(a, aAt, b, bAt, n);
      case 8 -> dotHalf(a, aAt, b, bAt, n);
      default -> dotQuarter(a, aAt, b, bAt, n);
    };
  }

  private static float dotWide(float[] a, int aAt, float[] b, int bAt, int n) {
    FloatVector sum = FloatVector.zero(FLOATS);
    int bound = n / LANES * LANES;
    for (int i = 0; i < bound; i += LANES) {
      sum =
          FloatVector.fromArray(FLOATS, a, aAt + i)
              .fma(FloatVector.fromArray(FLOATS, b, bAt + i), sum);
    }
    if (bound < n) {
      sum = first(n - bound, a, aAt + bound).fma(firstOrMinusZero(n - bound, b, bAt + bound), sum);
    }
    sum = sum.add(sum.rearrange(BY_8));
    sum = sum.add(sum.rearrange(BY_4));
    sum = sum.add(sum.rearrange(BY_2));
    return sum.add(sum.rearrange(BY_1)).lane(0);
  }

  private static float dotHalf(float[] a, int aAt, float[] b, int bAt, int n) {
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = low;
    int bound = n / LANES * LANES;
    for (int i = 0; i < bound; i += LANES) {
      low =
          FloatVector.fromArray(FLOATS, a, aAt + i)
              .fma(FloatVector.fromArray(FLOATS, b, bAt + i), low);
      high =
          FloatVector.fromArray(FLOATS, a, aAt + i + 8)
              .fma(FloatVector.fromArray(FLOATS, b, bAt + i + 8), high);
    }
    if (bound < n) {
      low = first(n - bound, a, aAt + bound).fma(firstOrMinusZero(n - bound, b, bAt + bound), low);
      high =
          first(n - bound - 8, a, aAt + bound + 8)
              .fma(firstOrMinusZero(n - bound - 8, b, bAt + bound + 8), high);
    }
    FloatVector sum = low.add(high);
    sum = sum.add(sum.rearrange(BY_4));
    sum = sum.add(sum.rearrange(BY_2));
    return sum.add(sum.rearrange(BY_1)).lane(0);
  }

  private static float dotQuarter(float[] a, int aAt, float[] b, int bAt, int n) {
    if (n < LANES) {
      return dotShort(a, aAt, b, bAt, n);
    }
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int bound = n / LANES * LANES;
    for (int i = 0; i < bound; i += LANES) {
      s0 =
          FloatVector.fromArray(FLOATS, a, aAt + i)
              .fma(FloatVector.fromArray(FLOATS, b, bAt + i), s0);
      s1 =
          FloatVector.fromArray(FLOATS, a, aAt + i + 4)
              .fma(FloatVector.fromArray(FLOATS, b, bAt + i + 4), s1);
      s2 =
          FloatVector.fromArray(FLOATS, a, aAt + i + 8)
              .fma(FloatVector.fromArray(FLOATS, b, bAt + i + 8), s2);
      s3 =
          FloatVector.fromArray(FLOATS, a, aAt + i + 12)
              .fma(FloatVector.fromArray(FLOATS, b, bAt + i + 12), s3);
    }
    if (bound < n) {
      int rest = n - bound;
      s0 = first(rest, a, aAt + bound).fma(firstOrMinusZero(rest, b, bAt + bound), s0);
      s1 =
          first(rest - 4, a, aAt + bound + 4)
              .fma(firstOrMinusZero(rest - 4, b, bAt + bound + 4), s1);
      s2 =
          first(rest - 8, a, aAt + bound + 8)
              .fma(firstOrMinusZero(rest - 8, b, bAt + bound + 8), s2);
      s3 =
          first(rest - 12, a, aAt + bound + 12)
              .fma(firstOrMinusZero(rest - 12, b, bAt + bound + 12), s3);
    }
    FloatVector sum = s0.add(s2).add(s1.add(s3));
    sum = sum.add(sum.rearrange(BY_2));
    return sum.add(sum.rearrange(BY_1)).lane(0);
  }

  /** Fewer than 16 elements, one by one: of their vectors the compiler would make objects. */
  private static float dotShort(float[] a, int aAt, float[] b, int bAt, int n) {
    float even =
        (halved(a, aAt, b, bAt, n, 0) + halved(a, aAt, b, bAt, n, 4))
            + (halved(a, aAt, b, bAt, n, 2) + halved(a, aAt, b, bAt, n, 6));
    float odd =
        (halved(a, aAt, b, bAt, n, 1) + halved(a, aAt, b, bAt, n, 5))
            + (halved(a, aAt, b, bAt, n, 3) + halved(a, aAt, b, bAt, n, 7));
    return even + odd;
  }

  /** The sum of the virtual lanes {@code lane} and {@code lane + 8}. */
  private static float halved(float[] a, int aAt, float[] b, int bAt, int n, int lane) {
    float low = lane < n ? Math.fma(a[aAt + lane], b[bAt + lane], 0f) : 0f;
    float high = lane + 8 < n ? Math.fma(a[aAt + lane + 8], b[bAt + lane + 8], 0f) : 0f;
    return low + high;
  }

  /** The first n of the elements at {@code at}, then zeros. */
  private static FloatVector first(int n, float[] a, int at) {
    return FloatVector.fromArray(FLOATS, a, at, FLOATS.indexInRange(0, n));
  }

  /**
   * As {@link #first}, then −0: added to a sum, the product of −0 and 0 keeps its bits, that of 0
   * and 0 may not.
   */
  private static FloatVector firstOrMinusZero(int n, float[] a, int at) {
    VectorMask<Float> mask = FLOATS.indexInRange(0, n);
    return MINUS_ZEROS.blend(FloatVector.fromArray(FLOATS, a, at, mask), mask);
  }

  /** yᵢ ← dot of row i of A with x. */
  static void gemv(
      float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns) {
    boolean ragged = columns % LANES != 0;
    int i = 0;
    if (WIDTH == 16 && !ragged) {
      for (; i + 8 <= rows; i += 8) {
        eightWide(i + WIDTH <= rows, a, aAt + i * columns, x, xAt, y, yAt + i, columns);
      }
    }
    // Masks of four rows in half vectors are more than the compiler inlines: those go one by one.
    boolean fours = WIDTH == 16 || WIDTH == 8 && !ragged;
    for (; fours && i + 4 <= rows; i += 4) {
      int row = aAt + i * columns;
      if (WIDTH == 8) {
        fourHalf(a, row, x, xAt, y, yAt + i, columns);
      } else if (ragged) {
        fourWideRagged(a, row, x, xAt, y, yAt + i, columns);
      } else {
        fourWide(a, row, x, xAt, y, yAt + i, columns);
      }
    }
    for (; i < rows; i++) {
      y[yAt + i] = dot(a, aAt + i * columns, x, xAt, columns);
    }
  }

  /**
   * Eight rows, one vector each: as many chains as latency times units. Where more rows follow, the
   * lanes beyond the eight may be written, and will be again: a mask costs as much as a row.
   */
  private static void eightWide(
      boolean moreFollow, float[] a, int a0, float[] x, int xAt, float[] y, int yAt, int columns) {
    int a1 = a0 + columns;
    int a2 = a1 + columns;
    int a3 = a2 + columns;
    int a4 = a3 + columns;
    int a5 = a4 + columns;
    int a6 = a5 + columns;
    int a7 = a6 + columns;
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int j = 0; j < columns; j += 16) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xAt + j);
      s0 = v.fma(FloatVector.fromArray(FLOATS, a, a0 + j), s0);
      s1 = v.fma(FloatVector.fromArray(FLOATS, a, a1 + j), s1);
      s2 = v.fma(FloatVector.fromArray(FLOATS, a, a2 + j), s2);
      s3 = v.fma(FloatVector.fromArray(FLOATS, a, a3 + j), s3);
      s4 = v.fma(FloatVector.fromArray(FLOATS, a, a4 + j), s4);
      s5 = v.fma(FloatVector.fromArray(FLOATS, a, a5 + j), s5);
      s6 = v.fma(FloatVector.fromArray(FLOATS, a, a6 + j), s6);
      s7 = v.fma(FloatVector.fromArray(FLOATS, a, a7 + j), s7);
    }
    FloatVector s04 = merge(s0, s4, UPPER_8, BY_8);
    FloatVector s15 = merge(s1, s5, UPPER_8, BY_8);
    FloatVector s26 = merge(s2, s6, UPPER_8, BY_8);
    FloatVector s37 = merge(s3, s7, UPPER_8, BY_8);
    FloatVector even = merge(s04, s26, UPPER_4, BY_4);
    FloatVector odd = merge(s15, s37, UPPER_4, BY_4);
    FloatVector all = merge(even, odd, UPPER_2, BY_2);
    all = all.add(all.rearrange(BY_1)).rearrange(EIGHT_ROWS);
    if (moreFollow) {
      all.intoArray(y, yAt);
    } else {
      all.intoArray(y, yAt, FIRST_8);
    }
  }

  /** Four rows, one vector each. */
  private static void fourWide(
      float[] a, int a0, float[] x, int xAt, float[] y, int yAt, int columns) {
    int a1 = a0 + columns;
    int a2 = a1 + columns;
    int a3 = a2 + columns;
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int j = 0; j < columns; j += 16) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xAt + j);
      s0 = v.fma(FloatVector.fromArray(FLOATS, a, a0 + j), s0);
      s1 = v.fma(FloatVector.fromArray(FLOATS, a, a1 + j), s1);
      s2 = v.fma(FloatVector.fromArray(FLOATS, a, a2 + j), s2);
      s3 = v.fma(FloatVector.fromArray(FLOATS, a, a3 + j), s3);
    }
    FloatVector s02 = merge(s0, s2, UPPER_8, BY_8);
    FloatVector s13 = merge(s1, s3, UPPER_8, BY_8);
    FloatVector all = merge(s02, s13, UPPER_4, BY_4);
    all = all.add(all.rearrange(BY_2));
    all.add(all.rearrange(BY_1)).rearrange(ROWS).intoArray(y, yAt, FIRST_4);
  }

  /** Four rows, one vector each, every load masked. */
  private static void fourWideRagged(
      float[] a, int a0, float[] x, int xAt, float[] y, int yAt, int columns) {
    int a1 = a0 + columns;
    int a2 = a1 + columns;
    int a3 = a2 + columns;
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int j = 0; j < columns; j += 16) {
      VectorMask<Float> mask = FLOATS.indexInRange(j, columns);
      FloatVector v = MINUS_ZEROS.blend(FloatVector.fromArray(FLOATS, x, xAt + j, mask), mask);
      s0 = v.fma(FloatVector.fromArray(FLOATS, a, a0 + j, mask), s0);
      s1 = v.fma(FloatVector.fromArray(FLOATS, a, a1 + j, mask), s1);
      s2 = v.fma(FloatVector.fromArray(FLOATS, a, a2 + j, mask), s2);
      s3 = v.fma(FloatVector.fromArray(FLOATS, a, a3 + j, mask), s3);
    }
    FloatVector s02 = merge(s0, s2, UPPER_8, BY_8);
    FloatVector s13 = merge(s1, s3, UPPER_8, BY_8);
    FloatVector all = merge(s02, s13, UPPER_4, BY_4);
    all = all.add(all.rearrange(BY_2));
    all.add(all.rearrange(BY_1)).rearrange(ROWS).intoArray(y, yAt, FIRST_4);
  }

  /** Four rows, two vectors each. */
  private static void fourHalf(
      float[] a, int a0, float[] x, int xAt, float[] y, int yAt, int columns) {
    int a1 = a0 + columns;
    int a2 = a1 + columns;
    int a3 = a2 + columns;
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector t0 = s0;
    FloatVector t1 = s0;
    FloatVector t2 = s0;
    FloatVector t3 = s0;
    for (int j = 0; j < columns; j += 16) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xAt + j);
      s0 = v.fma(FloatVector.fromArray(FLOATS, a, a0 + j), s0);
      s1 = v.fma(FloatVector.fromArray(FLOATS, a, a1 + j), s1);
      s2 = v.fma(FloatVector.fromArray(FLOATS, a, a2 + j), s2);
      s3 = v.fma(FloatVector.fromArray(FLOATS, a, a3 + j), s3);
      v = FloatVector.fromArray(FLOATS, x, xAt + j + 8);
      t0 = v.fma(FloatVector.fromArray(FLOATS, a, a0 + j + 8), t0);
      t1 = v.fma(FloatVector.fromArray(FLOATS, a, a1 + j + 8), t1);
      t2 = v.fma(FloatVector.fromArray(FLOATS, a, a2 + j + 8), t2);
      t3 = v.fma(FloatVector.fromArray(FLOATS, a, a3 + j + 8), t3);
    }
    FloatVector s02 = merge(s0.add(t0), s2.add(t2), UPPER_4, BY_4);
    FloatVector s13 = merge(s1.add(t1), s3.add(t3), UPPER_4, BY_4);
    FloatVector all = merge(s02, s13, UPPER_2, BY_2);
    all.add(all.rearrange(BY_1)).rearrange(ROWS).intoArray(y, yAt, FIRST_4);
  }

  /**
   * Halves two vectors at once: the lower lanes of a pair hold the halved a, the upper ones the
   * halved b.
   */
  private static FloatVector merge(
      FloatVector a, FloatVector b, VectorMask<Float> upper, VectorShuffle<Float> partner) {
    return a.blend(b, upper).add(b.blend(a, upper).rearrange(partner));
  }
}
