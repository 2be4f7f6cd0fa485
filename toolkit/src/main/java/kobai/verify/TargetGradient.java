package kobai.verify;

import java.util.Arrays;
import kobai.estimators.Target;

/**
 * The value of a target, in double.
 *
 * <p>Smoothed targets are expectations over Gaussian perturbations of the oracle's gradient. Where
 * it can be afforded they are computed by a cubature of degree 5, which leaves O(σ⁶); otherwise by
 * a fold-over Hadamard design, of degree 3, which leaves O(σ⁴). What is left is estimated from the
 * smoothing itself: with r₂ and r₄ the sizes of its σ² and σ⁴ parts, from the design at σ and σ/2,
 * it is r₄²/r₂ (the next term of a geometric series) or r₄.
 *
 * @param what the target in words
 * @param gradient [P]
 * @param allowance what the value may be wrong by, as a length in the space of gradients
 * @param how where the value comes from
 */
public record TargetGradient(String what, double[] gradient, double allowance, String how) {
  /** Gradient evaluations that a cubature may cost; about 5 µs each on the reference problem. */
  private static final long MOST_EVALUATIONS = 60_000;

  /** A gradient that the caller knows. */
  public static TargetGradient given(double[] gradient) {
    return new TargetGradient("the given gradient", gradient.clone(), 0, "given");
  }

  /**
   * The value of a target at θ for windows that end at {@code ends} and perturbations of scale σ.
   */
  public static TargetGradient of(
      Target target, Oracle oracle, float[] theta, int[] ends, double sigma) {
    int length = ends[ends.length - 1];
    return switch (target) {
      case LOSS_GRADIENT ->
          new TargetGradient(
              target.words(), oracle.gradient(theta, length), 0, "backpropagation in double");
      case TRUNCATED_GRADIENT ->
          new TargetGradient(
              target.words(),
              oracle.truncatedGradient(theta, ends),
              0,
              "truncated backpropagation in double");
      case LAYERWISE ->
          new TargetGradient(
              target.words(), limit(target, oracle, theta, ends), 0, "layer by layer in double");
      case GAUSSIAN_SMOOTHED ->
          smoothed(target, oracle, theta, new int[] {length}, sigma, Share.ALL);
      case PER_UNROLL_SMOOTHED -> smoothed(target, oracle, theta, ends, sigma, Share.ALL);
      case PER_PERIOD_SMOOTHED -> smoothed(target, oracle, theta, periods(ends), sigma, Share.ALL);
      case TRUNCATED_SMOOTHED -> smoothed(target, oracle, theta, ends, sigma, Share.OWN_CUT);
      case CARRIED_SMOOTHED, POSITIVE_SMOOTHED ->
          smoothed(target, oracle, theta, ends, sigma, Share.OWN);
      case ANALYTIC_SMOOTHED -> smoothed(target, oracle, theta, ends, sigma, Share.EARLIER);
      case LOW_RANK_SMOOTHED ->
          lowRank(target, oracle, theta, new int[] {length}, sigma, Share.ALL);
      case LOW_RANK_TRUNCATED -> lowRank(target, oracle, theta, ends, sigma, Share.OWN_CUT);
      case ACTIVITY_SMOOTHED, APPROXIMATION ->
          throw new IllegalArgumentException(
              "target = %s: must be one that θ and the windows determine (give the expected gradient)"
                  .formatted(target));
    };
  }

  /** What a target tends to for σ → 0. */
  public static double[] limit(Target target, Oracle oracle, float[] theta, int[] ends) {
    return switch (target) {
      case LOSS_GRADIENT,
          GAUSSIAN_SMOOTHED,
          PER_UNROLL_SMOOTHED,
          PER_PERIOD_SMOOTHED,
          ANALYTIC_SMOOTHED,
          LOW_RANK_SMOOTHED,
          ACTIVITY_SMOOTHED ->
          oracle.gradient(theta, ends[ends.length - 1]);
      case TRUNCATED_GRADIENT,
          TRUNCATED_SMOOTHED,
          CARRIED_SMOOTHED,
          POSITIVE_SMOOTHED,
          LOW_RANK_TRUNCATED ->
          oracle.truncatedGradient(theta, ends);
      case LAYERWISE -> oracle.layerwiseGradient(theta, ends[ends.length - 1]);
      case APPROXIMATION ->
          throw new IllegalArgumentException(
              "target = %s: must be one with a closed form (its bias alone can be tested)"
                  .formatted(target));
    };
  }

  /** Which of the blocks ∂Lₜ/∂θᵣ count, and what the state before window t is. */
  private enum Share {
    /** All, of a run under the perturbations so far. */
    ALL,
    /** r = t, of a run from the unperturbed network's state. */
    OWN_CUT,
    /** r = t, of a run under the perturbations so far. */
    OWN,
    /** R before t, of a run under the perturbations so far; r = t without any. */
    EARLIER
  }

  /** The ends of every second window, and the last one: where the noise of two windows ends. */
  static int[] periods(int[] ends) {
    int[] periods = new int[Math.ceilDiv(ends.length, 2)];
    for (int i = 0; i < periods.length; i++) {
      periods[i] = ends[Math.min(2 * i + 1, ends.length - 1)];
    }
    return periods;
  }

  private static double[] plain(Oracle oracle, float[] theta, int[] ends, Share share) {
    return share == Share.OWN || share == Share.OWN_CUT
        ? oracle.truncatedGradient(theta, ends)
        : oracle.gradient(theta, ends[ends.length - 1]);
  }

  private static TargetGradient smoothed(
      Target target, Oracle oracle, float[] theta, int[] ends, double sigma, Share share) {
    int windows = share == Share.ALL ? 1 : ends.length;
    int factors =
        share == Share.OWN_CUT ? theta.length : Math.multiplyExact(ends.length, theta.length);
    Design coarse = new HadamardDesign(factors, true);
    double[] plain = plain(oracle, theta, ends, share);
    double[] far = mean(coarse, oracle, theta, ends, sigma, share);
    double[] near = mean(coarse, oracle, theta, ends, sigma / 2, share);
    double[] fourth = Vectors.difference(far, plain);
    double second = Vectors.norm(fourth);
    Vectors.add(-4, Vectors.difference(near, plain), fourth);
    double left = Vectors.norm(fourth) / 0.75;
    if (factors <= 8000 && (2L * factors * factors + 1) * windows <= MOST_EVALUATIONS) {
      Design fine = new CubatureDesign(factors);
      double next = second > 0 ? Math.min(left, left * left / second) : 0;
      return new TargetGradient(
          target.words(),
          mean(fine, oracle, theta, ends, sigma, share),
          next,
          fine.name() + " in double, σ = " + sigma);
    }
    return new TargetGradient(
        target.words(), far, left, coarse.name() + " in double, σ = " + sigma);
  }

  /**
   * The plain value. What a low-rank perturbation V adds to it is (σ²/6) C[V, V, V] V of the third
   * derivatives C: with E VVVV = 3 pairings of Gaussian V and, at rank 1, 6 more, up to three times
   * what a Gaussian adds.
   */
  private static TargetGradient lowRank(
      Target target, Oracle oracle, float[] theta, int[] ends, double sigma, Share share) {
    double[] plain = plain(oracle, theta, ends, share);
    double[] gaussian =
        mean(
            new HadamardDesign(theta.length * (share == Share.ALL ? ends.length : 1), true),
            oracle,
            theta,
            ends,
            sigma,
            share);
    return new TargetGradient(
        target.words(),
        plain,
        3 * Vectors.distance(gaussian, plain),
        "the gradient in double, σ = " + sigma);
  }

  private static double[] mean(
      Design design, Oracle oracle, float[] theta, int[] ends, double sigma, Share share) {
    int count = theta.length;
    double[] wide = Vectors.widen(theta);
    double[] sum =
        share == Share.EARLIER ? oracle.truncatedGradient(theta, ends) : new double[count];
    double[] noise = new double[design.factors()];
    double[][] thetas = Vectors.rows(ends.length, u -> wide.clone());
    double[][] gradients = new double[ends.length][count];
    for (int run = 0; run < design.runs(); run++) {
      design.fill(run, noise);
      double weight = design.weight(run);
      for (int u = 0; u < ends.length; u++) {
        perturb(wide, sigma, noise, share == Share.OWN_CUT ? 0 : u * count, thetas[u]);
        if (share != Share.ALL) {
          oracle.gradients(thetas, ends, u == 0 ? 0 : ends[u - 1], ends[u], gradients);
          for (int r = share == Share.EARLIER ? 0 : u;
              r < (share == Share.EARLIER ? u : u + 1);
              r++) {
            Vectors.add(weight, gradients[r], sum);
          }
        }
        if (share == Share.OWN_CUT) {
          System.arraycopy(wide, 0, thetas[u], 0, count);
        }
      }
      if (share == Share.ALL) {
        oracle.gradients(thetas, ends, 0, ends[ends.length - 1], gradients);
        for (double[] gradient : gradients) {
          Vectors.add(weight, gradient, sum);
        }
      }
    }
    return sum;
  }

  private static void perturb(double[] theta, double sigma, double[] noise, int at, double[] out) {
    for (int p = 0; p < theta.length; p++) {
      out[p] = theta[p] + sigma * noise[at + p];
    }
  }

  /** ‖gradient‖. */
  public double norm() {
    return Vectors.norm(gradient);
  }

  @Override
  public String toString() {
    return "%s (%s, ‖g‖ = %.6g ± %.2g, %d parameters)"
        .formatted(what, how, norm(), allowance, gradient.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TargetGradient that
        && what.equals(that.what)
        && Arrays.equals(gradient, that.gradient);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(gradient);
  }
}
