package kobai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import kobai.data.ArrayData;
import kobai.data.Npy;
import kobai.estimators.Algorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The files that stand for another program were written by NumPy 2.4.6, the gradient by complex
 * steps through its own network.
 */
final class VerifyCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path temporary;

  private record Outcome(int code, String out, String err) {
    List<String> lines() {
      return err.lines().map(line -> line.replace("kobai verify: ", "")).toList();
    }

    List<JsonNode> json() throws IOException {
      List<JsonNode> nodes = new ArrayList<>();
      for (String line : out.lines().toList()) {
        nodes.add(JSON.readTree(line));
      }
      return nodes;
    }
  }

  @Test
  void whatCannotBeReadAndWhatMakesNoSenseAreSaidAtOnce() {
    Outcome outcome = run("pse", "--tier", "t9", "--seed", "1.5", "--tolerance", "-1");
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("--seed = 1.5: must be a whole number"), outcome.err());
    assertTrue(outcome.err().contains("(did you mean pes?)"), outcome.err());
    assertTrue(outcome.err().contains("tier = T9"), outcome.err());
    assertTrue(outcome.err().contains("tolerance = -1.0"), outcome.err());
  }

  @Test
  void theReportDoesNotSpeakOfTiersThatWereNotAskedFor() throws IOException {
    assertEquals(0, run("bptt", "--tier", "t0", "--claim", "whole").code());
    String page = Files.readString(report().resolve("report.md"));
    assertTrue(page.contains("On every network"), page);
    assertFalse(page.contains("T3 were tried"), page);
  }

  private Path report() {
    return temporary.resolve("report");
  }

  private Outcome run(String... arguments) {
    return runInto(report(), arguments);
  }

  private Outcome runInto(Path folder, String... arguments) {
    var all = new ArrayList<String>(List.of("verify"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--no-progress", "--out", folder.toString()));
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(all.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    return new Outcome(code, out.toString(), err.toString());
  }

  private void refused(Outcome outcome, String... messages) {
    assertEquals(Main.USAGE, outcome.code(), outcome.err());
    assertEquals(List.of(messages), outcome.lines());
    assertEquals("", outcome.out());
    assertFalse(Files.exists(report()), "nothing is left behind");
  }

  /** A folder with copies of these resources; a name may be given after a colon. */
  private Path external(String... names) throws IOException {
    Path folder = Files.createDirectory(temporary.resolve("external"));
    for (String name : names) {
      String[] parts = name.split(":");
      try (InputStream resource =
          VerifyCommandTest.class.getResourceAsStream("/kobai/claims/" + parts[0])) {
        Files.copy(resource, folder.resolve(parts[parts.length - 1]));
      }
    }
    return folder;
  }

  private Path network(String... more) throws IOException {
    List<String> names =
        new ArrayList<>(List.of("theta.npy", "inputs.npy", "targets.npy", "model.json"));
    names.addAll(List.of(more));
    return external(names.toArray(String[]::new));
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    refused(
        run(
            "btpt",
            "es",
            "--tier",
            "t9,t1",
            "--tolerance",
            "0",
            "--alpha",
            "0.7",
            "--beta",
            "0",
            "--threads",
            "0",
            "--budget",
            "0s",
            "--seed",
            "1",
            "--fresh-seed"),
        "--seed and --fresh-seed: must not be given together (choose one)",
        "btpt: must be one of %s (did you mean bptt?)"
            .formatted(String.join(", ", Names.all(Algorithm.class))),
        "tier = T9: must be one of T0, T1, T2, T3, T4, T5",
        "tolerance = 0.0: must be a finite number > 0 (0.05 is 5 % of the gradient)",
        "alpha = 0.7: must be in (0, 0.5) (1e-11 keeps a hundred checks below 1e-9)",
        "beta = 0.0: must be in (0, 0.5) (1e-4 is the default)",
        "threads = 0: must be at least 1",
        "budget = 0.0s: must be longer than 0 (60s, say)");
  }

  @Test
  void aTierThatAppliesToNothingIsRefused() {
    refused(
        run("bptt", "--tier", "t1"),
        "--tier = t1: must apply to one of the algorithms (t0 is for deterministic ones, t1 to t5"
            + " for stochastic ones)");
  }

  @Test
  void aTimeThatIsNoneIsRefused() {
    Outcome outcome = run("--budget", "soon");
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(
        outcome.err().contains("--budget = soon: must be a time such as 60s, 2m or 500ms"),
        outcome.err());
  }

  @Test
  void exactClaimsHoldAndABiasedOneShowsItsBias() throws IOException {
    Outcome outcome = run("bptt,rtrl", "--model", "leaky-rnn", "--json");
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("5 checks, about "), outcome.err());
    List<String> checks = new ArrayList<>();
    for (JsonNode node : outcome.json()) {
      assertTrue(node.get("passed").asBoolean(), node.toString());
      checks.add(
          "%s %s %s %s"
              .formatted(
                  node.get("algorithm").asText(),
                  node.get("scope").asText(),
                  node.get("tier").asText(),
                  node.get("verdict").asText()));
    }
    assertEquals(
        List.of(
            "bptt whole T0 UNBIASED",
            "bptt windows T0 UNBIASED",
            "bptt windows T3 BIASED",
            "rtrl whole T0 UNBIASED",
            "rtrl windows T0 UNBIASED"),
        checks);
    for (String name :
        List.of("manifest.json", "results.csv", "results.jsonl", "report.html", "report.md")) {
      assertTrue(Files.size(report().resolve(name)) > 0, name);
    }
    String text = Files.readString(report().resolve("report.md"));
    assertTrue(text.contains("Yes. BPTT and RTRL were checked"), text);
    assertEquals(outcome.out(), Files.readString(report().resolve("results.jsonl")));
  }

  @Test
  void theReplayedCommandDrawsTheSameWithAnyNumberOfThreads() throws IOException {
    String[] options = {
      "es",
      "pes",
      "--claim",
      "whole",
      "--tier",
      "t3,t4",
      "--model",
      "leaky-rnn",
      "--tolerance",
      "0.2",
      "--seed",
      "7",
      "--json"
    };
    List<JsonNode> all = run(options).json();
    assertEquals(4, all.size());
    JsonNode last = all.getLast();
    List<String> replay = new ArrayList<>(List.of(last.get("replay").asText().split(" ")));
    assertEquals(List.of("kobai", "verify"), replay.subList(0, 2));
    replay.addAll(List.of("--json", "--threads", "1"));
    Outcome again =
        runInto(
            temporary.resolve("again"), replay.subList(2, replay.size()).toArray(String[]::new));
    assertEquals(0, again.code(), again.err());
    JsonNode repeated = again.json().getLast();
    assertEquals(last.get("finding"), repeated.get("finding"));
    assertEquals(last.get("samples"), repeated.get("samples"));
    replay.set(replay.indexOf("7"), "8");
    JsonNode other =
        runInto(temporary.resolve("other"), replay.subList(2, replay.size()).toArray(String[]::new))
            .json()
            .getLast();
    assertNotEquals(last.get("finding"), other.get("finding"), "another seed draws otherwise");
  }

  @Test
  void whatTheBudgetDoesNotSufficeForFailsWithTheCommandThatRepeatsIt() throws Exception {
    Outcome outcome =
        run(
            "es",
            "--model",
            "leaky-rnn",
            "--claim",
            "windows",
            "--tier",
            "t3",
            "--tolerance",
            "0.001",
            "--budget",
            "1500ms");
    assertEquals(Main.CHECK_FAILED, outcome.code(), outcome.err());
    assertTrue(
        outcome
            .err()
            .contains("es, windows, T3 samples: UNDECIDED: not decided within the budget of 1.5s"),
        outcome.err());
    assertTrue(
        outcome
            .err()
            .contains(
                "repeat it by: kobai verify es --claim windows --tier t3 --seed 20261121"
                    + " --model leaky-rnn --tolerance 0.001"),
        outcome.err());
    assertTrue(
        Files.readString(report().resolve("report.md"))
            .startsWith("# Do the gradients keep their promises?\n\nNot shown."));
    long patience = System.nanoTime() + 20_000_000_000L;
    while (running("verified estimator") && System.nanoTime() < patience) {
      Thread.sleep(10);
    }
    assertFalse(
        running("verified estimator"), "what was given up does not go on in the background");
  }

  private static boolean running(String thread) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(one -> one.getName().equals(thread));
  }

  @Test
  void aFreshSeedIsPrintedAndStored() throws IOException {
    Outcome outcome = run("bptt", "--model", "leaky-rnn", "--claim", "whole", "--fresh-seed");
    assertEquals(0, outcome.code(), outcome.err());
    String seed = outcome.lines().getFirst().replace("seed: ", "");
    assertTrue(seed.matches("\\d+"), seed);
    assertTrue(Files.readString(report().resolve("manifest.json")).contains(seed));
  }

  @Test
  void aGradientOfAnotherProgramAgreesToDoublePrecision() throws IOException {
    Outcome outcome = run("--external", network("gradient.npy").toString(), "--json");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode answer = outcome.json().getFirst();
    // α = 0.75 and θ are exact in float32, so nothing but double rounding is left: 10⁻¹⁶ times the
    // cancellation.
    assertTrue(answer.get("biasUpper").asDouble() < 1e-14, answer.toString());
    assertTrue(
        Files.readString(report().resolve("manifest.json")).contains("gradient.npy"),
        "its hash is kept");
  }

  @Test
  void aGradientInThePyTorchLayoutIsNamedAsSuch() throws IOException {
    Outcome outcome = run("--external", network("gradient-transposed.npy:gradient.npy").toString());
    assertEquals(Main.CHECK_FAILED, outcome.code(), outcome.err());
    assertTrue(
        outcome
            .out()
            .contains("gradient.npy: differs from the expected gradient (relative error 0.6"),
        outcome.out());
    assertTrue(
        outcome
            .out()
            .contains(
                "likely: every matrix of the gradient is stored [to × from], as PyTorch does"),
        outcome.out());
    assertTrue(outcome.err().contains("repeat it by: kobai verify --external "), outcome.err());
    assertTrue(Files.readString(report().resolve("report.md")).contains("No, something is wrong"));
  }

  /**
   * Another program's network, in plain loops with central differences: right where it is told to
   * be what model.json says.
   *
   * @param detached whether the state before every step is held constant
   */
  private record Foreign(
      double alpha, DoubleUnaryOperator activation, boolean detached, double scale) {
    private static final int N = 4;
    private static final int D = 3;
    private static final int M = 2;

    private double loss(double[] theta, double[] held, ArrayData x, ArrayData y) {
      int steps = x.size(0);
      int rows = x.size(1);
      double sum = 0;
      for (int row = 0; row < rows; row++) {
        double[] state = new double[N];
        double[] before = new double[N];
        for (int t = 0; t < steps; t++) {
          state = step(theta, detached ? before : state, x, (t * rows + row) * D);
          before = step(held, before, x, (t * rows + row) * D);
          for (int k = 0; k < M; k++) {
            double z = theta[(N + D + 1) * N + N * M + k];
            for (int i = 0; i < N; i++) {
              z += state[i] * theta[(N + D + 1) * N + i * M + k];
            }
            z -= y.at((t * rows + row) * M + k);
            sum += z * z / 2 / rows;
          }
        }
      }
      return scale * sum;
    }

    private double[] step(double[] theta, double[] state, ArrayData x, int at) {
      double[] next = new double[N];
      for (int i = 0; i < N; i++) {
        double u = theta[(N + D) * N + i];
        for (int j = 0; j < N + D; j++) {
          u += (j < N ? state[j] : x.at(at + j - N)) * theta[j * N + i];
        }
        next[i] = (1 - alpha) * state[i] + alpha * activation.applyAsDouble(u);
      }
      return next;
    }

    double[] gradient(Path folder) {
      double[] theta = Npy.readArray(folder.resolve("theta.npy")).doubles();
      ArrayData x = Npy.readArray(folder.resolve("inputs.npy"));
      ArrayData y = Npy.readArray(folder.resolve("targets.npy"));
      double[] gradient = new double[theta.length];
      double h = 1e-5;
      for (int p = 0; p < theta.length; p++) {
        double[] moved = theta.clone();
        moved[p] = theta[p] + h;
        gradient[p] = loss(moved, theta, x, y) / (2 * h);
        moved[p] = theta[p] - h;
        gradient[p] -= loss(moved, theta, x, y) / (2 * h);
      }
      return gradient;
    }
  }

  private static double sigmoid(double u) {
    return 1 / (1 + Math.exp(-u));
  }

  private static Stream<Arguments> mistakes() {
    DoubleUnaryOperator tanh = Math::tanh;
    DoubleUnaryOperator sigmoid = VerifyCommandTest::sigmoid;
    return Stream.of(
        Arguments.of(new Foreign(0.75, tanh, false, 1), ""),
        Arguments.of(new Foreign(0.75, tanh, true, 1), "the state is held constant before every"),
        Arguments.of(new Foreign(0.75, tanh, false, 1 / 6.0), "averaged over the steps instead"),
        Arguments.of(new Foreign(0.75, tanh, false, 2), "summed over the rows of the batch"),
        Arguments.of(new Foreign(0.75, sigmoid, false, 1), "the activation is sigmoid"),
        Arguments.of(new Foreign(0.75, u -> u, false, 1), "the activation is identity"),
        Arguments.of(new Foreign(0.25, tanh, false, 1), "alpha is the share that is kept"),
        Arguments.of(new Foreign(1, tanh, false, 1), "the network has no leak (alpha = 1)"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aUsualMistakeOfAnotherProgramHasItsName(Foreign program, String name) throws IOException {
    Path folder = network();
    Npy.write(folder.resolve("gradient.npy"), program.gradient(folder), 42);
    Outcome outcome = run("--external", folder.toString(), "--json");
    JsonNode answer = outcome.json().getFirst();
    List<String> names = new ArrayList<>();
    answer.get("diagnosis").forEach(line -> names.add(line.asText()));
    assertEquals(name.isEmpty() ? 0 : Main.CHECK_FAILED, outcome.code(), outcome.err());
    assertEquals(name.isEmpty(), names.isEmpty(), names::toString);
    assertTrue(
        name.isEmpty() || names.stream().anyMatch(line -> line.contains(name)), names::toString);
    assertTrue(names.size() <= 3, () -> "a name that fits everything says nothing: " + names);
  }

  @Test
  void tooFewSamplesAreUndecidedWithTheNumberThatIsMissing() throws IOException {
    Outcome outcome = run("--external", network("samples.npy").toString(), "--json");
    assertEquals(Main.CHECK_FAILED, outcome.code(), outcome.err());
    JsonNode answer = outcome.json().getFirst();
    assertEquals("UNDECIDED", answer.get("verdict").asText());
    assertEquals(48, answer.get("samples").asInt());
    // The pilot and three blocks at least: 1024 + 3 · 256, less what is there.
    assertTrue(answer.get("missing").asLong() >= 1024 + 3 * 256 - 48, answer.toString());
    assertTrue(outcome.err().contains("not decided: more estimates are needed"), outcome.err());
  }

  /** Forward gradients ⟨v, g⟩ v times a factor, so that the mean is the factor times g. */
  private static void samples(Path folder, int rows, double factor) throws IOException {
    ArrayData exact = Npy.readArray(folder.resolve("exact.npy"));
    var random = new SplittableRandom(3);
    int count = exact.count();
    float[] samples = new float[rows * count];
    double[] v = new double[count];
    for (int row = 0; row < rows; row++) {
      double along = 0;
      for (int p = 0; p < count; p++) {
        v[p] = random.nextGaussian();
        along += v[p] * exact.at(p);
      }
      for (int p = 0; p < count; p++) {
        samples[row * count + p] = (float) (factor * along * v[p]);
      }
    }
    Npy.write(folder.resolve("samples.npy"), samples, rows, count);
  }

  @Test
  void samplesAreTestedAgainstAnExactGradientWithoutAnyModelOfOurs() throws IOException {
    Path folder = external("gradient.npy:exact.npy");
    Files.writeString(
        folder.resolve("model.json"), "{\"tensors\": {\"all but two\": [8, 5], \"rest\": [2]}}");
    samples(folder, 12_000, 1);
    Outcome right = run("--external", folder.toString(), "--tolerance", "0.15");
    assertEquals(0, right.code(), right.err() + right.out());
    assertTrue(right.out().contains("samples.npy: unbiased: "), right.out());
    assertTrue(right.out().contains("all but two"), right.out());
    samples(folder, 12_000, 0.5);
    Outcome half =
        runInto(temporary.resolve("half"), "--external", folder.toString(), "--tolerance", "0.15");
    assertEquals(Main.CHECK_FAILED, half.code(), half.err());
    assertTrue(half.out().contains("likely: factor ½"), half.out());
    assertTrue(half.out().contains("The gradients do not agree."), half.out());
  }

  @Test
  void anExactGradientBesideItsNetworkIsTheTargetAndIsComparedWithIt() throws IOException {
    Path folder = network("gradient.npy", "gradient-transposed.npy:exact.npy");
    Outcome outcome = run("--external", folder.toString());
    assertEquals(
        Main.CHECK_FAILED, outcome.code(), "the gradient is right, but not what exact.npy says");
    assertTrue(outcome.err().contains("note: exact.npy is off by 0.6"), outcome.err());
    assertTrue(outcome.out().contains("recurrent"), outcome.out());
    assertFalse(Files.readString(report().resolve("report.md")).contains("verify verify"));
  }

  @Test
  void aFolderThatIsIncompleteIsRefusedWithEverythingThatIsMissing() throws IOException {
    Path folder = Files.createDirectory(temporary.resolve("external"));
    refused(
        run("bptt", "--tier", "t0", "--external", folder.toString()),
        "--external: must stand without names of algorithms (it checks the files in its folder)",
        "--external: must stand without --tier, --claim, --model and --budget (they are for the"
            + " algorithms of 'kobai list')",
        folder
            + ": has neither model.json nor exact.npy: must have one of them (model.json describes"
            + " the network, exact.npy holds the expected gradient [P])",
        folder
            + ": has neither gradient.npy nor samples.npy: must have what is to be checked"
            + " (gradient.npy is one gradient [P], samples.npy estimates [S x P])");
    Path none = temporary.resolve("none");
    refused(
        run("--external", none.toString()),
        "external = %s: must be a folder with theta.npy, inputs.npy, targets.npy, model.json and gradient.npy or samples.npy"
            .formatted(none));
  }

  @Test
  void everyMistakeInTheFilesIsSaidAtOnce() throws IOException {
    Path folder =
        external("theta.npy", "targets.npy", "targets.npy:gradient.npy", "gradient.npy:inputs.npy");
    Files.writeString(
        folder.resolve("model.json"),
        "{\"hiden\": 4, \"alpha\": 2, \"activation\": \"tan\", \"hidden\": \"4\", \"tensors\":"
            + " {}}");
    refused(
        run("--external", folder.toString()),
        folder.resolve("model.json")
            + ": key 'hiden': must be one of activation, alpha, hidden, loss, model, tensors",
        folder.resolve("model.json")
            + ": activation = \"tan\": must be one of tanh, sigmoid, relu, identity",
        folder.resolve("model.json") + ": hidden = \"4\": must be a whole number",
        folder.resolve("model.json")
            + ": key 'tensors': must stand beside exact.npy alone (the network knows its tensors)",
        "alpha = 2.0: must be in (0, 1] (1 is a network without leak)",
        folder.resolve("inputs.npy")
            + ": shape (42,): must be [T x d] or [T x B x d] (one input: reshape(-1, 1))",
        folder.resolve("gradient.npy") + ": shape (6, 2, 2): must be [P], one number a parameter");
  }

  @Test
  void sizesThatDoNotFitAreNamedWithTheOneThatWould() throws IOException {
    Path folder = network("samples.npy");
    Files.writeString(
        folder.resolve("model.json"), "{\"hidden\": 5, \"loss\": \"softmax-cross-entropy\"}");
    Npy.write(folder.resolve("samples.npy"), new double[6], 3, 2);
    Outcome outcome = run("--external", folder.toString());
    assertEquals(Main.USAGE, outcome.code());
    List<String> lines = outcome.lines();
    assertEquals(3, lines.size(), outcome.err());
    assertTrue(lines.get(0).contains("targets.npy: row 1 sums to "), lines.get(0));
    assertTrue(lines.get(0).contains("must be a distribution or all zeros"), lines.get(0));
    assertEquals(
        folder.resolve("theta.npy")
            + ": has 42 elements: must have n (n + d + 1) + m (n + 1) = 57 with n = 5 hidden units"
            + " for d = 3 inputs and m = 2 outputs (n = 4 fits)",
        lines.get(1));
    assertTrue(
        lines.get(2).contains("samples.npy: has 3 samples: must have at least 4"), lines.get(2));
  }

  @Test
  void jsonThatIsNoneIsRefusedWithItsLine() throws IOException {
    Path folder = network("gradient.npy");
    Files.writeString(folder.resolve("model.json"), "{\"hidden\": 4,\n \"hidden\": 5}");
    Outcome outcome = run("--external", folder.toString());
    assertEquals(Main.USAGE, outcome.code());
    assertTrue(outcome.err().contains("model.json: line 2, column "), outcome.err());
    assertTrue(outcome.err().contains("must be JSON (Duplicate field 'hidden')"), outcome.err());
  }
}
