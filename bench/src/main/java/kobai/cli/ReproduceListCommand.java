package kobai.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import kobai.reproduce.Experiment;
import kobai.reproduce.Experiments;
import kobai.reproduce.Forecast;
import kobai.reproduce.Scale;
import kobai.reproduce.Source;
import kobai.reproduce.Study;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kobai reproduce list}: the experiments. */
@Command(
    name = "list",
    description = "Lists the experiments with their methods, seeds and sources.",
    footer = {"", "Examples:", "  kobai reproduce list", "  kobai reproduce list --json"})
final class ReproduceListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  ReproduceListCommand() {}

  @Override
  public Integer call() {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (Experiments each : Experiments.values()) {
      entries.add(entry(each));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.of(entries));
      return 0;
    }
    for (Map<String, Object> entry : entries) {
      out.println(entry.get("name") + ": " + entry.get("title"));
      entry.forEach(
          (label, value) -> {
            if (!label.equals("name") && !label.equals("title")) {
              String text =
                  value instanceof List<?> list
                      ? String.join(
                          label.equals("sources") ? "; " : ", ",
                          list.stream().map(String::valueOf).toList())
                      : String.valueOf(value);
              out.printf("    %-9s %s%n", label, text);
            }
          });
      out.println();
    }
    return 0;
  }

  private static Map<String, Object> entry(Experiments each) {
    Experiment experiment = each.experiment();
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", each.commandName());
    entry.put("title", experiment.title());
    entry.put("methods", experiment.methods(Scale.REDUCED));
    entry.put(
        "seeds",
        "%d, with --full %d"
            .formatted(experiment.seeds(Scale.REDUCED), experiment.seeds(Scale.FULL)));
    entry.put(
        "time",
        "about %s of one core, with --full %s"
            .formatted(time(each, Scale.REDUCED), time(each, Scale.FULL)));
    entry.put("claims", experiment.bands(Scale.REDUCED).size());
    entry.put("sources", experiment.sources().stream().map(Source::citation).toList());
    return entry;
  }

  private static String time(Experiments each, Scale scale) {
    Study study = Study.of(each.commandName(), each.experiment(), scale);
    return Forecast.words(Forecast.seconds(scale, study.units(), 1));
  }
}
