package kobai.kernels;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Noise} in vectors: a long lane holds a counter, so that a vector of the words A or B needs
 * no shuffle. Whole blocks are computed here, the rest of the last one by {@link Noise}. Extents
 * are checked by the caller.
 *
 * <p>Gaussian draws take three passes over a piece of the output that stays in the first-level
 * cache: the radius uniforms and the angles are written in the places of the draws, then replaced
 * by them. One pass would be a loop of more vector operations than the compiler keeps in registers.
 */
final class VectorNoise {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Long> LONGS =
      VectorSpecies.of(long.class, FLOATS.vectorShape());
  private static final int WIDTH = FLOATS.length();
  private static final int COUNTERS = LONGS.length();
  private static final int HALF = Noise.BLOCK_WORDS / 2;

  /** Draws between the passes: 16 KiB. */
  private static final int PIECE = 128 * Noise.BLOCK_WORDS;

  private static final long LOW_WORD = 0xFFFFFFFFL;

  private VectorNoise() {}

  static void gaussian(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    int whole = n - n % Noise.BLOCK_WORDS;
    for (int from = 0; from < whole; from += PIECE) {
      int to = Math.min(from + PIECE, whole);
      words(
          key,
          c1,
          c2,
          c3,
          from / 4,
          to / 4,
          out,
          outAt,
          Noise.GAUSSIAN_SHIFT,
          Noise.UNIT_STEP,
          Noise.UNIT_OFFSET,
          Noise.ANGLE_STEP,
          Noise.ANGLE_OFFSET);
      int pairs = (to - from) / 2;
      VectorFunctions.logOfNormal(out, outAt + from, out, outAt + from, pairs, -HALF);
      turn(out, outAt + from, pairs);
    }
    Noise.gaussianFrom(whole, key, c1, c2, c3, out, outAt, n);
  }

  static void uniform(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    int whole = n - n % Noise.BLOCK_WORDS;
    float step = Noise.UNIFORM_STEP;
    words(key, c1, c2, c3, 0, whole / 4, out, outAt, Noise.UNIFORM_SHIFT, step, 0f, step, 0f);
    Noise.uniformFrom(whole, key, c1, c2, c3, out, outAt, n);
  }

  static void rademacher(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    int whole = n - n % Noise.BLOCK_WORDS;
    signs(key, c1, c2, c3, Math.ceilDiv(whole, Noise.BLOCK_SIGNS) * Noise.BLOCK, out, outAt, whole);
    Noise.rademacherFrom(whole, key, c1, c2, c3, out, outAt, n);
  }

  /**
   * Writes step · (word &gt;&gt;&gt; shift) + offset, with a step and an offset for the words A and
   * others for B, for the counters [from, to), whole blocks.
   */
  private static void words(
      long key,
      int c1,
      int c2,
      int c3,
      int from,
      int to,
      float[] out,
      int outAt,
      int shift,
      float stepA,
      float offsetA,
      float stepB,
      float offsetB) {
    LongVector low = LongVector.broadcast(LONGS, LOW_WORD);
    LongVector multiplier0 = LongVector.broadcast(LONGS, Noise.MULTIPLIER_0).and(low);
    LongVector multiplier1 = LongVector.broadcast(LONGS, Noise.MULTIPLIER_1).and(low);
    LongVector lane = LongVector.zero(LONGS).addIndex(1);
    for (int counter = from; counter < to; counter += COUNTERS) {
      LongVector a = lane.add(counter);
      LongVector b = LongVector.broadcast(LONGS, c2);
      LongVector q = LongVector.broadcast(LONGS, c1);
      LongVector p = LongVector.broadcast(LONGS, c3);
      long k0 = key;
      long k1 = key >>> Integer.SIZE;
      // Nine rounds and one: the compiler unrolls loops of three, and does not inline ten rounds in
      // a row.
      for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 2; j++) {
          LongVector product0 = a.and(low).mul(multiplier0);
          LongVector product1 = b.and(low).mul(multiplier1);
          a = mix(product1, q, k0);
          b = mix(product0, p, k1);
          p = product0;
          q = product1;
          k0 += Noise.WEYL_0;
          k1 += Noise.WEYL_1;
        }
      }
      int at = outAt + counter / Noise.BLOCK * Noise.BLOCK_WORDS + 2 * (counter % Noise.BLOCK);
      FloatVector first = (FloatVector) pair(a, q, low).lanewise(LSHR, shift).convert(I2F, 0);
      FloatVector second = (FloatVector) pair(b, p, low).lanewise(LSHR, shift).convert(I2F, 0);
      first =
          first.fma(FloatVector.broadcast(FLOATS, stepA), FloatVector.broadcast(FLOATS, offsetA));
      second =
          second.fma(FloatVector.broadcast(FLOATS, stepB), FloatVector.broadcast(FLOATS, offsetB));
      first.intoArray(out, at);
      second.intoArray(out, at + HALF);
    }
  }

  /**
   * Writes the signs of the counters [0, to), whole blocks, below n, a multiple of the words of a
   * block.
   */
  private static void signs(
      long key, int c1, int c2, int c3, int to, float[] out, int outAt, int n) {
    LongVector low = LongVector.broadcast(LONGS, LOW_WORD);
    LongVector multiplier0 = LongVector.broadcast(LONGS, Noise.MULTIPLIER_0).and(low);
    LongVector multiplier1 = LongVector.broadcast(LONGS, Noise.MULTIPLIER_1).and(low);
    LongVector lane = LongVector.zero(LONGS).addIndex(1);
    for (int counter = 0; counter < to; counter += COUNTERS) {
      LongVector a = lane.add(counter);
      LongVector b = LongVector.broadcast(LONGS, c2);
      LongVector q = LongVector.broadcast(LONGS, c1);
      LongVector p = LongVector.broadcast(LONGS, c3);
      long k0 = key;
      long k1 = key >>> Integer.SIZE;
      for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 2; j++) {
          LongVector product0 = a.and(low).mul(multiplier0);
          LongVector product1 = b.and(low).mul(multiplier1);
          a = mix(product1, q, k0);
          b = mix(product0, p, k1);
          p = product0;
          q = product1;
          k0 += Noise.WEYL_0;
          k1 += Noise.WEYL_1;
        }
      }
      IntVector first = pair(a, q, low);
      IntVector second = pair(b, p, low);
      int block = counter / Noise.BLOCK;
      int at = outAt + 2 * (counter % Noise.BLOCK);
      int end = Math.min((block + 1) * Noise.BLOCK_SIGNS, n);
      for (int i = block * Noise.BLOCK_SIGNS; i < end; i += Noise.BLOCK_WORDS) {
        sign(first).intoArray(out, at + i);
        sign(second).intoArray(out, at + i + HALF);
        first = first.lanewise(LSHL, 1);
        second = second.lanewise(LSHL, 1);
      }
    }
  }

  /** High word of the product ^ low word of the previous product ^ key, in the low half. */
  private static LongVector mix(LongVector product, LongVector previous, long key) {
    return product.lanewise(LSHR, Integer.SIZE).lanewise(XOR, previous).lanewise(XOR, key);
  }

  private static IntVector pair(LongVector even, LongVector odd, LongVector low) {
    return even.and(low).or(odd.lanewise(LSHL, Integer.SIZE)).reinterpretAsInts();
  }

  private static FloatVector sign(IntVector words) {
    return words.and(Functions.SIGN_BIT).or(Functions.ONE_BITS).reinterpretAsFloats();
  }

  /**
   * Replaces the logarithms of the radius uniforms, and the angles, by draws, for that many pairs.
   * Written out in full: longer than 325 bytes it is not inlined into {@link #gaussian}, where all
   * passes together would exceed what the compiler inlines of the Vector API.
   */
  private static void turn(float[] out, int outAt, int pairs) {
    for (int i = 0; i < pairs; i += WIDTH) {
      int at = outAt + 2 * i - i % HALF;
      FloatVector radius = FloatVector.fromArray(FLOATS, out, at).mul(-2f).sqrt();
      FloatVector t = FloatVector.fromArray(FLOATS, out, at + HALF);
      IntVector sign = t.reinterpretAsInts().and(IntVector.broadcast(INTS, Functions.SIGN_BIT));
      FloatVector h = t.abs().sub(FloatVector.broadcast(FLOATS, 0.5f));
      FloatVector z = h.mul(h);
      FloatVector s = FloatVector.broadcast(FLOATS, Noise.S4);
      s = s.fma(z, FloatVector.broadcast(FLOATS, Noise.S3));
      s = s.fma(z, FloatVector.broadcast(FLOATS, Noise.S2));
      s = s.fma(z, FloatVector.broadcast(FLOATS, Noise.S1));
      s = s.fma(z, FloatVector.broadcast(FLOATS, Noise.S0));
      FloatVector sine = s.mul(h);
      FloatVector c = FloatVector.broadcast(FLOATS, Noise.C5);
      c = c.fma(z, FloatVector.broadcast(FLOATS, Noise.C4));
      c = c.fma(z, FloatVector.broadcast(FLOATS, Noise.C3));
      c = c.fma(z, FloatVector.broadcast(FLOATS, Noise.C2));
      c = c.fma(z, FloatVector.broadcast(FLOATS, Noise.C1));
      c = c.fma(z, FloatVector.broadcast(FLOATS, 1f));
      IntVector cosine = c.mul(radius).reinterpretAsInts();
      cosine.lanewise(XOR, sign).reinterpretAsFloats().intoArray(out, at);
      sine.mul(radius).intoArray(out, at + HALF);
    }
  }
}
