package kobai.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import kobai.report.Document;
import kobai.report.HtmlWriter;
import kobai.report.MarkdownWriter;
import kobai.report.RunFolder;
import kobai.reproduce.ReproductionReport;
import kobai.reproduce.SavedRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kobai report}: draws finished, interrupted or running runs, again or together. */
@Command(
    name = "report",
    description = {
      "Draws runs of 'kobai reproduce'.",
      "",
      "One run is drawn again into its own folder; several are drawn into one page, one after the"
          + " other, experiment by experiment."
    },
    footer = {
      "",
      "Examples:",
      "  kobai report kobai-runs/reproduce-20261122-031500",
      "  kobai report before after --out comparison"
    })
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "<folder>", description = "Folders of runs.")
  private List<Path> folders = List.of();

  @Option(
      names = "--out",
      paramLabel = "<folder>",
      description =
          "Where report.html and report.md go. Default: the folder of the run, if it is one.")
  private Optional<Path> out = Optional.empty();

  ReportCommand() {}

  @Override
  public Integer call() throws IOException {
    List<SavedRun> runs = MergeCommand.read(folders);
    if (out.isEmpty() && folders.size() > 1) {
      throw new IllegalArgumentException(
          "--out: must be given with several runs (their page belongs to none of their folders)");
    }
    Document document = ReproductionReport.document(runs);
    Path page;
    if (out.isEmpty()) {
      try (RunFolder folder = RunFolder.resume(folders.getFirst())) {
        folder.write(document);
      }
      page = folders.getFirst().resolve("report.html");
    } else {
      Files.createDirectories(out.get());
      page = out.get().resolve("report.html");
      Files.writeString(page, HtmlWriter.write(document));
      Files.writeString(out.get().resolve("report.md"), MarkdownWriter.write(document));
    }
    spec.commandLine().getOut().println("report: " + page);
    return 0;
  }
}
