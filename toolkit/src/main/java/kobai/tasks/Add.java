package kobai.tasks;

import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Adds two earlier bits of a random sequence.
 *
 * <pre>
 * xₜ ~ Bernoulli(½)
 * yₜ = ½ + ½ xₜ₋ₙ − ¼ xₜ₋ₘ          n = nearLag, m = farLag
 * input (xₜ, 1 − xₜ), target (yₜ, 1 − yₜ)
 * </pre>
 *
 * <p>The bits before the first step are drawn as well, though never shown, so that yₜ has one
 * distribution at every step (the source rolls its series round instead). Whoever remembers
 * neither, one or both of the bits can reach, in nats a step, at best {@link #lossWithoutMemory},
 * {@link #lossWithNearLag} or {@link #lossWithFarLag}, and {@link #lossWithBoth}; which of them a
 * network reaches tells what it has learnt. The first {@code max(n, m)} steps of a sequence cannot
 * do better than what they have been shown.
 *
 * <p>Source: Marschall, Cho and Savin (2020), Journal of Machine Learning Research 21(135); lags 5
 * and 9 as in their code at α = 1.
 */
public final class Add implements Task {
  /** The near lag where none is asked for. */
  public static final int NEAR_LAG = 5;

  /** The far lag where none is asked for. */
  public static final int FAR_LAG = 9;

  private static final double CONSTANT = 0.5;
  private static final double NEAR_WEIGHT = 0.5;
  private static final double FAR_WEIGHT = -0.25;

  private final int nearLag;
  private final int farLag;

  /**
   * Chooses the lags, in steps.
   *
   * @param nearLag n, at least 1
   * @param farLag m, at least 1 and not n
   */
  public Add(int nearLag, int farLag) {
    this.nearLag = TaskOption.NEAR_LAG.check(nearLag);
    this.farLag = TaskOption.FAR_LAG.check(farLag);
    if (nearLag == farLag) {
      throw new IllegalArgumentException(
          "far-lag = "
              + farLag
              + ": must differ from near-lag (use "
              + NEAR_LAG
              + " and "
              + FAR_LAG
              + ")");
    }
  }

  @Override
  public String name() {
    return "add with lags " + nearLag + " and " + farLag;
  }

  @Override
  public int inputSize() {
    return 2;
  }

  @Override
  public int targetSize() {
    return 2;
  }

  @Override
  public Loss loss() {
    return Loss.SOFTMAX_CROSS_ENTROPY;
  }

  @Override
  public void fill(RandomKey key, Sequence sequence) {
    Shapes.check(this, sequence);
    int past = Math.max(nearLag, farLag);
    for (int row = 0; row < sequence.batch(); row++) {
      for (int t = 0; t < sequence.length(); t++) {
        int now = bit(key, row, t + (long) past);
        double y =
            target(
                bit(key, row, t + (long) past - nearLag), bit(key, row, t + (long) past - farLag));
        int inputAt = sequence.inputAt(t) + 2 * row;
        sequence.inputs()[inputAt] = now;
        sequence.inputs()[inputAt + 1] = 1 - now;
        int targetAt = sequence.targetAt(t) + 2 * row;
        sequence.targets()[targetAt] = (float) y; // a multiple of ¼: exact
        sequence.targets()[targetAt + 1] = (float) (1 - y);
      }
    }
  }

  private static int bit(RandomKey key, int row, long index) {
    return RandomDraws.coin(key, row, index) ? 1 : 0;
  }

  /** E[yₜ] of a near and a far bit, each 0, 1, or ½ where it is not known. */
  private static double target(double near, double far) {
    return CONSTANT + NEAR_WEIGHT * near + FAR_WEIGHT * far;
  }

  /** Cross-entropy in nats of the best prediction that knows neither bit: H(⅝) = 0.66156. */
  public static double lossWithoutMemory() {
    return entropy(target(0.5, 0.5));
  }

  /**
   * Cross-entropy in nats of the best prediction that knows the bit at the near lag only: 0.51917.
   */
  public static double lossWithNearLag() {
    return 0.5 * (entropy(target(0, 0.5)) + entropy(target(1, 0.5)));
  }

  /**
   * Cross-entropy in nats of the best prediction that knows the bit at the far lag only: 0.62774.
   */
  public static double lossWithFarLag() {
    return 0.5 * (entropy(target(0.5, 0)) + entropy(target(0.5, 1)));
  }

  /**
   * Cross-entropy in nats of the best prediction that knows both bits: the mean entropy of the
   * targets, 0.45445.
   */
  public static double lossWithBoth() {
    return 0.25
        * (entropy(target(0, 0))
            + entropy(target(0, 1))
            + entropy(target(1, 0))
            + entropy(target(1, 1)));
  }

  /** Entropy in nats of a coin that shows heads with probability p. */
  private static double entropy(double p) {
    return p == 0 || p == 1 ? 0 : -p * StrictMath.log(p) - (1 - p) * StrictMath.log(1 - p);
  }
}
