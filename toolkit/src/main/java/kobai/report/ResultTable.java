package kobai.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Results in long form: one measured value a row, with the columns that say what was measured. Rows
 * keep their order.
 *
 * <p>Columns are the keys given at construction, then {@code metric, value, lower, upper, unit}.
 * Numbers read back to the same bits and know no locale: whole ones are written without decimals,
 * others by {@link Double#toString}; NaN is an empty cell in CSV and {@code null} in JSON, an
 * infinity is {@code Infinity}.
 */
public final class ResultTable {
  private static final List<String> MEASURES = List.of("metric", "value", "lower", "upper", "unit");

  private final List<String> keys;
  private final List<Row> rows = new ArrayList<>();

  /**
   * One measured value.
   *
   * @param keys column → text, in the order of the table's columns
   * @param metric what was measured, such as {@code time_per_step}
   * @param measured value and interval, in {@code unit}
   * @param unit such as {@code s}, {@code B} or {@code 1}
   */
  public record Row(Map<String, String> keys, String metric, Measured measured, String unit) {
    /** Keeps the order of the keys. */
    public Row {
      keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
    }

    /** The text in a key column. */
    public String key(String column) {
      String text = keys.get(column);
      if (text == null) {
        throw new IllegalArgumentException(
            "column = %s: must be one of %s".formatted(column, keys.keySet()));
      }
      return text;
    }

    /** The row as a JSON object for a journal: keys, then metric, value, lower, upper, unit. */
    public Map<String, Object> json() {
      var object = new LinkedHashMap<String, Object>(keys);
      object.put("metric", metric);
      object.put("value", finite(measured.value()));
      object.put("lower", finite(measured.lower()));
      object.put("upper", finite(measured.upper()));
      object.put("unit", unit);
      return object;
    }

    private static Object finite(double value) {
      if (Double.isNaN(value)) {
        return null;
      }
      return Double.isInfinite(value) ? (Object) Double.toString(value) : (Object) value;
    }
  }

  /**
   * An empty table.
   *
   * @param keys names of the text columns, without repeats
   */
  public ResultTable(List<String> keys) {
    this.keys = List.copyOf(keys);
    var seen = new HashSet<String>(MEASURES);
    for (String key : this.keys) {
      if (!seen.add(key)) {
        throw new IllegalArgumentException(
            "column = %s: must differ from the other columns and from %s".formatted(key, MEASURES));
      }
    }
  }

  /** Names of the text columns. */
  public List<String> keys() {
    return keys;
  }

  /** The rows, in order. */
  public List<Row> rows() {
    return List.copyOf(rows);
  }

  /** The rows of one metric, in order. */
  public List<Row> rows(String metric) {
    return rows.stream().filter(row -> row.metric().equals(metric)).toList();
  }

  /**
   * Adds a row and returns it.
   *
   * @param values one text for each key column, in their order
   */
  public Row add(List<String> values, String metric, Measured measured, String unit) {
    if (values.size() != keys.size()) {
      throw new IllegalArgumentException(
          "row of %s: keys = %d: must be %d %s"
              .formatted(metric, values.size(), keys.size(), keys));
    }
    var named = new LinkedHashMap<String, String>();
    for (int i = 0; i < keys.size(); i++) {
      named.put(keys.get(i), values.get(i));
    }
    var row = new Row(named, metric, measured, unit);
    rows.add(row);
    return row;
  }

  /** The table as CSV (RFC 4180, with line feeds), header first. */
  public String csv() {
    var text = new StringBuilder();
    var header = new ArrayList<String>(keys);
    header.addAll(MEASURES);
    Csv.append(text, header);
    for (Row row : rows) {
      var cells = new ArrayList<String>(row.keys().values());
      cells.add(row.metric());
      cells.add(number(row.measured().value()));
      cells.add(number(row.measured().lower()));
      cells.add(number(row.measured().upper()));
      cells.add(row.unit());
      Csv.append(text, cells);
    }
    return text.toString();
  }

  /** The table as JSON lines, one object a row. */
  public String jsonLines() {
    var text = new StringBuilder();
    for (Row row : rows) {
      text.append(Json.line(row.json())).append('\n');
    }
    return text.toString();
  }

  /**
   * Reads what {@link #csv} wrote.
   *
   * @throws IllegalArgumentException naming the line that is not such a row
   */
  public static ResultTable parseCsv(String text) {
    List<List<String>> lines = Csv.parse(text);
    int keyCount = lines.isEmpty() ? -1 : lines.getFirst().size() - MEASURES.size();
    if (keyCount < 0
        || !lines.getFirst().subList(keyCount, lines.getFirst().size()).equals(MEASURES)) {
      throw new IllegalArgumentException(
          "results, row 1: header = %s: must end in %s"
              .formatted(lines.isEmpty() ? List.of() : lines.getFirst(), MEASURES));
    }
    var table = new ResultTable(lines.getFirst().subList(0, keyCount));
    for (int i = 1; i < lines.size(); i++) {
      List<String> cells = lines.get(i);
      if (cells.size() != keyCount + MEASURES.size()) {
        throw new IllegalArgumentException(
            "results, row %d: cells = %d: must be %d"
                .formatted(i + 1, cells.size(), keyCount + MEASURES.size()));
      }
      var measured =
          new Measured(
              number(cells.get(keyCount + 1), i + 1),
              number(cells.get(keyCount + 2), i + 1),
              number(cells.get(keyCount + 3), i + 1));
      table.add(cells.subList(0, keyCount), cells.get(keyCount), measured, cells.get(keyCount + 4));
    }
    return table;
  }

  /**
   * Builds a table from the rows of a journal, as {@link Row#json} wrote them.
   *
   * @param keys names of the text columns; objects without one of them get an empty text
   */
  public static ResultTable fromJournal(List<String> keys, List<JsonNode> objects) {
    var table = new ResultTable(keys);
    for (JsonNode object : objects) {
      var values = new ArrayList<String>();
      for (String key : keys) {
        values.add(object.path(key).asText(""));
      }
      var measured =
          new Measured(
              number(object.path("value")),
              number(object.path("lower")),
              number(object.path("upper")));
      table.add(values, object.path("metric").asText(""), measured, object.path("unit").asText(""));
    }
    return table;
  }

  static String number(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    // Whole numbers are sizes; 64 reads better than 64.0, and both read back to the same bits.
    return value == Math.rint(value) && Math.abs(value) < 1e15 && !(value == 0 && 1 / value < 0)
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static double number(String text, int row) {
    if (text.isEmpty()) {
      return Double.NaN;
    }
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "results, row %d: '%s': must be a number or empty".formatted(row, text), e);
    }
  }

  private static double number(JsonNode node) {
    return node.isTextual() ? Double.parseDouble(node.asText()) : node.asDouble(Double.NaN);
  }
}
