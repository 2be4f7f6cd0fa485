package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/** A layer without parameters. */
interface FixedLayer extends Layer {
  @Override
  default void describe(Parameters.Builder builder, String number) {}

  @Override
  default void initialise(RandomKey key, float[] theta, int at) {}

  @Override
  default int nodes() {
    return 0;
  }

  @Override
  default int scratch(Kernels kernels, int rows) {
    return 0;
  }
}
