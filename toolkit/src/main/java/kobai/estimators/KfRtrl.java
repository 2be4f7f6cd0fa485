package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;

/**
 * Kronecker-factored RTRL: carries a random A ⊗ B whose mean is the influence M, A over the sources
 * z and B over state × pre-activation.
 *
 * <pre>
 * M̄ₜ = zₜ ⊗ Dₜ,  D[(c, i), (g, i)] = ∂s_{c,i}/∂a_{g,i}                     (1)
 * H  = Jₜ Bₜ₋₁,  p₀ = √(‖H‖/‖Aₜ₋₁‖),  p₁ = √(‖Dₜ‖/‖zₜ‖),  ν = ±1            (2)
 * Aₜ = p₀ Aₜ₋₁ + ν p₁ zₜ                                                  (3)  [q]
 * Bₜ = H/p₀ + ν Dₜ/p₁                                                     (4)  [S × G n]
 * ĝ  = Σₜ (Aₜ ⊗ qₜBₜ + ∂ℓₜ/∂θ)                                            (5)  [P]
 * </pre>
 *
 * <p>(2) to (4) are {@code advance}, (5) is {@code step} and {@code end}. Eν = 0 removes the two
 * mixed terms of A ⊗ B. A product of which one factor is zero is left out, as 0/0 → 1 would do at
 * the start.
 *
 * <p>Claim: unbiased on whole sequences and on windows, at fixed θ. When θ changes between windows,
 * A ⊗ B mixes old θ.
 *
 * <p>Cost per step and row: 2 G n S² flops; memory 4 B (G n S + q) bytes.
 *
 * <p>Variant: one sign a step (the paper draws two, of which only the product reaches A ⊗ B);
 * factors that start at zero. All gates that see the same sources share A and ν; gates that see
 * others, as in a GRU, have factors of their own, since (1) is one Kronecker product for each set
 * of sources.
 *
 * <p>Source: Mujika, Meier and Steger (2018), Approximating real-time recurrent learning with
 * random Kronecker factors, NeurIPS 31, arXiv 1805.10842.
 */
final class KfRtrl implements GradientEstimator, OnlineLoop.Carrier {
  private final Workspace workspace;
  private final Kernels kernels;
  private final RowLocalTape tape;
  private final OnlineLoop loop;
  private final GateGroups groups;
  private final int n;
  private final int parts;
  private final int size;
  private final int rows;
  private final int q;
  private final float[][] a;
  private final float[][] b;
  private final float[] jacobian;
  private final float[] packed;
  private final float[] gains;
  private final float[] z;
  private final float[] nu;
  private final float[] sourceCredits;
  private final float[] gateCredits;
  private final float[] scratch;
  private float[] next;

  // The block in progress.
  private float[] theta = {};
  private Sequence sequence;
  private int row;
  private int first;
  private int steps;

  KfRtrl(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    RowLocalModel model = setup.rowLocal("KF_RTRL");
    kernels = setup.kernels();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), setup.batch());
    loop = new OnlineLoop(setup, workspace, tape, this);
    groups = new GateGroups(model);
    n = model.units();
    parts = model.parts();
    size = model.stateSize();
    rows = model.gates() * n;
    q = model.sources();
    int block = OnlineLoop.block(setup);
    long square = (long) rows * size;
    a = new float[setup.batch()][];
    b = new float[setup.batch()][];
    for (int row = 0; row < a.length; row++) {
      a[row] = workspace.floats("source factor of row " + row, (long) groups.count() * q);
      b[row] = workspace.floats("state factor of row " + row, square);
    }
    next = workspace.floats("next state factor", square);
    jacobian = workspace.floats("jacobian", (long) size * size);
    packed = workspace.floats("packed jacobian", Kernels.packedSize(size, size));
    gains = workspace.floats("gains", (long) parts * rows);
    z = workspace.floats("sources", q);
    nu = workspace.floats("nu", groups.count());
    sourceCredits = workspace.floats("source factors", (long) block * groups.count() * q);
    gateCredits = workspace.floats("credits", (long) block * rows);
    scratch = workspace.floats(Kernels.SCRATCH, groups.scratch(kernels, block));
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
    loop.signs(step, row, nu, 0, groups.count());
    tape.gains(first + step, row, gains, 0);
    tape.sources(sequence, first + step, row, z, 0);
    tape.jacobianTransposed(theta, first + step, row, jacobian, 0);
    kernels.pack(jacobian, 0, size, 1, size, size, packed, 0);
    kernels.gemmPacked(rows, size, size, b[row], 0, size, packed, 0, next, 0, size);
    for (int group = 0; group < groups.count(); group++) {
      advance(group, nu[group]);
    }
    float[] old = b[row];
    b[row] = next;
    next = old;
    int width = groups.count() * this.q;
    System.arraycopy(a[row], 0, sourceCredits, step * width, width);
    kernels.gemv(b[row], 0, q, qAt, gateCredits, step * rows, rows, size);
  }

  /** (2) to (4) for the gates of a group; {@code next} holds H, transposed, and becomes B. */
  private void advance(int group, float sign) {
    float[] sources = a[row];
    int at = group * q;
    double old = kernels.squaredNorm(sources, at, q);
    double advanced = 0;
    double immediate = 0;
    for (int gate = 0; gate < rows; gate += n) {
      if (groups.of(gate / n) == group) {
        advanced += kernels.squaredNorm(next, gate * size, n * size);
        for (int part = 0; part < parts; part++) {
          immediate += kernels.squaredNorm(gains, part * rows + gate, n);
        }
      }
    }
    double seen = groups.squaredNorm(kernels, group, z);
    boolean keep = old != 0 && advanced != 0;
    boolean add = immediate != 0 && seen != 0;
    double p0 = Math.sqrt(Math.sqrt(advanced / old));
    double p1 = Math.sqrt(Math.sqrt(immediate / seen));
    kernels.scale(keep ? (float) p0 : 0f, sources, at, q);
    groups.addSources(kernels, group, add ? (float) (sign * p1) : 0f, z, sources, at);
    float share = add ? (float) (sign / p1) : 0f;
    for (int gate = 0; gate < rows; gate += n) {
      if (groups.of(gate / n) == group) {
        kernels.scale(keep ? (float) (1 / p0) : 0f, next, gate * size, n * size);
        for (int part = 0; part < parts; part++) {
          for (int i = 0; i < n; i++) {
            next[(gate + i) * size + part * n + i] += share * gains[part * rows + gate + i];
          }
        }
      }
    }
  }

  @Override
  public void end(float[] gradient) {
    groups.productsAdd(kernels, steps, sourceCredits, gateCredits, gradient, scratch);
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
