package kobai.models;

/** Derivatives of a layer with {@link Layer#rowLocal}; n units, p parts, G gates. */
interface RowLocalLayerTape extends LayerTape {
  /** As {@link RowLocalSteps#gains}. */
  void gains(int step, int row, float[] out, int outAt);

  /** As {@link RowLocalSteps#local}. */
  void local(int step, int row, float[] out, int outAt);

  /** Overwrites out [n] with h, the source that comes from before the step. */
  void before(int step, int row, float[] out, int outAt);
}
