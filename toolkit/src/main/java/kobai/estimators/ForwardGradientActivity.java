package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.NodeDifferentiableModel;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * Activity-perturbed forward gradient: the exact derivative of the losses along random directions
 * in the pre-activations, credited as in node perturbation.
 *
 * <pre>
 * ṡₜ = Jₜ ṡₜ₋₁ + ∂sₜ/∂aₜ vₜ, ṡ = 0 before the window                        (1)  [B × n]
 * ĝ = 1/k Σᵢ Σ_rows Σₜ zₜ (Σ_{t′ ≥ t} qₜ′ ṡₜ′) vₜᵀ + Σₜ ∂ℓₜ/∂θ              (2)  [P]
 * </pre>
 *
 * <p>v perturbs the recurrent pre-activations of every step and row. (1) is {@code slopes}, (2) is
 * {@code estimate} with {@code outerProducts}; the last term of (2), the readout's own, is exact.
 * One direction has G n K B elements and every row its own loss, which usually is less noise than P
 * parameters carry.
 *
 * <p>Claim: unbiased on a whole sequence, for noise of mean 0 and covariance I: E vₜ (qₜ′ ṡₜ′) is
 * the part of ∂ℓₜ′/∂aₜ, and zero for t′ &lt; t, where ṡ does not know vₜ yet. It is the limit of
 * NODE_PERTURBATION for σ → 0, but for the readout. On windows the directions are fresh and the
 * state before is held: biased by truncation.
 *
 * <p>Cost per step and row: k products with J, one outer product; memory 4 K B (2 G n + n + d + 1)
 * bytes and a tape of K steps.
 *
 * <p>Variant: one global loss, not one loss a block of units. One thread: the tape is one.
 *
 * <p>Source: Ren, Kornblith, Liao and Hinton (2023), Scaling forward gradient with local losses,
 * ICLR.
 */
final class ForwardGradientActivity implements GradientEstimator {
  private final Workspace workspace;
  private final Kernels kernels;
  private final NoiseSource noise;
  private final GateRun[] runs;
  private final RowLocalTape tape;
  private final int count;
  private final int batch;
  private final int units;
  private final int parts;
  private final int gates;
  private final int size;
  private final int nodes;
  private final int q;
  private final int parameters;
  private final float[] state;
  private final float[] v;
  private final float[] credits;
  private final float[] stateGradient;
  private final float[] tangent;
  private final float[] next;
  private final float[] gains;
  private final float[] sources;
  private final float[] scratch;
  private final double[] slopes;

  private long key;
  private int unroll;

  /** The one for the model: without a state rows are independent of each other. */
  static GradientEstimator of(Setup setup, Workspace workspace) {
    return setup.model() instanceof NodeDifferentiableModel model
            && model.stateSize() == 0
            && model.nodes() > 0
        ? new ForwardGradientNodes(setup, model, workspace)
        : new ForwardGradientActivity(setup, workspace);
  }

  private ForwardGradientActivity(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    kernels = setup.kernels();
    noise = setup.noise();
    RowLocalModel model = setup.rowLocal("FORWARD_GRADIENT_ACTIVITY");
    runs = GateRun.of(model);
    count = setup.tangents();
    batch = setup.batch();
    units = model.units();
    parts = model.parts();
    gates = model.gates();
    size = model.stateSize();
    nodes = gates * units;
    q = model.sources();
    parameters = model.parameters().count();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), batch);
    long rows = (long) setup.window() * batch;
    state = workspace.floats("state", setup.stateSize());
    v = workspace.floats("v", rows * nodes);
    credits = workspace.floats("credits", rows * nodes);
    stateGradient = workspace.floats("state gradient", setup.stateSize());
    tangent = workspace.floats("state tangent", setup.stateSize());
    next = workspace.floats("next state tangent", size);
    gains = workspace.floats("gains", (long) parts * nodes);
    sources = workspace.floats("sources", rows * q);
    int most = 0;
    for (GateRun run : runs) {
      most = Math.max(most, kernels.gemmScratch(run.count(), units, Math.toIntExact(rows)));
    }
    scratch = workspace.floats(Kernels.SCRATCH, most);
    slopes = workspace.doubles("slopes", rows);
  }

  @Override
  public void reset(long seed) {
    key = RandomKey.childSeed(seed, "node perturbation");
    unroll = 0;
    Arrays.fill(state, 0f);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    int rows = (to - from) * batch;
    Arrays.fill(credits, 0f);
    for (int i = 0; i < count; i++) {
      noise.fill(key, unroll, i, v, 0, rows * nodes);
      slopes(theta, sequence, to - from);
      for (int row = rows - 1; row >= 0; row--) {
        slopes[row] += row + batch < rows ? slopes[row + batch] : 0;
        int at = row * nodes;
        kernels.axpy((float) (slopes[row] / count), v, at, credits, at, nodes);
      }
    }
    unroll++;
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.lossParametersAdd(theta, sequence, gradient);
    outerProducts(sequence, rows, gradient);
    return loss;
  }

  /** (1), and qₜ ṡₜ of every step and row. */
  private void slopes(float[] theta, Sequence sequence, int steps) {
    Arrays.fill(tangent, 0f);
    for (int step = 0; step < steps; step++) {
      tape.stateGradient(theta, sequence, step, stateGradient, 0);
      for (int b = 0; b < batch; b++) {
        int row = step * batch + b;
        tape.jvpState(theta, step, b, tangent, b * size, next, 0);
        tape.gains(step, b, gains, 0);
        for (int part = 0; part < parts; part++) {
          for (int gate = 0; gate < gates; gate++) {
            kernels.multiplyAdd(
                gains,
                (part * gates + gate) * units,
                v,
                row * nodes + gate * units,
                next,
                part * units,
                units);
          }
        }
        System.arraycopy(next, 0, tangent, b * size, size);
        slopes[row] = kernels.dot(stateGradient, b * size, tangent, b * size, size);
      }
    }
  }

  private void outerProducts(Sequence sequence, int rows, float[] gradient) {
    for (int row = 0; row < rows; row++) {
      tape.sources(sequence, row / batch, row % batch, sources, row * q);
    }
    for (GateRun run : runs) {
      kernels.gemmTransposedAdd(
          run.count(),
          units,
          rows,
          sources,
          run.source(),
          q,
          credits,
          run.gate() * units,
          nodes,
          gradient,
          run.at(),
          run.stride(),
          scratch,
          0);
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
