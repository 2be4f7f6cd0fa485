package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/** Computes a {@link Variance} layer. */
final class VarianceRun implements LayerRun {
  private final Kernels kernels;
  private final int n;
  private final int at;
  private final int column;
  private final float[] outputs;
  private final Rows y;
  private float[] theta;

  VarianceRun(Variance layer, Place place) {
    kernels = place.kernels();
    n = layer.input().count();
    at = place.parametersAt();
    column = place.nodesAt();
    outputs = place.rows("outputs", 2 * n);
    y = Rows.of(outputs, 2 * n);
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(x.array(), x.at(i), outputs, i * 2 * n, n);
      System.arraycopy(theta, at, outputs, i * 2 * n + n, n);
    }
    pass.disturb(kernels, column, outputs, n, 2 * n, n);
    return y;
  }

  @Override
  public void transpose(float[] newTheta) {}

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    int last = q.at(pass.rows() - 1) + n;
    kernels.columnSumsAdd(q.array(), last, -q.row(), pass.rows(), n, gradient, at);
    for (int i = 0; wanted && i < pass.rows(); i++) {
      System.arraycopy(q.array(), q.at(i), p.array(), p.at(i), n);
    }
  }

  @Override
  public void direct(float[] direction) {}

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    for (int i = 0; i < pass.rows(); i++) {
      if (moving) {
        System.arraycopy(dx.array(), dx.at(i), u.array(), u.at(i), n);
      } else {
        Arrays.fill(u.array(), u.at(i), u.at(i) + n, 0f);
      }
      if (!pass.nodal()) {
        System.arraycopy(direction, at, u.array(), u.at(i) + n, n);
      }
    }
    pass.nodeTangents(column, u.array(), u.at() + n, u.row(), n);
  }

  @Override
  public void preactivations(Pass pass, float[] out, int outAt, int row) {
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(outputs, i * 2 * n + n, out, outAt + column + i * row, n);
    }
  }

  @Override
  public void creditAdd(
      Pass pass, Rows x, float[] credits, int creditsAt, int row, float[] gradient) {
    int last = creditsAt + column + (pass.rows() - 1) * row;
    kernels.columnSumsAdd(credits, last, -row, pass.rows(), n, gradient, at);
  }
}
