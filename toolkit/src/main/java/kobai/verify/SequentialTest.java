package kobai.verify;

import java.util.function.DoubleSupplier;

/**
 * An anytime-valid three-way test of the mean of independent, identically distributed values x₁,
 * x₂, … against zero.
 *
 * <pre>
 * z_k = clip(√m x̄_k / ŝ_{k−1}, ±4),  S_K = z₁ + … + z_K                                      (1)
 * BIASED       if |S_K| ≥ B_α(K)                                                             (2)
 * UNBIASED(ε)  if |x̄| + (ŝ/√m) B_β(K)/K ≤ ε                                                  (3)
 * </pre>
 *
 * <p>x̄_k is the mean of block k of m values, ŝ_{k−1} the standard deviation of all values before
 * it (block 0, the pilot, serves only that), B the boundary of Robbins for K* = 24 planned blocks.
 * Because ŝ_{k−1} is known before the block, E[z_k | past] = 0 under the null hypothesis; because
 * of the clip, no single block decides. By Ville's inequality the chance that an unbiased estimator
 * is ever called BIASED is at most α, whenever one looks; a bias of ε or more passes with a chance
 * of at most β. Both hold as far as block means are nearly normal, hence
 *
 * <pre>
 * m = nextPow2(max(256, 32 γ̂²)),  γ̂ the skewness of the first 1024 values                    (4)
 * </pre>
 *
 * <p>and a guard: heavy tails, which no block size up to 65 536 tames, end UNDECIDED.
 *
 * <p>Cost: about 20 ns a value; no memory that grows.
 *
 * <p>Source: Howard et al. (2021), Annals of Statistics 49(2); equivalence by two one-sided tests:
 * Schuirmann (1987).
 */
public final class SequentialTest {
  /** K*: blocks for which the boundaries are tightest. */
  public static final int PLANNED_BLOCKS = 24;

  /** Values from which the skewness is estimated. */
  public static final int PILOT = 1024;

  static final double CLIP = 4;
  static final int FEWEST_BLOCKS = 3;
  static final int SMALLEST_BLOCK = 256;
  static final int LARGEST_BLOCK = 65_536;

  private static final double HEAVY_SHARE = 0.02;
  private static final int HEAVY_COUNT = 20_000;

  private final double tolerance;
  private final double alpha;
  private final double beta;
  private final Boundary bias;
  private final Boundary pass;
  private final double[] pilot = new double[PILOT];
  private int piloted;
  private int block;
  private final Moments all = new Moments();
  private Moments current = new Moments();
  private double squares;
  private double largest;
  private double deviation;
  private int blocks = -1;
  private double sum;

  /**
   * @param tolerance ε &gt; 0, in the unit of the values
   * @param alpha chance of a false alarm over all looks
   * @param beta chance that a bias of ε passes
   */
  public SequentialTest(double tolerance, double alpha, double beta) {
    this(tolerance, alpha, beta, 0);
  }

  /** The same with a given block size m; 0 chooses it by (4). */
  public SequentialTest(double tolerance, double alpha, double beta, int block) {
    range(
        "tolerance",
        tolerance > 0 && tolerance < Double.POSITIVE_INFINITY,
        tolerance,
        "a finite number > 0");
    range("alpha", alpha > 0 && alpha < 0.5, alpha, "in (0, 0.5)");
    range("beta", beta > 0 && beta < 0.5, beta, "in (0, 0.5)");
    range(
        "block",
        block == 0 || block >= 2,
        block,
        "at least 2 (or 0, to choose it from the skewness)");
    this.tolerance = tolerance;
    this.alpha = alpha;
    this.beta = beta;
    this.block = block;
    bias = new Boundary(alpha, PLANNED_BLOCKS);
    pass = new Boundary(beta, PLANNED_BLOCKS);
  }

  static void range(String name, boolean holds, Object value, String must) {
    if (!holds) {
      throw new IllegalArgumentException("%s = %s: must be %s".formatted(name, value, must));
    }
  }

  /** (4), without the guard's limit. */
  static double blockFor(double skewness) {
    double wanted = Math.max(SMALLEST_BLOCK, 32 * skewness * skewness);
    return Math.pow(2, Math.ceil(Math.log(wanted) / Math.log(2) - 1e-12));
  }

  /** Adds one value, in the order of drawing. */
  public void add(double x) {
    if (block == 0) {
      pilot[piloted++] = x;
      if (piloted == PILOT) {
        choose();
      }
      return;
    }
    enter(x);
  }

  private void choose() {
    Moments moments = new Moments();
    for (double x : pilot) {
      moments.add(x);
    }
    block = (int) Math.min(LARGEST_BLOCK, blockFor(moments.skewness()));
    for (double x : pilot) {
      tails(x);
    }
    close(moments);
  }

  private void enter(double x) {
    tails(x);
    current.add(x);
    if (current.count() < block) {
      return;
    }
    if (blocks >= 0) {
      sum += standardised(current.mean(), block, deviation);
    }
    close(current);
  }

  private void tails(double x) {
    squares += x * x;
    largest = Math.max(largest, x * x);
  }

  private void close(Moments finished) {
    all.add(finished);
    current = new Moments();
    deviation = all.deviation();
    blocks++;
  }

  /** (1): a deviation of zero leaves only the sign of the mean. */
  static double standardised(double mean, int block, double deviation) {
    double z = mean == 0 ? 0 : Math.sqrt(block) * mean / deviation;
    return Math.max(-CLIP, Math.min(CLIP, z));
  }

  /** Adds values until there is a verdict or {@code most} have been drawn; returns the outcome. */
  public Outcome run(DoubleSupplier values, long most) {
    for (long n = 0; n < most; n++) {
      add(values.getAsDouble());
      if (current.count() == 0 && blocks >= FEWEST_BLOCKS) {
        Outcome outcome = outcome();
        if (outcome.verdict() != Verdict.UNDECIDED) {
          return outcome;
        }
      }
    }
    return outcome();
  }

  /** Block size m, 0 while it is not chosen. */
  public int block() {
    return block;
  }

  /** Completed blocks K, the first not counted. */
  public int blocks() {
    return Math.max(0, blocks);
  }

  /** S_K of (1). */
  public double sum() {
    return sum;
  }

  /** B_α(K) of (2): |S_K| at or above it is a finding; infinite before the first block. */
  public double boundary() {
    return blocks < 1 ? Double.POSITIVE_INFINITY : bias.at(blocks);
  }

  /** The state of affairs after the last complete block. */
  public Outcome outcome() {
    double mean = all.mean();
    if (blocks < FEWEST_BLOCKS) {
      long fewest = Math.max(PILOT, block) + (long) FEWEST_BLOCKS * Math.max(block, SMALLEST_BLOCK);
      return new Outcome(
          Verdict.UNDECIDED,
          "too few samples",
          mean,
          Double.POSITIVE_INFINITY,
          0,
          all.count(),
          fewest - all.count(),
          deviation);
    }
    double radius = deviation / Math.sqrt(block) * pass.at(blocks) / blocks;
    double evidence = bias.logEvidence(sum, blocks);
    boolean heavy = heavy();
    boolean biased = Math.abs(sum) >= bias.at(blocks);
    boolean within = Math.abs(mean) + radius <= tolerance && !heavy;
    Verdict verdict =
        biased
            ? within ? Verdict.BIASED_BUT_WITHIN : Verdict.BIASED
            : within ? Verdict.UNBIASED : Verdict.UNDECIDED;
    String reason =
        verdict != Verdict.UNDECIDED
            ? ""
            : heavy
                ? "heavy tails: one value holds %.0f %% of the sum of squares (use a smaller sigma, antithetic pairs or a shorter sequence)"
                    .formatted(100 * largest / squares)
                : "not enough evidence";
    return new Outcome(
        verdict,
        reason,
        mean,
        radius,
        evidence,
        all.count(),
        verdict == Verdict.UNDECIDED ? missing() : 0,
        deviation);
  }

  private boolean heavy() {
    return (all.count() >= HEAVY_COUNT && largest > HEAVY_SHARE * squares)
        || (piloted == PILOT && block == LARGEST_BLOCK && blockFor(all.skewness()) > LARGEST_BLOCK);
  }

  /** Values still missing, if the mean and the deviation stay what they are. */
  private long missing() {
    double mean = Math.abs(all.mean());
    double toPass =
        mean < tolerance
            ? square(deviation * pass.factor() / (tolerance - mean))
            : Double.POSITIVE_INFINITY;
    double toFail = square(deviation * bias.factor() / mean);
    double least = Math.min(toPass, toFail) - all.count();
    return (long) Math.max(block, Math.min(least, Long.MAX_VALUE / 4));
  }

  private static double square(double x) {
    return x * x;
  }

  /**
   * Values for a pass of an unbiased estimator of that variance: v (C_β + 2.33)²/ε², 99 % of the
   * time.
   */
  public static long planned(double variance, double tolerance, double beta) {
    return (long)
        Math.ceil(
            variance * square((new Boundary(beta, PLANNED_BLOCKS).factor() + 2.33) / tolerance));
  }

  /**
   * What is known after some blocks.
   *
   * @param mean the mean of all values
   * @param radius of the confidence sequence for the mean at level β
   * @param logEvidence ln E against a mean of zero; e^(−logEvidence) bounds the p-value at any time
   * @param samples values in complete blocks
   * @param missing values that would probably bring a verdict; 0 when there is one
   * @param deviation standard deviation of the values
   */
  public record Outcome(
      Verdict verdict,
      String reason,
      double mean,
      double radius,
      double logEvidence,
      long samples,
      long missing,
      double deviation) {}

  @Override
  public String toString() {
    return "sequential test (ε = %s, α = %s, β = %s)".formatted(tolerance, alpha, beta);
  }
}
