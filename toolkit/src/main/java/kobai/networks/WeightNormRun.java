package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/**
 * Computes a {@link WeightNorm}: an {@link Affine} of W and b, made of θ and led back to it. With r
 * = 1/‖v‖ of a column, W̄ = xᵀ q:
 *
 * <pre>
 * ḡ = r ⟨W̄, v⟩,  v̄ = g r (W̄ − ḡ r v)               (1)
 * Ẇ = (ġ − g r² ⟨v, v̇⟩) r v + g r v̇                 (2)
 * </pre>
 *
 * <p>W̄ is summed over the rows of a pass before (1), so that windows add up to a whole only up to
 * rounding.
 */
final class WeightNormRun implements LayerRun {
  private final Kernels kernels;
  private final Affine affine;
  private final int d;
  private final int n;
  private final int at;
  private final int column;
  private final float[] plain;
  private final float[] plainGradient;
  private final float[] roots;
  private final float[] work;
  private final float[] outputs;
  private final Rows y;
  private float[] theta;

  WeightNormRun(WeightNorm layer, Place place) {
    kernels = place.kernels();
    d = layer.input().count();
    n = layer.units();
    at = place.parametersAt();
    column = place.nodesAt();
    affine = new Affine(place, "weights", d, n, 0, d * n);
    plain = place.workspace().floats("weights", (long) d * n + n);
    plainGradient =
        place
            .workspace()
            .floats("weight gradient", place.use() == Place.Use.VALUES ? 0 : (long) d * n + n);
    roots = place.workspace().floats("reciprocal norms", n);
    work = place.workspace().floats("column products", 2L * n);
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  private int lengthAt() {
    return at + d * n;
  }

  private int biasAt() {
    return at + d * n + n;
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
    Arrays.fill(roots, 0f);
    for (int i = 0; i < d; i++) {
      kernels.multiplyAdd(theta, at + i * n, theta, at + i * n, roots, 0, n);
    }
    for (int j = 0; j < n; j++) {
      roots[j] = (float) (1 / Math.sqrt(roots[j]));
    }
    kernels.multiply(theta, lengthAt(), roots, 0, work, 0, n);
    for (int i = 0; i < d; i++) {
      kernels.multiply(theta, at + i * n, work, 0, plain, i * n, n);
    }
    System.arraycopy(theta, biasAt(), plain, d * n, n);
    affine.begin(plain);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    affine.forward(plain, pass.rows(), x.array(), x.at(), x.row(), outputs, 0, n);
    pass.disturb(kernels, column, outputs, 0, n, n);
    return y;
  }

  @Override
  public void transpose(float[] newTheta) {
    affine.transpose(plain);
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    creditsAdd(pass, x, q.array(), q.at(), q.row(), gradient);
    if (wanted) {
      affine.inputGradient(pass.rows(), q.array(), q.at(), q.row(), p.array(), p.at(), p.row());
    }
  }

  private void creditsAdd(Pass pass, Rows x, float[] q, int qAt, int row, float[] gradient) {
    Arrays.fill(plainGradient, 0f);
    affine.parametersAdd(
        pass.rows(), x.array(), x.at(), x.row(), q, qAt, row, plainGradient, pass.scratch());
    Arrays.fill(work, 0, n, 0f);
    for (int i = 0; i < d; i++) {
      kernels.multiplyAdd(plainGradient, i * n, theta, at + i * n, work, 0, n);
    }
    kernels.multiply(work, 0, roots, 0, work, 0, n); // ḡ
    kernels.axpy(1f, work, 0, gradient, lengthAt(), n);
    kernels.axpy(1f, plainGradient, d * n, gradient, biasAt(), n);
    kernels.multiply(work, 0, roots, 0, work, 0, n);
    kernels.scale(-1f, work, 0, n); // −ḡ r
    kernels.multiply(theta, lengthAt(), roots, 0, work, n, n); // g r
    for (int i = 0; i < d; i++) {
      kernels.multiplyAdd(theta, at + i * n, work, 0, plainGradient, i * n, n);
      kernels.multiplyAdd(plainGradient, i * n, work, n, gradient, at + i * n, n);
    }
  }

  @Override
  public void direct(float[] direction) {
    Arrays.fill(work, 0, n, 0f);
    for (int i = 0; i < d; i++) {
      kernels.multiplyAdd(theta, at + i * n, direction, at + i * n, work, 0, n);
    }
    for (int j = 0; j < n; j++) {
      float own = theta[lengthAt() + j] * roots[j];
      work[j] = (direction[lengthAt() + j] - own * roots[j] * work[j]) * roots[j];
      work[n + j] = own;
    }
    for (int i = 0; i < d; i++) {
      kernels.multiply(direction, at + i * n, work, n, plainGradient, i * n, n);
      kernels.multiplyAdd(theta, at + i * n, work, 0, plainGradient, i * n, n);
    }
    System.arraycopy(direction, biasAt(), plainGradient, d * n, n);
    affine.direct(plainGradient);
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    if (!pass.nodeTangents(column, u.array(), u.at(), u.row(), n)) {
      // Since direct, the bias of the direction stands behind its weights.
      affine.tangent(
          plainGradient, pass.rows(), x.array(), x.at(), x.row(), u.array(), u.at(), u.row());
    }
    if (moving) {
      affine.tangentAdd(pass.rows(), dx.array(), dx.at(), dx.row(), u.array(), u.at(), u.row());
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
