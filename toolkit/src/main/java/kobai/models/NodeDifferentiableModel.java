package kobai.models;

import java.util.List;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * A differentiable model that has derivatives along its pre-activations. Rows and steps are
 * independent of each other where it has no state.
 */
public interface NodeDifferentiableModel extends DifferentiableModel, NodePerturbableModel {
  /** Its layers that are a matrix times what enters them, and a bias, from the input up. */
  List<AffineLayer> affineLayers();

  @Override
  NodeTape tape(Kernels kernels, Workspace workspace, int window, int batch);
}
