package kobai.models;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** Derivatives of an {@link EmbeddingLayer}: its deltas are the q that the layers above give it. */
final class EmbeddingTape implements LayerTape {
  private final EmbeddingLayer layer;
  private final Kernels kernels;
  private final EmbeddingForward forward;
  private final int n;
  private final int batch;
  private final int at;
  private final float[] delta;
  private final float[] tableDirection;

  EmbeddingTape(
      EmbeddingLayer layer,
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
    forward = new EmbeddingForward(layer, kernels, workspace, at, window, batch);
    delta = workspace.floats("delta", (long) chunk * batch * n);
    tableDirection =
        workspace.floats(
            "packed table direction",
            layer.symbols() == EmbeddingModel.Symbols.INDEX
                ? 0
                : Kernels.packedSize(layer.vocabulary(), n));
  }

  @Override
  public LayerForward forward() {
    return forward;
  }

  @Override
  public void transpose(float[] theta) {}

  @Override
  public void backward(float[] q, int begin, int end, float[] adjoint) {
    System.arraycopy(q, 0, delta, 0, (end - begin) * batch * n);
  }

  @Override
  public float[] delta() {
    return delta;
  }

  /** Zero: a symbol does not vary. */
  @Override
  public void inputGradient(int rows, float[] out) {
    Arrays.fill(out, 0, rows * layer.inputs(), 0f);
  }

  @Override
  public void direct(float[] direction) {
    if (layer.symbols() != EmbeddingModel.Symbols.INDEX) {
      kernels.pack(direction, at, n, 1, layer.vocabulary(), n, tableDirection, 0);
    }
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
    Arrays.fill(outputTangents, 0, rows * n, 0f);
    forward.embedAdd(direction, at, tableDirection, x, xAt, xRow, rows, outputTangents, 0);
  }

  @Override
  public void jvpState(
      float[] theta,
      int step,
      int row,
      float[] tangent,
      int tangentAt,
      float[] inputTangent,
      int inputAt,
      boolean moving,
      float[] out,
      int outAt) {}

  @Override
  public void vjpState(float[] theta, int step, int row, float[] nu, float[] inputNu) {}

  /** Zero: a symbol does not vary. */
  @Override
  public void vjpInput(float[] theta, int step, int row, float[] nu, float[] inputNu) {
    Arrays.fill(inputNu, 0, layer.inputs(), 0f);
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
    if (layer.symbols() == EmbeddingModel.Symbols.INDEX) {
      kernels.axpy(1f, nu, nuAt, gradient, gradientAt + at + forward.symbol(x[xAt]) * n, n);
    } else {
      kernels.rankOneAdd(x, xAt, nu, nuAt, gradient, gradientAt + at, layer.vocabulary(), n);
    }
  }
}
