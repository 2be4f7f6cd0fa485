package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.parallel.Workers;

/**
 * Real-time recurrent learning: carries the influence M of every parameter on the state forward in
 * time, a window of K steps at once.
 *
 * <pre>
 * ĝ    = a_from M_from + Σₜ (aₜ M̄ₜ + ∂ℓₜ/∂θ)                       (1)  [P]
 * Gₜ   = J_to ⋯ Jₜ₊₁, G_to = I, Gₜ₋₁ᵀ = Jₜᵀ Gₜᵀ                      (2)  [n × n]
 * M_to = G_from M_from + Σₜ Gₜ M̄ₜ                                  (3)  [n × R]
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
 * <p>Cost per step and row: 2 n² R / K + 2 n R + 2 n³ flops with R = n q recurrent parameters, q =
 * n + d + 1; memory 4 B n R bytes, plus min(K, q) n² for (2), independent of the sequence.
 *
 * <p>Variant: row-local parameters (M̄ₜ has one entry a parameter), so Σₜ Gₜ M̄ₜ of one unit i is
 * one product [n × K] [K × q]. M is stored panel-major, [row][unit][panel of 16 parameters][n][16],
 * in one buffer updated in place. Windows longer than q are advanced in blocks of q steps: beyond
 * that, (2) would need more memory than M.
 *
 * <p>Source: Williams and Zipser (1989), Neural Computation 1(2), 270–280; blocks: Schmidhuber
 * (1992), Neural Computation 4(2), 243–248.
 */
final class Rtrl implements GradientEstimator {
  /** Rows of (2) that one chunk computes. */
  private static final int PRODUCT_ROWS = 32;

  private final Workspace workspace;
  private final Kernels kernels;
  private final Workers workers;
  private final RowLocalTape tape;
  private final int batch;
  private final int n;
  private final int q;
  private final int parameters;
  private final int panels;
  private final int panelSize;
  private final int block;
  private final float[] state;
  private final float[] adjoint;
  private final float[] jacobian;
  private final float[] packed;
  private final float[] products;
  private final float[] gains;
  private final float[] sources;
  private final float[] packedSources;
  private final float[] strips;
  private final float[] panelGradient;
  private final float[][] influence;
  private final float[][] panel;
  private final float[][] ownStrips;
  private final Workers.Task productTask = this::productRows;
  private final Workers.Task advanceTask = this::advanceUnit;

  // The arguments of the round of chunks in progress.
  private int row;
  private int steps;
  private int productStep;
  private boolean firstBlock;

  Rtrl(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    RowLocalModel model = setup.rowLocal("RTRL");
    kernels = setup.kernels();
    workers = setup.workers();
    batch = setup.batch();
    n = model.stateSize();
    q = model.sources();
    parameters = model.parameters().count();
    panels = Math.ceilDiv(q, Kernels.PANEL);
    panelSize = n * Kernels.PANEL;
    block = Math.min(setup.window(), q);
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), batch);
    state = workspace.floats("state", setup.stateSize());
    adjoint = workspace.floats("adjoint", setup.stateSize());
    jacobian = workspace.floats("jacobian", (long) n * n);
    packed = workspace.floats("packed product", Kernels.packedSize(n, n));
    products = workspace.floats("products", (block + 1L) * n * n);
    gains = workspace.floats("gains", (long) block * n);
    sources = workspace.floats("sources", (long) block * q);
    packedSources = workspace.floats("packed sources", Kernels.packedSize(block, q));
    strips = workspace.floats("product strips", Kernels.stripsSize(n, n));
    panelGradient = workspace.floats("panel gradient", (long) n * panels * Kernels.PANEL);
    influence = new float[batch][];
    for (int b = 0; b < batch; b++) {
      influence[b] = workspace.floats("influence of row " + b, (long) n * panels * panelSize);
    }
    panel = new float[workers.count()][];
    ownStrips = new float[workers.count()][];
    for (int w = 0; w < workers.count(); w++) {
      panel[w] = workspace.floats("panel of worker " + w, panelSize);
      ownStrips[w] = workspace.floats("own strips of worker " + w, Kernels.stripsSize(n, block));
    }
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
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(adjoint, 0f);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.backward(theta, sequence, adjoint, gradient);
    Arrays.fill(panelGradient, 0f);
    for (row = 0; row < batch; row++) {
      for (int begin = 0; begin < to - from; begin += block) {
        steps = Math.min(block, to - from - begin);
        firstBlock = begin == 0;
        products(theta, sequence, begin);
        workers.run(n, advanceTask);
      }
    }
    for (int unit = 0; unit < n; unit++) {
      int at = unit * panels * Kernels.PANEL;
      for (int source = 0; source < q; source++) {
        gradient[source * n + unit] += panelGradient[at + source];
      }
    }
    return loss;
  }

  /**
   * (2), last step first, and what (3) needs of each step. Slot k of {@code products} holds Gᵀ
   * after step k − 1.
   */
  private void products(float[] theta, Sequence sequence, int begin) {
    int square = n * n;
    Arrays.fill(products, steps * square, (steps + 1) * square, 0f);
    for (int i = 0; i < n; i++) {
      products[steps * square + i * n + i] = 1f;
    }
    for (int step = steps - 1; step >= 0; step--) {
      tape.gains(begin + step, row, gains, step * n);
      tape.sources(sequence, begin + step, row, sources, step * q);
      if (step == steps - 1) {
        tape.jacobianTransposed(theta, begin + step, row, products, step * square);
        continue;
      }
      tape.jacobianTransposed(theta, begin + step, row, jacobian, 0);
      kernels.pack(products, (step + 1) * square, n, 1, n, n, packed, 0);
      productStep = step;
      workers.run(Math.ceilDiv(n, PRODUCT_ROWS), productTask);
    }
    kernels.pack(sources, 0, q, 1, steps, q, packedSources, 0);
    kernels.packStrips(products, 0, 1, n, n, n, strips, 0);
  }

  private void productRows(int chunk, int worker) {
    int first = chunk * PRODUCT_ROWS;
    int rows = Math.min(PRODUCT_ROWS, n - first);
    kernels.gemmPacked(
        rows, n, n, jacobian, first * n, n, packed, 0, products, (productStep * n + first) * n, n);
  }

  /** (3) for the panels of one unit, and the first term of (1). */
  private void advanceUnit(int unit, int worker) {
    float[] m = influence[row];
    float[] old = panel[worker];
    float[] own = ownStrips[worker];
    packOwn(unit, own);
    for (int j = 0; j < panels; j++) {
      int at = (unit * panels + j) * panelSize;
      System.arraycopy(m, at, old, 0, panelSize);
      if (firstBlock) {
        kernels.gemvTransposedAdd(
            old,
            0,
            adjoint,
            row * n,
            panelGradient,
            (unit * panels + j) * Kernels.PANEL,
            n,
            Kernels.PANEL);
      }
      kernels.panelProduct(n, n, strips, 0, old, 0, m, at);
      kernels.panelProductAdd(n, steps, own, 0, packedSources, j * steps * Kernels.PANEL, m, at);
    }
  }

  /** Strips of the [n × K] matrix with element (k, t) = Gₜ[k, unit] · gainₜ[unit]. */
  private void packOwn(int unit, float[] own) {
    int square = n * n;
    for (int first = 0; first < n; first += Kernels.STRIP) {
      int height = Math.min(Kernels.STRIP, n - first);
      int at = first * steps;
      for (int step = 0; step < steps; step++) {
        float gain = gains[step * n + unit];
        int from = (step + 1) * square + unit * n + first;
        for (int k = 0; k < height; k++) {
          own[at + k] = gain * products[from + k];
        }
        for (int k = height; k < Kernels.STRIP; k++) {
          own[at + k] = 0f;
        }
        at += Kernels.STRIP;
      }
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
