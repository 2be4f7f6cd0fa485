package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;

/**
 * Parameter factors of a row-local model, a block of K steps at once. There νᵀM̄ₜ is zₜ ⊗ eₜ, an
 * outer product over sources and pre-activations, and θ̃ is needed within the block through its
 * norm alone:
 *
 * <pre>
 * e_{t,g,i} = Σ_c ν_{t,c,i} ∂s_{c,i}/∂a_{g,i}                             (1)  [K × G n]
 * θ̃ₜ = C θ̃₀ + Σₛ γₛ zₛ ⊗ eₛ                                               (2)
 * ⟨θ̃ₜ₋₁, zₜ ⊗ eₜ⟩ = C zₜᵀ θ̃₀ eₜ + Σₛ γₛ ⟨zₛ, zₜ⟩⟨eₛ, eₜ⟩                    (3)
 * ‖δ θ̃ₜ₋₁ + γ zₜ ⊗ eₜ‖² = δ²‖θ̃ₜ₋₁‖² + 2 δ γ (3) + γ² ‖zₜ‖²‖eₜ‖²           (4)
 * </pre>
 *
 * <p>so that C and γ are all that a step changes ({@code advance}), and θ̃₀, the block's gradient
 * and (3) are one matrix product a block each: θ̃ is read twice and written once in K steps instead
 * of every step. Sums over g, and over the sources that gate g sees, are understood. ‖θ̃₀‖ is taken
 * anew at every block, so that (4) does not drift.
 *
 * <p>Cost per step and row: 6 P + K (q + G n) flops and O(n²/K) bytes; memory 4 B R bytes.
 */
final class BlockFactor implements ParameterFactor {
  private final Kernels kernels;
  private final RowLocalTape tape;
  private final GateRun[] runs;
  private final int n;
  private final int parts;
  private final int width;
  private final int sources;
  private final int extent;
  private final float[][] factor;
  private final float[] z;
  private final float[] gains;
  private final float[] e;
  private final float[] weighted;
  private final float[] projected;
  private final float[] scratch;
  private final float[] traceCoefficients;
  private final double[] inner;
  private final double[] coefficients;
  private final double[] credits;

  // The block in progress.
  private float[] current = {};
  private int steps;
  private int done;
  private double squaredNorm;
  private double kept;
  private double keptCredit;

  BlockFactor(Setup setup, Workspace workspace, RowLocalModel model, RowLocalTape tape) {
    this.tape = tape;
    int block = OnlineLoop.block(setup);
    kernels = setup.kernels();
    runs = GateRun.of(model);
    n = model.units();
    parts = model.parts();
    width = model.gates() * n;
    sources = model.sources();
    extent = GateRun.total(runs) * n;
    factor = new float[setup.batch()][];
    for (int b = 0; b < factor.length; b++) {
      factor[b] = workspace.floats("parameter factor of row " + b, extent);
    }
    z = workspace.floats("sources", (long) block * sources);
    gains = workspace.floats("gains", (long) parts * width);
    e = workspace.floats("immediate influence", (long) block * width);
    weighted = workspace.floats("weighted influence", (long) block * width);
    projected = workspace.floats("projected sources", (long) block * n);
    int most = 0;
    for (GateRun run : runs) {
      most = Math.max(most, kernels.gemmScratch(block, n, run.count()));
      most = Math.max(most, kernels.gemmScratch(run.count(), n, block));
    }
    scratch = workspace.floats(Kernels.SCRATCH, most);
    inner = workspace.doubles("inner products", (long) block * (block + 1));
    coefficients = workspace.doubles("coefficients", block);
    credits = workspace.doubles("credits", block);
    traceCoefficients = workspace.floats("trace coefficients", 4L * n);
  }

  @Override
  public void reset() {
    for (float[] f : factor) {
      Arrays.fill(f, 0f);
    }
  }

  @Override
  public void begin(float[] theta, Sequence sequence, int row, int first, int steps, float[] nu) {
    this.steps = steps;
    done = 0;
    kept = 1;
    keptCredit = 0;
    current = factor[row];
    squaredNorm = kernels.squaredNorm(current, 0, extent);
    for (int step = 0; step < steps; step++) {
      tape.sources(sequence, first + step, row, z, step * sources);
      tape.gains(first + step, row, gains, 0);
      immediate(step, nu);
    }
    Arrays.fill(inner, 0, steps * (steps + 1), 0);
    Arrays.fill(credits, 0, steps, 0);
    innerProducts();
  }

  /** (1). */
  private void immediate(int step, float[] nu) {
    Arrays.fill(e, step * width, (step + 1) * width, 0f);
    for (int part = 0; part < parts; part++) {
      int signs = (step * parts + part) * n;
      for (int gate = 0; gate < width; gate += n) {
        kernels.multiplyAdd(nu, signs, gains, part * width + gate, e, step * width + gate, n);
      }
    }
  }

  /** Row t of {@code inner}: ⟨zₛ, zₜ⟩⟨eₛ, eₜ⟩ for s ≤ t, then zₜᵀ θ̃₀ eₜ in the last column. */
  private void innerProducts() {
    for (GateRun run : runs) {
      int gate = run.gate() * n;
      int from = run.source();
      int count = run.count();
      int at = run.before() * n;
      kernels.gemm(steps, n, count, z, from, sources, current, at, n, projected, 0, n, scratch, 0);
      for (int t = 0; t < steps; t++) {
        int et = t * width + gate;
        for (int s = 0; s <= t; s++) {
          inner[t * (steps + 1) + s] +=
              (double) kernels.dot(z, s * sources + from, z, t * sources + from, count)
                  * kernels.dot(e, s * width + gate, e, et, n);
        }
        inner[t * (steps + 1) + steps] += kernels.dot(projected, t * n, e, et, n);
      }
    }
  }

  @Override
  public double squaredNorm() {
    return squaredNorm;
  }

  @Override
  public double immediateSquaredNorm(int step) {
    return inner[step * (steps + 1) + step];
  }

  /** (2) to (4). */
  @Override
  public void advance(int step, double decay, double share) {
    int row = step * (steps + 1);
    double overlap = kept * inner[row + steps];
    for (int s = 0; s < step; s++) {
      overlap += coefficients[s] * inner[row + s];
      coefficients[s] *= decay;
    }
    kept *= decay;
    coefficients[step] = share;
    squaredNorm =
        Math.max(
            0,
            decay * decay * squaredNorm
                + 2 * decay * share * overlap
                + share * share * inner[row + step]);
    done = step + 1;
  }

  @Override
  public void credit(double weight) {
    keptCredit += weight * kept;
    for (int s = 0; s < done; s++) {
      credits[s] += weight * coefficients[s];
    }
  }

  /** (2), and the gradient: the first step in one pass with θ̃₀, the others as products. */
  @Override
  public void end(float[] gradient) {
    for (GateRun run : runs) {
      int gate = run.gate() * n;
      Arrays.fill(traceCoefficients, 0, n, (float) kept);
      Arrays.fill(traceCoefficients, 2 * n, 3 * n, (float) keptCredit);
      for (int k = 0; k < n; k++) {
        traceCoefficients[n + k] = (float) coefficients[0] * e[gate + k];
        traceCoefficients[3 * n + k] = (float) credits[0] * e[gate + k];
      }
      kernels.traceStep(
          z,
          run.source(),
          traceCoefficients,
          0,
          run.count(),
          n,
          current,
          run.before() * n,
          gradient,
          run.at(),
          run.stride());
    }
    if (steps == 1) {
      return;
    }
    weigh(credits);
    for (GateRun run : runs) {
      productAdd(run, gradient, run.at(), run.stride());
    }
    weigh(coefficients);
    for (GateRun run : runs) {
      productAdd(run, current, run.before() * n, n);
    }
  }

  /** Weighted ← weightsₛ eₛ, s ≥ 1. */
  private void weigh(double[] weights) {
    for (int s = 1; s < steps; s++) {
      float weight = (float) weights[s];
      for (int i = s * width; i < (s + 1) * width; i++) {
        weighted[i] = weight * e[i];
      }
    }
  }

  /** Adds Σₛ zₛ ⊗ weightedₛ of a run, s ≥ 1. */
  private void productAdd(GateRun run, float[] out, int outAt, int outRow) {
    kernels.gemmTransposedAdd(
        run.count(),
        n,
        steps - 1,
        z,
        sources + run.source(),
        sources,
        weighted,
        width + run.gate() * n,
        width,
        out,
        outAt,
        outRow,
        scratch,
        0);
  }
}
