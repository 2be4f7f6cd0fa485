package kobai.models;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Derivatives of a {@link CellLayer}: equations (2), (3), (6) and (7) of {@link CellTape} with an
 * input that moves,
 *
 * <pre>
 * ∂L/∂xₜ = δₜ W_inᵀ             (1)  [B × d]
 * ȧₜ += ẋₜ W_in                 (2)  [B × G n]
 * </pre>
 *
 * <p>(1) is {@code inputGradient}, (2) is in {@code jvp} and {@code jvpState}.
 */
final class CellLayerTape implements LayerTape {
  private final Cell cell;
  private final Kernels kernels;
  private final CellLayerForward forward;
  private final int n;
  private final int d;
  private final int parts;
  private final int size;
  private final int gates;
  private final int recurrent;
  private final int input;
  private final int firstInput;
  private final int batch;
  private final int at;
  private final int inputAt;
  private final int biasAt;
  private final float[] delta;
  private final float[] recurrentTransposed;
  private final float[] inputTransposed;
  private final float[] rowGains;
  private final float[] rowLocal;
  private final float[] rowDelta;
  private final float[] rowState;
  private final float[] zeros;

  CellLayerTape(
      CellNetwork network,
      Kernels kernels,
      Workspace workspace,
      int at,
      int window,
      int batch,
      int chunk) {
    this.kernels = kernels;
    this.batch = batch;
    this.at = at;
    cell = network.cell();
    n = network.units();
    d = network.inputs();
    parts = cell.parts();
    size = network.stateSize();
    gates = network.width();
    recurrent = network.recurrentWidth();
    input = network.inputWidth();
    firstInput = network.firstInput();
    inputAt = at + n * recurrent;
    biasAt = inputAt + d * input;
    forward = new CellLayerForward(network, kernels, workspace, at, window, batch, false);
    delta = workspace.floats("delta", (long) chunk * batch * gates);
    // Directions are packed as they stand, weights transposed: room for both shapes.
    recurrentTransposed =
        workspace.floats(
            "packed recurrent transposed",
            Math.max(Kernels.packedSize(recurrent, n), Kernels.packedSize(n, recurrent)));
    inputTransposed =
        workspace.floats(
            "packed input transposed",
            Math.max(Kernels.packedSize(input, d), Kernels.packedSize(d, input)));
    rowGains = workspace.floats("gains of a row", (long) parts * gates);
    rowLocal = workspace.floats("local derivatives of a row", (long) parts * size);
    rowDelta = workspace.floats("delta of a row", gates);
    rowState = workspace.floats("state adjoint of a row", size);
    zeros = workspace.floats("zeros", n);
  }

  @Override
  public LayerForward forward() {
    return forward;
  }

  @Override
  public void transpose(float[] theta) {
    kernels.pack(theta, at, 1, recurrent, recurrent, n, recurrentTransposed, 0);
    kernels.pack(theta, inputAt, 1, input, input, d, inputTransposed, 0);
  }

  @Override
  public void backward(float[] q, int begin, int end, float[] adjoint) {
    for (int step = end - 1; step >= begin; step--) {
      int first = (step - begin) * batch;
      int before = step * batch * size;
      cell.backward(
          kernels,
          CellLayer.NO_PEEPHOLES,
          q,
          first * n,
          forward.slopes(),
          step * batch * gates,
          forward.states(),
          before,
          forward.states(),
          before + batch * size,
          adjoint,
          0,
          delta,
          first * gates,
          batch,
          n);
      kernels.gemmPackedAdd(
          batch,
          n,
          recurrent,
          delta,
          first * gates,
          gates,
          recurrentTransposed,
          0,
          adjoint,
          0,
          size);
    }
  }

  @Override
  public float[] delta() {
    return delta;
  }

  @Override
  public void inputGradient(int rows, float[] out) {
    kernels.gemmPacked(rows, d, input, delta, firstInput, gates, inputTransposed, 0, out, 0, d);
  }

  @Override
  public void direct(float[] direction) {
    kernels.pack(direction, at, recurrent, 1, n, recurrent, recurrentTransposed, 0);
    kernels.pack(direction, inputAt, input, 1, d, input, inputTransposed, 0);
  }

  @Override
  public void jvp(
      float[] direction,
      float[] x,
      int xAt,
      int xRow,
      int begin,
      int end,
      float[] inputTangents,
      boolean moving,
      float[] stateTangent,
      float[] outputTangents) {
    int rows = (end - begin) * batch;
    int before = begin * batch * size;
    CellForward.repeat(direction, biasAt, gates, rows, delta, 0);
    kernels.gemmPackedAdd(
        rows,
        recurrent,
        n,
        forward.states(),
        before,
        size,
        recurrentTransposed,
        0,
        delta,
        0,
        gates);
    forward.inputs(inputTransposed, x, xAt, xRow, rows, delta, 0);
    if (moving) {
      forward.inputs(forward.input(), inputTangents, 0, d, rows, delta, 0);
    }
    for (int step = begin; step < end; step++) {
      int first = (step - begin) * batch;
      forward.recurrent(stateTangent, 0, delta, first * gates);
      for (int row = 0; row < batch; row++) {
        derive(step, row);
        System.arraycopy(stateTangent, row * size, rowState, 0, size);
        advance(rowState, 0, delta, (first + row) * gates, stateTangent, row * size);
        System.arraycopy(stateTangent, row * size, outputTangents, (first + row) * n, n);
      }
    }
  }

  /** φₐ and φₛ of a step and row: the cell's backward pass at the unit adjoint of each part. */
  private void derive(int step, int row) {
    Arrays.fill(rowLocal, 0f);
    for (int part = 0; part < parts; part++) {
      int adjoint = part * size;
      Arrays.fill(rowLocal, adjoint + part * n, adjoint + (part + 1) * n, 1f);
      backwardRow(step, row, rowLocal, adjoint, rowGains, part * gates);
    }
  }

  private void backwardRow(
      int step, int row, float[] adjoint, int adjointAt, float[] out, int outAt) {
    int r = step * batch + row;
    cell.backward(
        kernels,
        CellLayer.NO_PEEPHOLES,
        zeros,
        0,
        forward.slopes(),
        r * gates,
        forward.states(),
        r * size,
        forward.states(),
        (r + batch) * size,
        adjoint,
        adjointAt,
        out,
        outAt,
        1,
        n);
  }

  /** Overwrites out [p n] with φₛ tangent + φₐ a. */
  private void advance(float[] tangent, int tangentAt, float[] a, int aAt, float[] out, int outAt) {
    for (int part = 0; part < parts; part++) {
      int to = outAt + part * n;
      kernels.multiply(rowLocal, part * size, tangent, tangentAt, out, to, n);
      for (int other = 1; other < parts; other++) {
        int local = part * size + other * n;
        kernels.multiplyAdd(rowLocal, local, tangent, tangentAt + other * n, out, to, n);
      }
      for (int gate = 0; gate < gates; gate += n) {
        kernels.multiplyAdd(rowGains, part * gates + gate, a, aAt + gate, out, to, n);
      }
    }
  }

  @Override
  public void jvpState(
      float[] theta,
      int step,
      int row,
      float[] tangent,
      int tangentAt,
      float[] inputTangent,
      int inputTangentAt,
      boolean moving,
      float[] out,
      int outAt) {
    Arrays.fill(rowDelta, 0f);
    kernels.gemvTransposedAdd(theta, at, tangent, tangentAt, rowDelta, 0, n, recurrent);
    if (moving) {
      kernels.gemvTransposedAdd(
          theta, inputAt, inputTangent, inputTangentAt, rowDelta, firstInput, d, input);
    }
    derive(step, row);
    advance(tangent, tangentAt, rowDelta, 0, out, outAt);
  }

  @Override
  public void vjpState(float[] theta, int step, int row, float[] nu, float[] inputNu) {
    System.arraycopy(nu, 0, rowState, 0, size);
    backwardRow(step, row, rowState, 0, rowDelta, 0);
    kernels.gemv(theta, at, rowDelta, 0, nu, 0, n, recurrent);
    kernels.axpy(1f, rowState, 0, nu, 0, n);
    System.arraycopy(rowState, n, nu, n, size - n);
    kernels.gemv(theta, inputAt, rowDelta, firstInput, inputNu, 0, d, input);
  }

  @Override
  public void vjpAdd(
      float[] theta,
      float[] x,
      int xAt,
      int step,
      int row,
      float[] nu,
      int nuAt,
      float[] gradient,
      int gradientAt,
      float[] inputNu) {
    System.arraycopy(nu, nuAt, rowState, 0, size);
    backwardRow(step, row, rowState, 0, rowDelta, 0);
    kernels.rankOneAdd(
        forward.states(),
        (step * batch + row) * size,
        rowDelta,
        0,
        gradient,
        gradientAt + at,
        n,
        recurrent);
    kernels.rankOneAdd(x, xAt, rowDelta, firstInput, gradient, gradientAt + inputAt, d, input);
    kernels.axpy(1f, rowDelta, 0, gradient, gradientAt + biasAt, gates);
    kernels.gemv(theta, inputAt, rowDelta, firstInput, inputNu, 0, d, input);
  }
}
