package kobai.estimators;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;

/**
 * Optimal Kronecker-sum approximation of RTRL: carries r random terms whose mean is the influence
 * M, and reduces the r + 1 terms of every step to r with the least variance that an unbiased
 * reduction can have.
 *
 * <pre>
 * M̄ₜ = zₜ ⊗ Dₜ,  D[(c, i), (g, i)] = ∂s_{c,i}/∂a_{g,i}                     (1)
 * Σₖ uₖ ⊗ Jₜ Bₖ + zₜ ⊗ Dₜ, r + 1 terms, reduced to r                        (2)
 * ĝ = Σₜ (Σₖ uₖ ⊗ qₜBₖ + ∂ℓₜ/∂θ)                                           (3)  [P]
 * </pre>
 *
 * <p>(2) is {@link KroneckerSum}, the reduction {@link RankReduction}; (3) is {@code step} and
 * {@code end}. The first r steps keep all their terms and are exact.
 *
 * <p>Claim: unbiased on whole sequences and on windows, at fixed θ; exact at r = q, the number of
 * sources. When θ changes between windows, the sum mixes old θ.
 *
 * <p>Cost per step and row: 2 r G n S² + 2 r² G n S flops; memory 4 r B (G n S + q) bytes.
 *
 * <p>Variant: gates that see the same sources share u and the signs; gates that see others, as in a
 * GRU, have sums of their own.
 *
 * <p>Source: Benzing, Gauy, Mujika, Martinsson and Steger (2019), Optimal Kronecker-sum
 * approximation of real time recurrent learning, ICML, PMLR 97, 604–613, arXiv 1902.03993.
 */
final class OptimalKronecker implements GradientEstimator, OnlineLoop.Carrier {
  private final Workspace workspace;
  private final Kernels kernels;
  private final RowLocalTape tape;
  private final OnlineLoop loop;
  private final GateGroups groups;
  private final KroneckerSum sum;
  private final int rows;
  private final int width;
  private final float[] jacobian;
  private final float[] gains;
  private final float[] z;
  private final float[] nu;
  private final float[] sourceCredits;
  private final float[] gateCredits;
  private final float[] scratch;

  // The block in progress.
  private float[] theta = {};
  private Sequence sequence;
  private int row;
  private int first;
  private int credits;

  OptimalKronecker(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    RowLocalModel model = setup.rowLocal("OPTIMAL_KRONECKER");
    int sources = model.sources();
    int rank = setup.rank(sources, "the sources of %s".formatted(model.name()));
    kernels = setup.kernels();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), setup.batch());
    loop = new OnlineLoop(setup, workspace, tape, this);
    groups = new GateGroups(model);
    sum = new KroneckerSum(setup, workspace, model, groups, rank);
    int size = model.stateSize();
    rows = model.gates() * model.units();
    width = groups.count() * sources;
    int most = OnlineLoop.block(setup) * rank;
    jacobian = workspace.floats("jacobian", (long) size * size);
    gains = workspace.floats("gains", (long) model.parts() * rows);
    z = workspace.floats("sources", sources);
    nu = workspace.floats("nu", (long) groups.count() * rank);
    sourceCredits = workspace.floats("source factors", (long) most * width);
    gateCredits = workspace.floats("credits", (long) most * rows);
    scratch = workspace.floats(Kernels.SCRATCH, groups.scratch(kernels, most));
  }

  @Override
  public void reset(long seed) {
    loop.reset(seed);
    sum.clear();
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
    credits = 0;
  }

  @Override
  public void step(int step, float[] q, int qAt) {
    loop.signs(step, row, nu, 0, nu.length);
    tape.gains(first + step, row, gains, 0);
    tape.sources(sequence, first + step, row, z, 0);
    tape.jacobianTransposed(theta, first + step, row, jacobian, 0);
    int terms = sum.advance(row, jacobian, gains, z, nu);
    sum.copySources(row, sourceCredits, credits * width);
    sum.credit(row, q, qAt, gateCredits, credits * rows);
    credits += terms;
  }

  @Override
  public void end(float[] gradient) {
    groups.productsAdd(kernels, credits, sourceCredits, gateCredits, gradient, scratch);
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
