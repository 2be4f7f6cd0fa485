package kobai.networks;

/** Computes a layer without parameters. */
interface FixedRun extends LayerRun {
  @Override
  default void begin(float[] theta) {}

  @Override
  default void transpose(float[] theta) {}

  @Override
  default void direct(float[] direction) {}

  @Override
  default void preactivations(Pass pass, float[] out, int at, int row) {}

  @Override
  default void creditAdd(Pass pass, Rows x, float[] credits, int at, int row, float[] gradient) {}
}
