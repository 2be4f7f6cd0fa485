package kobai.claims;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kobai.data.ArrayData;
import kobai.models.Tensor;
import kobai.report.Journal;
import kobai.report.Manifest;
import kobai.report.Measured;
import kobai.report.ResultTable;
import kobai.report.RunFolder;
import kobai.verify.Diagnosis;
import kobai.verify.GradientSampler;
import kobai.verify.VerificationReport;
import kobai.verify.Verifier;

/**
 * Checks the gradients of another program: one gradient against the exact one, and a stack of
 * stochastic estimates by the sequential test, whose draws are the rows of the stack in their
 * order.
 */
public final class ExternalCheck {
  /**
   * What single precision may lose where the network is not known, and the reader gives no
   * tolerance: 2¹⁰ roundings.
   */
  static final double ROUNDING = 0x1p-14;

  private static final int SHOWN = 5;
  private static final List<String> COLUMNS = List.of("file", "tensor");

  private final ExternalOptions options;
  private final ExternalFolder folder;
  private final RunFolder results;
  private Manifest manifest;

  /** Prepares a check and writes its manifest. */
  public ExternalCheck(
      ExternalOptions options, ExternalFolder folder, RunFolder results, Manifest manifest)
      throws IOException {
    this.options = options;
    this.folder = folder;
    this.results = results;
    this.manifest = manifest;
    results.write(manifest);
  }

  /**
   * What was found of one tensor of a gradient.
   *
   * @param error relative to the tensor's expected length, absolute where that is 0
   * @param cosine of the angle to it; NaN where there is none
   */
  public record Part(String tensor, double expected, double got, double error, double cosine) {}

  /**
   * What was found of a file.
   *
   * @param file its name
   * @param stochastic whether it held estimates
   * @param report of the verifier
   * @param parts of the gradient, or of the mean of the estimates, tensor by tensor
   */
  public record Outcome(
      String file, boolean stochastic, VerificationReport report, List<Part> parts) {
    public Outcome {
      parts = List.copyOf(parts);
    }

    /** Whether it is what it should be. */
    public boolean passed() {
      return report.verdict().passed();
    }

    /** The answer in one sentence. */
    public String sentence() {
      String error = "%.3g".formatted(report.normUpper());
      return switch (report.verdict()) {
        case UNBIASED, BIASED_BUT_WITHIN ->
            stochastic
                ? "%s: unbiased: no bias was found, and none above %s of its length is left along the gradient or any tensor's part of it"
                    .formatted(file, report.tolerance())
                : "%s: agrees with the expected gradient (relative error %s, at most %.3g)"
                    .formatted(file, error, report.tolerance());
        case BIASED ->
            stochastic
                ? "%s: the estimates are biased (%s)".formatted(file, report.reason())
                : "%s: differs from the expected gradient (relative error %s, at most %.3g)"
                    .formatted(file, error, report.tolerance());
        case UNDECIDED ->
            "%s: too few estimates to decide: %d are there, about %d more are missing (%s)"
                .formatted(file, report.samples(), report.missing(), report.reason());
        case CONTRACT_VIOLATION -> "%s: no test is possible: %s".formatted(file, report.reason());
      };
    }

    /** The answer with its figures, for a terminal. */
    public List<String> lines() {
      List<String> lines = new ArrayList<>();
      lines.add(sentence());
      report.diagnosis().forEach(name -> lines.add("  likely: " + name));
      for (Part part : parts) {
        lines.add(
            String.format(
                Locale.ROOT,
                "  %-14s expected length %.6g, got %.6g, relative error %.3g, cosine %.6f",
                part.tensor,
                part.expected,
                part.got,
                part.error,
                part.cosine));
      }
      if (!passed()) {
        report.worst().stream()
            .limit(SHOWN)
            .forEach(
                worst ->
                    lines.add(
                        String.format(
                            Locale.ROOT,
                            "  %s[%d, %d]: expected %.6g, off by %+.3g%s",
                            worst.tensor(),
                            worst.row(),
                            worst.column(),
                            worst.expected(),
                            worst.bias(),
                            worst.error() > 0
                                ? String.format(Locale.ROOT, " ± %.2g", worst.error())
                                : "")));
      }
      if (stochastic && Double.isFinite(report.normUpper())) {
        lines.add(
            String.format(
                Locale.ROOT,
                "  the whole bias is at most %.3g of the gradient, %d estimates",
                report.normUpper(),
                report.samples()));
      }
      return lines;
    }

    /** The outcome as an object for the journal and for {@code --json}. */
    public Map<String, Object> json() {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", file);
      object.put("passed", passed());
      object.put("verdict", report.verdict().name());
      object.put("finding", sentence());
      object.put("samples", report.samples());
      object.put("missing", report.missing());
      object.put("biasLower", finite(report.normLower()));
      object.put("biasUpper", finite(report.normUpper()));
      object.put("tolerance", report.tolerance());
      object.put("diagnosis", report.diagnosis());
      object.put("replay", report.replay());
      return object;
    }

    private static Object finite(double value) {
      return Double.isFinite(value) ? (Object) value : String.valueOf(value);
    }
  }

  /** Checks everything that is there and writes the report. */
  public List<Outcome> run() throws IOException {
    List<Outcome> outcomes = new ArrayList<>();
    folder.gradient().ifPresent(array -> outcomes.add(gradient(array)));
    folder.samples().ifPresent(array -> outcomes.add(samples(array)));
    ResultTable table = table(outcomes);
    try (Journal journal = results.journal()) {
      for (Outcome outcome : outcomes) {
        journal.append(outcome.json());
      }
    }
    manifest = manifest.ended(Instant.now(), "completed");
    results.write("results.csv", table.csv());
    results.write(new ExternalReport(options, folder, outcomes, table, manifest).document());
    results.write(manifest);
    return outcomes;
  }

  private Verifier verifier(GradientSampler sampler, double tolerance) {
    return Verifier.of(sampler)
        .target(folder.target())
        .layout(folder.layout())
        .diagnosis(
            folder
                .problem()
                .map(problem -> problem.diagnosis(folder.target()))
                .orElseGet(() -> new Diagnosis(folder.target(), folder.layout())))
        .tolerance(tolerance)
        .alpha(options.alpha())
        .beta(options.beta())
        .seed(options.seed())
        .replay(options.replay());
  }

  private Outcome gradient(ArrayData array) {
    double[] gradient = array.doubles();
    double tolerance =
        options
            .tolerance()
            .orElseGet(() -> folder.problem().map(ForeignProblem::floatTolerance).orElse(ROUNDING));
    VerificationReport report = verifier(seed -> gradient, tolerance).verify();
    return new Outcome("gradient.npy", false, report, parts(gradient));
  }

  private Outcome samples(ArrayData array) {
    int rows = array.size(0);
    double tolerance = options.tolerance().orElse(ClaimOptions.TOLERANCE);
    VerificationReport report =
        verifier(new Rows(array), tolerance).certify(false).maxSamples(rows).verify();
    double[] mean = new double[array.size(1)];
    for (int row = 0; row < rows; row++) {
      for (int p = 0; p < mean.length; p++) {
        mean[p] += array.at(row * mean.length + p) / rows;
      }
    }
    return new Outcome("samples.npy", true, report, parts(mean));
  }

  /** A stack of estimates as draws: every seed that was not asked for before gets the next row. */
  private static final class Rows implements GradientSampler {
    private final ArrayData array;
    private final Map<Long, Integer> rows = new HashMap<>();
    private final double[] row;

    Rows(ArrayData array) {
      this.array = array;
      row = new double[array.size(1)];
    }

    @Override
    public synchronized double[] sample(long seed) {
      int at = rows.computeIfAbsent(seed, fresh -> rows.size()) * row.length;
      for (int p = 0; p < row.length; p++) {
        row[p] = array.at(at + p);
      }
      return row;
    }
  }

  private List<Part> parts(double[] gradient) {
    List<Part> parts = new ArrayList<>();
    double[] target = folder.target();
    for (Tensor tensor : folder.layout().tensors()) {
      double expected = 0;
      double got = 0;
      double product = 0;
      double distance = 0;
      for (int p = tensor.at(); p < tensor.at() + tensor.size(); p++) {
        expected += target[p] * target[p];
        got += gradient[p] * gradient[p];
        product += target[p] * gradient[p];
        distance += (gradient[p] - target[p]) * (gradient[p] - target[p]);
      }
      parts.add(
          new Part(
              tensor.name(),
              Math.sqrt(expected),
              Math.sqrt(got),
              Math.sqrt(expected > 0 ? distance / expected : distance),
              product / Math.sqrt(expected * got)));
    }
    return parts;
  }

  private static ResultTable table(List<Outcome> outcomes) {
    ResultTable table = new ResultTable(EvidenceBlocks.after(COLUMNS, EvidenceBlocks.AFTER));
    for (Outcome outcome : outcomes) {
      List<String> keys = List.of(outcome.file(), "");
      List<String> end = EvidenceBlocks.after(keys, "");
      table.add(end, "passed", Measured.exactly(outcome.passed() ? 1 : 0), "1");
      table.add(end, "estimates", Measured.exactly(outcome.report().samples()), "1");
      table.add(end, "tolerance", Measured.exactly(outcome.report().tolerance()), "1");
      EvidenceBlocks.add(table, keys, outcome.report());
      for (Part part : outcome.parts()) {
        List<String> tensor = List.of(outcome.file(), part.tensor(), "");
        table.add(tensor, "expected length", Measured.exactly(part.expected()), "1");
        table.add(tensor, "length", Measured.exactly(part.got()), "1");
        table.add(tensor, "relative error", Measured.exactly(part.error()), "1");
        table.add(tensor, "cosine", Measured.exactly(part.cosine()), "1");
      }
    }
    return table;
  }
}
