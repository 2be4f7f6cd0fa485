package kobai.models;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** The forward pass of an {@link EmbeddingLayer}. */
final class EmbeddingForward implements LayerForward {
  private final Kernels kernels;
  private final boolean indexed;
  private final int vocabulary;
  private final int n;
  private final int batch;
  private final int at;
  private final float[] table;
  private final float[] outputs;

  EmbeddingForward(
      EmbeddingLayer layer, Kernels kernels, Workspace workspace, int at, int window, int batch) {
    this.kernels = kernels;
    this.batch = batch;
    this.at = at;
    indexed = layer.symbols() == EmbeddingModel.Symbols.INDEX;
    vocabulary = layer.vocabulary();
    n = layer.outputs();
    table = workspace.floats("packed table", indexed ? 0 : Kernels.packedSize(vocabulary, n));
    outputs = workspace.floats("embeddings", (long) window * batch * n);
  }

  @Override
  public void begin(float[] theta) {
    if (!indexed) {
      kernels.pack(theta, at, n, 1, vocabulary, n, table, 0);
    }
  }

  @Override
  public void run(
      float[] theta,
      float[] x,
      int xAt,
      int xRow,
      int begin,
      int end,
      float[] noise,
      int noiseAt,
      int noiseRow,
      float scale) {
    int rows = (end - begin) * batch;
    int first = begin * batch * n;
    Arrays.fill(outputs, first, first + rows * n, 0f);
    embedAdd(theta, at, table, x, xAt, xRow, rows, outputs, first);
    for (int row = 0; scale != 0 && row < rows; row++) {
      kernels.axpy(scale, noise, noiseAt + row * noiseRow, outputs, first + row * n, n);
    }
  }

  /** Adds x E to out [rows × e], E at {@code from[fromAt]} and packed in {@code packed}. */
  void embedAdd(
      float[] from,
      int fromAt,
      float[] packed,
      float[] x,
      int xAt,
      int xRow,
      int rows,
      float[] out,
      int outAt) {
    if (!indexed) {
      kernels.gemmPackedAdd(rows, n, vocabulary, x, xAt, xRow, packed, 0, out, outAt, n);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int symbol = symbol(x[xAt + row * xRow]);
      kernels.axpy(1f, from, fromAt + symbol * n, out, outAt + row * n, n);
    }
  }

  /** The index that a float stands for. */
  int symbol(float x) {
    int symbol = (int) x;
    if (symbol != x || symbol < 0 || symbol >= vocabulary) {
      throw new IllegalArgumentException(
          "symbol = %s: must be an integer in [0, %d) (raise the vocabulary)"
              .formatted(x, vocabulary));
    }
    return symbol;
  }

  @Override
  public float[] outputs() {
    return outputs;
  }

  @Override
  public int outputAt(int step) {
    return step * batch * n;
  }

  @Override
  public int outputRow() {
    return n;
  }

  @Override
  public void preactivations(int end, float[] out, int outAt, int row) {
    for (int r = 0; r < end * batch; r++) {
      System.arraycopy(outputs, r * n, out, outAt + r * row, n);
    }
  }

  @Override
  public void parametersAdd(
      float[] x,
      int xAt,
      int xRow,
      int begin,
      int end,
      float[] delta,
      int deltaAt,
      int deltaRow,
      float[] gradient,
      float[] scratch) {
    int rows = (end - begin) * batch;
    if (!indexed) {
      kernels.gemmTransposedAdd(
          vocabulary,
          n,
          rows,
          x,
          xAt + (rows - 1) * xRow,
          -xRow,
          delta,
          deltaAt + (rows - 1) * deltaRow,
          -deltaRow,
          gradient,
          at,
          n,
          scratch,
          0);
      return;
    }
    for (int row = rows - 1; row >= 0; row--) {
      int symbol = symbol(x[xAt + row * xRow]);
      kernels.axpy(1f, delta, deltaAt + row * deltaRow, gradient, at + symbol * n, n);
    }
  }
}
