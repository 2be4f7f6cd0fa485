package kobai.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import kobai.bench.Dimension;
import kobai.compare.ComparePlan.Planned;
import kobai.compare.ComparePlan.Refusal;
import kobai.estimators.Algorithm;
import kobai.kernels.Implementation;
import kobai.models.Models;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Document;
import kobai.report.Environment;
import kobai.report.HtmlWriter;
import kobai.report.Manifest;
import kobai.report.MarkdownWriter;
import kobai.report.Measured;
import kobai.report.Section;
import kobai.report.Table;
import kobai.tasks.Tasks;
import org.junit.jupiter.api.Test;

/** The report on figures that were made up, so that what it must say is known. */
final class CompareReportTest {
  private CompareOptions options = options(Level.FULL);
  private ComparePlan plan = Fixtures.plan(options);
  private final Results results = new Results();

  private static CompareOptions options(Level level) {
    return CompareOptions.builder()
        .task(Tasks.SINE)
        .level(level)
        .values(Dimension.HIDDEN, List.of(64, 16, 32, 128))
        .build();
  }

  /** RTRL (K=1) takes n⁴ · 1 ns, everything else n² · 10 ns, scalar kernels eight times as long. */
  private void times() {
    for (Planned planned : plan.cells()) {
      Cell cell = planned.cell();
      double n = cell.sizes().hidden();
      boolean quartic =
          cell.contender().algorithm() == Algorithm.RTRL && cell.contender().window() == 1;
      double seconds = quartic ? 1e-9 * n * n * n * n : 1e-8 * n * n;
      seconds *= cell.implementation() == Implementation.SCALAR ? 8 : 1;
      results.add(cell, Metric.GRADIENT_SECONDS, Measured.within(seconds, 0.01 * seconds));
      double step = seconds / cell.sizes().length();
      results.add(cell, Metric.STEP_SECONDS, Measured.within(step, 0.01 * step));
      results.add(cell, Metric.WORKSPACE_BYTES, Measured.exactly(planned.bytes()));
    }
  }

  private void quality() {
    for (Contender contender : options.contenders()) {
      Cell cell = Cell.at(contender, Implementation.VECTOR, options.base());
      boolean noisy = contender.algorithm().stochastic();
      boolean exact =
          contender.exact(
              ComparePlan.anySize(Fixtures.workbench(options)), options.base().length());
      double bias = exact || contender.algorithm() == Algorithm.PES ? 0 : 0.5;
      results.add(cell, Metric.RELATIVE_ERROR, Measured.exactly(noisy ? 20 : bias));
      results.add(cell, Metric.COSINE, Measured.exactly(noisy ? 0.05 : 1));
      results.add(
          cell,
          Metric.RELATIVE_BIAS,
          noisy ? new Measured(bias, bias, bias + 0.2) : Measured.exactly(bias));
      results.add(cell, Metric.RELATIVE_VARIANCE, Measured.exactly(noisy ? 400 : 0));
      results.add(cell, Metric.REPEATS, Measured.exactly(noisy ? 100 : 1));
    }
  }

  private Document document(String reason, List<Refusal> refusals, List<String> failures) {
    Manifest manifest =
        Manifest.starting(List.of("kobai", "compare"), Environment.current(256)).build();
    return new CompareReport(
            plan,
            Fixtures.workbench(options),
            results,
            refusals,
            failures,
            List.of(),
            manifest.ended(Instant.EPOCH, reason))
        .document();
  }

  private static String findings(Document document) {
    return String.join("\n", document.findings());
  }

  private static Section section(Document document, String title) {
    return document.sections().stream()
        .filter(section -> section.title().equals(title))
        .findFirst()
        .orElseThrow();
  }

  private static String markdown(Document document) {
    return MarkdownWriter.write(document);
  }

  @Test
  void aRunWithoutAnyResultStillMakesAReport() {
    Document document = document(CompareRun.INTERRUPTED, List.of(), List.of());
    assertTrue(document.lead().startsWith("This run was interrupted"), document.lead());
    assertTrue(markdown(document).contains("RTRL (K=10)"));
    assertTrue(HtmlWriter.write(document).contains("</html>"));
  }

  @Test
  void theFindingsNameTheCheapestExactGradientAndTheLosers() {
    times();
    String findings = findings(document(CompareRun.COMPLETED, List.of(), List.of()));
    // 64² · 10 ns / 100 steps = 409.6 ns; RTRL (K=1): 64⁴ ns / (64² · 10 ns) = 409.6 times that.
    assertTrue(findings.contains("cheapest by BPTT (K=T): 410\u202fns a step"), findings);
    assertTrue(findings.contains("RTRL (K=1) takes 410 times as long"), findings);
    assertTrue(findings.contains("8.00 times as fast as plain loops"), findings);
  }

  @Test
  void biasIsSaidToLimitWhatAveragingReaches() {
    times();
    quality();
    Document document = document(CompareRun.COMPLETED, List.of(), List.of());
    String text = markdown(document);
    // Bias ½: error² ≥ ¼, so no ratio above 4. PES without bias: 400 · 10 = 4000 gradients of 40.96
    // µs.
    assertTrue(text.contains("cannot: its bias holds it below 4.00"), text);
    assertTrue(text.contains("| PES (K=10) | 4000 | 164\u202fms"), text);
    // 0.2² · 10 < 1: an unseen bias of 20 % would still allow a ratio of 10, so nothing is said of
    // it.
    assertFalse(text.contains("may have gone unseen in"), text);
    assertTrue(findings(document).contains("more noise than gradient"), findings(document));
  }

  @Test
  void slopesStandBesideTheFormulaAndTheTheory() {
    times();
    Section section =
        section(document(CompareRun.COMPLETED, List.of(), List.of()), "How cost grows");
    String text = markdown(new Document("t", "l", List.of(), List.of(section)));
    // An exact power law of exponent 4 over n = 16, 32, 64, 128 at K = 1.
    assertTrue(text.contains("| RTRL (K=1): time over n = 16…128 | 4.00 [4.00, 4.00] |"), text);
    assertTrue(text.contains("grows faster than the formula"), text);
    // n⁴ = 10 n² at n = 3.16 lies outside of what was measured, so PES is cheaper throughout.
    assertTrue(
        text.contains(
            "there is no crossover: PES (K=10) with 32 particles never takes more time than RTRL"
                + " (K=1)"),
        text);
  }

  @Test
  void chartsAreDrawnForEverySizeWithMoreThanOnePoint() {
    times();
    Section time = section(document(CompareRun.COMPLETED, List.of(), List.of()), "Time");
    String titles =
        time.blocks().stream()
            .filter(Chart.class::isInstance)
            .map(block -> ((Chart) block).title())
            .collect(Collectors.joining(", "));
    assertTrue(titles.startsWith("Time per step over hidden units n"), titles);
    assertTrue(titles.contains("window K"), titles);
    assertTrue(titles.contains("particles N"), titles);
  }

  @Test
  void refusalsAndFailuresAreShown() {
    times();
    Cell cell = plan.cells().getFirst().cell();
    Document document =
        document(
            CompareRun.COMPLETED,
            List.of(new Refusal(cell, "RTRL (K=1), n = 4096", "needs 1 TiB", false)),
            List.of("ES (K=T): not timed"));
    assertEquals("A check failed: ES (K=T): not timed.", document.findings().getFirst());
    assertTrue(findings(document).contains("1 planned measurement was not made"));
    String text = markdown(document);
    assertTrue(text.contains("| RTRL (K=1), n = 4096 | needs 1 TiB |"), text);
  }

  @Test
  void theQuickLevelOwnsUpToItsShortWarmUp() {
    options = options(Level.QUICK);
    plan = Fixtures.plan(options);
    String text = markdown(document(CompareRun.COMPLETED, List.of(), List.of()));
    assertTrue(text.contains("That is a short warm-up"), text);
    assertTrue(text.contains("one virtual machine (fork) for each point"), text);
  }

  @Test
  void theResultsTravelWithThePage() {
    times();
    List<Block> blocks =
        section(document(CompareRun.COMPLETED, List.of(), List.of()), "How it was measured")
            .blocks();
    Block.Download download = (Block.Download) blocks.getLast();
    assertEquals(results.table().csv(), download.content());
  }

  private static Document everything;

  /** A report on all algorithms, of which RTRL_DIAGONAL alone refuses the network; made once. */
  private static synchronized Document everything() {
    if (everything == null) {
      CompareReportTest made = new CompareReportTest();
      made.options = Fixtures.everything().build();
      made.plan = Fixtures.plan(made.options);
      made.times();
      made.quality();
      everything = made.document(CompareRun.COMPLETED, List.of(), List.of());
    }
    return everything;
  }

  @Test
  void crossoversOfMemoryAmongTheFindingsAreFewHoweverManyAlgorithmsAreCompared() {
    times();
    // RTRL and PES are what is not biased in windows of the usual five, RTRL at two windows.
    assertEquals(2, crossovers(document(CompareRun.COMPLETED, List.of(), List.of())).size());
    Document document = everything();
    List<String> crossovers = crossovers(document);
    // One of each claim: exact, unbiased, unbiased for the smoothed loss.
    assertEquals(3, crossovers.size(), crossovers.toString());
    assertTrue(
        findings(document).contains("“How cost grows” has all 16 algorithms"), findings(document));
    String section = markdown(document);
    for (String name : List.of("UORO (K=5)", "KF-RTRL (K=5)", "DODGE (K=5)", "NRES (K=5)")) {
      assertTrue(
          section.contains(name + " takes less memory than BPTT (K=T)")
              || section.contains(name + " with 4 particles takes less memory than BPTT (K=T)"),
          name);
    }
  }

  @Test
  void whatNeverTakesLessMemoryIsNotSaidTo() {
    // What keeps a tape of a window of 1.05 million steps holds more than BPTT up to a million.
    options =
        CompareOptions.builder()
            .algorithms(
                List.of(
                    Algorithm.BPTT,
                    Algorithm.UORO,
                    Algorithm.KF_RTRL,
                    Algorithm.R_KF_RTRL,
                    Algorithm.OPTIMAL_KRONECKER,
                    Algorithm.PES_ANALYTIC,
                    Algorithm.DODGE))
            .task(Tasks.SINE)
            .level(Level.FULL)
            .values(Dimension.HIDDEN, List.of(8))
            .values(Dimension.LENGTH, List.of(1_100_000))
            .values(Dimension.WINDOW, List.of(1_050_000))
            .values(Dimension.PARTICLES, List.of(4))
            .build();
    List<String> headlines =
        new ScalingReport(options, Fixtures.workbench(options), results).headlines();
    assertEquals(2, headlines.size(), headlines.toString());
    assertTrue(headlines.getFirst().contains("DODGE (K=1050000)"), headlines.toString());
    assertTrue(headlines.getLast().startsWith("These take less memory"), headlines.toString());
  }

  private static List<String> crossovers(Document document) {
    return document.findings().stream()
        .filter(finding -> finding.contains("memory") && finding.contains("BPTT (K=T)"))
        .filter(finding -> finding.startsWith("For n = "))
        .toList();
  }

  @Test
  void everyAlgorithmThatTakesTheNetworkHasACompleteRow() {
    Section glance = section(everything(), "At a glance");
    Table table = (Table) glance.blocks().getFirst();
    assertEquals(
        List.of(
            "contender",
            "its gradient",
            "time a step",
            "time a gradient",
            "memory",
            "bias",
            "variance",
            "cosine",
            "time to signal-to-noise 1"),
        table.columns().stream().map(Table.Column::title).toList());
    Set<Algorithm> shown = EnumSet.noneOf(Algorithm.class);
    for (List<Object> row : table.rows()) {
      String label = (String) row.getFirst();
      shown.add(Algorithm.valueOf(label.substring(0, label.indexOf(' ')).replace('-', '_')));
      for (Object cell : row) {
        boolean empty = cell instanceof Double number && Double.isNaN(number);
        assertFalse(empty || cell.equals(""), row.toString());
      }
    }
    assertEquals(EnumSet.complementOf(EnumSet.of(Algorithm.RTRL_DIAGONAL)), shown);
  }

  @Test
  void anApproximationIsNotCalledCutOff() {
    Section glance = section(everything(), "At a glance");
    String text = markdown(new Document("t", "l", List.of(), List.of(glance)));
    assertTrue(text.contains("| SNAP-1 (K=5) | approximate |"), text);
    assertTrue(text.contains("| KERNL (K=5) | approximate and noisy |"), text);
    assertTrue(text.contains("| BPTT (K=5) | cut off at the window |"), text);
    assertTrue(text.contains("| ES (K=5) | noisy and cut off |"), text);
  }

  /** RTRL of diagonal cells is exact of one layer alone. */
  @Test
  void anAlgorithmIsCalledExactOnlyIfItIsExactOfTheNetworkThatIsCompared() {
    for (int layers : new int[] {1, 2}) {
      options =
          CompareOptions.builder()
              .algorithms(List.of(Algorithm.BPTT, Algorithm.RTRL_DIAGONAL))
              .task(Tasks.SINE)
              .model(Models.LRU)
              .layers(layers)
              .level(Level.FULL)
              .values(Dimension.HIDDEN, List.of(8))
              .values(Dimension.LENGTH, List.of(20))
              .values(Dimension.WINDOW, List.of(5))
              .build();
      plan = Fixtures.plan(options);
      times();
      Document document = document(CompareRun.COMPLETED, List.of(), List.of());
      Section glance = section(document, "At a glance");
      String text = markdown(new Document("t", "l", List.of(), List.of(glance)));
      String said = layers == 1 ? "exact" : "approximate";
      assertTrue(text.contains("| RTRL-DIAGONAL (K=1) | " + said + " |"), text);
      assertTrue(text.contains("| RTRL-DIAGONAL (K=5) | " + said + " |"), text);
      assertTrue(text.contains("| BPTT (K=T) | exact |"), text);
      // What is said of the exact gradient, and of memory beside what is not biased, leaves it out.
      assertEquals(
          layers == 1,
          document.findings().stream()
              .filter(finding -> !finding.startsWith("At 20 steps"))
              .anyMatch(finding -> finding.contains("RTRL-DIAGONAL (K=1)")),
          findings(document));
    }
  }

  @Test
  void manyContendersAreDrawnFamilyByFamily() {
    Section time = section(everything(), "Time");
    Chart chart = (Chart) time.blocks().getFirst();
    assertEquals(
        List.of(
            "backpropagation",
            "RTRL and relatives",
            "evolution strategies",
            "perturbations and tangents"),
        chart.points().stream().map(Chart.Point::facet).distinct().toList());
  }
}
