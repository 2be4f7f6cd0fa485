package kobai.networks;

/**
 * Computes a layer over the rows of a pass and remembers what its derivatives need. A pass begins
 * with {@link #forward}; what follows is for the rows it ran on, at the same θ and the same x. Not
 * thread-safe.
 *
 * <p>Blocks of rows other than x are contiguous and begin at 0; the rows of x may lie further
 * apart.
 *
 * <p>Gradients are added to in an order of rounding that runs backwards through the rows, so that a
 * pass cut into passes done last to first gives the same bits.
 */
interface LayerRun {
  /** Packs θ for {@link #forward}. */
  void begin(float[] theta);

  /** Returns f(x), in memory of its own (or x itself) that stays until the next pass. */
  Rows forward(Pass pass, Rows x);

  /** Packs θ for {@link #backward}. */
  void transpose(float[] theta);

  /**
   * From q = dL/df adds dL/dθ to gradient [P] and, if {@code wanted}, overwrites p with dL/dx. May
   * overwrite q.
   */
  void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient);

  /** Packs a direction θ̇ [P]. */
  void direct(float[] direction);

  /**
   * Overwrites u with ḟ along θ̇ (or the tangents of pre-activations, see {@link Pass#alongNodes})
   * and, if {@code moving}, ẋ.
   */
  void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u);

  /** Overwrites its columns of out, rows {@code row} apart, with the pre-activations. */
  void preactivations(Pass pass, float[] out, int at, int row);

  /**
   * Adds to gradient [P] what its columns of credits, taken for dL/d pre-activations, make of it;
   * rows {@code row} apart. May overwrite the credits.
   */
  void creditAdd(Pass pass, Rows x, float[] credits, int at, int row, float[] gradient);
}
