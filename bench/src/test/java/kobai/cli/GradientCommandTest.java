package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kobai.data.ArrayData;
import kobai.data.Npy;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Inputs, targets, parameters and the expected gradient were written by NumPy; see {@link
 * VerifyCommandTest}.
 */
final class GradientCommandTest {
  @TempDir private Path folder;

  private record Outcome(int code, String out, String err) {
    List<String> lines() {
      return err.lines().map(line -> line.replace("kobai gradient: ", "")).toList();
    }
  }

  @BeforeEach
  void copy() throws IOException {
    for (String name : List.of("theta.npy", "inputs.npy", "targets.npy", "gradient.npy")) {
      try (InputStream resource =
          GradientCommandTest.class.getResourceAsStream("/kobai/claims/" + name)) {
        Files.copy(resource, folder.resolve(name));
      }
    }
  }

  private Outcome run(String... arguments) {
    var all = new ArrayList<String>(List.of("gradient"));
    for (String name : List.of("theta", "inputs", "targets")) {
      all.addAll(List.of("--" + name, folder.resolve(name + ".npy").toString()));
    }
    all.addAll(List.of(arguments));
    if (!all.contains("--out")) {
      all.addAll(List.of("--out", folder.resolve("out.npy").toString()));
    }
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(all.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    return new Outcome(code, out.toString(), err.toString());
  }

  private ArrayData written() {
    return Npy.readArray(folder.resolve("out.npy"));
  }

  @Test
  void everyExampleOfTheHelpNamesAllThatIsRequired() {
    var out = new StringWriter();
    assertEquals(
        0,
        Main.run(
            new String[] {"gradient", "--help"},
            new PrintWriter(out),
            new PrintWriter(new StringWriter())));
    String help = out.toString();
    String[] examples =
        help.substring(help.indexOf("Examples:"))
            .replaceAll("\\\\\\R", " ")
            .split("kobai gradient ", -1);
    assertEquals(3, examples.length, help); // what stands before the first is none
    for (int i = 1; i < examples.length; i++) {
      for (String option : List.of("--theta ", "--inputs ", "--targets ", "--out ")) {
        assertTrue(examples[i].contains(option), examples[i]);
      }
    }
  }

  @Test
  void aNetworkThatForeignFilesCannotDescribeIsRefusedByItsName() {
    Outcome outcome = run("--model", "gru");
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("model = gru: must be leaky-rnn ("), outcome.err());
  }

  @Test
  void theGradientOfAnotherProgramsFilesIsThatPrograms() throws IOException {
    for (String algorithm : List.of("bptt", "rtrl")) {
      Outcome outcome = run("--alpha", "0.75", "--hidden", "4", "--algorithm", algorithm);
      assertEquals(0, outcome.code(), outcome.err());
      ArrayData expected = Npy.readArray(folder.resolve("gradient.npy"));
      ArrayData got = written();
      assertEquals("(42,)", got.shape());
      for (int p = 0; p < got.count(); p++) {
        // ‖g‖ is 8.8; γ of the longest path, 2 · 6 · (4 + 3 + 2 + 16) = 300 roundings, is 2·10⁻⁵.
        assertEquals(expected.at(p), got.at(p), 8.8 * 2e-5);
      }
      assertTrue(outcome.out().contains("loss         8.19437"), outcome.out());
      assertTrue(
          outcome
              .out()
              .contains("g[0:16]  recurrent [4 x 4], length 1.87363; PyTorch: rnn.weight_hh_l0.T"),
          outcome.out());
    }
  }

  @Test
  void truncationAndSeedsAreTheAlgorithms() throws IOException {
    run("--alpha", "0.75");
    double[] whole = written().doubles();
    Outcome truncated = run("--alpha", "0.75", "--window", "2", "--json");
    JsonNode answer = new ObjectMapper().readTree(truncated.out());
    assertTrue(answer.get("relativeError").asDouble() > 0.01, "windows of two steps are biased");
    assertEquals(5, answer.get("layout").size());
    assertFalse(java.util.Arrays.equals(whole, written().doubles()));
    run("--alpha", "0.75", "--algorithm", "es", "--seed", "3", "--particles", "4");
    double[] first = written().doubles();
    run("--alpha", "0.75", "--algorithm", "es", "--seed", "3", "--particles", "4");
    assertArrayEquals(first, written().doubles());
    run("--alpha", "0.75", "--algorithm", "es", "--seed", "4", "--particles", "4");
    assertFalse(java.util.Arrays.equals(first, written().doubles()));
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnceAndNothingIsWritten() throws IOException {
    Npy.write(folder.resolve("targets.npy"), new float[10], 5, 2);
    Path missing = folder.resolve("none").resolve("out.npy");
    Outcome outcome =
        run(
            "--hidden",
            "3",
            "--alpha",
            "0",
            "--particles",
            "3",
            "--sigma",
            "-1",
            "--window",
            "0",
            "--out",
            missing.toString());
    assertEquals(Main.USAGE, outcome.code());
    String targets = folder.resolve("targets.npy") + ": shape (5, 2) has ";
    String inputs = ", those of " + folder.resolve("inputs.npy") + " (6, 2, 3)";
    assertEquals(
        List.of(
            "alpha = 0.0: must be in (0, 1] (1 is a network without leak)",
            targets + "5 steps: must have 6" + inputs,
            targets + "1 rows: must have 2" + inputs,
            folder.resolve("theta.npy")
                + ": has 42 elements: must have n (n + d + 1) + m (n + 1) = 29 with n = 3 hidden"
                + " units for d = 3 inputs and m = 2 outputs (n = 4 fits)",
            "particles = 3: must be an even number ≥ 2 (both halves of an antithetic pair count)",
            "sigma = -1.0: must be a finite number > 0",
            "window = 0: must be at least 1",
            "out = " + missing + ": must be in a folder that exists and can be written to"),
        outcome.lines());
    assertFalse(Files.exists(missing));
  }

  @Test
  void aWindowBeyondTheLengthIsRefused() {
    Outcome outcome = run("--window", "7");
    assertEquals(Main.USAGE, outcome.code());
    assertEquals(List.of("window = 7: must be at most the length, 6"), outcome.lines());
  }
}
