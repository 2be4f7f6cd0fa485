package kobai.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import jdk.incubator.vector.FloatVector;
import kobai.bench.Dimension;
import kobai.bench.Variant;
import kobai.bench.Workbench;
import kobai.compare.Calibration;
import kobai.compare.CompareOptions;
import kobai.compare.ComparePlan;
import kobai.compare.CompareRun;
import kobai.compare.JmhStopwatch;
import kobai.compare.Level;
import kobai.compare.Observer;
import kobai.estimators.Algorithm;
import kobai.models.Models;
import kobai.report.Environment;
import kobai.report.Manifest;
import kobai.report.ResultTable;
import kobai.report.RunFolder;
import kobai.tasks.Task;
import kobai.tasks.TaskOptions;
import kobai.tasks.Tasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code kobai compare}: what gradients cost, how that grows, and how good they are. */
@Command(
    name = "compare",
    description = {
      "Measures time, memory and quality of the gradients of several algorithms on the same work,"
          + " and writes a report.",
      "",
      "Options that take a list measure a curve: the first value is the base point, at which all"
          + " else is measured."
    },
    footer = {
      "",
      "Examples:",
      "  kobai compare --quick",
      "  kobai compare --algorithms bptt,rtrl --hidden 64,128,256 --full",
      "  kobai compare --data my.txt --length 200 --window 20 --particles 64",
      "  kobai compare --algorithms all --model lstm --hidden 32",
      "  kobai compare --algorithms low-rank-pes,pes --set rank=2,regenerate=true",
      "  kobai compare --hidden 512 --dry-run"
    })
final class CompareCommand implements Callable<Integer>, Checked {
  private static final String LIST = "<value>[,...]";

  @Spec private CommandSpec spec;

  @Option(
      names = "--algorithms",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "<name>[,...]",
      description =
          "What to compare, or 'all'; 'kobai list' shows the names. Default: bptt,"
              + " bptt-checkpointed, rtrl, es, pes.")
  private List<String> algorithms = List.of();

  @Option(
      names = "--hidden",
      split = ",",
      hideParamSyntax = true,
      paramLabel = LIST,
      description = "Hidden units n. Default: 64 and a curve.")
  private List<Integer> hidden = List.of();

  @Option(
      names = "--length",
      split = ",",
      hideParamSyntax = true,
      paramLabel = LIST,
      description = "Steps T of a sequence. Default: 100 and a curve.")
  private List<Integer> length = List.of();

  @Option(
      names = "--window",
      split = ",",
      hideParamSyntax = true,
      paramLabel = LIST,
      description = "Steps K of a window, for those that work in windows. Default: 10 and a curve.")
  private List<Integer> window = List.of();

  @Option(
      names = "--particles",
      split = ",",
      hideParamSyntax = true,
      paramLabel = LIST,
      description = "Particles N of ES and PES, even. Default: 32 and a curve.")
  private List<Integer> particles = List.of();

  @Option(
      names = "--batch",
      split = ",",
      hideParamSyntax = true,
      paramLabel = LIST,
      description = "Rows B of a batch. Default: 1 and a curve.")
  private List<Integer> batch = List.of();

  @Option(
      names = "--threads",
      split = ",",
      hideParamSyntax = true,
      paramLabel = LIST,
      description = "Threads. Default: 1, and 2 as a curve.")
  private List<Integer> threads = List.of();

  @Option(
      names = "--model",
      paramLabel = "<name>",
      description = "Kind of network; 'kobai list' shows the names. Default: leaky-rnn.")
  private Models model = Models.LEAKY_RNN;

  @Option(
      names = "--layers",
      paramLabel = "<L>",
      description = "Layers of it on top of each other, each of the hidden units. Default: 1.")
  private int layers = 1;

  @Option(
      names = "--embedding",
      paramLabel = "<e>",
      description =
          "Width of a learned embedding that the network reads its inputs through, 0 for none."
              + " Default: 0.")
  private int embedding;

  @Option(
      names = "--density",
      paramLabel = "<p>",
      description =
          "Share of the recurrent weights that exist, a fixed random choice, in (0, 1]. Default:"
              + " 1.")
  private double density = 1;

  @Option(
      names = "--alpha",
      paramLabel = "<a>",
      description = "Leak rate in (0, 1]; 1 is no leak. Default: 1.")
  private double alpha = CompareOptions.ALPHA;

  @Option(
      names = "--sigma",
      paramLabel = "<s>",
      description = "Scale of the perturbations of ES and PES. Default: 0.01.")
  private double sigma = CompareOptions.SIGMA;

  @Option(
      names = "--set",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "<name>=<value>[,...]",
      description = {
        "Variants of the algorithms that read them:",
        "  rank, tangents, inner-rate (0 is the algorithm's own), law (gaussian, rademacher,"
            + " sphere),",
        "  sampling (antithetic, plain, plain-with-baseline), rank-shaping, regenerate, staggered"
            + " (true, false),",
        "  episode, burn-in, noise-period (steps). Default: as published."
      })
  private List<String> variant = List.of();

  @Option(
      names = "--task",
      paramLabel = "<name>",
      description =
          "Where sequences come from; 'kobai list' shows the names. Default: characters, or what"
              + " --data asks for.")
  private Optional<Tasks> task = Optional.empty();

  @Option(
      names = "--data",
      paramLabel = "<file>",
      description = {
        "Your own data: UTF-8 text, a series as .csv, .tsv or .npy, labelled examples as .npz or",
        "IDX, or the name of a data set that 'kobai data' lists."
      })
  private Optional<Path> data = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "<n>",
      description = "Seed of data, parameters and perturbations. Default: 1.")
  private long seed = 1;

  @Option(
      names = "--snr",
      split = ",",
      hideParamSyntax = true,
      paramLabel = LIST,
      description = "Signal-to-noise ratios whose price is given. Default: 1,10.")
  private List<Double> ratios = List.of();

  @Option(names = "--quick", description = "At most two minutes: short warm-up, few points.")
  private boolean quick;

  @Option(
      names = "--full",
      description = "No limit of time: five virtual machines for each point, long curves.")
  private boolean full;

  @Option(
      names = "--out",
      paramLabel = "<folder>",
      description = "Where the report goes. Default: a new folder in kobai-runs.")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--json", description = "Print every result as a line of JSON.")
  private boolean json;

  @Option(names = "--no-progress", description = "Show no progress.")
  private boolean noProgress;

  @Option(names = "--dry-run", description = "Print the plan and stop.")
  private boolean dryRun;

  CompareCommand() {}

  @Override
  public Integer call() throws IOException {
    DoubleSupplier elapsed = elapsed();
    Violations violations = new Violations();
    Optional<CompareOptions> options = options(violations);
    Optional<Workbench> workbench = options.flatMap(checked -> workbench(violations, checked));
    if (dryRun) {
      violations.raise();
      print(plan(options.orElseThrow(), workbench.orElseThrow(), elapsed).text());
      return 0;
    }
    Path path =
        out.orElseGet(() -> RunFolder.defaultPath(Path.of(""), "compare", LocalDateTime.now()));
    try (RunFolder folder = FreshFolder.open(path, violations)) {
      say("planning");
      ComparePlan plan = plan(options.orElseThrow(), workbench.orElseThrow(), elapsed);
      plan.summary().lines().forEach(this::say);
      return run(plan, workbench.orElseThrow(), folder, elapsed);
    }
  }

  @Override
  public void check(Violations violations) {
    options(violations);
  }

  /** Seconds since this virtual machine started. */
  private static DoubleSupplier elapsed() {
    long start = ManagementFactory.getRuntimeMXBean().getStartTime();
    double milli = 1e-3;
    return () -> (System.currentTimeMillis() - start) * milli;
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("kobai compare: " + line);
    err.flush();
  }

  private void print(String text) {
    PrintWriter printer = spec.commandLine().getOut();
    printer.print(text);
    printer.flush();
  }

  private static ComparePlan plan(
      CompareOptions options, Workbench workbench, DoubleSupplier elapsed) {
    Calibration calibration = Calibration.measure(workbench, options.contenders(), options.base());
    long heap = Runtime.getRuntime().maxMemory();
    return ComparePlan.of(options, workbench, calibration, heap, elapsed.getAsDouble());
  }

  private Optional<CompareOptions> options(Violations violations) {
    violations.require(
        !(quick && full), "--quick and --full: must not be given together (choose one)");
    List<Algorithm> chosen = algorithms(violations);
    CompareOptions.Builder builder =
        CompareOptions.builder()
            .algorithms(chosen)
            .level(quick ? Level.QUICK : full ? Level.FULL : Level.STANDARD)
            .values(Dimension.HIDDEN, hidden)
            .values(Dimension.LENGTH, length)
            .values(Dimension.WINDOW, window)
            .values(Dimension.PARTICLES, particles)
            .values(Dimension.BATCH, batch)
            .values(Dimension.THREADS, threads)
            .model(model)
            .layers(layers)
            .embedding(embedding)
            .density(density)
            .alpha(alpha)
            .sigma(sigma)
            .variant(settings(violations))
            .seed(seed)
            .ratios(ratios);
    task.ifPresent(builder::task);
    data.ifPresent(builder::data);
    List<CompareOptions> built = new ArrayList<>();
    violations.collect(() -> built.add(builder.build()));
    if (built.isEmpty()) {
      // The sizes are wrong; whether the data can be read is a question of its own.
      violations.collect(() -> task(task, data));
      return Optional.empty();
    }
    return Optional.of(built.getFirst());
  }

  /** The settings whose names are known; the others are violations, with the nearest name. */
  private List<String> settings(Violations violations) {
    List<String> known = new ArrayList<>();
    for (String setting : variant) {
      String name = setting.split("=", 2)[0].strip();
      if (Variant.names().stream().anyMatch(name::equalsIgnoreCase)) {
        known.add(setting);
      } else {
        violations.require(
            false,
            "--set = %s: must be <name>=<value> with a name of %s%s"
                .formatted(
                    setting,
                    String.join(", ", Variant.names()),
                    Nearest.suggestion(name, Variant.names())));
      }
    }
    return known;
  }

  private List<Algorithm> algorithms(Violations violations) {
    List<Algorithm> chosen = new ArrayList<>();
    Names<Algorithm> names = new Names<>(Algorithm.class);
    for (String name : algorithms) {
      if (name.strip().equalsIgnoreCase("all")) {
        chosen.addAll(List.of(Algorithm.values()));
        continue;
      }
      try {
        chosen.add(names.convert(name));
      } catch (TypeConversionException e) {
        violations.require(false, "--algorithms = " + e.getMessage());
      }
    }
    return chosen;
  }

  private static Task task(Optional<Tasks> named, Optional<Path> file) {
    TaskOptions none = TaskOptions.none();
    return named
        .orElseGet(() -> file.map(Tasks::reading).orElse(Tasks.CHARACTERS))
        .create(file.map(none::withData).orElse(none));
  }

  private static Optional<Workbench> workbench(Violations violations, CompareOptions options) {
    List<Workbench> made = new ArrayList<>();
    violations.collect(
        () -> {
          Task task = options.task().create(options.taskOptions());
          Workbench workbench =
              new Workbench(
                  task,
                  options.network(),
                  options.alpha(),
                  options.sigma(),
                  options.variant(),
                  options.seed());
          workbench.model(1); // a network that cannot be put together so is refused here
          // The data may be too short for the sequences asked for.
          workbench.requireData(options.base().length());
          made.add(workbench);
        });
    return made.stream().findFirst();
  }

  private int run(ComparePlan plan, Workbench workbench, RunFolder folder, DoubleSupplier elapsed)
      throws IOException {
    List<String> failures;
    try (OutputStream log =
            new BufferedOutputStream(Files.newOutputStream(folder.path().resolve("jmh.log")));
        Progress progress = new Progress(!noProgress)) {
      failures =
          finished(
              new CompareRun(
                  plan,
                  workbench,
                  folder,
                  manifest(plan.options()),
                  new JmhStopwatch(plan.options(), log),
                  new Shown(progress),
                  json ? row -> print(jsonLine(row)) : row -> {},
                  elapsed),
              folder);
    }
    failures.forEach(failure -> say("check failed: " + failure));
    tellWhere(folder);
    return failures.isEmpty() ? 0 : Main.CHECK_FAILED;
  }

  /** Carries the run out, with a hook that makes a partial report of it if it is interrupted. */
  private List<String> finished(CompareRun run, RunFolder folder) throws IOException {
    Thread hook = new Thread(() -> interrupted(run, folder), "partial report");
    Runtime.getRuntime().addShutdownHook(hook);
    List<String> failures = run.run();
    Runtime.getRuntime().removeShutdownHook(hook);
    return failures;
  }

  private void tellWhere(RunFolder folder) {
    Path report = folder.path().resolve("report.html");
    if (json) {
      say("report: " + report);
    } else {
      print("report: " + report + System.lineSeparator());
    }
  }

  private static String jsonLine(ResultTable.Row row) {
    var table = new ResultTable(List.copyOf(row.keys().keySet()));
    table.add(List.copyOf(row.keys().values()), row.metric(), row.measured(), row.unit());
    return table.jsonLines();
  }

  /** Runs on Ctrl-C and on SIGTERM, while the measurement may still be under way. */
  private void interrupted(CompareRun run, RunFolder folder) {
    ProcessHandle.current().children().forEach(ProcessHandle::destroy); // the measuring one
    try {
      if (run.finish(CompareRun.INTERRUPTED)) {
        say(
            "interrupted; the report holds what was measured: "
                + folder.path().resolve("report.html"));
      }
    } catch (IOException e) {
      say("interrupted; the report could not be written: " + e);
    }
  }

  private Manifest manifest(CompareOptions options) throws IOException {
    List<String> command = new ArrayList<>(List.of("kobai"));
    command.addAll(spec.commandLine().getParseResult().originalArgs());
    Manifest.Builder manifest =
        Manifest.starting(
                command, Environment.current(FloatVector.SPECIES_PREFERRED.vectorBitSize()))
            .revision(Build.current().revision())
            .seed("data, parameters and perturbations", options.seed());
    options.settings().forEach(manifest::setting);
    TrainSource.hash(manifest, options.task(), options.data());
    return manifest.build();
  }

  /** Progress on standard error; warnings are kept until the bar is gone. */
  private final class Shown implements Observer {
    private final Progress progress;

    Shown(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void start(long total, String title) {
      progress.start(total, title);
    }

    @Override
    public void step(long n, String message) {
      progress.step(n, message);
    }

    @Override
    public void warn(String message) {
      if (noProgress) {
        say("warning: " + message);
      }
    }
  }
}
