package kobai.networks;

import kobai.kernels.Kernels;

/** Computes a {@link PositionBias}. */
final class PositionBiasRun implements LayerRun {
  private final Kernels kernels;
  private final int n;
  private final int at;
  private final int column;
  private final float[] outputs;
  private final Rows y;
  private float[] theta;

  PositionBiasRun(PositionBias layer, Place place) {
    kernels = place.kernels();
    n = layer.input().count();
    at = place.parametersAt();
    column = place.nodesAt();
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(theta, at, outputs, i * n, n);
      kernels.axpy(1f, x.array(), x.at(i), outputs, i * n, n);
    }
    pass.disturb(kernels, column, outputs, 0, n, n);
    return y;
  }

  @Override
  public void transpose(float[] newTheta) {}

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    int last = q.at(pass.rows() - 1);
    kernels.columnSumsAdd(q.array(), last, -q.row(), pass.rows(), n, gradient, at);
    if (wanted) {
      System.arraycopy(q.array(), q.at(), p.array(), p.at(), pass.rows() * n);
    }
  }

  @Override
  public void direct(float[] direction) {}

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    boolean held = pass.nodeTangents(column, u.array(), u.at(), u.row(), n);
    for (int i = 0; i < pass.rows(); i++) {
      if (!held) {
        System.arraycopy(direction, at, u.array(), u.at(i), n);
      }
      if (moving) {
        kernels.axpy(1f, dx.array(), dx.at(i), u.array(), u.at(i), n);
      }
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
    int last = creditsAt + column + (pass.rows() - 1) * row;
    kernels.columnSumsAdd(credits, last, -row, pass.rows(), n, gradient, at);
  }
}
