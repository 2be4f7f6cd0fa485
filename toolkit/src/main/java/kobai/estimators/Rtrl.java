package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.models.SparseRowLocalModel;
import kobai.parallel.Workers;

/**
 * Real-time recurrent learning: carries the influence M of every parameter on the state forward in
 * time, a window of K steps at once. For units of p state parts and G gates, S = p n,
 *
 * <pre>
 * ĝ    = a_from M_from + Σₜ (aₜ M̄ₜ + ∂ℓₜ/∂θ)                       (1)  [P]
 * Gₜ   = J_to ⋯ Jₜ₊₁, G_to = I, Gₜ₋₁ᵀ = Jₜᵀ Gₜᵀ                      (2)  [S × S]
 * M_to = G_from M_from + Σₜ Gₜ M̄ₜ                                  (3)  [S × R]
 * </pre>
 *
 * with aₜ the adjoints of the window alone. The second term of (1) is backpropagation inside the
 * window (the tape's {@code backward}, which also gives a_from), the first is taken in the pass
 * over M that (3) makes; (2) is {@link WindowProducts}, (3) is {@code advanceUnit}. At K = 1 this
 * is the textbook update M ← J M + M̄.
 *
 * <p>Claim: exact on whole sequences and on windows, at fixed θ. When θ changes between windows, M
 * mixes old θ.
 *
 * <p>Cost per step and row: 2 S² R / K + 2 S R + 2 S³ flops with R recurrent parameters (n q in a
 * leaky network, q = n + d + 1); memory 4 B S R bytes, plus 4 min(K, q) S² bytes for (2),
 * independent of the sequence.
 *
 * <p>Variant: row-local parameters (M̄ₜ has p entries a parameter), so Σₜ Gₜ M̄ₜ of one gate and
 * unit i is one product [S × K] [K × sources of the gate], its left factor the columns (c, i) of Gₜ
 * times their gains, summed over the parts c. M is stored panel-major, [row][gate][unit][panel of
 * 16 parameters][S][16], in one buffer updated in place. Windows longer than q are advanced in
 * blocks of q steps: beyond that, (2) would need more memory than M. Sparse weights are {@link
 * Snap} of unlimited order.
 *
 * <p>Source: Williams and Zipser (1989), Neural Computation 1(2), 270–280; blocks: Schmidhuber
 * (1992), Neural Computation 4(2), 243–248.
 */
final class Rtrl implements GradientEstimator {
  /** Panels of the first term of (1) together: chains enough to hide the latency of a sum. */
  private static final int CREDITED = 4;

  private final Workspace workspace;
  private final Kernels kernels;
  private final Workers workers;
  private final RowLocalTape tape;
  private final WindowProducts window;
  private final GateRun[] runs;
  private final int[] seenAt;
  private final int[] panelsAt;
  private final int batch;
  private final int n;
  private final int gates;
  private final int width;
  private final int parameters;
  private final int panelSize;
  private final int block;
  private final float[] state;
  private final float[] adjoint;
  private final float[] panelGradient;
  private final float[][] influence;
  private final float[][] panel;
  private final float[][] ownStrips;
  private final Workers.Task clearTask = this::clearUnit;
  private final Workers.Task advanceTask = this::advanceUnit;

  // The arguments of the round of chunks in progress.
  private float[] gradient = {};
  private int row;
  private int steps;
  private boolean firstBlock;

  private Rtrl(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    RowLocalModel model = setup.rowLocal("RTRL");
    kernels = setup.kernels();
    workers = setup.workers();
    batch = setup.batch();
    n = model.units();
    gates = model.gates();
    width = model.stateSize();
    parameters = model.parameters().count();
    runs = GateRun.of(model);
    seenAt = GateRun.offsets(runs, gates);
    panelsAt = new int[gates + 1];
    for (int g = 0; g < gates; g++) {
      panelsAt[g + 1] = panelsAt[g] + Math.ceilDiv(seenAt[g + 1] - seenAt[g], Kernels.PANEL);
    }
    int panels = panelsAt[gates];
    panelSize = width * Kernels.PANEL;
    block = Math.min(setup.window(), model.sources());
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), batch);
    state = workspace.floats("state", setup.stateSize());
    adjoint = workspace.floats("adjoint", setup.stateSize());
    panelGradient = workspace.floats("panel gradient", (long) n * panels * Kernels.PANEL);
    influence = new float[batch][];
    for (int b = 0; b < batch; b++) {
      influence[b] = workspace.floats("influence of row " + b, (long) n * panels * panelSize);
    }
    panel = new float[workers.count()][];
    ownStrips = new float[workers.count()][];
    for (int w = 0; w < workers.count(); w++) {
      panel[w] = workspace.floats("panel of worker " + w, panelSize);
      ownStrips[w] =
          workspace.floats("own strips of worker " + w, Kernels.stripsSize(width, block));
    }
    window = new WindowProducts(setup, workspace, model, tape, runs, panelsAt, block);
  }

  /** Makes the estimator. */
  static GradientEstimator of(Setup setup, Workspace workspace) {
    if (setup.model() instanceof SparseRowLocalModel) {
      return Snap.of("RTRL", setup, workspace, Integer.MAX_VALUE);
    }
    return setup.model() instanceof RowLocalModel
        ? new Rtrl(setup, workspace)
        : new LayeredRtrl(setup, workspace);
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
    workers.run(gates * n, clearTask);
  }

  private void clearUnit(int chunk, int worker) {
    int from = firstPanel(chunk / n, chunk % n);
    int to = firstPanel(chunk / n, chunk % n + 1);
    for (float[] m : influence) {
      Arrays.fill(m, from * panelSize, to * panelSize, 0f);
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(adjoint, 0f);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.backward(theta, sequence, adjoint, gradient);
    this.gradient = gradient;
    for (row = 0; row < batch; row++) {
      for (int begin = 0; begin < to - from; begin += block) {
        steps = Math.min(block, to - from - begin);
        firstBlock = begin == 0;
        window.compute(theta, sequence, row, begin, steps);
        workers.run(gates * n, advanceTask);
      }
    }
    return loss;
  }

  /** The panels before those of a gate and unit. */
  private int firstPanel(int gate, int unit) {
    return n * panelsAt[gate] + unit * (panelsAt[gate + 1] - panelsAt[gate]);
  }

  /** (3) for the panels of one gate and unit, and the first term of (1). */
  private void advanceUnit(int chunk, int worker) {
    int gate = chunk / n;
    int unit = chunk % n;
    float[] m = influence[row];
    float[] old = panel[worker];
    float[] own = ownStrips[worker];
    if (steps > 1) {
      window.packOwn(gate, unit, own);
    }
    int first = firstPanel(gate, unit);
    int end = firstPanel(gate, unit + 1);
    for (int index = first; index < end; index++) {
      if (firstBlock && (index - first) % CREDITED == 0) {
        credit(index, Math.min(CREDITED, end - index));
      }
      int at = index * panelSize;
      int source = (panelsAt[gate] + index - first) * steps * Kernels.PANEL;
      System.arraycopy(m, at, old, 0, panelSize);
      kernels.panelProduct(width, width, window.strips(), 0, old, 0, m, at);
      if (steps > 1) {
        kernels.panelProductAdd(width, steps, own, 0, window.sources(), source, m, at);
      } else {
        window.addOwn(gate, unit, source, m, at);
      }
    }
    if (firstBlock && row == batch - 1) {
      creditUnit(gate, unit);
    }
  }

  /** The first term of (1) for some panels: side by side they are a packed matrix. */
  private void credit(int index, int panels) {
    int sum = index * Kernels.PANEL;
    int count = panels * Kernels.PANEL;
    if (row == 0) {
      Arrays.fill(panelGradient, sum, sum + count, 0f);
    }
    kernels.gemmPackedAdd(
        1,
        count,
        width,
        adjoint,
        row * width,
        width,
        influence[row],
        index * panelSize,
        panelGradient,
        sum,
        count);
  }

  /** Adds what (1) summed in panels to the gradient. */
  private void creditUnit(int gate, int unit) {
    for (GateRun run : runs) {
      int from = firstPanel(gate, unit) * Kernels.PANEL + run.offset();
      for (int k = 0; k < run.count() && run.gate() == gate; k++) {
        gradient[run.at() + k * run.stride() + unit] += panelGradient[from + k];
      }
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
