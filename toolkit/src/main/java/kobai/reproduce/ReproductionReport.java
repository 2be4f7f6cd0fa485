package kobai.reproduce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import kobai.report.Block;
import kobai.report.Document;
import kobai.report.ResultTable;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/** The report on one or several runs: verdicts first, then every experiment by itself. */
public final class ReproductionReport {
  /** Larger tables stay beside the page instead of within it. */
  private static final int MOST_BYTES_INSIDE = 1 << 20;

  private static final int MOST_FINDINGS = 8;

  private final List<SavedRun> runs;
  private final boolean several;

  private ReproductionReport(List<SavedRun> runs) {
    this.runs = runs;
    several = runs.size() > 1;
  }

  /**
   * The report. Several runs are drawn one after the other, experiment by experiment; to draw the
   * shards of one run as one, merge them first.
   *
   * @param runs at least one
   */
  public static Document document(List<SavedRun> runs) {
    return new ReproductionReport(runs).document();
  }

  private Document document() {
    Map<SavedRun, Verdicts> verdicts = new LinkedHashMap<>();
    runs.forEach(run -> verdicts.put(run, Verdicts.of(run.plan(), run.results())));
    var sections = new ArrayList<Section>();
    sections.add(verdictSection(verdicts));
    Set<String> names = new LinkedHashSet<>();
    runs.forEach(run -> run.plan().studies().forEach(study -> names.add(study.name())));
    for (String name : names) {
      sections.add(experiment(name));
    }
    sections.add(provenance(verdicts));
    String title =
        names.size() == 1 ? "Reproduction of " + names.iterator().next() : "Reproductions";
    return new Document(
        title, lead(verdicts, names.size()), findings(verdicts), List.copyOf(sections));
  }

  private static long count(Map<SavedRun, Verdicts> verdicts, Band.Verdict verdict) {
    return verdicts.values().stream().mapToLong(each -> each.count(verdict)).sum();
  }

  private String lead(Map<SavedRun, Verdicts> verdicts, int experiments) {
    long pass = count(verdicts, Band.Verdict.PASS);
    long fail = count(verdicts, Band.Verdict.FAIL);
    long open = count(verdicts, Band.Verdict.NOT_RUN);
    String size =
        String.join(
            ", ",
            new LinkedHashSet<>(runs.stream().map(run -> words(run.plan().scale())).toList()));
    return "Do published experiments come out again? %s at %s size, %s: of %s, %d hold%s%s."
        .formatted(
            counted(experiments, "experiment"),
            size,
            counted(runs.size(), "run"),
            counted(pass + fail + open, "claim"),
            pass,
            fail == 0 ? "" : ", %d do not".formatted(fail),
            open == 0 ? "" : ", %d could not be judged yet".formatted(open));
  }

  private static String counted(long n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }

  private static String words(Scale scale) {
    return switch (scale) {
      case TINY -> "a tiny";
      case REDUCED -> "a reduced";
      case FULL -> "the published";
    };
  }

  private static List<String> findings(Map<SavedRun, Verdicts> verdicts) {
    var findings = new ArrayList<String>();
    for (Verdicts each : verdicts.values()) {
      for (Verdicts.Line line : each.lines(Band.Verdict.FAIL)) {
        if (findings.size() < MOST_FINDINGS) {
          findings.add(
              "Not reproduced: %s: %s Seen: %s."
                  .formatted(
                      line.experiment(),
                      sentence(line.band().claim()),
                      stripped(line.judgement().observed())));
        }
      }
    }
    for (SavedRun run : verdicts.keySet()) {
      int asked = run.plan().work().size();
      int done = run.results().size();
      if (done < asked) {
        findings.add(
            "This run is not complete: %d of its %d units are done (%s)."
                .formatted(done, asked, run.manifest().exitReason()));
      }
    }
    return findings;
  }

  private static String stripped(String text) {
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  private static String sentence(String text) {
    return stripped(text) + ".";
  }

  private Section verdictSection(Map<SavedRun, Verdicts> verdicts) {
    var blocks = new ArrayList<Block>();
    verdicts.forEach(
        (run, each) -> {
          if (several) {
            blocks.add(new Block.Heading(name(run)));
          }
          if (run.plan().studies().size() > 1 && !each.lines().isEmpty()) {
            blocks.add(each.summary());
          }
          blocks.add(
              each.lines().isEmpty()
                  ? Block.prose("At this size nothing is judged.")
                  : each.table());
        });
    blocks.add(
        Block.note(
            "How to read the verdicts",
            "A claim is a statement that was fixed before this run, with limits whose origin stands"
                + " beside it. PASS: what was observed lies within them. FAIL: it does not; then"
                + " the text of the experiment says what is known of the reason.",
            "An origin that tells of runs names their size. Where it tells of reduced runs alone,"
                + " the published size has not been measured: that would take hours.",
            "Each method is run with several seeds of parameters, data and perturbations. A value"
                + " with an interval is a median over them; "
                + Spread.WORDS
                + "."));
    return new Section("Verdicts", blocks);
  }

  private static String name(SavedRun run) {
    String commit = run.manifest().revision().commit();
    int shown = Math.min(commit.length(), 10);
    return "%s (commit %s, %s)"
        .formatted(
            run.folder().toAbsolutePath().getFileName(),
            commit.substring(0, shown),
            run.manifest().environment().cpu());
  }

  private Section experiment(String name) {
    var blocks = new ArrayList<Block>();
    String title = name;
    boolean described = false;
    for (SavedRun run : runs) {
      for (Study study : run.plan().studies()) {
        if (!study.name().equals(name)) {
          continue;
        }
        if (!described) {
          title = name + ": " + study.experiment().title();
          blocks.add(Block.prose(study.experiment().question()));
          described = true;
        }
        if (several) {
          blocks.add(new Block.Heading(name(run)));
        }
        figures(run, study, blocks);
        blocks.add(constants(study, run.plan().scale()));
        blocks.add(sources(study));
      }
    }
    return new Section(title, blocks);
  }

  private void figures(SavedRun run, Study study, List<Block> blocks) {
    Outcomes outcomes = Verdicts.outcomes(study, run.results());
    try {
      for (Section section : study.experiment().figures(run.plan().scale(), outcomes)) {
        blocks.add(new Block.Heading(section.title()));
        blocks.addAll(section.blocks());
      }
    } catch (RuntimeException e) {
      // The verdicts and the values are worth a report even so.
      blocks.add(Block.prose("The figures could not be drawn: " + e));
    }
    Table table = values(study, outcomes);
    if (!table.rows().isEmpty()) {
      blocks.add(table);
    }
  }

  /** Medians of the figures that belong to whole units. */
  private static Table values(Study study, Outcomes outcomes) {
    var table =
        Table.captioned("Values of " + study.name() + ", medians over the seeds")
            .text("method")
            .text("metric")
            .number("value", Unit.PLAIN)
            .number("seeds", Unit.COUNT)
            .number("time of a unit", Unit.SECONDS);
    Map<String, Map<String, List<Double>>> found = new LinkedHashMap<>();
    for (Outcomes.Row row : outcomes.rows()) {
      if (Double.isNaN(row.x())) {
        found
            .computeIfAbsent(row.method(), method -> new LinkedHashMap<>())
            .computeIfAbsent(row.metric(), metric -> new ArrayList<>())
            .add(row.value());
      }
    }
    found.forEach(
        (method, metrics) ->
            metrics.forEach(
                (metric, values) ->
                    table.row(
                        method,
                        metric,
                        Spread.median(values.stream().mapToDouble(value -> value).toArray()),
                        values.size(),
                        Outcomes.median(outcomes.seconds(method, UnitResult.ELAPSED)))));
    return table.build();
  }

  private static Table constants(Study study, Scale scale) {
    var table =
        Table.captioned(
                "Constants of %s at this size (%s)"
                    .formatted(study.name(), scale.name().toLowerCase(Locale.ROOT)))
            .text("constant")
            .text("value");
    study.experiment().constants(scale).forEach((name, value) -> table.row(name, text(value)));
    table.row("methods", String.join(", ", study.methods()));
    table.row("seeds", text(study.seeds()));
    return table.build();
  }

  private static String text(Object value) {
    if (value instanceof List<?> list) {
      return String.join(", ", list.stream().map(ReproductionReport::text).toList());
    }
    return value instanceof Double number ? Unit.PLAIN.text(number) : String.valueOf(value);
  }

  private static Table sources(Study study) {
    var table =
        Table.captioned("Sources of " + study.name()).text("publication").text("identifier");
    study
        .experiment()
        .sources()
        .forEach(source -> table.row(source.citation(), source.identifier()));
    return table.build();
  }

  private Section provenance(Map<SavedRun, Verdicts> verdicts) {
    var blocks = new ArrayList<Block>();
    for (SavedRun run : runs) {
      if (several) {
        blocks.add(new Block.Heading(name(run)));
      }
      blocks.add(run.manifest().table());
      if (!several) {
        Verdicts each = verdicts.get(run);
        blocks.add(new Block.Download("verdicts.csv", "text/csv", "all verdicts", each.csv()));
        ResultTable results = Reproduction.table(run.results(), UnitResult::rows, "1");
        if (results.csv().length() <= MOST_BYTES_INSIDE) {
          blocks.add(Block.csv("results.csv", "all values, one a row", results));
        } else {
          blocks.add(
              Block.prose(
                  "All values are in `results.csv` in the folder of the run; they are too many to"
                      + " be carried inside this page."));
        }
      }
    }
    return new Section("How this was run", blocks);
  }
}
