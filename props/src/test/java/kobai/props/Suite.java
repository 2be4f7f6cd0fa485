package kobai.props;

import kobai.random.RandomKey;
import kobai.verify.Budget;

/**
 * Levels, seeds and sizes of the statistical tests of this module.
 *
 * <p>Every build: the rates and the master seed of {@link Budget}, ε = 5 %, so that the outcome is
 * a function of the code. Nightly ({@code -Pnightly}): ε = 2 %, more tries and samples, and a fresh
 * seed, which is printed; {@code -Dkobai.seed=…} repeats that night.
 *
 * <p>Of the {@link Budget#TESTS} statistical tests that share α_run, this module takes 33: the
 * sequential and the variance test of ES and PES on whole sequences and windows (8), the random
 * source (1), the planted bugs that a statistical tier must not see (3), the property on the real
 * source (6 tries), the contract of ES and PES (6), and the operating characteristics (as much as
 * 9). A planted bug that is found takes none, as finding it is what the test wants.
 */
final class Suite {
  /** α of one test. */
  static final double ALPHA = Budget.ALPHA;

  /** β of one test. */
  static final double BETA = Budget.BETA;

  private static final boolean NIGHTLY = Boolean.getBoolean("kobai.nightly");
  private static final long MASTER_SEED = masterSeed();

  private Suite() {}

  private static long masterSeed() {
    String given = System.getProperty("kobai.seed", "");
    if (!given.isEmpty()) {
      return Long.parseLong(given);
    }
    if (!NIGHTLY) {
      return Budget.MASTER_SEED;
    }
    long fresh = new RandomKey(System.currentTimeMillis()).child("night").seed();
    System.out.println(
        "nightly master seed " + fresh + ": repeat with -Pnightly -Dkobai.seed=" + fresh);
    return fresh;
  }

  /** ε. */
  static double tolerance() {
    return NIGHTLY ? 0.02 : 0.05;
  }

  /** What sizes and numbers of samples are multiplied by: samples grow as 1/ε². */
  static int scale() {
    return NIGHTLY ? 8 : 1;
  }

  /** The largest size of a generated problem. */
  static int most(int size) {
    return NIGHTLY ? 2 * size : size;
  }

  /** The seed of a test, from its name and the configuration in it. */
  static long seed(String test) {
    return new RandomKey(MASTER_SEED).child(test).seed();
  }
}
