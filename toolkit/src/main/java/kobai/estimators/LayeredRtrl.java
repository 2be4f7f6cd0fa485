package kobai.estimators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.StepModel;
import kobai.models.StepTape;
import kobai.parallel.Workers;

/**
 * Real-time recurrent learning of any model that has stepwise derivatives: of stacks, behind an
 * embedding, of cells in which a parameter touches more than one unit. The influence M of every
 * parameter on the state goes forward in time, a window at once; with a the adjoint of the window
 * alone,
 *
 * <pre>
 * aₜ   = qₜ + aₜ₊₁ Jₜ₊₁,  ĝ = a_from M_from + Σₜ (aₜ M̄ₜ + ∂ℓₜ/∂θ)     (1)  [P]
 * Gₜ₋₁ = Gₜ Jₜ, G_to = I                                             (2)  [S × S]
 * M_to = G_from M_from + Σₜ Gₜ M̄ₜ                                    (3)  [S × P]
 * </pre>
 *
 * <p>(1) is {@code credit}; (2) and (3) are {@code advance}, a row of G at a time: the sum in (3)
 * is backpropagation of a unit adjoint at the end of the window.
 *
 * <p>The state of a stack is layer by layer, and a layer does not depend on those above it: J, G
 * and M are block lower triangular. A row of M ends at the last parameter that can move its number
 * of the state ({@link StepModel#reaching}), and the product in (3) leaves out the zeros.
 *
 * <pre>
 *                  layer 1   layer 2   readout
 * M = state 1    [ ∂s¹/∂θ¹      –         –    ]
 *     state 2    [ ∂s²/∂θ¹   ∂s²/∂θ²      –    ]
 * </pre>
 *
 * <p>Claim: exact on whole sequences and on windows, at fixed θ. When θ changes between windows, M
 * mixes old θ.
 *
 * <p>Cost per step and row: 2 Σₗ Pₗ Σ_{k ≥ l} Sₖ S_{l…k} / K flops for the product in (3), with Pₗ
 * parameters and Sₖ numbers of state a layer and S_{l…k} those of the layers l to k, which is 2 S²
 * P / K for one layer; and 3 S backward steps. Memory: 4 B Σₖ Sₖ P_{1…k} bytes for M and 4 S² for
 * G, independent of the window.
 *
 * <p>Variant: M̄ is had by products with ν, as if it were dense; where every parameter touches one
 * unit, {@link Rtrl} is faster.
 *
 * <p>Source: Williams and Zipser (1989), Neural Computation 1(2), 270–280; blocks: Schmidhuber
 * (1992), Neural Computation 4(2), 243–248.
 */
final class LayeredRtrl implements GradientEstimator {
  private final Workspace workspace;
  private final Kernels kernels;
  private final Workers workers;
  private final StepTape tape;
  private final Rows[] layers;
  private final int chunks;
  private final int batch;
  private final int size;
  private final int parameters;
  private final float[] state;
  private final float[] adjoint;
  private final float[] q;
  private final float[] nu;
  private final float[] product;
  private final float[][][] influence;
  private final float[][] panel;
  private final Workers.Task carryTask = this::carry;

  // The row of the batch in progress.
  private int row;

  /**
   * The rows [first, first + count) of M, {@code length} parameters long, of which the first {@code
   * below} belong to the layers below; the others are the chunks from {@code chunk} on of the
   * product in (3).
   */
  private record Rows(int first, int count, int length, int below, int chunk) {
    int chunks() {
      return Math.ceilDiv(length - below, Kernels.PANEL);
    }
  }

  LayeredRtrl(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    StepModel model = setup.stepwise("RTRL");
    kernels = setup.kernels();
    workers = setup.workers();
    batch = setup.batch();
    size = model.stateSize();
    parameters = model.parameters().count();
    layers = layers(model);
    Rows top = layers[layers.length - 1];
    chunks = top.chunk + top.chunks();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), batch);
    state = workspace.floats("state", setup.stateSize());
    adjoint = workspace.floats("adjoint", setup.stateSize());
    q = workspace.floats("q", setup.stateSize());
    nu = workspace.floats("nu", size);
    product = workspace.floats("product", (long) size * size);
    influence = new float[batch][layers.length][];
    for (int b = 0; b < batch; b++) {
      for (int l = 0; l < layers.length; l++) {
        influence[b][l] =
            workspace.floats(
                "influence on layer %d of row %d".formatted(l + 1, b),
                (long) layers[l].count * layers[l].length);
      }
    }
    panel = new float[workers.count()][];
    for (int w = 0; w < workers.count(); w++) {
      panel[w] = workspace.floats("panel of worker " + w, (long) size * Kernels.PANEL);
    }
  }

  /** Numbers of the state that the same parameters can move are a layer. */
  private static Rows[] layers(StepModel model) {
    List<Rows> layers = new ArrayList<>();
    int below = 0;
    int chunk = 0;
    for (int first = 0; first < model.stateSize(); ) {
      int length = model.reaching(first);
      int end = first + 1;
      while (end < model.stateSize() && model.reaching(end) == length) {
        end++;
      }
      Rows rows = new Rows(first, end - first, length, below, chunk);
      layers.add(rows);
      below = length;
      chunk += rows.chunks();
      first = end;
    }
    return layers.toArray(Rows[]::new);
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
    for (float[][] ofRow : influence) {
      for (float[] m : ofRow) {
        Arrays.fill(m, 0f);
      }
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.lossParametersAdd(theta, sequence, gradient);
    credit(theta, sequence, to - from, gradient);
    for (row = 0; row < batch; row++) {
      advance(theta, sequence, to - from);
    }
    return loss;
  }

  /** (1). */
  private void credit(float[] theta, Sequence sequence, int steps, float[] gradient) {
    Arrays.fill(adjoint, 0f);
    for (int step = steps - 1; step >= 0; step--) {
      tape.stateGradient(theta, sequence, step, q, 0);
      kernels.axpy(1f, q, 0, adjoint, 0, batch * size);
      for (int b = 0; b < batch; b++) {
        int at = b * size;
        tape.vjpParametersAdd(theta, sequence, step, b, adjoint, at, gradient, 0);
        tape.vjpState(theta, step, b, adjoint, at, adjoint, at);
      }
    }
    for (int b = 0; b < batch; b++) {
      for (int l = 0; l < layers.length; l++) {
        Rows rows = layers[l];
        kernels.gemvTransposedAdd(
            influence[b][l],
            0,
            adjoint,
            b * size + rows.first,
            gradient,
            0,
            rows.count,
            rows.length);
      }
    }
  }

  /** (2) and (3) of one row of the batch. */
  private void advance(float[] theta, Sequence sequence, int steps) {
    for (int i = 0; i < size; i++) {
      int at = i * size;
      Arrays.fill(product, at, at + size, 0f);
      product[at + i] = 1f;
      for (int step = steps - 1; step >= 0; step--) {
        tape.vjpState(theta, step, row, product, at, product, at);
      }
    }
    workers.run(chunks, carryTask);
    for (int l = 0; l < layers.length; l++) {
      Rows rows = layers[l];
      for (int i = 0; i < rows.count; i++) {
        Arrays.fill(nu, 0f);
        nu[rows.first + i] = 1f;
        float[] m = influence[row][l];
        int at = i * rows.length;
        for (int step = steps - 1; step > 0; step--) {
          tape.vjpParametersAdd(theta, sequence, step, row, nu, 0, m, at);
          tape.vjpState(theta, step, row, nu, 0, nu, 0);
        }
        tape.vjpParametersAdd(theta, sequence, 0, row, nu, 0, m, at);
      }
    }
  }

  /** M ← G M for up to 16 parameters of a layer: its rows of M and those of the layers above. */
  private void carry(int chunk, int worker) {
    int layer = layers.length - 1;
    while (layers[layer].chunk > chunk) {
      layer--;
    }
    int column = layers[layer].below + (chunk - layers[layer].chunk) * Kernels.PANEL;
    int columns = Math.min(Kernels.PANEL, layers[layer].length - column);
    int first = layers[layer].first;
    float[] before = panel[worker];
    for (int l = layer; l < layers.length; l++) {
      Rows rows = layers[l];
      int to = (rows.first - first) * Kernels.PANEL;
      kernels.pack(influence[row][l], column, rows.length, 1, rows.count, columns, before, to);
    }
    for (int l = layer; l < layers.length; l++) {
      Rows rows = layers[l];
      kernels.gemmPacked(
          rows.count,
          columns,
          rows.first + rows.count - first,
          product,
          rows.first * size + first,
          size,
          before,
          0,
          influence[row][l],
          column,
          rows.length);
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
