package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The 16 virtual lanes of {@link Kernels#dot} in one, two or four vectors. Wide vectors hold all
 * lanes; half ones two times 8; anything narrower is computed in four vectors of 128 bits.
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
  private static final FloatVector MINUS_ZEROS = FloatVector.broadcast(FLOATS, -0.0f);

  private VectorDots() {}

  private static VectorShuffle<Float> partner(int distance) {
    return VectorShuffle.fromOp(FLOATS, l -> distance < WIDTH ? l ^ distance : l);
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
      VectorMask<Float> mask = FLOATS.indexInRange(bound, n);
      FloatVector v = FloatVector.fromArray(FLOATS, b, bAt + bound, mask);
      sum =
          FloatVector.fromArray(FLOATS, a, aAt + bound, mask).fma(MINUS_ZEROS.blend(v, mask), sum);
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
      // Written out, so that this is too long to be inlined into a loop over rows.
      VectorMask<Float> mask = FLOATS.indexInRange(bound, n);
      FloatVector v = FloatVector.fromArray(FLOATS, b, bAt + bound, mask);
      low =
          FloatVector.fromArray(FLOATS, a, aAt + bound, mask).fma(MINUS_ZEROS.blend(v, mask), low);
      mask = FLOATS.indexInRange(bound + 8, n);
      v = FloatVector.fromArray(FLOATS, b, bAt + bound + 8, mask);
      high =
          FloatVector.fromArray(FLOATS, a, aAt + bound + 8, mask)
              .fma(MINUS_ZEROS.blend(v, mask), high);
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
}
