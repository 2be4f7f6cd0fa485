package kobai.models;

import java.util.List;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** A model of one recurrent cell or several on top of each other, each to be looked at alone. */
public interface LayeredModel extends StepModel {
  /**
   * The cells, from the input up: their states follow each other in a row of the state, and {@code
   * parameterAt} is the index in θ of the whole model. Empty if a cell is not row-local.
   */
  List<RowLocalShape> cells();

  /**
   * Whether a cell lies above something: whether an influence goes through another's recurrence.
   */
  boolean deep();

  @Override
  LayeredTape tape(Kernels kernels, Workspace workspace, int window, int batch);
}
