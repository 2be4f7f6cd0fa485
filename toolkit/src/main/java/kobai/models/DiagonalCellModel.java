package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** A diagonal model that is a {@link DiagonalCell} in a {@link DiagonalShape}. */
interface DiagonalCellModel extends DiagonalModel {
  /** The wiring. */
  DiagonalShape shape();

  /** Makes the element-wise part of a model whose parameters begin at {@code at} in θ. */
  DiagonalCell cell(int at, Kernels kernels, Workspace workspace);

  @Override
  default int stateSize() {
    return shape().stateSize();
  }

  @Override
  default Parameters parameters() {
    return shape().parameters();
  }

  @Override
  default int parts() {
    return shape().parts();
  }

  @Override
  default int gates() {
    return shape().gates();
  }

  @Override
  default int sources() {
    return shape().sources();
  }

  @Override
  default int parameterAt(int source, int gate) {
    return shape().parameterAt(source, gate);
  }

  @Override
  default Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
    DiagonalCell cell = cell(0, kernels, workspace);
    return new DiagonalRollout(name(), shape(), cell, kernels, workspace, window, batch);
  }

  @Override
  default DiagonalTape tape(Kernels kernels, Workspace workspace, int window, int batch) {
    DiagonalCell cell = cell(0, kernels, workspace);
    return new DiagonalCellTape(name(), shape(), cell, kernels, workspace, window, batch);
  }
}
