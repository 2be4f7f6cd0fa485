package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.models.SparseRowLocalModel;
import kobai.models.StepModel;
import kobai.parallel.Workers;

/**
 * Sparse n-step approximation: RTRL that keeps an entry of the influence matrix only if the
 * parameter reaches that state within n steps.
 *
 * <pre>
 * Mₜ = mask ⊙ (Jₜ Mₜ₋₁ + M̄ₜ)         (1)
 * ĝ  = Σₜ (qₜ Mₜ + ∂ℓₜ/∂θ)           (2)  [P]
 * </pre>
 *
 * <p>The mask is the same for all weights into one unit ({@link InfluencePattern}), so (1) is one
 * dense product a unit, with the rows and columns of J that its block has. {@code advanceUnit} is
 * (1) and (2). Order 1 on a dense cell is {@link LocalTraces} with the whole block of a unit on the
 * diagonal of J; in a stack, of each layer: {@link LayerwiseInfluence}.
 *
 * <p>Claim: exact where no parameter reaches a state that it does not reach within n steps: on a
 * dense recurrence from n = 2 on (a weight reaches its unit in one step and every unit in two), and
 * for every n if the units do not interact. Biased otherwise. Windows do not change the sum.
 *
 * <p>Cost per step and row: 2 Σ_u r_u² P_u flops over the units u with r_u states and P_u weights;
 * at density d of the weights about 2 d P at n = 1 and 2 d (d n)² P at n = 2; and the Jacobian, 2
 * S². Memory: 4 B Σ_u r_u P_u bytes (P_u in whole panels of 16) and two indices a weight, which are
 * d P at n = 1 and d² n P at n = 2.
 *
 * <p>Variant: reach is counted on units: all state parts of a unit are kept together. It follows
 * from which weights exist, not from their values.
 *
 * <p>Source: Menick, Elsen, Evci, Osindero, Simonyan and Graves (2021), ICLR.
 */
final class Snap implements GradientEstimator {
  private final Workspace workspace;
  private final Kernels kernels;
  private final Workers workers;
  private final RowLocalTape tape;
  private final InfluencePattern pattern;
  private final int batch;
  private final int n;
  private final int parts;
  private final int gates;
  private final int length;
  private final int width;
  private final int parameters;
  private final float[] state;
  private final float[] q;
  private final float[] jacobian;
  private final float[] strips;
  private final float[] gains;
  private final float[] sources;
  private final float[] sums;
  private final float[][] influence;
  private final float[][] panel;
  private final float[][] ownStrips;
  private final float[][] ownQ;
  private final Workers.Task advanceTask = this::advanceUnit;

  // The arguments of the round of chunks in progress.
  private int row;

  private Snap(Setup setup, Workspace workspace, StepModel model, int order) {
    this.workspace = workspace;
    kernels = setup.kernels();
    workers = setup.workers();
    batch = setup.batch();
    RowLocalModel cell =
        model instanceof SparseRowLocalModel sparse ? sparse.dense() : (RowLocalModel) model;
    n = cell.units();
    parts = cell.parts();
    gates = cell.gates();
    length = cell.sources();
    width = parts * n;
    parameters = model.parameters().count();
    pattern = new InfluencePattern(model, order, workspace);
    tape = setup.rowLocalTape("SNAP", workspace.child("tape"));
    state = workspace.floats("state", setup.stateSize());
    q = workspace.floats("q", setup.stateSize());
    jacobian = workspace.floats("jacobian", (long) width * width);
    strips =
        workspace.floats("jacobian strips", pattern.full ? Kernels.stripsSize(width, width) : 0);
    gains = workspace.floats("gains", (long) width * gates);
    sources = workspace.floats("sources", length);
    sums = workspace.floats("panel gradient", (long) pattern.panelsAt[n] * Kernels.PANEL);
    influence = new float[batch][];
    for (int b = 0; b < batch; b++) {
      influence[b] = workspace.floats("influence of row " + b, pattern.size);
    }
    int most = pattern.most;
    panel = new float[workers.count()][];
    ownStrips = new float[workers.count()][];
    ownQ = new float[workers.count()][];
    for (int w = 0; w < workers.count(); w++) {
      panel[w] = workspace.floats("panel of worker " + w, (long) most * Kernels.PANEL);
      ownStrips[w] = workspace.floats("strips of worker " + w, Kernels.stripsSize(most, most));
      ownQ[w] = workspace.floats("q of worker " + w, most);
    }
  }

  /**
   * Makes the estimator.
   *
   * @param order n, at least 1
   */
  static GradientEstimator of(String name, Setup setup, Workspace workspace, int order) {
    if (order < 1) {
      throw new IllegalArgumentException(
          "order = %d: must be at least 1 (1 keeps a parameter's own unit)".formatted(order));
    }
    if (setup.model() instanceof SparseRowLocalModel sparse) {
      return new Snap(setup, workspace, sparse, order);
    }
    return order == 1
        ? new LayerwiseInfluence(setup, workspace, setup.interacting(name), true)
        : new Snap(setup, workspace, setup.rowLocal(name), order);
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
    for (float[] m : influence) {
      Arrays.fill(m, 0f);
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.lossParametersAdd(theta, sequence, gradient);
    Arrays.fill(sums, 0f);
    for (int step = 0; step < to - from; step++) {
      tape.stateGradient(theta, sequence, step, q, 0);
      for (row = 0; row < batch; row++) {
        tape.jacobianTransposed(theta, step, row, jacobian, 0);
        tape.gains(step, row, gains, 0);
        tape.sources(sequence, step, row, sources, 0);
        if (pattern.full) {
          kernels.packStrips(jacobian, 0, 1, width, width, width, strips, 0);
        }
        workers.run(n, advanceTask);
      }
    }
    for (int unit = 0; unit < n; unit++) {
      int sum = pattern.panelsAt[unit] * Kernels.PANEL - pattern.weightsAt[unit];
      for (int w = pattern.weightsAt[unit]; w < pattern.weightsAt[unit + 1]; w++) {
        gradient[pattern.parameter[w]] += sums[sum + w];
      }
    }
    return loss;
  }

  /** (1) and (2) for the weights into one unit. */
  private void advanceUnit(int unit, int worker) {
    float[] m = influence[row];
    int states = pattern.states(unit);
    int firstState = pattern.statesAt[unit];
    float[] carrying = strips;
    if (states < width) {
      carrying = ownStrips[worker];
      packStrips(firstState, states, carrying);
    }
    float[] old = panel[worker];
    float[] signal = ownQ[worker];
    for (int k = 0; k < states; k++) {
      signal[k] = q[row * width + pattern.states[firstState + k]];
    }
    for (int j = 0; j < pattern.panels(unit); j++) {
      int at = pattern.blocksAt[unit] + j * states * Kernels.PANEL;
      System.arraycopy(m, at, old, 0, states * Kernels.PANEL);
      kernels.panelProduct(states, states, carrying, 0, old, 0, m, at);
      addImmediate(unit, j, states, m, at);
      int sum = (pattern.panelsAt[unit] + j) * Kernels.PANEL;
      kernels.gemvTransposedAdd(m, at, signal, 0, sums, sum, states, Kernels.PANEL);
    }
  }

  /** The part of the Jacobian that a block has, element (k, l) = ∂s_k/∂s′_l, in strips. */
  private void packStrips(int firstState, int states, float[] out) {
    for (int first = 0; first < states; first += Kernels.STRIP) {
      int height = Math.min(Kernels.STRIP, states - first);
      int at = first * states;
      for (int l = 0; l < states; l++) {
        int from = pattern.states[firstState + l] * width;
        for (int k = 0; k < height; k++) {
          out[at + k] = jacobian[from + pattern.states[firstState + first + k]];
        }
        for (int k = height; k < Kernels.STRIP; k++) {
          out[at + k] = 0f;
        }
        at += Kernels.STRIP;
      }
    }
  }

  /** M̄ₜ, which is in the rows of the unit itself. */
  private void addImmediate(int unit, int j, int states, float[] m, int at) {
    int first = pattern.weightsAt[unit] + j * Kernels.PANEL;
    int count = Math.min(Kernels.PANEL, pattern.weightsAt[unit + 1] - first);
    for (int c = 0; c < parts; c++) {
      int to = at + (c * (states / parts) + pattern.own[unit]) * Kernels.PANEL;
      for (int w = 0; w < count; w++) {
        int gate = pattern.place[first + w] / length;
        int source = pattern.place[first + w] % length;
        float gain = gains[(c * gates + gate) * n + unit];
        m[to + w] = Math.fma(gain, sources[source], m[to + w]);
      }
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
