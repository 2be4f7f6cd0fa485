package kobai.reproduce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kobai.report.Csv;
import kobai.report.Json;
import kobai.report.Table;
import kobai.report.Unit;

/**
 * How the bands of a run were judged.
 *
 * @param scale at which it was run
 * @param lines in the order of the experiments and their bands
 */
public record Verdicts(Scale scale, List<Line> lines) {
  /**
   * One band.
   *
   * @param experiment its name
   * @param band the statement
   * @param judgement what came of it
   */
  public record Line(String experiment, Band band, Band.Judgement judgement) {
    /** The verdict as a word that differs in more than colour. */
    String word() {
      return switch (judgement.verdict()) {
        case PASS -> "✓ PASS";
        case FAIL -> "✗ FAIL";
        case NOT_RUN -> "– not run";
      };
    }
  }

  private static final List<String> COLUMNS =
      List.of("experiment", "scale", "verdict", "claim", "observed", "origin");

  public Verdicts {
    lines = List.copyOf(lines);
  }

  /** Judges every band of the plan by the units that have been run. */
  public static Verdicts of(Plan plan, List<UnitResult> results) {
    var lines = new ArrayList<Line>();
    for (Study study : plan.studies()) {
      Outcomes outcomes = outcomes(study, results);
      for (Band band : study.experiment().bands(plan.scale())) {
        lines.add(new Line(study.name(), band, judged(band, outcomes)));
      }
    }
    return new Verdicts(plan.scale(), lines);
  }

  /** The outcomes of one study among all results. */
  static Outcomes outcomes(Study study, List<UnitResult> results) {
    return Outcomes.of(
        results.stream()
            .filter(result -> result.unit().experiment().equals(study.name()))
            .toList());
  }

  /** A judge that fails to judge does not take the report with it: its band has not held. */
  static Band.Judgement judged(Band band, Outcomes outcomes) {
    try {
      return band.judge().apply(outcomes);
    } catch (RuntimeException e) {
      return Band.Judgement.of(false, "could not be judged: " + e);
    }
  }

  /** Number of bands with that verdict. */
  public long count(Band.Verdict verdict) {
    return lines.stream().filter(line -> line.judgement().verdict() == verdict).count();
  }

  /** The lines with that verdict. */
  public List<Line> lines(Band.Verdict verdict) {
    return lines.stream().filter(line -> line.judgement().verdict() == verdict).toList();
  }

  /** The table at the top of a report. */
  Table table() {
    var table =
        Table.captioned("Claims and what was observed")
            .text("verdict")
            .text("experiment")
            .text("claim")
            .text("observed")
            .text("origin of the band");
    for (Line line : lines) {
      table.row(
          line.word(),
          line.experiment(),
          line.band().claim(),
          line.judgement().observed(),
          line.band().origin());
    }
    return table.build();
  }

  /** How many claims of each experiment hold. */
  Table summary() {
    var counts = new LinkedHashMap<String, long[]>();
    for (Line line : lines) {
      counts
          .computeIfAbsent(line.experiment(), name -> new long[3])[
          line.judgement().verdict().ordinal()]++;
    }
    var table =
        Table.captioned("Claims by experiment")
            .text("experiment")
            .number("hold", Unit.COUNT)
            .number("do not hold", Unit.COUNT)
            .number("not run", Unit.COUNT);
    counts.forEach((name, count) -> table.row(name, count[0], count[1], count[2]));
    return table.build();
  }

  /** The verdicts as CSV. */
  public String csv() {
    var text = new StringBuilder();
    Csv.append(text, COLUMNS);
    lines.forEach(line -> Csv.append(text, cells(line)));
    return text.toString();
  }

  /** The verdicts as JSON: a list of objects. */
  public String json() {
    var objects = new ArrayList<Map<String, String>>();
    for (Line line : lines) {
      var object = new LinkedHashMap<String, String>();
      List<String> cells = cells(line);
      for (int i = 0; i < cells.size(); i++) {
        object.put(COLUMNS.get(i), cells.get(i));
      }
      objects.add(object);
    }
    return Json.indented(objects) + "\n";
  }

  private List<String> cells(Line line) {
    return List.of(
        line.experiment(),
        scale.name().toLowerCase(Locale.ROOT),
        line.judgement().verdict().name(),
        line.band().claim(),
        line.judgement().observed(),
        line.band().origin());
  }
}
