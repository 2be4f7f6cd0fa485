package kobai.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The fast {@link Kernels}, on the JDK Vector API. Every method checks its ranges and hands over to
 * the class that knows its subject: {@link VectorDots}, {@link VectorRows}, {@link VectorColumns},
 * {@link VectorProducts}, {@link VectorTraces}, {@link VectorFunctions}, {@link VectorCells},
 * {@link VectorNoise}.
 */
public final class VectorKernels implements Kernels {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int WIDTH = FLOATS.length();

  /** Creates the kernels, which hold no state. */
  public VectorKernels() {}

  /** Returns the width of the vectors in use, in bits. */
  public static int vectorBits() {
    return FLOATS.vectorBitSize();
  }

  @Override
  public float dot(float[] a, int aAt, float[] b, int bAt, int n) {
    Extents.vector(a, aAt, n);
    Extents.vector(b, bAt, n);
    return VectorDots.dot(a, aAt, b, bAt, n);
  }

  @Override
  public void axpy(float alpha, float[] x, int xAt, float[] y, int yAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    VectorProducts.axpy(alpha, x, xAt, y, yAt, n);
  }

  @Override
  public void scale(float alpha, float[] x, int xAt, int n) {
    Extents.vector(x, xAt, n);
    int bound = FLOATS.loopBound(n);
    int i = 0;
    for (; i < bound; i += WIDTH) {
      FloatVector.fromArray(FLOATS, x, xAt + i).mul(alpha).intoArray(x, xAt + i);
    }
    for (; i < n; i++) {
      x[xAt + i] *= alpha;
    }
  }

  @Override
  public void multiply(float[] x, int xAt, float[] y, int yAt, float[] z, int zAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    Extents.vector(z, zAt, n);
    int bound = FLOATS.loopBound(n);
    int i = 0;
    for (; i < bound; i += WIDTH) {
      FloatVector.fromArray(FLOATS, x, xAt + i)
          .mul(FloatVector.fromArray(FLOATS, y, yAt + i))
          .intoArray(z, zAt + i);
    }
    for (; i < n; i++) {
      z[zAt + i] = x[xAt + i] * y[yAt + i];
    }
  }

  @Override
  public void multiplyAdd(float[] x, int xAt, float[] y, int yAt, float[] z, int zAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    Extents.vector(z, zAt, n);
    int bound = FLOATS.loopBound(n);
    int i = 0;
    for (; i < bound; i += WIDTH) {
      FloatVector.fromArray(FLOATS, x, xAt + i)
          .fma(FloatVector.fromArray(FLOATS, y, yAt + i), FloatVector.fromArray(FLOATS, z, zAt + i))
          .intoArray(z, zAt + i);
    }
    for (; i < n; i++) {
      z[zAt + i] = Math.fma(x[xAt + i], y[yAt + i], z[zAt + i]);
    }
  }

  @Override
  public void perturb(
      float[] x,
      int xAt,
      float alpha,
      float[] v,
      int vAt,
      float[] plus,
      int plusAt,
      float[] minus,
      int minusAt,
      int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(v, vAt, n);
    Extents.vector(plus, plusAt, n);
    Extents.vector(minus, minusAt, n);
    FloatVector up = FloatVector.broadcast(FLOATS, alpha);
    FloatVector down = FloatVector.broadcast(FLOATS, -alpha);
    int bound = FLOATS.loopBound(n);
    int i = 0;
    for (; i < bound; i += WIDTH) {
      FloatVector centre = FloatVector.fromArray(FLOATS, x, xAt + i);
      FloatVector direction = FloatVector.fromArray(FLOATS, v, vAt + i);
      up.fma(direction, centre).intoArray(plus, plusAt + i);
      down.fma(direction, centre).intoArray(minus, minusAt + i);
    }
    for (; i < n; i++) {
      float centre = x[xAt + i];
      plus[plusAt + i] = Math.fma(alpha, v[vAt + i], centre);
      minus[minusAt + i] = Math.fma(-alpha, v[vAt + i], centre);
    }
  }

  @Override
  public void gemv(
      float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns) {
    Extents.matrix(a, aAt, rows, columns);
    Extents.vector(x, xAt, columns);
    Extents.vector(y, yAt, rows);
    VectorRows.gemv(a, aAt, x, xAt, y, yAt, rows, columns);
  }

  @Override
  public void gemvTransposedAdd(
      float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns) {
    Extents.matrix(a, aAt, rows, columns);
    Extents.vector(x, xAt, rows);
    Extents.vector(y, yAt, columns);
    VectorColumns.vectorMatrixAdd(x, xAt, a, aAt, columns, y, yAt, rows, columns);
  }

  @Override
  public void rankOneAdd(
      float[] x, int xAt, float[] y, int yAt, float[] a, int aAt, int rows, int columns) {
    Extents.vector(x, xAt, rows);
    Extents.vector(y, yAt, columns);
    Extents.matrix(a, aAt, rows, columns);
    for (int i = 0; i < rows; i++) {
      VectorProducts.axpy(x[xAt + i], y, yAt, a, aAt + i * columns, columns);
    }
  }

  @Override
  public void rankOne(
      float[] x, int xAt, float[] y, int yAt, float[] a, int aAt, int rows, int columns) {
    Extents.vector(x, xAt, rows);
    Extents.vector(y, yAt, columns);
    Extents.matrix(a, aAt, rows, columns);
    VectorTraces.rankOne(x, xAt, y, yAt, a, aAt, rows, columns);
  }

  @Override
  public void traceStep(
      float[] x,
      int xAt,
      float[] coefficients,
      int coefficientsAt,
      int rows,
      int columns,
      float[] trace,
      int traceAt,
      float[] gradient,
      int gradientAt,
      int gradientRow) {
    Extents.vector(x, xAt, rows);
    Extents.matrix(coefficients, coefficientsAt, 4, columns);
    Extents.matrix(trace, traceAt, rows, columns);
    Extents.output(gradient, gradientAt, gradientRow, rows, columns);
    VectorTraces.step(
        x,
        xAt,
        coefficients,
        coefficientsAt,
        rows,
        columns,
        trace,
        traceAt,
        gradient,
        gradientAt,
        gradientRow);
  }

  @Override
  public void pack(
      float[] b, int bAt, int bRow, int bColumn, int k, int n, float[] packed, int packedAt) {
    Extents.strided(b, bAt, bRow, bColumn, k, n);
    Extents.vector(packed, packedAt, Kernels.packedSize(k, n));
    VectorProducts.pack(b, bAt, bRow, bColumn, k, n, PANEL, packed, packedAt);
  }

  @Override
  public void gemmPacked(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] packed,
      int packedAt,
      float[] c,
      int cAt,
      int cRow) {
    Extents.strided(a, aAt, aRow, 1, m, k);
    Extents.vector(packed, packedAt, Kernels.packedSize(k, n));
    Extents.output(c, cAt, cRow, m, n);
    VectorProducts.packed(m, n, k, a, aAt, aRow, packed, packedAt, c, cAt, cRow, false);
  }

  @Override
  public void gemmPackedAdd(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] packed,
      int packedAt,
      float[] c,
      int cAt,
      int cRow) {
    Extents.strided(a, aAt, aRow, 1, m, k);
    Extents.vector(packed, packedAt, Kernels.packedSize(k, n));
    Extents.output(c, cAt, cRow, m, n);
    VectorProducts.packed(m, n, k, a, aAt, aRow, packed, packedAt, c, cAt, cRow, true);
  }

  @Override
  public int gemmScratch(int m, int n, int k) {
    return VectorProducts.scratch(m, n, k);
  }

  @Override
  public void gemm(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int bRow,
      float[] c,
      int cAt,
      int cRow,
      float[] scratch,
      int scratchAt) {
    Extents.strided(a, aAt, aRow, 1, m, k);
    Extents.strided(b, bAt, bRow, 1, k, n);
    Extents.output(c, cAt, cRow, m, n);
    Extents.vector(scratch, scratchAt, gemmScratch(m, n, k));
    VectorProducts.gemm(m, n, k, a, aAt, aRow, b, bAt, bRow, c, cAt, cRow, scratch, scratchAt);
  }

  @Override
  public void gemmTransposedAdd(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int bRow,
      float[] c,
      int cAt,
      int cRow,
      float[] scratch,
      int scratchAt) {
    Extents.strided(a, aAt, aRow, 1, k, m);
    Extents.strided(b, bAt, bRow, 1, k, n);
    Extents.output(c, cAt, cRow, m, n);
    Extents.vector(scratch, scratchAt, gemmScratch(m, n, k));
    VectorProducts.gemmTransposedAdd(
        m, n, k, a, aAt, aRow, b, bAt, bRow, c, cAt, cRow, scratch, scratchAt);
  }

  @Override
  public void columnSumsAdd(
      float[] x, int xAt, int xRow, int rows, int columns, float[] y, int yAt) {
    Extents.strided(x, xAt, xRow, 1, rows, columns);
    Extents.vector(y, yAt, columns);
    for (int i = 0; i < rows; i++) {
      add(x, xAt + i * xRow, y, yAt, columns);
    }
  }

  private static void add(float[] x, int xAt, float[] y, int yAt, int n) {
    int bound = FLOATS.loopBound(n);
    int i = 0;
    for (; i < bound; i += WIDTH) {
      FloatVector old = FloatVector.fromArray(FLOATS, y, yAt + i);
      old.add(FloatVector.fromArray(FLOATS, x, xAt + i)).intoArray(y, yAt + i);
    }
    for (; i < n; i++) {
      y[yAt + i] += x[xAt + i];
    }
  }

  @Override
  public void packStrips(
      float[] a, int aAt, int aRow, int aColumn, int m, int k, float[] strips, int stripsAt) {
    Extents.strided(a, aAt, aRow, aColumn, m, k);
    Extents.vector(strips, stripsAt, Kernels.stripsSize(m, k));
    VectorProducts.pack(a, aAt, aColumn, aRow, k, m, STRIP, strips, stripsAt);
  }

  @Override
  public void panelProduct(
      int m,
      int k,
      float[] strips,
      int stripsAt,
      float[] panel,
      int panelAt,
      float[] out,
      int outAt) {
    Extents.vector(strips, stripsAt, Kernels.stripsSize(m, k));
    Extents.matrix(panel, panelAt, k, PANEL);
    Extents.matrix(out, outAt, m, PANEL);
    VectorProducts.strips(m, PANEL, k, strips, stripsAt, panel, panelAt, out, outAt, PANEL, false);
  }

  @Override
  public void panelProductAdd(
      int m,
      int k,
      float[] strips,
      int stripsAt,
      float[] panel,
      int panelAt,
      float[] out,
      int outAt) {
    Extents.vector(strips, stripsAt, Kernels.stripsSize(m, k));
    Extents.matrix(panel, panelAt, k, PANEL);
    Extents.matrix(out, outAt, m, PANEL);
    VectorProducts.strips(m, PANEL, k, strips, stripsAt, panel, panelAt, out, outAt, PANEL, true);
  }

  @Override
  public void exp(float[] x, int xAt, float[] y, int yAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    VectorFunctions.exp(x, xAt, y, yAt, n);
  }

  @Override
  public void log(float[] x, int xAt, float[] y, int yAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    VectorFunctions.log(x, xAt, y, yAt, n);
  }

  @Override
  public void tanh(float[] x, int xAt, float[] y, int yAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    VectorFunctions.tanh(x, xAt, y, yAt, n);
  }

  @Override
  public void sigmoid(float[] x, int xAt, float[] y, int yAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    VectorFunctions.sigmoid(x, xAt, y, yAt, n);
  }

  @Override
  public void sin(float[] x, int xAt, float[] y, int yAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    VectorFunctions.sin(x, xAt, y, yAt, n);
  }

  @Override
  public void cos(float[] x, int xAt, float[] y, int yAt, int n) {
    Extents.vector(x, xAt, n);
    Extents.vector(y, yAt, n);
    VectorFunctions.cos(x, xAt, y, yAt, n);
  }

  @Override
  public void leakyStep(
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
    Extents.vector(u, uAt, n);
    Extents.vector(state, stateAt, n);
    Extents.vector(next, nextAt, n);
    Extents.vector(slope, slopeAt, n);
    VectorFunctions.leakyStep(f, alpha, u, uAt, state, stateAt, next, nextAt, slope, slopeAt, n);
  }

  @Override
  public void leakyBackward(
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
    Extents.vector(q, qAt, n);
    Extents.vector(slope, slopeAt, n);
    Extents.vector(adjoint, adjointAt, n);
    Extents.vector(delta, deltaAt, n);
    VectorFunctions.leakyBackward(
        alpha, q, qAt, slope, slopeAt, adjoint, adjointAt, delta, deltaAt, n);
  }

  @Override
  public void rotationStep(
      float[] rotation,
      int rotationAt,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      int n) {
    Extents.matrix(rotation, rotationAt, 3, n);
    Extents.matrix(u, uAt, 2, n);
    Extents.matrix(state, stateAt, 2, n);
    Extents.matrix(next, nextAt, 2, n);
    VectorDiagonals.rotate(rotation, rotationAt, u, uAt, state, stateAt, next, nextAt, n);
  }

  @Override
  public void rotationBackward(
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
    Extents.matrix(rotation, rotationAt, 6, n);
    Extents.matrix(u, uAt, 2, n);
    Extents.matrix(state, stateAt, 2, n);
    Extents.matrix(adjoint, adjointAt, 2, n);
    Extents.gates(gates);
    Extents.matrix(delta, deltaAt, gates, n);
    VectorDiagonals.rotateBack(
        rotation, rotationAt, u, uAt, state, stateAt, adjoint, adjointAt, delta, deltaAt, gates, n);
  }

  @Override
  public void gatedStep(
      float[] u, int uAt, float[] state, int stateAt, float[] next, int nextAt, int n) {
    Extents.matrix(u, uAt, 2, n);
    Extents.vector(state, stateAt, n);
    Extents.vector(next, nextAt, n);
    VectorDiagonals.gate(u, uAt, state, stateAt, next, nextAt, n);
  }

  @Override
  public void gatedBackward(
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int n) {
    Extents.matrix(u, uAt, 2, n);
    Extents.vector(state, stateAt, n);
    Extents.vector(adjoint, adjointAt, n);
    Extents.matrix(delta, deltaAt, 2, n);
    VectorDiagonals.gateBack(u, uAt, state, stateAt, adjoint, adjointAt, delta, deltaAt, n);
  }

  @Override
  public void advanceTraces(
      int parts,
      float[] decay,
      int decayAt,
      float[] gain,
      int gainAt,
      int gainPart,
      float[] x,
      int xAt,
      int xStride,
      float[] traces,
      int tracesAt,
      int rows,
      int n) {
    Extents.traces(parts, decay, decayAt, gain, gainAt, gainPart, n);
    Extents.strided(x, xAt, xStride, 1, rows, 1);
    Extents.matrix(traces, tracesAt, rows, parts * n);
    if (parts == 1) {
      VectorDiagonals.advance(
          decay, decayAt, gain, gainAt, x, xAt, xStride, traces, tracesAt, rows, n);
    } else {
      VectorDiagonals.advancePairs(
          decay, decayAt, gain, gainAt, gainPart, x, xAt, xStride, traces, tracesAt, rows, n);
    }
  }

  @Override
  public void creditTraces(
      int parts,
      boolean turned,
      float[] adjoint,
      int adjointAt,
      float[] traces,
      int tracesAt,
      int rows,
      float[] gradient,
      int gradientAt,
      int gradientRow,
      int n) {
    Extents.parts(parts, turned);
    Extents.matrix(adjoint, adjointAt, parts, n);
    Extents.matrix(traces, tracesAt, rows, parts * n);
    Extents.output(gradient, gradientAt, gradientRow, rows, turned ? 2 * n : n);
    if (parts == 1) {
      VectorDiagonals.credit(
          adjoint, adjointAt, traces, tracesAt, rows, gradient, gradientAt, gradientRow, n);
    } else if (turned) {
      VectorDiagonals.creditTurned(
          adjoint, adjointAt, traces, tracesAt, rows, gradient, gradientAt, gradientRow, n);
    } else {
      VectorDiagonals.creditPairs(
          adjoint, adjointAt, traces, tracesAt, rows, gradient, gradientAt, gradientRow, n);
    }
  }

  @Override
  public void stepTraces(
      int parts,
      boolean turned,
      boolean add,
      float[] decay,
      int decayAt,
      float[] gain,
      int gainAt,
      int gainPart,
      float[] x,
      int xAt,
      float[] adjoint,
      int adjointAt,
      float[] traces,
      int tracesAt,
      int rows,
      float[] gradient,
      int gradientAt,
      int gradientRow,
      int n) {
    if (!turned) {
      Kernels.super.stepTraces(
          parts,
          false,
          add,
          decay,
          decayAt,
          gain,
          gainAt,
          gainPart,
          x,
          xAt,
          adjoint,
          adjointAt,
          traces,
          tracesAt,
          rows,
          gradient,
          gradientAt,
          gradientRow,
          n);
      return;
    }
    Extents.parts(parts, true);
    Extents.traces(parts, decay, decayAt, gain, gainAt, gainPart, n);
    Extents.vector(x, xAt, rows);
    Extents.matrix(adjoint, adjointAt, parts, n);
    Extents.matrix(traces, tracesAt, rows, parts * n);
    Extents.output(gradient, gradientAt, gradientRow, rows, 2 * n);
    VectorDiagonals.stepTurned(
        add,
        decay,
        decayAt,
        gain,
        gainAt,
        gainPart,
        x,
        xAt,
        adjoint,
        adjointAt,
        traces,
        tracesAt,
        rows,
        gradient,
        gradientAt,
        gradientRow,
        n);
  }

  @Override
  public void lstmStep(
      float[] a,
      int aAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] gates,
      int gatesAt,
      int rows,
      int n) {
    Extents.blocks(a, aAt, rows, 4, n);
    Extents.blocks(state, stateAt, rows, 2, n);
    Extents.blocks(next, nextAt, rows, 2, n);
    Extents.blocks(gates, gatesAt, rows, 4, n);
    VectorCells.lstmStep(a, aAt, state, stateAt, next, nextAt, gates, gatesAt, rows, n);
  }

  @Override
  public void lstmBackward(
      float[] q,
      int qAt,
      float[] gates,
      int gatesAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int rows,
      int n) {
    Extents.blocks(q, qAt, rows, 1, n);
    Extents.blocks(gates, gatesAt, rows, 4, n);
    Extents.blocks(state, stateAt, rows, 2, n);
    Extents.blocks(next, nextAt, rows, 2, n);
    Extents.blocks(adjoint, adjointAt, rows, 2, n);
    Extents.blocks(delta, deltaAt, rows, 4, n);
    VectorCells.lstmBackward(
        q, qAt, gates, gatesAt, state, stateAt, next, nextAt, adjoint, adjointAt, delta, deltaAt,
        rows, n);
  }

  @Override
  public void gruStep(
      float[] a,
      int aAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] gates,
      int gatesAt,
      int rows,
      int n) {
    Extents.blocks(a, aAt, rows, 4, n);
    Extents.blocks(state, stateAt, rows, 1, n);
    Extents.blocks(next, nextAt, rows, 1, n);
    Extents.blocks(gates, gatesAt, rows, 4, n);
    VectorCells.gruStep(a, aAt, state, stateAt, next, nextAt, gates, gatesAt, rows, n);
  }

  @Override
  public void gruBackward(
      float[] q,
      int qAt,
      float[] gates,
      int gatesAt,
      float[] state,
      int stateAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int rows,
      int n) {
    Extents.blocks(q, qAt, rows, 1, n);
    Extents.blocks(gates, gatesAt, rows, 4, n);
    Extents.blocks(state, stateAt, rows, 1, n);
    Extents.blocks(adjoint, adjointAt, rows, 1, n);
    Extents.blocks(delta, deltaAt, rows, 4, n);
    VectorCells.gruBackward(
        q, qAt, gates, gatesAt, state, stateAt, adjoint, adjointAt, delta, deltaAt, rows, n);
  }

  @Override
  public void softmax(float[] x, int xAt, int rows, int classes) {
    Extents.matrix(x, xAt, rows, classes);
    VectorFunctions.softmax(x, xAt, rows, classes);
  }

  @Override
  public double softmaxCrossEntropy(
      float[] z, int zAt, float[] y, int yAt, int rows, int classes, float scale) {
    Extents.matrix(z, zAt, rows, classes);
    Extents.matrix(y, yAt, rows, classes);
    return VectorFunctions.softmaxCrossEntropy(z, zAt, y, yAt, rows, classes, scale);
  }

  @Override
  public double squaredError(
      float[] z, int zAt, float[] y, int yAt, int rows, int columns, float scale) {
    Extents.matrix(z, zAt, rows, columns);
    Extents.matrix(y, yAt, rows, columns);
    return VectorFunctions.squaredError(z, zAt, y, yAt, rows, columns, scale);
  }

  @Override
  public void gaussian(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    Extents.vector(out, outAt, n);
    VectorNoise.gaussian(key, c1, c2, c3, out, outAt, n);
  }

  @Override
  public void rademacher(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    Extents.vector(out, outAt, n);
    VectorNoise.rademacher(key, c1, c2, c3, out, outAt, n);
  }

  @Override
  public void uniform(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    Extents.vector(out, outAt, n);
    VectorNoise.uniform(key, c1, c2, c3, out, outAt, n);
  }
}
