package kobai.models;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Derivatives of a {@link TwoStageLayer}. With ν = q + a the adjoint of hₜ, in the order of work:
 *
 * <pre>
 * δc = ν ⊙ w ⊙ (1 − c²)                           (1)  [B × n]
 * β  = δc Cᵀ, the adjoint of r ⊙ h                 (2)  [B × n]
 * GRU: δu = ν ⊙ (h − c) ⊙ u(1 − u), δr = β ⊙ h ⊙ r(1 − r)
 * MGU: δf = (ν ⊙ (c − h) + β ⊙ h) ⊙ f(1 − f)       (3)  [B × (G − 1) n]
 * a  = ν ⊙ (1 − w) + β ⊙ r + [gates' δ] Wᵀ          (4)  [B × n]
 * ∂L/∂W = Σ hᵀ δ, ∂L/∂C = Σ (r ⊙ h)ᵀ δc             (5)
 * </pre>
 *
 * <p>all at step t with h = hₜ₋₁; two products a step stay in the time loop, as in the forward
 * pass.
 */
final class TwoStageTape implements LayerTape {
  private final TwoStageLayer layer;
  private final Kernels kernels;
  private final TwoStageForward forward;
  private final int n;
  private final int d;
  private final int gates;
  private final int width;
  private final int batch;
  private final int at;
  private final float[] delta;
  private final float[] beta;
  private final float[] recurrentTransposed;
  private final float[] candidateTransposed;
  private final float[] inputTransposed;
  private final float[] rowDelta;
  private final float[] rowState;

  TwoStageTape(
      TwoStageLayer layer,
      Kernels kernels,
      Workspace workspace,
      int at,
      int window,
      int batch,
      int chunk) {
    this.layer = layer;
    this.kernels = kernels;
    this.batch = batch;
    this.at = at;
    n = layer.outputs();
    d = layer.inputs();
    gates = layer.gateWidth();
    width = layer.nodes();
    forward = new TwoStageForward(layer, kernels, workspace, at, window, batch, false);
    delta = workspace.floats("delta", (long) chunk * batch * width);
    beta = workspace.floats("reset adjoint", (long) batch * n);
    // Directions are packed as they stand, weights transposed: room for both shapes.
    recurrentTransposed =
        workspace.floats(
            "packed recurrent transposed",
            Math.max(Kernels.packedSize(gates, n), Kernels.packedSize(n, gates)));
    candidateTransposed =
        workspace.floats("packed candidate recurrent transposed", Kernels.packedSize(n, n));
    inputTransposed =
        workspace.floats(
            "packed input transposed",
            Math.max(Kernels.packedSize(width, d), Kernels.packedSize(d, width)));
    rowDelta = workspace.floats("delta of a row", width);
    rowState = workspace.floats("state adjoint of a row", n);
  }

  @Override
  public LayerForward forward() {
    return forward;
  }

  @Override
  public void transpose(float[] theta) {
    kernels.pack(theta, at, 1, gates, gates, n, recurrentTransposed, 0);
    kernels.pack(theta, at + layer.candidateAt(), 1, n, n, n, candidateTransposed, 0);
    kernels.pack(theta, at + layer.inputAt(), 1, width, width, d, inputTransposed, 0);
  }

  @Override
  public void backward(float[] q, int begin, int end, float[] adjoint) {
    float[] g = forward.activations();
    float[] h = forward.outputs();
    for (int step = end - 1; step >= begin; step--) {
      int first = (step - begin) * batch;
      int here = step * batch;
      kernels.axpy(1f, q, first * n, adjoint, 0, batch * n);
      for (int row = 0; row < batch; row++) {
        int r = here + row;
        int to = (first + row) * width;
        layer.mixBackward(g, r * width, h, r * n, adjoint, row * n, delta, to);
      }
      kernels.gemmPacked(
          batch, n, n, delta, first * width + gates, width, candidateTransposed, 0, beta, 0, n);
      for (int row = 0; row < batch; row++) {
        int r = here + row;
        int to = (first + row) * width;
        layer.resetBackward(g, r * width, h, r * n, beta, row * n, adjoint, row * n, delta, to);
      }
      kernels.gemmPackedAdd(
          batch, n, gates, delta, first * width, width, recurrentTransposed, 0, adjoint, 0, n);
    }
  }

  @Override
  public float[] delta() {
    return delta;
  }

  @Override
  public void inputGradient(int rows, float[] out) {
    kernels.gemmPacked(rows, d, width, delta, 0, width, inputTransposed, 0, out, 0, d);
  }

  @Override
  public void direct(float[] direction) {
    kernels.pack(direction, at, gates, 1, n, gates, recurrentTransposed, 0);
    kernels.pack(direction, at + layer.candidateAt(), n, 1, n, n, candidateTransposed, 0);
    kernels.pack(direction, at + layer.inputAt(), width, 1, d, width, inputTransposed, 0);
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
    int before = begin * batch * n;
    float[] h = forward.outputs();
    CellForward.repeat(direction, at + layer.biasAt(), width, rows, delta, 0);
    kernels.gemmPackedAdd(rows, gates, n, h, before, n, recurrentTransposed, 0, delta, 0, width);
    kernels.gemmPackedAdd(
        rows, n, n, forward.resets(), before, n, candidateTransposed, 0, delta, gates, width);
    forward.inputs(inputTransposed, x, xAt, xRow, rows, delta, 0);
    if (moving) {
      forward.inputs(forward.input(), inputTangents, 0, d, rows, delta, 0);
    }
    for (int step = begin; step < end; step++) {
      jvpStep(step, (step - begin) * batch, stateTangent, outputTangents);
    }
  }

  private void jvpStep(int step, int first, float[] stateTangent, float[] outputTangents) {
    float[] g = forward.activations();
    float[] h = forward.outputs();
    forward.recurrent(stateTangent, 0, delta, first * width);
    for (int row = 0; row < batch; row++) {
      int r = step * batch + row;
      int a = (first + row) * width;
      layer.resetForward(g, r * width, h, r * n, delta, a, stateTangent, row * n, beta, row * n);
    }
    forward.candidate(beta, 0, delta, first * width);
    for (int row = 0; row < batch; row++) {
      int r = step * batch + row;
      int a = (first + row) * width;
      layer.mixForward(
          g, r * width, h, r * n, delta, a, stateTangent, row * n, stateTangent, row * n);
    }
    System.arraycopy(stateTangent, 0, outputTangents, first * n, batch * n);
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
    float[] g = forward.activations();
    float[] h = forward.outputs();
    int r = step * batch + row;
    Arrays.fill(rowDelta, 0f);
    kernels.gemvTransposedAdd(theta, at, tangent, tangentAt, rowDelta, 0, n, gates);
    if (moving) {
      int in = at + layer.inputAt();
      kernels.gemvTransposedAdd(theta, in, inputTangent, inputTangentAt, rowDelta, 0, d, width);
    }
    layer.resetForward(g, r * width, h, r * n, rowDelta, 0, tangent, tangentAt, rowState, 0);
    int c = at + layer.candidateAt();
    kernels.gemvTransposedAdd(theta, c, rowState, 0, rowDelta, gates, n, n);
    layer.mixForward(g, r * width, h, r * n, rowDelta, 0, tangent, tangentAt, out, outAt);
  }

  @Override
  public void vjpState(float[] theta, int step, int row, float[] nu, float[] inputNu) {
    backwardRow(theta, step, row, nu, 0);
    kernels.gemv(theta, at, rowDelta, 0, nu, 0, n, gates);
    kernels.axpy(1f, rowState, 0, nu, 0, n);
    kernels.gemv(theta, at + layer.inputAt(), rowDelta, 0, inputNu, 0, d, width);
  }

  @Override
  public void vjpInput(float[] theta, int step, int row, float[] nu, float[] inputNu) {
    backwardRow(theta, step, row, nu, 0);
    kernels.gemv(theta, at + layer.inputAt(), rowDelta, 0, inputNu, 0, d, width);
  }

  /** One row and step: (1) to (3) to {@code rowDelta}, (4) without W to {@code rowState}. */
  private void backwardRow(float[] theta, int step, int row, float[] nu, int nuAt) {
    float[] g = forward.activations();
    float[] h = forward.outputs();
    int r = step * batch + row;
    System.arraycopy(nu, nuAt, rowState, 0, n);
    layer.mixBackward(g, r * width, h, r * n, rowState, 0, rowDelta, 0);
    kernels.gemv(theta, at + layer.candidateAt(), rowDelta, gates, beta, 0, n, n);
    layer.resetBackward(g, r * width, h, r * n, beta, 0, rowState, 0, rowDelta, 0);
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
    float[] h = forward.outputs();
    int r = step * batch + row;
    int c = at + layer.candidateAt();
    int in = at + layer.inputAt();
    backwardRow(theta, step, row, nu, nuAt);
    kernels.rankOneAdd(h, r * n, rowDelta, 0, gradient, gradientAt + at, n, gates);
    kernels.rankOneAdd(forward.resets(), r * n, rowDelta, gates, gradient, gradientAt + c, n, n);
    kernels.rankOneAdd(x, xAt, rowDelta, 0, gradient, gradientAt + in, d, width);
    kernels.axpy(1f, rowDelta, 0, gradient, gradientAt + at + layer.biasAt(), width);
    kernels.gemv(theta, in, rowDelta, 0, inputNu, 0, d, width);
  }
}
