package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalShape;
import kobai.models.RowLocalSteps;

/**
 * The influence of every parameter of a cell on the unit that it feeds, and on no other: the part
 * of RTRL that needs no more memory than the parameters. For part c of unit i and weight (j, g, i),
 * with gains γ, sources z and a block Dₜ of the Jacobian for each unit,
 *
 * <pre>
 * Eₜ[c, j, g, i] = Σ_c′ Dₜ[c, c′, i] Eₜ₋₁[c′, j, g, i] + γₜ[c, g, i] zₜ[j]     (1)
 * ĝ[j, g, i]    = Σₜ Σ_c qₜ[c, i] Eₜ[c, j, g, i]                              (2)
 * </pre>
 *
 * <p>D does not depend on j and g, so a block of K steps is two matrix products and one pass over
 * E: with aₜ = qₜ + aₜ₊₁ Dₜ₊₁ and Pₜ = D_K ⋯ Dₜ₊₁ inside the block (a_K₊₁ = 0, P_K = I),
 *
 * <pre>
 * ĝ = a₁ D₁ E₀ + Σₜ zₜ (aₜ γₜ),   E_K = P₀ E₀ + Σₜ zₜ (Pₜ γₜ)              (3)
 * </pre>
 *
 * <p>{@code sweep} makes the brackets of (3), O(n) a step; {@code advance} the rest. At K = 1, (3)
 * is (1) and (2). Cost per step and row: 4 n Q flops of products, Q sources of all gates, and 1/K
 * passes that read and write E and ĝ. Memory: 4 B p n Q bytes for E, and for the block min(K, 64)
 * steps of O(n + q).
 */
final class LocalTraces {
  /** Steps of a block: enough to make the pass over E cheap. */
  private static final int BLOCK = 64;

  /** Rows of a matrix that are brought up to date while they are in the first-level cache. */
  private static final int ROWS = 32;

  private final Kernels kernels;
  private final RowLocalSteps tape;
  private final boolean self;
  private final GateRun[] runs;
  private final int[] gateAt;
  private final int batch;
  private final int n;
  private final int parts;
  private final int gates;
  private final int length;
  private final int seen;
  private final int width;
  private final float[] gains;
  private final float[] diagonal;
  private final float[] sources;
  private final float[] credits;
  private final float[] carried;
  private final float[] adjoint;
  private final float[] product;
  private final float[] moved;
  private final float[] coefficients;
  private final float[] before;
  private final float[] scratch;
  private final float[][] influence;

  /**
   * @param model of the cell, parameters counted in the θ of the whole network
   * @param tape the cell's steps
   * @param self whether D is the whole block of a unit on the diagonal of J, its weights onto
   *     itself included, or the block at fixed pre-activations
   */
  LocalTraces(
      Setup setup, Workspace workspace, RowLocalShape model, RowLocalSteps tape, boolean self) {
    this.tape = tape;
    this.self = self;
    kernels = setup.kernels();
    batch = setup.batch();
    n = model.units();
    parts = model.parts();
    gates = model.gates();
    length = model.sources();
    width = parts * n;
    int block = block(setup);
    runs = GateRun.of(model);
    gateAt = GateRun.offsets(runs, gates);
    seen = gateAt[gates];
    gains = workspace.floats("gains", (long) block * width * gates);
    diagonal = workspace.floats("diagonal blocks", (long) block * parts * width);
    sources = workspace.floats("sources", (long) block * length);
    credits = workspace.floats("credits", (long) block * gates * n);
    carried = workspace.floats("carried gains", (long) block * width * gates);
    adjoint = workspace.floats("local adjoint", width);
    product = workspace.floats("product of blocks", (long) parts * width);
    moved = workspace.floats("moved", (long) parts * width);
    coefficients = workspace.floats("coefficients", 4L * gates * width);
    before = workspace.floats("influence before", parts == 1 ? 0 : (long) parts * ROWS * n);
    scratch = workspace.floats(Kernels.SCRATCH, kernels.gemmScratch(length, n, block - 1));
    influence = new float[batch][];
    for (int b = 0; b < batch; b++) {
      influence[b] = workspace.floats("influence of row " + b, (long) width * seen);
    }
  }

  /** Most steps of a block with this setup. */
  static int block(Setup setup) {
    return Math.min(setup.window(), BLOCK);
  }

  /** E ← 0. */
  void reset() {
    for (float[] e : influence) {
      Arrays.fill(e, 0f);
    }
  }

  /**
   * (3) for {@code steps} steps of the window from step {@code begin} on, at most {@link #block};
   * adds to gradient. q of step t of the block and row b stands at {@code qAt} + (t B + b) {@code
   * qRow}.
   */
  void advance(
      float[] theta,
      Sequence sequence,
      int begin,
      int steps,
      float[] q,
      int qAt,
      int qRow,
      float[] gradient) {
    for (int row = 0; row < batch; row++) {
      for (int step = 0; step < steps; step++) {
        tape.gains(begin + step, row, gains, step * width * gates);
        tape.sources(sequence, begin + step, row, sources, step * length);
        tape.local(begin + step, row, diagonal, step * parts * width);
        if (self) {
          addOwnWeights(theta, step);
        }
      }
      sweep(row, steps, q, qAt, qRow);
      advance(row, steps, gradient);
    }
  }

  /** Dₜ[c, 0, i] += Σ_g γₜ[c, g, i] w[i, g, i]. */
  private void addOwnWeights(float[] theta, int step) {
    for (GateRun run : runs) {
      int last = Math.min(run.source() + run.count(), n);
      for (int c = 0; c < parts; c++) {
        int d = step * parts * width + c * width;
        int gain = step * width * gates + (c * gates + run.gate()) * n;
        for (int i = run.source(); i < last; i++) {
          float weight = theta[run.at() + (i - run.source()) * run.stride() + i];
          diagonal[d + i] = Math.fma(gains[gain + i], weight, diagonal[d + i]);
        }
      }
    }
  }

  /** The brackets of (3), last step first; leaves a₁ D₁ in {@code adjoint}, P₀ in product. */
  private void sweep(int row, int steps, float[] q, int qAt, int qRow) {
    Arrays.fill(adjoint, 0f);
    Arrays.fill(product, 0f);
    for (int c = 0; c < parts; c++) {
      Arrays.fill(product, c * width + c * n, c * width + (c + 1) * n, 1f);
    }
    for (int step = steps - 1; step >= 0; step--) {
      int gain = step * width * gates;
      int d = step * parts * width;
      kernels.axpy(1f, q, qAt + (step * batch + row) * qRow, adjoint, 0, width);
      times(adjoint, 1, gains, gain, gates, credits, step * gates * n);
      times(product, parts, gains, gain, gates, carried, gain);
      times(adjoint, 1, diagonal, d, parts, moved, 0);
      System.arraycopy(moved, 0, adjoint, 0, width);
      times(product, parts, diagonal, d, parts, moved, 0);
      System.arraycopy(moved, 0, product, 0, parts * width);
    }
  }

  /** For each unit, out [rows × columns] ← x [rows × parts] y [parts × columns]. */
  private void times(float[] x, int rows, float[] y, int yAt, int columns, float[] out, int outAt) {
    for (int r = 0; r < rows; r++) {
      for (int k = 0; k < columns; k++) {
        int to = outAt + (r * columns + k) * n;
        kernels.multiply(x, r * width, y, yAt + k * n, out, to, n);
        for (int c = 1; c < parts; c++) {
          kernels.multiplyAdd(x, r * width + c * n, y, yAt + (c * columns + k) * n, out, to, n);
        }
      }
    }
  }

  /** (3) for one row of the batch: step 1 in the pass over E, the others in the products. */
  private void advance(int row, int steps, float[] gradient) {
    for (int c = 0; c < parts; c++) {
      for (int g = 0; g < gates; g++) {
        int at = 4 * (c * gates + g) * n;
        System.arraycopy(product, c * (width + n), coefficients, at, n);
        System.arraycopy(carried, (c * gates + g) * n, coefficients, at + n, n);
        System.arraycopy(adjoint, c * n, coefficients, at + 2 * n, n);
        if (c == 0) { // the gradient takes zₜ (aₜ γₜ) once
          System.arraycopy(credits, g * n, coefficients, at + 3 * n, n);
        }
      }
    }
    float[] e = influence[row];
    for (GateRun run : runs) {
      int g = run.gate();
      int first = (gateAt[g] + run.offset()) * n;
      if (parts == 1) {
        passOver(run, 0, run.count(), e, first, gradient);
      } else {
        for (int j = 0; j < run.count(); j += ROWS) {
          passOver(run, j, Math.min(ROWS, run.count() - j), e, first, gradient);
        }
      }
      if (steps == 1) {
        continue;
      }
      int later = length + run.source();
      kernels.gemmTransposedAdd(
          run.count(),
          n,
          steps - 1,
          sources,
          later,
          length,
          credits,
          (gates + g) * n,
          gates * n,
          gradient,
          run.at(),
          run.stride(),
          scratch,
          0);
      for (int c = 0; c < parts; c++) {
        int gain = width * gates + (c * gates + g) * n;
        kernels.gemmTransposedAdd(
            run.count(),
            n,
            steps - 1,
            sources,
            later,
            length,
            carried,
            gain,
            width * gates,
            e,
            c * seen * n + first,
            n,
            scratch,
            0);
      }
    }
  }

  /** The terms of (3) in E₀ and z₁ for some sources of a run, all parts of the units. */
  private void passOver(GateRun run, int j, int rows, float[] e, int first, float[] gradient) {
    int size = rows * n;
    int at = first + j * n;
    for (int c = 0; parts > 1 && c < parts; c++) {
      System.arraycopy(e, c * seen * n + at, before, c * size, size);
    }
    for (int c = 0; c < parts; c++) {
      kernels.traceStep(
          sources,
          run.source() + j,
          coefficients,
          4 * (c * gates + run.gate()) * n,
          rows,
          n,
          e,
          c * seen * n + at,
          gradient,
          run.at() + j * run.stride(),
          run.stride());
      for (int other = 0; other < parts; other++) {
        for (int r = 0; other != c && r < rows; r++) {
          kernels.multiplyAdd(
              before,
              other * size + r * n,
              product,
              c * width + other * n,
              e,
              c * seen * n + at + r * n,
              n);
        }
      }
    }
  }
}
