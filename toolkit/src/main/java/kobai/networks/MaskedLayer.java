package kobai.networks;

import kobai.random.RandomKey;

/** A layer that reads masks, or noise, from columns behind the real input. */
interface MaskedLayer extends Layer {
  /**
   * Overwrites {@code out[at, at + masks())} with draws number {@code index} and following of that
   * row: a pure function of the key, the row (at least 0) and the index. Allocates nothing.
   */
  void drawMasks(RandomKey key, long row, long index, float[] out, int at);

  /** What a mask is where nothing is drawn, as in inference. */
  float openMask();
}
