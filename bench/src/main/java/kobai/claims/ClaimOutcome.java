package kobai.claims;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kobai.models.RecurrentModel;
import kobai.verify.ClaimCheck;
import kobai.verify.ReferenceNetwork;
import kobai.verify.Tier;
import kobai.verify.VerificationReport;

/**
 * How a check ended.
 *
 * @param finding one sentence with the figures
 * @param samples estimates drawn
 * @param replay the command that repeats it
 * @param figures what was measured
 * @param report of the sequential test, where it was one
 */
public record ClaimOutcome(
    ClaimCell cell,
    Status status,
    String finding,
    long samples,
    double seconds,
    String replay,
    List<ClaimCheck.Figure> figures,
    Optional<VerificationReport> report) {
  /** Whether the claim was shown to hold. */
  public enum Status {
    /** It was. */
    PASSED,
    /** It was shown not to hold. */
    FAILED,
    /**
     * The algorithm says that it is biased and is not on this network; some other network has to
     * show the bias.
     */
    NO_BIAS,
    /** Neither was shown; counts as a failure. */
    UNDECIDED
  }

  public ClaimOutcome {
    figures = List.copyOf(figures);
  }

  /** Of a check that came to its end. */
  static ClaimOutcome of(ClaimCell cell, ClaimCheck.Result result, String replay) {
    boolean open =
        result.finding().startsWith("UNDECIDED")
            || result.report().map(report -> report.missing() > 0).orElse(false);
    boolean same =
        cell.tier() == Tier.BIAS
            && result.report().map(report -> report.verdict().passed()).orElse(false);
    Status status =
        same
            ? Status.NO_BIAS
            : result.passed() ? Status.PASSED : open ? Status.UNDECIDED : Status.FAILED;
    StringBuilder finding = new StringBuilder(result.finding().strip());
    if (!same && !result.passed() && result.report().isPresent()) {
      VerificationReport report = result.report().get();
      if (report.missing() > 0) {
        finding.append("; about ").append(report.missing()).append(" more estimates would decide");
      }
      report.diagnosis().forEach(name -> finding.append("; likely: ").append(name));
    }
    return new ClaimOutcome(
        cell,
        status,
        finding.toString(),
        result.samples(),
        result.seconds(),
        replay,
        result.figures(),
        result.report());
  }

  /** Of a check that the time did not suffice for. */
  static ClaimOutcome late(ClaimCell cell, String budget, String replay) {
    return new ClaimOutcome(
        cell,
        Status.UNDECIDED,
        "not decided within the budget of %s (allow more time)".formatted(budget),
        0,
        0,
        replay,
        List.of(),
        Optional.empty());
  }

  /** The same where no network of the run has shown the bias that the algorithm claims. */
  ClaimOutcome unshown(List<ReferenceNetwork> networks) {
    return new ClaimOutcome(
        cell,
        Status.UNDECIDED,
        finding
            + "; none of the networks of this run shows the bias that is claimed (%s; try --model all)"
                .formatted(String.join(", ", networks.stream().map(ClaimCell::name).toList())),
        samples,
        seconds,
        replay,
        figures,
        report);
  }

  /** Whether nothing speaks against the claim. */
  public boolean passed() {
    return status == Status.PASSED || status == Status.NO_BIAS;
  }

  /** The outcome as an object for the journal and for {@code --json}. */
  public Map<String, Object> json() {
    RecurrentModel model = cell.model().problem().model();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("algorithm", ClaimCell.name(cell.algorithm()));
    object.put("model", ClaimCell.name(cell.model()));
    object.put("scope", ClaimCell.name(cell.scope()));
    object.put("window", cell.window());
    object.put("claim", ClaimCell.name(cell.scope().claim(cell.algorithm(), model)));
    object.put("target", cell.scope().target(cell.algorithm(), model).words());
    object.put("tier", cell.tier().code());
    object.put("check", cell.tier().words());
    object.put("passed", passed());
    object.put("status", ClaimCell.name(status));
    object.put("verdict", report.map(found -> found.verdict().name()).orElse(null));
    object.put("finding", finding);
    object.put("samples", samples);
    object.put("missing", report.map(VerificationReport::missing).orElse(0L));
    object.put("diagnosis", report.map(VerificationReport::diagnosis).orElse(List.of()));
    object.put("seconds", seconds);
    object.put("replay", replay);
    return object;
  }
}
