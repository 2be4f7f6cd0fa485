package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.parallel.Workers;

/**
 * What a block of steps of a window does to an influence matrix of a row-local model: the products
 * of its Jacobians, and the gains and sources of its steps.
 *
 * <pre>
 * Gₜ = J_to ⋯ Jₜ₊₁, G_to = I, Gₜ₋₁ᵀ = Jₜᵀ Gₜᵀ      (1)  [S × S]
 * </pre>
 *
 * <p>The columns of (1) do not mix: each worker carries a share of them through the whole block,
 * with Jacobians of its own, so that no step waits for another worker or reads what it wrote.
 */
final class WindowProducts {
  /** Floats between two products: without them, one element of all would share a cache set. */
  private static final int APART = Kernels.PANEL;

  private final Kernels kernels;
  private final Workers workers;
  private final RowLocalTape tape;
  private final GateRun[] runs;
  private final int[] seenAt;
  private final int[] panelsAt;
  private final int n;
  private final int parts;
  private final int gates;
  private final int width;
  private final int panels;
  private final int panelSize;
  private final int slot;
  private final int shares;
  private final float[] products;
  private final float[] gains;
  private final float[] stepSources;
  private final float[] sources;
  private final float[] packedSources;
  private final float[] strips;
  private final float[][] jacobian;
  private final float[][] advanced;
  private final Workers.Task columnsTask = this::advanceColumns;

  // The block in progress.
  private float[] theta = {};
  private int row;
  private int begin;
  private int steps;

  WindowProducts(
      Setup setup,
      Workspace workspace,
      RowLocalModel model,
      RowLocalTape tape,
      GateRun[] runs,
      int[] panelsAt,
      int block) {
    this.tape = tape;
    this.runs = runs;
    this.panelsAt = panelsAt;
    kernels = setup.kernels();
    workers = setup.workers();
    n = model.units();
    parts = model.parts();
    gates = model.gates();
    width = model.stateSize();
    panels = Math.ceilDiv(width, Kernels.PANEL);
    panelSize = width * Kernels.PANEL;
    slot = Kernels.packedSize(width, width) + APART;
    shares = Math.min(workers.count(), panels);
    seenAt = GateRun.offsets(runs, gates);
    products = workspace.floats("products", (block + 1L) * slot);
    gains = workspace.floats("gains", (long) block * gates * width);
    stepSources = workspace.floats("sources of a step", model.sources());
    sources = workspace.floats("sources", (long) block * seenAt[gates]);
    long packedSize = (long) block * panelsAt[gates] * Kernels.PANEL;
    packedSources = workspace.floats("packed sources", packedSize);
    strips = workspace.floats("product strips", Kernels.stripsSize(width, width));
    jacobian = new float[shares][];
    advanced = new float[shares][];
    for (int share = 0; share < shares; share++) {
      long columns = (long) (firstOf(share + 1) - firstOf(share)) * panelSize;
      jacobian[share] = workspace.floats("jacobian of share " + share, (long) width * width);
      advanced[share] = workspace.floats("columns of share " + share, columns);
    }
  }

  /** The first panel of a share. */
  private int firstOf(int share) {
    return panels * share / shares;
  }

  /** G_from in strips. */
  float[] strips() {
    return strips;
  }

  /** The sources of all steps in panels, gate by gate. */
  float[] sources() {
    return packedSources;
  }

  /** (1), last step first, and what an advance needs of each step. */
  void compute(float[] theta, Sequence sequence, int row, int begin, int count) {
    this.theta = theta;
    this.row = row;
    this.begin = begin;
    steps = count;
    workers.run(shares, columnsTask);
    for (int step = 0; step < steps; step++) {
      tape.gains(begin + step, row, gains, step * gates * width);
      tape.sources(sequence, begin + step, row, stepSources, 0);
      for (GateRun run : runs) {
        int at = step * seenAt[gates] + seenAt[run.gate()] + run.offset();
        System.arraycopy(stepSources, run.source(), sources, at, run.count());
      }
    }
    int seen = seenAt[gates];
    for (int gate = 0; gate < gates; gate++) {
      int seenOfGate = seenAt[gate + 1] - seenAt[gate];
      int at = steps * panelsAt[gate] * Kernels.PANEL;
      kernels.pack(sources, seenAt[gate], seen, 1, steps, seenOfGate, packedSources, at);
    }
  }

  /**
   * A share of the panels of (1), and its strips of G_from. Slot k of {@code products} holds Gᵀ
   * after step k − 1, in panels.
   */
  private void advanceColumns(int share, int worker) {
    int first = firstOf(share);
    int end = firstOf(share + 1);
    int column = first * Kernels.PANEL;
    int columns = Math.min(end * Kernels.PANEL, width) - column;
    int identity = steps * slot;
    Arrays.fill(products, identity + first * panelSize, identity + end * panelSize, 0f);
    for (int i = column; i < column + columns; i++) {
      int at = i / Kernels.PANEL * panelSize + i * Kernels.PANEL + i % Kernels.PANEL;
      products[identity + at] = 1f;
    }
    float[] j = jacobian[share];
    float[] next = advanced[share];
    for (int step = steps - 1; step >= 0; step--) {
      synchronized (tape) { // it has room for one Jacobian's parts
        tape.jacobianTransposed(theta, begin + step, row, j, 0);
      }
      int to = step * slot + first * panelSize;
      if (step == steps - 1) {
        kernels.pack(j, column, width, 1, width, columns, products, to);
      } else {
        kernels.gemmPacked(
            width, columns, width, j, 0, width, products, to + slot, next, 0, columns);
        kernels.pack(next, 0, columns, 1, width, columns, products, to);
      }
    }
    for (int panel = first; panel < end; panel++) {
      int at = panel * panelSize;
      int rows = Math.min(Kernels.PANEL, width - panel * Kernels.PANEL);
      kernels.packStrips(products, at, 1, Kernels.PANEL, rows, width, strips, at);
    }
  }

  /**
   * Strips of the [S × K] matrix with element (k, t) = Σ_c Gₜ[k, (c, unit)] · gainₜ[c, gate, unit].
   */
  void packOwn(int gate, int unit, float[] own) {
    for (int c = 0; c < parts; c++) {
      for (int first = 0; first < width; first += Kernels.STRIP) {
        int panel = first / Kernels.PANEL * panelSize + first % Kernels.PANEL;
        int from = slot + panel + (c * n + unit) * Kernels.PANEL;
        int at = first * steps;
        for (int step = 0; step < steps; step++) {
          float gain = gains[(step * parts + c) * gates * n + gate * n + unit];
          if (c == 0) {
            scale(gain, products, from, own, at);
          } else {
            scaleAdd(gain, products, from, own, at);
          }
          from += slot;
          at += Kernels.STRIP;
        }
      }
    }
  }

  /**
   * Adds Σₜ Gₜ M̄ₜ of a block of one step, where G = I, to a panel [S × 16] of M: a row for each
   * part.
   */
  void addOwn(int gate, int unit, int sourceAt, float[] m, int mAt) {
    for (int c = 0; c < parts; c++) {
      float gain = gains[c * gates * n + gate * n + unit];
      int at = mAt + (c * n + unit) * Kernels.PANEL;
      kernels.axpy(gain, packedSources, sourceAt, m, at, Kernels.PANEL);
    }
  }

  private static void scale(float gain, float[] x, int xAt, float[] y, int yAt) {
    for (int k = 0; k < Kernels.STRIP; k++) {
      y[yAt + k] = gain * x[xAt + k];
    }
  }

  private static void scaleAdd(float gain, float[] x, int xAt, float[] y, int yAt) {
    for (int k = 0; k < Kernels.STRIP; k++) {
      y[yAt + k] = Math.fma(gain, x[xAt + k], y[yAt + k]);
    }
  }
}
