package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * One layer of a {@link Network}: a function of rows of its input shape and of its own parameters,
 * which are contiguous in θ. Immutable; holds no buffers. Made by {@link Network#of}.
 */
public interface Layer {
  /** The layer as it is written in a specification, with every argument. */
  String text();

  /** What it reads. */
  Shape input();

  /** What it writes. */
  Shape output();

  /** Appends its tensors, their names ending in the layer's {@code number}. */
  void describe(Parameters.Builder builder, String number);

  /** Overwrites its parameters from {@code at} on with initial values. */
  void initialise(RandomKey key, float[] theta, int at);

  /** Pre-activations of a row: the numbers that noise is added to. */
  int nodes();

  /** Columns of mask that it reads behind the real input. */
  int masks();

  /** Floats of scratch that it needs for that many rows. */
  int scratch(Kernels kernels, int rows);

  /** Makes what computes it. */
  LayerRun run(Place place);

  /** Number of its parameters. */
  default int parameters() {
    Parameters.Builder builder = new Parameters.Builder();
    describe(builder, "");
    return builder.build().count();
  }
}
