package kobai.models;

import java.util.Optional;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * One layer of a stack of recurrent layers: a map from an input [d] and the layer's own state
 * before [S] to the state after, the first n numbers of which (or, without a state, n numbers of
 * their own) are the output. Its parameters are contiguous in θ. Immutable; holds no buffers.
 */
public interface Layer {
  /** Floats of input a row, d. */
  int inputs();

  /** Floats of output a row, n. */
  int outputs();

  /** Floats of state a row, S; 0 for a layer without memory. */
  int stateSize();

  /** Pre-activations of a row. */
  int nodes();

  /** Whether its pre-activations accept noise. */
  default boolean perturbable() {
    return true;
  }

  /** Its wiring, parameters counted from the layer's first, if it is a row-local cell. */
  default Optional<RowLocalShape> rowLocal() {
    return Optional.empty();
  }

  /** Number of parameters. */
  int parameters();

  /** Appends its tensors, their names followed by {@code suffix}. */
  void describe(Parameters.Builder builder, String suffix);

  /** Overwrites the layer's parameters from {@code at} on with initial values. */
  void initialise(RandomKey key, float[] theta, int at);

  /** Floats of scratch that {@link LayerForward#parametersAdd} needs for that many rows. */
  int scratch(Kernels kernels, int rows);

  /**
   * Makes a forward pass over up to {@code window} steps.
   *
   * @param at where the layer's parameters begin in θ
   * @param keep whether pre-activations are kept, in place of what derivatives need
   */
  LayerForward forward(
      Kernels kernels, Workspace workspace, int at, int window, int batch, boolean keep);

  /** Makes derivatives along up to {@code window} steps, up to {@code chunk} of them at a time. */
  LayerTape tape(Kernels kernels, Workspace workspace, int at, int window, int batch, int chunk);
}
