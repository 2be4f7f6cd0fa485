package kobai.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Comma-separated values as RFC 4180 quotes them: fields with a comma, a quote or a line end stand
 * in quotes.
 */
public final class Csv {
  private Csv() {}

  /** Appends a row. */
  public static void append(StringBuilder text, List<String> cells) {
    for (int i = 0; i < cells.size(); i++) {
      String cell = cells.get(i);
      boolean quoted = cell.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
      // A line of one empty cell would read as an empty line.
      quoted |= cells.size() == 1 && cell.isEmpty();
      text.append(i == 0 ? "" : ",").append(quoted ? '"' + cell.replace("\"", "\"\"") + '"' : cell);
    }
    text.append('\n');
  }

  /** Rows of cells; line feed and carriage return line feed both end a row. */
  static List<List<String>> parse(String text) {
    var rows = new ArrayList<List<String>>();
    var cells = new ArrayList<String>();
    var cell = new StringBuilder();
    boolean quoted = false;
    boolean started = false;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (quoted) {
        if (c != '"') {
          cell.append(c);
        } else if (at + 1 < text.length() && text.charAt(at + 1) == '"') {
          cell.append('"');
          at++;
        } else {
          quoted = false;
        }
      } else if (c == '"' && cell.isEmpty()) {
        quoted = true;
        started = true;
      } else if (c == ',') {
        cells.add(cell.toString());
        cell.setLength(0);
        started = true;
      } else if (c == '\n'
          || (c == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n')) {
        at += c == '\r' ? 1 : 0;
        cells.add(cell.toString());
        rows.add(List.copyOf(cells));
        cells.clear();
        cell.setLength(0);
        started = false;
      } else {
        cell.append(c);
        started = true;
      }
    }
    if (quoted) {
      throw new IllegalArgumentException(
          "CSV, row %d: a quote is not closed (is the file cut off?)".formatted(rows.size() + 1));
    }
    if (started) {
      cells.add(cell.toString());
      rows.add(List.copyOf(cells));
    }
    return rows;
  }
}
