package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * A model in which each recurrent parameter touches one unit directly: θ begins with a matrix
 * [sources × n] whose entry (j, i), at θ index j·n + i, weighs source j of z = [sₜ₋₁ | xₜ | 1] into
 * unit i. The immediate influence is then M̄ₜ[k, (j, i)] = 1[k = i] · gainₜ,ᵢ · zₜ,ⱼ, which RTRL
 * and its approximations use to be fast.
 */
public interface RowLocalModel extends DifferentiableModel {
  /** Length q of z = [sₜ₋₁ | xₜ | 1]. */
  int sources();

  @Override
  RowLocalTape tape(Kernels kernels, Workspace workspace, int window, int batch);
}
