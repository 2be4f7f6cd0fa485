package kobai.models;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Derivatives of a {@link DiagonalLayer}: equations (2), (3) and (5) of {@link DiagonalCellTape}
 * with an input that moves,
 *
 * <pre>
 * ∂L/∂xₜ = Σ_g δₜ,g W_gᵀ             (1)  [B × d], over the gates that the input drives
 * ȧₜ,g  += ẋₜ W_g                    (2)  [B × n]
 * </pre>
 *
 * <p>(1) is {@code inputGradient}, (2) is in {@code jvp} and {@code jvpState}.
 */
final class DiagonalLayerTape implements RowLocalLayerTape {
  /** A source that drives nothing. */
  private static final float[] ZERO = {0f};

  private final DiagonalShape shape;
  private final DiagonalCell cell;
  private final Kernels kernels;
  private final DiagonalLayerForward forward;
  private final int n;
  private final int d;
  private final int parts;
  private final int size;
  private final int driven;
  private final int gates;
  private final int batch;
  private final int at;
  private final float[] delta;
  private final float[] inputDirection;
  private final float[] inputTransposed;
  private final float[] blocks;
  private final float[] gains;
  private final float[] rowDelta;
  private final float[] rowState;

  DiagonalLayerTape(
      DiagonalLayer layer,
      Kernels kernels,
      Workspace workspace,
      int at,
      int window,
      int batch,
      int chunk) {
    this.kernels = kernels;
    this.batch = batch;
    this.at = at;
    shape = layer.shape();
    n = shape.units();
    d = shape.inputs();
    parts = shape.parts();
    size = shape.stateSize();
    driven = DiagonalShape.DRIVEN * n;
    gates = layer.nodes();
    forward = new DiagonalLayerForward(layer, kernels, workspace, at, window, batch);
    cell = forward.cell();
    delta = workspace.floats("delta", (long) chunk * batch * gates);
    inputDirection = workspace.floats("packed input direction", Kernels.packedSize(d, driven));
    inputTransposed = workspace.floats("packed input transposed", Kernels.packedSize(driven, d));
    blocks = workspace.floats("blocks of a row", (long) parts * size);
    gains = workspace.floats("gains of a row", (long) parts * gates);
    rowDelta = workspace.floats("delta of a row", gates);
    rowState = workspace.floats("state adjoint of a row", size);
  }

  @Override
  public LayerForward forward() {
    return forward;
  }

  @Override
  public void transpose(float[] theta) {
    kernels.pack(theta, at, 1, driven, driven, d, inputTransposed, 0);
  }

  @Override
  public void backward(float[] q, int begin, int end, float[] adjoint) {
    for (int step = end - 1; step >= begin; step--) {
      int first = (step - begin) * batch;
      kernels.axpy(1f, q, first * size, adjoint, 0, batch * size);
      for (int row = 0; row < batch; row++) {
        backwardRow(step, row, adjoint, row * size, delta, (first + row) * gates);
      }
    }
  }

  /** Takes the adjoint of a row's state to that before the step; overwrites out with the deltas. */
  private void backwardRow(
      int step, int row, float[] adjoint, int adjointAt, float[] out, int outAt) {
    int r = step * batch + row;
    cell.backward(
        forward.drives(),
        r * driven,
        forward.outputs(),
        r * size,
        (r + batch) * size,
        adjoint,
        adjointAt,
        out,
        outAt);
  }

  @Override
  public float[] delta() {
    return delta;
  }

  @Override
  public void inputGradient(int rows, float[] out) {
    kernels.gemmPacked(rows, d, driven, delta, 0, gates, inputTransposed, 0, out, 0, d);
  }

  @Override
  public void direct(float[] direction) {
    kernels.pack(direction, at, driven, 1, d, driven, inputDirection, 0);
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
    forward.start(direction, rows, delta, 0, gates);
    forward.inputs(inputDirection, x, xAt, xRow, rows, delta, 0, gates);
    if (moving) {
      forward.inputs(forward.input(), inputTangents, 0, d, rows, delta, 0, gates);
    }
    for (int row = 0; row < rows; row++) {
      int own = row * gates + driven;
      System.arraycopy(direction, at + shape.ownAt(), delta, own, gates - driven);
    }
    for (int row = 0; row < rows; row++) {
      int b = row % batch;
      int tangent = b * size;
      advance(begin + row / batch, b, stateTangent, tangent, delta, row * gates);
      System.arraycopy(stateTangent, tangent, outputTangents, row * size, size);
    }
  }

  /** Takes a row's state tangent through a step, with the tangents a [G × n] of its gates. */
  private void advance(int step, int row, float[] tangent, int tangentAt, float[] a, int aAt) {
    local(step, row, blocks, 0);
    gains(step, row, gains, 0);
    kernels.advanceTraces(parts, blocks, 0, gains, 0, n, ZERO, 0, 0, tangent, tangentAt, 1, n);
    for (int part = 0; part < parts; part++) {
      for (int gate = 0; gate < gates; gate += n) {
        int to = tangentAt + part * n;
        kernels.multiplyAdd(gains, part * gates + gate, a, aAt + gate, tangent, to, n);
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
    if (moving) {
      kernels.gemvTransposedAdd(theta, at, inputTangent, inputTangentAt, rowDelta, 0, d, driven);
    }
    System.arraycopy(tangent, tangentAt, out, outAt, size);
    advance(step, row, out, outAt, rowDelta, 0);
  }

  @Override
  public void vjpState(float[] theta, int step, int row, float[] nu, float[] inputNu) {
    backwardRow(step, row, nu, 0, rowDelta, 0);
    kernels.gemv(theta, at, rowDelta, 0, inputNu, 0, d, driven);
  }

  @Override
  public void vjpInput(float[] theta, int step, int row, float[] nu, float[] inputNu) {
    System.arraycopy(nu, 0, rowState, 0, size);
    backwardRow(step, row, rowState, 0, rowDelta, 0);
    kernels.gemv(theta, at, rowDelta, 0, inputNu, 0, d, driven);
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
    kernels.rankOneAdd(x, xAt, rowDelta, 0, gradient, gradientAt + at, d, driven);
    if (shape.bias()) {
      kernels.axpy(1f, rowDelta, 0, gradient, gradientAt + at + shape.biasAt(), driven);
    }
    int own = gradientAt + at + shape.ownAt();
    kernels.axpy(1f, rowDelta, driven, gradient, own, gates - driven);
    kernels.gemv(theta, at, rowDelta, 0, inputNu, 0, d, driven);
  }

  @Override
  public void gains(int step, int row, float[] out, int outAt) {
    int r = step * batch + row;
    cell.gains(
        forward.drives(), r * driven, forward.outputs(), r * size, (r + batch) * size, out, outAt);
  }

  @Override
  public void local(int step, int row, float[] out, int outAt) {
    int r = step * batch + row;
    cell.local(forward.drives(), r * driven, forward.outputs(), (r + batch) * size, out, outAt);
  }

  @Override
  public void before(int step, int row, float[] out, int outAt) {
    System.arraycopy(forward.outputs(), (step * batch + row) * size, out, outAt, n);
  }
}
