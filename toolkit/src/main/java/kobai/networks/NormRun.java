package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/**
 * Computes a normalising layer y = γ ⊙ x̂ + β.
 *
 * <pre>
 * β̄ = Σ q,  γ̄ = Σ q ⊙ x̂,  p = J (γ ⊙ q)        (1)
 * ẏ = γ̇ ⊙ x̂ + β̇ + γ ⊙ J ẋ                       (2)
 * </pre>
 *
 * <p>J is the Jacobian of x̂, symmetric. (1) is {@code backward}, (2) {@code jvp}.
 */
final class NormRun implements LayerRun {
  private final Kernels kernels;
  private final Statistics statistics;
  private final int n;
  private final int channels;
  private final int gainAt;
  private final int biasAt;
  private final int column;
  private final float[] standard;
  private final float[] outputs;
  private final Rows y;
  private float[] theta;

  NormRun(Shape input, Place place, Statistics statistics) {
    kernels = place.kernels();
    this.statistics = statistics;
    n = input.count();
    channels = input.channels();
    gainAt = place.parametersAt();
    biasAt = gainAt + channels;
    column = place.nodesAt();
    standard = place.rows("standardised", n);
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    statistics.standardise(pass, x, standard);
    for (int at = 0; at < pass.rows() * n; at += channels) {
      System.arraycopy(theta, biasAt, outputs, at, channels);
      kernels.multiplyAdd(theta, gainAt, standard, at, outputs, at, channels);
    }
    pass.disturb(kernels, column, outputs, 0, n, n);
    return y;
  }

  @Override
  public void transpose(float[] newTheta) {}

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    creditsAdd(pass, q.array(), q.at(), q.row(), gradient);
    if (wanted) {
      scale(pass, q);
      statistics.project(pass, standard, q, p);
    }
  }

  private void creditsAdd(Pass pass, float[] q, int at, int row, float[] gradient) {
    for (int i = pass.rows() - 1; i >= 0; i--) {
      for (int c = n - channels; c >= 0; c -= channels) {
        kernels.multiplyAdd(q, at + i * row + c, standard, i * n + c, gradient, gainAt, channels);
        kernels.axpy(1f, q, at + i * row + c, gradient, biasAt, channels);
      }
    }
  }

  /** V ← γ ⊙ v. */
  private void scale(Pass pass, Rows v) {
    for (int at = v.at(); at < v.at() + pass.rows() * n; at += channels) {
      kernels.multiply(theta, gainAt, v.array(), at, v.array(), at, channels);
    }
  }

  @Override
  public void direct(float[] direction) {}

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    int end = u.at() + pass.rows() * n;
    if (moving) {
      statistics.project(pass, standard, dx, u);
      scale(pass, u);
    } else {
      Arrays.fill(u.array(), u.at(), end, 0f);
    }
    for (int i = 0; pass.nodal() && i < pass.rows(); i++) {
      pass.nodeTangentAdd(kernels, i, column, u.array(), u.at(i), n);
    }
    for (int at = u.at(); !pass.nodal() && at < end; at += channels) {
      kernels.axpy(1f, direction, biasAt, u.array(), at, channels);
      kernels.multiplyAdd(direction, gainAt, standard, at - u.at(), u.array(), at, channels);
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
    creditsAdd(pass, credits, at + column, row, gradient);
  }
}
