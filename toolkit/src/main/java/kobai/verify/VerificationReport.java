package kobai.verify;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a verification found. Relative figures are in units of ‖g‖, the length of the target; where
 * the target is zero they are absolute, and a note says so.
 *
 * @param verdict the answer
 * @param reason one sentence of why
 * @param target what was compared with
 * @param channels every test
 * @param normUpper upper bound on ‖bias‖/‖g‖ at level β; infinite while there are too few estimates
 * @param normLower lower bound on it at level β
 * @param scale ⟨E ĝ, g⟩/‖g‖², 1 where unbiased
 * @param variance measured Σ Var ĝᵢ
 * @param variancePredicted the same by theory, where there is one
 * @param samples estimates drawn
 * @param planned estimates expected before the run for a pass of the scale channel
 * @param missing estimates that would probably bring a verdict; 0 when there is one
 * @param worst coordinates with the most evidence against them, at most eight
 * @param diagnosis named likely bugs, most likely first; empty where nothing is wrong
 * @param notes what a reader should know of how the run was done
 * @param evidence the scale channel over the samples
 * @param tolerance ε
 * @param alpha chance of a false alarm
 * @param beta chance that a bias of ε passes
 * @param seed of all draws
 * @param replay the command or call that repeats the run
 * @param seconds wall-clock time
 */
public record VerificationReport(
    Verdict verdict,
    String reason,
    String target,
    List<Channel> channels,
    double normUpper,
    double normLower,
    double scale,
    double variance,
    OptionalDouble variancePredicted,
    long samples,
    long planned,
    long missing,
    List<Coordinate> worst,
    List<String> diagnosis,
    List<String> notes,
    List<Evidence> evidence,
    double tolerance,
    double alpha,
    double beta,
    long seed,
    String replay,
    double seconds) {
  public VerificationReport {
    channels = List.copyOf(channels);
    worst = List.copyOf(worst);
    diagnosis = List.copyOf(diagnosis);
    notes = List.copyOf(notes);
    evidence = List.copyOf(evidence);
  }

  /** What a channel can say. */
  public enum Kind {
    /** Finds a bias, and shows its absence within the tolerance. */
    EQUIVALENCE,
    /** Finds a bias only. */
    DETECTION,
    /** Bounds the length of the bias. */
    BOUND
  }

  /**
   * One test.
   *
   * @param estimate of the bias, relative
   * @param lower lower end of its interval, 1 − 2β (equivalence) or 99.99 % (detection)
   * @param upper upper end
   * @param log10Evidence log₁₀ of the e-value against no bias; an e-value of 1/α is a finding
   * @param samples estimates it has used
   * @param missing estimates it still wants
   */
  public record Channel(
      String name,
      Kind kind,
      Verdict verdict,
      double estimate,
      double lower,
      double upper,
      double log10Evidence,
      long samples,
      long missing) {}

  /**
   * One parameter.
   *
   * @param tensor its tensor, or "theta" where the layout is not known
   * @param index in θ
   * @param row in the tensor
   * @param column in the tensor
   * @param bias estimated E ĝᵢ − gᵢ, absolute
   * @param error its standard error
   * @param expected gᵢ
   * @param log10Evidence log₁₀ of the e-value
   * @param biased whether it alone is a finding at α/4P
   */
  public record Coordinate(
      String tensor,
      int index,
      int row,
      int column,
      double bias,
      double error,
      double expected,
      double log10Evidence,
      boolean biased) {}

  /**
   * The scale channel after some blocks.
   *
   * @param mean of ⟨ĝ, g⟩/‖g‖² − 1
   * @param radius of the confidence sequence at level β; a pass needs |mean| + radius ≤ ε
   * @param sum S_K, the sum of the standardised block means
   * @param boundary B_α(K); |S_K| at or above it is a finding
   * @param log10Evidence log₁₀ of the e-value; a finding needs log₁₀(1/α), α a quarter of the whole
   */
  public record Evidence(
      long samples,
      double mean,
      double radius,
      double sum,
      double boundary,
      double log10Evidence) {}

  /** The verdict with its figures, in a few lines. */
  public String summary() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %s%n  target %s%n  %d estimates in %.2f s (seed %d, ε = %s, α = %s, β = %s)%n",
            verdict,
            reason,
            target,
            samples,
            seconds,
            seed,
            tolerance,
            alpha,
            beta));
    text.append(String.format(Locale.ROOT, "  ‖bias‖/‖g‖ in [%.4g, %.4g]%n", normLower, normUpper));
    variancePredicted.ifPresent(
        predicted ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "  variance %.6g, predicted %.6g (ratio %.3f)%n",
                    variance,
                    predicted,
                    variance / predicted)));
    for (Channel channel : channels) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %-24s %-18s %+.5f in [%+.5f, %+.5f], log10 E = %.1f%n",
              channel.name(),
              channel.verdict(),
              channel.estimate(),
              channel.lower(),
              channel.upper(),
              channel.log10Evidence()));
    }
    for (String line : diagnosis) {
      text.append("  likely: ").append(line).append(System.lineSeparator());
    }
    for (String line : notes) {
      text.append("  note: ").append(line).append(System.lineSeparator());
    }
    return text.append("  replay: ").append(replay).toString();
  }
}
