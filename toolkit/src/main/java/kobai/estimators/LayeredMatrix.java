package kobai.estimators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.StepModel;
import kobai.parallel.Workers;

/**
 * The influence M [S × P] of the parameters on the state for each row of a batch, without the zeros
 * above its block diagonal: a row ends at the last parameter that can move its number of the state
 * ({@link StepModel#reaching}). A window carries it on by
 *
 * <pre>
 * M ← G M     (1)  [S × P]
 * </pre>
 *
 * with G [S × S] the product of the window's Jacobians, block lower triangular as M is: {@code
 * multiply}.
 */
final class LayeredMatrix {
  private final Kernels kernels;
  private final Workers workers;
  private final Rows[] layers;
  private final int[] layerOf;
  private final int chunks;
  private final int size;
  private final float[][][] influence;
  private final float[][] panel;
  private final Workers.Task carryTask = this::carry;

  // The arguments of the product in progress.
  private int row;
  private float[] product = {};

  /**
   * The rows [first, first + count) of M, {@code length} parameters long, of which the first {@code
   * below} belong to the layers below; the others are the chunks from {@code chunk} on of (1).
   */
  private record Rows(int first, int count, int length, int below, int chunk) {
    int chunks() {
      return Math.ceilDiv(length - below, Kernels.PANEL);
    }
  }

  LayeredMatrix(Setup setup, Workspace workspace, StepModel model) {
    kernels = setup.kernels();
    workers = setup.workers();
    size = model.stateSize();
    layers = layers(model);
    Rows top = layers[layers.length - 1];
    chunks = top.chunk + top.chunks();
    layerOf = new int[size];
    for (int l = 0; l < layers.length; l++) {
      Arrays.fill(layerOf, layers[l].first, layers[l].first + layers[l].count, l);
    }
    influence = new float[setup.batch()][layers.length][];
    for (int b = 0; b < setup.batch(); b++) {
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

  void clear() {
    for (float[][] ofRow : influence) {
      for (float[] m : ofRow) {
        Arrays.fill(m, 0f);
      }
    }
  }

  /** Where the influence on number i of the state is: in this array, from {@link #at} on. */
  float[] layer(int row, int i) {
    return influence[row][layerOf[i]];
  }

  /** See {@link #layer}. */
  int at(int i) {
    Rows rows = layers[layerOf[i]];
    return (i - rows.first) * rows.length;
  }

  /** ĝ ← ĝ + a M of one row of the batch. */
  void creditAdd(int row, float[] adjoint, int adjointAt, float[] gradient) {
    for (int l = 0; l < layers.length; l++) {
      Rows rows = layers[l];
      int at = adjointAt + rows.first;
      kernels.gemvTransposedAdd(
          influence[row][l], 0, adjoint, at, gradient, 0, rows.count, rows.length);
    }
  }

  /** (1) of one row of the batch. */
  void multiply(int row, float[] product) {
    this.row = row;
    this.product = product;
    workers.run(chunks, carryTask);
  }

  /** (1) for up to 16 parameters of a layer: its rows of M and those of the layers above. */
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
}
