package kobai.networks;

import kobai.kernels.Kernels;

/** Computes a {@link Residual}: p = q + f̄(q), ẏ = ẋ + ḟ. */
final class ResidualRun implements LayerRun {
  private final Kernels kernels;
  private final LayerRun chain;
  private final int n;
  private final float[] outputs;
  private final float[] skipped;
  private final Rows y;

  ResidualRun(Residual layer, Place place) {
    kernels = place.kernels();
    n = layer.input().count();
    chain = layer.chain().run(place);
    outputs = place.rows("outputs", n);
    skipped = place.derivativeRows("skipped gradient", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public void begin(float[] theta) {
    chain.begin(theta);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    Rows f = chain.forward(pass, x);
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(x.array(), x.at(i), outputs, i * n, n);
      kernels.axpy(1f, f.array(), f.at(i), outputs, i * n, n);
    }
    return y;
  }

  @Override
  public void transpose(float[] theta) {
    chain.transpose(theta);
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    int count = pass.rows() * n;
    if (wanted) {
      System.arraycopy(q.array(), q.at(), skipped, 0, count);
    }
    chain.backward(pass, x, q, p, wanted, gradient);
    if (wanted) {
      kernels.axpy(1f, skipped, 0, p.array(), p.at(), count);
    }
  }

  @Override
  public void direct(float[] direction) {
    chain.direct(direction);
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    chain.jvp(pass, direction, x, dx, moving, u);
    if (moving) {
      kernels.axpy(1f, dx.array(), dx.at(), u.array(), u.at(), pass.rows() * n);
    }
  }

  @Override
  public void preactivations(Pass pass, float[] out, int at, int row) {
    chain.preactivations(pass, out, at, row);
  }

  @Override
  public void creditAdd(Pass pass, Rows x, float[] credits, int at, int row, float[] gradient) {
    chain.creditAdd(pass, x, credits, at, row, gradient);
  }
}
