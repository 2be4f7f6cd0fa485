package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kobai.estimators.Algorithm;
import kobai.models.Models;
import kobai.optimisers.Optimisers;
import kobai.optimisers.Schedules;
import kobai.tasks.TaskOption;
import kobai.tasks.Tasks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MainTest {
  /** What a run of the command line gave. */
  private record Outcome(int code, String out, String err) {}

  @Test
  void aMisspeltCommandIsAnsweredWithTheNearest() {
    Outcome outcome = run("lsit", "--bogus");
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(
        outcome.err().startsWith("kobai: unknown command lsit (did you mean list?); one of "),
        outcome.err());
    assertFalse(outcome.err().contains("--bogus"), "it belongs to a command that is not known");
    assertEquals("", outcome.out());
  }

  @Test
  void aMissingCommandIsUsage() {
    Outcome outcome = run();
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().startsWith("kobai: a command is missing; one of "), outcome.err());
  }

  @Test
  void allViolationsOfACommandLineAreReportedAtOnce() {
    Outcome outcome = run("env", "--jsn", "--verson=3", "word");
    assertEquals(Main.USAGE, outcome.code());
    assertEquals(
        List.of(
            "kobai env: unknown option --jsn (did you mean --json?)",
            "kobai env: unknown option --verson (did you mean --version?)",
            "kobai env: unexpected argument word",
            "Try 'kobai env --help'."),
        outcome.err().lines().toList());
  }

  @Test
  void allMisspeltSectionsAreReportedAtOnce() {
    Outcome outcome = run("list", "algoritms", "modles");
    assertEquals(Main.USAGE, outcome.code());
    List<String> lines = outcome.err().lines().toList();
    assertEquals(2, lines.size(), outcome.err());
    assertTrue(lines.get(0).startsWith("kobai list: algoritms: must be one of "), lines.get(0));
    assertTrue(lines.get(0).endsWith("(did you mean algorithms?)"), lines.get(0));
    assertTrue(lines.get(1).endsWith("(did you mean models?)"), lines.get(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compare",
        "list",
        "env",
        "verify",
        "gradient",
        "data",
        "data list",
        "data fetch",
        "train",
        "reproduce",
        "reproduce list",
        "reproduce merge",
        "report",
        "diff"
      })
  void helpIsPlain(String command) {
    String[] words = (command + " --help").split(" ");
    var warnings = new ByteArrayOutputStream(); // picocli's own, past the streams it was given
    PrintStream before = System.err;
    System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
    Outcome outcome;
    try {
      outcome = run(words);
    } finally {
      System.setErr(before);
    }
    assertEquals(0, outcome.code());
    assertEquals("", outcome.err());
    assertEquals("", warnings.toString(StandardCharsets.UTF_8));
    assertFalse(outcome.out().contains("%%"), outcome.out());
    assertFalse(outcome.out().contains("...]..."), "lists of lists: " + outcome.out());
  }

  @Test
  void sectionsAreReadInAnyCase() {
    Outcome outcome = run("list", "Models");
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().startsWith("models\n"), outcome.out());
    assertFalse(outcome.out().contains("algorithms"), outcome.out());
  }

  @Test
  void everyAlgorithmIsListedWithItsClaimsCostsAndSource() throws IOException {
    JsonNode algorithms = json(run("list", "--json")).get("algorithms");
    List<String> names = new ArrayList<>();
    for (JsonNode algorithm : algorithms) {
      names.add(algorithm.get("name").asText());
      for (String fact : List.of("whole", "windows", "target", "time", "memory", "source")) {
        assertFalse(algorithm.get(fact).asText().isBlank(), fact);
      }
    }
    assertEquals(Names.all(Algorithm.class), names);
  }

  @Test
  void everyTaskIsListedWithItsSourceAndItsOptions() throws IOException {
    JsonNode tasks = json(run("list", "tasks", "--json")).get("tasks");
    List<String> names = new ArrayList<>();
    for (JsonNode task : tasks) {
      names.add(task.get("name").asText());
      assertFalse(task.get("source").asText().isBlank());
      for (TaskOption option : Tasks.named(task.get("name").asText()).options()) {
        assertTrue(
            task.get(option.commandName()).asText().contains(String.valueOf(option.most())),
            option.name());
      }
    }
    assertEquals(Names.all(Tasks.class), names);
  }

  @Test
  void theListingForPeopleHoldsTheSameNames() {
    Outcome outcome = run("list");
    List<String> names = new ArrayList<>(Names.all(Algorithm.class));
    names.addAll(Names.all(Tasks.class));
    names.addAll(Names.all(Models.class));
    names.addAll(Names.all(Optimisers.class));
    names.addAll(Names.all(Schedules.class));
    for (String name : names) {
      assertTrue(outcome.out().lines().anyMatch(line -> line.strip().equals(name)), name);
    }
  }

  @Test
  void theEnvironmentIsOneJsonDocumentWithAMeasuredPeak() throws IOException {
    JsonNode environment = json(run("env", "--json"));
    int lanes = environment.get("vectorLanes").asInt();
    assertEquals(environment.get("environment").get("vectorBits").asInt(), lanes * Float.SIZE);
    // Two operations a lane: 0.2 is one vector in 10 ns, slower than any compiled loop but not than
    // an interpreted one;
    // 64 is four vectors a cycle at 8 GHz, more than any core does.
    double peak = environment.get("fmaPeakGflops").asDouble();
    assertTrue(
        peak > 0.2 * lanes && peak < 64.0 * lanes, "peak " + peak + " with " + lanes + " lanes");
    assertEquals(System.getProperty("java.home"), environment.get("javaHome").asText());
    assertFalse(
        environment.get("revision").get("commit").asText().contains("$"), "the build fills it in");
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "env", "verify", "gradient", "data"})
  void everyCommandHasHelpWithExamplesAndExitCodes(String command) {
    Outcome outcome = run(command, "--help");
    assertEquals(0, outcome.code());
    assertTrue(outcome.out().contains("Examples:"), outcome.out());
    assertTrue(outcome.out().contains("  kobai " + command), outcome.out());
    assertTrue(outcome.out().contains("Exit codes:"), outcome.out());
    assertFalse(outcome.out().contains("\u001b"), "no colours outside a terminal");
    assertEquals("", outcome.err());
  }

  @Test
  void theVersionNamesTheCommit() {
    Outcome outcome = run("--version");
    assertEquals(0, outcome.code());
    String first = outcome.out().lines().findFirst().orElseThrow();
    assertTrue(
        first.matches("kobai \\d\\S* \\(commit ([0-9a-f]{10}, (clean|modified)|unknown)\\)"),
        first);
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    assertEquals(0, outcome.code(), outcome.err());
    return new ObjectMapper().readTree(outcome.out());
  }

  private static Outcome run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
    return new Outcome(code, out.toString(), err.toString());
  }
}
