package kobai.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.models.Models;
import kobai.networks.Network;
import kobai.optimisers.OptimiserOption;
import kobai.optimisers.Optimisers;
import kobai.optimisers.ScheduleOption;
import kobai.optimisers.Schedules;
import kobai.tasks.Tasks;
import kobai.verify.ReferenceNetwork;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kobai list}: the registries, from which everything else takes its names. */
@Command(
    name = "list",
    description =
        "Lists algorithms with their claims, costs and sources, tasks, models, layers, optimisers"
            + " and schedules.",
    footer = {"", "Examples:", "  kobai list", "  kobai list algorithms", "  kobai list --json"})
final class ListCommand implements Callable<Integer> {
  private static final String INDENT = "    ";

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "<section>",
      description =
          "algorithms, tasks, models, layers, optimisers or schedules; all if none is named.")
  private List<String> sections =
      List.of(); // picocli calls a misspelt enum here an unexpected argument

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  ListCommand() {}

  /** What can be listed. */
  enum Section {
    ALGORITHMS,
    TASKS,
    MODELS,
    LAYERS,
    OPTIMISERS,
    SCHEDULES
  }

  /**
   * One row of a registry.
   *
   * @param name on the command line
   * @param facts label to value, in the order of printing
   */
  record Entry(String name, Map<String, String> facts) {}

  @Override
  public Integer call() {
    var names = new Names<>(Section.class);
    var violations = new Violations();
    List<Section> wanted = new ArrayList<>();
    sections.forEach(section -> violations.collect(() -> wanted.add(names.parse(section))));
    violations.raise();
    if (wanted.isEmpty()) {
      wanted.addAll(List.of(Section.values()));
    }
    Map<String, List<Entry>> listing = new LinkedHashMap<>();
    for (Section section : wanted) {
      listing.put(Names.of(section), entries(section));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.of(flat(listing)));
    } else {
      print(listing, out);
    }
    return 0;
  }

  private static List<Entry> entries(Section section) {
    return switch (section) {
      case ALGORITHMS -> Arrays.stream(Algorithm.values()).map(ListCommand::entry).toList();
      case TASKS -> Arrays.stream(Tasks.values()).map(ListCommand::entry).toList();
      case MODELS -> Arrays.stream(Models.values()).map(ListCommand::entry).toList();
      case LAYERS ->
          Network.layerNames().stream().map(usage -> new Entry(usage, Map.of())).toList();
      case OPTIMISERS -> Arrays.stream(Optimisers.values()).map(ListCommand::entry).toList();
      case SCHEDULES -> Arrays.stream(Schedules.values()).map(ListCommand::entry).toList();
    };
  }

  private static Entry entry(Algorithm algorithm) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("whole", words(algorithm.whole()));
    facts.put("windows", words(algorithm.windows()));
    facts.put("target", algorithm.target());
    facts.put("time", algorithm.time());
    facts.put("memory", algorithm.memory());
    facts.put("networks", networks(algorithm));
    facts.put("source", algorithm.source());
    return new Entry(Names.of(algorithm), facts);
  }

  /**
   * The networks that the algorithm can be made for: those whose plan is not refused; with its
   * claim there, where that is another.
   */
  private static String networks(Algorithm algorithm) {
    List<String> accepted = new ArrayList<>();
    for (ReferenceNetwork network : ReferenceNetwork.values()) {
      try {
        algorithm.plan(network.small().setup());
        Claim claim = algorithm.claimOn(network.small().model(), true);
        accepted.add(
            Names.of(network) + (claim == algorithm.whole() ? "" : " (" + words(claim) + ")"));
      } catch (IllegalArgumentException e) {
        continue; // the refusal is the answer
      }
    }
    return accepted.size() == ReferenceNetwork.values().length
        ? "all"
        : String.join(", ", accepted);
  }

  private static Entry entry(Tasks task) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("learn", task.description());
    facts.put("source", task.source());
    if (task.readsData()) {
      facts.put("data", task.needsData() ? "needs --data FILE" : "reads --data FILE if given");
    }
    task.options().stream()
        .sorted()
        .forEach(
            option ->
                facts.put(
                    option.commandName(),
                    "%s; %d to %d".formatted(option.description(), option.least(), option.most())));
    return new Entry(Names.of(task), facts);
  }

  private static Entry entry(Models model) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("equation", model.equation());
    facts.put("source", model.source());
    return new Entry(Names.of(model), facts);
  }

  private static Entry entry(Optimisers optimiser) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("equation", optimiser.equation());
    facts.put("source", optimiser.source());
    facts.put("rate", "usually " + optimiser.usualRate());
    List<String> common = new ArrayList<>();
    for (OptimiserOption option : optimiser.options()) {
      if (option.common()) {
        common.add(option.commandName());
      } else {
        facts.put(
            option.commandName(),
            "%s; in %s; usually %s"
                .formatted(option.description(), option.range(), optimiser.defaults().get(option)));
      }
    }
    facts.put("also", String.join(", ", common));
    return new Entry(Names.of(optimiser), facts);
  }

  private static Entry entry(Schedules schedule) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("factor", schedule.equation());
    facts.put("source", schedule.source());
    for (ScheduleOption option : schedule.options()) {
      Double usual = schedule.defaults().get(option);
      facts.put(
          option.commandName(),
          option.description()
              + "; in "
              + option.range()
              + (usual == null
                  ? "; none unless set"
                  : "; usually " + (Double.isNaN(usual) ? "the length of the run" : usual)));
    }
    return new Entry(Names.of(schedule), facts);
  }

  private static String words(Claim claim) {
    return claim.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** For JSON: each entry one object, its name first. */
  private static Map<String, List<Map<String, String>>> flat(Map<String, List<Entry>> listing) {
    Map<String, List<Map<String, String>>> flat = new LinkedHashMap<>();
    listing.forEach(
        (section, entries) -> {
          List<Map<String, String>> objects = new ArrayList<>();
          for (Entry entry : entries) {
            Map<String, String> object = new LinkedHashMap<>();
            object.put("name", entry.name());
            object.putAll(entry.facts());
            objects.add(object);
          }
          flat.put(section, objects);
        });
    return flat;
  }

  private static void print(Map<String, List<Entry>> listing, PrintWriter out) {
    listing.forEach(
        (section, entries) -> {
          out.println(section);
          entries.forEach(entry -> print(entry, out));
          out.println();
        });
    if (listing.containsKey(Names.of(Section.ALGORITHMS))) {
      out.println(
          "whole, windows: what is claimed when one window covers the sequence, and when it is cut"
              + " into windows.");
      out.println(
          "time: per step; memory: beside the steps of a window, O(K n), where it is differentiated"
              + " step by step; C forward step, K window, n state size, P parameters, N particles,"
              + " k tangents, r rank.");
    }
  }

  private static void print(Entry entry, PrintWriter out) {
    out.println("  " + entry.name());
    entry.facts().forEach((label, value) -> out.printf("%s%-15s %s%n", INDENT, label, value));
  }
}
