package kobai.networks;

import kobai.kernels.Kernels;

/** Computes a {@link Dropout}: the mask forward, backward and along tangents. */
final class DropoutRun implements FixedRun {
  private final Kernels kernels;
  private final int n;
  private final int column;
  private final float[] outputs;
  private final Rows y;

  DropoutRun(Dropout layer, Place place) {
    kernels = place.kernels();
    n = layer.input().count();
    column = place.masksAt();
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    mask(pass, x, y);
    return y;
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    if (wanted) {
      mask(pass, q, p);
    }
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    mask(pass, dx, u);
  }

  private void mask(Pass pass, Rows from, Rows to) {
    Rows data = pass.data();
    for (int i = 0; i < pass.rows(); i++) {
      kernels.multiply(
          from.array(), from.at(i), data.array(), data.at(i) + column, to.array(), to.at(i), n);
    }
  }
}
