package kobai.estimators;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;

/**
 * The terms that {@link OptimalKronecker} carries, for every batch row and group of gates: at most
 * r source factors uₖ [q] and state factors Bₖ [G n × S], and a step of their sum.
 *
 * <pre>
 * Σₖ uₖ ⊗ Jₜ Bₖ + zₜ ⊗ Dₜ, reduced to r terms once there are more      (1)
 * </pre>
 */
final class KroneckerSum {
  /** u = 2⁻²⁴. */
  private static final double ROUNDING = 0x1p-24;

  private final Kernels kernels;
  private final GateGroups groups;
  private final RankReduction reduction;
  private final int n;
  private final int parts;
  private final int size;
  private final int rows;
  private final int sources;
  private final int rank;
  private final int width;
  private final float[][] u;
  private final float[][] b;
  private final int[] terms;
  private final float[] advanced;
  private final float[] packed;

  // The step in progress.
  private int row;
  private float[] gains = {};
  private float[] z = {};
  private float[] nu = {};

  KroneckerSum(Setup setup, Workspace workspace, RowLocalModel model, GateGroups groups, int rank) {
    this.groups = groups;
    this.rank = rank;
    kernels = setup.kernels();
    n = model.units();
    parts = model.parts();
    size = model.stateSize();
    rows = model.gates() * n;
    sources = model.sources();
    width = groups.count() * sources;
    reduction = new RankReduction(workspace.child("reduction"), rank, sources);
    long square = (long) rows * size;
    terms = new int[setup.batch()];
    u = new float[setup.batch()][];
    b = new float[setup.batch()][];
    for (int r = 0; r < u.length; r++) {
      u[r] = workspace.floats("source factors of row " + r, (long) rank * width);
      b[r] = workspace.floats("state factors of row " + r, rank * square);
    }
    advanced = workspace.floats("advanced state factors", rank * square);
    packed = workspace.floats("packed jacobian", Kernels.packedSize(size, size));
  }

  /** No terms. */
  void clear() {
    Arrays.fill(terms, 0);
  }

  /**
   * (1) of a row, from the transposed Jacobian, gains, sources and signs [groups × r] of a step;
   * returns the number of terms.
   */
  int advance(int rowNow, float[] jacobian, float[] gainsNow, float[] zNow, float[] nuNow) {
    row = rowNow;
    gains = gainsNow;
    z = zNow;
    nu = nuNow;
    kernels.pack(jacobian, 0, size, 1, size, size, packed, 0);
    int old = terms[row];
    kernels.gemmPacked(old * rows, size, size, b[row], 0, size, packed, 0, advanced, 0, size);
    if (old < rank) {
      System.arraycopy(advanced, 0, b[row], 0, old * rows * size);
    }
    for (int group = 0; group < groups.count(); group++) {
      if (old < rank) {
        append(group, old);
      } else {
        reduce(group);
      }
    }
    terms[row] = Math.min(old + 1, rank);
    return terms[row];
  }

  /** Overwrites out [terms × groups × q] with the u of a row. */
  void copySources(int row, float[] out, int outAt) {
    System.arraycopy(u[row], 0, out, outAt, terms[row] * width);
  }

  /** Overwrites out [terms × G n] with q Bₖ of a row. */
  void credit(int row, float[] q, int qAt, float[] out, int outAt) {
    kernels.gemv(b[row], 0, q, qAt, out, outAt, terms[row] * rows, size);
  }

  /** The new term as it is. */
  private void append(int group, int term) {
    int at = term * width + group * sources;
    Arrays.fill(u[row], at, at + sources, 0f);
    groups.addSources(kernels, group, 1f, z, u[row], at);
    for (int gate = 0; gate < rows; gate += n) {
      if (groups.of(gate / n) == group) {
        int begin = (term * rows + gate) * size;
        Arrays.fill(b[row], begin, begin + n * size, 0f);
        addImmediate(1f, gate, b[row], begin);
      }
    }
  }

  /** Adds weight · D of a gate to its rows. */
  private void addImmediate(float weight, int gate, float[] out, int outAt) {
    for (int part = 0; part < parts; part++) {
      for (int i = 0; i < n; i++) {
        out[outAt + i * size + part * n + i] += weight * gains[part * rows + gate + i];
      }
    }
  }

  /** Σₖ uₖ ⊗ advancedₖ + z ⊗ D of a group, reduced to r terms. */
  private void reduce(int group) {
    int own = group * sources;
    for (int k = 0; k < rank; k++) {
      for (int j = 0; j < sources; j++) {
        reduction.u(k, j, u[row][k * width + own + j]);
      }
    }
    Arrays.fill(u[row], own, own + sources, 0f);
    groups.addSources(kernels, group, 1f, z, u[row], own);
    for (int j = 0; j < sources; j++) {
      reduction.u(rank, j, u[row][own + j]);
    }
    innerProducts(group);
    // The error bound of a dot product in sixteen lanes and four halvings.
    reduction.reduce(nu, group * rank, (n * size / Kernels.LANES + 4) * ROUNDING);
    for (int k = 0; k < rank; k++) {
      for (int j = 0; j < sources; j++) {
        u[row][k * width + own + j] = (float) reduction.reducedU(k, j);
      }
    }
    for (int gate = 0; gate < rows; gate += n) {
      if (groups.of(gate / n) == group) {
        mix(gate);
      }
    }
  }

  private void innerProducts(int group) {
    for (int i = 0; i <= rank; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int gate = 0; gate < rows; gate += n) {
          if (groups.of(gate / n) == group) {
            sum += i < rank ? inner(gate, i, j) : innerImmediate(gate, j);
          }
        }
        reduction.inner(i, j, sum);
      }
    }
  }

  private double inner(int gate, int i, int j) {
    return kernels.dot(
        advanced, (i * rows + gate) * size, advanced, (j * rows + gate) * size, n * size);
  }

  /** ⟨D, advancedⱼ⟩, or ⟨D, D⟩ for j = r. */
  private double innerImmediate(int gate, int j) {
    double sum = 0;
    for (int part = 0; part < parts; part++) {
      for (int i = 0; i < n; i++) {
        float gain = gains[part * rows + gate + i];
        sum +=
            (double) gain
                * (j == rank ? gain : advanced[(j * rows + gate + i) * size + part * n + i]);
      }
    }
    return sum;
  }

  /** The terms of a gate after the reduction. */
  private void mix(int gate) {
    for (int k = 0; k < rank; k++) {
      int at = (k * rows + gate) * size;
      Arrays.fill(b[row], at, at + n * size, 0f);
      for (int i = 0; i < rank; i++) {
        float weight = (float) reduction.weight(k, i);
        kernels.axpy(weight, advanced, (i * rows + gate) * size, b[row], at, n * size);
      }
      addImmediate((float) reduction.weight(k, rank), gate, b[row], at);
    }
  }
}
