package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The diagonal cells of {@link VectorKernels}: {@link DiagonalElements} in every lane, the same
 * roundings in the same order. The kernels of traces go through memory in its order; what belongs
 * to the units stays in the first-level cache. Extents are checked by the caller.
 */
final class VectorDiagonals {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int WIDTH = FLOATS.length();

  private VectorDiagonals() {}

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
  }

  static void rotate(
      float[] rotation,
      int rotationAt,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      int n) {
    int i = 0;
    for (int bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector real = load(rotation, rotationAt + i);
      FloatVector imaginary = load(rotation, rotationAt + n + i);
      FloatVector gamma = load(rotation, rotationAt + 2 * n + i);
      FloatVector x = load(state, stateAt + i);
      FloatVector y = load(state, stateAt + n + i);
      FloatVector driveX = gamma.mul(load(u, uAt + i));
      FloatVector driveY = gamma.mul(load(u, uAt + n + i));
      real.fma(x, imaginary.neg().fma(y, driveX)).intoArray(next, nextAt + i);
      real.fma(y, imaginary.fma(x, driveY)).intoArray(next, nextAt + n + i);
    }
    for (; i < n; i++) {
      DiagonalElements.rotate(rotation, rotationAt, u, uAt, state, stateAt, next, nextAt, i, n);
    }
  }

  static void rotateBack(
      float[] rotation,
      int rotationAt,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int gates,
      int n) {
    int i = 0;
    for (int bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector real = load(rotation, rotationAt + i);
      FloatVector imaginary = load(rotation, rotationAt + n + i);
      FloatVector gamma = load(rotation, rotationAt + 2 * n + i);
      FloatVector x = load(state, stateAt + i);
      FloatVector y = load(state, stateAt + n + i);
      FloatVector a = load(adjoint, adjointAt + i);
      FloatVector b = load(adjoint, adjointAt + n + i);
      FloatVector turnedX = real.fma(x, imaginary.mul(y).neg());
      FloatVector turnedY = real.fma(y, imaginary.mul(x));
      FloatVector along = a.fma(turnedX, b.mul(turnedY));
      FloatVector across = b.fma(turnedX, a.mul(turnedY).neg());
      FloatVector driven = a.fma(load(u, uAt + i), b.mul(load(u, uAt + n + i)));
      gamma.mul(a).intoArray(delta, deltaAt + i);
      gamma.mul(b).intoArray(delta, deltaAt + n + i);
      load(rotation, rotationAt + 3 * n + i)
          .fma(along, load(rotation, rotationAt + 4 * n + i).mul(driven))
          .intoArray(delta, deltaAt + 2 * n + i);
      load(rotation, rotationAt + 5 * n + i).mul(across).intoArray(delta, deltaAt + 3 * n + i);
      if (gates == 5) {
        gamma.mul(driven).intoArray(delta, deltaAt + 4 * n + i);
      }
      real.fma(a, imaginary.mul(b)).intoArray(adjoint, adjointAt + i);
      real.fma(b, imaginary.mul(a).neg()).intoArray(adjoint, adjointAt + n + i);
    }
    for (; i < n; i++) {
      DiagonalElements.rotateBack(
          rotation,
          rotationAt,
          u,
          uAt,
          state,
          stateAt,
          adjoint,
          adjointAt,
          delta,
          deltaAt,
          gates,
          i,
          n);
    }
  }

  static void gate(
      float[] u, int uAt, float[] state, int stateAt, float[] next, int nextAt, int n) {
    // A pass of its own: together they exceed what the compiler inlines of the Vector API.
    VectorFunctions.sigmoid(u, uAt + n, u, uAt + n, n);
    int i = 0;
    for (int bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector h = load(state, stateAt + i);
      load(u, uAt + n + i).fma(load(u, uAt + i).sub(h), h).intoArray(next, nextAt + i);
    }
    for (; i < n; i++) {
      float h = state[stateAt + i];
      next[nextAt + i] = Math.fma(u[uAt + n + i], u[uAt + i] - h, h);
    }
  }

  static void gateBack(
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int n) {
    int i = 0;
    for (int bound = FLOATS.loopBound(n); i < bound; i += WIDTH) {
      FloatVector z = load(u, uAt + n + i);
      FloatVector a = load(adjoint, adjointAt + i);
      FloatVector reach = load(u, uAt + i).sub(load(state, stateAt + i));
      FloatVector minus = z.neg();
      z.mul(a).intoArray(delta, deltaAt + i);
      minus.fma(z, z).mul(a.mul(reach)).intoArray(delta, deltaAt + n + i);
      minus.fma(a, a).intoArray(adjoint, adjointAt + i);
    }
    for (; i < n; i++) {
      DiagonalElements.gateBack(u, uAt, state, stateAt, adjoint, adjointAt, delta, deltaAt, i, n);
    }
  }

  static void advance(
      float[] decay,
      int decayAt,
      float[] own,
      int ownAt,
      float[] x,
      int xAt,
      int xStride,
      float[] traces,
      int tracesAt,
      int rows,
      int n) {
    int bound = FLOATS.loopBound(n);
    for (int j = 0; j < rows; j++) {
      int at = tracesAt + j * n;
      float value = x[xAt + j * xStride];
      FloatVector source = FloatVector.broadcast(FLOATS, value);
      for (int i = 0; i < bound; i += WIDTH) {
        FloatVector kept = load(decay, decayAt + i).mul(load(traces, at + i));
        source.fma(load(own, ownAt + i), kept).intoArray(traces, at + i);
      }
      for (int i = bound; i < n; i++) {
        DiagonalElements.advance(decay, decayAt, own, ownAt, value, traces, at, i);
      }
    }
  }

  static void advancePairs(
      float[] decay,
      int decayAt,
      float[] own,
      int ownAt,
      int ownPart,
      float[] x,
      int xAt,
      int xStride,
      float[] traces,
      int tracesAt,
      int rows,
      int n) {
    int bound = FLOATS.loopBound(n);
    for (int j = 0; j < rows; j++) {
      int at = tracesAt + 2 * j * n;
      float value = x[xAt + j * xStride];
      FloatVector source = FloatVector.broadcast(FLOATS, value);
      for (int i = 0; i < bound; i += WIDTH) {
        FloatVector first = load(traces, at + i);
        FloatVector second = load(traces, at + n + i);
        FloatVector kept1 =
            load(decay, decayAt + i).fma(first, load(decay, decayAt + n + i).mul(second));
        FloatVector kept2 =
            load(decay, decayAt + 2 * n + i)
                .fma(first, load(decay, decayAt + 3 * n + i).mul(second));
        source.fma(load(own, ownAt + i), kept1).intoArray(traces, at + i);
        source.fma(load(own, ownAt + ownPart + i), kept2).intoArray(traces, at + n + i);
      }
      for (int i = bound; i < n; i++) {
        DiagonalElements.advancePair(decay, decayAt, own, ownAt, ownPart, value, traces, at, i, n);
      }
    }
  }

  static void credit(
      float[] adjoint,
      int adjointAt,
      float[] traces,
      int tracesAt,
      int rows,
      float[] g,
      int gAt,
      int gRow,
      int n) {
    int bound = FLOATS.loopBound(n);
    for (int j = 0; j < rows; j++) {
      int trace = tracesAt + j * n;
      int at = gAt + j * gRow;
      for (int i = 0; i < bound; i += WIDTH) {
        load(adjoint, adjointAt + i)
            .fma(load(traces, trace + i), load(g, at + i))
            .intoArray(g, at + i);
      }
      for (int i = bound; i < n; i++) {
        DiagonalElements.credit(adjoint, adjointAt, traces, trace, g, at, i);
      }
    }
  }

  static void creditPairs(
      float[] adjoint,
      int adjointAt,
      float[] traces,
      int tracesAt,
      int rows,
      float[] g,
      int gAt,
      int gRow,
      int n) {
    int bound = FLOATS.loopBound(n);
    for (int j = 0; j < rows; j++) {
      int trace = tracesAt + 2 * j * n;
      int at = gAt + j * gRow;
      for (int i = 0; i < bound; i += WIDTH) {
        FloatVector a = load(adjoint, adjointAt + i);
        FloatVector b = load(adjoint, adjointAt + n + i);
        b.fma(load(traces, trace + n + i), a.fma(load(traces, trace + i), load(g, at + i)))
            .intoArray(g, at + i);
      }
      for (int i = bound; i < n; i++) {
        DiagonalElements.creditPair(adjoint, adjointAt, traces, trace, g, at, i, n);
      }
    }
  }

  static void creditTurned(
      float[] adjoint,
      int adjointAt,
      float[] traces,
      int tracesAt,
      int rows,
      float[] g,
      int gAt,
      int gRow,
      int n) {
    int bound = FLOATS.loopBound(n);
    for (int j = 0; j < rows; j++) {
      int trace = tracesAt + 2 * j * n;
      int at = gAt + j * gRow;
      for (int i = 0; i < bound; i += WIDTH) {
        FloatVector a = load(adjoint, adjointAt + i);
        FloatVector b = load(adjoint, adjointAt + n + i);
        FloatVector first = load(traces, trace + i);
        FloatVector second = load(traces, trace + n + i);
        b.fma(second, a.fma(first, load(g, at + i))).intoArray(g, at + i);
        b.fma(first, a.neg().fma(second, load(g, at + n + i))).intoArray(g, at + n + i);
      }
      for (int i = bound; i < n; i++) {
        DiagonalElements.creditTurned(adjoint, adjointAt, traces, trace, g, at, i, n);
      }
    }
  }

  /**
   * {@link #advancePairs} and {@link #creditTurned} in one pass, two rows at a time, which share
   * the loads of what belongs to the units. A gradient that is overwritten is read all the same:
   * stores that miss the first-level cache cost more than loads do, which the processor sees
   * coming.
   */
  static void stepTurned(
      boolean add,
      float[] decay,
      int decayAt,
      float[] own,
      int ownAt,
      int ownPart,
      float[] x,
      int xAt,
      float[] adjoint,
      int adjointAt,
      float[] traces,
      int tracesAt,
      int rows,
      float[] g,
      int gAt,
      int gRow,
      int n) {
    VectorMask<Float> keep = FLOATS.maskAll(add);
    FloatVector zero = FloatVector.zero(FLOATS);
    int even = rows - rows % 2;
    int bound = FLOATS.loopBound(n);
    for (int j = 0; j < even; j += 2) {
      int t1 = tracesAt + 2 * j * n;
      int t2 = t1 + 2 * n;
      int g1 = gAt + j * gRow;
      int g2 = g1 + gRow;
      FloatVector x1 = FloatVector.broadcast(FLOATS, x[xAt + j]);
      FloatVector x2 = FloatVector.broadcast(FLOATS, x[xAt + j + 1]);
      for (int i = 0; i < bound; i += WIDTH) {
        FloatVector d11 = load(decay, decayAt + i);
        FloatVector d12 = load(decay, decayAt + n + i);
        FloatVector d21 = load(decay, decayAt + 2 * n + i);
        FloatVector d22 = load(decay, decayAt + 3 * n + i);
        FloatVector gain1 = load(own, ownAt + i);
        FloatVector gain2 = load(own, ownAt + ownPart + i);
        FloatVector a = load(adjoint, adjointAt + i);
        FloatVector b = load(adjoint, adjointAt + n + i);
        FloatVector first = load(traces, t1 + i);
        FloatVector second = load(traces, t1 + n + i);
        FloatVector real = x1.fma(gain1, d11.fma(first, d12.mul(second)));
        FloatVector imaginary = x1.fma(gain2, d21.fma(first, d22.mul(second)));
        real.intoArray(traces, t1 + i);
        imaginary.intoArray(traces, t1 + n + i);
        first = zero.blend(load(g, g1 + i), keep);
        second = zero.blend(load(g, g1 + n + i), keep);
        b.fma(imaginary, a.fma(real, first)).intoArray(g, g1 + i);
        b.fma(real, a.neg().fma(imaginary, second)).intoArray(g, g1 + n + i);
        first = load(traces, t2 + i);
        second = load(traces, t2 + n + i);
        real = x2.fma(gain1, d11.fma(first, d12.mul(second)));
        imaginary = x2.fma(gain2, d21.fma(first, d22.mul(second)));
        real.intoArray(traces, t2 + i);
        imaginary.intoArray(traces, t2 + n + i);
        first = zero.blend(load(g, g2 + i), keep);
        second = zero.blend(load(g, g2 + n + i), keep);
        b.fma(imaginary, a.fma(real, first)).intoArray(g, g2 + i);
        b.fma(real, a.neg().fma(imaginary, second)).intoArray(g, g2 + n + i);
      }
    }
    for (int j = 0; j < rows; j++) {
      int from = j < even ? bound : 0; // an odd row, and what does not fill a vector
      int t = tracesAt + 2 * j * n;
      int to = gAt + j * gRow;
      for (int i = from; i < n; i++) {
        g[to + i] = add ? g[to + i] : 0f;
        g[to + n + i] = add ? g[to + n + i] : 0f;
        DiagonalElements.advancePair(
            decay, decayAt, own, ownAt, ownPart, x[xAt + j], traces, t, i, n);
        DiagonalElements.creditTurned(adjoint, adjointAt, traces, t, g, to, i, n);
      }
    }
  }
}
