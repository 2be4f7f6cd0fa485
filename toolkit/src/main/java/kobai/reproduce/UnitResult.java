package kobai.reproduce;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one unit found: one line of the journal. Numbers are written so that they read back to the
 * same bits.
 *
 * @param unit the unit
 * @param rows what it found, in the order in which it did
 * @param seconds its durations, {@link #ELAPSED} among them; they are no part of what is compared
 */
public record UnitResult(WorkUnit unit, List<Outcomes.Row> rows, List<Outcomes.Row> seconds) {
  /** The duration that every unit has: its own. */
  public static final String ELAPSED = "elapsed";

  public UnitResult {
    rows = List.copyOf(rows);
    seconds = List.copyOf(seconds);
  }

  /** The line of the journal; rows name their metric by its number. */
  Map<String, Object> json() {
    var line = new LinkedHashMap<String, Object>();
    line.put("experiment", unit.experiment());
    line.put("method", unit.method());
    line.put("seed", unit.seed());
    var metrics = new ArrayList<String>();
    var values = new ArrayList<Object>();
    for (Outcomes.Row row : rows) {
      if (!metrics.contains(row.metric())) {
        metrics.add(row.metric());
      }
      var cells = new ArrayList<Object>();
      cells.add(metrics.indexOf(row.metric()));
      if (!Double.isNaN(row.x())) {
        cells.add(row.x());
      }
      cells.add(number(row.value()));
      values.add(cells);
    }
    line.put("metrics", metrics);
    line.put("rows", values);
    var durations = new LinkedHashMap<String, Object>();
    seconds.forEach(row -> durations.put(row.metric(), number(row.value())));
    line.put("seconds", durations);
    return line;
  }

  /** JSON knows no NaN and no infinity: they are text. */
  private static Object number(double value) {
    return Double.isFinite(value) ? (Object) value : Double.toString(value);
  }

  private static double number(JsonNode node) {
    if (!node.isNumber() && !node.isTextual()) {
      throw new IllegalArgumentException("value = %s: must be a number".formatted(node));
    }
    return node.isTextual() ? Double.parseDouble(node.asText()) : node.asDouble();
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is not what {@link #json} gives
   */
  static UnitResult parse(JsonNode line) {
    JsonNode metrics = line.path("metrics");
    JsonNode seed = line.path("seed");
    if (!line.path("experiment").isTextual()
        || !line.path("method").isTextual()
        || !seed.isIntegralNumber()
        || !line.path("rows").isArray()
        || !line.path("seconds").isObject()) {
      throw new IllegalArgumentException(
          "journal: must hold units with experiment, method, seed, metrics, rows and seconds (is it"
              + " of another command?)");
    }
    var unit =
        new WorkUnit(line.path("experiment").asText(), line.path("method").asText(), seed.asLong());
    var rows = new ArrayList<Outcomes.Row>();
    for (JsonNode cells : line.path("rows")) {
      JsonNode metric = metrics.path(cells.path(0).asInt(-1));
      if (!metric.isTextual() || cells.size() < 2 || cells.size() > 3) {
        throw new IllegalArgumentException(
            "journal, %s: row = %s: must be the number of a metric, a place or none, and a value"
                .formatted(unit, cells));
      }
      double x = cells.size() == 3 ? number(cells.path(1)) : Double.NaN;
      double value = number(cells.path(cells.size() - 1));
      rows.add(new Outcomes.Row(unit.method(), unit.seed(), metric.asText(), x, value));
    }
    var seconds = new ArrayList<Outcomes.Row>();
    line.path("seconds")
        .properties()
        .forEach(
            entry ->
                seconds.add(
                    new Outcomes.Row(
                        unit.method(),
                        unit.seed(),
                        entry.getKey(),
                        Double.NaN,
                        number(entry.getValue()))));
    return new UnitResult(unit, rows, seconds);
  }

  /** Where this unit's rows differ from the other's in a bit, in words; empty if nowhere. */
  Optional<String> difference(UnitResult other) {
    for (int i = 0; i < Math.min(rows.size(), other.rows.size()); i++) {
      Outcomes.Row mine = rows.get(i);
      Outcomes.Row its = other.rows.get(i);
      if (!mine.metric().equals(its.metric()) || !sameBits(mine.x(), its.x())) {
        return Optional.of(
            "row %d is %s in one and %s in the other".formatted(i + 1, name(mine), name(its)));
      }
      if (!sameBits(mine.value(), its.value())) {
        return Optional.of("%s = %s and %s".formatted(name(mine), mine.value(), its.value()));
      }
    }
    return rows.size() == other.rows.size()
        ? Optional.empty()
        : Optional.of("rows = %d and %d".formatted(rows.size(), other.rows.size()));
  }

  private static boolean sameBits(double a, double b) {
    return Double.doubleToLongBits(a) == Double.doubleToLongBits(b);
  }

  private static String name(Outcomes.Row row) {
    return Double.isNaN(row.x()) ? row.metric() : row.metric() + " at " + row.x();
  }
}
