package kobai.verify;

/**
 * The test of {@link SequentialTest} on every coordinate at once, level α/P each: finds a bias in
 * few coordinates, such as the tail of a vector loop or a wrong index. It only finds; it never
 * passes anything.
 *
 * <p>A coordinate whose deviation is at most {@code rounding} does not vary; it counts as biased
 * where its mean exceeds {@code rounding}.
 *
 * <p>Memory: 40 P bytes.
 */
final class CoordinateChannels {
  private final double rounding;
  private final Boundary boundary;
  private final double[] mean;
  private final double[] squares;
  private final double[] deviation;
  private final double[] blockSum;
  private final double[] sum;
  private long count;
  private int inBlock;
  private int blocks = -1;

  CoordinateChannels(int parameters, double alpha, double rounding) {
    this.rounding = rounding;
    boundary = new Boundary(alpha / parameters, SequentialTest.PLANNED_BLOCKS);
    mean = new double[parameters];
    squares = new double[parameters];
    deviation = new double[parameters];
    blockSum = new double[parameters];
    sum = new double[parameters];
  }

  void add(double[] d) {
    count++;
    inBlock++;
    for (int p = 0; p < d.length; p++) {
      blockSum[p] += d[p];
      double delta = d[p] - mean[p];
      mean[p] += delta / count;
      squares[p] += delta * (d[p] - mean[p]);
    }
  }

  /** Ends a block; the first one is the pilot. */
  void endBlock() {
    for (int p = 0; p < mean.length; p++) {
      if (blocks >= 0) {
        double x = blockSum[p] / inBlock;
        sum[p] +=
            deviation[p] > rounding
                ? SequentialTest.standardised(x, inBlock, deviation[p])
                : Math.abs(x) > rounding ? Math.copySign(SequentialTest.CLIP, x) : 0;
      }
      deviation[p] = Math.sqrt(squares[p] / Math.max(1, count - 1));
      blockSum[p] = 0;
    }
    inBlock = 0;
    blocks++;
  }

  boolean biased(int p) {
    return blocks >= SequentialTest.FEWEST_BLOCKS && Math.abs(sum[p]) >= boundary.at(blocks);
  }

  /** The coordinate with the most evidence against it. */
  int worst() {
    int worst = 0;
    for (int p = 1; p < sum.length; p++) {
      if (Math.abs(sum[p]) > Math.abs(sum[worst])) {
        worst = p;
      }
    }
    return worst;
  }

  /** ln E of a coordinate against a mean of zero. */
  double logEvidence(int p) {
    return blocks < 1 ? 0 : boundary.logEvidence(sum[p], blocks);
  }

  double mean(int p) {
    return mean[p];
  }

  /** Standard error of the mean. */
  double error(int p) {
    return Math.sqrt(squares[p] / Math.max(1, count - 1) / Math.max(1, count));
  }

  double[] means() {
    return mean.clone();
  }

  /** Σ of the sample variances. */
  double trace() {
    double sum = 0;
    for (double s : squares) {
      sum += s;
    }
    return sum / Math.max(1, count - 1);
  }

  long count() {
    return count;
  }
}
