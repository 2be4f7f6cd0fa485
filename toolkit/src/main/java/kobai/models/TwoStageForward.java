package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** The forward pass of a {@link TwoStageLayer}, the input product outside the time loop. */
final class TwoStageForward implements LayerForward {
  private final TwoStageLayer layer;
  private final Kernels kernels;
  private final int n;
  private final int d;
  private final int gates;
  private final int width;
  private final int batch;
  private final boolean keep;
  private final int at;
  private final float[] recurrent;
  private final float[] candidate;
  private final float[] input;
  private final float[] states;
  private final float[] resets;
  private final float[] preactivations;
  private final float[] activations;

  TwoStageForward(
      TwoStageLayer layer,
      Kernels kernels,
      Workspace workspace,
      int at,
      int window,
      int batch,
      boolean keep) {
    this.layer = layer;
    this.kernels = kernels;
    this.batch = batch;
    this.keep = keep;
    this.at = at;
    n = layer.outputs();
    d = layer.inputs();
    gates = layer.gateWidth();
    width = layer.nodes();
    recurrent = workspace.floats("packed recurrent", Kernels.packedSize(n, gates));
    candidate = workspace.floats("packed candidate recurrent", Kernels.packedSize(n, n));
    input = workspace.floats("packed input", Kernels.packedSize(d, width));
    states = workspace.floats("states", (window + 1L) * batch * n);
    resets = workspace.floats("reset states", (long) window * batch * n);
    preactivations = workspace.floats("preactivations", (long) window * batch * width);
    // A step turns pre-activations into gates and candidate in place unless they are kept.
    activations = keep ? workspace.floats("activations", (long) batch * width) : preactivations;
  }

  /** r ⊙ h [K × B × n]. */
  float[] resets() {
    return resets;
  }

  /** Gates and candidates [K × B × G n]. */
  float[] activations() {
    return activations;
  }

  @Override
  public void begin(float[] theta) {
    kernels.pack(theta, at, gates, 1, n, gates, recurrent, 0);
    kernels.pack(theta, at + layer.candidateAt(), n, 1, n, n, candidate, 0);
    kernels.pack(theta, at + layer.inputAt(), width, 1, d, width, input, 0);
  }

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
    int first = begin * batch * width;
    int rows = (end - begin) * batch;
    CellForward.repeat(theta, at + layer.biasAt(), width, rows, preactivations, first);
    inputs(input, x, xAt, xRow, rows, preactivations, first);
    for (int row = 0; scale != 0 && row < rows; row++) {
      int to = first + row * width;
      kernels.axpy(scale, noise, noiseAt + row * noiseRow, preactivations, to, width);
    }
    for (int step = begin; step < end; step++) {
      step(step);
    }
  }

  private void step(int step) {
    int a = step * batch * width;
    int g = keep ? 0 : a;
    int h = step * batch * n;
    recurrent(states, h, preactivations, a);
    for (int row = 0; row < batch; row++) {
      int from = a + row * width;
      int to = g + row * width;
      kernels.sigmoid(preactivations, from, activations, to, gates);
      kernels.multiply(activations, to, states, h + row * n, resets, h + row * n, n);
    }
    candidate(resets, h, preactivations, a);
    for (int row = 0; row < batch; row++) {
      int to = g + row * width;
      int before = h + row * n;
      kernels.tanh(preactivations, a + row * width + gates, activations, to + gates, n);
      layer.blend(activations, to, states, before, states, before + batch * n);
    }
  }

  /** Adds h W of some states [B × n] to the gates of a [B × G n]. */
  void recurrent(float[] from, int fromAt, float[] a, int aAt) {
    kernels.gemmPackedAdd(batch, gates, n, from, fromAt, n, recurrent, 0, a, aAt, width);
  }

  /** Adds (r ⊙ h) C to the candidates of a [B × G n]. */
  void candidate(float[] from, int fromAt, float[] a, int aAt) {
    kernels.gemmPackedAdd(batch, n, n, from, fromAt, n, candidate, 0, a, aAt + gates, width);
  }

  /** Adds x W_in of some rows, W_in packed, to a [rows × G n]. */
  void inputs(float[] packed, float[] x, int xAt, int xRow, int rows, float[] a, int aAt) {
    kernels.gemmPackedAdd(rows, width, d, x, xAt, xRow, packed, 0, a, aAt, width);
  }

  /** W_in packed, since the last {@link #begin}. */
  float[] input() {
    return input;
  }

  @Override
  public float[] outputs() {
    return states;
  }

  @Override
  public int outputAt(int step) {
    return (step + 1) * batch * n;
  }

  @Override
  public int outputRow() {
    return n;
  }

  @Override
  public void preactivations(int end, float[] out, int outAt, int row) {
    for (int r = 0; r < end * batch; r++) {
      System.arraycopy(preactivations, r * width, out, outAt + r * row, width);
    }
  }

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
    int before = (begin * batch + rows - 1) * n;
    int input = xAt + (rows - 1) * xRow;
    int c = at + layer.candidateAt();
    int in = at + layer.inputAt();
    kernels.gemmTransposedAdd(
        n, gates, rows, states, before, -n, delta, last, -deltaRow, gradient, at, gates, scratch,
        0);
    kernels.gemmTransposedAdd(
        n, n, rows, resets, before, -n, delta, last + gates, -deltaRow, gradient, c, n, scratch, 0);
    kernels.gemmTransposedAdd(
        d, width, rows, x, input, -xRow, delta, last, -deltaRow, gradient, in, width, scratch, 0);
    kernels.columnSumsAdd(delta, last, -deltaRow, rows, width, gradient, at + layer.biasAt());
  }
}
