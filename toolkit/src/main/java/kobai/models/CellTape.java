package kobai.models;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Derivatives of a {@link CellNetwork} along a window. With φₐ = ∂s/∂a and φₛ = ∂s/∂s′ of the
 * {@link Cell}, both of which couple the components of one unit only, W₊ = W in the rows of part 0
 * (zero in the others, and for gates that see no output), and qₜ = ∂ℓₜ/∂sₜ, zero but in part 0:
 *
 * <pre>
 * qₜ = (∂ℓₜ/∂zₜ) Vᵀ                                       (1)  [B × n]
 * δₜ = νₜ φₐ,  νₜ = qₜ + νₜ₊₁ φₛ + δₜ₊₁ W₊ᵀ                (2)  [B × G n], [B × p n]
 * ∂L/∂[W; W_in; b] = Σₜ [hₜ₋₁ | xₜ | 1]ᵀ δₜ                (3)  [(n + d + 1) × G n]
 * ∂L/∂[V; c] = Σₜ [hₜ | 1]ᵀ ∂ℓₜ/∂zₜ                        (4)  [(n + 1) × m]
 * Jₜ = φₛ + φₐ W₊ᵀ                                         (5)  [p n × p n]
 * </pre>
 *
 * <p>(1) to (4) are {@code backward}: (1), (3) and (4) are one product a chunk of steps, only (2)
 * runs in the time loop, with one product over all gates. (5) is {@code jacobianTransposed}. The
 * sums of (3) and (4) are chains backwards in time. Along a direction θ̇ = [Ẇ | Ẇ_in | ḃ | V̇ | ċ],
 *
 * <pre>
 * ȧₜ = hₜ₋₁ Ẇ + xₜ Ẇ_in + ḃ                               (6)  [B × G n]
 * ṡₜ = φₛ ṡₜ₋₁ + φₐ (ȧₜ + ḣₜ₋₁ W)                          (7)  [B × p n]
 * żₜ = ḣₜ V + hₜ V̇ + ċ, slope = Σₜ ⟨∂ℓₜ/∂zₜ, żₜ⟩            (8)
 * </pre>
 *
 * <p>which are {@code jvp}; only (7) runs in the time loop. φₐ and φₛ themselves are {@link
 * CellRow}.
 *
 * <p>Memory: 4 K B ((p + G) n + m) bytes and a chunk, for a window of K steps; (6) to (8) take the
 * buffers of (1) to (3), whose packed products they overwrite.
 */
final class CellTape implements RowLocalTape {
  private final CellNetwork network;
  private final Cell cell;
  private final Kernels kernels;
  private final CellForward forward;
  private final int n;
  private final int d;
  private final int m;
  private final int parts;
  private final int size;
  private final int gates;
  private final int recurrent;
  private final int input;
  private final int firstInput;
  private final int batch;
  private final int window;
  private final int chunk;
  private final int inputAt;
  private final int biasAt;
  private final int readoutAt;
  private final int readoutBiasAt;
  private final int peepholesAt;
  private final boolean peepholes;
  private final float[] states;
  private final float[] slopes;
  private final float[] errors;
  private final float[] q;
  private final float[] delta;
  private final float[] recurrentTransposed;
  private final float[] readoutTransposed;
  private final float[] inputDirection;
  private final float[] readoutDirection;
  private final float[] outputTangents;
  private final float[] scratch;
  private final CellRow one;
  private int start;
  private int steps;
  private boolean transposed;

  CellTape(CellNetwork network, Kernels kernels, Workspace workspace, int window, int batch) {
    this.network = network;
    this.kernels = kernels;
    this.window = window;
    this.batch = batch;
    cell = network.cell();
    n = network.units();
    d = network.inputs();
    m = network.outputs();
    parts = cell.parts();
    size = network.stateSize();
    gates = network.width();
    recurrent = network.recurrentWidth();
    input = network.inputWidth();
    firstInput = network.firstInput();
    chunk = CellForward.chunk(window, batch);
    Parameters parameters = network.parameters();
    inputAt = parameters.tensor("input").at();
    biasAt = parameters.tensor("bias").at();
    readoutAt = parameters.tensor("readout").at();
    readoutBiasAt = parameters.tensor("readout bias").at();
    peepholesAt = network.peepholesAt();
    peepholes = !cell.peepholes().isEmpty();
    forward = new CellForward(network, kernels, workspace, batch);
    states = workspace.floats("states", (window + 1L) * batch * size);
    slopes = workspace.floats("slopes", (long) window * batch * gates);
    errors = workspace.floats("output errors", (long) window * batch * m);
    int rows = chunk * batch;
    q = workspace.floats("q", (long) rows * n);
    delta = workspace.floats("delta", (long) rows * gates);
    recurrentTransposed =
        workspace.floats("packed recurrent transposed", Kernels.packedSize(recurrent, n));
    readoutTransposed = workspace.floats("packed readout transposed", Kernels.packedSize(m, n));
    inputDirection = workspace.floats("packed input direction", Kernels.packedSize(d, input));
    readoutDirection = workspace.floats("packed readout direction", Kernels.packedSize(n, m));
    outputTangents = workspace.floats("output tangents", (long) rows * m);
    scratch = workspace.floats(Kernels.SCRATCH, gemmScratch(network, kernels, rows));
    one = new CellRow(network, kernels, workspace, batch, forward.peepholes(), states, slopes);
  }

  /** Floats of scratch for the weight gradients of that many rows. */
  static int gemmScratch(CellNetwork network, Kernels kernels, int rows) {
    int n = network.units();
    return Math.max(
        Math.max(
            kernels.gemmScratch(n, network.recurrentWidth(), rows),
            kernels.gemmScratch(network.inputs(), network.inputWidth(), rows)),
        kernels.gemmScratch(n, network.outputs(), rows));
  }

  @Override
  public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
    if (to - from > window) {
      throw new IllegalArgumentException(
          "%s: window [%d, %d) has %d steps; the tape holds %d (raise the window of the setup)"
              .formatted(network.name(), from, to, to - from, window));
    }
    forward.begin(theta, sequence, from, to);
    start = from;
    steps = to - from;
    int width = batch * size;
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
              slopes,
              begin * batch * gates,
              errors,
              begin * batch * m,
              loss);
    }
    System.arraycopy(states, steps * width, state, 0, width);
    return loss;
  }

  @Override
  public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
    if (!(forward.held() && transposed)) {
      kernels.pack(theta, 0, 1, recurrent, recurrent, n, recurrentTransposed, 0);
      kernels.pack(theta, readoutAt, 1, m, m, n, readoutTransposed, 0);
      transposed = true;
    }
    for (int end = steps; end > 0; ) {
      int begin = (end - 1) / chunk * chunk;
      backwardChunk(sequence, begin, end, adjoint, gradient);
      end = begin;
    }
  }

  private void backwardChunk(
      Sequence sequence, int begin, int end, float[] adjoint, float[] gradient) {
    int rows = (end - begin) * batch;
    kernels.gemmPacked(rows, n, m, errors, begin * batch * m, m, readoutTransposed, 0, q, 0, n);
    for (int step = end - 1; step >= begin; step--) {
      int first = (step - begin) * batch;
      int before = step * batch * size;
      cell.backward(
          kernels,
          forward.peepholes(),
          q,
          first * n,
          slopes,
          step * batch * gates,
          states,
          before,
          states,
          before + batch * size,
          adjoint,
          0,
          delta,
          first * gates,
          batch,
          n);
      kernels.gemmPackedAdd(
          batch,
          n,
          recurrent,
          delta,
          first * gates,
          gates,
          recurrentTransposed,
          0,
          adjoint,
          0,
          size);
    }
    int last = rows - 1;
    kernels.gemmTransposedAdd(
        n,
        recurrent,
        rows,
        states,
        (begin * batch + last) * size,
        -size,
        delta,
        last * gates,
        -gates,
        gradient,
        0,
        recurrent,
        scratch,
        0);
    kernels.gemmTransposedAdd(
        d,
        input,
        rows,
        sequence.inputs(),
        sequence.inputAt(start + begin) + last * d,
        -d,
        delta,
        last * gates + firstInput,
        -gates,
        gradient,
        inputAt,
        input,
        scratch,
        0);
    kernels.columnSumsAdd(delta, last * gates, -gates, rows, gates, gradient, biasAt);
    for (int row = last; peepholes && row >= 0; row--) {
      int before = (begin * batch + row) * size;
      int after = before + batch * size;
      network.peepholesAdd(
          kernels, delta, row * gates, states, before, after, gradient, peepholesAt);
    }
    readoutAdd(begin, end, gradient);
  }

  /** (4) of steps [begin, end), backwards in time. */
  private void readoutAdd(int begin, int end, float[] gradient) {
    int rows = (end - begin) * batch;
    int after = ((begin + 1) * batch + rows - 1) * size;
    int outputs = (begin * batch + rows - 1) * m;
    kernels.gemmTransposedAdd(
        n, m, rows, states, after, -size, errors, outputs, -m, gradient, readoutAt, m, scratch, 0);
    kernels.columnSumsAdd(errors, outputs, -m, rows, m, gradient, readoutBiasAt);
  }

  @Override
  public void hold(boolean held) {
    forward.hold(held);
    transposed = false;
  }

  @Override
  public double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent) {
    transposed = false;
    kernels.pack(direction, 0, recurrent, 1, n, recurrent, recurrentTransposed, 0);
    kernels.pack(direction, inputAt, input, 1, d, input, inputDirection, 0);
    kernels.pack(direction, readoutAt, m, 1, n, m, readoutDirection, 0);
    double slope = 0;
    for (int begin = 0; begin < steps; begin += chunk) {
      int end = Math.min(begin + chunk, steps);
      slope += jvpChunk(sequence, begin, end, direction, stateTangent);
    }
    return slope;
  }

  private double jvpChunk(
      Sequence sequence, int begin, int end, float[] direction, float[] stateTangent) {
    int rows = (end - begin) * batch;
    int before = begin * batch * size;
    CellForward.repeat(direction, biasAt, gates, rows, delta, 0);
    kernels.gemmPackedAdd(
        rows, recurrent, n, states, before, size, recurrentTransposed, 0, delta, 0, gates);
    kernels.gemmPackedAdd(
        rows,
        input,
        d,
        sequence.inputs(),
        sequence.inputAt(start + begin),
        d,
        inputDirection,
        0,
        delta,
        firstInput,
        gates);
    for (int step = begin; step < end; step++) {
      int first = (step - begin) * batch;
      forward.recurrent(stateTangent, 0, delta, first * gates);
      for (int row = 0; row < batch; row++) {
        int a = (first + row) * gates;
        one.peepAdd(step, row, direction, peepholesAt, delta, a);
        one.advance(step, row, delta, a, stateTangent, row * size);
        System.arraycopy(stateTangent, row * size, q, (first + row) * n, n);
      }
    }
    CellForward.repeat(direction, readoutBiasAt, m, rows, outputTangents, 0);
    kernels.gemmPackedAdd(
        rows, m, n, states, before + batch * size, size, readoutDirection, 0, outputTangents, 0, m);
    forward.readoutAdd(rows, q, 0, n, outputTangents, 0);
    double slope = 0;
    for (int row = 0; row < rows; row++) {
      slope += kernels.dot(errors, (begin * batch + row) * m, outputTangents, row * m, m);
    }
    return slope;
  }

  @Override
  public void state(int step, int row, float[] out, int outAt) {
    System.arraycopy(states, ((step + 1) * batch + row) * size, out, outAt, size);
  }

  @Override
  public void jvpState(
      float[] theta, int step, int row, float[] tangent, int tangentAt, float[] out, int outAt) {
    float[] a = one.delta();
    Arrays.fill(a, 0f);
    kernels.gemvTransposedAdd(theta, 0, tangent, tangentAt, a, 0, n, recurrent);
    one.derive(step, row);
    one.advance(tangent, tangentAt, a, 0, cell.recurrentGates(), out, outAt);
  }

  @Override
  public void vjpState(
      float[] theta, int step, int row, float[] nu, int nuAt, float[] out, int outAt) {
    one.backward(step, row, nu, nuAt);
    kernels.gemv(theta, 0, one.delta(), 0, out, outAt, n, recurrent);
    kernels.axpy(1f, one.state(), 0, out, outAt, n);
    System.arraycopy(one.state(), n, out, outAt + n, size - n);
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
    one.backward(step, row, nu, nuAt);
    kernels.rankOneAdd(
        states, (step * batch + row) * size, one.delta(), 0, gradient, gradientAt, n, recurrent);
    kernels.rankOneAdd(
        sequence.inputs(),
        sequence.inputAt(start + step) + row * d,
        one.delta(),
        firstInput,
        gradient,
        gradientAt + inputAt,
        d,
        input);
    kernels.axpy(1f, one.delta(), 0, gradient, gradientAt + biasAt, gates);
    int before = (step * batch + row) * size;
    int after = before + batch * size;
    network.peepholesAdd(
        kernels, one.delta(), 0, states, before, after, gradient, gradientAt + peepholesAt);
  }

  @Override
  public void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int outAt) {
    for (int row = 0; row < batch; row++) {
      int to = outAt + row * size;
      kernels.gemv(theta, readoutAt, errors, (step * batch + row) * m, out, to, n, m);
      Arrays.fill(out, to + n, to + size, 0f);
    }
  }

  @Override
  public void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient) {
    for (int end = steps; end > 0; ) {
      int begin = (end - 1) / chunk * chunk;
      readoutAdd(begin, end, gradient);
      end = begin;
    }
  }

  @Override
  public void gains(int step, int row, float[] out, int outAt) {
    one.derive(step, row);
    System.arraycopy(one.gains(), 0, out, outAt, parts * gates);
  }

  @Override
  public void local(int step, int row, float[] out, int outAt) {
    one.derive(step, row);
    System.arraycopy(one.local(), 0, out, outAt, parts * size);
  }

  @Override
  public void sources(Sequence sequence, int step, int row, float[] out, int outAt) {
    System.arraycopy(states, (step * batch + row) * size, out, outAt, n);
    System.arraycopy(
        sequence.inputs(), sequence.inputAt(start + step) + row * d, out, outAt + n, d);
    out[outAt + n + d] = 1f;
  }

  @Override
  public void jacobianTransposed(float[] theta, int step, int row, float[] out, int outAt) {
    one.derive(step, row);
    float[] rowGains = one.gains();
    float[] rowLocal = one.local();
    for (int j = 0; j < n; j++) {
      for (int part = 0; part < parts; part++) {
        int to = outAt + j * size + part * n;
        int gain = part * gates;
        kernels.multiply(rowGains, gain, theta, j * recurrent, out, to, n);
        for (int at = n; at < recurrent; at += n) {
          kernels.multiplyAdd(rowGains, gain + at, theta, j * recurrent + at, out, to, n);
        }
      }
    }
    Arrays.fill(out, outAt + n * size, outAt + size * size, 0f);
    for (int part = 0; part < parts; part++) {
      for (int other = 0; other < parts; other++) {
        for (int j = 0; j < n; j++) {
          int to = outAt + (other * n + j) * size + part * n + j;
          out[to] += rowLocal[part * size + other * n + j];
        }
      }
    }
  }
}
