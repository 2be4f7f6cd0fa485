package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/** A model that is a {@link Stack}. */
interface StackModel extends StepModel, NodePerturbableModel {
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

  @Override
  default int nodes() {
    return stack().nodes();
  }

  @Override
  default Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new StackRollout(stack(), kernels, workspace, window, batch);
  }

  @Override
  default StepTape tape(Kernels kernels, Workspace workspace, int window, int batch) {
    return new StackTape(stack(), kernels, workspace, window, batch);
  }

  @Override
  default NodeRollout nodeRollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new StackNodeRollout(stack(), kernels, workspace, window, batch);
  }
}
