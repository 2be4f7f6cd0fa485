package kobai.estimators;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.parallel.Workers;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * The noise of an evolution strategy: M rows, each with its newest draw ε = σ v and with the
 * coefficients ξ that its losses are credited to.
 *
 * <pre>
 * ξᵢ = σ Σₖ vᵢₖ over the draws k that count                 (1)  [P]
 * g ← g + Σᵢ wᵢ ξᵢ/σ                                        (2)  [P]
 * </pre>
 *
 * <p>Draws are a pure function of (key, k, i), so nothing has to be kept: {@code regenerate} makes
 * (1) again, in the order in which it was summed, whenever (2) needs it. (2) is one chain over i
 * for every parameter, however many threads carry it on.
 */
final class Perturbations {
  /** Which draws count in (1). */
  enum Credit {
    /** The newest alone. */
    NEWEST,
    /** All since the episode began. */
    ALL,
    /** All since the episode began but the newest. */
    EARLIER
  }

  /** Parameters of (2) whose sums stay in the first-level cache. */
  private static final int SUM_COLUMNS = 2048;

  /** Blocks of parameters of (2) for each worker: so many that few wait while a wave begins. */
  private static final int BLOCKS = 2;

  private final Kernels kernels;
  private final Workers workers;
  private final NoiseSource noise;
  private final NoiseShape shape;
  private final Credit credit;
  private final boolean regenerate;
  private final boolean plainSum;
  private final int rows;
  private final int parameters;
  private final float[][] stored;
  private final float[][] buffers;
  private final float[][] made;
  private final int[] first;
  private final int[] newest;
  private final int[] due;
  private final Workers.Task clearTask = this::clear;
  private final Workers.Task makeTask = this::make;
  private final Workers.Task sumTask = this::sum;

  private long key;

  // The arguments of the sum in progress.
  private double[] weights = {};
  private float[] gradient = {};
  private int base;
  private int count;
  private int groups;
  private int wave;

  Perturbations(Setup setup, Workspace workspace, NoiseShape shape, Credit credit, int rows) {
    kernels = setup.kernels();
    workers = setup.workers();
    noise = setup.noise();
    this.shape = shape;
    this.credit = credit;
    this.rows = rows;
    regenerate = setup.evolution().regenerate();
    parameters = setup.model().parameters().count();
    boolean summed = credit != Credit.NEWEST;
    plainSum = !regenerate && (summed || shape.dense());
    stored = new float[regenerate ? 0 : rows][];
    for (int i = 0; i < stored.length; i++) {
      stored[i] =
          workspace.floats((summed ? "xi " : "epsilon ") + i, summed ? parameters : shape.size());
    }
    buffers = new float[!summed && plainSum ? 0 : workers.count()][];
    for (int w = 0; w < buffers.length; w++) {
      buffers[w] = workspace.floats("draw of worker " + w, shape.size());
    }
    made = new float[plainSum ? 0 : workers.count()][];
    for (int w = 0; w < made.length; w++) {
      made[w] = workspace.floats("coefficients of worker " + w, parameters);
    }
    first = workspace.ints("first draws", rows);
    newest = workspace.ints("newest draws", rows);
    due = workspace.ints("draws due", rows);
  }

  /** Starts over: no draws, ξ zero. */
  void reset(long seed) {
    key = RandomKey.childSeed(seed, "perturbation");
    Arrays.fill(first, 0);
    Arrays.fill(newest, -1);
    Arrays.fill(due, 0);
    workers.run(stored.length, clearTask);
  }

  private void clear(int row, int worker) {
    Arrays.fill(stored[row], 0f);
  }

  /** Marks row i for a fresh draw, made when it is next asked for. */
  void renew(int row) {
    due[row] = 1;
  }

  /** An episode begins: ξ of the row becomes zero, or its newest draw if it stays in use. */
  void forget(int row, boolean keepNewest, int worker) {
    first[row] = newest[row] + (keepNewest ? 0 : 1);
    if (credit != Credit.NEWEST && !regenerate) {
      Arrays.fill(stored[row], 0f);
      if (keepNewest && credit == Credit.ALL) {
        fill(newest[row], row, buffers[worker], 0);
        shape.addTo(buffers[worker], 0, stored[row]);
      }
    }
  }

  /**
   * The newest draw of a row, prepared: in the array that is returned, at its start if that is not
   * {@code buffer}, else at {@code at}.
   */
  float[] draw(int row, float[] buffer, int at) {
    boolean kept = credit == Credit.NEWEST && !regenerate;
    if (due[row] == 0) {
      if (kept) {
        return stored[row];
      }
      fill(newest[row], row, buffer, at);
      return buffer;
    }
    due[row] = 0;
    if (credit == Credit.EARLIER && !regenerate && newest[row] >= first[row]) {
      fill(newest[row], row, buffer, at);
      shape.addTo(buffer, at, stored[row]);
    }
    newest[row]++;
    if (credit == Credit.NEWEST) {
      first[row] = newest[row];
    }
    float[] out = kept ? stored[row] : buffer;
    fill(newest[row], row, out, kept ? 0 : at);
    if (credit == Credit.ALL && !regenerate) {
      shape.addTo(buffer, at, stored[row]);
    }
    return out;
  }

  /** A buffer for {@link #draw}; empty where none is needed. */
  float[] buffer(int worker) {
    return buffers.length == 0 ? stored[0] : buffers[worker];
  }

  private void fill(int draw, int row, float[] out, int at) {
    noise.fill(key, draw, row, out, at, shape.size());
    shape.prepare(out, at);
  }

  /** (2); rows of weight 0 are left out. */
  void addWeighted(double[] weights, float[] gradient) {
    this.weights = weights;
    this.gradient = gradient;
    base = 0;
    if (plainSum) {
      count = rows;
      sum();
      return;
    }
    for (; base < rows; base += made.length) {
      count = Math.min(made.length, rows - base);
      workers.run(count, makeTask);
      sum();
    }
  }

  /**
   * (2) in waves: each worker adds the rows that it has drawn, which are in its own cache, to a
   * block of parameters that has those of the workers before.
   */
  private void sum() {
    groups = Math.min(workers.count(), count);
    for (wave = 0; wave < BLOCKS * groups + groups - 1; wave++) {
      workers.run(groups, sumTask);
    }
  }

  private void make(int i, int worker) {
    int row = base + i;
    if (weights[row] == 0) {
      return;
    }
    float[] out = made[i];
    Arrays.fill(out, 0f);
    if (!regenerate) {
      shape.addTo(stored[row], 0, out);
      return;
    }
    int last = credit == Credit.EARLIER ? newest[row] - 1 : newest[row];
    for (int draw = first[row]; draw <= last; draw++) {
      fill(draw, row, buffers[worker], 0);
      shape.addTo(buffers[worker], 0, out);
    }
  }

  private void sum(int group, int worker) {
    int block = wave - group;
    int blocks = BLOCKS * groups;
    if (block < 0 || block >= blocks) {
      return;
    }
    float[][] from = plainSum ? stored : made;
    int end = (int) ((long) parameters * (block + 1) / blocks);
    for (int at = (int) ((long) parameters * block / blocks); at < end; at += SUM_COLUMNS) {
      for (int i = count * group / groups; i < count * (group + 1) / groups; i++) {
        double weight = weights[base + i];
        if (weight != 0) {
          kernels.axpy((float) weight, from[i], at, gradient, at, Math.min(SUM_COLUMNS, end - at));
        }
      }
    }
  }
}
