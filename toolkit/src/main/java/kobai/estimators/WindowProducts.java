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
 */
final class WindowProducts {
  /** Rows of (1) that one chunk computes: as many as fit a worker's panel. */
  private static final int PRODUCT_ROWS = Kernels.PANEL;

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
  private final float[] packed;
  private final float[] packedNext;
  private final float[] products;
  private final float[] gains;
  private final float[] stepSources;
  private final float[] sources;
  private final float[] packedSources;
  private final float[] strips;
  private final float[][] panel;
  private final Workers.Task productTask = this::productChunk;

  // The block in progress.
  private float[] theta = {};
  private Sequence sequence;
  private int row;
  private int begin;
  private int steps;
  private int productStep;

  /** {@code panel}: room of each worker, [16 × S], free while {@link #compute} runs. */
  WindowProducts(
      Setup setup,
      Workspace workspace,
      RowLocalModel model,
      RowLocalTape tape,
      GateRun[] runs,
      int[] panelsAt,
      int block,
      float[][] panel) {
    this.tape = tape;
    this.panel = panel;
    this.runs = runs;
    this.panelsAt = panelsAt;
    kernels = setup.kernels();
    workers = setup.workers();
    n = model.units();
    parts = model.parts();
    gates = model.gates();
    width = model.stateSize();
    seenAt = GateRun.offsets(runs, gates);
    packed = workspace.floats("packed product", Kernels.packedSize(width, width));
    packedNext = workspace.floats("next packed product", Kernels.packedSize(width, width));
    products = workspace.floats("products", (block + 1L) * width * width);
    gains = workspace.floats("gains", (long) block * gates * width);
    stepSources = workspace.floats("sources of a step", model.sources());
    sources = workspace.floats("sources", (long) block * seenAt[gates]);
    long packedSize = (long) block * panelsAt[gates] * Kernels.PANEL;
    packedSources = workspace.floats("packed sources", packedSize);
    strips = workspace.floats("product strips", Kernels.stripsSize(width, width));
  }

  /** G_from in strips. */
  float[] strips() {
    return strips;
  }

  /** The sources of all steps in panels, gate by gate. */
  float[] sources() {
    return packedSources;
  }

  /**
   * (1), last step first, and what an advance needs of each step. Slot k of {@code products} holds
   * Gᵀ after step k − 1. While slot k is computed, slot k − 1 receives the Jacobian that its own
   * product begins with.
   */
  void compute(float[] theta, Sequence sequence, int row, int begin, int count) {
    this.theta = theta;
    this.sequence = sequence;
    this.row = row;
    this.begin = begin;
    steps = count;
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
      int seenOfGate = seenAt[gate + 1] - seenAt[gate];
      int at = steps * panelsAt[gate] * Kernels.PANEL;
      kernels.pack(sources, seenAt[gate], seen, 1, steps, seenOfGate, packedSources, at);
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

  /** Chunk 0 describes the step before, the others compute rows of (1) in place and pack them. */
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

  /**
   * Strips of the [S × K] matrix with element (k, t) = Σ_c Gₜ[k, (c, unit)] · gainₜ[c, gate, unit].
   */
  void packOwn(int gate, int unit, float[] own) {
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
}
