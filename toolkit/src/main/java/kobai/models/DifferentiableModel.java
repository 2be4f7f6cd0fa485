package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** A model with derivatives. */
public interface DifferentiableModel extends RecurrentModel {
  /** Makes a tape for windows of up to {@code window} steps of {@code batch} rows. */
  Tape tape(Kernels kernels, Workspace workspace, int window, int batch);
}
