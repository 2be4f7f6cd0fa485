package kobai.estimators;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;

/**
 * The influence that {@link LowRankRtrl} carries, M̂ = U V + D for every batch row, U orthonormal
 * [S × r], V [r × R] and D block-diagonal, and what a step does to it:
 *
 * <pre>
 * N = J U V + J′ D                                               (1)  [S × R]
 * U ← orthonormal basis of N Nᵀ U,  V ← Uᵀ N,  D ← Λ D + M̄      (2)
 * τ = ‖(I − U Uᵀ) N‖                                             (3)
 * </pre>
 *
 * <p>N is only ever applied: {@code project} is Xᵀ N, {@code power} N Nᵀ U. (3) is {@code
 * residual}, from (I − U Uᵀ) J U and (I − U Uᵀ) J′ and not as a difference of squares.
 */
final class LowRankInfluence {
  private final Kernels kernels;
  private final BlockDiagonal diagonal;
  private final OrthonormalRows basis;
  private final int n;
  private final int parts;
  private final int size;
  private final int rank;
  private final int extent;
  private final float[][] u;
  private final float[][] v;
  private final float[][] d;
  private final float[] advanced;
  private final float[] own;
  private final float[] cross;
  private final float[] inner;
  private final float[] packed;
  private final float[] local;
  private final float[] weights;
  private final float[] scratch;
  private float[] next;

  // The step in progress.
  private float[] jacobian = {};
  private int row;

  LowRankInfluence(
      Setup setup, Workspace workspace, RowLocalModel model, BlockDiagonal diagonal, int rank) {
    this.diagonal = diagonal;
    this.rank = rank;
    kernels = setup.kernels();
    n = model.units();
    parts = model.parts();
    size = model.stateSize();
    extent = diagonal.extent();
    basis = new OrthonormalRows(workspace, rank, size);
    u = new float[setup.batch()][];
    v = new float[setup.batch()][];
    d = new float[setup.batch()][];
    for (int b = 0; b < u.length; b++) {
      u[b] = workspace.floats("left factor of row " + b, (long) rank * size);
      v[b] = workspace.floats("right factor of row " + b, (long) rank * extent);
      d[b] = workspace.floats("block diagonal of row " + b, (long) parts * extent);
    }
    next = workspace.floats("next right factor", (long) rank * extent);
    advanced = workspace.floats("advanced left factor", (long) rank * size);
    own = workspace.floats("left vectors by jacobian", (long) rank * size);
    cross = workspace.floats("right factor by block diagonal", (long) rank * size);
    inner = workspace.floats("inner products", (long) rank * rank);
    packed = workspace.floats("packed jacobian", Kernels.packedSize(size, size));
    local = workspace.floats("jacobian inside the units", (long) parts * size);
    weights = workspace.floats("weights of the right factor", rank);
    scratch = workspace.floats(Kernels.SCRATCH, kernels.gemmScratch(size, size, rank));
  }

  /** M̂ ← 0, U some orthonormal rows. */
  void clear() {
    for (int b = 0; b < u.length; b++) {
      Arrays.fill(v[b], 0f);
      Arrays.fill(d[b], 0f);
      Arrays.fill(u[b], 0f);
      for (int k = 0; k < rank; k++) {
        u[b][k * size + k] = 1f;
      }
    }
  }

  /** (1) and (2) of a row; returns (3). Overwrites the transposed Jacobian [S × S]. */
  double advance(int rowNow, float[] jacobianNow, float[] gains, float[] z) {
    row = rowNow;
    jacobian = jacobianNow;
    kernels.pack(jacobian, 0, size, 1, size, size, packed, 0);
    kernels.gemmPacked(rank, size, size, u[row], 0, size, packed, 0, advanced, 0, size);
    split();
    project(u[row]);
    power();
    basis.orthonormalise(u[row]);
    project(u[row]);
    double truncated = residual();
    diagonal.advance(local, gains, z, d[row]);
    float[] old = v[row];
    v[row] = next;
    next = old;
    return truncated;
  }

  /** Adds q M̂ of a row to credit [R]. */
  void creditAdd(int row, float[] q, int qAt, float[] credit) {
    kernels.gemv(u[row], 0, q, qAt, weights, 0, rank, size);
    kernels.gemvTransposedAdd(v[row], 0, weights, 0, credit, 0, rank, extent);
    diagonal.timesAdd(q, qAt, d[row], credit, 0);
  }

  /** ‖V‖ + ‖D‖ of a row. */
  double norms(int row) {
    return Math.sqrt(kernels.squaredNorm(v[row], 0, rank * extent))
        + Math.sqrt(kernels.squaredNorm(d[row], 0, parts * extent));
  }

  /** Adds the line of M̂ that belongs to a component of the state to out [P]. */
  void rowAdd(int row, int component, float[] out) {
    for (int k = 0; k < rank; k++) {
      kernels.axpy(
          u[row][k * size + component], v[row], k * extent, out, diagonal.origin(), extent);
    }
    diagonal.rowAdd(d[row], component, out);
  }

  /** Moves what the Jacobian does inside the units out of it: J becomes J′. */
  private void split() {
    for (int part = 0; part < parts; part++) {
      for (int from = 0; from < parts; from++) {
        for (int i = 0; i < n; i++) {
          int at = (from * n + i) * size + part * n + i;
          local[(part * parts + from) * n + i] = jacobian[at];
          jacobian[at] = 0f;
        }
      }
    }
  }

  /** Next ← Xᵀ N, own ← Xᵀ J′ for the rows xₖ [r × S]. */
  private void project(float[] x) {
    Arrays.fill(next, 0f);
    for (int k = 0; k < rank; k++) {
      kernels.gemv(jacobian, 0, x, k * size, own, k * size, size, size);
      kernels.gemv(advanced, 0, x, k * size, weights, 0, rank, size);
      kernels.gemvTransposedAdd(v[row], 0, weights, 0, next, k * extent, rank, extent);
      diagonal.timesAdd(own, k * size, d[row], next, k * extent);
    }
  }

  /** U ← N {@code next}ᵀ. */
  private void power() {
    Arrays.fill(u[row], 0f);
    for (int k = 0; k < rank; k++) {
      kernels.gemv(v[row], 0, next, k * extent, weights, 0, rank, extent);
      kernels.gemvTransposedAdd(advanced, 0, weights, 0, u[row], k * size, rank, size);
      diagonal.times(d[row], next, k * extent, cross, 0);
      kernels.gemvTransposedAdd(jacobian, 0, cross, 0, u[row], k * size, size, size);
    }
  }

  /**
   * ‖P V + P′ D‖ with P = (I − U Uᵀ) J U and P′ = (I − U Uᵀ) J′, which overwrite their arguments.
   */
  private double residual() {
    for (int k = 0; k < rank; k++) {
      for (int l = 0; l < rank; l++) {
        inner[k * rank + l] = -kernels.dot(advanced, k * size, u[row], l * size, size);
      }
    }
    for (int k = 0; k < rank; k++) {
      kernels.gemvTransposedAdd(u[row], 0, inner, k * rank, advanced, k * size, rank, size);
    }
    kernels.scale(-1f, own, 0, rank * size);
    kernels.gemmTransposedAdd(
        size, size, rank, own, 0, size, u[row], 0, size, jacobian, 0, size, scratch, 0);
    double square = 0;
    double magnitude = 0;
    for (int k = 0; k < rank; k++) {
      kernels.gemv(v[row], 0, v[row], k * extent, inner, 0, rank, extent);
      kernels.gemv(advanced, 0, advanced, k * size, weights, 0, rank, size);
      square += kernels.dot(inner, 0, weights, 0, rank);
      magnitude += (double) inner[k] * weights[k];
      diagonal.times(d[row], v[row], k * extent, cross, 0);
      kernels.gemv(jacobian, 0, advanced, k * size, own, 0, size, size);
      square += 2.0 * kernels.dot(cross, 0, own, 0, size);
    }
    for (int part = 0; part < parts; part++) {
      for (int from = 0; from < parts; from++) {
        diagonal.inner(d[row], part, from, cross);
        for (int i = 0; i < n; i++) {
          double term =
              (double) cross[i]
                  * kernels.dot(
                      jacobian, (part * n + i) * size, jacobian, (from * n + i) * size, size);
          square += term;
          magnitude += part == from ? term : 0;
        }
      }
    }
    // The terms cancel in part, their roundings do not. P V + P′ D has r + p summands, whose
    // squares
    // add up to the magnitude: all products of two of them are at most r + p times that.
    double gamma = (size + extent / Kernels.LANES + 8) * LowRankRtrl.ROUNDING;
    return Math.sqrt(Math.max(0, square) + gamma * (rank + parts) * magnitude);
  }
}
