package kobai.networks;

import kobai.kernels.Kernels;

/** Computes a {@link Dense} layer. */
final class DenseRun implements LayerRun {
  private final Kernels kernels;
  private final Affine affine;
  private final int n;
  private final int column;
  private final float[] outputs;
  private final Rows y;
  private float[] theta;

  DenseRun(Dense layer, Place place) {
    kernels = place.kernels();
    n = layer.units();
    column = place.nodesAt();
    int d = layer.input().count();
    int at = place.parametersAt();
    affine = new Affine(place, "weights", d, n, at, at + d * n);
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
    affine.begin(newTheta);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    affine.forward(theta, pass.rows(), x.array(), x.at(), x.row(), outputs, 0, n);
    pass.disturb(kernels, column, outputs, 0, n, n);
    return y;
  }

  @Override
  public void transpose(float[] newTheta) {
    affine.transpose(newTheta);
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    affine.parametersAdd(
        pass.rows(),
        x.array(),
        x.at(),
        x.row(),
        q.array(),
        q.at(),
        q.row(),
        gradient,
        pass.scratch());
    if (wanted) {
      affine.inputGradient(pass.rows(), q.array(), q.at(), q.row(), p.array(), p.at(), p.row());
    }
  }

  @Override
  public void direct(float[] direction) {
    affine.direct(direction);
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    if (!pass.nodeTangents(column, u.array(), u.at(), u.row(), n)) {
      affine.tangent(
          direction, pass.rows(), x.array(), x.at(), x.row(), u.array(), u.at(), u.row());
    }
    if (moving) {
      affine.tangentAdd(pass.rows(), dx.array(), dx.at(), dx.row(), u.array(), u.at(), u.row());
    }
  }

  @Override
  public void preactivations(Pass pass, float[] out, int at, int row) {
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(outputs, i * n, out, at + column + i * row, n);
    }
  }

  @Override
  public void creditAdd(Pass pass, Rows x, float[] credits, int at, int row, float[] gradient) {
    affine.parametersAdd(
        pass.rows(),
        x.array(),
        x.at(),
        x.row(),
        credits,
        at + column,
        row,
        gradient,
        pass.scratch());
  }
}
