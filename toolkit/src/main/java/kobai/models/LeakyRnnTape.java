package kobai.models;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Derivatives of {@link LeakyRnn} along a window. With gₜ = α f′(uₜ) kept by the forward pass and
 * qₜ = ∂ℓₜ/∂sₜ:
 *
 * <pre>
 * qₜ = (∂ℓₜ/∂zₜ) Vᵀ                                       (1)  [B × n]
 * aₜ = qₜ + (1 − α) aₜ₊₁ + (gₜ₊₁ ⊙ aₜ₊₁) Wᵀ                (2)  [B × n]
 * ∂L/∂[W; W_in; b] = Σₜ [sₜ₋₁ | xₜ | 1]ᵀ (gₜ ⊙ aₜ)          (3)  [(n + d + 1) × n]
 * ∂L/∂[V; c] = Σₜ [sₜ | 1]ᵀ ∂ℓₜ/∂zₜ                        (4)  [(n + 1) × m]
 * Jₜ = (1 − α) I + diag(gₜ) Wᵀ                             (5)  [n × n]
 * </pre>
 *
 * <p>(1) to (4) are {@code backward}: (1), (3) and (4) are one product a chunk of steps, only (2)
 * runs in the time loop. (5) is {@code jacobianTransposed}. The sums of (3) and (4) are chains
 * backwards in time.
 *
 * <p>Memory: 4 K B (2n + m) bytes and a chunk, for a window of K steps.
 */
final class LeakyRnnTape implements RowLocalTape {
  private final LeakyRnn model;
  private final Kernels kernels;
  private final LeakyRnnForward forward;
  private final int n;
  private final int d;
  private final int m;
  private final int batch;
  private final int window;
  private final int width;
  private final int chunk;
  private final int inputAt;
  private final int biasAt;
  private final int readoutAt;
  private final int readoutBiasAt;
  private final float[] states;
  private final float[] slopes;
  private final float[] errors;
  private final float[] q;
  private final float[] delta;
  private final float[] recurrentTransposed;
  private final float[] readoutTransposed;
  private final float[] scratch;
  private int start;
  private int steps;

  LeakyRnnTape(LeakyRnn model, Kernels kernels, Workspace workspace, int window, int batch) {
    this.model = model;
    this.kernels = kernels;
    this.window = window;
    this.batch = batch;
    n = model.stateSize();
    d = model.inputSize();
    m = model.targetSize();
    width = batch * n;
    chunk = LeakyRnnForward.chunk(window, batch);
    Parameters parameters = model.parameters();
    inputAt = parameters.tensor("input").at();
    biasAt = parameters.tensor("bias").at();
    readoutAt = parameters.tensor("readout").at();
    readoutBiasAt = parameters.tensor("readout bias").at();
    forward = new LeakyRnnForward(model, kernels, workspace, batch);
    states = workspace.floats("states", (window + 1L) * width);
    slopes = workspace.floats("slopes", (long) window * width);
    errors = workspace.floats("output errors", (long) window * batch * m);
    q = workspace.floats("q", (long) chunk * width);
    delta = workspace.floats("delta", (long) chunk * width);
    recurrentTransposed = workspace.floats("packed recurrent transposed", Kernels.packedSize(n, n));
    readoutTransposed = workspace.floats("packed readout transposed", Kernels.packedSize(m, n));
    int rows = chunk * batch;
    int scratchSize =
        Math.max(
            Math.max(kernels.gemmScratch(n, n, rows), kernels.gemmScratch(d, n, rows)),
            kernels.gemmScratch(n, m, rows));
    scratch = workspace.floats("gemm scratch", scratchSize);
  }

  @Override
  public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
    if (to - from > window) {
      throw new IllegalArgumentException(
          "%s: window [%d, %d) has %d steps; the tape holds %d (raise the window of the setup)"
              .formatted(model.name(), from, to, to - from, window));
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
              slopes,
              begin * width,
              errors,
              begin * batch * m,
              loss);
    }
    System.arraycopy(states, steps * width, state, 0, width);
    return loss;
  }

  @Override
  public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
    kernels.pack(theta, 0, 1, n, n, n, recurrentTransposed, 0);
    kernels.pack(theta, readoutAt, 1, m, m, n, readoutTransposed, 0);
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
      int at = (step - begin) * width;
      kernels.leakyBackward(
          model.alpha(), q, at, slopes, step * width, adjoint, 0, delta, at, width);
      kernels.gemmPackedAdd(batch, n, n, delta, at, n, recurrentTransposed, 0, adjoint, 0, n);
    }
    int last = rows - 1;
    int inputs = sequence.inputAt(start + begin) + last * d;
    int before = begin * width + last * n;
    int after = before + width;
    int outputs = begin * batch * m + last * m;
    kernels.gemmTransposedAdd(
        n, n, rows, states, before, -n, delta, last * n, -n, gradient, 0, n, scratch, 0);
    kernels.gemmTransposedAdd(
        d,
        n,
        rows,
        sequence.inputs(),
        inputs,
        -d,
        delta,
        last * n,
        -n,
        gradient,
        inputAt,
        n,
        scratch,
        0);
    kernels.columnSumsAdd(delta, last * n, -n, rows, n, gradient, biasAt);
    kernels.gemmTransposedAdd(
        n, m, rows, states, after, -n, errors, outputs, -m, gradient, readoutAt, m, scratch, 0);
    kernels.columnSumsAdd(errors, outputs, -m, rows, m, gradient, readoutBiasAt);
  }

  @Override
  public void gains(int step, int row, float[] out, int outAt) {
    System.arraycopy(slopes, step * width + row * n, out, outAt, n);
  }

  @Override
  public void sources(Sequence sequence, int step, int row, float[] out, int outAt) {
    System.arraycopy(states, step * width + row * n, out, outAt, n);
    System.arraycopy(
        sequence.inputs(), sequence.inputAt(start + step) + row * d, out, outAt + n, d);
    out[outAt + n + d] = 1f;
  }

  @Override
  public void jacobianTransposed(float[] theta, int step, int row, float[] out, int outAt) {
    int slope = step * width + row * n;
    for (int j = 0; j < n; j++) {
      int from = j * n;
      int to = outAt + j * n;
      for (int i = 0; i < n; i++) {
        out[to + i] = slopes[slope + i] * theta[from + i];
      }
      out[to + j] += 1f - model.alpha();
    }
  }
}
