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
final class CellLayerTape implements RowLocalLayerTape {
  private final CellNetwork network;
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
  private final int peepholesAt;
  private final CellRow one;

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
    this.network = network;
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
    peepholesAt = biasAt + gates;
    one =
        new CellRow(
            network,
            kernels,
            workspace,
            batch,
            forward.peepholes(),
            forward.outputs(),
            forward.slopes());
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
          forward.peepholes(),
          q,
          first * n,
          forward.slopes(),
          step * batch * gates,
          forward.outputs(),
          before,
          forward.outputs(),
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
        forward.outputs(),
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
        int a = (first + row) * gates;
        one.peepAdd(step, row, direction, peepholesAt, delta, a);
        one.advance(step, row, delta, a, stateTangent, row * size);
        System.arraycopy(stateTangent, row * size, outputTangents, (first + row) * n, n);
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
    float[] a = one.delta();
    Arrays.fill(a, 0f);
    kernels.gemvTransposedAdd(theta, at, tangent, tangentAt, a, 0, n, recurrent);
    if (moving) {
      kernels.gemvTransposedAdd(
          theta, inputAt, inputTangent, inputTangentAt, a, firstInput, d, input);
    }
    System.arraycopy(tangent, tangentAt, out, outAt, size);
    one.advance(step, row, a, 0, out, outAt);
  }

  @Override
  public void vjpState(float[] theta, int step, int row, float[] nu, float[] inputNu) {
    one.backward(step, row, nu, 0);
    kernels.gemv(theta, at, one.delta(), 0, nu, 0, n, recurrent);
    kernels.axpy(1f, one.state(), 0, nu, 0, n);
    System.arraycopy(one.state(), n, nu, n, size - n);
    kernels.gemv(theta, inputAt, one.delta(), firstInput, inputNu, 0, d, input);
  }

  @Override
  public void vjpInput(float[] theta, int step, int row, float[] nu, float[] inputNu) {
    one.backward(step, row, nu, 0);
    kernels.gemv(theta, inputAt, one.delta(), firstInput, inputNu, 0, d, input);
  }

  @Override
  public void gains(int step, int row, float[] out, int outAt) {
    one.derive(step, row);
    System.arraycopy(one.gains(), 0, out, outAt, parts * gates);
  }

  @Override
  public void local(int step, int row, float[] out, int outAt) {
    one.derive(step, row);
    System.arraycopy(one.local(), 0, out, outAt, parts * size);
  }

  @Override
  public void before(int step, int row, float[] out, int outAt) {
    System.arraycopy(forward.outputs(), (step * batch + row) * size, out, outAt, n);
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
    one.backward(step, row, nu, nuAt);
    kernels.rankOneAdd(
        forward.outputs(),
        (step * batch + row) * size,
        one.delta(),
        0,
        gradient,
        gradientAt + at,
        n,
        recurrent);
    kernels.rankOneAdd(x, xAt, one.delta(), firstInput, gradient, gradientAt + inputAt, d, input);
    kernels.axpy(1f, one.delta(), 0, gradient, gradientAt + biasAt, gates);
    int before = (step * batch + row) * size;
    network.peepholesAdd(
        kernels,
        one.delta(),
        0,
        forward.outputs(),
        before,
        before + batch * size,
        gradient,
        gradientAt + peepholesAt);
    kernels.gemv(theta, inputAt, one.delta(), firstInput, inputNu, 0, d, input);
  }
}
