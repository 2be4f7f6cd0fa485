package kobai.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import kobai.data.Datasets;
import kobai.report.Environment;
import kobai.report.Manifest;
import kobai.report.RunFolder;
import kobai.reproduce.Band;
import kobai.reproduce.Experiments;
import kobai.reproduce.Forecast;
import kobai.reproduce.Plan;
import kobai.reproduce.Reproduction;
import kobai.reproduce.SavedRun;
import kobai.reproduce.Scale;
import kobai.reproduce.Study;
import kobai.reproduce.UnitResult;
import kobai.reproduce.Verdicts;
import kobai.reproduce.WorkUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kobai reproduce}: published experiments, judged by bands. */
@Command(
    name = "reproduce",
    description = {
      "Runs published experiments and says whether what was published comes out again.",
      "",
      "Every experiment runs at a reduced size in minutes, or with --full at the published one."
          + " Results do not depend on the number of threads, on shards or on interruptions, to"
          + " the last bit. The exit code is 1 if a claim does not hold."
    },
    footer = {
      "",
      "Examples:",
      "  kobai reproduce list",
      "  kobai reproduce influence-balancing",
      "  kobai reproduce all --threads 2",
      "  kobai reproduce toy-lr-schedule --methods pes,nres --seeds 0..4",
      "  kobai reproduce --resume kobai-runs/reproduce-20261122-031500",
      "  kobai reproduce all --full --shard 1/3 --out part1",
      "  kobai reproduce merge part1 part2 part3 --out whole"
    })
final class ReproduceCommand implements Callable<Integer>, Checked {
  private static final String ALL = "all";
  private static final String NEWEST = "";

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "<experiment>",
      description = "Names of experiments, or 'all'; 'kobai reproduce list' shows them.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--full", description = "The published size. Default: a reduced one.")
  private boolean full;

  @Option(
      names = "--tiny",
      description = "Seconds in all: enough to see that everything runs, too little to judge.")
  private boolean tiny;

  @Option(
      names = "--seeds",
      paramLabel = "<list>",
      description = "Seeds, such as 0..9 or 0,3,5. Default: those of each experiment.")
  private Optional<String> seeds = Optional.empty();

  @Option(
      names = "--methods",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "<name>[,...]",
      description = "Methods, of those that 'kobai reproduce list' shows. Default: all.")
  private List<String> methods = List.of();

  @Option(
      names = "--threads",
      paramLabel = "<n>",
      description = "Units (a method with a seed) that run side by side. Default: one a core.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--shard",
      paramLabel = "<i>/<n>",
      description = "Run only the i-th of n parts, here or on another machine; 'merge' joins them.")
  private Optional<String> shard = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "<folder>",
      description = "Where the run goes. Default: a new folder in kobai-runs.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--resume",
      arity = "0..1",
      fallbackValue = NEWEST,
      paramLabel = "<folder>",
      description = "Go on with the run in that folder, or with the newest in kobai-runs.")
  private Optional<String> resume = Optional.empty();

  @Option(
      names = "--force",
      description = "Go on with a run that other code has begun. Its bits may then be of both.")
  private boolean force;

  @Option(names = "--no-progress", description = "Show no progress.")
  private boolean noProgress;

  ReproduceCommand() {}

  @Override
  public Integer call() throws IOException {
    Violations violations = new Violations();
    violations.require(threads >= 1, "--threads = %d: must be at least 1".formatted(threads));
    violations.require(
        !(full && tiny), "--full and --tiny: must not be given together (choose one)");
    violations.require(
        !(out.isPresent() && resume.isPresent()),
        "--out and --resume: must not be given together (a resumed run stays where it is)");
    violations.require(
        resume.isPresent() || !force, "--force: must stand with --resume (nothing is resumed)");
    Optional<String> from = resumed();
    if (from.isPresent() && names.isEmpty()) {
      violations.raise();
      return resume(folder(from.get()), Optional.empty());
    }
    Optional<Plan> plan = plan(violations);
    if (from.isPresent()) {
      violations.raise();
      return resume(folder(from.get()), plan);
    }
    Path path =
        out.orElseGet(() -> RunFolder.defaultPath(Path.of(""), "reproduce", LocalDateTime.now()));
    violations.raise();
    requireData(plan.orElseThrow(), List.of());
    try (RunFolder folder = RunFolder.create(path)) {
      return run(plan.orElseThrow(), folder, manifest(plan.orElseThrow()), List.of());
    }
  }

  /** The word after --resume may have been meant as an experiment: {@code --resume lorenz}. */
  private Optional<String> resumed() {
    if (resume.isPresent()
        && !Files.isDirectory(Path.of(resume.get()))
        && (Experiments.names().contains(resume.get()) || resume.get().equals(ALL))) {
      names.add(resume.get());
      return Optional.of(NEWEST);
    }
    return resume;
  }

  private static Path folder(String named) throws IOException {
    if (!named.equals(NEWEST)) {
      return Path.of(named);
    }
    Path runs = Path.of("kobai-runs");
    if (Files.isDirectory(runs)) {
      try (Stream<Path> folders = Files.list(runs)) {
        Optional<Path> newest =
            folders
                .filter(path -> path.getFileName().toString().startsWith("reproduce-"))
                .filter(path -> Files.exists(path.resolve(RunFolder.MANIFEST)))
                .max(Comparator.comparing(path -> path.getFileName().toString()));
        if (newest.isPresent()) {
          return newest.get();
        }
      }
    }
    throw new IllegalArgumentException(
        "--resume: must name a folder (there is no run in kobai-runs)");
  }

  @Override
  public void check(Violations violations) {
    violations.require(threads >= 1, "--threads = %d: must be at least 1".formatted(threads));
    if (resume.isEmpty()) {
      plan(violations);
    }
  }

  private Optional<Plan> plan(Violations violations) {
    Set<Experiments> chosen = new LinkedHashSet<>();
    Names<Experiments> known = new Names<>(Experiments.class);
    for (String name : names) {
      if (name.equalsIgnoreCase(ALL)) {
        chosen.addAll(List.of(Experiments.values()));
      } else {
        violations.collect(() -> chosen.add(known.parse(name)));
      }
    }
    violations.require(
        !names.isEmpty(),
        "an experiment is missing; one of %s, or %s"
            .formatted(String.join(", ", Experiments.names()), ALL));
    Scale scale = full ? Scale.FULL : tiny ? Scale.TINY : Scale.REDUCED;
    List<Long> asked = new ArrayList<>();
    seeds.ifPresent(text -> violations.collect(() -> asked.addAll(SeedList.parse(text))));
    int[] part = {1, 1};
    shard.ifPresent(text -> violations.collect(() -> parseShard(text, part)));
    checkMethods(chosen, scale, violations);
    if (!violations.isEmpty()) {
      return Optional.empty();
    }
    List<Study> studies = new ArrayList<>();
    for (Experiments each : chosen) {
      Study all = Study.of(each.commandName(), each.experiment(), scale);
      List<String> wanted =
          all.methods().stream()
              .filter(name -> methods.isEmpty() || methods.contains(name))
              .toList();
      if (!wanted.isEmpty()) {
        studies.add(
            new Study(all.name(), all.experiment(), wanted, asked.isEmpty() ? all.seeds() : asked));
      }
    }
    return Optional.of(new Plan(scale, studies, part[0], part[1]));
  }

  /** Every method must be one of some chosen experiment. */
  private void checkMethods(Set<Experiments> chosen, Scale scale, Violations violations) {
    Set<String> known = new LinkedHashSet<>();
    chosen.forEach(each -> known.addAll(each.experiment().methods(scale)));
    for (String method : methods) {
      violations.require(
          chosen.isEmpty() || known.contains(method),
          "--methods = %s: must be one of %s%s"
              .formatted(method, String.join(", ", known), Nearest.suggestion(method, known)));
    }
  }

  private static void parseShard(String text, int[] part) {
    try {
      String[] parts = text.split("/", -1);
      part[0] = Integer.parseInt(parts[0].strip());
      part[1] = Integer.parseInt(parts[1].strip());
      if (parts.length == 2 && part[0] >= 1 && part[0] <= part[1]) {
        return;
      }
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw wrongShard(text);
    }
    throw wrongShard(text);
  }

  private static IllegalArgumentException wrongShard(String text) {
    return new IllegalArgumentException(
        "--shard = %s: must be i/n with 1 ≤ i ≤ n, such as 1/3".formatted(text));
  }

  private Integer resume(Path path, Optional<Plan> wanted) throws IOException {
    try (RunFolder folder = RunFolder.resume(path)) {
      SavedRun saved = SavedRun.read(path, Experiments::named);
      Plan plan = wanted.orElse(saved.plan());
      List<String> differences = new ArrayList<>(saved.differences(plan));
      if (!differences.isEmpty()) {
        throw new IllegalArgumentException(
            "--resume = %s: must be the run that is asked for (name no experiment to go on as it was begun)\n"
                    .formatted(path)
                + String.join("\n", differences));
      }
      Manifest manifest = manifest(plan);
      if (saved.otherCode(manifest) && !force) {
        throw new IllegalArgumentException(
            "--resume = %s: must be a run of the same code: it was begun by commit %s (%s), this is %s (%s) (--force goes on all the same)"
                .formatted(
                    path,
                    saved.manifest().revision().commit(),
                    saved.manifest().revision().state(),
                    manifest.revision().commit(),
                    manifest.revision().state()));
      }
      requireData(plan, saved.results());
      say("%d of %d units are done already".formatted(saved.results().size(), plan.work().size()));
      return run(plan, folder, manifest.startedAt(saved.manifest().start()), saved.results());
    }
  }

  /** Data that are not there are missed before anything is computed. */
  private static void requireData(Plan plan, List<UnitResult> done) {
    Path cache = Datasets.usualCache(System.getenv());
    Set<Datasets> missing = plan.missingData(done, cache);
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          String.join(
              "\n",
              missing.stream()
                  .map(
                      set ->
                          "data = %s: is not whole in %s: must be fetched first (kobai data fetch %s)"
                              .formatted(set.commandName(), cache, set.commandName()))
                  .toList()));
    }
  }

  /** What will be run and how long that may take. */
  private void announce(Plan plan, List<UnitResult> done) {
    List<WorkUnit> work = plan.remaining(done);
    for (Study study : plan.studies()) {
      long units = work.stream().filter(unit -> unit.experiment().equals(study.name())).count();
      say(
          "%s, %s: %s, %s: %s to run"
              .formatted(
                  study.name(),
                  plan.scale().name().toLowerCase(Locale.ROOT),
                  count(study.methods().size(), "method"),
                  count(study.seeds().size(), "seed"),
                  count(units, "unit")));
    }
    say(
        "about %s on %s (an estimate from another machine)"
            .formatted(
                Forecast.words(Forecast.seconds(plan.scale(), work, threads)),
                count(threads, "thread")));
  }

  private static String count(long number, String what) {
    return "%d %s%s".formatted(number, what, number == 1 ? "" : "s");
  }

  private int run(Plan plan, RunFolder folder, Manifest manifest, List<UnitResult> done)
      throws IOException {
    announce(plan, done);
    Verdicts verdicts;
    try (Progress progress = new Progress(!noProgress)) {
      Reproduction run = new Reproduction(plan, folder, manifest, done, shown(progress));
      Thread hook = new Thread(() -> interrupted(run, folder), "partial report");
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        run.run(threads);
      } finally {
        release(hook);
      }
      verdicts = run.verdicts();
    }
    return tell(verdicts, folder.path(), spec);
  }

  /** Takes the hook back; where it runs already, waits until it has written its report. */
  private static void release(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      try {
        hook.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Reproduction.Observer shown(Progress progress) {
    return new Reproduction.Observer() {
      @Override
      public void start(long total) {
        progress.start(total, "reproduce");
      }

      @Override
      public void step(long n, String message) {
        progress.step(n, message);
      }
    };
  }

  /** Runs on Ctrl-C and on SIGTERM, while units may still be under way. */
  private void interrupted(Reproduction run, RunFolder folder) {
    try {
      if (run.finish(Reproduction.INTERRUPTED)) {
        say(
            "interrupted; the report holds what was finished: "
                + folder.path().resolve("report.html"));
        say("go on by: kobai reproduce --resume " + folder.path());
      }
    } catch (IOException e) {
      say("interrupted; the report could not be written: " + e);
    }
  }

  /** Prints the verdicts and where the report is; returns the exit code. */
  static int tell(Verdicts verdicts, Path folder, CommandSpec spec) {
    PrintWriter out = spec.commandLine().getOut();
    for (Verdicts.Line line : verdicts.lines()) {
      out.printf(
          "%-8s %s: %s [%s]%n",
          line.judgement().verdict().name().toLowerCase(Locale.ROOT).replace('_', ' '),
          line.experiment(),
          line.band().claim(),
          line.judgement().observed());
    }
    out.printf(
        "%d pass, %d fail, %d not run%n",
        verdicts.count(Band.Verdict.PASS),
        verdicts.count(Band.Verdict.FAIL),
        verdicts.count(Band.Verdict.NOT_RUN));
    out.println("report: " + folder.resolve("report.html"));
    out.flush();
    return verdicts.count(Band.Verdict.FAIL) == 0 ? 0 : Main.CHECK_FAILED;
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("kobai reproduce: " + line);
    err.flush();
  }

  private Manifest manifest(Plan plan) {
    return manifest(plan, spec);
  }

  /** The manifest of a run that begins now. */
  static Manifest manifest(Plan plan, CommandSpec spec) {
    List<String> command = new ArrayList<>(List.of("kobai"));
    command.addAll(spec.root().commandLine().getParseResult().originalArgs());
    Manifest.Builder manifest =
        Manifest.starting(
                command, Environment.current(FloatVector.SPECIES_PREFERRED.vectorBitSize()))
            .revision(Build.current().revision());
    plan.settings().forEach(manifest::setting);
    return manifest.build();
  }
}
