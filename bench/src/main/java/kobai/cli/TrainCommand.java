package kobai.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import jdk.incubator.vector.FloatVector;
import kobai.parallel.Workers;
import kobai.report.Environment;
import kobai.report.Manifest;
import kobai.report.RunFolder;
import kobai.report.Unit;
import kobai.training.PredictiveNumbers;
import kobai.training.RunResult;
import kobai.training.Score;
import kobai.training.Trainer;
import kobai.training.TrainingReport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kobai train}: trains a network, or the same one by several algorithms. */
@Command(
    name = "train",
    description = {
      "Trains a network and writes a report with its learning curves. Several algorithms or seeds"
          + " give one report that compares them.",
      "",
      "A run is a pure function of its options: it can be interrupted and resumed, and ends with"
          + " the same bits, on any number of threads."
    },
    footer = {
      "",
      "Examples:",
      "  kobai train",
      "  kobai train --task digits --model \"dense(64) relu dropout(0.9) dense(10)\" --epochs 30",
      "  kobai train --model \"dense(32) relu dense(10)\" --seeds 0..4 --threads 2 \\",
      "    --algorithm bptt,forward-gradient,node-perturbation,weight-perturbation,es",
      "  kobai train --model \"dense(32) relu dense(10)\" --bayes --epochs 200",
      "  kobai train --data fashion-mnist --model \"dense(256) relu dense(256) relu dense(10)\" \\",
      "    --batch 128 --rate 0.002 --epochs 8 --threads 2",
      "  kobai train --task characters --model lstm --hidden 64 --window 20 --epochs 20",
      "  kobai train --shape 8,8 --rate 0.003 \\",
      "    --model \"position residual(layernorm attention(2)) conv1d(32, 3) gelu dense(10)\"",
      "  kobai train --task regression --bayes --epochs 600",
      "  kobai train --task regression --data own.csv --targets speed --likelihood 'gaussian(0.3)'",
      "  kobai train --task digits-rows --model gru --algorithm uoro --window 2",
      "  kobai train --resume kobai-runs/train-20261122-040000"
    })
final class TrainCommand implements Callable<Integer>, Checked {
  private static final String CONFIGURATION = "configuration.properties";
  private static final double SECONDS_BETWEEN_CHECKPOINTS = 2;

  @Spec private CommandSpec spec;

  @Mixin private TrainOptions options = new TrainOptions();

  @Option(
      names = "--threads",
      paramLabel = "<n>",
      description =
          "Threads: runs side by side, or one run's mini-batches. Changes no result. Default: 1.")
  private int threads = 1;

  @Option(
      names = "--config",
      paramLabel = "<file>",
      description =
          "A file of options, one a line: key = value. Options of the command line come first.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--resume",
      paramLabel = "<folder>",
      description = "Go on with the run in that folder.")
  private Optional<Path> resume = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "<folder>",
      description = "Where the run goes. Default: a new folder in kobai-runs.")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--no-progress", description = "Show no progress.")
  private boolean noProgress;

  TrainCommand() {}

  @Override
  public Integer call() throws IOException {
    Violations violations = new Violations();
    Map<String, String> given = given();
    violations.require(threads >= 1, "--threads = %d: must be at least 1".formatted(threads));
    violations.require(
        config.isEmpty() || resume.isEmpty(),
        "--config and --resume: must not be given together (a resumed run has its options)");
    violations.require(
        out.isEmpty() || resume.isEmpty(),
        "--out and --resume: must not be given together (a resumed run stays where it is)");
    if (resume.isPresent()) {
      for (String key : given.keySet()) {
        violations.require(
            false,
            "--%s and --resume: must not be given together (a resumed run has its options)"
                .formatted(key));
      }
      violations.require(
          Files.isRegularFile(resume.get().resolve(CONFIGURATION)),
          "--resume = %s: must be the folder of a run of kobai train (it has no %s)"
              .formatted(resume.get(), CONFIGURATION));
      violations.raise();
    }
    Optional<Path> file = resume.map(path -> path.resolve(CONFIGURATION)).or(() -> config);
    if (file.isPresent()) {
      violations.collect(() -> apply(ConfigFile.read(file.get()), given, violations));
    }
    int runs = runs();
    try (Workers workers = Workers.of(Math.max(1, runs == 1 ? threads : 1))) {
      Optional<TrainPlan> plan = TrainPlan.of(options, workers, violations);
      violations.raise();
      return run(plan.orElseThrow(), given);
    }
  }

  @Override
  public void check(Violations violations) {
    violations.require(threads >= 1, "--threads = %d: must be at least 1".formatted(threads));
    if (resume.isEmpty() && config.isEmpty()) { // their files would change what is judged
      TrainPlan.of(options, Workers.single(), violations);
    }
  }

  /** Algorithms times seeds, or 1 if that cannot be told. */
  private int runs() {
    try {
      return options.algorithm.split(",").length * SeedList.parse(options.seeds).size();
    } catch (IllegalArgumentException e) {
      return 1; // it will be refused with all else that is wrong
    }
  }

  /** The options of the command line that decide what is computed, name → value. */
  private Map<String, String> given() {
    Set<String> own = new HashSet<>();
    for (OptionSpec option : new CommandLine(new TrainOptions()).getCommandSpec().options()) {
      own.add(option.longestName());
    }
    Map<String, String> given = new LinkedHashMap<>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (own.contains(option.longestName())) {
        given.put(option.longestName().substring(2), String.join(",", option.stringValues()));
      }
    }
    return given;
  }

  /** Puts the options of a file under those of the command line, and both into {@code given}. */
  private void apply(ConfigFile file, Map<String, String> given, Violations violations) {
    List<String> arguments = file.arguments(TrainCommand::fresh, given.keySet(), violations);
    if (!violations.isEmpty()) {
      return;
    }
    given.forEach((key, value) -> arguments.add("--" + key + "=" + value));
    CommandLine line = fresh();
    line.parseArgs(arguments.toArray(String[]::new));
    options = line.getCommand();
    for (String argument : arguments) {
      String[] parts = argument.substring(2).split("=", 2);
      given.put(parts[0], parts[1]);
    }
  }

  private static CommandLine fresh() {
    return Main.prepare(new CommandLine(new TrainOptions()), () -> false);
  }

  private int run(TrainPlan plan, Map<String, String> given) throws IOException {
    Path path =
        resume
            .or(() -> out)
            .orElseGet(() -> RunFolder.defaultPath(Path.of(""), "train", LocalDateTime.now()));
    try (RunFolder folder = resume.isPresent() ? RunFolder.resume(path) : RunFolder.create(path);
        Progress progress = new Progress(!noProgress)) {
      if (resume.isEmpty()) {
        StringBuilder text = new StringBuilder("# options of this run; --resume reads them\n");
        given.forEach((key, value) -> text.append(key + " = " + value + "\n"));
        folder.write(CONFIGURATION, text.toString());
      }
      Shown shown = new Shown(progress, plan);
      Trainer trainer =
          new Trainer(
              plan.runs(),
              plan.data(),
              folder,
              options.samples,
              SECONDS_BETWEEN_CHECKPOINTS,
              shown);
      Manifest manifest = manifest(plan, trainer);
      folder.write(manifest);
      plan.source().split().ifPresent(this::say);
      progress.start(trainer.iterations(), "train " + plan.data().name());
      Thread hook =
          new Thread(() -> interrupted(plan, trainer, folder, manifest), "partial report");
      Runtime.getRuntime().addShutdownHook(hook);
      List<RunResult> results;
      try {
        results = trainer.run(threads);
      } finally {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
      finish(plan, trainer, folder, manifest.ended(Instant.now(), "completed"));
      return tell(plan, results, folder.path());
    }
  }

  private static void finish(TrainPlan plan, Trainer trainer, RunFolder folder, Manifest manifest)
      throws IOException {
    List<RunResult> results = trainer.finished();
    folder.write("results.csv", TrainingReport.csv(results));
    folder.write(TrainingReport.document(plan.data(), results, plan.runs().size(), manifest));
    folder.write(manifest);
  }

  private int tell(TrainPlan plan, List<RunResult> results, Path folder) {
    PrintWriter printer = spec.commandLine().getOut();
    boolean diverged = false;
    for (RunResult result : results) {
      diverged |= result.diverged().isPresent();
      printer.printf(
          "%s: %stest loss %s%s, epoch %d, %s of training%s%n",
          RunResult.name(result.settings()),
          plan.data().classifies()
              ? "test accuracy " + Unit.FRACTION.text(result.test().accuracy()) + ", "
              : "",
          Unit.PLAIN.text(result.test().loss()),
          result
              .predictive()
              .map(
                  law ->
                      " (%d samples of %s: %s, %s)"
                          .formatted(
                              law.samples(),
                              law.source(),
                              Unit.FRACTION.text(law.score().accuracy()),
                              Unit.PLAIN.text(law.score().loss())))
              .or(() -> result.numbers().map(TrainCommand::numbers))
              .orElse(""),
          result.chosenEpoch(),
          Unit.SECONDS.text(result.curve().getLast().seconds()),
          result.diverged().isPresent() ? ", DIVERGED" : result.stopped() ? ", stopped early" : "");
    }
    printer.println("report: " + folder.resolve("report.html"));
    printer.flush();
    return diverged ? Main.CHECK_FAILED : 0;
  }

  private static String numbers(PredictiveNumbers law) {
    PredictiveNumbers.Target target = law.targets().getFirst();
    String interval =
        Double.isNaN(target.most())
            ? "predictions that are not numbers"
            : Unit.FRACTION.text(target.most())
                + " in the 90 % interval"
                + (law.assumed() ? " (squared error read as variance 1)" : "");
    return "%s, error of %s %s, %s"
        .formatted(
            law.source().equals("nothing")
                ? ""
                : " (%d samples of %s: %s)"
                    .formatted(
                        law.samples(), law.source(), Unit.PLAIN.text(law.negativeLogDensity())),
            target.name(),
            Unit.PLAIN.text(target.rootMeanSquare()),
            interval);
  }

  /** Runs on Ctrl-C and on SIGTERM, while runs may still be under way. */
  private void interrupted(TrainPlan plan, Trainer trainer, RunFolder folder, Manifest manifest) {
    try {
      finish(plan, trainer, folder, manifest.ended(Instant.now(), "interrupted"));
      say("interrupted; go on by: kobai train --resume " + folder.path());
    } catch (IOException e) {
      say("interrupted; the report could not be written: " + e);
    }
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("kobai train: " + line);
    err.flush();
  }

  private Manifest manifest(TrainPlan plan, Trainer trainer) throws IOException {
    List<String> command = new ArrayList<>(List.of("kobai"));
    command.addAll(spec.root().commandLine().getParseResult().originalArgs());
    Manifest.Builder manifest =
        Manifest.starting(
                command, Environment.current(FloatVector.SPECIES_PREFERRED.vectorBitSize()))
            .revision(Build.current().revision());
    manifest.setting("task", plan.task().commandName());
    trainer.common().forEach(manifest::setting);
    manifest.setting("threads", threads);
    for (var run : plan.runs()) {
      manifest.seed(RunResult.name(run), run.seed());
    }
    plan.source().split().ifPresent(sentence -> manifest.setting("split", sentence));
    TrainSource.hash(manifest, plan.task(), options.data);
    return manifest.build();
  }

  /** Progress on standard error. */
  private final class Shown implements Trainer.Observer {
    private final Progress progress;
    private final TrainPlan plan;

    Shown(Progress progress, TrainPlan plan) {
      this.progress = progress;
      this.plan = plan;
    }

    @Override
    public void iterated(int run, long iterations, double loss, Score validation) {
      String accuracy =
          Double.isNaN(validation.accuracy())
              ? ""
              : ", " + Unit.FRACTION.text(validation.accuracy()) + " right";
      String name = plan.runs().size() > 1 ? RunResult.name(plan.runs().get(run)) + " " : "";
      progress.step(iterations, name + "loss " + Unit.PLAIN.text(loss) + accuracy);
    }

    @Override
    public void say(String message) {
      TrainCommand.this.say(message);
    }
  }
}
