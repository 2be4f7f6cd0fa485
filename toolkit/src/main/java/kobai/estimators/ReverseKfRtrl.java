package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;

/**
 * Reverse Kronecker-factored RTRL: carries a random A ⊗ B whose mean is the influence M, A over the
 * units that weights lead to and B over state × (source, gate) that they come from.
 *
 * <pre>
 * m[(c, k), (j, g)] = νₖ ∂s_{c,k}/∂a_{g,k} zⱼ,  ν ∈ {±1}ⁿ            (1)  [S × q G]
 * H  = Jₜ Bₜ₋₁,  p₀ = √(‖H‖/‖Aₜ₋₁‖),  p₁ = √(‖m‖/‖ν‖)                (2)
 * Aₜ = p₀ Aₜ₋₁ + p₁ ν                                               (3)  [n]
 * Bₜ = H/p₀ + m/p₁                                                  (4)  [S × q G]
 * ĝ[(j, g, i)] = Σₜ (qₜBₜ)[(j, g)] Aₜ,ᵢ  + ∂ℓₜ/∂θ                     (5)  [P]
 * </pre>
 *
 * <p>(1) to (4) are {@code advance}, (5) is {@code step} and {@code end}. E νᵢ νₖ = 1[i = k] makes
 * the mean of ν ⊗ m the immediate influence, which has an entry only where the unit is the weight's
 * own; the mixed terms are odd in ν. A product of which one factor is zero is left out.
 *
 * <p>Claim: unbiased on whole sequences and on windows, at fixed θ. When θ changes between windows,
 * A ⊗ B mixes old θ.
 *
 * <p>Cost per step and row: 2 S² R/n flops, R recurrent parameters; memory 4 B (S R/n + n) bytes.
 *
 * <p>Variant: factors that start at zero; pairs (source, gate) without a weight take no room.
 *
 * <p>Source: Marschall, Cho and Savin (2020), A unified framework of online learning algorithms for
 * training recurrent neural networks, Journal of Machine Learning Research 21(135), arXiv
 * 1907.02649.
 */
final class ReverseKfRtrl implements GradientEstimator, OnlineLoop.Carrier {
  private final Workspace workspace;
  private final Kernels kernels;
  private final RowLocalTape tape;
  private final OnlineLoop loop;
  private final GateRun[] runs;
  private final int n;
  private final int parts;
  private final int gates;
  private final int size;
  private final int columns;
  private final float[][] a;
  private final float[][] b;
  private final float[] jacobian;
  private final float[] packed;
  private final float[] gains;
  private final float[] immediate;
  private final float[] z;
  private final float[] nu;
  private final float[] unitCredits;
  private final float[] sourceCredits;
  private final float[] scratch;
  private float[] next;

  // The block in progress.
  private float[] theta = {};
  private Sequence sequence;
  private int row;
  private int first;
  private int steps;

  ReverseKfRtrl(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    RowLocalModel model = setup.rowLocal("R_KF_RTRL");
    kernels = setup.kernels();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), setup.batch());
    loop = new OnlineLoop(setup, workspace, tape, this);
    runs = GateRun.of(model);
    n = model.units();
    parts = model.parts();
    gates = model.gates();
    size = model.stateSize();
    int block = OnlineLoop.block(setup);
    int most = 0;
    for (GateRun run : runs) {
      most = Math.max(most, kernels.gemmScratch(run.count(), n, block));
    }
    columns = GateRun.total(runs);
    a = new float[setup.batch()][];
    b = new float[setup.batch()][];
    for (int row = 0; row < a.length; row++) {
      a[row] = workspace.floats("unit factor of row " + row, n);
      b[row] = workspace.floats("state factor of row " + row, (long) columns * size);
    }
    next = workspace.floats("next state factor", (long) columns * size);
    jacobian = workspace.floats("jacobian", (long) size * size);
    packed = workspace.floats("packed jacobian", Kernels.packedSize(size, size));
    gains = workspace.floats("gains", (long) gates * size);
    immediate = workspace.floats("signed gains", (long) gates * size);
    z = workspace.floats("sources", model.sources());
    nu = workspace.floats("nu", n);
    unitCredits = workspace.floats("unit factors", (long) block * n);
    sourceCredits = workspace.floats("credits", (long) block * columns);
    scratch = workspace.floats(Kernels.SCRATCH, most);
  }

  @Override
  public void reset(long seed) {
    loop.reset(seed);
    for (int row = 0; row < a.length; row++) {
      Arrays.fill(a[row], 0f);
      Arrays.fill(b[row], 0f);
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    return loop.estimate(theta, sequence, from, to, gradient);
  }

  @Override
  public void begin(float[] theta, Sequence sequence, int row, int first, int steps) {
    this.theta = theta;
    this.sequence = sequence;
    this.row = row;
    this.first = first;
    this.steps = steps;
  }

  @Override
  public void step(int step, float[] q, int qAt) {
    loop.signs(step, row, nu, 0, n);
    tape.gains(first + step, row, gains, 0);
    tape.sources(sequence, first + step, row, z, 0);
    tape.jacobianTransposed(theta, first + step, row, jacobian, 0);
    kernels.pack(jacobian, 0, size, 1, size, size, packed, 0);
    kernels.gemmPacked(columns, size, size, b[row], 0, size, packed, 0, next, 0, size);
    advance();
    float[] old = b[row];
    b[row] = next;
    next = old;
    System.arraycopy(a[row], 0, unitCredits, step * n, n);
    kernels.gemv(b[row], 0, q, qAt, sourceCredits, step * columns, columns, size);
  }

  /** (1) to (4); {@code next} holds H, transposed, and becomes B. */
  private void advance() {
    for (int gate = 0; gate < gates; gate++) {
      for (int part = 0; part < parts; part++) {
        kernels.multiply(
            nu, 0, gains, (part * gates + gate) * n, immediate, (gate * parts + part) * n, n);
      }
    }
    double fresh = 0;
    for (GateRun run : runs) {
      fresh +=
          (double) kernels.squaredNorm(z, run.source(), run.count())
              * kernels.squaredNorm(immediate, run.gate() * size, size);
    }
    double old = kernels.squaredNorm(a[row], 0, n);
    double advanced = kernels.squaredNorm(next, 0, columns * size);
    boolean keep = old != 0 && advanced != 0;
    boolean add = fresh != 0;
    double p0 = Math.sqrt(Math.sqrt(advanced / old));
    double p1 = Math.sqrt(Math.sqrt(fresh / n));
    kernels.scale(keep ? (float) p0 : 0f, a[row], 0, n);
    kernels.axpy(add ? (float) p1 : 0f, nu, 0, a[row], 0, n);
    kernels.scale(keep ? (float) (1 / p0) : 0f, next, 0, columns * size);
    kernels.scale(add ? (float) (1 / p1) : 0f, immediate, 0, gates * size);
    for (GateRun run : runs) {
      kernels.rankOneAdd(
          z,
          run.source(),
          immediate,
          run.gate() * size,
          next,
          run.before() * size,
          run.count(),
          size);
    }
  }

  @Override
  public void end(float[] gradient) {
    for (GateRun run : runs) {
      kernels.gemmTransposedAdd(
          run.count(),
          n,
          steps,
          sourceCredits,
          run.before(),
          columns,
          unitCredits,
          0,
          n,
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
