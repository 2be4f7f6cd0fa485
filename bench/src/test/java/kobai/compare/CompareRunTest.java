package kobai.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kobai.bench.Dimension;
import kobai.compare.ComparePlan.Planned;
import kobai.estimators.Algorithm;
import kobai.kernels.Implementation;
import kobai.report.Environment;
import kobai.report.Journal;
import kobai.report.Manifest;
import kobai.report.ResultTable;
import kobai.report.RunFolder;
import kobai.tasks.Tasks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CompareRunTest {
  @TempDir private Path temporary;

  private final List<String> warnings = new ArrayList<>();
  private final List<ResultTable.Row> heard = new ArrayList<>();

  private final class Listening implements Observer {
    @Override
    public void start(long total, String title) {
      assertTrue(total > 0);
    }

    @Override
    public void step(long n, String message) {
      assertFalse(message.isEmpty());
    }

    @Override
    public void warn(String message) {
      warnings.add(message);
    }
  }

  private List<Algorithm> algorithms = List.of(Algorithm.BPTT);

  private CompareOptions options() {
    return CompareOptions.builder()
        .algorithms(algorithms)
        .task(Tasks.SINE)
        .level(Level.QUICK)
        .values(Dimension.HIDDEN, List.of(4, 8))
        .values(Dimension.LENGTH, List.of(12))
        .values(Dimension.WINDOW, List.of(4))
        .values(Dimension.PARTICLES, List.of(4))
        .values(Dimension.BATCH, List.of(1))
        .values(Dimension.THREADS, List.of(1))
        .build();
  }

  private CompareRun run(Path path, Stopwatch stopwatch, double elapsed) throws IOException {
    CompareOptions options = options();
    return new CompareRun(
        Fixtures.plan(options),
        Fixtures.workbench(options),
        RunFolder.create(path),
        Manifest.starting(List.of("kobai", "compare"), Environment.current(0)).build(),
        stopwatch,
        new Listening(),
        heard::add,
        () -> elapsed);
  }

  private static JsonNode manifest(Path path) throws IOException {
    return new ObjectMapper().readTree(path.resolve(RunFolder.MANIFEST).toFile());
  }

  @Test
  void aRunWritesEveryFileAndMeasuresEveryCell() throws IOException {
    algorithms = List.of(Algorithm.BPTT, Algorithm.PES);
    var stopwatch = new Fixtures.FakeStopwatch();
    Path path = temporary.resolve("run");
    List<String> failures = run(path, stopwatch, 0).run();
    assertEquals(List.of(), failures);
    assertEquals(List.of(), warnings);
    assertEquals(Fixtures.plan(options()).cells().size(), stopwatch.timed.size());
    for (String name :
        List.of(
            "manifest.json",
            "results.jsonl",
            "results.csv",
            "jmh.json",
            "report.md",
            "report.html")) {
      assertTrue(Files.size(path.resolve(name)) > 0, name);
    }
    assertEquals("completed", manifest(path).path("exitReason").asText());
    ResultTable table = ResultTable.parseCsv(Files.readString(path.resolve("results.csv")));
    assertEquals(table.rows().size(), heard.size());
    assertEquals(table.rows().size(), Journal.read(path.resolve(RunFolder.JOURNAL)).size());
    for (Metric metric : Metric.values()) {
      assertFalse(table.rows(metric.column()).isEmpty(), metric.column());
    }
  }

  @Test
  void exactContendersAreMeasuredAsExactAndStochasticOnesAsNoisy() throws IOException {
    // One of each kind: quality takes about a second for each stochastic contender.
    algorithms =
        List.of(
            Algorithm.BPTT,
            Algorithm.BPTT_CHECKPOINTED,
            Algorithm.RTRL,
            Algorithm.RTRL_DIAGONAL,
            Algorithm.SNAP_1,
            Algorithm.SNAP_2,
            Algorithm.UORO,
            Algorithm.ES,
            Algorithm.PES,
            Algorithm.LOW_RANK_PES,
            Algorithm.FORWARD_GRADIENT,
            Algorithm.FORWARD_MODE,
            Algorithm.NODE_PERTURBATION);
    Path path = temporary.resolve("run");
    run(path, new Fixtures.FakeStopwatch(), 0).run();
    var results = new Results(ResultTable.parseCsv(Files.readString(path.resolve("results.csv"))));
    for (Contender contender : options().contenders()) {
      Cell cell = Cell.at(contender, Implementation.VECTOR, options().base());
      if (contender.algorithm() == Algorithm.RTRL_DIAGONAL) {
        assertTrue(results.get(cell, Metric.RELATIVE_ERROR).isEmpty(), "refused on this network");
        continue;
      }
      double error = results.get(cell, Metric.RELATIVE_ERROR).orElseThrow().value();
      if (contender.exact(
          ComparePlan.anySize(Fixtures.workbench(options())), options().base().length())) {
        // n = 4, d = 1, T = 12: 2 · 8 · √(12 · 34) · 2⁻²⁴ = 1.9·10⁻⁵.
        assertTrue(error <= 1.93e-5, contender.label() + " " + error);
      } else {
        assertTrue(error > 1e-3, contender.label() + " " + error);
      }
    }
  }

  /**
   * Is interrupted while it measures its third cell, as by a signal: another thread asks for the
   * report.
   */
  private static final class Interrupted implements Stopwatch {
    private final Fixtures.FakeStopwatch fake = new Fixtures.FakeStopwatch();
    private CompareRun run;

    @Override
    public Timing time(Planned planned, int warmth) throws Failure {
      if (fake.timed.size() == 2) {
        var hook =
            new Thread(
                () -> {
                  try {
                    run.finish(CompareRun.INTERRUPTED);
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                });
        hook.start();
        try {
          hook.join();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        throw new Failure("the fork was killed", false);
      }
      return fake.time(planned, warmth);
    }

    @Override
    public String json() {
      return fake.json();
    }
  }

  @Test
  void anInterruptedRunLeavesAReportOfWhatWasMeasured() throws IOException {
    Path path = temporary.resolve("run");
    var stopwatch = new Interrupted();
    CompareRun run = run(path, stopwatch, 0);
    stopwatch.run = run;
    List<String> failures = run.run();
    assertEquals(List.of(), failures, "what a signal kills has not failed");
    assertEquals("interrupted", manifest(path).path("exitReason").asText());
    String report = Files.readString(path.resolve("report.md"));
    assertTrue(report.contains("This run was interrupted"), report);
    assertTrue(report.contains("BPTT (K=T)"), report);
    ResultTable table = ResultTable.parseCsv(Files.readString(path.resolve("results.csv")));
    assertEquals(2, table.rows(Metric.GRADIENT_SECONDS.column()).size());
    assertEquals(table.rows().size(), heard.size());
    assertEquals(table.rows().size(), Journal.read(path.resolve(RunFolder.JOURNAL)).size());
    assertTrue(Files.readString(path.resolve("report.html")).contains("</html>"));
  }

  @Test
  void aWrongAnswerFailsTheRunAndTheRestIsMeasured() throws IOException {
    var fake = new Fixtures.FakeStopwatch();
    Stopwatch stopwatch =
        new Stopwatch() {
          @Override
          public Timing time(Planned planned, int warmth) throws Failure {
            Timing timing = fake.time(planned, warmth);
            if (fake.timed.size() == 1) {
              throw new Failure("wrong answer: 3 of 7 numbers differ", true);
            }
            return timing;
          }

          @Override
          public String json() {
            return fake.json();
          }
        };
    Path path = temporary.resolve("run");
    List<String> failures = run(path, stopwatch, 0).run();
    assertEquals(1, failures.size());
    assertEquals("BPTT (K=T): not timed, wrong answer: 3 of 7 numbers differ", failures.getFirst());
    assertTrue(fake.timed.size() > 5);
    String report = Files.readString(path.resolve("report.md"));
    assertTrue(report.contains("A check failed: BPTT (K=T): not timed"), report);
  }

  @Test
  void whatStillAllocatesIsMeasuredAgainWarmerAndThenReported() throws IOException {
    var warmths = new ArrayList<Integer>();
    Stopwatch stopwatch =
        new Stopwatch() {
          @Override
          public Timing time(Planned planned, int warmth) {
            warmths.add(warmth);
            return new Timing(new double[][] {{1e-3, 1e-3}}, 5e6, 1e8);
          }

          @Override
          public String json() {
            return "[]";
          }
        };
    Path path = temporary.resolve("run");
    run(path, stopwatch, 0).run();
    assertEquals(List.of(1, 2, 1, 2), warmths.subList(0, 4));
    assertEquals(Fixtures.plan(options()).cells().size(), warnings.size());
    assertTrue(
        warnings.getFirst().startsWith("BPTT (K=T) still allocated 4.77"), warnings.getFirst());
  }

  @Test
  void whenTheTimeRunsOutTheCurvesAreLeftOutAndTheBasePointIsNot() throws IOException {
    var stopwatch = new Fixtures.FakeStopwatch();
    Path path = temporary.resolve("run");
    run(path, stopwatch, 1000).run();
    assertEquals(options().contenders().size(), stopwatch.timed.size());
    String report = Files.readString(path.resolve("report.md"));
    assertTrue(report.contains("the time of --quick ran out"), report);
  }

  @Test
  void aFaultOfTheProgramEndsTheRunWithItsReason() throws IOException {
    Stopwatch stopwatch =
        new Stopwatch() {
          @Override
          public Timing time(Planned planned, int warmth) {
            throw new OutOfMemoryError("Java heap space");
          }

          @Override
          public String json() {
            return "[]";
          }
        };
    Path path = temporary.resolve("run");
    CompareRun run = run(path, stopwatch, 0);
    assertThrows(OutOfMemoryError.class, run::run);
    String reason = manifest(path).path("exitReason").asText();
    assertTrue(reason.startsWith("failed: java.lang.OutOfMemoryError"), reason);
    assertFalse(Journal.read(path.resolve(RunFolder.JOURNAL)).isEmpty());
  }
}
