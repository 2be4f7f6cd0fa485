package kobai.kernels;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The function half of {@link VectorKernels}: {@link Functions} in every lane, the same roundings
 * in the same order. Tails shorter than a vector are left to {@link ScalarKernels}, and so are
 * pieces in which an argument of log, sin or cos needs its slow path. Rows of classes are short:
 * there every vector is masked. Extents are checked by the caller.
 */
final class VectorFunctions {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int WIDTH = FLOATS.length();
  private static final Kernels TAIL = new ScalarKernels();

  /** Numbers of which log, sin and cos are computed in vectors if none needs its slow path. */
  private static final int PIECE = 128;

  /** Four lanes at least: sums in narrower ones would need more than four vectors. */
  private static final VectorSpecies<Float> QUADS = WIDTH < 4 ? FloatVector.SPECIES_128 : FLOATS;

  /** Bring the lane k places up to each lane. */
  private static final VectorShuffle<Float> DOWN_8 = down(8);

  private static final VectorShuffle<Float> DOWN_4 = down(4);
  private static final VectorShuffle<Float> DOWN_2 = down(2);

  private VectorFunctions() {}

  private static VectorShuffle<Float> down(int places) {
    return VectorShuffle.iota(QUADS, places, 1, true);
  }

  /** Written out in full, as {@link #tanh}. */
  static void exp(float[] x, int xAt, float[] y, int yAt, int n) {
    int i = 0;
    for (int bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector c = FloatVector.fromArray(FLOATS, x, xAt + i);
      FloatVector most = FloatVector.broadcast(FLOATS, Functions.EXP_MAX);
      c = c.blend(most, c.compare(GT, most));
      FloatVector least = FloatVector.broadcast(FLOATS, Functions.EXP_MIN);
      c = c.blend(least, c.compare(LT, least));
      FloatVector r =
          c.fma(
              FloatVector.broadcast(FLOATS, Functions.LOG2_E),
              FloatVector.broadcast(FLOATS, Functions.ROUND));
      IntVector power = r.reinterpretAsInts().sub(Functions.ROUND_BITS);
      r = r.sub(FloatVector.broadcast(FLOATS, Functions.ROUND));
      FloatVector f = r.fma(FloatVector.broadcast(FLOATS, -Functions.LN2), c);
      f = r.fma(FloatVector.broadcast(FLOATS, -Functions.LN2_LOW), f);
      FloatVector p = FloatVector.broadcast(FLOATS, Functions.P4);
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P3));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P2));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P1));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P0));
      p = p.fma(f, FloatVector.broadcast(FLOATS, 1f));
      p = p.fma(f, FloatVector.broadcast(FLOATS, 1f));
      IntVector half = power.lanewise(ASHR, 1);
      IntVector rest = power.sub(half);
      half = half.add(Functions.EXPONENT_BIAS).lanewise(LSHL, Functions.MANTISSA_BITS);
      rest = rest.add(Functions.EXPONENT_BIAS).lanewise(LSHL, Functions.MANTISSA_BITS);
      p = p.mul(half.reinterpretAsFloats()).mul(rest.reinterpretAsFloats());
      p.intoArray(y, yAt + i);
    }
    TAIL.exp(x, xAt + i, y, yAt + i, n - i);
  }

  static void log(float[] x, int xAt, float[] y, int yAt, int n) {
    int whole = FLOATS.loopBound(n);
    for (int i = 0; i < whole; i += PIECE) {
      int count = Math.min(PIECE, whole - i);
      if (normal(x, xAt + i, count)) {
        logOfNormal(x, xAt + i, y, yAt + i, count, 0);
      } else {
        TAIL.log(x, xAt + i, y, yAt + i, count);
      }
    }
    TAIL.log(x, xAt + whole, y, yAt + whole, n - whole);
  }

  private static boolean normal(float[] x, int at, int n) {
    VectorMask<Float> all = FLOATS.maskAll(true);
    for (int i = 0; i < n; i += WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, at + i);
      all = all.and(v.compare(GE, Float.MIN_NORMAL)).and(v.compare(LT, Float.POSITIVE_INFINITY));
    }
    return all.allTrue();
  }

  /**
   * As {@link Functions#logOfNormal} without an exponent of its own, for whole vectors that lie at
   * i + (i &amp; apart). Written out in full, as {@link #tanh}.
   */
  static void logOfNormal(float[] x, int xAt, float[] y, int yAt, int n, int apart) {
    for (int i = 0; i < n; i += WIDTH) {
      int at = i + (i & apart);
      IntVector bits = FloatVector.fromArray(FLOATS, x, xAt + at).reinterpretAsInts();
      IntVector exponent = bits.sub(Functions.SQRT_HALF_BITS);
      exponent = exponent.lanewise(ASHR, Functions.MANTISSA_BITS);
      FloatVector power = (FloatVector) exponent.convert(I2F, 0);
      bits = bits.sub(exponent.lanewise(LSHL, Functions.MANTISSA_BITS));
      FloatVector m = bits.reinterpretAsFloats();
      FloatVector f = m.sub(FloatVector.broadcast(FLOATS, 1f));
      FloatVector z = f.mul(f);
      FloatVector q = FloatVector.broadcast(FLOATS, Functions.Q7);
      q = q.fma(f, FloatVector.broadcast(FLOATS, Functions.Q6));
      q = q.fma(f, FloatVector.broadcast(FLOATS, Functions.Q5));
      q = q.fma(f, FloatVector.broadcast(FLOATS, Functions.Q4));
      q = q.fma(f, FloatVector.broadcast(FLOATS, Functions.Q3));
      q = q.fma(f, FloatVector.broadcast(FLOATS, Functions.Q2));
      q = q.fma(f, FloatVector.broadcast(FLOATS, Functions.Q1));
      q = q.fma(f, FloatVector.broadcast(FLOATS, Functions.Q0));
      FloatVector half = z.mul(FloatVector.broadcast(FLOATS, -0.5f));
      FloatVector tail = q.mul(f).fma(z, half);
      FloatVector sum = f.add(tail);
      FloatVector ln2 = FloatVector.broadcast(FLOATS, Functions.LN2);
      power.fma(ln2, sum).intoArray(y, yAt + at);
    }
  }

  /**
   * Written out in full, as {@link #sigmoid}: longer than 325 bytes they are not inlined into the
   * steps of gated units, which would exceed what the compiler inlines of the Vector API and make
   * every vector an object.
   */
  static void tanh(float[] x, int xAt, float[] y, int yAt, int n) {
    int i = 0;
    for (int bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xAt + i);
      FloatVector most = FloatVector.broadcast(FLOATS, Functions.TANH_MAX);
      FloatVector a = v.abs();
      a = a.blend(most, a.compare(GT, most));
      FloatVector twice = a.add(a);
      FloatVector r =
          twice.fma(
              FloatVector.broadcast(FLOATS, Functions.LOG2_E),
              FloatVector.broadcast(FLOATS, Functions.ROUND));
      IntVector shifted = r.reinterpretAsInts().lanewise(LSHL, Functions.MANTISSA_BITS);
      FloatVector scale = shifted.add(Functions.ONE_BITS).reinterpretAsFloats();
      r = r.sub(FloatVector.broadcast(FLOATS, Functions.ROUND));
      FloatVector f = r.fma(FloatVector.broadcast(FLOATS, -Functions.LN2), twice);
      FloatVector p = FloatVector.broadcast(FLOATS, Functions.P4);
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P3));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P2));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P1));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P0));
      p = p.mul(f).fma(f, f);
      FloatVector m = scale.fma(p, scale.sub(FloatVector.broadcast(FLOATS, 1f)));
      FloatVector t = m.div(m.add(FloatVector.broadcast(FLOATS, 2f)));
      IntVector sign = v.reinterpretAsInts().and(Functions.SIGN_BIT);
      t.reinterpretAsInts().or(sign).reinterpretAsFloats().intoArray(y, yAt + i);
    }
    TAIL.tanh(x, xAt + i, y, yAt + i, n - i);
  }

  /** Written out in full, as {@link #tanh}; −|x| needs no upper bound of the exponential. */
  static void sigmoid(float[] x, int xAt, float[] y, int yAt, int n) {
    int i = 0;
    for (int bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xAt + i);
      FloatVector least = FloatVector.broadcast(FLOATS, Functions.EXP_MIN);
      FloatVector c = v.reinterpretAsInts().or(Functions.SIGN_BIT).reinterpretAsFloats();
      c = c.blend(least, c.compare(LT, least));
      FloatVector r =
          c.fma(
              FloatVector.broadcast(FLOATS, Functions.LOG2_E),
              FloatVector.broadcast(FLOATS, Functions.ROUND));
      IntVector power = r.reinterpretAsInts().sub(Functions.ROUND_BITS);
      r = r.sub(FloatVector.broadcast(FLOATS, Functions.ROUND));
      FloatVector f = r.fma(FloatVector.broadcast(FLOATS, -Functions.LN2), c);
      f = r.fma(FloatVector.broadcast(FLOATS, -Functions.LN2_LOW), f);
      FloatVector p = FloatVector.broadcast(FLOATS, Functions.P4);
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P3));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P2));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P1));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P0));
      p = p.fma(f, FloatVector.broadcast(FLOATS, 1f));
      p = p.fma(f, FloatVector.broadcast(FLOATS, 1f));
      IntVector half = power.lanewise(ASHR, 1);
      IntVector rest = power.sub(half);
      half = half.add(Functions.EXPONENT_BIAS).lanewise(LSHL, Functions.MANTISSA_BITS);
      rest = rest.add(Functions.EXPONENT_BIAS).lanewise(LSHL, Functions.MANTISSA_BITS);
      p = p.mul(half.reinterpretAsFloats()).mul(rest.reinterpretAsFloats());
      FloatVector one = FloatVector.broadcast(FLOATS, 1f);
      one.blend(p, v.compare(LT, 0f)).div(p.add(one)).intoArray(y, yAt + i);
    }
    TAIL.sigmoid(x, xAt + i, y, yAt + i, n - i);
  }

  static void sin(float[] x, int xAt, float[] y, int yAt, int n) {
    int whole = FLOATS.loopBound(n);
    for (int i = 0; i < whole; i += PIECE) {
      int count = Math.min(PIECE, whole - i);
      if (reducible(x, xAt + i, count)) {
        sin(x, xAt + i, y, yAt + i, count, 0, Functions.SIGN_BIT);
      } else {
        TAIL.sin(x, xAt + i, y, yAt + i, count);
      }
    }
    TAIL.sin(x, xAt + whole, y, yAt + whole, n - whole);
  }

  static void cos(float[] x, int xAt, float[] y, int yAt, int n) {
    int whole = FLOATS.loopBound(n);
    for (int i = 0; i < whole; i += PIECE) {
      int count = Math.min(PIECE, whole - i);
      if (reducible(x, xAt + i, count)) {
        sin(x, xAt + i, y, yAt + i, count, 1, 0);
      } else {
        TAIL.cos(x, xAt + i, y, yAt + i, count);
      }
    }
    TAIL.cos(x, xAt + whole, y, yAt + whole, n - whole);
  }

  private static boolean reducible(float[] x, int at, int n) {
    VectorMask<Float> all = FLOATS.maskAll(true);
    for (int i = 0; i < n; i += WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, at + i);
      all = all.and(v.abs().compare(LE, Functions.REDUCE_LIMIT));
    }
    return all.allTrue();
  }

  /**
   * The sine of |x| and that many quarter turns, times the sign of x where {@code odd} is the sign
   * bit; for whole vectors of |x| up to {@link Functions#REDUCE_LIMIT}. Written out in full, as
   * {@link #tanh}.
   */
  private static void sin(float[] x, int xAt, float[] y, int yAt, int n, int quarters, int odd) {
    for (int i = 0; i < n; i += WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xAt + i);
      FloatVector a = v.abs();
      FloatVector r =
          a.fma(
              FloatVector.broadcast(FLOATS, Functions.TWO_OVER_PI),
              FloatVector.broadcast(FLOATS, Functions.ROUND));
      IntVector quadrant = r.reinterpretAsInts().add(quarters);
      r = r.sub(FloatVector.broadcast(FLOATS, Functions.ROUND));
      FloatVector f = r.fma(FloatVector.broadcast(FLOATS, -Functions.HALF_PI), a);
      f = r.fma(FloatVector.broadcast(FLOATS, -Functions.HALF_PI_MIDDLE), f);
      f = r.fma(FloatVector.broadcast(FLOATS, -Functions.HALF_PI_LOW), f);
      FloatVector z = f.mul(f);
      FloatVector s = FloatVector.broadcast(FLOATS, Functions.S2);
      s = s.fma(z, FloatVector.broadcast(FLOATS, Functions.S1));
      s = s.fma(z, FloatVector.broadcast(FLOATS, Functions.S0));
      s = s.mul(z).fma(f, f);
      FloatVector c = FloatVector.broadcast(FLOATS, Functions.C2);
      c = c.fma(z, FloatVector.broadcast(FLOATS, Functions.C1));
      c = c.fma(z, FloatVector.broadcast(FLOATS, Functions.C0));
      FloatVector half = FloatVector.broadcast(FLOATS, -0.5f);
      c = c.mul(z).fma(z, z.fma(half, FloatVector.broadcast(FLOATS, 1f)));
      IntVector between = quadrant.lanewise(LSHL, 31).lanewise(ASHR, 31);
      IntVector chosen = s.reinterpretAsInts().lanewise(XOR, c.reinterpretAsInts());
      chosen = chosen.and(between).lanewise(XOR, s.reinterpretAsInts());
      IntVector sign = quadrant.lanewise(LSHL, 30).and(Functions.SIGN_BIT);
      sign = sign.lanewise(XOR, v.reinterpretAsInts().and(odd));
      chosen.lanewise(XOR, sign).reinterpretAsFloats().intoArray(y, yAt + i);
    }
  }

  static void leakyStep(
      Activation f,
      float alpha,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] slope,
      int slopeAt,
      int n) {
    switch (f) {
      case TANH -> leakyTanh(alpha, u, uAt, state, stateAt, next, nextAt, slope, slopeAt, n);
      case SIGMOID -> leakySigmoid(alpha, u, uAt, state, stateAt, next, nextAt, slope, slopeAt, n);
      case RELU -> leakyRelu(alpha, u, uAt, state, stateAt, next, nextAt, slope, slopeAt, n);
      case IDENTITY ->
          leakyIdentity(alpha, u, uAt, state, stateAt, next, nextAt, slope, slopeAt, n);
    }
    int done = FLOATS.loopBound(n);
    TAIL.leakyStep(
        f,
        alpha,
        u,
        uAt + done,
        state,
        stateAt + done,
        next,
        nextAt + done,
        slope,
        slopeAt + done,
        n - done);
  }

  private static void leakyTanh(
      float alpha,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] slope,
      int slopeAt,
      int n) {
    float keep = 1f - alpha;
    for (int i = 0, bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector value = tanh(FloatVector.fromArray(FLOATS, u, uAt + i));
      FloatVector kept = FloatVector.fromArray(FLOATS, state, stateAt + i).mul(keep);
      value.fma(FloatVector.broadcast(FLOATS, alpha), kept).intoArray(next, nextAt + i);
      value
          .neg()
          .fma(value, FloatVector.broadcast(FLOATS, 1f))
          .mul(alpha)
          .intoArray(slope, slopeAt + i);
    }
  }

  private static void leakySigmoid(
      float alpha,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] slope,
      int slopeAt,
      int n) {
    float keep = 1f - alpha;
    for (int i = 0, bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector value = sigmoid(FloatVector.fromArray(FLOATS, u, uAt + i));
      FloatVector kept = FloatVector.fromArray(FLOATS, state, stateAt + i).mul(keep);
      value.fma(FloatVector.broadcast(FLOATS, alpha), kept).intoArray(next, nextAt + i);
      value.neg().fma(value, value).mul(alpha).intoArray(slope, slopeAt + i);
    }
  }

  private static void leakyRelu(
      float alpha,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] slope,
      int slopeAt,
      int n) {
    float keep = 1f - alpha;
    for (int i = 0, bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector z = FloatVector.fromArray(FLOATS, u, uAt + i);
      FloatVector kept = FloatVector.fromArray(FLOATS, state, stateAt + i).mul(keep);
      VectorMask<Float> positive = z.compare(GT, 0f);
      // NaN fails the comparison and stays, as in Math.max; −0 becomes +0.
      FloatVector value = z.blend(0f, z.compare(LE, 0f));
      value.fma(FloatVector.broadcast(FLOATS, alpha), kept).intoArray(next, nextAt + i);
      FloatVector.zero(FLOATS).blend(alpha, positive).intoArray(slope, slopeAt + i);
    }
  }

  private static void leakyIdentity(
      float alpha,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] slope,
      int slopeAt,
      int n) {
    float keep = 1f - alpha;
    for (int i = 0, bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector kept = FloatVector.fromArray(FLOATS, state, stateAt + i).mul(keep);
      FloatVector value = FloatVector.fromArray(FLOATS, u, uAt + i);
      value.fma(FloatVector.broadcast(FLOATS, alpha), kept).intoArray(next, nextAt + i);
      FloatVector.broadcast(FLOATS, alpha).intoArray(slope, slopeAt + i);
    }
  }

  static void leakyBackward(
      float alpha,
      float[] q,
      int qAt,
      float[] slope,
      int slopeAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int n) {
    float keep = 1f - alpha;
    int i = 0;
    for (int bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector total =
          FloatVector.fromArray(FLOATS, adjoint, adjointAt + i)
              .add(FloatVector.fromArray(FLOATS, q, qAt + i));
      FloatVector.fromArray(FLOATS, slope, slopeAt + i).mul(total).intoArray(delta, deltaAt + i);
      total.mul(keep).intoArray(adjoint, adjointAt + i);
    }
    TAIL.leakyBackward(
        alpha, q, qAt + i, slope, slopeAt + i, adjoint, adjointAt + i, delta, deltaAt + i, n - i);
  }

  static void softmax(float[] x, int xAt, int rows, int classes) {
    for (int row = 0; row < rows; row++) {
      int at = xAt + row * classes;
      shift(x, at, classes);
      float sum = exponentials(x, at, classes);
      for (int j = 0; j < classes; j += WIDTH) {
        VectorMask<Float> in = FLOATS.indexInRange(j, classes);
        FloatVector.fromArray(FLOATS, x, at + j, in).div(sum).intoArray(x, at + j, in);
      }
    }
  }

  static double softmaxCrossEntropy(
      float[] z, int zAt, float[] y, int yAt, int rows, int classes, float scale) {
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      int zRow = zAt + row * classes;
      int yRow = yAt + row * classes;
      shift(z, zRow, classes);
      float score = VectorDots.dot(y, yRow, z, zRow, classes);
      float weight = sum(y, yRow, classes);
      float total = exponentials(z, zRow, classes);
      for (int j = 0; j < classes; j += WIDTH) {
        VectorMask<Float> in = FLOATS.indexInRange(j, classes);
        FloatVector minusTarget = FloatVector.fromArray(FLOATS, y, yRow + j, in).neg();
        FloatVector.fromArray(FLOATS, z, zRow + j, in)
            .div(total)
            .fma(FloatVector.broadcast(FLOATS, weight), minusTarget)
            .mul(scale)
            .intoArray(z, zRow + j, in);
      }
      if (classes > 0) {
        loss += (double) weight * Functions.log(total) - score;
      }
    }
    return loss;
  }

  static double squaredError(
      float[] z, int zAt, float[] y, int yAt, int rows, int columns, float scale) {
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      int zRow = zAt + row * columns;
      int yRow = yAt + row * columns;
      for (int j = 0; j < columns; j += WIDTH) {
        VectorMask<Float> in = FLOATS.indexInRange(j, columns);
        FloatVector.fromArray(FLOATS, z, zRow + j, in)
            .sub(FloatVector.fromArray(FLOATS, y, yRow + j, in))
            .intoArray(z, zRow + j, in);
      }
      loss += 0.5 * VectorDots.dot(z, zRow, z, zRow, columns);
      for (int j = 0; j < columns; j += WIDTH) {
        VectorMask<Float> in = FLOATS.indexInRange(j, columns);
        FloatVector.fromArray(FLOATS, z, zRow + j, in).mul(scale).intoArray(z, zRow + j, in);
      }
    }
    return loss;
  }

  /**
   * Subtracts from a row its largest element, NaN where there is one; the order of a maximum does
   * not matter.
   */
  private static void shift(float[] x, int xAt, int n) {
    FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int j = 0; j < n; j += WIDTH) {
      VectorMask<Float> in = FLOATS.indexInRange(j, n);
      max = max.lanewise(VectorOperators.MAX, FloatVector.fromArray(FLOATS, x, xAt + j, in), in);
    }
    float largest = max.reduceLanes(VectorOperators.MAX);
    for (int j = 0; j < n; j += WIDTH) {
      VectorMask<Float> in = FLOATS.indexInRange(j, n);
      FloatVector.fromArray(FLOATS, x, xAt + j, in).sub(largest).intoArray(x, xAt + j, in);
    }
  }

  /**
   * Replaces a row without positive elements by its exponentials and returns their {@link #sum}.
   * Written out in full: longer than 325 bytes it is not inlined into its callers, which would
   * exceed what the compiler inlines of the Vector API.
   */
  private static float exponentials(float[] x, int xAt, int n) {
    for (int j = 0; j < n; j += WIDTH) {
      VectorMask<Float> in = FLOATS.indexInRange(j, n);
      FloatVector v = FloatVector.fromArray(FLOATS, x, xAt + j, in);
      FloatVector least = FloatVector.broadcast(FLOATS, Functions.EXP_MIN);
      FloatVector c = v.blend(least, v.compare(LT, least));
      FloatVector r =
          c.fma(
              FloatVector.broadcast(FLOATS, Functions.LOG2_E),
              FloatVector.broadcast(FLOATS, Functions.ROUND));
      IntVector power = r.reinterpretAsInts().sub(Functions.ROUND_BITS);
      r = r.sub(FloatVector.broadcast(FLOATS, Functions.ROUND));
      FloatVector f = r.fma(FloatVector.broadcast(FLOATS, -Functions.LN2), c);
      f = r.fma(FloatVector.broadcast(FLOATS, -Functions.LN2_LOW), f);
      FloatVector p = FloatVector.broadcast(FLOATS, Functions.P4);
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P3));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P2));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P1));
      p = p.fma(f, FloatVector.broadcast(FLOATS, Functions.P0));
      p = p.fma(f, FloatVector.broadcast(FLOATS, 1f));
      p = p.fma(f, FloatVector.broadcast(FLOATS, 1f));
      IntVector half = power.lanewise(ASHR, 1);
      IntVector rest = power.sub(half);
      half = half.add(Functions.EXPONENT_BIAS).lanewise(LSHL, Functions.MANTISSA_BITS);
      rest = rest.add(Functions.EXPONENT_BIAS).lanewise(LSHL, Functions.MANTISSA_BITS);
      p = p.mul(half.reinterpretAsFloats());
      p.mul(rest.reinterpretAsFloats()).intoArray(x, xAt + j, in);
    }
    return sum(x, xAt, n);
  }

  /**
   * Σ xᵢ in the 16 virtual lanes of {@link Kernels#dot}; sums that start at +0 never become −0, so
   * +0 may be added.
   */
  private static float sum(float[] x, int xAt, int n) {
    return switch (QUADS.length()) {
      case 16 -> sumWide(x, xAt, n);
      case 8 -> sumHalf(x, xAt, n);
      default -> sumQuarter(x, xAt, n);
    };
  }

  private static float sumWide(float[] x, int xAt, int n) {
    FloatVector sum = FloatVector.zero(QUADS);
    for (int j = 0; j < n; j += 16) {
      sum = sum.add(FloatVector.fromArray(QUADS, x, xAt + j, QUADS.indexInRange(j, n)));
    }
    sum = sum.add(sum.rearrange(DOWN_8));
    sum = sum.add(sum.rearrange(DOWN_4));
    sum = sum.add(sum.rearrange(DOWN_2));
    return sum.lane(0) + sum.lane(1);
  }

  private static float sumHalf(float[] x, int xAt, int n) {
    FloatVector low = FloatVector.zero(QUADS);
    FloatVector high = low;
    for (int j = 0; j < n; j += 16) {
      low = low.add(FloatVector.fromArray(QUADS, x, xAt + j, QUADS.indexInRange(j, n)));
      high = high.add(FloatVector.fromArray(QUADS, x, xAt + j + 8, QUADS.indexInRange(j + 8, n)));
    }
    FloatVector sum = low.add(high);
    sum = sum.add(sum.rearrange(DOWN_4));
    sum = sum.add(sum.rearrange(DOWN_2));
    return sum.lane(0) + sum.lane(1);
  }

  private static float sumQuarter(float[] x, int xAt, int n) {
    FloatVector s0 = FloatVector.zero(QUADS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int j = 0; j < n; j += 16) {
      s0 = s0.add(FloatVector.fromArray(QUADS, x, xAt + j, QUADS.indexInRange(j, n)));
      s1 = s1.add(FloatVector.fromArray(QUADS, x, xAt + j + 4, QUADS.indexInRange(j + 4, n)));
      s2 = s2.add(FloatVector.fromArray(QUADS, x, xAt + j + 8, QUADS.indexInRange(j + 8, n)));
      s3 = s3.add(FloatVector.fromArray(QUADS, x, xAt + j + 12, QUADS.indexInRange(j + 12, n)));
    }
    FloatVector sum = s0.add(s2).add(s1.add(s3));
    sum = sum.add(sum.rearrange(DOWN_2));
    return sum.lane(0) + sum.lane(1);
  }

  private static FloatVector exp(FloatVector x) {
    FloatVector c = x.blend(Functions.EXP_MAX, x.compare(GT, Functions.EXP_MAX));
    c = c.blend(Functions.EXP_MIN, c.compare(LT, Functions.EXP_MIN));
    FloatVector r = c.fma(of(Functions.LOG2_E), of(Functions.ROUND));
    IntVector n = r.reinterpretAsInts().sub(Functions.ROUND_BITS);
    r = r.sub(Functions.ROUND);
    FloatVector f = r.fma(of(-Functions.LN2_LOW), r.fma(of(-Functions.LN2), c));
    FloatVector p = expSeries(f).fma(f, of(1f)).fma(f, of(1f));
    IntVector half = n.lanewise(ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(n.sub(half)));
  }

  /** As {@link Functions#tanh}. */
  static FloatVector tanh(FloatVector x) {
    FloatVector a = x.abs();
    a = a.blend(Functions.TANH_MAX, a.compare(GT, Functions.TANH_MAX));
    FloatVector twice = a.add(a);
    FloatVector r = twice.fma(of(Functions.LOG2_E), of(Functions.ROUND));
    IntVector shifted = r.reinterpretAsInts().lanewise(LSHL, Functions.MANTISSA_BITS);
    FloatVector scale = shifted.add(Functions.ONE_BITS).reinterpretAsFloats();
    r = r.sub(Functions.ROUND);
    FloatVector f = r.fma(of(-Functions.LN2), twice);
    FloatVector p = expSeries(f).mul(f).fma(f, f);
    FloatVector m = scale.fma(p, scale.sub(1f));
    FloatVector t = m.div(m.add(2f));
    return t.reinterpretAsInts()
        .or(x.reinterpretAsInts().and(Functions.SIGN_BIT))
        .reinterpretAsFloats();
  }

  static FloatVector sigmoid(FloatVector x) {
    FloatVector e = exp(x.reinterpretAsInts().or(Functions.SIGN_BIT).reinterpretAsFloats());
    FloatVector numerator = of(1f).blend(e, x.compare(LT, 0f));
    return numerator.div(e.add(1f));
  }

  private static FloatVector expSeries(FloatVector f) {
    return of(Functions.P4)
        .fma(f, of(Functions.P3))
        .fma(f, of(Functions.P2))
        .fma(f, of(Functions.P1))
        .fma(f, of(Functions.P0));
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(Functions.EXPONENT_BIAS)
        .lanewise(LSHL, Functions.MANTISSA_BITS)
        .reinterpretAsFloats();
  }

  private static FloatVector of(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }
}
