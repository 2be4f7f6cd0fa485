package kobai.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kobai.reproduce.RunDifference;
import kobai.reproduce.SavedRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kobai diff}: whether two runs found the same. */
@Command(
    name = "diff",
    description = {
      "Compares two runs of 'kobai reproduce', of two machines or two versions: first bit by bit,"
          + " then, where bits differ, by law.",
      "",
      "Durations are left out. The exit code is 0 if the runs have the same units and chance may"
          + " explain what differs (a rank test over the seeds for each method and metric, exact,"
          + " with Holm's correction at 5 %%), and 1 if not. What does not depend on the seed must"
          + " be the same to the last bit."
    },
    footer = {"", "Examples:", "  kobai diff before after", "  kobai diff here there --exact"})
final class DiffCommand implements Callable<Integer> {
  private static final int MOST_LINES = 60;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "<first>", description = "Folder of a run.")
  private Path first;

  @Parameters(index = "1", paramLabel = "<second>", description = "Folder of another.")
  private Path second;

  @Option(names = "--exact", description = "Exit with 1 if a single bit differs.")
  private boolean exact;

  @Option(names = "--all", description = "Print every difference. Default: the first 60 lines.")
  private boolean all;

  DiffCommand() {}

  @Override
  public Integer call() throws IOException {
    List<SavedRun> runs = MergeCommand.read(List.of(first, second));
    var difference = RunDifference.of(runs.get(0), runs.get(1));
    PrintWriter out = spec.commandLine().getOut();
    List<String> lines = difference.lines();
    lines.stream().limit(all ? lines.size() : MOST_LINES).forEach(out::println);
    if (!all && lines.size() > MOST_LINES) {
      out.printf("… and %d lines more (--all prints them)%n", lines.size() - MOST_LINES);
    }
    boolean same = difference.sameBits() || (!exact && difference.sameLaw());
    out.println(
        difference.sameBits()
            ? "the same to the last bit"
            : difference.sameLaw()
                ? "bits differ, but no more than the seeds explain"
                : "the runs differ");
    out.flush();
    return same ? 0 : Main.CHECK_FAILED;
  }
}
