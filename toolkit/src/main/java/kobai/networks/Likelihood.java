package kobai.networks;

import java.util.List;
import java.util.Locale;
import kobai.models.Loss;

/**
 * The loss between a row z of a network's outputs and a row y of m targets, −ln p(y | z) up to a
 * constant for the first two.
 *
 * @param kind which
 * @param variance σ² of {@link Kind#GAUSSIAN}, else 1
 */
public record Likelihood(Kind kind, double variance) {
  /** The families. */
  public enum Kind {
    /** ½‖z − y‖². */
    SQUARED_ERROR,
    /** −Σⱼ yⱼ ln softmax(z)ⱼ; a row of zero targets does not count. */
    SOFTMAX_CROSS_ENTROPY,
    /** −Σⱼ (yⱼ ln σ(zⱼ) + (1 − yⱼ) ln σ(−zⱼ)), y in [0, 1]. */
    BERNOULLI,
    /** Σⱼ ½ ((zⱼ − yⱼ)²/σ² + ln 2πσ²). */
    GAUSSIAN,
    /** Σⱼ ½ ((μⱼ − yⱼ)² e^{−sⱼ} + sⱼ + ln 2π) of z = [μ m | s m], s the log variance. */
    GAUSSIAN_LEARNT
  }

  /** ½‖z − y‖². */
  public static final Likelihood SQUARED_ERROR = new Likelihood(Kind.SQUARED_ERROR, 1);

  /** Classes, z their logits. */
  public static final Likelihood SOFTMAX_CROSS_ENTROPY =
      new Likelihood(Kind.SOFTMAX_CROSS_ENTROPY, 1);

  /** Independent probabilities, z their logits. */
  public static final Likelihood BERNOULLI = new Likelihood(Kind.BERNOULLI, 1);

  /**
   * A Gaussian whose mean and log variance are outputs; {@code variance} as the last layer makes
   * the log variance a parameter of its own.
   */
  public static final Likelihood GAUSSIAN_LEARNT = new Likelihood(Kind.GAUSSIAN_LEARNT, 1);

  public Likelihood {
    // The reciprocal must be a float too.
    if (!(variance >= 1e-30 && variance <= 1e30)) {
      throw new IllegalArgumentException(
          "variance = %s: must be in [1e-30, 1e30]".formatted(variance));
    }
    if (kind != Kind.GAUSSIAN && variance != 1) {
      throw new IllegalArgumentException(
          "variance = %s: must be 1 for %s (only GAUSSIAN has one)".formatted(variance, kind));
    }
  }

  /** A Gaussian of known variance σ². */
  public static Likelihood gaussian(double variance) {
    return new Likelihood(Kind.GAUSSIAN, variance);
  }

  /** The same as a loss of the recurrent models. */
  public static Likelihood of(Loss loss) {
    return switch (loss) {
      case SQUARED_ERROR -> SQUARED_ERROR;
      case SOFTMAX_CROSS_ENTROPY -> SOFTMAX_CROSS_ENTROPY;
    };
  }

  /** How {@link #parse} reads each. */
  public static List<String> usages() {
    return List.of("squared-error", "gaussian(<deviation>)", "gaussian-learnt", "bernoulli");
  }

  /**
   * Reads the likelihood of numbers: {@code squared-error}, {@code gaussian(0.1)} with its standard
   * deviation σ, {@code gaussian-learnt} or {@code bernoulli}.
   */
  public static Likelihood parse(String text) {
    String name = text.strip().toLowerCase(Locale.ROOT).replace('_', '-');
    if (name.startsWith("gaussian(") && name.endsWith(")")) {
      String inner = name.substring("gaussian(".length(), name.length() - 1).strip();
      double deviation;
      try {
        deviation = Double.parseDouble(inner.replaceFirst("^deviation\\s*=", ""));
      } catch (NumberFormatException e) {
        deviation = Double.NaN;
      }
      if (!(deviation >= 1e-15 && deviation <= 1e15)) {
        throw new IllegalArgumentException(
            "likelihood = %s: deviation = %s: must be a number in [1e-15, 1e15] (such as gaussian(0.1))"
                .formatted(text, inner));
      }
      return gaussian(deviation * deviation);
    }
    return switch (name) {
      case "squared-error" -> SQUARED_ERROR;
      case "gaussian-learnt" -> GAUSSIAN_LEARNT;
      case "bernoulli" -> BERNOULLI;
      default ->
          throw new IllegalArgumentException(
              "likelihood = %s: must be one of %s".formatted(text, String.join(", ", usages())));
    };
  }

  /** The same as {@link #parse} reads it. */
  public String text() {
    return switch (kind) {
      case SQUARED_ERROR -> "squared-error";
      case SOFTMAX_CROSS_ENTROPY -> "softmax-cross-entropy";
      case BERNOULLI -> "bernoulli";
      case GAUSSIAN -> "gaussian(" + Math.sqrt(variance) + ")";
      case GAUSSIAN_LEARNT -> "gaussian-learnt";
    };
  }

  /** Outputs that a network needs for that many targets. */
  public int outputs(int targets) {
    return kind == Kind.GAUSSIAN_LEARNT ? Math.multiplyExact(2, targets) : targets;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case SQUARED_ERROR -> "squared error";
      case SOFTMAX_CROSS_ENTROPY -> "softmax cross-entropy";
      case BERNOULLI -> "Bernoulli";
      case GAUSSIAN -> "Gaussian of variance " + variance;
      case GAUSSIAN_LEARNT -> "Gaussian of learnt variance";
    };
  }
}
