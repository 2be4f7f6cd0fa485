package kobai.models;

import java.util.List;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * A cell whose units interact through affine pre-activations only: unit i has {@code parts} state
 * components and {@code gates} pre-activations, and
 *
 * <pre>
 * a_{g,i} = Σⱼ zⱼ w_{j,g,i},  z = [h | x | 1]      (1)
 * s_{c,i} = function of its own a_{·,i} and old s_{·,i}   (2)
 * </pre>
 *
 * <p>A row of the state is [parts × units], part 0 the output h that feeds back. Each recurrent
 * parameter then touches one unit directly: M̄[(c, i), (j, g, i)] = ∂s_{c,i}/∂a_{g,i} · zⱼ, which
 * RTRL and its approximations use to be fast.
 */
public interface RowLocalModel extends LayeredModel, RowLocalShape {
  /** This one. */
  @Override
  default List<RowLocalShape> cells() {
    return List.of(this);
  }

  /** No: there is no cell above another. */
  @Override
  default boolean deep() {
    return false;
  }

  @Override
  RowLocalTape tape(Kernels kernels, Workspace workspace, int window, int batch);
}
