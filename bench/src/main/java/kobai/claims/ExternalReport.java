package kobai.claims;

import java.util.ArrayList;
import java.util.List;
import kobai.claims.EvidenceBlocks.Named;
import kobai.report.Block;
import kobai.report.Document;
import kobai.report.Manifest;
import kobai.report.ResultTable;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/** Makes the report on the gradients of another program. */
final class ExternalReport {
  private static final int COORDINATES = 8;

  private final ExternalOptions options;
  private final ExternalFolder folder;
  private final List<ExternalCheck.Outcome> outcomes;
  private final ResultTable table;
  private final Manifest manifest;

  ExternalReport(
      ExternalOptions options,
      ExternalFolder folder,
      List<ExternalCheck.Outcome> outcomes,
      ResultTable table,
      Manifest manifest) {
    this.options = options;
    this.folder = folder;
    this.outcomes = List.copyOf(outcomes);
    this.table = table;
    this.manifest = manifest;
  }

  Document document() {
    List<Section> sections = new ArrayList<>();
    for (ExternalCheck.Outcome outcome : outcomes) {
      sections.add(outcome.stochastic() ? samples(outcome) : gradient(outcome));
    }
    sections.add(method());
    return new Document("Gradients of another program", lead(), findings(), sections);
  }

  private String lead() {
    boolean passed = outcomes.stream().allMatch(ExternalCheck.Outcome::passed);
    boolean biased =
        outcomes.stream().anyMatch(outcome -> !outcome.passed() && outcome.report().missing() == 0);
    String target =
        folder.given()
            ? "the gradient in exact.npy"
            : "the exact gradient of the network that the files describe, computed in double"
                + " precision";
    return (passed
            ? "Yes, they are right: "
            : biased ? "No, something is wrong: " : "Not decided: ")
        + "the gradients in %s were compared with %s."
            .formatted(
                String.join(" and ", outcomes.stream().map(ExternalCheck.Outcome::file).toList()),
                target);
  }

  private List<String> findings() {
    List<String> findings = new ArrayList<>();
    for (ExternalCheck.Outcome outcome : outcomes) {
      findings.add(outcome.sentence() + ".");
      outcome.report().diagnosis().forEach(name -> findings.add("Likely: " + name + "."));
      if (outcome.stochastic() && Double.isFinite(outcome.report().normUpper())) {
        findings.add(
            "In any direction whatever, the bias is at most %s of the gradient's length."
                .formatted(Unit.FRACTION.text(outcome.report().normUpper())));
      }
    }
    folder.note().ifPresent(note -> findings.add("Note: " + note + "."));
    return findings;
  }

  private static Table parts(ExternalCheck.Outcome outcome) {
    Table.Builder parts =
        Table.captioned(
                outcome.stochastic()
                    ? "The mean of all estimates, tensor by tensor"
                    : "Tensor by tensor")
            .text("tensor")
            .number("expected length", Unit.PLAIN)
            .number("length", Unit.PLAIN)
            .number("relative error", Unit.PLAIN)
            .number("cosine", Unit.PLAIN);
    for (ExternalCheck.Part part : outcome.parts()) {
      parts.row(part.tensor(), part.expected(), part.got(), part.error(), part.cosine());
    }
    return parts.build();
  }

  private Section gradient(ExternalCheck.Outcome outcome) {
    return Section.of(
        outcome.file(),
        parts(outcome),
        EvidenceBlocks.deviations(outcome.report()),
        Block.note(
            "How to read these tables",
            "Relative error: distance from the expected gradient in units of its length. %s"
                .formatted(
                    options.tolerance().isPresent()
                        ? "The tolerance was given."
                        : "Without a tolerance of the user's, the error may be what the roundings"
                            + " of single precision on the path from a loss back to a parameter"
                            + " explain."),
            "Cosine 1 with a relative error is a wrong factor; a tensor whose length is right and"
                + " whose cosine is not is often transposed."));
  }

  private Section samples(ExternalCheck.Outcome outcome) {
    List<Named> tests = List.of(new Named(outcome.file(), outcome.report()));
    List<Block> blocks = new ArrayList<>();
    EvidenceBlocks.sums(tests).ifPresent(blocks::add);
    EvidenceBlocks.intervals(tests, outcome.report().tolerance()).ifPresent(blocks::add);
    blocks.addAll(
        EvidenceBlocks.reading(outcome.report().tolerance(), options.alpha(), options.beta()));
    EvidenceBlocks.channels(tests, outcome.report().tolerance()).ifPresent(blocks::add);
    blocks.add(parts(outcome));
    if (!outcome.report().worst().isEmpty()) {
      blocks.add(EvidenceBlocks.coordinates(tests, COORDINATES));
    }
    blocks.add(EvidenceBlocks.channelTable(tests));
    return new Section(outcome.file(), blocks);
  }

  private Section method() {
    List<Block> blocks = new ArrayList<>();
    folder
        .problem()
        .ifPresent(
            problem -> {
              blocks.add(
                  Block.prose(
                      "The network is a %s on %d steps and %d rows, with loss %s. Losses are summed over steps and averaged over rows."
                          .formatted(
                              problem.model().name(),
                              problem.sequence().length(),
                              problem.sequence().batch(),
                              Unit.PLAIN.text(problem.loss()))));
              problem.notes().forEach(note -> blocks.add(Block.prose(note + ".")));
              blocks.add(LayoutGuide.table(problem.layout()));
            });
    blocks.add(manifest.table());
    blocks.add(Block.csv("results.csv", "All figures of this check in full precision", table));
    return new Section("How it was done", blocks);
  }
}
