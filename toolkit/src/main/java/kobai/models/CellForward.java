package kobai.models;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * The forward pass of a {@link CellNetwork} over a run of steps, shared by the rollouts and the
 * tape: equations (1) to (4) with the input and readout products hoisted out of the time loop, so
 * that one product over all gates is left in it. Results do not depend on how a window is cut.
 */
final class CellForward {
  /**
   * Rows (steps × batch) a hoisted product works on at a time: enough to amortise a product, small
   * enough for L2.
   */
  private static final int CHUNK_ROWS = 256;

  /**
   * Rows (steps × batch) of a window up to which the products read θ as it is: packing reads and
   * writes all weights, which only later rows pay back. The sums are the same chains.
   */
  private static final int UNPACKED_ROWS = 2;

  private final CellNetwork network;
  private final Cell cell;
  private final Kernels kernels;
  private final int n;
  private final int d;
  private final int m;
  private final int batch;
  private final int size;
  private final int gates;
  private final int recurrentGates;
  private final int inputGates;
  private final int parameters;
  private final int inputAt;
  private final int biasAt;
  private final int readoutAt;
  private final int readoutBiasAt;
  private final int peepholesAt;
  private final float[] recurrent;
  private final float[] input;
  private final float[] readout;
  private final float[] peepholes;
  private float[] theta = {};
  private boolean held;
  private boolean packed;
  private boolean direct;

  CellForward(CellNetwork network, Kernels kernels, Workspace workspace, int batch) {
    this.network = network;
    this.kernels = kernels;
    this.batch = batch;
    cell = network.cell();
    n = network.units();
    d = network.inputs();
    m = network.outputs();
    size = network.stateSize();
    gates = network.width();
    recurrentGates = network.recurrentWidth();
    inputGates = network.inputWidth();
    Parameters layout = network.parameters();
    parameters = layout.count();
    inputAt = layout.tensor("input").at();
    biasAt = layout.tensor("bias").at();
    readoutAt = layout.tensor("readout").at();
    readoutBiasAt = layout.tensor("readout bias").at();
    recurrent = workspace.floats("packed recurrent", Kernels.packedSize(n, recurrentGates));
    input = workspace.floats("packed input", Kernels.packedSize(d, inputGates));
    readout = workspace.floats("packed readout", Kernels.packedSize(n, m));
    peepholes = workspace.floats("peepholes", (long) cell.peepholes().size() * n);
    peepholesAt = network.peepholesAt();
  }

  /** See {@link Tape#hold}. */
  void hold(boolean held) {
    this.held = held;
    packed = false; // whatever was packed before may be of another θ
  }

  /** Whether weights packed before may be used again. */
  boolean held() {
    return held;
  }

  /** The peepholes, since the last {@link #begin}. */
  float[] peepholes() {
    return peepholes;
  }

  /** Steps that a chunk holds. */
  static int chunk(int window, int batch) {
    return Math.min(window, Math.max(1, CHUNK_ROWS / batch));
  }

  /**
   * Checks a window's arguments and packs the weights that need it; before the first {@link #run}
   * of a window.
   */
  void begin(float[] theta, Sequence sequence, int from, int to) {
    if (theta.length != parameters) {
      throw new IllegalArgumentException(
          "theta: %s has %d parameters, got %d"
              .formatted(network.name(), parameters, theta.length));
    }
    if (sequence.batch() != batch || sequence.inputSize() != d || sequence.targetSize() != m) {
      throw new IllegalArgumentException(
          "sequence: expected %d rows of %d inputs and %d targets a step, got %d of %d and %d"
              .formatted(
                  batch, d, m, sequence.batch(), sequence.inputSize(), sequence.targetSize()));
    }
    if (from < 0 || to <= from || to > sequence.length()) {
      throw new IllegalArgumentException(
          "window = [%d, %d): must be at least one step within [0, %d)"
              .formatted(from, to, sequence.length()));
    }
    this.theta = theta;
    direct = (long) (to - from) * batch <= UNPACKED_ROWS;
    if (!direct && !(held && packed)) {
      kernels.pack(theta, 0, recurrentGates, 1, n, recurrentGates, recurrent, 0);
      kernels.pack(theta, inputAt, inputGates, 1, d, inputGates, input, 0);
      kernels.pack(theta, readoutAt, m, 1, n, m, readout, 0);
      packed = true;
    }
    System.arraycopy(theta, peepholesAt, peepholes, 0, peepholes.length);
  }

  /**
   * Runs steps [from, to): reads the state at {@code states[stateAt]} [B × p n], writes the
   * following states behind it, the slopes of each step to {@code slopes} [steps × B × G n] and the
   * scaled output errors ∂ℓ/∂z to {@code errors} [steps × B × m]. Returns {@code loss} + Σₜ ℓₜ,
   * added in the order of time.
   */
  double run(
      float[] theta,
      Sequence sequence,
      int from,
      int to,
      float[] states,
      int stateAt,
      float[] slopes,
      int slopeAt,
      float[] errors,
      int errorAt,
      double loss) {
    int rows = (to - from) * batch;
    inputs(theta, sequence, from, rows, slopes, slopeAt);
    for (int step = 0; step < to - from; step++) {
      int here = stateAt + step * batch * size;
      int a = slopeAt + step * batch * gates;
      recurrent(states, here, slopes, a);
      cell.step(
          kernels,
          peepholes,
          slopes,
          a,
          states,
          here,
          states,
          here + batch * size,
          slopes,
          a,
          batch,
          n);
    }
    outputs(theta, rows, states, stateAt + batch * size, errors, errorAt);
    for (int t = from; t < to; t++) {
      int at = errorAt + (t - from) * batch * m;
      loss += loss(errors, at, sequence, sequence.targetAt(t), batch, 1f / batch) / batch;
    }
    return loss;
  }

  /** Overwrites a [rows × G n] with xₜ W_in + b of the rows from step {@code from} on. */
  void inputs(float[] theta, Sequence sequence, int from, int rows, float[] a, int aAt) {
    repeat(theta, biasAt, gates, rows, a, aAt);
    product(
        rows,
        inputGates,
        d,
        sequence.inputs(),
        sequence.inputAt(from),
        d,
        inputAt,
        input,
        a,
        aAt + gates - inputGates,
        gates);
  }

  /** Adds h W of the states [B × p n] to a [B × G n]. */
  void recurrent(float[] states, int stateAt, float[] a, int aAt) {
    recurrent(batch, states, stateAt, a, aAt);
  }

  /** Adds h W of the states [rows × p n] to a [rows × G n]. */
  void recurrent(int rows, float[] states, int stateAt, float[] a, int aAt) {
    product(rows, recurrentGates, n, states, stateAt, size, 0, recurrent, a, aAt, gates);
  }

  /** Overwrites z [rows × m] with (3) of the states [rows × p n]. */
  void outputs(float[] theta, int rows, float[] states, int stateAt, float[] z, int zAt) {
    repeat(theta, readoutBiasAt, m, rows, z, zAt);
    readoutAdd(rows, states, stateAt, size, z, zAt);
  }

  /** Adds x V to z [rows × m], rows of x {@code xRow} floats apart. */
  void readoutAdd(int rows, float[] x, int xAt, int xRow, float[] z, int zAt) {
    product(rows, m, n, x, xAt, xRow, readoutAt, readout, z, zAt, m);
  }

  /** Adds x W to out [rows × columns], W [sources × columns] at {@code at} of θ, or packed. */
  private void product(
      int rows,
      int columns,
      int sources,
      float[] x,
      int xAt,
      int xRow,
      int at,
      float[] weights,
      float[] out,
      int outAt,
      int outRow) {
    if (!direct) {
      kernels.gemmPackedAdd(rows, columns, sources, x, xAt, xRow, weights, 0, out, outAt, outRow);
      return;
    }
    for (int row = 0; row < rows; row++) {
      kernels.gemvTransposedAdd(
          theta, at, x, xAt + row * xRow, out, outAt + row * outRow, sources, columns);
    }
  }

  /** The losses of output rows z [rows × m], added up; z is overwritten with scale · ∂loss/∂z. */
  double loss(float[] z, int zAt, Sequence sequence, int targetAt, int rows, float scale) {
    return switch (network.loss()) {
      case SQUARED_ERROR ->
          kernels.squaredError(z, zAt, sequence.targets(), targetAt, rows, m, scale);
      case SOFTMAX_CROSS_ENTROPY ->
          kernels.softmaxCrossEntropy(z, zAt, sequence.targets(), targetAt, rows, m, scale);
    };
  }

  /** Overwrites out [rows × size] with copies of x [size]. */
  static void repeat(float[] x, int xAt, int size, int rows, float[] out, int outAt) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(x, xAt, out, outAt + row * size, size);
    }
  }
}
