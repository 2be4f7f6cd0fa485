package kobai.reproduce;

/**
 * The loss of a long stream as a curve of block means, and its end as one figure.
 *
 * <p>A block that a run did not come to the end of, because it diverged, is NaN.
 */
final class BlockLoss {
  /** Points of the curve. */
  static final int BLOCKS = 40;

  /** Blocks at the end that the final loss is the mean of. */
  static final int LAST_BLOCKS = 4;

  /** Loss by step, the mean of a block, at the block's last step. */
  static final String LOSS = "loss";

  /** Mean loss of the last blocks; NaN if the run diverged. */
  static final String FINAL = "final loss";

  private final double[] sums = new double[BLOCKS];
  private final int length;

  /** A curve of a stream of that many steps. */
  BlockLoss(int length) {
    this.length = length;
  }

  /** Adds the loss of the window that begins at that step to the block that it begins in. */
  void add(int from, double loss) {
    sums[(int) ((long) from * BLOCKS / length)] += loss;
  }

  /** Records the curve and the final loss, after so many steps were done. */
  void record(int done, Recorder recorder) {
    double last = 0;
    for (int block = 0; block < BLOCKS; block++) {
      int begin = (int) ((long) block * length / BLOCKS);
      int end = (int) ((long) (block + 1) * length / BLOCKS);
      double mean = end <= done ? sums[block] / (end - begin) : Double.NaN;
      recorder.point(LOSS, end, mean);
      last += block >= BLOCKS - LAST_BLOCKS ? mean / LAST_BLOCKS : 0;
    }
    recorder.value(FINAL, last);
  }
}
