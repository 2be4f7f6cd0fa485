package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kobai.estimators.Algorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CompareCommandTest {
  @TempDir private Path temporary;

  private record Outcome(int code, String out, String err) {
    List<String> lines() {
      return err.lines().map(line -> line.replace("kobai compare: ", "")).toList();
    }
  }

  /** Runs the command; where it is to fail, into a folder that must not be there afterwards. */
  private Outcome run(String... arguments) {
    var all = new ArrayList<String>(List.of("compare"));
    all.addAll(List.of(arguments));
    if (!all.contains("--out")) {
      all.addAll(List.of("--out", temporary.resolve("new").toString()));
    }
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(all.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    return new Outcome(code, out.toString(), err.toString());
  }

  private void refused(Outcome outcome, String... messages) {
    assertEquals(Main.USAGE, outcome.code(), outcome.err());
    assertEquals(List.of(messages), outcome.lines());
    assertEquals("", outcome.out());
    assertFalse(Files.exists(temporary.resolve("new")), "nothing is left behind");
  }

  @Test
  void networksThatCannotBePutTogetherAreRefused() {
    refused(
        run("--layers", "0", "--embedding", "-1", "--density", "1.5"),
        "layers = 0: must be at least 1",
        "embedding = -1: must be at least 0 (0 is none)",
        "density = 1.5: must be in (0, 1] (1 keeps all recurrent weights)");
    assertFalse(Files.exists(temporary.resolve("new")), "nothing is left behind");
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    refused(
        run(
            "--algorithms", "btpt,rtrl",
            "--hidden", "0",
            "--length", "20",
            "--window", "30",
            "--particles", "5",
            "--alpha", "2",
            "--sigma", "0",
            "--data", temporary.toString()),
        "--algorithms = btpt: must be one of %s (did you mean bptt?)"
            .formatted(
                Stream.of(Algorithm.values())
                    .map(algorithm -> algorithm.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .collect(Collectors.joining(", "))),
        "hidden = 0: must be at least 1",
        "particles = 5: must be an even number ≥ 2 (both halves of an antithetic pair count)",
        "window = 30: must be at most the length, 20 (use a shorter window or a longer sequence)",
        "alpha = 2.0: must be in (0, 1] (1 is a network without leak)",
        "sigma = 0.0: must be a finite number > 0 (0.01 works for most networks)",
        temporary + ": is a folder: must be a file (name one of the files in it)");
  }

  @Test
  void whatCannotBeReadAndWhatMakesNoSenseAreSaidAtOnce() {
    Outcome outcome = run("--model", "lsmt", "--algorithms", "btpt", "--sigma", "-1");
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("--model = lsmt: must be one of"), outcome.err());
    assertTrue(outcome.err().contains("(did you mean lstm?)"), outcome.err());
    assertTrue(outcome.err().contains("(did you mean bptt?)"), outcome.err());
    assertTrue(outcome.err().contains("sigma = -1.0: must be"), outcome.err());
  }

  @Test
  void badInputLeavesNoFolderAboveTheNewOneAndNoLockInAnOldOne() throws IOException {
    Path above = temporary.resolve("above");
    refused(
        run("--sigma", "0", "--out", above.resolve("new").toString()),
        "sigma = 0.0: must be a finite number > 0 (0.01 works for most networks)");
    assertFalse(Files.exists(above), "the folder above was not there before");
    Path old = Files.createDirectory(temporary.resolve("old"));
    refused(
        run("--sigma", "0", "--out", old.toString()),
        "sigma = 0.0: must be a finite number > 0 (0.01 works for most networks)");
    try (Stream<Path> left = Files.list(old)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void aMisspeltTaskIsAnsweredWithTheNearest() {
    Outcome outcome = run("--task", "charcters");
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("--task = charcters: must be one of"), outcome.err());
    assertTrue(outcome.err().contains("(did you mean characters?)"), outcome.err());
  }

  @Test
  void dataThatCannotBeReadIsRefused() throws IOException {
    Path empty = Files.createFile(temporary.resolve("empty.txt"));
    refused(run("--data", empty.toString()), empty + ": is empty: must hold data");
    Path latin = temporary.resolve("latin.txt");
    Files.write(latin, "caf\u00e9 society, and more of it".getBytes(StandardCharsets.ISO_8859_1));
    Outcome outcome = run("--data", latin.toString());
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains(latin + ":1:4: byte 0xE9"), outcome.err());
    Path series = temporary.resolve("series.csv");
    Files.writeString(series, "a,b\n1,2\n3,NaN\n");
    outcome = run("--data", series.toString());
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains(series.toString()), outcome.err());
    assertTrue(outcome.err().contains("NaN"), outcome.err());
    Path missing = temporary.resolve("missing.txt");
    assertTrue(run("--data", missing.toString()).err().contains("does not exist"));
  }

  @Test
  void dataThatIsTooShortForTheSequenceIsRefused() throws IOException {
    Path text = Files.writeString(temporary.resolve("short.txt"), "To be, or not to be.");
    Outcome outcome = run("--data", text.toString());
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("length = 100: must be at most 19"), outcome.err());
  }

  @Test
  void dataForATaskThatReadsNoneIsRefused() throws IOException {
    Path text = Files.writeString(temporary.resolve("a.txt"), "some text");
    Outcome outcome = run("--task", "sine", "--data", text.toString());
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("must not be set for task sine"), outcome.err());
  }

  @Test
  void aFolderThatHoldsARunOrIsAFileIsRefused() throws IOException {
    Path used = Files.createDirectory(temporary.resolve("used"));
    Files.writeString(used.resolve("manifest.json"), "{}");
    Outcome outcome = run("--out", used.toString());
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("it already holds manifest.json"), outcome.err());
    Path file = Files.writeString(temporary.resolve("file"), "");
    outcome = run("--out", file.toString(), "--sigma", "-1");
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("it is a file"), outcome.err());
    assertTrue(outcome.err().contains("sigma = -1.0"), outcome.err());
  }

  @Test
  void quickAndFullExcludeEachOther() {
    refused(
        run("--quick", "--full"), "--quick and --full: must not be given together (choose one)");
  }

  @Test
  void aDryRunPrintsThePlanAndWritesNothing() {
    Outcome outcome =
        run(
            "--dry-run",
            "--quick",
            "--task",
            "sine",
            "--algorithms",
            "all",
            "--hidden",
            "4",
            "--length",
            "8",
            "--window",
            "4",
            "--particles",
            "4");
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("RTRL (K=1)"), outcome.out());
    assertTrue(outcome.out().contains("base point: n = 4, T = 8, K = 4, N = 4"), outcome.out());
    assertFalse(Files.exists(temporary.resolve("new")));
  }

  @Test
  void sizesOfZeroAreRefusedEach() {
    refused(
        run(
            "--hidden", "0",
            "--length", "0",
            "--window", "0",
            "--particles", "0",
            "--batch", "0",
            "--threads", "0",
            "--task", "sine"),
        "hidden = 0: must be at least 1",
        "length = 0: must be at least 1",
        "window = 0: must be at least 1",
        "particles = 0: must be an even number ≥ 2 (both halves of an antithetic pair count)",
        "batch = 0: must be at least 1",
        "threads = 0: must be at least 1");
  }

  @Test
  void scalesThatAreNoNumbersAreRefused() {
    refused(
        run("--sigma", "NaN", "--alpha", "NaN", "--density", "NaN", "--task", "sine"),
        "density = NaN: must be in (0, 1] (1 keeps all recurrent weights)",
        "alpha = NaN: must be in (0, 1] (1 is a network without leak)",
        "sigma = NaN: must be a finite number > 0 (0.01 works for most networks)");
  }

  @Test
  void misspeltSettingsAreAnsweredWithTheNearest() {
    Outcome outcome = run("--set", "rnk=2,burnin=3,rank=0", "--task", "sine");
    assertEquals(Main.USAGE, outcome.code(), outcome.err());
    List<String> lines = outcome.lines();
    assertEquals(3, lines.size(), outcome.err());
    assertTrue(lines.get(0).endsWith("(did you mean rank?)"), outcome.err());
    assertTrue(lines.get(1).endsWith("(did you mean burn-in?)"), outcome.err());
    assertEquals("set rank = 0: must be a whole number ≥ 1", lines.get(2));
  }

  @Test
  void aValueThatIsNotFiniteIsNamedByFileRowAndColumn() throws IOException {
    Path series = Files.writeString(temporary.resolve("series.csv"), "a,b\n1,2\n3,NaN\n");
    Outcome outcome = run("--data", series.toString());
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains(series + ":3:"), outcome.err());
    Path array = temporary.resolve("truncated.npy");
    byte[] whole = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 100, 0, '{'};
    Files.write(array, whole);
    outcome = run("--data", array.toString());
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains(array.toString()), outcome.err());
  }

  @Test
  void aFolderThatCannotBeMadeIsRefused() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "");
    Outcome outcome = run("--out", file.resolve("below").toString(), "--task", "sine");
    assertEquals(Main.USAGE, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains(file.resolve("below").toString()), outcome.err());
  }
}
