package kobai.models;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * A {@link CellNetwork} with noise ξ = scale · noise on its pre-activations [a | z]:
 *
 * <pre>
 * aₜ = [hₜ₋₁ | xₜ | 1] [W; W_in; b] + ξₜ,   zₜ = hₜ V + c + ξ′ₜ             (1)
 * gradient += Σₜ [hₜ₋₁ | xₜ | 1]ᵀ creditsₜ,  Σₜ [hₜ | 1]ᵀ credits′ₜ         (2)
 * </pre>
 *
 * <p>(1) is {@code run}, (2) is {@code creditAdd}. Memory: 4 K B ((p + G) n + m) bytes for windows
 * of K steps, and the slopes of one.
 */
final class CellNodeRollout implements NodeRollout {
  private final CellNetwork network;
  private final Cell cell;
  private final Kernels kernels;
  private final CellForward forward;
  private final int n;
  private final int d;
  private final int m;
  private final int size;
  private final int gates;
  private final int nodes;
  private final int batch;
  private final int window;
  private final int inputAt;
  private final int biasAt;
  private final int readoutAt;
  private final int readoutBiasAt;
  private final int peepholesAt;
  private final float[] states;
  private final float[] preactivations;
  private final float[] slopes;
  private final float[] errors;
  private final float[] scratch;
  private int start;
  private int steps;

  CellNodeRollout(
      CellNetwork network, Kernels kernels, Workspace workspace, int window, int batch) {
    this.network = network;
    this.kernels = kernels;
    this.window = window;
    this.batch = batch;
    cell = network.cell();
    n = network.units();
    d = network.inputs();
    m = network.outputs();
    size = network.stateSize();
    gates = network.width();
    nodes = gates + m;
    Parameters parameters = network.parameters();
    inputAt = parameters.tensor("input").at();
    biasAt = parameters.tensor("bias").at();
    readoutAt = parameters.tensor("readout").at();
    readoutBiasAt = parameters.tensor("readout bias").at();
    peepholesAt = network.peepholesAt();
    forward = new CellForward(network, kernels, workspace, batch);
    int rows = Math.multiplyExact(window, batch);
    states = workspace.floats("states", (window + 1L) * batch * size);
    preactivations = workspace.floats("preactivations", (long) rows * nodes);
    slopes = workspace.floats("slopes", (long) batch * gates);
    errors = workspace.floats("output errors", m);
    scratch = workspace.floats(Kernels.SCRATCH, CellTape.gemmScratch(network, kernels, rows));
  }

  @Override
  public void run(
      float[] theta,
      Sequence sequence,
      int from,
      int to,
      float[] noise,
      int noiseAt,
      float scale,
      float[] state,
      int stateAt,
      double[] losses) {
    if (to - from > window) {
      throw new IllegalArgumentException(
          "%s: window [%d, %d) has %d steps; the rollout holds %d (raise the window of the setup)"
              .formatted(network.name(), from, to, to - from, window));
    }
    forward.begin(theta, sequence, from, to);
    start = from;
    steps = to - from;
    int rows = steps * batch;
    int width = batch * size;
    int outputsAt = rows * gates; // kept as [a of all steps | z of all steps]
    System.arraycopy(state, stateAt, states, 0, width);
    forward.inputs(theta, sequence, from, rows, preactivations, 0);
    for (int step = 0; step < steps; step++) {
      int here = step * width;
      int a = step * batch * gates;
      forward.recurrent(states, here, preactivations, a);
      perturb(noise, noiseAt, scale, step * batch, batch, 0, gates, a);
      cell.step(
          kernels,
          forward.peepholes(),
          preactivations,
          a,
          states,
          here,
          states,
          here + width,
          slopes,
          0,
          batch,
          n);
    }
    System.arraycopy(states, steps * width, state, stateAt, width);
    forward.outputs(theta, rows, states, width, preactivations, outputsAt);
    perturb(noise, noiseAt, scale, 0, rows, gates, m, outputsAt);
    for (int row = 0; row < rows; row++) {
      int target = sequence.targetAt(from) + row * m;
      System.arraycopy(preactivations, outputsAt + row * m, errors, 0, m);
      losses[row] = forward.loss(errors, 0, sequence, target, 1, 1f);
    }
  }

  /**
   * Adds scale · noise [rows × A], columns [from, from + count), to pre-activations at {@code at}.
   */
  private void perturb(
      float[] noise, int noiseAt, float scale, int first, int rows, int from, int count, int at) {
    if (scale == 0) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      int noiseRow = noiseAt + (first + row) * nodes + from;
      kernels.axpy(scale, noise, noiseRow, preactivations, at + row * count, count);
    }
  }

  @Override
  public void creditAdd(Sequence sequence, float[] credits, int creditsAt, float[] gradient) {
    int rows = steps * batch;
    int recurrent = network.recurrentWidth();
    int input = network.inputWidth();
    int first = creditsAt + network.firstInput();
    int outputs = creditsAt + gates;
    kernels.gemmTransposedAdd(
        n, recurrent, rows, states, 0, size, credits, creditsAt, nodes, gradient, 0, recurrent,
        scratch, 0);
    kernels.gemmTransposedAdd(
        d,
        input,
        rows,
        sequence.inputs(),
        sequence.inputAt(start),
        d,
        credits,
        first,
        nodes,
        gradient,
        inputAt,
        input,
        scratch,
        0);
    kernels.columnSumsAdd(credits, creditsAt, nodes, rows, gates, gradient, biasAt);
    for (int row = 0; !cell.peepholes().isEmpty() && row < rows; row++) {
      int before = row * size;
      int after = before + batch * size;
      network.peepholesAdd(
          kernels, credits, creditsAt + row * nodes, states, before, after, gradient, peepholesAt);
    }
    kernels.gemmTransposedAdd(
        n,
        m,
        rows,
        states,
        batch * size,
        size,
        credits,
        outputs,
        nodes,
        gradient,
        readoutAt,
        m,
        scratch,
        0);
    kernels.columnSumsAdd(credits, outputs, nodes, rows, m, gradient, readoutBiasAt);
  }

  @Override
  public void preactivations(float[] out, int outAt) {
    int rows = steps * batch;
    for (int row = 0; row < rows; row++) {
      int at = outAt + row * nodes;
      System.arraycopy(preactivations, row * gates, out, at, gates);
      System.arraycopy(preactivations, rows * gates + row * m, out, at + gates, m);
    }
  }
}
