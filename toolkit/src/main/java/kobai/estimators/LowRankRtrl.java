package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;

/**
 * Certified low-rank RTRL: the influence of a weight on its own unit is carried as it is, that on
 * the other units as a two-sided product of rank r; what truncation loses is added up to a running
 * bound on the error.
 *
 * <pre>
 * M̂ = U V + D,  D block-diagonal, J = Λ + J′ with Λ inside the units                    (1)
 * N = J U V + J′ D                                                                     (2)  [S × R]
 * U ← orthonormal basis of N Nᵀ U,  V ← Uᵀ N,  D ← Λ D + M̄                               (3)
 * τ = ‖(I − U Uᵀ) N‖,  e ← ‖J‖₂ e + τ + rounding                                        (4)
 * ĝ = Σₜ (qₜ M̂ₜ + ∂ℓₜ/∂θ),  ‖∇ − ĝ‖ ≤ Σₜ ‖qₜ‖ eₜ                                          (5)  [P]
 * </pre>
 *
 * <p>(2), (3) and τ are {@link LowRankInfluence}, (4) is {@code advance}, (5) is {@code step}. For
 * any orthonormal U (4) holds, so that one power step a time step instead of a singular value
 * decomposition costs accuracy but no rigour. The bound of ‖J‖₂ is {@link SpectralBound}.
 *
 * <p>Claim: biased by at most {@link #gradientBound}; exact at r = S. When θ changes between
 * windows, M̂ mixes old θ.
 *
 * <p>Cost per step and row: O(r R + r S²) time, and 14 S³ flops for the bound; memory 4 B (r + p) R
 * bytes, p state parts.
 *
 * <p>Source: Yi and Wang (2026), Certified low-rank real-time recurrent learning for dense
 * recurrent neural networks (under review); the power step and the rounding term are this
 * project's.
 */
final class LowRankRtrl implements CertifiedEstimator, OnlineLoop.Carrier {
  /** u = 2⁻²⁴. */
  static final double ROUNDING = 0x1p-24;

  private final Workspace workspace;
  private final Kernels kernels;
  private final RowLocalTape tape;
  private final OnlineLoop loop;
  private final BlockDiagonal diagonal;
  private final SpectralBound spectral;
  private final LowRankInfluence influence;
  private final int parts;
  private final int size;
  private final int rank;
  private final int extent;
  private final double[] bounds;
  private final float[] jacobian;
  private final float[] gains;
  private final float[] z;
  private final float[] credit;
  private double gradientBound;

  // The block in progress.
  private float[] theta = {};
  private Sequence sequence;
  private int row;
  private int first;

  LowRankRtrl(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    RowLocalModel model = setup.rowLocal("LOW_RANK_RTRL");
    size = model.stateSize();
    rank = setup.rank(size, "the state of %s".formatted(model.name()));
    kernels = setup.kernels();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), setup.batch());
    loop = new OnlineLoop(setup, workspace, tape, this);
    diagonal = new BlockDiagonal(workspace, kernels, model);
    spectral = new SpectralBound(workspace.child("spectral bound"), kernels, size);
    influence = new LowRankInfluence(setup, workspace, model, diagonal, rank);
    parts = model.parts();
    extent = diagonal.extent();
    bounds = workspace.doubles("bounds", setup.batch());
    jacobian = workspace.floats("jacobian", (long) size * size);
    gains = workspace.floats("gains", (long) model.gates() * size);
    z = workspace.floats("sources", model.sources());
    credit = workspace.floats("credit", extent);
  }

  @Override
  public void reset(long seed) {
    loop.reset(seed);
    Arrays.fill(bounds, 0);
    gradientBound = 0;
    influence.clear();
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    gradientBound = 0;
    return loop.estimate(theta, sequence, from, to, gradient);
  }

  @Override
  public void begin(float[] theta, Sequence sequence, int row, int first, int steps) {
    this.theta = theta;
    this.sequence = sequence;
    this.row = row;
    this.first = first;
    Arrays.fill(credit, 0f);
  }

  @Override
  public void step(int step, float[] q, int qAt) {
    tape.gains(first + step, row, gains, 0);
    tape.sources(sequence, first + step, row, z, 0);
    tape.jacobianTransposed(theta, first + step, row, jacobian, 0);
    advance();
    influence.creditAdd(row, q, qAt, credit);
    gradientBound += Math.sqrt(kernels.squaredNorm(q, qAt, size)) * bounds[row];
  }

  @Override
  public void end(float[] gradient) {
    kernels.axpy(1f, credit, 0, gradient, diagonal.origin(), extent);
  }

  /** (2) to (4). */
  private void advance() {
    double carried = spectral.of(jacobian) * bounds[row];
    double rounding = rounding();
    double truncated = influence.advance(row, jacobian, gains, z);
    bounds[row] = carried + truncated + rounding;
  }

  /**
   * A bound on what rounding adds to the error of a step. V, P and P′ are products of J, one or two
   * U of norm √r and the old M̂, D is Λ D + M̄; an element of each product is a chain of at most S
   * + r + p + 2 roundings.
   */
  private double rounding() {
    double gamma = (size + rank + parts + 2) * ROUNDING;
    double jacobianNorm = Math.sqrt(kernels.squaredNorm(jacobian, 0, size * size));
    double immediate =
        Math.sqrt(
            (double) kernels.squaredNorm(gains, 0, gains.length)
                * kernels.squaredNorm(z, 0, z.length));
    return gamma * (2 * (1 + rank) * jacobianNorm * influence.norms(row) + immediate);
  }

  @Override
  public double influenceBound(int row) {
    return bounds[row];
  }

  @Override
  public double gradientBound() {
    return gradientBound;
  }

  @Override
  public void influence(int row, int component, float[] out) {
    Arrays.fill(out, 0f);
    influence.rowAdd(row, component, out);
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
