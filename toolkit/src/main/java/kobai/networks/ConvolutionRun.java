package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/**
 * Computes a {@link Convolution} as an {@link Affine} of its windows. With X the matrix of windows:
 *
 * <pre>
 * W̄ = Xᵀ q,  p = Σ over windows of (q Wᵀ) put back,  ẏ = Ẋ W + X Ẇ + ḃ      (1)
 * </pre>
 *
 * <p>Memory: the windows of some rows of the batch; they are copied again where they are needed
 * again.
 */
final class ConvolutionRun implements LayerRun {
  private final Kernels kernels;
  private final Affine affine;
  private final int channels;
  private final int height;
  private final int width;
  private final int tall;
  private final int size;
  private final int stride;
  private final int top;
  private final int left;
  private final int down;
  private final int across;
  private final int numbers;
  private final int filters;
  private final int windows;
  private final int n;
  private final int inputs;
  private final int column;
  private final int chunk;
  private final float[] copies;
  private final float[] outputs;
  private final Rows y;
  private float[] theta;

  ConvolutionRun(Convolution layer, Place place) {
    kernels = place.kernels();
    Windows shape = layer.windows();
    channels = shape.channels();
    height = shape.height();
    width = shape.width();
    tall = shape.tall();
    size = layer.size();
    stride = layer.stride();
    top = shape.top();
    left = layer.padding();
    down = shape.down();
    across = shape.across();
    numbers = shape.numbers();
    filters = layer.filters();
    windows = shape.count();
    n = windows * filters;
    inputs = layer.input().count();
    column = place.nodesAt();
    chunk = layer.chunk(place.rows());
    int at = place.parametersAt();
    affine = new Affine(place, "weights", numbers, filters, at, at + numbers * filters);
    copies = place.workspace().floats("windows", (long) chunk * windows * numbers);
    outputs = place.rows("outputs", n);
    y = Rows.of(outputs, n);
  }

  /** Copies the windows of rows [from, from + count) of x. */
  private void copy(Rows x, int from, int count) {
    int to = 0;
    for (int i = from; i < from + count; i++) {
      for (int d = 0; d < down; d++) {
        for (int a = 0; a < across; a++) {
          for (int line = 0; line < tall; line++) {
            copyLine(x.array(), x.at(i), d * stride - top + line, a * stride - left, to);
            to += size * channels;
          }
        }
      }
    }
  }

  /** One line of a window, zero outside of the input. */
  private void copyLine(float[] x, int at, int line, int first, int to) {
    int count = size * channels;
    if (line < 0 || line >= height) {
      Arrays.fill(copies, to, to + count, 0f);
      return;
    }
    int before = Math.max(0, -first);
    int inside = Math.max(0, Math.min(size, width - first) - before);
    int start = before * channels;
    int end = start + inside * channels;
    if (inside < size) {
      Arrays.fill(copies, to, to + count, 0f);
    }
    if (inside > 0) {
      int from = at + (line * width + first + before) * channels;
      System.arraycopy(x, from, copies, to + start, end - start);
    }
  }

  /** Adds the windows back to rows [from, from + count) of p. */
  private void putBack(Rows p, int from, int count) {
    int at = 0;
    for (int i = from; i < from + count; i++) {
      for (int d = 0; d < down; d++) {
        for (int a = 0; a < across; a++) {
          for (int line = 0; line < tall; line++) {
            putBackLine(p.array(), p.at(i), d * stride - top + line, a * stride - left, at);
            at += size * channels;
          }
        }
      }
    }
  }

  private void putBackLine(float[] p, int to, int line, int first, int at) {
    int before = Math.max(0, -first);
    int inside = Math.min(size, width - first) - before;
    if (line >= 0 && line < height && inside > 0) {
      int target = to + (line * width + first + before) * channels;
      kernels.axpy(1f, copies, at + before * channels, p, target, inside * channels);
    }
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
    affine.begin(newTheta);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    for (int from = 0; from < pass.rows(); from += chunk) {
      int count = Math.min(chunk, pass.rows() - from);
      copy(x, from, count);
      affine.forward(theta, count * windows, copies, 0, numbers, outputs, from * n, filters);
    }
    pass.disturb(kernels, column, outputs, 0, n, n);
    return y;
  }

  @Override
  public void transpose(float[] newTheta) {
    affine.transpose(newTheta);
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    if (wanted) {
      Arrays.fill(p.array(), p.at(), p.at() + pass.rows() * inputs, 0f);
    }
    for (int end = pass.rows(); end > 0; ) {
      int from = (end - 1) / chunk * chunk;
      int count = end - from;
      copy(x, from, count);
      affine.parametersAdd(
          count * windows,
          copies,
          0,
          numbers,
          q.array(),
          q.at(from),
          filters,
          gradient,
          pass.scratch());
      if (wanted) {
        affine.inputGradient(count * windows, q.array(), q.at(from), filters, copies, 0, numbers);
        putBack(p, from, count);
      }
      end = from;
    }
  }

  @Override
  public void direct(float[] direction) {
    affine.direct(direction);
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    boolean held = pass.nodeTangents(column, u.array(), u.at(), u.row(), n);
    for (int from = 0; from < pass.rows(); from += chunk) {
      int count = Math.min(chunk, pass.rows() - from);
      if (!held) {
        copy(x, from, count);
        affine.tangent(
            direction, count * windows, copies, 0, numbers, u.array(), u.at(from), filters);
      }
      if (moving) {
        copy(dx, from, count);
        affine.tangentAdd(count * windows, copies, 0, numbers, u.array(), u.at(from), filters);
      }
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
    for (int i = pass.rows() - 1; i >= 0; i--) {
      copy(x, i, 1);
      affine.parametersAdd(
          windows,
          copies,
          0,
          numbers,
          credits,
          at + column + i * row,
          filters,
          gradient,
          pass.scratch());
    }
  }
}
