package kobai.models;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** The forward pass of a {@link Stack} over a run of steps, shared by its rollouts and tape. */
final class StackForward {
  private static final float[] NO_NOISE = {};

  private final Stack stack;
  private final Kernels kernels;
  private final LayerForward[] layers;
  private final int[] sizes;
  private final int[] stateAt;
  private final int size;
  private final int batch;
  private final int n;
  private final int d;
  private final int m;
  private final int parameters;
  private final int readoutAt;
  private final int readoutBiasAt;
  private final float[] readout;

  /** The layers' forward passes, in the order of the stack. */
  StackForward(
      Stack stack, LayerForward[] layers, Kernels kernels, Workspace workspace, int batch) {
    this.stack = stack;
    this.layers = layers;
    this.kernels = kernels;
    this.batch = batch;
    n = stack.top().outputs();
    d = stack.inputs();
    m = stack.targets();
    size = stack.stateSize();
    sizes = new int[layers.length];
    stateAt = new int[layers.length];
    int at = 0;
    for (int l = 0; l < layers.length; l++) {
      sizes[l] = stack.layers().get(l).stateSize();
      stateAt[l] = at;
      at += sizes[l];
    }
    Parameters layout = stack.parameters();
    parameters = layout.count();
    readoutAt = layout.tensor("readout").at();
    readoutBiasAt = layout.tensor("readout bias").at();
    readout = workspace.floats("packed readout", Kernels.packedSize(n, m));
  }

  /** V packed, since the last {@link #begin}. */
  float[] readout() {
    return readout;
  }

  /** Checks a window's arguments, packs the weights and takes the state [B × S]. */
  void begin(float[] theta, Sequence sequence, int from, int to, float[] state, int at) {
    if (theta.length != parameters) {
      throw new IllegalArgumentException(
          "theta: %s has %d parameters, got %d".formatted(stack.name(), parameters, theta.length));
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
    for (LayerForward layer : layers) {
      layer.begin(theta);
    }
    kernels.pack(theta, readoutAt, m, 1, n, m, readout, 0);
    load(state, at);
  }

  /** Refuses windows of more steps than the buffers hold. */
  void atMost(int window, int from, int to) {
    if (to - from > window) {
      throw new IllegalArgumentException(
          "%s: window [%d, %d) has %d steps; the tape holds %d (raise the window of the setup)"
              .formatted(stack.name(), from, to, to - from, window));
    }
  }

  /** Takes the state before the window from state [B × S]. */
  void load(float[] state, int at) {
    for (int row = 0; row < batch; row++) {
      for (int l = 0; l < layers.length; l++) {
        if (sizes[l] > 0) {
          int to = layers[l].outputAt(-1) + row * layers[l].outputRow();
          int from = at + row * size + stateAt[l];
          System.arraycopy(state, from, layers[l].outputs(), to, sizes[l]);
        }
      }
    }
  }

  /** Overwrites state [B × S] with the state after that many steps. */
  void save(int steps, float[] state, int at) {
    for (int row = 0; row < batch; row++) {
      state(steps - 1, row, state, at + row * size);
    }
  }

  /** Overwrites out [S] with a row's state after that step. */
  void state(int step, int row, float[] out, int outAt) {
    for (int l = 0; l < layers.length; l++) {
      if (sizes[l] > 0) {
        int from = layers[l].outputAt(step) + row * layers[l].outputRow();
        System.arraycopy(layers[l].outputs(), from, out, outAt + stateAt[l], sizes[l]);
      }
    }
  }

  /** Runs all layers over steps [begin, end) of the window that starts at {@code start}. */
  void run(float[] theta, Sequence sequence, int start, int begin, int end) {
    run(theta, sequence, start, begin, end, NO_NOISE, 0, 0, 0f);
  }

  /** The same with noise, a row of it being [layer 1 | … | layer L | outputs]. */
  void run(
      float[] theta,
      Sequence sequence,
      int start,
      int begin,
      int end,
      float[] noise,
      int noiseAt,
      int noiseRow,
      float scale) {
    int column = noiseAt;
    for (int l = 0; l < layers.length; l++) {
      layers[l].run(
          theta,
          inputs(l, sequence),
          inputAt(l, sequence, start, begin),
          inputRow(l),
          begin,
          end,
          noise,
          column,
          noiseRow,
          scale);
      column += stack.layers().get(l).nodes();
    }
  }

  /** The array that a layer reads. */
  float[] inputs(int l, Sequence sequence) {
    return l == 0 ? sequence.inputs() : layers[l - 1].outputs();
  }

  /** Where its first row of a step stands. */
  int inputAt(int l, Sequence sequence, int start, int step) {
    return l == 0 ? sequence.inputAt(start + step) : layers[l - 1].outputAt(step);
  }

  /** Floats between its rows. */
  int inputRow(int l) {
    return l == 0 ? d : layers[l - 1].outputRow();
  }

  /** Overwrites z [rows × m] with (2) of steps [begin, end). */
  void outputs(float[] theta, int begin, int end, float[] z, int zAt) {
    LayerForward top = layers[layers.length - 1];
    int rows = (end - begin) * batch;
    CellForward.repeat(theta, readoutBiasAt, m, rows, z, zAt);
    kernels.gemmPackedAdd(
        rows, m, n, top.outputs(), top.outputAt(begin), top.outputRow(), readout, 0, z, zAt, m);
  }

  /**
   * (2) and (3) of steps [begin, end): overwrites errors [rows × m] with ∂ℓ/∂z and returns {@code
   * loss} + Σₜ ℓₜ, added in the order of time.
   */
  double losses(
      float[] theta,
      Sequence sequence,
      int start,
      int begin,
      int end,
      float[] errors,
      int errorAt,
      double loss) {
    outputs(theta, begin, end, errors, errorAt);
    for (int step = begin; step < end; step++) {
      int at = errorAt + (step - begin) * batch * m;
      int target = sequence.targetAt(start + step);
      loss += loss(errors, at, sequence, target, batch, 1f / batch) / batch;
    }
    return loss;
  }

  /** The losses of output rows z [rows × m], added up; z is overwritten with scale · ∂loss/∂z. */
  double loss(float[] z, int zAt, Sequence sequence, int targetAt, int rows, float scale) {
    return switch (stack.loss()) {
      case SQUARED_ERROR ->
          kernels.squaredError(z, zAt, sequence.targets(), targetAt, rows, m, scale);
      case SOFTMAX_CROSS_ENTROPY ->
          kernels.softmaxCrossEntropy(z, zAt, sequence.targets(), targetAt, rows, m, scale);
    };
  }

  /** Adds [hᵀ errors | Σ errors] of steps [begin, end), backwards in time, to the gradient. */
  void readoutAdd(
      int begin,
      int end,
      float[] errors,
      int errorAt,
      int errorRow,
      float[] gradient,
      float[] scratch) {
    LayerForward top = layers[layers.length - 1];
    int rows = (end - begin) * batch;
    int h = top.outputAt(begin) + (rows - 1) * top.outputRow();
    int last = errorAt + (rows - 1) * errorRow;
    kernels.gemmTransposedAdd(
        n,
        m,
        rows,
        top.outputs(),
        h,
        -top.outputRow(),
        errors,
        last,
        -errorRow,
        gradient,
        readoutAt,
        m,
        scratch,
        0);
    kernels.columnSumsAdd(errors, last, -errorRow, rows, m, gradient, readoutBiasAt);
  }

  /** Floats of scratch that gradients of all tensors need, for that many rows. */
  static int scratch(Stack stack, Kernels kernels, int rows) {
    int scratch = kernels.gemmScratch(stack.top().outputs(), stack.targets(), rows);
    for (Layer layer : stack.layers()) {
      scratch = Math.max(scratch, layer.scratch(kernels, rows));
    }
    return scratch;
  }
}
