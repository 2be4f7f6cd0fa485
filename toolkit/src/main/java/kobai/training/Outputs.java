package kobai.training;

import kobai.random.RandomKey;

/**
 * What a model says of one example after another.
 *
 * <p>Not thread-safe.
 */
interface Outputs {
  /** Examples of a part that are computed together. */
  int rows();

  /** Draws the masks of dropout that what is computed from now on has; they are open at first. */
  void dropOut(RandomKey key, long sample);

  /**
   * Computes what the model of those weights says of examples [first, first + count), count at most
   * {@link #rows}.
   */
  void compute(float[] weights, Part part, int first, int count);

  /** The loss of the i-th of them, per scored step. */
  double loss(int i);

  /**
   * Overwrites out [m] with the i-th's probabilities of the classes, or with its means where there
   * are no classes.
   */
  void prediction(int i, float[] out, int at);
}
