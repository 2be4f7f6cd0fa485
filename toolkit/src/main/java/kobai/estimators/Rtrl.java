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
 * over M that (3) makes; (2) is {@code products}, (3) is {@code advance}. At K = 1 this is the
 * textbook update M ← J M + M̄.
 *
 * <p>Claim: exact on whole sequences and on windows, at fixed θ. When θ changes between windows, M
 * mixes old θ.
 *
 * <p>Cost per step and row: 2 S² R / K + 2 S R + 2 S³ flops with R recurrent parameters (n q in a
 * leaky network, q = n + d + 1); memory 4 B S R bytes, plus min(K, q) S² for (2), independent of
 * the sequence.
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
  /** Rows of (2) that one chunk computes: as many as fit a worker's panel. */
  private static final int PRODUCT_ROWS = Kernels.PANEL;

  private final Workspace workspace;
  private final Kernels kernels;
  private final Workers workers;
  private final RowLocalTape tape;
  private final GateRun[] runs;
  private final int[] seenAt;
  private final int[] panelsAt;
  private final int batch;
  private final int n;
  private final int parts;
  private final int gates;
  private final int width;
  private final int q;
  private final int parameters;
  private final int panelSize;
  private final int block;
  private final float[] state;
  private final float[] adjoint;
  private final float[] packed;
  private final float[] packedNext;
  private final float[] products;
  private final float[] gains;
  private final float[] stepSources;
  private final float[] sources;
  private final float[] packedSources;
  private final float[] strips;
  private final float[] panelGradient;
  private final float[][] influence;
  private final float[][] panel;
  private final float[][] ownStrips;
  private final Workers.Task productTask = this::productChunk;
  private final Workers.Task advanceTask = this::advanceUnit;

  // The arguments of the round of chunks in progress.
  private float[] theta = {};
  private Sequence sequence;
  private int begin;
  private int row;
  private int steps;
  private int productStep;
  private boolean firstBlock;

  private Rtrl(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    RowLocalModel model = setup.rowLocal("RTRL");
    kernels = setup.kernels();
    workers = setup.workers();
    batch = setup.batch();
    n = model.units();
    parts = model.parts();
    gates = model.gates();
    width = model.stateSize();
    q = model.sources();
    parameters = model.parameters().count();
    runs = GateRun.of(model);
    seenAt = GateRun.offsets(runs, gates);
    panelsAt = new int[gates + 1];
    for (int g = 0; g < gates; g++) {
      panelsAt[g + 1] = panelsAt[g] + Math.ceilDiv(seenAt[g + 1] - seenAt[g], Kernels.PANEL);
    }
    int panels = panelsAt[gates];
    panelSize = width * Kernels.PANEL;
    block = Math.min(setup.window(), q);
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), batch);
    state = workspace.floats("state", setup.stateSize());
    adjoint = workspace.floats("adjoint", setup.stateSize());
    packed = workspace.floats("packed product", Kernels.packedSize(width, width));
    packedNext = workspace.floats("next packed product", Kernels.packedSize(width, width));
    products = workspace.floats("products", (block + 1L) * width * width);
    gains = workspace.floats("gains", (long) block * gates * width);
    stepSources = workspace.floats("sources of a step", q);
    sources = workspace.floats("sources", (long) block * seenAt[gates]);
    packedSources = workspace.floats("packed sources", (long) block * panels * Kernels.PANEL);
    strips = workspace.floats("product strips", Kernels.stripsSize(width, width));
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
    for (float[] m : influence) {
      Arrays.fill(m, 0f);
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    this.theta = theta;
    this.sequence = sequence;
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(adjoint, 0f);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.backward(theta, sequence, adjoint, gradient);
    Arrays.fill(panelGradient, 0f);
    for (row = 0; row < batch; row++) {
      for (begin = 0; begin < to - from; begin += block) {
        steps = Math.min(block, to - from - begin);
        firstBlock = begin == 0;
        products();
        workers.run(gates * n, advanceTask);
      }
    }
    for (GateRun run : runs) {
      for (int unit = 0; unit < n; unit++) {
        int at = firstPanel(run.gate(), unit) * Kernels.PANEL + run.offset();
        for (int source = 0; source < run.count(); source++) {
          gradient[run.at() + source * run.stride() + unit] += panelGradient[at + source];
        }
      }
    }
    return loss;
  }

  /** The panels before those of a gate and unit. */
  private int firstPanel(int gate, int unit) {
    return n * panelsAt[gate] + unit * (panelsAt[gate + 1] - panelsAt[gate]);
  }

  /**
   * (2), last step first, and what (3) needs of each step. Slot k of {@code products} holds Gᵀ
   * after step k − 1. While slot k is computed, slot k − 1 receives the Jacobian that its own
   * product begins with.
   */
  private void products() {
    int square = width * width;
    Arrays.fill(products, steps * square, (steps + 1) * square, 0f);
    for (int i = 0; i < width; i++) {
      products[steps * square + i * width + i] = 1f;
    }
    describe(steps - 1);
    if (steps > 1) {
      describe(steps - 2);
      kernels.pack(products, (steps - 1) * square, width, 1, width, width, packed(steps - 1), 0);
    }
    for (productStep = steps - 2; productStep >= 0; productStep--) {
      workers.run(1 + Math.ceilDiv(width, PRODUCT_ROWS), productTask);
    }
    int seen = seenAt[gates];
    for (int gate = 0; gate < gates; gate++) {
      int count = seenAt[gate + 1] - seenAt[gate];
      int at = steps * panelsAt[gate] * Kernels.PANEL;
      kernels.pack(sources, seenAt[gate], seen, 1, steps, count, packedSources, at);
    }
    kernels.packStrips(products, 0, 1, width, width, width, strips, 0);
  }

  /** The Jacobian, gains and sources of a step of the block. */
  private void describe(int step) {
    tape.gains(begin + step, row, gains, step * gates * width);
    tape.sources(sequence, begin + step, row, stepSources, 0);
    for (GateRun run : runs) {
      int at = step * seenAt[gates] + seenAt[run.gate()] + run.offset();
      System.arraycopy(stepSources, run.source(), sources, at, run.count());
    }
    tape.jacobianTransposed(theta, begin + step, row, products, step * width * width);
  }

  /** Where the product of a slot is packed: the next one is packed while it is read. */
  private float[] packed(int slot) {
    return slot % 2 == 0 ? packed : packedNext;
  }

  /** Chunk 0 describes the step before, the others compute rows of (2) in place and pack them. */
  private void productChunk(int chunk, int worker) {
    if (chunk == 0) {
      if (productStep > 0) {
        describe(productStep - 1);
      }
      return;
    }
    int first = (chunk - 1) * PRODUCT_ROWS;
    int rows = Math.min(PRODUCT_ROWS, width - first);
    int to = (productStep * width + first) * width;
    float[] jacobian = panel[worker];
    System.arraycopy(products, to, jacobian, 0, rows * width);
    kernels.gemmPacked(
        rows, width, width, jacobian, 0, width, packed(productStep + 1), 0, products, to, width);
    float[] next = packed(productStep);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < width; j += Kernels.PANEL) {
        int at = j * width + (first + i) * Kernels.PANEL;
        System.arraycopy(
            products, to + i * width + j, next, at, Math.min(Kernels.PANEL, width - j));
      }
    }
  }

  /** (3) for the panels of one gate and unit, and the first term of (1). */
  private void advanceUnit(int chunk, int worker) {
    int gate = chunk / n;
    int unit = chunk % n;
    float[] m = influence[row];
    float[] old = panel[worker];
    float[] own = ownStrips[worker];
    packOwn(gate, unit, own);
    int panels = panelsAt[gate + 1] - panelsAt[gate];
    for (int j = 0; j < panels; j++) {
      int index = firstPanel(gate, unit) + j;
      int at = index * panelSize;
      System.arraycopy(m, at, old, 0, panelSize);
      if (firstBlock) {
        int sum = index * Kernels.PANEL;
        kernels.gemvTransposedAdd(
            old, 0, adjoint, row * width, panelGradient, sum, width, Kernels.PANEL);
      }
      int source = (panelsAt[gate] + j) * steps * Kernels.PANEL;
      kernels.panelProduct(width, width, strips, 0, old, 0, m, at);
      kernels.panelProductAdd(width, steps, own, 0, packedSources, source, m, at);
    }
  }

  /**
   * Strips of the [S × K] matrix with element (k, t) = Σ_c Gₜ[k, (c, unit)] · gainₜ[c, gate, unit].
   */
  private void packOwn(int gate, int unit, float[] own) {
    for (int c = 0; c < parts; c++) {
      for (int first = 0; first < width; first += Kernels.STRIP) {
        int height = Math.min(Kernels.STRIP, width - first);
        int at = first * steps;
        for (int step = 0; step < steps; step++) {
          float gain = gains[(step * parts + c) * gates * n + gate * n + unit];
          int from = ((step + 1) * width + c * n + unit) * width + first;
          for (int k = 0; k < height; k++) {
            own[at + k] =
                c == 0
                    ? gain * products[from + k]
                    : Math.fma(gain, products[from + k], own[at + k]);
          }
          for (int k = height; k < Kernels.STRIP; k++) {
            own[at + k] = 0f;
          }
          at += Kernels.STRIP;
        }
      }
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
