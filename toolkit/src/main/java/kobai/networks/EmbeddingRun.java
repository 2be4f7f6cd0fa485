package kobai.networks;

import kobai.kernels.Kernels;

/** Computes an {@link Embedding}. */
final class EmbeddingRun implements LayerRun {
  private final Kernels kernels;
  private final int positions;
  private final int vocabulary;
  private final int width;
  private final int n;
  private final int at;
  private final int column;
  private final float[] outputs;
  private final Rows y;
  private float[] theta;

  EmbeddingRun(Embedding layer, Place place) {
    kernels = place.kernels();
    positions = layer.input().count();
    vocabulary = layer.vocabulary();
    width = layer.width();
    n = positions * width;
    at = place.parametersAt();
    column = place.nodesAt();
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
  }

  /** Where the row of E begins that a symbol of row i names. */
  private int row(Rows x, int i, int position) {
    float symbol = x.array()[x.at(i) + position];
    if (!(symbol >= 0 && symbol < vocabulary && symbol == (int) symbol)) {
      throw new IllegalArgumentException(
          "row %d: symbol %d = %s: must be a whole number in [0, %d) (the vocabulary of the embedding)"
              .formatted(i, position, symbol, vocabulary));
    }
    return at + (int) symbol * width;
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    copy(pass, x, theta, y);
    pass.disturb(kernels, column, outputs, 0, n, n);
    return y;
  }

  private void copy(Pass pass, Rows x, float[] table, Rows out) {
    for (int i = 0; i < pass.rows(); i++) {
      for (int p = 0; p < positions; p++) {
        System.arraycopy(table, row(x, i, p), out.array(), out.at(i) + p * width, width);
      }
    }
  }

  @Override
  public void transpose(float[] newTheta) {}

  /** The first layer: nothing is owed to symbols. */
  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    creditsAdd(pass, x, q.array(), q.at(), q.row(), gradient);
  }

  private void creditsAdd(Pass pass, Rows x, float[] q, int qAt, int row, float[] gradient) {
    for (int i = pass.rows() - 1; i >= 0; i--) {
      for (int p = positions - 1; p >= 0; p--) {
        kernels.axpy(1f, q, qAt + i * row + p * width, gradient, row(x, i, p), width);
      }
    }
  }

  @Override
  public void direct(float[] direction) {}

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    if (!pass.nodeTangents(column, u.array(), u.at(), u.row(), n)) {
      copy(pass, x, direction, u);
    }
  }

  @Override
  public void preactivations(Pass pass, float[] out, int outAt, int row) {
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(outputs, i * n, out, outAt + column + i * row, n);
    }
  }

  @Override
  public void creditAdd(
      Pass pass, Rows x, float[] credits, int creditsAt, int row, float[] gradient) {
    creditsAdd(pass, x, credits, creditsAt + column, row, gradient);
  }
}
