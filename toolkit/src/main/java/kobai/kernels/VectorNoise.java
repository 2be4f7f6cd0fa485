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
 * {@link Noise} in vectors: a long lane holds a counter, so that a vector of the words A or B needs no shuffle. Whole
 * blocks are computed here, the rest of the last one by {@link Noise}. Extents are checked by the caller.
 *
 * <p>Gaussian draws take two passes over a piece of the output that stays in the first-level cache: the radius uniforms
 * and the angles are written in the places of the draws, then replaced by them. One pass would be a loop of more vector
 * operations than the compiler keeps in registers.
 */
final class VectorNoise {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, FLOATS.vectorShape());
  private static final int WIDTH = FLOATS.length();
  private static final int COUNTERS = LONGS.length();
  private static final int HALF = Noise.BLOCK_WORDS / 2;

  /** Draws between the two passes: 16 KiB. */
  private static final int PIECE = 128 * Noise.BLOCK_WORDS;

  private static final long LOW_WORD = 0xFFFFFFFFL;

  /** What becomes of the words. */
  private enum Kind {
    UNIT_AND_ANGLE,
    UNIFORM,
    SIGNS
  }

  private VectorNoise() {}

  static void gaussian(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    int whole = n - n % Noise.BLOCK_WORDS;
    for (int from = 0; from < whole; from += PIECE) {
      int to = Math.min(from + PIECE, whole);
      words(Kind.UNIT_AND_ANGLE, key, c1, c2, c3, out, outAt, from / 4, to / 4, n);
      boxMuller(out, outAt + from, (to - from) / 2);
    }
    Noise.gaussianFrom(whole, key, c1, c2, c3, out, outAt, n);
  }

  static void uniform(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    int whole = n - n % Noise.BLOCK_WORDS;
    words(Kind.UNIFORM, key, c1, c2, c3, out, outAt, 0, whole / 4, n);
    Noise.uniformFrom(whole, key, c1, c2, c3, out, outAt, n);
  }

  static void rademacher(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    int whole = n - n % Noise.BLOCK_WORDS;
    words(Kind.SIGNS, key, c1, c2, c3, out, outAt, 0, Math.ceilDiv(whole, Noise.BLOCK_SIGNS) * Noise.BLOCK, whole);
    Noise.rademacherFrom(whole, key, c1, c2, c3, out, outAt, n);
  }

  /** Philox for the counters [from, to), whole blocks; signs are written for whole planes below n. */
  private static void words(
      Kind kind, long key, int c1, int c2, int c3, float[] out, int outAt, int from, int to, int n) {
    long k0 = key & LOW_WORD;
    long k1 = key >>> Integer.SIZE;
    LongVector lane = LongVector.zero(LONGS).addIndex(1);
    for (int counter = from; counter < to; counter += COUNTERS) {
      LongVector a = lane.add(counter);
      LongVector b = LongVector.broadcast(LONGS, c2);
      LongVector p0 = times(a, Noise.MULTIPLIER_0);
      LongVector q0 = times(b, Noise.MULTIPLIER_1);
      a = mix(q0, LongVector.broadcast(LONGS, c1), k0);
      b = mix(p0, LongVector.broadcast(LONGS, c3), k1);
      LongVector p1 = times(a, Noise.MULTIPLIER_0);
      LongVector q1 = times(b, Noise.MULTIPLIER_1);
      a = mix(q1, q0, k0 + Noise.WEYL_0);
      b = mix(p1, p0, k1 + Noise.WEYL_1);
      p0 = times(a, Noise.MULTIPLIER_0);
      q0 = times(b, Noise.MULTIPLIER_1);
      a = mix(q0, q1, k0 + 2L * Noise.WEYL_0);
      b = mix(p0, p1, k1 + 2L * Noise.WEYL_1);
      p1 = times(a, Noise.MULTIPLIER_0);
      q1 = times(b, Noise.MULTIPLIER_1);
      a = mix(q1, q0, k0 + 3L * Noise.WEYL_0);
      b = mix(p1, p0, k1 + 3L * Noise.WEYL_1);
      p0 = times(a, Noise.MULTIPLIER_0);
      q0 = times(b, Noise.MULTIPLIER_1);
      a = mix(q0, q1, k0 + 4L * Noise.WEYL_0);
      b = mix(p0, p1, k1 + 4L * Noise.WEYL_1);
      p1 = times(a, Noise.MULTIPLIER_0);
      q1 = times(b, Noise.MULTIPLIER_1);
      a = mix(q1, q0, k0 + 5L * Noise.WEYL_0);
      b = mix(p1, p0, k1 + 5L * Noise.WEYL_1);
      p0 = times(a, Noise.MULTIPLIER_0);
      q0 = times(b, Noise.MULTIPLIER_1);
      a = mix(q0, q1, k0 + 6L * Noise.WEYL_0);
      b = mix(p0, p1, k1 + 6L * Noise.WEYL_1);
      p1 = times(a, Noise.MULTIPLIER_0);
      q1 = times(b, Noise.MULTIPLIER_1);
      a = mix(q1, q0, k0 + 7L * Noise.WEYL_0);
      b = mix(p1, p0, k1 + 7L * Noise.WEYL_1);
      p0 = times(a, Noise.MULTIPLIER_0);
      q0 = times(b, Noise.MULTIPLIER_1);
      a = mix(q0, q1, k0 + 8L * Noise.WEYL_0);
      b = mix(p0, p1, k1 + 8L * Noise.WEYL_1);
      p1 = times(a, Noise.MULTIPLIER_0);
      q1 = times(b, Noise.MULTIPLIER_1);
      a = mix(q1, q0, k0 + 9L * Noise.WEYL_0);
      b = mix(p1, p0, k1 + 9L * Noise.WEYL_1);
      IntVector first = pair(a, q1);
      IntVector second = pair(b, p1);
      int within = 2 * (counter % Noise.BLOCK);
      int block = counter / Noise.BLOCK;
      if (kind == Kind.SIGNS) {
        int at = outAt + within;
        int end = Math.min((block + 1) * Noise.BLOCK_SIGNS, n);
        for (int i = block * Noise.BLOCK_SIGNS; i < end; i += Noise.BLOCK_WORDS) {
          sign(first).intoArray(out, at + i);
          sign(second).intoArray(out, at + i + HALF);
          first = first.lanewise(LSHL, 1);
          second = second.lanewise(LSHL, 1);
        }
      } else {
        int at = outAt + block * Noise.BLOCK_WORDS + within;
        if (kind == Kind.UNIFORM) {
          uniform(first).intoArray(out, at);
          uniform(second).intoArray(out, at + HALF);
        } else {
          FloatVector u = (FloatVector) first.lanewise(LSHR, 1).convert(I2F, 0);
          u.fma(of(Noise.UNIT_STEP), of(Noise.UNIT_STEP / 2)).intoArray(out, at);
          ((FloatVector) second.convert(I2F, 0)).mul(Noise.UNIT_STEP).intoArray(out, at + HALF);
        }
      }
    }
  }

  /** 32 × 32 → 64 bits; both operands are masked, so that the compiler finds the one instruction for it. */
  private static LongVector times(LongVector a, long multiplier) {
    return a.and(LOW_WORD).mul(LongVector.broadcast(LONGS, multiplier).and(LOW_WORD));
  }

  /** High word of the product ^ low word of the previous product ^ key; the high halves are of no interest. */
  private static LongVector mix(LongVector product, LongVector previous, long key) {
    return product.lanewise(LSHR, Integer.SIZE).lanewise(XOR, previous).lanewise(XOR, key);
  }

  private static IntVector pair(LongVector low, LongVector high) {
    return low.and(LOW_WORD).or(high.lanewise(LSHL, Integer.SIZE)).reinterpretAsInts();
  }

  private static FloatVector sign(IntVector words) {
    return words.and(Functions.SIGN_BIT).or(Functions.ONE_BITS).reinterpretAsFloats();
  }

  private static FloatVector uniform(IntVector words) {
    return ((FloatVector) words.lanewise(LSHR, Noise.UNIFORM_SHIFT).convert(I2F, 0)).mul(Noise.UNIFORM_STEP);
  }

  /** Replaces uniforms and angles by draws, for that many pairs. */
  private static void boxMuller(float[] out, int outAt, int pairs) {
    for (int i = 0; i < pairs; i += WIDTH) {
      int at = outAt + 2 * i - i % HALF;
      FloatVector u = FloatVector.fromArray(FLOATS, out, at);
      FloatVector t = FloatVector.fromArray(FLOATS, out, at + HALF);
      FloatVector radius = VectorFunctions.logOfNormal(u, of(0f)).mul(-2f).sqrt();
      FloatVector h = t.abs().sub(0.5f);
      FloatVector z = h.mul(h);
      FloatVector c = of(Noise.C5).fma(z, of(Noise.C4)).fma(z, of(Noise.C3)).fma(z, of(Noise.C2));
      c = c.fma(z, of(Noise.C1)).fma(z, of(1f)).mul(radius);
      IntVector signed = c.reinterpretAsInts().lanewise(XOR, t.reinterpretAsInts().and(Functions.SIGN_BIT));
      signed.reinterpretAsFloats().intoArray(out, at);
      FloatVector s = of(Noise.S4).fma(z, of(Noise.S3)).fma(z, of(Noise.S2)).fma(z, of(Noise.S1));
      s.fma(z, of(Noise.S0)).mul(h).mul(radius).intoArray(out, at + HALF);
    }
  }

  private static FloatVector of(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }
}
