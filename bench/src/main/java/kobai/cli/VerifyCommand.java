package kobai.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import jdk.incubator.vector.FloatVector;
import kobai.claims.ClaimCell;
import kobai.claims.ClaimOptions;
import kobai.claims.ClaimOutcome;
import kobai.claims.ClaimRun;
import kobai.claims.ExternalCheck;
import kobai.claims.ExternalFolder;
import kobai.claims.ExternalOptions;
import kobai.claims.Refusal;
import kobai.claims.Scope;
import kobai.estimators.Algorithm;
import kobai.report.Environment;
import kobai.report.Manifest;
import kobai.report.RunFolder;
import kobai.reproduce.Forecast;
import kobai.verify.Budget;
import kobai.verify.ReferenceNetwork;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kobai verify}: whether gradients are what they are said to be. */
@Command(
    name = "verify",
    description = {
      "Checks that every algorithm gives the gradient that it claims to give, and writes a report.",
      "",
      "T0 compares with double precision; T1 computes the exact mean by designs, without chance; T2"
          + " looks at its order in sigma; T3 is a sequential test on real random numbers; T4"
          + " compares the variance with theory; T5 checks the random numbers themselves. A claim"
          + " of being biased is checked too: the bias has to show.",
      "",
      "On two cores all algorithms take about a minute, and about five with --model all; smaller"
          + " tolerances take longer, as 1/e^2. Before it begins it says how long its checks took"
          + " on another machine.",
      "",
      "With --external it checks the gradients of another program. The folder holds",
      "  theta.npy     the parameters [P], in the layout that 'kobai gradient' shows",
      "  inputs.npy    [T x d] or [T x B x d]",
      "  targets.npy   [T x m] or [T x B x m]",
      "  model.json    {\"hidden\": 5, \"alpha\": 0.6, \"activation\": \"tanh\", \"loss\":"
          + " \"squared-error\"}",
      "and what is to be checked:",
      "  gradient.npy  one gradient [P], or",
      "  samples.npy   independent stochastic estimates [S x P].",
      "Where it holds exact.npy, the expected gradient [P], none of the first four is needed;"
          + " model.json may then name the tensors: {\"tensors\": {\"W\": [5, 5], \"b\": [5]}}."
    },
    footer = {
      "",
      "Examples:",
      "  kobai verify",
      "  kobai verify pes es --tier t1,t3",
      "  kobai verify uoro --model all",
      "  kobai verify --tolerance 0.02 --fresh-seed --budget 10m",
      "  kobai verify --external my-gradients --json"
    })
final class VerifyCommand implements Callable<Integer>, Checked {
  private static final ObjectMapper LINES = new ObjectMapper();

  // More pairs that do not go together than this are left to the report.
  private static final int MOST_REFUSALS = 5;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "ALGORITHM",
      description = "What to check; 'kobai list' shows the names. Default: all.")
  private List<String> algorithms = List.of();

  @Option(
      names = "--model",
      split = ",",
      paramLabel = "<name>",
      description =
          "Networks to try them on in full, or all: those of 'kobai list', and stacked,"
              + " stacked-diagonal, embedding, sparse and mlp (dense layers, T = 1). Default:"
              + " leaky-rnn in full, the others in T0, T1 and T3 at a tolerance of 0.2.")
  private List<String> models = List.of();

  @Option(
      names = "--tier",
      split = ",",
      paramLabel = "<t>",
      description = "t0 to t5. Default: all that apply.")
  private List<String> tiers = List.of();

  @Option(
      names = "--claim",
      split = ",",
      paramLabel = "<c>",
      description = "Claims to check: whole (one window for the sequence), windows. Default: both.")
  private List<Scope> scopes = List.of();

  @Option(
      names = "--tolerance",
      paramLabel = "<e>",
      description = "Largest harmless bias, relative to the gradient. Default: 0.05.")
  private Optional<Double> tolerance = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "<n>",
      description = "Seed of all draws. Default: " + ClaimOptions.SEED + ".")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--fresh-seed",
      description = "Draw a new seed; it is printed and stored with the results.")
  private boolean fresh;

  @Option(
      names = "--budget",
      paramLabel = "<time>",
      converter = Durations.class,
      description =
          "Time after which what is not decided fails, such as 60s or 10m. Default: none.")
  private Optional<Duration> budget = Optional.empty();

  @Option(
      names = "--alpha",
      paramLabel = "<a>",
      description =
          "Chance that one check calls right code wrong. Default: 1e-11; a hundred checks stay"
              + " below 1e-9.")
  private double alpha = Budget.ALPHA;

  @Option(
      names = "--beta",
      paramLabel = "<b>",
      description = "Chance that one check passes a bias as large as the tolerance. Default: 1e-4.")
  private double beta = Budget.BETA;

  @Option(
      names = "--threads",
      paramLabel = "<n>",
      description = "Checks that run side by side. Default: one a core.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--external",
      paramLabel = "<folder>",
      description = "Check the gradients of another program instead.")
  private Optional<Path> external = Optional.empty();

  @Option(names = "--json", description = "Print every outcome as a line of JSON.")
  private boolean json;

  @Option(
      names = "--out",
      paramLabel = "<folder>",
      description = "Where the report goes. Default: a new folder in kobai-runs.")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--no-progress", description = "Show no progress.")
  private boolean noProgress;

  VerifyCommand() {}

  @Override
  public Integer call() throws IOException {
    Violations violations = new Violations();
    requireOneSeed(violations);
    long drawn = fresh ? new SecureRandom().nextLong() >>> 1 : seed.orElse(ClaimOptions.SEED);
    return external.isPresent()
        ? checkExternal(external.get(), drawn, violations)
        : checkClaims(drawn, violations);
  }

  private void requireOneSeed(Violations violations) {
    violations.require(
        !(fresh && seed.isPresent()),
        "--seed and --fresh-seed: must not be given together (choose one)");
  }

  @Override
  public void check(Violations violations) {
    requireOneSeed(violations);
    long drawn = seed.orElse(ClaimOptions.SEED);
    if (external.isPresent()) {
      externalOptions(external.get(), drawn, violations);
    } else {
      options(drawn, violations);
    }
  }

  /** What was asked for; empty after a violation. */
  private List<ClaimOptions> options(long drawn, Violations violations) {
    List<Algorithm> chosen = chosen(Algorithm.class, algorithms, violations);
    List<ReferenceNetwork> networks = chosen(ReferenceNetwork.class, models, violations);
    List<ClaimOptions> made = new ArrayList<>();
    violations.collect(
        () ->
            made.add(
                new ClaimOptions(
                    chosen,
                    networks,
                    scopes,
                    tiers,
                    tolerance.orElse(ClaimOptions.TOLERANCE),
                    alpha,
                    beta,
                    drawn,
                    budget,
                    threads)));
    return made;
  }

  private int checkClaims(long drawn, Violations violations) throws IOException {
    List<ClaimOptions> made = options(drawn, violations);
    if (violations.isEmpty() && ClaimRun.cells(made.getFirst()).isEmpty()) {
      List<Refusal> refusals = ClaimRun.refusals(made.getFirst());
      refusals.forEach(refusal -> violations.require(false, refusal.describe()));
      violations.require(
          !refusals.isEmpty(),
          "--tier = %s: must apply to one of the algorithms (t0 is for deterministic ones, t1 to t5 for stochastic ones)"
              .formatted(String.join(",", tiers)));
    }
    try (RunFolder folder = open(violations)) {
      ClaimOptions options = made.getFirst();
      if (fresh) {
        say("seed: " + drawn);
      }
      List<ClaimCell> cells = ClaimRun.cells(options);
      List<Refusal> refusals = ClaimRun.refusals(options);
      say(
          "%s, about %s on %s (an estimate from another machine)"
              .formatted(
                  count(cells.size(), "check"),
                  Forecast.words(ClaimRun.seconds(cells, options.threads())),
                  count(options.threads(), "thread")));
      refusals.forEach(refusal -> printLine(refusal.json()));
      ClaimTable table = new ClaimTable(cells, refusals, !noProgress);
      List<ClaimOutcome> outcomes =
          new ClaimRun(
                  options,
                  folder,
                  manifest(options.settings(), drawn, List.of()),
                  table,
                  outcome -> printLine(outcome.json()))
              .run();
      if (!json && !table.shown()) {
        table.print(spec.commandLine().getOut());
      }
      if (!json && refusals.size() <= MOST_REFUSALS) {
        refusals.forEach(refusal -> spec.commandLine().getOut().println(refusal.describe()));
      }
      List<ClaimOutcome> open = outcomes.stream().filter(outcome -> !outcome.passed()).toList();
      for (ClaimOutcome outcome : open) {
        say(
            "%s: %s: %s"
                .formatted(
                    outcome.cell().describe(),
                    outcome.status(),
                    outcome.finding().replaceAll("\\s*\\R\\s*", "; ")));
        say("  repeat it by: " + outcome.replay());
      }
      end(
          open.isEmpty()
              ? "all %d checks passed".formatted(outcomes.size())
              : "%d of %d checks did not pass".formatted(open.size(), outcomes.size()),
          folder);
      return open.isEmpty() ? 0 : Main.CHECK_FAILED;
    }
  }

  private static String count(long number, String what) {
    return "%d %s%s".formatted(number, what, number == 1 ? "" : "s");
  }

  private static <E extends Enum<E>> List<E> chosen(
      Class<E> type, List<String> lists, Violations violations) {
    Names<E> names = new Names<>(type);
    List<E> chosen = new ArrayList<>();
    for (String list : lists) {
      for (String name : list.split(",")) {
        if (name.strip().equalsIgnoreCase("all")) {
          chosen.addAll(List.of(type.getEnumConstants()));
        } else {
          violations.collect(() -> chosen.add(names.parse(name)));
        }
      }
    }
    return chosen;
  }

  private List<ExternalOptions> externalOptions(Path path, long drawn, Violations violations) {
    violations.require(
        algorithms.isEmpty(),
        "--external: must stand without names of algorithms (it checks the files in its folder)");
    violations.require(
        tiers.isEmpty() && scopes.isEmpty() && models.isEmpty() && budget.isEmpty(),
        "--external: must stand without --tier, --claim, --model and --budget (they are for the"
            + " algorithms of 'kobai list')");
    List<ExternalOptions> made = new ArrayList<>();
    violations.collect(() -> made.add(new ExternalOptions(path, tolerance, alpha, beta, drawn)));
    return made;
  }

  private int checkExternal(Path path, long drawn, Violations violations) throws IOException {
    List<ExternalOptions> made = externalOptions(path, drawn, violations);
    List<ExternalFolder> read = new ArrayList<>();
    violations.collect(() -> read.add(ExternalFolder.read(path)));
    try (RunFolder folder = open(violations)) {
      ExternalCheck check =
          new ExternalCheck(
              made.getFirst(),
              read.getFirst(),
              folder,
              manifest(made.getFirst().settings(), drawn, read.getFirst().files()));
      List<ExternalCheck.Outcome> outcomes = check.run();
      for (ExternalCheck.Outcome outcome : outcomes) {
        printLine(outcome.json());
        if (!json) {
          outcome.lines().forEach(spec.commandLine().getOut()::println);
        }
      }
      boolean passed = outcomes.stream().allMatch(ExternalCheck.Outcome::passed);
      read.getFirst().note().ifPresent(note -> say("note: " + note));
      boolean wrong =
          outcomes.stream()
              .anyMatch(outcome -> !outcome.passed() && outcome.report().missing() == 0);
      end(
          passed
              ? "the gradients agree"
              : wrong ? "the gradients do not agree" : "not decided: more estimates are needed",
          folder);
      if (!passed) {
        say("repeat it by: " + made.getFirst().replay());
      }
      return passed ? 0 : Main.CHECK_FAILED;
    }
  }

  /** Opens the run folder and raises what is wrong; leaves none behind then. */
  private RunFolder open(Violations violations) throws IOException {
    Path path =
        out.orElseGet(() -> RunFolder.defaultPath(Path.of(""), "verify", LocalDateTime.now()));
    return FreshFolder.open(path, violations);
  }

  private Manifest manifest(Map<String, Object> settings, long drawn, List<Path> files)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("kobai"));
    command.addAll(spec.commandLine().getParseResult().originalArgs());
    Manifest.Builder manifest =
        Manifest.starting(
                command, Environment.current(FloatVector.SPECIES_PREFERRED.vectorBitSize()))
            .revision(Build.current().revision())
            .seed("all draws", drawn);
    settings.forEach(manifest::setting);
    for (Path file : files) {
      manifest.data(file);
    }
    return manifest.build();
  }

  private void printLine(Map<String, Object> object) {
    if (json) {
      PrintWriter printer = spec.commandLine().getOut();
      try {
        printer.println(LINES.writeValueAsString(object));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("text and numbers can be written as JSON", e);
      }
      printer.flush();
    }
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("kobai verify: " + line);
    err.flush();
  }

  private void end(String verdict, RunFolder folder) {
    Path report = folder.path().resolve("report.html");
    if (json) {
      say(verdict);
      say("report: " + report);
    } else {
      PrintWriter printer = spec.commandLine().getOut();
      printer.println(
          verdict.substring(0, 1).toUpperCase(Locale.ROOT) + verdict.substring(1) + ".");
      printer.println("report: " + report);
      printer.flush();
    }
  }
}
