package kobai.verify;

import java.util.Arrays;

/**
 * A one-sided test along a direction that follows the data: where the estimates so far lie off the
 * target, the next block is tested.
 *
 * <pre>
 * w_{k−1} = Σ of all d before block k,  y = ⟨w_{k−1}, d⟩/‖w_{k−1}‖ inside block k      (1)
 * z_k = clip(√m ȳ_k / ŝ_{k−1}, ±4),  E_K by the half-normal mixture                    (2)
 * </pre>
 *
 * <p>w and ŝ are known before the block, so E[z_k | past] = 0 without bias. ŝ is the deviation of
 * the last estimates (up to 1024 of them) along the new direction. Needs about (2 (P + 3))^½ ·
 * 10/b² estimates for a relative bias b: √P, not P.
 *
 * <p>Memory: 8 P min(1024, 2²³/P) bytes for the last estimates.
 */
final class OmnibusChannel {
  private static final int MOST_KEPT = 1 << 23;

  private final Boundary boundary;
  private final double[][] last;
  private final double[] all;
  private final double[] direction;
  private long count;
  private double deviation;
  private double blockSum;
  private int inBlock;
  private double sum;
  private int blocks = -1;
  private final Moments along = new Moments();

  OmnibusChannel(int parameters, double alpha) {
    boundary = new Boundary(alpha, SequentialTest.PLANNED_BLOCKS);
    last =
        new double[Math.max(64, Math.min(SequentialTest.PILOT, MOST_KEPT / parameters))]
            [parameters];
    all = new double[parameters];
    direction = new double[parameters];
  }

  void add(double[] d) {
    System.arraycopy(d, 0, last[(int) (count % last.length)], 0, d.length);
    count++;
    inBlock++;
    Vectors.add(1, d, all);
    if (blocks >= 0) {
      double y = Vectors.dot(direction, d);
      blockSum += y;
      along.add(y);
    }
  }

  /** Ends a block; the first one is the pilot. */
  void endBlock() {
    if (blocks >= 0) {
      sum += SequentialTest.standardised(blockSum / inBlock, inBlock, deviation);
    }
    blocks++;
    blockSum = 0;
    inBlock = 0;
    double norm = Vectors.norm(all);
    Arrays.fill(direction, 0);
    if (norm > 0) {
      Vectors.add(1 / norm, all, direction);
    }
    Moments moments = new Moments();
    for (int i = 0; i < Math.min(count, last.length); i++) {
      moments.add(Vectors.dot(direction, last[i]));
    }
    deviation = moments.deviation();
  }

  boolean biased() {
    return blocks >= SequentialTest.FEWEST_BLOCKS
        && logEvidence() >= Math.log(1 / boundary.level());
  }

  double logEvidence() {
    return blocks < 1 ? 0 : boundary.logEvidenceAbove(sum, blocks);
  }

  /** Mean of y over all blocks but the first: a lower estimate of ‖bias‖. */
  double mean() {
    return along.mean();
  }

  /** Standard error of {@link #mean}. */
  double error() {
    return along.count() < 2
        ? Double.POSITIVE_INFINITY
        : along.deviation() / Math.sqrt(along.count());
  }
}
