package kobai.estimators;

import java.util.Arrays;
import kobai.memory.Workspace;

/**
 * The unbiased random rank-r stand-in of least variance for a sum of m = r + 1 outer products, U Vᵀ
 * = Σᵢ uᵢ vᵢᵀ, in double.
 *
 * <pre>
 * U = Q_U R_U,  V = Q_V R_V,  R_U R_Vᵀ = W Σ Xᵀ                                         (1)
 * κ: fewest values kept such that (r − κ) σ_{κ+1} ≤ s = Σ_{i&gt;κ} σᵢ                       (2)
 * z₀,ᵢ = √(1 − (r − κ) σ_{κ+i} / s), a unit vector;  [Z | z₀] orthogonal                (3)
 * L = [√σ₁ … √σ_κ] ⊕ √(s/(r − κ)) diag(ν) Z,  ν ∈ {±1}                               (4)  [m × r]
 * U′ = Q_U W L,  V′ = Q_V X L = V (R_V⁻¹ X L)                                          (5)
 * </pre>
 *
 * <p>E L Lᵀ = Σ, since (Z Zᵀ)ᵢᵢ = 1 − z₀,ᵢ² and distinct signs are independent: E U′V′ᵀ = U Vᵀ. The
 * variance is s²/(r − κ) − Σ_{i>κ} σᵢ². Only the products of two signs enter, so the last one is 1.
 *
 * <p>V is too large for a factorisation: R_V is the Cholesky factor of its inner products, the
 * columns scaled to length one, plus a small multiple of I. Unbiasedness needs no more than that
 * R_V can be inverted, whatever the rounding of the inner products.
 *
 * <p>Source: the unbiased reduction of least variance of Benzing, Gauy, Mujika, Martinsson and
 * Steger (2019), ICML, PMLR 97, 604–613, arXiv 1902.03993; the factorisation of V is this
 * project's.
 */
final class RankReduction {
  /** Sweeps of rotations after which a matrix of this size is diagonal to the last bit. */
  private static final int SWEEPS = 30;

  private final int m;
  private final int rank;
  private final int length;
  private final double[] u;
  private final double[] upperU;
  private final double[] upperV;
  private final double[] norms;
  private final double[] core;
  private final double[] right;
  private final double[] values;
  private final double[] mixing;
  private final double[] solved;

  /**
   * @param rank r
   * @param length elements of each uᵢ
   */
  RankReduction(Workspace workspace, int rank, int length) {
    this.rank = rank;
    this.length = length;
    m = rank + 1;
    long square = (long) m * m;
    u = workspace.doubles("u", (long) m * length);
    upperU = workspace.doubles("triangle of u", square);
    upperV = workspace.doubles("inner products of v", square);
    norms = workspace.doubles("norms of v", m);
    core = workspace.doubles("core", square);
    right = workspace.doubles("right vectors", square);
    values = workspace.doubles("singular values", m);
    mixing = workspace.doubles("mixing", (long) m * rank);
    solved = workspace.doubles("weights of v", (long) m * rank);
  }

  /** Sets element j of uᵢ. */
  void u(int i, int j, double value) {
    u[i * length + j] = value;
  }

  /** Sets ⟨vᵢ, vⱼ⟩, j ≤ i. */
  void inner(int i, int j, double value) {
    upperV[j * m + i] = value;
  }

  /** Element j of u′ₖ after {@link #reduce}: (5). */
  double reducedU(int k, int j) {
    double sum = 0;
    for (int i = 0; i < m; i++) {
      sum += u[i * length + j] * right[i * m + k];
    }
    return sum;
  }

  /** The weight of vᵢ in v′ₖ after {@link #reduce}: (5). */
  double weight(int k, int i) {
    return solved[i * rank + k];
  }

  /**
   * Computes (1) to (5).
   *
   * @param nu r signs at {@code nuAt}
   * @param error relative error that the inner products may have: m of them in a row can make the
   *     matrix indefinite by m times that, and the ridge is twice as much
   */
  void reduce(float[] nu, int nuAt, double error) {
    orthogonalise();
    cholesky(2 * m * error);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < m; j++) {
        double sum = 0;
        for (int k = Math.max(i, j); k < m; k++) {
          sum += upperU[i * m + k] * upperV[j * m + k] * norms[k];
        }
        core[i * m + j] = sum;
      }
    }
    singularValues();
    mix(nu, nuAt);
    solve();
    // right ← W L: the columns of core are W.
    for (int i = 0; i < m; i++) {
      for (int k = 0; k < rank; k++) {
        double sum = 0;
        for (int j = 0; j < m; j++) {
          sum += core[i * m + j] * mixing[j * rank + k];
        }
        upperU[i * m + k] = sum;
      }
    }
    System.arraycopy(upperU, 0, right, 0, m * m);
  }

  /** U = Q_U R_U by Gram–Schmidt, twice over; u becomes Q_U. A dependent column is left zero. */
  private void orthogonalise() {
    Arrays.fill(upperU, 0, m * m, 0);
    for (int i = 0; i < m; i++) {
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < i; k++) {
          double projection = 0;
          for (int j = 0; j < length; j++) {
            projection += u[k * length + j] * u[i * length + j];
          }
          upperU[k * m + i] += projection;
          for (int j = 0; j < length; j++) {
            u[i * length + j] -= projection * u[k * length + j];
          }
        }
      }
      double norm = 0;
      for (int j = 0; j < length; j++) {
        norm += u[i * length + j] * u[i * length + j];
      }
      norm = Math.sqrt(norm);
      upperU[i * m + i] = norm;
      for (int j = 0; j < length; j++) {
        u[i * length + j] = norm == 0 ? 0 : u[i * length + j] / norm;
      }
    }
  }

  /** R_V = {@code upperV} diag({@code norms}). */
  private void cholesky(double ridge) {
    for (int i = 0; i < m; i++) {
      norms[i] = Math.sqrt(upperV[i * m + i]);
    }
    for (int i = 0; i < m; i++) {
      for (int j = i; j < m; j++) {
        double scale = norms[i] * norms[j];
        double sum = i == j ? 1 + ridge : scale == 0 ? 0 : upperV[i * m + j] / scale;
        for (int k = 0; k < i; k++) {
          sum -= upperV[k * m + i] * upperV[k * m + j];
        }
        upperV[i * m + j] = i == j ? Math.sqrt(sum) : sum / upperV[i * m + i];
      }
    }
  }

  /** One-sided Jacobi: core ← W, right ← X, values ← Σ, descending. */
  private void singularValues() {
    Arrays.fill(right, 0, m * m, 0);
    for (int i = 0; i < m; i++) {
      right[i * m + i] = 1;
    }
    boolean turned = true;
    for (int sweep = 0; turned && sweep < SWEEPS; sweep++) {
      turned = false;
      for (int p = 0; p < m; p++) {
        for (int r = p + 1; r < m; r++) {
          turned |= rotate(p, r);
        }
      }
    }
    for (int k = 0; k < m; k++) {
      values[k] = Math.sqrt(columns(k, k));
    }
    for (int k = 0; k < m; k++) {
      int largest = k;
      for (int j = k + 1; j < m; j++) {
        largest = values[j] > values[largest] ? j : largest;
      }
      swap(k, largest);
      for (int i = 0; i < m; i++) {
        core[i * m + k] = values[k] == 0 ? 0 : core[i * m + k] / values[k];
      }
    }
  }

  private double columns(int p, int r) {
    double sum = 0;
    for (int i = 0; i < m; i++) {
      sum += core[i * m + p] * core[i * m + r];
    }
    return sum;
  }

  /** Makes two columns orthogonal; false if they are, to rounding. */
  private boolean rotate(int p, int r) {
    double pp = columns(p, p);
    double rr = columns(r, r);
    double pr = columns(p, r);
    if (Math.abs(pr) <= Math.ulp(1.0) * Math.sqrt(pp * rr)) {
      return false;
    }
    double zeta = (rr - pp) / (2 * pr);
    double t = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
    double cosine = 1 / Math.hypot(1, t);
    double sine = t * cosine;
    for (int i = 0; i < m; i++) {
      turn(core, i * m + p, i * m + r, cosine, sine);
      turn(right, i * m + p, i * m + r, cosine, sine);
    }
    return true;
  }

  private static void turn(double[] x, int p, int r, double cosine, double sine) {
    double old = x[p];
    x[p] = cosine * old - sine * x[r];
    x[r] = sine * old + cosine * x[r];
  }

  private void swap(int p, int r) {
    double value = values[p];
    values[p] = values[r];
    values[r] = value;
    for (int i = 0; i < m; i++) {
      double left = core[i * m + p];
      core[i * m + p] = core[i * m + r];
      core[i * m + r] = left;
      double x = right[i * m + p];
      right[i * m + p] = right[i * m + r];
      right[i * m + r] = x;
    }
  }

  /** (2) to (4). */
  private void mix(float[] nu, int nuAt) {
    Arrays.fill(mixing, 0, m * rank, 0);
    int kept = 0;
    double sum = sumFrom(0);
    while (kept < rank - 1 && (rank - kept) * values[kept] > sum) {
      mixing[kept * rank + kept] = Math.sqrt(values[kept]);
      kept++;
      sum = sumFrom(kept);
    }
    int free = rank - kept;
    double scale = Math.sqrt(sum / free);
    // Z: the first columns of the reflection I − v vᵀ / (1 + |z₀,last|), v = z₀ ± e_last.
    double last = z0(m - 1, free, sum);
    for (int a = 0; a <= free; a++) {
      double va = z0(kept + a, free, sum) + (a == free ? 1 : 0);
      double sign = a == free ? 1 : nu[nuAt + a];
      for (int b = 0; b < free; b++) {
        double z = (a == b ? 1 : 0) - va * z0(kept + b, free, sum) / (1 + last);
        mixing[(kept + a) * rank + kept + b] = sign * scale * z;
      }
    }
  }

  /** Added up anew, as a difference could be below zero. */
  private double sumFrom(int first) {
    double sum = 0;
    for (int i = m - 1; i >= first; i--) {
      sum += values[i];
    }
    return sum;
  }

  private double z0(int i, int free, double sum) {
    return sum == 0 ? (i == m - 1 ? 1 : 0) : Math.sqrt(Math.max(0, 1 - free * values[i] / sum));
  }

  /** solved ← R_V⁻¹ X L by substitution; the weight of a vᵢ = 0 is 0. */
  private void solve() {
    for (int k = 0; k < rank; k++) {
      for (int i = m - 1; i >= 0; i--) {
        double sum = 0;
        for (int j = 0; j < m; j++) {
          sum += right[i * m + j] * mixing[j * rank + k];
        }
        for (int j = i + 1; j < m; j++) {
          sum -= upperV[i * m + j] * solved[j * rank + k];
        }
        solved[i * rank + k] = sum / upperV[i * m + i];
      }
    }
    for (int i = 0; i < m; i++) {
      for (int k = 0; k < rank; k++) {
        solved[i * rank + k] = norms[i] == 0 ? 0 : solved[i * rank + k] / norms[i];
      }
    }
  }
}
