package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/**
 * Computes a {@link VariationalDense} layer.
 *
 * <pre>
 * h = ζ / (2 √(x² V + v))                              (1)  [rows × n]
 * M: xᵀq, V: (x²)ᵀ(q ⊙ h), x: q Mᵀ + 2x ⊙ ((q ⊙ h) Vᵀ)   (2)
 * ẏ = x Ṁ + ẋ M + ḃ + h ⊙ (x² V̇ + 2(x ⊙ ẋ) V + v̇)        (3)
 * </pre>
 */
final class VariationalDenseRun implements LayerRun {
  private final Kernels kernels;
  private final Affine means;
  private final Affine variances;
  private final int d;
  private final int n;
  private final int column;
  private final int masksAt;
  private final boolean values;
  private final float[] squares;
  private final float[] spread;
  private final float[] slope;
  private final float[] ofVariance;
  private final float[] wide;
  private final float[] outputs;
  private final Rows y;
  private float[] theta;

  VariationalDenseRun(VariationalDense layer, Place place) {
    kernels = place.kernels();
    n = layer.units();
    d = layer.input().count();
    column = place.nodesAt();
    masksAt = place.masksAt();
    values = place.use() == Place.Use.VALUES;
    int at = place.parametersAt();
    int half = layer.half();
    means = new Affine(place, "means", d, n, at, at + d * n);
    variances = new Affine(place, "variances", d, n, at + half, at + half + d * n);
    squares = place.rows("squared inputs", d);
    spread = place.rows("variances of outputs", n);
    slope = place.rows("slopes", values ? 0 : n);
    ofVariance = place.rows("in the variances", values ? 0 : n);
    wide = place.derivativeRows("in the squares", d);
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
    means.begin(newTheta);
    variances.begin(newTheta);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    int rows = pass.rows();
    for (int i = 0; i < rows; i++) {
      kernels.multiply(x.array(), x.at(i), x.array(), x.at(i), squares, i * d, d);
    }
    means.forward(theta, rows, x.array(), x.at(), x.row(), outputs, 0, n);
    variances.forward(theta, rows, squares, 0, d, spread, 0, n);
    float[] data = pass.data().array();
    for (int i = 0; i < rows; i++) {
      int zetaAt = pass.data().at(i) + masksAt;
      int at = i * n;
      for (int j = 0; j < n; j++) {
        spread[at + j] = (float) Math.sqrt(spread[at + j]);
      }
      for (int j = 0; !values && j < n; j++) {
        float s = spread[at + j];
        slope[at + j] = s == 0 ? 0f : 0.5f * data[zetaAt + j] / s;
      }
      kernels.multiplyAdd(spread, at, data, zetaAt, outputs, at, n);
    }
    pass.disturb(kernels, column, outputs, 0, n, n);
    return y;
  }

  @Override
  public void transpose(float[] newTheta) {
    means.transpose(newTheta);
    variances.transpose(newTheta);
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    parametersAdd(pass, x, q.array(), q.at(), q.row(), gradient);
    if (!wanted) {
      return;
    }
    int rows = pass.rows();
    means.inputGradient(rows, q.array(), q.at(), q.row(), p.array(), p.at(), p.row());
    variances.inputGradient(rows, ofVariance, 0, n, wide, 0, d);
    kernels.scale(2f, wide, 0, rows * d);
    for (int i = 0; i < rows; i++) {
      kernels.multiplyAdd(x.array(), x.at(i), wide, i * d, p.array(), p.at(i), d);
    }
  }

  private void parametersAdd(Pass pass, Rows x, float[] q, int qAt, int qRow, float[] gradient) {
    int rows = pass.rows();
    for (int i = 0; i < rows; i++) {
      kernels.multiply(q, qAt + i * qRow, slope, i * n, ofVariance, i * n, n);
    }
    means.parametersAdd(rows, x.array(), x.at(), x.row(), q, qAt, qRow, gradient, pass.scratch());
    variances.parametersAdd(rows, squares, 0, d, ofVariance, 0, n, gradient, pass.scratch());
  }

  @Override
  public void direct(float[] direction) {
    means.direct(direction);
    variances.direct(direction);
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    int rows = pass.rows();
    if (pass.nodeTangents(column, u.array(), u.at(), u.row(), n)) {
      Arrays.fill(ofVariance, 0, rows * n, 0f);
    } else {
      means.tangent(direction, rows, x.array(), x.at(), x.row(), u.array(), u.at(), u.row());
      variances.tangent(direction, rows, squares, 0, d, ofVariance, 0, n);
    }
    if (moving) {
      means.tangentAdd(rows, dx.array(), dx.at(), dx.row(), u.array(), u.at(), u.row());
      for (int i = 0; i < rows; i++) {
        kernels.multiply(x.array(), x.at(i), dx.array(), dx.at(i), wide, i * d, d);
      }
      kernels.scale(2f, wide, 0, rows * d);
      variances.tangentAdd(rows, wide, 0, d, ofVariance, 0, n);
    }
    for (int i = 0; i < rows; i++) {
      kernels.multiplyAdd(ofVariance, i * n, slope, i * n, u.array(), u.at(i), n);
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
    parametersAdd(pass, x, credits, at + column, row, gradient);
  }
}
