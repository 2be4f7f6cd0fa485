package kobai.networks;

import java.util.List;

/**
 * Computes a {@link Chain}: forward through its layers, backward through them from the last to the
 * first parameter that is reached, tangents from the first parameter on.
 *
 * <p>Memory besides that of the layers: two blocks of the widest rows between two layers, of which
 * one is read and the other written by turns.
 */
final class ChainRun implements LayerRun {
  private final LayerRun[] layers;
  private final boolean[] learns;
  private final int[] sizes;
  private final int firstLearning;
  private final Rows[] inputs;
  private final float[][] buffers;
  private final Rows[] between = {new Rows(), new Rows()};

  ChainRun(Chain chain, List<LayerRun> runs, Place place) {
    int count = runs.size();
    layers = runs.toArray(new LayerRun[0]);
    learns = new boolean[count];
    sizes = new int[count + 1];
    int first = count;
    for (int l = count - 1; l >= 0; l--) {
      Layer layer = chain.layers().get(l);
      learns[l] = layer.parameters() > 0;
      first = learns[l] ? l : first;
      sizes[l] = layer.input().count();
    }
    sizes[count] = chain.output().count();
    firstLearning = first;
    inputs = new Rows[count];
    int widest = count > 1 ? chain.widest() : 0;
    buffers =
        new float[][] {
          place.derivativeRows("between layers", widest),
          place.derivativeRows("between layers, other", widest)
        };
  }

  @Override
  public void begin(float[] theta) {
    for (LayerRun layer : layers) {
      layer.begin(theta);
    }
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    Rows reached = x;
    for (int l = 0; l < layers.length; l++) {
      inputs[l] = reached;
      reached = layers[l].forward(pass, reached);
    }
    return reached;
  }

  /** What entered that layer in the last forward pass. */
  Rows input(int layer) {
    return inputs[layer];
  }

  @Override
  public void transpose(float[] theta) {
    for (LayerRun layer : layers) {
      layer.transpose(theta);
    }
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    Rows from = q;
    int last = wanted ? 0 : firstLearning;
    for (int l = layers.length - 1; l >= last; l--) {
      Rows to = l == 0 ? p : between(l, sizes[l]);
      layers[l].backward(pass, inputs[l], from, to, wanted || l > firstLearning, gradient);
      from = to;
    }
  }

  private Rows between(int l, int size) {
    return between[l & 1].move(buffers[l & 1], 0, size);
  }

  @Override
  public void direct(float[] direction) {
    for (LayerRun layer : layers) {
      layer.direct(direction);
    }
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    Rows from = dx;
    boolean moves = moving;
    for (int l = moving ? 0 : firstLearning; l < layers.length; l++) {
      Rows to = l == layers.length - 1 ? u : between(l + 1, sizes[l + 1]);
      layers[l].jvp(pass, direction, inputs[l], from, moves, to);
      moves = true;
      from = to;
    }
  }

  @Override
  public void preactivations(Pass pass, float[] out, int at, int row) {
    for (LayerRun layer : layers) {
      layer.preactivations(pass, out, at, row);
    }
  }

  @Override
  public void creditAdd(Pass pass, Rows x, float[] credits, int at, int row, float[] gradient) {
    for (int l = 0; l < layers.length; l++) {
      if (learns[l]) {
        layers[l].creditAdd(pass, inputs[l], credits, at, row, gradient);
      }
    }
  }
}
