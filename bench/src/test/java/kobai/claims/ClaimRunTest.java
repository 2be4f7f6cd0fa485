package kobai.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kobai.estimators.Algorithm;
import kobai.report.Environment;
import kobai.report.Manifest;
import kobai.report.ResultTable;
import kobai.report.RunFolder;
import kobai.verify.Budget;
import kobai.verify.ClaimCheck;
import kobai.verify.ReferenceNetwork;
import kobai.verify.Tier;
import kobai.verify.Verifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClaimRunTest {
  @TempDir private Path temporary;

  private static ClaimOptions options(int threads, Algorithm... algorithms) {
    return new ClaimOptions(
        List.of(algorithms),
        List.of(ReferenceNetwork.LEAKY_RNN),
        List.of(),
        List.of(),
        0.05,
        Budget.ALPHA,
        Budget.BETA,
        1,
        Optional.empty(),
        threads);
  }

  private List<ClaimOutcome> run(ClaimOptions options, ClaimRun.Checker checker)
      throws IOException {
    ClaimObserver silent =
        new ClaimObserver() {
          @Override
          public void started(ClaimCell cell) {}

          @Override
          public void ended(ClaimOutcome outcome) {}
        };
    Manifest manifest =
        Manifest.starting(List.of("kobai", "verify"), Environment.current(0)).build();
    try (RunFolder folder = RunFolder.create(temporary.resolve("run"))) {
      return new ClaimRun(options, folder, manifest, silent, outcome -> {}, checker).run();
    }
  }

  private static ClaimCheck.Result result(ClaimCell cell, boolean passed, String finding) {
    return new ClaimCheck.Result(
        cell.algorithm(),
        cell.tier(),
        cell.window(),
        passed,
        finding,
        10,
        0.25,
        Optional.empty(),
        List.of(new ClaimCheck.Figure("relative error", 0.5, 2, Double.NaN, Double.NaN, 1)));
  }

  private String text(String name) throws IOException {
    return Files.readString(temporary.resolve("run").resolve(name));
  }

  @Test
  void everyTierThatAppliesIsRunOnBothClaims() {
    List<String> checks =
        ClaimRun.cells(options(1, Algorithm.BPTT, Algorithm.ES)).stream()
            .map(ClaimCell::describe)
            .toList();
    assertEquals(
        List.of(
            "bptt, whole sequence, T0 gradient",
            "bptt, windows, T0 gradient",
            "bptt, windows, T3 bias shows",
            "es, whole sequence, T1 exact mean",
            "es, whole sequence, T2 order in σ",
            "es, whole sequence, T3 samples",
            "es, whole sequence, T4 variance",
            "es, whole sequence, T5 noise",
            "es, windows, T1 exact mean",
            "es, windows, T2 order in σ",
            "es, windows, T3 samples",
            "es, windows, T3 bias shows",
            "es, windows, T4 variance",
            "es, windows, T5 noise"),
        checks);
  }

  @Test
  void byDefaultEveryLineIsCheckedOnEveryNetworkThatItWorksOn() {
    ClaimOptions options =
        new ClaimOptions(
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            0.05,
            Budget.ALPHA,
            Budget.BETA,
            1,
            Optional.empty(),
            1);
    List<ClaimCell> cells = ClaimRun.cells(options);
    List<Refusal> refusals = ClaimRun.refusals(options);
    for (Algorithm algorithm : Algorithm.values()) {
      for (ReferenceNetwork network : ReferenceNetwork.values()) {
        boolean refused =
            refusals.stream().anyMatch(no -> no.algorithm() == algorithm && no.model() == network);
        boolean checked =
            cells.stream()
                .anyMatch(cell -> cell.algorithm() == algorithm && cell.model() == network);
        assertEquals(!refused, checked, algorithm + " on " + network);
      }
    }
  }

  @Test
  void theForecastGrowsWithTheChecksAndWithWhatTheyAskFor() {
    double usual = seconds(List.of(), 0.05, 1);
    double everywhere = seconds(List.of(ReferenceNetwork.values()), 0.05, 1);
    // Measured: 65 s on two cores as it is, 8 min on one with --model all.
    assertTrue(usual > 65 && usual < 260, () -> "by default " + usual);
    assertTrue(everywhere > 240 && everywhere < 960, () -> "on all networks " + everywhere);
    assertTrue(seconds(List.of(ReferenceNetwork.values()), 0.025, 1) > 2 * everywhere);
    if (Runtime.getRuntime().availableProcessors() > 1) {
      assertTrue(seconds(List.of(), 0.05, 2) < 0.6 * usual);
    }
    assertTrue(ClaimRun.seconds(List.of(), 1) > 0);
  }

  private static double seconds(List<ReferenceNetwork> models, double tolerance, int threads) {
    ClaimOptions options =
        new ClaimOptions(
            List.of(),
            models,
            List.of(),
            List.of(),
            tolerance,
            Budget.ALPHA,
            Budget.BETA,
            1,
            Optional.empty(),
            threads);
    return ClaimRun.seconds(ClaimRun.cells(options), threads);
  }

  @Test
  void aCheckThatFailsStandsOnTopOfTheReportWithItsReplay() throws IOException {
    List<ClaimOutcome> outcomes =
        run(
            options(2, Algorithm.PES),
            (cell, options) ->
                result(
                    cell,
                    cell.tier() != Tier.MEAN && cell.tier() != Tier.VARIANCE,
                    cell.tier() == Tier.VARIANCE ? "UNDECIDED: too little" : "planted"));
    assertEquals(ClaimOutcome.Status.FAILED, outcomes.getFirst().status());
    String report = text("report.md");
    assertTrue(report.contains("No. PES was checked"), report);
    assertTrue(report.contains("Of 10 checks 2 failed and 2 found too little evidence"), report);
    assertTrue(
        report.contains(
            "- pes, whole sequence, T1 exact mean failed: planted. Repeat it by `kobai verify pes"
                + " --claim whole --tier t1 --seed 1 --model leaky-rnn`."),
        report);
    assertTrue(
        report.contains("- pes, windows, T4 variance is not decided: UNDECIDED: too little."),
        report);
    assertTrue(text("manifest.json").contains("completed"));
    ResultTable table = ResultTable.parseCsv(text("results.csv"));
    assertEquals(
        4, table.rows("passed").stream().filter(row -> row.measured().value() == 0).count());
    assertEquals(
        1, table.rows("limit of relative error at sigma 0.5").getFirst().measured().value());
  }

  @Test
  void outcomesComeInTheOrderOfTheChecksWhicheverEndsFirst() throws IOException {
    ClaimOptions options = options(4, Algorithm.ES);
    List<ClaimCell> cells = ClaimRun.cells(options);
    List<ClaimCell> seen = new ArrayList<>();
    run(
            options,
            (cell, all) -> {
              sleep(20L * (cells.size() - cells.indexOf(cell)));
              return result(cell, true, "fine");
            })
        .forEach(outcome -> seen.add(outcome.cell()));
    assertEquals(cells, seen);
  }

  @Test
  void aBiasThatNoNetworkShowsIsNotProven() throws IOException {
    List<ClaimOutcome> outcomes =
        run(
            options(1, Algorithm.RFLO),
            (cell, options) ->
                new ClaimCheck.Result(
                    cell.algorithm(),
                    cell.tier(),
                    cell.window(),
                    false,
                    "none",
                    1,
                    0,
                    Optional.of(Verifier.of(seed -> new double[] {1, 2}).target(1, 2).verify()),
                    List.of()));
    assertEquals(
        List.of(ClaimOutcome.Status.UNDECIDED, ClaimOutcome.Status.UNDECIDED),
        outcomes.stream().map(ClaimOutcome::status).toList());
    assertTrue(
        outcomes.getFirst().finding().contains("(leaky-rnn; try --model all)"),
        outcomes.getFirst().finding());
  }

  @Test
  void aPairThatDoesNotGoTogetherIsNoCheckAndHasAReason() {
    ClaimOptions options = options(1, Algorithm.RTRL_DIAGONAL);
    assertEquals(List.of(), ClaimRun.cells(options));
    String refusal = ClaimRun.refusals(options).getFirst().describe();
    assertTrue(
        refusal.startsWith("rtrl-diagonal on leaky-rnn: not applicable: RTRL_DIAGONAL: "), refusal);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aFaultOfACheckIsNoFinding() throws IOException {
    IllegalStateException failure =
        assertThrows(
            IllegalStateException.class,
            () ->
                run(
                    options(1, Algorithm.RTRL),
                    (cell, options) -> {
                      throw new ArithmeticException("planted");
                    }));
    assertEquals(
        "rtrl, whole sequence, T0 gradient: java.lang.ArithmeticException: planted",
        failure.getMessage());
    assertTrue(text("manifest.json").contains("failed: "));
  }

  @Test
  void everyCheckDrawsFromASeedOfItsOwn() {
    List<ClaimCell> cells = ClaimRun.cells(options(1));
    assertEquals(cells.size(), cells.stream().map(cell -> cell.seed(1)).distinct().count());
    ClaimCell last = cells.stream().filter(c -> c.algorithm() == Algorithm.PES).toList().getLast();
    assertEquals(last.seed(1), ClaimRun.cells(options(1, Algorithm.PES)).getLast().seed(1));
  }
}
