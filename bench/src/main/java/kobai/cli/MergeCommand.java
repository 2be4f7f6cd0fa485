package kobai.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import kobai.report.RunFolder;
import kobai.reproduce.Experiments;
import kobai.reproduce.Merge;
import kobai.reproduce.SavedRun;
import kobai.reproduce.Verdicts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kobai reproduce merge}: shards, or runs of other seeds, as one run. */
@Command(
    name = "merge",
    description =
        "Joins runs of the same code and size into a new one: shards, or other seeds, methods or"
            + " experiments.",
    footer = {"", "Examples:", "  kobai reproduce merge part1 part2 part3 --out whole"})
final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "<folder>", description = "Folders of runs.")
  private List<Path> folders = List.of();

  @Option(
      names = "--out",
      paramLabel = "<folder>",
      description = "Where the joined run goes. Default: a new folder in kobai-runs.")
  private Optional<Path> out = Optional.empty();

  MergeCommand() {}

  @Override
  public Integer call() throws IOException {
    Merge merge = Merge.of(read(folders));
    Path path =
        out.orElseGet(() -> RunFolder.defaultPath(Path.of(""), "reproduce", LocalDateTime.now()));
    SavedRun first = read(folders.subList(0, 1)).getFirst();
    try (RunFolder folder = RunFolder.create(path)) {
      // The code is that of the runs, not that which joins them.
      merge.write(
          folder, ReproduceCommand.manifest(merge.plan(), spec).of(first.manifest().revision()));
    }
    merge.missing().stream()
        .limit(5)
        .forEach(unit -> spec.commandLine().getErr().println("kobai merge: missing: " + unit));
    return ReproduceCommand.tell(Verdicts.of(merge.plan(), merge.results()), path, spec);
  }

  /** Reads the runs; all that cannot be read are named at once. */
  static List<SavedRun> read(List<Path> folders) throws IOException {
    Violations violations = new Violations();
    List<SavedRun> runs = new ArrayList<>();
    for (Path folder : folders) {
      try {
        runs.add(SavedRun.read(folder, Experiments::named));
      } catch (IllegalArgumentException e) {
        violations.require(false, e.getMessage());
      }
    }
    violations.raise();
    return runs;
  }
}
