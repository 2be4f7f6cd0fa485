package kobai.networks;

import kobai.kernels.Kernels;

/**
 * Computes a {@link Softmax}. Its Jacobian is symmetric: both products are
 *
 * <pre>
 * y ⊙ (v − ⟨v, y⟩)      (1)
 * </pre>
 */
final class SoftmaxRun implements FixedRun {
  private final Kernels kernels;
  private final int n;
  private final int classes;
  private final float[] outputs;
  private final Rows y;

  SoftmaxRun(Softmax layer, Place place) {
    kernels = place.kernels();
    n = layer.input().count();
    classes = layer.input().channels();
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(x.array(), x.at(i), outputs, i * n, n);
    }
    kernels.softmax(outputs, 0, pass.rows() * (n / classes), classes);
    return y;
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    if (wanted) {
      product(pass.rows(), q, p);
    }
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    product(pass.rows(), dx, u);
  }

  private void product(int rows, Rows v, Rows out) {
    for (int i = 0; i < rows; i++) {
      for (int c = 0; c < n; c += classes) {
        product(
            kernels,
            outputs,
            i * n + c,
            v.array(),
            v.at(i) + c,
            out.array(),
            out.at(i) + c,
            classes);
      }
    }
  }

  /** (1) of one softmax y [classes]; out may be v at the same offset. */
  static void product(
      Kernels kernels,
      float[] y,
      int yAt,
      float[] v,
      int vAt,
      float[] out,
      int outAt,
      int classes) {
    float mean = kernels.dot(v, vAt, y, yAt, classes);
    for (int j = 0; j < classes; j++) {
      out[outAt + j] = y[yAt + j] * (v[vAt + j] - mean);
    }
  }
}
