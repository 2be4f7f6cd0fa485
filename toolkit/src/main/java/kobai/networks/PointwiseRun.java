package kobai.networks;

import kobai.kernels.Kernels;

/** Computes a {@link Pointwise} layer; its slopes are made in the forward pass. */
final class PointwiseRun implements FixedRun {
  private final Kernels kernels;
  private final Activation activation;
  private final int n;
  private final boolean derivatives;
  private final float[] outputs;
  private final float[] slopes;
  private final Rows y;

  PointwiseRun(Pointwise layer, Place place) {
    kernels = place.kernels();
    activation = layer.activation();
    n = layer.input().count();
    derivatives = place.derivatives();
    outputs = place.rows("outputs", n);
    slopes = place.derivativeRows("slopes", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    boolean whole = x.row() == n; // then all rows are one
    int rows = whole ? 1 : pass.rows();
    int count = whole ? pass.rows() * n : n;
    for (int i = 0; i < rows; i++) {
      activation.values(kernels, x.array(), x.at(i), outputs, i * n, count);
      if (derivatives) {
        activation.prepare(kernels, x.array(), x.at(i), slopes, i * n, count);
        activation.slopes(x.array(), x.at(i), outputs, i * n, slopes, i * n, count);
      }
    }
    return y;
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    if (wanted) {
      times(pass.rows(), q, p);
    }
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    times(pass.rows(), dx, u);
  }

  private void times(int rows, Rows from, Rows to) {
    if (from.row() == n && to.row() == n) {
      kernels.multiply(from.array(), from.at(), slopes, 0, to.array(), to.at(), rows * n);
      return;
    }
    for (int i = 0; i < rows; i++) {
      kernels.multiply(from.array(), from.at(i), slopes, i * n, to.array(), to.at(i), n);
    }
  }
}
