package kobai.models;

import java.util.ArrayList;
import java.util.List;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/** A model that is a {@link Stack}. */
interface StackModel extends LayeredModel, NodePerturbableModel {
  /** The layers and their readout. */
  Stack stack();

  @Override
  default String name() {
    return stack().name();
  }

  @Override
  default int stateSize() {
    return stack().stateSize();
  }

  @Override
  default int inputSize() {
    return stack().inputs();
  }

  @Override
  default int targetSize() {
    return stack().targets();
  }

  @Override
  default Parameters parameters() {
    return stack().parameters();
  }

  /** Those of the layer that has it, and of the layers below. */
  @Override
  default int reaching(int i) {
    Stack stack = stack();
    int layer = 0;
    for (int end = stack.layers().get(0).stateSize(); end <= i; ) {
      end += stack.layers().get(++layer).stateSize();
    }
    return stack.parametersAt(layer + 1);
  }

  @Override
  default void initialise(RandomKey key, float[] theta) {
    stack().initialise(key, theta);
  }

  /** 0 if a layer accepts no noise. */
  @Override
  default int nodes() {
    Stack stack = stack();
    return stack.layers().stream().allMatch(Layer::perturbable) ? stack.nodes() : 0;
  }

  @Override
  default boolean deep() {
    List<Layer> layers = stack().layers();
    return layers.stream().skip(1).anyMatch(layer -> layer.stateSize() > 0);
  }

  @Override
  default List<RowLocalShape> cells() {
    Stack stack = stack();
    List<RowLocalShape> cells = new ArrayList<>();
    for (int l = 0; l < stack.layers().size(); l++) {
      Layer layer = stack.layers().get(l);
      if (layer.stateSize() > 0 && layer.rowLocal().isEmpty()) {
        return List.of();
      }
      int at = stack.parametersAt(l);
      layer.rowLocal().ifPresent(shape -> cells.add(new PlacedShape(shape, at)));
    }
    return List.copyOf(cells);
  }

  @Override
  default Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new StackRollout(stack(), kernels, workspace, window, batch);
  }

  @Override
  default LayeredTape tape(Kernels kernels, Workspace workspace, int window, int batch) {
    return new StackTape(stack(), kernels, workspace, window, batch);
  }

  @Override
  default NodeRollout nodeRollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new StackNodeRollout(stack(), kernels, workspace, window, batch);
  }
}
