package kobai.claims;

import java.util.List;
import java.util.Locale;
import kobai.estimators.Algorithm;
import kobai.random.RandomKey;
import kobai.verify.ReferenceNetwork;
import kobai.verify.Tier;

/**
 * One check: a tier for a claim of an algorithm on a network.
 *
 * @param window steps of a window
 * @param tolerance ε of its sequential test
 */
public record ClaimCell(
    Algorithm algorithm,
    ReferenceNetwork model,
    Scope scope,
    Tier tier,
    int window,
    double tolerance) {
  /** The part of the usual estimates that every sequential test draws. */
  private static final double PILOT = 0.25;

  /** The columns that say in results which check it was. */
  static final List<String> COLUMNS =
      List.of("algorithm", "model", "scope", "window", "tier", "check");

  /** The entries of {@link #COLUMNS}. */
  List<String> values() {
    return List.of(
        name(algorithm),
        name(model),
        name(scope),
        String.valueOf(window),
        tier.code().toLowerCase(Locale.ROOT),
        tier.words());
  }

  /**
   * The claim in a few words, such as {@code pes, windows}; with the network where it is not the
   * usual one.
   */
  public String claim() {
    return name(algorithm)
        + (model == ReferenceNetwork.LEAKY_RNN ? "" : " on " + name(model))
        + ", "
        + (scope == Scope.WHOLE ? "whole sequence" : "windows");
  }

  /** The check in a few words, such as {@code pes, windows, T3 samples}. */
  public String describe() {
    return claim() + ", " + tier.code() + " " + tier.words();
  }

  /** The seed of this check alone, so that it draws the same whatever else is run. */
  long seed(long master) {
    return new RandomKey(master)
        .child(algorithm.name())
        .child(model.name())
        .child(scope.name())
        .child(tier.name())
        .seed();
  }

  /**
   * Seconds that it takes on one core of an Intel Xeon with 512-bit vectors: the mean of its tier
   * over all algorithms and networks. A sequential test takes as many estimates as 1/ε² asks for,
   * and no fewer than its pilot. A guess for one check and for other machines.
   */
  double seconds() {
    double usual = ClaimOptions.TOLERANCE;
    double estimates = Math.max(PILOT, usual * usual / (tolerance * tolerance));
    return switch (tier) {
      case GRADIENT, NOISE -> 0.04;
      case MEAN -> 0.065;
      case ORDER -> 0.09;
      case VARIANCE -> 0.12;
      case BIAS -> 0.2;
      // Its variance is the largest of all.
      case SAMPLES -> (algorithm == Algorithm.UORO ? 2.3 : 0.4) * estimates;
    };
  }

  /** How the command line writes a constant. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
