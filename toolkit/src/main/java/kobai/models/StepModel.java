package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * A model whose steps can be differentiated one by one, for estimators that work forward in time.
 */
public interface StepModel extends DifferentiableModel {
  /**
   * How many parameters, the first ones of θ, can move that number of the state; never fewer than
   * can move the number before it.
   *
   * @param i in [0, state size)
   */
  default int reaching(int i) {
    return parameters().count();
  }

  @Override
  StepTape tape(Kernels kernels, Workspace workspace, int window, int batch);
}
