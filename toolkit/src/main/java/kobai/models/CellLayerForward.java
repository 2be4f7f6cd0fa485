package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * The forward pass of a {@link CellLayer}: equations (1) and (2) of {@link CellNetwork} with the
 * input product outside the time loop.
 */
final class CellLayerForward implements LayerForward {
  private final CellNetwork network;
  private final Cell cell;
  private final Kernels kernels;
  private final int n;
  private final int d;
  private final int size;
  private final int gates;
  private final int recurrentGates;
  private final int inputGates;
  private final int batch;
  private final boolean keep;
  private final int at;
  private final int inputAt;
  private final int biasAt;
  private final float[] recurrent;
  private final float[] input;
  private final float[] states;
  private final float[] preactivations;
  private final float[] slopes;
  private final int peepholesAt;
  private final float[] peepholes;

  CellLayerForward(
      CellNetwork network,
      Kernels kernels,
      Workspace workspace,
      int at,
      int window,
      int batch,
      boolean keep) {
    this.kernels = kernels;
    this.batch = batch;
    this.keep = keep;
    this.at = at;
    this.network = network;
    cell = network.cell();
    n = network.units();
    d = network.inputs();
    size = network.stateSize();
    gates = network.width();
    recurrentGates = network.recurrentWidth();
    inputGates = network.inputWidth();
    inputAt = at + n * recurrentGates;
    biasAt = inputAt + d * inputGates;
    recurrent = workspace.floats("packed recurrent", Kernels.packedSize(n, recurrentGates));
    input = workspace.floats("packed input", Kernels.packedSize(d, inputGates));
    states = workspace.floats("states", (window + 1L) * batch * size);
    preactivations = workspace.floats("preactivations", (long) window * batch * gates);
    // A step turns pre-activations into slopes in place unless they are kept.
    peepholes = workspace.floats("peepholes", (long) cell.peepholes().size() * n);
    peepholesAt = biasAt + gates;
    slopes = keep ? workspace.floats("slopes", (long) batch * gates) : preactivations;
  }

  /** The peepholes, since the last {@link #begin}. */
  float[] peepholes() {
    return peepholes;
  }

  /** [K × B × G n], of the steps run. */
  float[] slopes() {
    return slopes;
  }

  @Override
  public void begin(float[] theta) {
    kernels.pack(theta, at, recurrentGates, 1, n, recurrentGates, recurrent, 0);
    kernels.pack(theta, inputAt, inputGates, 1, d, inputGates, input, 0);
    System.arraycopy(theta, peepholesAt, peepholes, 0, peepholes.length);
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
    int first = begin * batch * gates;
    int rows = (end - begin) * batch;
    CellForward.repeat(theta, biasAt, gates, rows, preactivations, first);
    inputs(input, x, xAt, xRow, rows, preactivations, first);
    for (int row = 0; scale != 0 && row < rows; row++) {
      int to = first + row * gates;
      kernels.axpy(scale, noise, noiseAt + row * noiseRow, preactivations, to, gates);
    }
    for (int step = begin; step < end; step++) {
      int a = step * batch * gates;
      int before = step * batch * size;
      recurrent(states, before, preactivations, a);
      cell.step(
          kernels,
          peepholes,
          preactivations,
          a,
          states,
          before,
          states,
          before + batch * size,
          slopes,
          keep ? 0 : a,
          batch,
          n);
    }
  }

  /** Adds h W of the states [B × p n] to a [B × G n]. */
  void recurrent(float[] from, int fromAt, float[] a, int aAt) {
    kernels.gemmPackedAdd(
        batch, recurrentGates, n, from, fromAt, size, recurrent, 0, a, aAt, gates);
  }

  /** Adds x W_in of some rows, W_in packed, to a [rows × G n]. */
  void inputs(float[] packed, float[] x, int xAt, int xRow, int rows, float[] a, int aAt) {
    int to = aAt + gates - inputGates;
    kernels.gemmPackedAdd(rows, inputGates, d, x, xAt, xRow, packed, 0, a, to, gates);
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
    return (step + 1) * batch * size;
  }

  @Override
  public int outputRow() {
    return size;
  }

  @Override
  public void preactivations(int end, float[] out, int outAt, int row) {
    for (int r = 0; r < end * batch; r++) {
      System.arraycopy(preactivations, r * gates, out, outAt + r * row, gates);
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
    kernels.gemmTransposedAdd(
        n,
        recurrentGates,
        rows,
        states,
        (begin * batch + rows - 1) * size,
        -size,
        delta,
        last,
        -deltaRow,
        gradient,
        at,
        recurrentGates,
        scratch,
        0);
    kernels.gemmTransposedAdd(
        d,
        inputGates,
        rows,
        x,
        xAt + (rows - 1) * xRow,
        -xRow,
        delta,
        last + gates - inputGates,
        -deltaRow,
        gradient,
        inputAt,
        inputGates,
        scratch,
        0);
    kernels.columnSumsAdd(delta, last, -deltaRow, rows, gates, gradient, biasAt);
    for (int row = rows - 1; peepholes.length > 0 && row >= 0; row--) {
      int before = (begin * batch + row) * size;
      int from = deltaAt + row * deltaRow;
      network.peepholesAdd(
          kernels, delta, from, states, before, before + batch * size, gradient, peepholesAt);
    }
  }
}
