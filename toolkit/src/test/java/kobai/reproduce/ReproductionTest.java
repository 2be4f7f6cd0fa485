package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import kobai.report.Manifest;
import kobai.report.Revision;
import kobai.report.RunFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReproductionTest {
  private static final int UNITS = 7; // a table, and two methods with three seeds each

  @TempDir private Path base;

  private static SavedRun run(Sample sample, Plan plan, Path path, int threads) throws IOException {
    try (RunFolder folder = RunFolder.create(path)) {
      new Reproduction(plan, folder, Sample.manifest(plan), List.of(), Reproduction.Observer.NONE)
          .run(threads);
    }
    return SavedRun.read(path, sample::named);
  }

  private static SavedRun resumed(Sample sample, Path path) throws IOException {
    try (RunFolder folder = RunFolder.resume(path)) {
      SavedRun saved = SavedRun.read(path, sample::named);
      new Reproduction(
              saved.plan(), folder, saved.manifest(), saved.results(), Reproduction.Observer.NONE)
          .run(2);
    }
    return SavedRun.read(path, sample::named);
  }

  private static byte[] results(Path path) throws IOException {
    return Files.readAllBytes(path.resolve("results.csv"));
  }

  private SavedRun reference() throws IOException {
    Sample sample = Sample.whole();
    return run(sample, sample.plan(1, 1), base.resolve("reference"), 1);
  }

  private static void same(SavedRun expected, SavedRun actual) throws IOException {
    assertEquals(UNITS, actual.results().size());
    assertTrue(RunDifference.of(expected, actual).sameBits());
    assertEquals(
        -1, Arrays.mismatch(results(expected.folder()), results(actual.folder())), "in a byte");
    assertEquals(
        Files.readString(expected.folder().resolve("verdicts.csv")),
        Files.readString(actual.folder().resolve("verdicts.csv")));
  }

  @Test
  void aRunLeavesAllFilesAndItsVerdicts() throws IOException {
    SavedRun run = reference();
    for (String name :
        List.of(
            "manifest.json",
            "results.jsonl",
            "results.csv",
            "seconds.csv",
            "verdicts.csv",
            "verdicts.json",
            "report.html",
            "report.md")) {
      assertTrue(Files.size(run.folder().resolve(name)) > 0, name);
    }
    assertEquals(Reproduction.COMPLETED, run.manifest().exitReason());
    Verdicts verdicts = Verdicts.of(run.plan(), run.results());
    assertEquals(1, verdicts.count(Band.Verdict.PASS));
    String page = Files.readString(run.folder().resolve("report.html"));
    assertTrue(page.contains("✓ PASS") && page.contains("All seeds were run."));
    assertTrue(page.indexOf("✓ PASS") < page.indexOf("Do all bits arrive?"), "verdicts first");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void anyNumberOfThreadsGivesTheSameBits(int threads) throws IOException {
    Sample sample = Sample.whole();
    same(reference(), run(sample, sample.plan(1, 1), base.resolve("threads"), threads));
    assertEquals(UNITS, sample.runs().get());
  }

  @Test
  void shardsJoinToTheSameBitsAndRunEveryUnitOnce() throws IOException {
    Sample sample = Sample.whole();
    var parts = new ArrayList<SavedRun>();
    for (int shard = 1; shard <= 3; shard++) {
      parts.add(run(sample, sample.plan(shard, 3), base.resolve("part" + shard), 2));
      assertTrue(parts.getLast().results().size() >= UNITS / 3);
    }
    assertEquals(UNITS, sample.runs().get());
    Merge merge = Merge.of(List.of(parts.get(2), parts.get(0), parts.get(1)));
    assertEquals(List.of(), merge.missing());
    Path whole = base.resolve("whole");
    try (RunFolder folder = RunFolder.create(whole)) {
      merge.write(folder, Sample.manifest(merge.plan()));
    }
    same(reference(), SavedRun.read(whole, sample::named));
    Merge partial = Merge.of(parts.subList(0, 2));
    assertEquals(parts.get(2).results().size(), partial.missing().size());
  }

  /** Killed after every finished unit, and while the line of the next is written. */
  @Test
  void aRunKilledAtAnyMomentLosesNoFinishedUnitAndEndsWithTheSameBits() throws IOException {
    SavedRun reference = reference();
    byte[] journal = Files.readAllBytes(reference.folder().resolve(RunFolder.JOURNAL));
    Manifest begun = Sample.manifest(reference.plan());
    int finished = 0;
    for (int cut : cuts(journal)) {
      finished = 0;
      for (int i = 0; i < cut; i++) {
        finished += journal[i] == '\n' ? 1 : 0;
      }
      Path path = base.resolve("cut" + cut);
      Files.createDirectories(path);
      Files.writeString(path.resolve(RunFolder.MANIFEST), begun.json());
      Files.write(path.resolve(RunFolder.JOURNAL), Arrays.copyOf(journal, cut));
      Files.writeString(path.resolve(".results.csv.tmp-1"), "half");
      Sample sample = Sample.whole();
      SavedRun killed = SavedRun.read(path, sample::named);
      assertEquals(finished, killed.results().size());
      SavedRun run = resumed(sample, path);
      assertEquals(UNITS - finished, sample.runs().get(), "cut at " + cut);
      same(reference, run);
      assertFalse(Files.exists(path.resolve(".results.csv.tmp-1")));
    }
    assertEquals(UNITS, finished, "the last cut is the whole journal");
  }

  /** After every line and within it, in turn in its middle and just before it ends. */
  private static List<Integer> cuts(byte[] journal) {
    var cuts = new ArrayList<Integer>(List.of(0));
    int start = 0;
    for (int at = 0; at < journal.length; at++) {
      if (journal[at] == '\n') {
        cuts.addAll(List.of(cuts.size() % 4 == 1 ? (start + at) / 2 : at, at + 1));
        start = at + 1;
      }
    }
    return cuts;
  }

  @Test
  void aUnitThatFailsLeavesTheOthersAndIsRunAgain() throws IOException {
    Sample broken = new Sample("b1", 0, new AtomicInteger());
    Path path = base.resolve("broken");
    var failure =
        assertThrows(IllegalStateException.class, () -> run(broken, broken.plan(1, 1), path, 2));
    assertTrue(failure.getMessage().contains("sample, b, seed 1"), failure.getMessage());
    assertEquals(UNITS, broken.runs().get());
    Sample sample = Sample.whole();
    SavedRun saved = SavedRun.read(path, sample::named);
    assertTrue(saved.manifest().exitReason().startsWith("failed: "));
    assertTrue(Files.readString(path.resolve("report.md")).contains("not complete"));
    same(reference(), resumed(sample, path));
    assertEquals(1, sample.runs().get());
  }

  @Test
  void anInterruptedRunHasAReportAndGoesOn() throws IOException {
    Path path = base.resolve("interrupted");
    Sample sample = Sample.whole();
    Plan plan = sample.plan(1, 1);
    try (RunFolder folder = RunFolder.create(path)) {
      var stop = new Reproduction[1];
      var steps = new AtomicLong();
      var observer =
          new Reproduction.Observer() {
            @Override
            public void start(long total) {
              assertEquals(UNITS * Reproduction.STEPS, total);
            }

            @Override
            public void step(long n, String message) {
              if (steps.addAndGet(n) == 2L * Reproduction.STEPS) {
                try {
                  assertTrue(stop[0].finish(Reproduction.INTERRUPTED));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }
            }
          };
      stop[0] = new Reproduction(plan, folder, Sample.manifest(plan), List.of(), observer);
      stop[0].run(1);
      assertFalse(stop[0].finish(Reproduction.COMPLETED), "only the first call counts");
    }
    SavedRun saved = SavedRun.read(path, sample::named);
    assertEquals(2, saved.results().size());
    assertEquals(Reproduction.INTERRUPTED, saved.manifest().exitReason());
    assertTrue(Files.readString(path.resolve("report.md")).contains("2 of its 7 units are done"));
    same(reference(), resumed(sample, path));
  }

  @Test
  void aRunIsGoneOnWithOnlyAsItWasBegun() throws IOException {
    SavedRun reference = reference();
    assertEquals(List.of(), reference.differences(reference.plan()));
    assertFalse(reference.otherCode(Sample.manifest(reference.plan())));
    Sample sample = Sample.whole();
    var fewer = new Study(Sample.NAME, sample, List.of("b"), List.of(0L));
    List<String> differences = reference.differences(new Plan(Scale.FULL, List.of(fewer), 1, 2));
    String text = String.join("\n", differences);
    assertEquals(4, differences.size(), text);
    assertTrue(text.contains("scale: the run has tiny, now asked for are full"), text);
    assertTrue(text.contains("methods of sample: the run has [table, b, a]"), text);
    assertTrue(text.contains("seeds of sample"), text);
    assertTrue(text.contains("shard: the run has 1/1, now asked for are 1/2"), text);
    var other = new Revision("0123", "clean");
    assertTrue(reference.otherCode(Sample.manifest(reference.plan()).of(other)));
  }

  @Test
  void runsThatDisagreeAreNotJoined() throws IOException {
    SavedRun reference = reference();
    var shifted = new Sample("", 1e-16, new AtomicInteger());
    SavedRun other = run(shifted, shifted.plan(1, 1), base.resolve("shifted"), 1);
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> Merge.of(List.of(reference, other)));
    assertTrue(refusal.getMessage().contains("reference"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("shifted"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("uniform = "), refusal.getMessage());
    var otherCode =
        new SavedRun(
            other.folder(),
            other.manifest().of(new Revision("0123", "clean")),
            other.plan(),
            List.of());
    assertThrows(IllegalArgumentException.class, () -> Merge.of(List.of(reference, otherCode)));
  }

  @Test
  void runsOfOtherSeedsAndMethodsAreJoined() throws IOException {
    Sample sample = Sample.whole();
    var some = new Study(Sample.NAME, sample, List.of("a"), List.of(2L, 0L));
    var more = new Study(Sample.NAME, sample, List.of("table", "a"), List.of(1L));
    SavedRun first = run(sample, Plan.of(Scale.TINY, List.of(some)), base.resolve("some"), 1);
    SavedRun second = run(sample, Plan.of(Scale.TINY, List.of(more)), base.resolve("more"), 1);
    Merge merge = Merge.of(List.of(first, second));
    assertEquals(List.of("table", "a"), merge.plan().studies().getFirst().methods());
    assertEquals(List.of(0L, 1L, 2L), merge.plan().studies().getFirst().seeds());
    assertEquals(List.of(), merge.missing());
  }

  @Test
  void whatIsNotARunIsRefused() throws IOException {
    Sample sample = Sample.whole();
    Path path = base.resolve("empty");
    Files.createDirectories(path);
    assertThrows(IllegalArgumentException.class, () -> SavedRun.read(path, sample::named));
    Manifest other = Sample.manifest(sample.plan(1, 1));
    Files.writeString(
        path.resolve(RunFolder.MANIFEST), other.json().replace("methods of", "something of"));
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> SavedRun.read(path, sample::named));
    assertTrue(refusal.getMessage().contains("methods of sample"), refusal.getMessage());
    Files.writeString(path.resolve(RunFolder.MANIFEST), other.json());
    Files.write(
        path.resolve(RunFolder.JOURNAL),
        "{\"experiment\":\"sample\",\"method\":\"c\",\"seed\":0,\"metrics\":[],\"rows\":[],\"seconds\":{}}\n"
            .getBytes(StandardCharsets.UTF_8));
    refusal =
        assertThrows(IllegalArgumentException.class, () -> SavedRun.read(path, sample::named));
    assertTrue(refusal.getMessage().contains("sample, c, seed 0"), refusal.getMessage());
  }
}
