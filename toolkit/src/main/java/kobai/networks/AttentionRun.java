package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/**
 * Computes an {@link Attention}. With S = Q Kᵀ/√c, J the Jacobian of a softmax and z̄ = q Wₒᵀ:
 *
 * <pre>
 * v̄ = Aᵀ z̄,  s̄ = J (z̄ Vᵀ)/√c,  q̄ = s̄ K,  k̄ = s̄ᵀ Q          (1)
 * Ṡ = (Q̇ Kᵀ + Q K̇ᵀ)/√c,  Ż = (J Ṡ) V + A V̇                  (2)
 * </pre>
 *
 * <p>(1) is {@code headBackward}, (2) {@code headTangent}; the affine maps around them are {@link
 * Affine}.
 */
final class AttentionRun implements LayerRun {
  private final Kernels kernels;
  private final Affine projection;
  private final Affine output;
  private final int heads;
  private final boolean causal;
  private final int positions;
  private final int channels;
  private final int own;
  private final int n;
  private final int column;
  private final float rootShare;
  private final float[] projected;
  private final float[] weights;
  private final float[] mixed;
  private final float[] outputs;
  private final float[] projectedOther;
  private final float[] mixedOther;
  private final float[] square;
  private final float[] packed;
  private final Rows y;
  private float[] theta;

  AttentionRun(Attention layer, Place place) {
    kernels = place.kernels();
    heads = layer.heads();
    causal = layer.causal();
    positions = layer.input().positions();
    channels = layer.input().channels();
    own = channels / heads;
    n = positions * channels;
    column = place.nodesAt();
    rootShare = (float) (1 / Math.sqrt(own));
    int at = place.parametersAt();
    int biasAt = at + 3 * channels * channels;
    int outputAt = biasAt + 3 * channels;
    projection = new Affine(place, "projection", channels, 3 * channels, at, biasAt);
    output =
        new Affine(place, "output", channels, channels, outputAt, outputAt + channels * channels);
    projected = place.rows("queries, keys and values", 3 * n);
    weights = place.rows("attention", heads * positions * positions);
    mixed = place.rows("mixed values", n);
    outputs = place.rows("outputs", n);
    projectedOther = place.derivativeRows("derivatives of queries, keys and values", 3 * n);
    mixedOther = place.derivativeRows("derivatives of mixed values", n);
    square = place.derivative("derivatives of attention", (long) positions * positions);
    packed =
        place
            .workspace()
            .floats(
                "packed keys or values",
                Math.max(Kernels.packedSize(own, positions), Kernels.packedSize(positions, own)));
    y = Rows.of(outputs, n);
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
    projection.begin(newTheta);
    output.begin(newTheta);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    int c = channels;
    for (int i = 0; i < pass.rows(); i++) {
      projection.forward(theta, positions, x.array(), x.at(i), c, projected, i * 3 * n, 3 * c);
    }
    pass.disturb(kernels, column, projected, 0, 3 * n, 3 * n);
    for (int i = 0; i < pass.rows(); i++) {
      for (int head = 0; head < heads; head++) {
        headForward(i, head);
      }
    }
    output.forward(theta, pass.rows() * positions, mixed, 0, c, outputs, 0, c);
    pass.disturb(kernels, column + 3 * n, outputs, 0, n, n);
    return y;
  }

  /** Where the queries of a head begin; its keys are C, its values 2 C further. */
  private int headAt(int i, int head) {
    return i * 3 * n + head * own;
  }

  private int weightsAt(int i, int head) {
    return (i * heads + head) * positions * positions;
  }

  private void headForward(int i, int head) {
    int q = headAt(i, head);
    int a = weightsAt(i, head);
    timesTransposed(projected, q, projected, q + channels, weights, a, false);
    kernels.scale(rootShare, weights, a, positions * positions);
    if (!causal) {
      kernels.softmax(weights, a, positions, positions);
    }
    for (int row = 0; causal && row < positions; row++) {
      int at = a + row * positions;
      kernels.softmax(weights, at, 1, row + 1);
      Arrays.fill(weights, at + row + 1, at + positions, 0f);
    }
    times(weights, a, projected, q + 2 * channels, mixed, i * n + head * own, channels, false);
  }

  /** Out [T × T] ← (or +=) left rightᵀ; left and right [T × c] at stride 3 C. */
  private void timesTransposed(
      float[] left, int leftAt, float[] right, int rightAt, float[] out, int outAt, boolean add) {
    timesTransposed(left, leftAt, 3 * channels, right, rightAt, out, outAt, add);
  }

  private void timesTransposed(
      float[] left,
      int leftAt,
      int leftRow,
      float[] right,
      int rightAt,
      float[] out,
      int outAt,
      boolean add) {
    int t = positions;
    kernels.pack(right, rightAt, 1, 3 * channels, own, t, packed, 0);
    if (add) {
      kernels.gemmPackedAdd(t, t, own, left, leftAt, leftRow, packed, 0, out, outAt, t);
    } else {
      kernels.gemmPacked(t, t, own, left, leftAt, leftRow, packed, 0, out, outAt, t);
    }
  }

  /** Out [T × c] ← (or +=) left [T × T] right [T × c], right at stride 3 C. */
  private void times(
      float[] left,
      int leftAt,
      float[] right,
      int rightAt,
      float[] out,
      int outAt,
      int outRow,
      boolean add) {
    int t = positions;
    kernels.pack(right, rightAt, 3 * channels, 1, t, own, packed, 0);
    if (add) {
      kernels.gemmPackedAdd(t, own, t, left, leftAt, t, packed, 0, out, outAt, outRow);
    } else {
      kernels.gemmPacked(t, own, t, left, leftAt, t, packed, 0, out, outAt, outRow);
    }
  }

  /** Square ← J square/√c for the softmaxes at a. */
  private void softmaxProduct(int a) {
    for (int row = 0; row < positions; row++) {
      int at = row * positions;
      SoftmaxRun.product(kernels, weights, a + at, square, at, square, at, positions);
    }
    kernels.scale(rootShare, square, 0, positions * positions);
  }

  @Override
  public void transpose(float[] newTheta) {
    projection.transpose(newTheta);
    output.transpose(newTheta);
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    int c = channels;
    int all = pass.rows() * positions;
    output.parametersAdd(all, mixed, 0, c, q.array(), q.at(), c, gradient, pass.scratch());
    output.inputGradient(all, q.array(), q.at(), c, mixedOther, 0, c);
    Arrays.fill(projectedOther, 0, 3 * n * pass.rows(), 0f);
    for (int i = 0; i < pass.rows(); i++) {
      for (int head = 0; head < heads; head++) {
        headBackward(i, head, pass.scratch());
      }
    }
    for (int i = pass.rows() - 1; i >= 0; i--) {
      projection.parametersAdd(
          positions,
          x.array(),
          x.at(i),
          c,
          projectedOther,
          i * 3 * n,
          3 * c,
          gradient,
          pass.scratch());
    }
    if (wanted) {
      projection.inputGradient(all, projectedOther, 0, 3 * c, p.array(), p.at(), c);
    }
  }

  private void headBackward(int i, int head, float[] scratch) {
    int t = positions;
    int c3 = 3 * channels;
    int q = headAt(i, head);
    int a = weightsAt(i, head);
    int z = i * n + head * own;
    int values = q + 2 * channels;
    kernels.gemmTransposedAdd(
        t, own, t, weights, a, t, mixedOther, z, channels, projectedOther, values, c3, scratch, 0);
    timesTransposed(mixedOther, z, channels, projected, values, square, 0, false);
    softmaxProduct(a);
    times(square, 0, projected, q + channels, projectedOther, q, c3, false);
    kernels.gemmTransposedAdd(
        t, own, t, square, 0, t, projected, q, c3, projectedOther, q + channels, c3, scratch, 0);
  }

  @Override
  public void direct(float[] direction) {
    projection.direct(direction);
    output.direct(direction);
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    int c = channels;
    int all = pass.rows() * positions;
    boolean held = pass.nodeTangents(column, projectedOther, 0, 3 * n, 3 * n);
    for (int i = 0; i < pass.rows(); i++) {
      int to = i * 3 * n;
      if (!held) {
        projection.tangent(direction, positions, x.array(), x.at(i), c, projectedOther, to, 3 * c);
      }
      if (moving) {
        projection.tangentAdd(positions, dx.array(), dx.at(i), c, projectedOther, to, 3 * c);
      }
      for (int head = 0; head < heads; head++) {
        headTangent(i, head);
      }
    }
    if (!pass.nodeTangents(column + 3 * n, u.array(), u.at(), u.row(), n)) {
      output.tangent(direction, all, mixed, 0, c, u.array(), u.at(), c);
    }
    output.tangentAdd(all, mixedOther, 0, c, u.array(), u.at(), c);
  }

  private void headTangent(int i, int head) {
    int q = headAt(i, head);
    int a = weightsAt(i, head);
    int z = i * n + head * own;
    int keys = q + channels;
    int values = q + 2 * channels;
    timesTransposed(projectedOther, q, projected, keys, square, 0, false);
    timesTransposed(projected, q, projectedOther, keys, square, 0, true);
    softmaxProduct(a);
    times(square, 0, projected, values, mixedOther, z, channels, false);
    times(weights, a, projectedOther, values, mixedOther, z, channels, true);
  }

  @Override
  public void preactivations(Pass pass, float[] out, int at, int row) {
    for (int i = 0; i < pass.rows(); i++) {
      int to = at + column + i * row;
      System.arraycopy(projected, i * 3 * n, out, to, 3 * n);
      System.arraycopy(outputs, i * n, out, to + 3 * n, n);
    }
  }

  @Override
  public void creditAdd(Pass pass, Rows x, float[] credits, int at, int row, float[] gradient) {
    int c = channels;
    for (int i = pass.rows() - 1; i >= 0; i--) {
      int from = at + column + i * row;
      float[] scratch = pass.scratch();
      projection.parametersAdd(
          positions, x.array(), x.at(i), c, credits, from, 3 * c, gradient, scratch);
      output.parametersAdd(positions, mixed, i * n, c, credits, from + 3 * n, c, gradient, scratch);
    }
  }
}
