package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.reproduce.Experiments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReproduceCommandTest {
  private static final String NAME = "influence-balancing";

  @TempDir private Path folder;

  private record Outcome(int code, String out, String err) {}

  private static Outcome run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
    return new Outcome(code, out.toString(), err.toString());
  }

  private Outcome reproduce(String name, String... more) {
    var args =
        new ArrayList<>(List.of("reproduce", NAME, "--tiny", "--no-progress", "--out", path(name)));
    args.addAll(List.of(more));
    return run(args.toArray(String[]::new));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void everyExperimentIsListed() throws IOException {
    Outcome outcome = run("reproduce", "list");
    assertEquals(0, outcome.code(), outcome.err());
    var json = new ObjectMapper().readTree(run("reproduce", "list", "--json").out());
    assertEquals(Experiments.values().length, json.size());
    for (int i = 0; i < json.size(); i++) {
      String name = Experiments.values()[i].commandName();
      assertEquals(name, json.get(i).get("name").asText());
      assertTrue(outcome.out().contains(name + ": "), name);
      assertTrue(json.get(i).get("claims").asInt() > 0, name);
      assertTrue(
          json.get(i).get("time").asText().matches("about .+ of one core, with --full .+"), name);
    }
  }

  @Test
  void whatCannotBeReadAndWhatMakesNoSenseAreSaidAtOnce() {
    Outcome outcome = run("reproduce", "lorentz", "--threads", "x", "--seeds", "3..1");
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("--threads = x: must be a whole number"), outcome.err());
    assertTrue(outcome.err().contains("(did you mean lorenz?)"), outcome.err());
    assertTrue(outcome.err().contains("--seeds = 3..1: must be"), outcome.err());
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnceAndNothingIsWritten() {
    Outcome outcome =
        run(
            "reproduce",
            "influence-balancng",
            "--seeds",
            "3..1",
            "--shard",
            "4/3",
            "--threads",
            "0",
            "--out",
            path("wrong"));
    assertEquals(Main.USAGE, outcome.code());
    for (String part :
        List.of(
            "did you mean influence-balancing?",
            "--seeds = 3..1: must be",
            "--shard = 4/3: must be i/n",
            "--threads = 0: must be at least 1")) {
      assertTrue(outcome.err().contains(part), outcome.err());
    }
    outcome = run("reproduce", NAME, "--methods", "pse", "--out", path("wrong"));
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("--methods = pse: must be one of "), outcome.err());
    assertTrue(outcome.err().contains("(did you mean pes?)"), outcome.err());
    outcome = run("reproduce", "--out", path("wrong"));
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("an experiment is missing"), outcome.err());
    assertEquals(Main.USAGE, run("reproduce", NAME, "--force", "--full", "--tiny").code());
    assertFalse(Files.exists(folder.resolve("wrong")));
  }

  @Test
  void shardsJoinToTheRunAndTheRunIsItself() throws IOException {
    String[] little = {"--methods", "truncated-gradients,rtrl,dodge", "--seeds", "0,2..3"};
    Outcome whole = reproduce("whole", little);
    assertEquals(0, whole.code(), whole.err());
    assertTrue(
        whole.err().contains("influence-balancing, tiny: 3 methods, 3 seeds: 5 units to run"),
        whole.err());
    assertTrue(whole.err().contains("about 1 s on "), whole.err());
    assertTrue(whole.out().contains("pass     influence-balancing: A gradient truncated"));
    assertTrue(whole.out().contains("2 pass, 0 fail, 0 not run"), whole.out());
    assertEquals(Main.USAGE, reproduce("whole", little).code(), "a run is not written over");
    for (int shard = 1; shard <= 2; shard++) {
      var args = new ArrayList<>(Arrays.asList(little));
      args.addAll(List.of("--shard", shard + "/2", "--threads", "1"));
      reproduce("part" + shard, args.toArray(String[]::new));
    }
    Outcome merge =
        run("reproduce", "merge", path("part1"), path("part2"), "--out", path("merged"));
    assertEquals(0, merge.code(), merge.err());
    assertEquals(
        -1,
        Arrays.mismatch(
            Files.readAllBytes(folder.resolve("whole/results.csv")),
            Files.readAllBytes(folder.resolve("merged/results.csv"))));
    Outcome diff = run("diff", path("whole"), path("merged"), "--exact");
    assertEquals(0, diff.code(), diff.out());
    assertTrue(diff.out().endsWith("the same to the last bit\n"), diff.out());
    diff = run("diff", path("whole"), path("part1"));
    assertEquals(Main.CHECK_FAILED, diff.code());
    assertTrue(diff.out().contains("only in the first: influence-balancing"), diff.out());
  }

  @Test
  void aKilledRunGoesOnAsItWasBegunAndNoOther() throws IOException {
    String[] little = {"--methods", "rtrl,dodge", "--seeds", "0..3"};
    reproduce("run", little);
    Path journal = folder.resolve("run/results.jsonl");
    byte[] expected = Files.readAllBytes(folder.resolve("run/results.csv"));
    byte[] lines = Files.readAllBytes(journal);
    Files.write(journal, Arrays.copyOf(lines, lines.length / 2));
    Files.delete(folder.resolve("run/results.csv"));
    Outcome other = run("reproduce", NAME, "--tiny", "--resume", path("run"), "--methods", "rtrl");
    assertEquals(Main.USAGE, other.code());
    assertTrue(other.err().contains("methods of influence-balancing: the run has "), other.err());
    Outcome resumed = run("reproduce", "--resume", path("run"), "--no-progress");
    assertEquals(0, resumed.code(), resumed.err());
    assertTrue(resumed.err().contains(" of 5 units are done already"), resumed.err());
    assertEquals(
        -1, Arrays.mismatch(expected, Files.readAllBytes(folder.resolve("run/results.csv"))));
    Path manifest = folder.resolve("run/manifest.json");
    Files.writeString(
        manifest,
        Files.readString(manifest).replaceFirst("\"commit\" : \"[^\"]*\"", "\"commit\" : \"0\""));
    Outcome old = run("reproduce", "--resume", path("run"), "--no-progress");
    assertEquals(Main.USAGE, old.code());
    assertTrue(old.err().contains("it was begun by commit 0"), old.err());
    assertEquals(0, run("reproduce", "--resume", path("run"), "--no-progress", "--force").code());
    assertEquals(Main.USAGE, run("reproduce", "--resume", path("nowhere")).code());
  }

  @Test
  void runsAreDrawnAgainAndTogether() throws IOException {
    String[] little = {"--methods", "rtrl"};
    reproduce("one", little);
    reproduce("two", little);
    Files.delete(folder.resolve("one/report.html"));
    assertEquals(0, run("report", path("one")).code());
    assertTrue(Files.size(folder.resolve("one/report.html")) > 0);
    assertEquals(Main.USAGE, run("report", path("one"), path("two")).code(), "where to?");
    assertEquals(0, run("report", path("one"), path("two"), "--out", path("both")).code());
    String page = Files.readString(folder.resolve("both/report.md"));
    assertTrue(page.contains("### one (commit") && page.contains("### two (commit"), page);
    Outcome none = run("report", path("none"), path("three"), "--out", path("both"));
    assertEquals(Main.USAGE, none.code());
    assertEquals(2, none.err().lines().count(), none.err());
  }

  @Test
  void seedsAreListsAndRanges() {
    assertEquals(List.of(0L, 1L, 2L), SeedList.parse("0..2"));
    assertEquals(List.of(0L, 3L, 5L, 6L), SeedList.parse("5..6, 3,0,3"));
    for (String wrong : List.of("", "a", "1..", "-1", "2..1", "0..10000000", "1,,2")) {
      assertThrows(IllegalArgumentException.class, () -> SeedList.parse(wrong), wrong);
    }
  }
}
