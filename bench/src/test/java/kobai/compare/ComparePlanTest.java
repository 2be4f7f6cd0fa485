package kobai.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import kobai.bench.Dimension;
import kobai.compare.ComparePlan.Planned;
import kobai.compare.ComparePlan.Refusal;
import kobai.estimators.Algorithm;
import kobai.kernels.Implementation;
import kobai.models.Models;
import kobai.parallel.Workers;
import kobai.report.Unit;
import kobai.tasks.Tasks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ComparePlanTest {
  private static CompareOptions.Builder small() {
    return CompareOptions.builder().task(Tasks.SINE);
  }

  @ParameterizedTest
  @EnumSource(Level.class)
  void everyContenderIsMeasuredAtTheBasePointFirst(Level level) {
    CompareOptions options = small().level(level).build();
    List<Planned> cells = Fixtures.plan(options).cells();
    List<Contender> contenders = options.contenders();
    for (int i = 0; i < contenders.size(); i++) {
      assertTrue(cells.get(i).base());
      assertEquals(contenders.get(i), cells.get(i).cell().contender());
    }
    assertTrue(cells.size() > contenders.size(), "curves follow");
  }

  @ParameterizedTest
  @EnumSource(Level.class)
  void nothingIsMeasuredTwice(Level level) {
    List<Planned> cells = Fixtures.plan(small().level(level).build()).cells();
    Set<List<Object>> seen = new HashSet<>();
    for (Planned planned : cells) {
      Cell cell = planned.cell();
      assertTrue(
          seen.add(List.of(cell.contender().algorithm(), cell.implementation(), cell.sizes())),
          cell.toString());
    }
  }

  @Test
  void bytesAreThoseOfTheWorkspaceThatTheEstimatorTakes() {
    CompareOptions options =
        small().values(Dimension.HIDDEN, List.of(8)).values(Dimension.LENGTH, List.of(20)).build();
    for (Planned planned : Fixtures.plan(options).cells()) {
      if (planned.base()) {
        long taken =
            planned
                .cell()
                .contender()
                .algorithm()
                .create(
                    Fixtures.workbench(options)
                        .setup(planned.cell().sizes(), Implementation.VECTOR, Workers.single()))
                .workspace()
                .bytes();
        assertEquals(taken, planned.bytes(), planned.cell().contender().label());
      }
    }
  }

  @Test
  void particlesAndThreadsAreVariedOnlyWhereTheyMatter() {
    CompareOptions options =
        small()
            .level(Level.FULL)
            .values(Dimension.PARTICLES, List.of(32, 8))
            .values(Dimension.THREADS, List.of(1, 2))
            .build();
    Set<Algorithm> particles = new TreeSet<>();
    Set<Algorithm> threads = new TreeSet<>();
    for (Planned planned : Fixtures.plan(options).cells()) {
      if (planned.cell().sizes().particles() == 8) {
        particles.add(planned.cell().contender().algorithm());
      }
      if (planned.cell().sizes().threads() == 2) {
        threads.add(planned.cell().contender().algorithm());
      }
    }
    assertEquals(Set.of(Algorithm.ES, Algorithm.PES), particles);
    assertEquals(Set.of(Algorithm.ES, Algorithm.PES, Algorithm.RTRL), threads);
  }

  @Test
  void whatExceedsTheHeapIsRefusedWithBytesLimitAndAlternativeAndTheRestGoesOn() {
    CompareOptions options =
        small().level(Level.FULL).values(Dimension.HIDDEN, List.of(256)).build();
    // RTRL holds 4 n² (n + d + 1) = 68 MB at n = 256, d = 1; the limit is 80 % of 64 MiB.
    ComparePlan plan =
        ComparePlan.of(options, Fixtures.workbench(options), cell -> 1e-3, 64L << 20, 0);
    Refusal refusal =
        plan.refusals().stream()
            .filter(r -> r.what().equals("RTRL (K=1)"))
            .findFirst()
            .orElseThrow();
    assertFalse(refusal.slow());
    assertTrue(
        refusal
            .reason()
            .matches(
                "needs [0-9.]+.MiB \\(influence of row 0: [0-9.]+.MiB\\); the limit is 51\\.2.MiB,"
                    + " 80 % of the heap \\(give more by KOBAI_JVM_ARGS=-Xmx1g\\); BPTT.* would"
                    + " need [0-9.]+.MiB"),
        refusal.reason());
    assertTrue(
        plan.cells().stream().anyMatch(p -> p.cell().contender().algorithm() == Algorithm.BPTT));
  }

  @Test
  void whatExceedsAnArrayIsRefusedWithTheNumberOfElements() {
    CompareOptions options =
        small().level(Level.FULL).values(Dimension.HIDDEN, List.of(2048)).build();
    ComparePlan plan =
        ComparePlan.of(options, Fixtures.workbench(options), cell -> 1e-3, 1L << 40, 0);
    String reason =
        plan.refusals().stream()
            .filter(r -> r.what().equals("RTRL (K=1)"))
            .map(Refusal::reason)
            .findFirst()
            .orElseThrow();
    // n rows × n units × 2064 parameters of a unit (2050 in whole panels of 16) = 2048² · 2064.
    assertTrue(
        reason.startsWith(
            "influence of row 0 would have 8657043456 elements, an array has at most 2147483639;"
                + " BPTT"),
        reason);
  }

  @Test
  void aSequenceThatNoArrayHoldsIsRefusedAtOnce() {
    CompareOptions options =
        small().level(Level.FULL).values(Dimension.LENGTH, List.of(10, 2_147_483_640)).build();
    List<Refusal> refusals = Fixtures.plan(options).refusals();
    assertFalse(refusals.isEmpty());
    for (Refusal refusal : refusals) {
      assertEquals(
          "the sequence would have 2147483640 elements, an array has at most 2147483639; use a"
              + " shorter length or a smaller batch",
          refusal.reason());
    }
  }

  @Test
  void aTaskWithTooLittleDataIsRefusedWhereItIsTooLong() {
    // The text has some 260 000 characters.
    CompareOptions options =
        CompareOptions.builder()
            .level(Level.FULL)
            .values(Dimension.LENGTH, List.of(100, 1_000_000))
            .build();
    List<Refusal> refusals = Fixtures.plan(options).refusals();
    assertTrue(
        refusals.stream().anyMatch(r -> r.reason().contains("length = 1000000: must be at most")),
        refusals.toString());
  }

  @Test
  void slowGradientsAreRefusedWithWhatWouldHelp() {
    CompareOptions options = small().level(Level.QUICK).build();
    ComparePlan plan =
        ComparePlan.of(
            options,
            Fixtures.workbench(options),
            cell -> cell.contender().algorithm() == Algorithm.RTRL ? 2 : 1e-3,
            Fixtures.GIBI,
            0);
    assertTrue(
        plan.cells().stream().noneMatch(p -> p.cell().contender().algorithm() == Algorithm.RTRL));
    String reason = plan.refusals().getFirst().reason();
    assertTrue(
        reason.contains(
            "about 2.00\u202fs; the limit is 1.20\u202fs for --quick (leave out --quick"),
        reason);
    assertTrue(plan.refusals().getFirst().slow());
  }

  @ParameterizedTest
  @EnumSource(
      value = Level.class,
      names = {"QUICK", "STANDARD"})
  void thePlanFitsIntoItsBudgetHoweverManyValuesAreNamed(Level level) {
    List<Integer> many = IntStream.rangeClosed(1, 200).boxed().toList();
    CompareOptions options = small().level(level).values(Dimension.HIDDEN, many).build();
    ComparePlan plan = Fixtures.plan(options);
    assertTrue(plan.seconds() <= level.budgetSeconds(), plan.seconds() + " s");
    assertTrue(plan.refusals().stream().allMatch(Refusal::slow));
    assertFalse(plan.refusals().isEmpty());
    double cells = plan.cells().stream().mapToDouble(Planned::seconds).sum();
    assertTrue(cells < plan.seconds() && cells > 0.7 * plan.seconds(), cells + " s of cells");
  }

  @Test
  void measuringTimeIsThatOfAllIterationsInAllForks() {
    // Quick: one fork of two warm-up iterations of 0.9 s and five of 0.1 s; a gradient of 0 s adds
    // nothing.
    assertEquals(
        ComparePlan.FORK_SECONDS + 2 * 0.9 + 5 * 0.1,
        ComparePlan.measuringSeconds(Level.QUICK, true, 0),
        1e-12);
    // A gradient of 1 s makes each of the seven iterations last 1.5 s on average, and two gradients
    // run cold; it is slow enough to be warmed up on a smaller network first.
    assertEquals(
        ComparePlan.FORK_SECONDS + ComparePlan.SMALLER_SECONDS + 7 * 1.5 + 2,
        ComparePlan.measuringSeconds(Level.QUICK, true, 1),
        1e-12);
    assertEquals(
        3 * ComparePlan.measuringSeconds(Level.STANDARD, false, 0.01),
        ComparePlan.measuringSeconds(Level.STANDARD, true, 0.01),
        1e-12);
  }

  @Test
  void theTextNamesEveryCellAndEveryRefusal() {
    CompareOptions options = small().level(Level.QUICK).build();
    ComparePlan plan =
        ComparePlan.of(options, Fixtures.workbench(options), cell -> 1e-3, Fixtures.GIBI, 60);
    String text = plan.text();
    assertFalse(plan.refusals().isEmpty());
    plan.cells().forEach(p -> assertTrue(text.contains(p.cell().describe(options.base()))));
    plan.refusals().forEach(r -> assertTrue(text.contains(r.what() + ": " + r.reason())));
    List<String> lines = text.lines().toList();
    int title =
        lines.indexOf(lines.stream().filter(l -> l.endsWith("measuring")).findFirst().get());
    for (int i = 1; i <= plan.cells().size(); i++) {
      assertEquals(lines.get(title).length(), lines.get(title + i).length(), lines.get(title + i));
    }
    // 4 h in the words of a reader, not 14400 s.
    var slow = new ComparePlan(plan.options(), plan.cells(), plan.refusals(), 4 * 3600);
    assertTrue(slow.text().contains("about " + Unit.SECONDS.text(4 * 3600)), slow.text());
    assertTrue(slow.summary().contains("about " + Unit.SECONDS.text(4 * 3600)), slow.summary());
    assertTrue(
        plan.summary()
            .contains("not measured for lack of time: %d more".formatted(plan.refusals().size())),
        plan.summary());
  }

  @Test
  void whatDoesNotTakeTheNetworkIsRefusedOnceWithWhatWouldWorkAndTheRestGoesOn() {
    ComparePlan plan = Fixtures.plan(Fixtures.everything().model(Models.LRU).build());
    Set<Algorithm> planned = EnumSet.noneOf(Algorithm.class);
    plan.cells().forEach(cell -> planned.add(cell.cell().contender().algorithm()));
    List<Algorithm> refused =
        plan.refusals().stream().map(refusal -> refusal.cell().contender().algorithm()).toList();
    assertTrue(planned.contains(Algorithm.RTRL_DIAGONAL), planned.toString());
    assertTrue(refused.contains(Algorithm.SNAP_1), refused.toString());
    assertEquals(Set.copyOf(refused).size(), refused.size(), "each once");
    assertEquals(EnumSet.complementOf(EnumSet.copyOf(planned)), EnumSet.copyOf(refused));
    for (Refusal refusal : plan.refusals()) {
      assertTrue(refusal.reason().contains("; use "), refusal.reason());
      assertFalse(refusal.reason().contains("would need"), refusal.reason());
    }
  }

  @Test
  void aRankThatOnlyLargerNetworksHaveIsRefusedWhereItDoesNotFit() {
    CompareOptions options =
        small()
            .level(Level.FULL)
            .algorithms(List.of(Algorithm.LOW_RANK_RTRL))
            .values(Dimension.HIDDEN, List.of(8, 64))
            .values(Dimension.LENGTH, List.of(20))
            .values(Dimension.BATCH, List.of(1))
            .variant(List.of("rank=20"))
            .build();
    ComparePlan plan = Fixtures.plan(options);
    assertTrue(
        plan.refusals().stream().anyMatch(r -> r.reason().contains("rank = 20: must be in [1, 8]")),
        plan.refusals().toString());
    assertTrue(plan.cells().stream().allMatch(p -> p.cell().sizes().hidden() == 64));
    assertFalse(plan.cells().isEmpty());
  }
}
