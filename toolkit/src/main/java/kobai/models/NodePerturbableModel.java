package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** A model that accepts noise on its pre-activations, the affine functions of its parameters. */
public interface NodePerturbableModel extends RecurrentModel {
  /**
   * Pre-activations A of a step and row: the recurrent ones, then the m outputs; 0 if none accepts
   * noise.
   */
  int nodes();

  /** Makes an evaluator of windows of up to {@code window} steps of {@code batch} rows. */
  NodeRollout nodeRollout(Kernels kernels, Workspace workspace, int window, int batch);
}
