package kobai.models;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Derivatives of a diagonal cell along a window: a_{g} are the gates, Dₜ the blocks of the Jacobian
 * and Gₜ,g the gains of {@link RowLocalTape}.
 *
 * <pre>
 * qₜ = (∂ℓₜ/∂zₜ) Vᵀ                                     (1)  [B × S]
 * aₜ = qₜ + aₜ₊₁ Dₜ₊₁,  δₜ,g = aₜ Gₜ,g                    (2)  [B × S], [B × n]
 * ∂L/∂W_g = Σₜ xₜᵀ δₜ,g,  ∂L/∂w_g = Σₜ δₜ,g               (3)  [d × n], [n]
 * ∂L/∂[V; skip; c] = Σₜ [sₜ | xₜ | 1]ᵀ ∂ℓₜ/∂zₜ            (4)  [(S + d + 1) × m]
 * ȧₜ,g = xₜ Ẇ_g + ẇ_g,  ṡₜ = Dₜ ṡₜ₋₁ + Σ_g Gₜ,g ȧₜ,g       (5)  [B × S]
 * slope = Σₜ ⟨∂ℓₜ/∂zₜ, ṡₜ V + sₜ V̇ + xₜ skiṗ + ċ⟩        (6)
 * </pre>
 *
 * <p>(1) to (4) are {@code backward}: only (2), element-wise, runs in the time loop. (5) and (6)
 * are {@code jvp}; they take the buffers of the forward pass's packed weights.
 *
 * <p>Memory: 4 K B (S + 2n + m) bytes and a chunk, for a window of K steps.
 */
final class DiagonalCellTape implements DiagonalTape {
  /** With fewer rows than this, packing costs more than it saves. */
  private static final int PACKING_PAYS = 4;

  private final String name;
  private final DiagonalShape shape;
  private final DiagonalCell cell;
  private final Kernels kernels;
  private final DiagonalForward forward;
  private final int n;
  private final int d;
  private final int m;
  private final int parts;
  private final int gates;
  private final int stateSize;
  private final int driven;
  private final int batch;
  private final int window;
  private final int width;
  private final int chunk;
  private final int deltaRow;
  private final float[] states;
  private final float[] drives;
  private final float[] errors;
  private final float[] q;
  private final float[] delta;
  private final float[] outputTangents;
  private final float[] readoutTransposed;
  private final float[] blocks;
  private final float[] gains;
  private final float[] scratch;
  private int start;
  private int steps;

  DiagonalCellTape(
      String name,
      DiagonalShape shape,
      DiagonalCell cell,
      Kernels kernels,
      Workspace workspace,
      int window,
      int batch) {
    this.name = name;
    this.shape = shape;
    this.cell = cell;
    this.kernels = kernels;
    this.window = window;
    this.batch = batch;
    n = shape.units();
    d = shape.inputs();
    m = shape.targets();
    parts = shape.parts();
    gates = shape.gates();
    stateSize = shape.stateSize();
    driven = DiagonalShape.DRIVEN * n;
    width = batch * stateSize;
    chunk = DiagonalForward.chunk(window, batch);
    deltaRow = gates * n;
    forward = new DiagonalForward(name, shape, cell, kernels, workspace, batch);
    long rows = (long) window * batch;
    int chunkRows = chunk * batch;
    states = workspace.floats("states", (window + 1L) * width);
    drives = workspace.floats("drives", rows * driven);
    errors = workspace.floats("output errors", rows * m);
    q = workspace.floats("q", (long) chunkRows * stateSize);
    delta = workspace.floats("delta", (long) chunkRows * deltaRow);
    outputTangents = workspace.floats("output tangents", (long) chunkRows * m);
    readoutTransposed =
        workspace.floats("packed readout transposed", Kernels.packedSize(m, stateSize));
    blocks = workspace.floats("blocks", (long) parts * stateSize);
    gains = workspace.floats("gains", (long) gates * stateSize);
    int scratchSize =
        Math.max(
            kernels.gemmScratch(d, driven, chunkRows),
            kernels.gemmScratch(stateSize, m, chunkRows));
    if (shape.skip()) {
      scratchSize = Math.max(scratchSize, kernels.gemmScratch(d, m, chunkRows));
    }
    scratch = workspace.floats(Kernels.SCRATCH, scratchSize);
  }

  @Override
  public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
    if (to - from > window) {
      throw new IllegalArgumentException(
          "%s: window [%d, %d) has %d steps; the tape holds %d (raise the window of the setup)"
              .formatted(name, from, to, to - from, window));
    }
    forward.begin(theta, sequence, from, to);
    start = from;
    steps = to - from;
    System.arraycopy(state, 0, states, 0, width);
    double loss = 0;
    for (int begin = 0; begin < steps; begin += chunk) {
      int end = Math.min(begin + chunk, steps);
      loss =
          forward.run(
              theta,
              sequence,
              from + begin,
              from + end,
              states,
              begin * width,
              drives,
              begin * batch * driven,
              errors,
              begin * batch * m,
              loss);
    }
    System.arraycopy(states, steps * width, state, 0, width);
    return loss;
  }

  @Override
  public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
    kernels.pack(theta, shape.readoutAt(), 1, m, m, stateSize, readoutTransposed, 0);
    for (int end = steps; end > 0; ) {
      int begin = (end - 1) / chunk * chunk;
      backwardChunk(sequence, begin, end, adjoint, gradient);
      end = begin;
    }
  }

  private void backwardChunk(
      Sequence sequence, int begin, int end, float[] adjoint, float[] gradient) {
    int rows = (end - begin) * batch;
    kernels.gemmPacked(
        rows, stateSize, m, errors, begin * batch * m, m, readoutTransposed, 0, q, 0, stateSize);
    for (int step = end - 1; step >= begin; step--) {
      kernels.axpy(1f, q, (step - begin) * width, adjoint, 0, width);
      for (int row = 0; row < batch; row++) {
        int at = step * batch + row;
        cell.backward(
            drives,
            at * driven,
            states,
            at * stateSize,
            at * stateSize + width,
            adjoint,
            row * stateSize,
            delta,
            (at - begin * batch) * deltaRow);
      }
    }
    int last = rows - 1;
    int inputs = sequence.inputAt(start + begin) + last * d;
    outerAdd(
        d,
        driven,
        rows,
        sequence.inputs(),
        inputs,
        -d,
        delta,
        last * deltaRow,
        -deltaRow,
        gradient,
        0);
    if (shape.bias()) {
      kernels.columnSumsAdd(
          delta, last * deltaRow, -deltaRow, rows, driven, gradient, shape.biasAt());
    }
    kernels.columnSumsAdd(
        delta, last * deltaRow + driven, -deltaRow, rows, shape.own() * n, gradient, shape.ownAt());
    readoutAdd(sequence, begin, end, gradient);
  }

  /** (4) of steps [begin, end), backwards in time. */
  private void readoutAdd(Sequence sequence, int begin, int end, float[] gradient) {
    int rows = (end - begin) * batch;
    int last = rows - 1;
    int after = (begin + 1) * width + last * stateSize;
    int outputs = begin * batch * m + last * m;
    outerAdd(
        stateSize,
        m,
        rows,
        states,
        after,
        -stateSize,
        errors,
        outputs,
        -m,
        gradient,
        shape.readoutAt());
    if (shape.skip()) {
      outerAdd(
          d,
          m,
          rows,
          sequence.inputs(),
          sequence.inputAt(start + begin) + last * d,
          -d,
          errors,
          outputs,
          -m,
          gradient,
          shape.skipAt());
    }
    kernels.columnSumsAdd(errors, outputs, -m, rows, m, gradient, shape.readoutBiasAt());
  }

  /**
   * C ← C + Aᵀ B as {@link Kernels#gemmTransposedAdd} does, row by row where packing a few rows
   * would cost more: the same chains.
   */
  private void outerAdd(
      int rows,
      int columns,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int bRow,
      float[] gradient,
      int gradientAt) {
    if (k >= PACKING_PAYS) {
      kernels.gemmTransposedAdd(
          rows, columns, k, a, aAt, aRow, b, bAt, bRow, gradient, gradientAt, columns, scratch, 0);
      return;
    }
    for (int row = 0; row < k; row++) {
      kernels.rankOneAdd(
          a, aAt + row * aRow, b, bAt + row * bRow, gradient, gradientAt, rows, columns);
    }
  }

  @Override
  public double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent) {
    double slope = 0;
    for (int begin = 0; begin < steps; begin += chunk) {
      int end = Math.min(begin + chunk, steps);
      slope += jvpChunk(theta, sequence, begin, end, direction, stateTangent);
    }
    return slope;
  }

  private double jvpChunk(
      float[] theta,
      Sequence sequence,
      int begin,
      int end,
      float[] direction,
      float[] stateTangent) {
    int rows = (end - begin) * batch;
    int inputs = sequence.inputAt(start + begin);
    forward.pack(direction);
    forward.start(direction, rows, delta, 0, deltaRow);
    kernels.gemmPackedAdd(
        rows, driven, d, sequence.inputs(), inputs, d, forward.input, 0, delta, 0, deltaRow);
    DiagonalForward.repeat(direction, shape.readoutBiasAt(), m, rows, outputTangents, 0, m);
    kernels.gemmPackedAdd(
        rows,
        m,
        stateSize,
        states,
        (begin + 1) * width,
        stateSize,
        forward.readout,
        0,
        outputTangents,
        0,
        m);
    if (shape.skip()) {
      kernels.gemmPackedAdd(
          rows, m, d, sequence.inputs(), inputs, d, forward.skip, 0, outputTangents, 0, m);
    }
    for (int at = 0; at < rows; at++) {
      int row = at % batch;
      advanceTangent(begin * batch + at, direction, at * deltaRow, stateTangent, row * stateSize);
      System.arraycopy(stateTangent, row * stateSize, q, at * stateSize, stateSize);
    }
    kernels.pack(theta, shape.readoutAt(), m, 1, stateSize, m, forward.readout, 0);
    kernels.gemmPackedAdd(
        rows, m, stateSize, q, 0, stateSize, forward.readout, 0, outputTangents, 0, m);
    double slope = 0;
    for (int row = 0; row < rows; row++) {
      slope += kernels.dot(errors, (begin * batch + row) * m, outputTangents, row * m, m);
    }
    return slope;
  }

  /** (5) for one row of one step; ȧ of the driven gates stands in {@code delta}. */
  private void advanceTangent(
      int at, float[] direction, int deltaAt, float[] tangent, int tangentAt) {
    cell.local(drives, at * driven, states, at * stateSize + width, blocks, 0);
    gainsOf(at, gains, 0);
    kernels.advanceTraces(parts, blocks, 0, gains, 0, n, ZERO, 0, 0, tangent, tangentAt, 1, n);
    for (int part = 0; part < parts; part++) {
      int gainAt = part * gates * n;
      int to = tangentAt + part * n;
      for (int gate = 0; gate < DiagonalShape.DRIVEN; gate++) {
        kernels.multiplyAdd(gains, gainAt + gate * n, delta, deltaAt + gate * n, tangent, to, n);
      }
      for (int own = 0; own < shape.own(); own++) {
        kernels.multiplyAdd(
            gains,
            gainAt + (DiagonalShape.DRIVEN + own) * n,
            direction,
            shape.ownAt() + own * n,
            tangent,
            to,
            n);
      }
    }
  }

  /** A source that drives nothing. */
  private static final float[] ZERO = {0f};

  private void gainsOf(int at, float[] out, int outAt) {
    cell.gains(drives, at * driven, states, at * stateSize, at * stateSize + width, out, outAt);
  }

  @Override
  public void state(int step, int row, float[] out, int outAt) {
    System.arraycopy(states, (step + 1) * width + row * stateSize, out, outAt, stateSize);
  }

  @Override
  public void jvpState(
      float[] theta, int step, int row, float[] tangent, int tangentAt, float[] out, int outAt) {
    local(step, row, blocks, 0);
    System.arraycopy(tangent, tangentAt, out, outAt, stateSize);
    kernels.advanceTraces(parts, blocks, 0, blocks, 0, n, ZERO, 0, 0, out, outAt, 1, n);
  }

  @Override
  public void vjpState(
      float[] theta, int step, int row, float[] nu, int nuAt, float[] out, int outAt) {
    System.arraycopy(nu, nuAt, out, outAt, stateSize);
    vjpGates(step, row, out, outAt, delta, 0);
  }

  @Override
  public void vjpParametersAdd(
      float[] theta,
      Sequence sequence,
      int step,
      int row,
      float[] nu,
      int nuAt,
      float[] gradient,
      int gradientAt) {
    int at = step * batch + row;
    System.arraycopy(nu, nuAt, q, 0, stateSize);
    cell.backward(
        drives, at * driven, states, at * stateSize, at * stateSize + width, q, 0, delta, 0);
    kernels.rankOneAdd(
        sequence.inputs(),
        sequence.inputAt(start + step) + row * d,
        delta,
        0,
        gradient,
        gradientAt,
        d,
        driven);
    if (shape.bias()) {
      kernels.axpy(1f, delta, 0, gradient, gradientAt + shape.biasAt(), driven);
    }
    kernels.axpy(1f, delta, driven, gradient, gradientAt + shape.ownAt(), shape.own() * n);
  }

  @Override
  public void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int outAt) {
    for (int row = 0; row < batch; row++) {
      kernels.gemv(
          theta,
          shape.readoutAt(),
          errors,
          (step * batch + row) * m,
          out,
          outAt + row * stateSize,
          stateSize,
          m);
    }
  }

  @Override
  public void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient) {
    for (int end = steps; end > 0; ) {
      int begin = (end - 1) / chunk * chunk;
      readoutAdd(sequence, begin, end, gradient);
      end = begin;
    }
  }

  @Override
  public void lossParameters(float[] theta, Sequence sequence, float[] gradient) {
    int end = shape.readoutBiasAt() + m;
    if (steps * batch > 1) {
      Arrays.fill(gradient, shape.readoutAt(), end, 0f);
      lossParametersAdd(theta, sequence, gradient);
      return;
    }
    kernels.rankOne(states, width, errors, 0, gradient, shape.readoutAt(), stateSize, m);
    if (shape.skip()) {
      int x = sequence.inputAt(start);
      kernels.rankOne(sequence.inputs(), x, errors, 0, gradient, shape.skipAt(), d, m);
    }
    Arrays.fill(gradient, shape.readoutBiasAt(), end, 0f);
    kernels.columnSumsAdd(errors, 0, m, 1, m, gradient, shape.readoutBiasAt());
  }

  @Override
  public void vjpGates(int step, int row, float[] adjoint, int adjointAt, float[] out, int outAt) {
    int at = step * batch + row;
    cell.backward(
        drives,
        at * driven,
        states,
        at * stateSize,
        at * stateSize + width,
        adjoint,
        adjointAt,
        out,
        outAt);
  }

  @Override
  public void gains(int step, int row, float[] out, int outAt) {
    gainsOf(step * batch + row, out, outAt);
  }

  @Override
  public void local(int step, int row, float[] out, int outAt) {
    int at = step * batch + row;
    cell.local(drives, at * driven, states, at * stateSize + width, out, outAt);
  }

  @Override
  public void sources(Sequence sequence, int step, int row, float[] out, int outAt) {
    System.arraycopy(states, step * width + row * stateSize, out, outAt, n);
    System.arraycopy(
        sequence.inputs(), sequence.inputAt(start + step) + row * d, out, outAt + n, d);
    out[outAt + n + d] = 1f;
  }

  @Override
  public void jacobianTransposed(float[] theta, int step, int row, float[] out, int outAt) {
    local(step, row, blocks, 0);
    Arrays.fill(out, outAt, outAt + stateSize * stateSize, 0f);
    for (int after = 0; after < parts; after++) {
      for (int before = 0; before < parts; before++) {
        int from = (after * parts + before) * n;
        for (int i = 0; i < n; i++) {
          out[outAt + (before * n + i) * stateSize + after * n + i] = blocks[from + i];
        }
      }
    }
  }
}
