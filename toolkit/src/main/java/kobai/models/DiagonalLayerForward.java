package kobai.models;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** The forward pass of a {@link DiagonalLayer}, the input product outside the time loop. */
final class DiagonalLayerForward implements LayerForward {
  private final DiagonalShape shape;
  private final DiagonalCell cell;
  private final Kernels kernels;
  private final int d;
  private final int driven;
  private final int size;
  private final int gates;
  private final int batch;
  private final int at;
  private final float[] input;
  private final float[] states;
  private final float[] drives;

  DiagonalLayerForward(
      DiagonalLayer layer, Kernels kernels, Workspace workspace, int at, int window, int batch) {
    this.kernels = kernels;
    this.batch = batch;
    this.at = at;
    shape = layer.shape();
    cell = layer.model().cell(at, kernels, workspace);
    d = shape.inputs();
    driven = DiagonalShape.DRIVEN * shape.units();
    size = shape.stateSize();
    gates = layer.nodes();
    input = workspace.floats("packed input", Kernels.packedSize(d, driven));
    states = workspace.floats("states", (window + 1L) * batch * size);
    drives = workspace.floats("drives", (long) window * batch * driven);
  }

  /** The element-wise part, for the θ of the last {@link #begin}. */
  DiagonalCell cell() {
    return cell;
  }

  /** [K × B × 2n], what the input feeds to the gates, as the cell's derivatives want it. */
  float[] drives() {
    return drives;
  }

  @Override
  public void begin(float[] theta) {
    cell.prepare(theta);
    kernels.pack(theta, at, driven, 1, d, driven, input, 0);
  }

  /** No noise: the scale must be 0. */
  @Override
  public void run(
      float[] theta,
      float[] x,
      int xAt,
      int xRow,
      int begin,
      int end,
      float[] noise,
      int noiseAt,
      int noiseRow,
      float scale) {
    assert scale == 0;
    int first = begin * batch * driven;
    int rows = (end - begin) * batch;
    start(theta, rows, drives, first, driven);
    inputs(input, x, xAt, xRow, rows, drives, first, driven);
    for (int row = begin * batch; row < end * batch; row++) {
      cell.step(drives, row * driven, states, row * size, (row + batch) * size);
    }
  }

  /** What the driven gates start from: their biases, or zero. */
  void start(float[] theta, int rows, float[] out, int outAt, int stride) {
    for (int row = 0; row < rows; row++) {
      int to = outAt + row * stride;
      if (shape.bias()) {
        System.arraycopy(theta, at + shape.biasAt(), out, to, driven);
      } else {
        Arrays.fill(out, to, to + driven, 0f);
      }
    }
  }

  /** Adds x W of some rows, W packed, to out, its rows {@code stride} floats apart. */
  void inputs(
      float[] matrix, float[] x, int xAt, int xRow, int rows, float[] out, int outAt, int stride) {
    kernels.gemmPackedAdd(rows, driven, d, x, xAt, xRow, matrix, 0, out, outAt, stride);
  }

  /** W packed, since the last {@link #begin}. */
  float[] input() {
    return input;
  }

  @Override
  public float[] outputs() {
    return states;
  }

  @Override
  public int outputAt(int step) {
    return (step + 1) * batch * size;
  }

  @Override
  public int outputRow() {
    return size;
  }

  /** None: {@link DiagonalLayer#perturbable}. */
  @Override
  public void preactivations(int end, float[] out, int outAt, int row) {}

  @Override
  public void parametersAdd(
      float[] x,
      int xAt,
      int xRow,
      int begin,
      int end,
      float[] delta,
      int deltaAt,
      int deltaRow,
      float[] gradient,
      float[] scratch) {
    int rows = (end - begin) * batch;
    int last = deltaAt + (rows - 1) * deltaRow;
    kernels.gemmTransposedAdd(
        d,
        driven,
        rows,
        x,
        xAt + (rows - 1) * xRow,
        -xRow,
        delta,
        last,
        -deltaRow,
        gradient,
        at,
        driven,
        scratch,
        0);
    if (shape.bias()) {
      kernels.columnSumsAdd(delta, last, -deltaRow, rows, driven, gradient, at + shape.biasAt());
    }
    kernels.columnSumsAdd(
        delta, last + driven, -deltaRow, rows, gates - driven, gradient, at + shape.ownAt());
  }
}
