package kobai.networks;

import java.util.ArrayList;
import java.util.List;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Layers one after the other, each reading what the one before writes: a layer itself.
 *
 * @param layers at least one
 */
public record Chain(List<Layer> layers) implements Layer {
  public Chain {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("layers = 0: must be at least 1");
    }
  }

  @Override
  public String text() {
    return String.join(" ", layers.stream().map(Layer::text).toList());
  }

  @Override
  public Shape input() {
    return layers.get(0).input();
  }

  @Override
  public Shape output() {
    return layers.get(layers.size() - 1).output();
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).describe(builder, number + (number.isEmpty() ? " " : ".") + (l + 1));
    }
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).initialise(key.child("layer").child(l), theta, at);
      at += layers.get(l).parameters();
    }
  }

  @Override
  public int nodes() {
    int nodes = 0;
    for (Layer layer : layers) {
      nodes = Math.addExact(nodes, layer.nodes());
    }
    return nodes;
  }

  @Override
  public int masks() {
    int masks = 0;
    for (Layer layer : layers) {
      masks = Math.addExact(masks, layer.masks());
    }
    return masks;
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    int scratch = 0;
    for (Layer layer : layers) {
      scratch = Math.max(scratch, layer.scratch(kernels, rows));
    }
    return scratch;
  }

  /** Numbers of the widest row between two of its layers. */
  int widest() {
    int widest = 0;
    for (Layer layer : layers) {
      widest = Math.max(widest, layer.input().count());
    }
    return widest;
  }

  @Override
  public ChainRun run(Place place) {
    List<LayerRun> runs = new ArrayList<>();
    int parametersAt = place.parametersAt();
    int nodesAt = place.nodesAt();
    int masksAt = place.masksAt();
    for (int l = 0; l < layers.size(); l++) {
      Layer layer = layers.get(l);
      Workspace own = place.workspace().child("layer " + (l + 1));
      runs.add(
          layer.run(
              new Place(
                  place.kernels(),
                  own,
                  parametersAt,
                  nodesAt,
                  masksAt,
                  place.steps(),
                  place.batch(),
                  place.use(),
                  place.members())));
      parametersAt += layer.parameters();
      nodesAt += layer.nodes();
      masksAt += layer.masks();
    }
    return new ChainRun(this, runs, place);
  }
}
