package kobai.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Numbers in text: one row a line, fields separated by tabs, semicolons, commas or spaces.
 *
 * <p>The separator is the first of these four that occurs in the first row of numbers; spaces
 * around a field and double quotes about it are dropped. The first line is a header if none of its
 * fields begins as a number does. Lines that begin with # are comments; empty lines may stand
 * before and after the rows, not between them. Numbers are written with a decimal point.
 */
final class Csv {
  /**
   * Bytes, characters, values of 8 bytes for a digit and a separator, twice while the array grows.
   */
  static final int HEAP_SHARE = 16;

  private static final char[] SEPARATORS = {'\t', ';', ',', ' '};
  private static final Set<String> NOT_FINITE = Set.of("nan", "inf", "infinity");

  private final String file;
  private final String text;
  private final char separator;
  private final List<Integer> fields =
      new ArrayList<>(); // begin and end of each field of a line, in turn
  private List<String> header = List.of();
  private int headerLine;
  private double[] values = new double[1024];
  private int columns;
  private int rows;

  private Csv(String file, String text) {
    this.file = file;
    this.text = text;
    this.separator = findSeparator();
  }

  static SeriesData parse(String file, byte[] bytes) {
    return new Csv(file, TextData.decode(file, bytes)).parse();
  }

  private SeriesData parse() {
    int line = 0;
    int blankLine = 0;
    for (int from = 0, to; from < text.length(); from = afterLine(to)) {
      to = endOfLine(from);
      line++;
      if (isComment(from, to)) {
        continue;
      }
      if (isBlank(from, to)) {
        blankLine = rows > 0 && blankLine == 0 ? line : blankLine;
        continue;
      }
      if (blankLine > 0) {
        throw refusal(
            blankLine, "is empty: must be a row of " + columns + " fields (remove the empty line)");
      }
      split(from, to);
      if (columns == 0 && holdsNames()) {
        headerLine = line;
        columns = count();
        header = names();
      } else {
        row(line, from);
      }
    }
    if (rows == 0) {
      throw new IllegalArgumentException(
          columns == 0
              ? file + ": holds no rows: must hold numbers (one row a line)"
              : file
                  + ": holds a header in line "
                  + headerLine
                  + " and no rows: must hold numbers below it");
    }
    return new SeriesData(file, header, rows, columns, Arrays.copyOf(values, rows * columns));
  }

  private void row(int line, int lineFrom) {
    if (columns == 0) {
      columns = count();
    }
    if (count() != columns) {
      throw refusal(
          line,
          "has "
              + count()
              + " fields: must have "
              + columns
              + ", as the lines above (separator: "
              + spelt()
              + ")");
    }
    int at = rows * columns; // at least two bytes of the file each, so below 2³⁰
    if (at > values.length - columns) {
      values = Arrays.copyOf(values, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * (at + columns)));
    }
    for (int column = 0; column < columns; column++) {
      values[at + column] = number(line, lineFrom, column);
    }
    rows++;
  }

  private double number(int line, int lineFrom, int column) {
    String field = field(column);
    int position = fields.get(2 * column) - lineFrom + 1;
    if (!isNumber(field)) {
      throw refusal(
          line,
          position,
          field.isEmpty()
              ? "field "
                  + (column + 1)
                  + " is empty: must be a number (fill the value in or remove the row)"
              : "'"
                  + field
                  + "': must be a number (with a decimal point; a header line holds no numbers)");
    }
    double value = isNotFinite(field) ? Double.NaN : Double.parseDouble(field);
    if (!Double.isFinite(value)) { // a word, or beyond 1.8e308
      throw refusal(
          line,
          position,
          SeriesData.notFinite(rows + 1L, SeriesData.columnName(header, column), field));
    }
    return value;
  }

  private char findSeparator() {
    char first = ',';
    boolean found = false;
    for (int from = 0, to; from < text.length(); from = afterLine(to)) {
      to = endOfLine(from);
      if (isComment(from, to) || isBlank(from, to)) {
        continue;
      }
      String line = text.substring(from, to);
      char candidate = separatorOf(line);
      if (found || firstFieldMeansNumber(line, candidate)) {
        return candidate;
      }
      first = candidate;
      found = true;
    }
    return first;
  }

  private static char separatorOf(String line) {
    for (char candidate : SEPARATORS) {
      boolean quoted = false;
      String stripped = line.strip();
      for (int i = 0; i < stripped.length(); i++) {
        char c = stripped.charAt(i);
        quoted ^= c == '"';
        if (!quoted && c == candidate) {
          return candidate;
        }
      }
    }
    return ','; // one field, which may hold spaces if it is a header
  }

  private static boolean firstFieldMeansNumber(String line, char separator) {
    String stripped = line.strip();
    int end = stripped.indexOf(separator);
    return meansNumber(unquoted(end < 0 ? stripped : stripped.substring(0, end)));
  }

  /** Fills {@code fields} with the fields of the line [from, to). */
  private void split(int from, int to) {
    fields.clear();
    boolean spaces = separator == ' ';
    int begin = spaces ? skipSpaces(from, to) : from;
    boolean quoted = false;
    for (int i = begin; i < to; i++) {
      char c = text.charAt(i);
      quoted ^= c == '"';
      boolean ends = spaces ? Character.isWhitespace(c) : c == separator;
      if (!quoted && ends) {
        add(begin, i);
        begin = spaces ? skipSpaces(i, to) : i + 1;
        i = begin - 1;
      }
    }
    if (!spaces || begin < to) {
      add(begin, to);
    }
  }

  private void add(int from, int to) {
    int begin = skipSpaces(from, to);
    int end = to;
    while (end > begin && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    fields.add(begin);
    fields.add(end);
  }

  private int skipSpaces(int from, int to) {
    int i = from;
    while (i < to && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  private int count() {
    return fields.size() / 2;
  }

  private String field(int column) {
    return unquoted(text.substring(fields.get(2 * column), fields.get(2 * column + 1)));
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    for (int column = 0; column < columns; column++) {
      names.add(field(column));
    }
    return names;
  }

  /** Whether the line is a header: some field is filled and none is meant as a number. */
  private boolean holdsNames() {
    boolean filled = false;
    for (int column = 0; column < count(); column++) {
      String field = field(column);
      if (meansNumber(field)) {
        return false;
      }
      filled |= !field.isEmpty();
    }
    return filled;
  }

  /**
   * Whether the field is a number or begins as one; what is written wrong must not pass for a name.
   */
  private static boolean meansNumber(String field) {
    return isNumber(field) || (!field.isEmpty() && "0123456789+-.".indexOf(field.charAt(0)) >= 0);
  }

  private static String unquoted(String field) {
    boolean quoted = field.length() >= 2 && field.startsWith("\"") && field.endsWith("\"");
    return quoted ? field.substring(1, field.length() - 1).strip() : field.strip();
  }

  private static boolean isNotFinite(String field) {
    String word = field.toLowerCase(Locale.ROOT);
    return NOT_FINITE.contains(
        word.startsWith("-") || word.startsWith("+") ? word.substring(1) : word);
  }

  /**
   * A decimal number or one of the words for a value that is not finite; Java's 0x…, …f and …d are
   * not.
   */
  private static boolean isNumber(String field) {
    if (isNotFinite(field)) {
      return true;
    }
    for (int i = 0; i < field.length(); i++) {
      if ("0123456789+-.eE".indexOf(field.charAt(i)) < 0) {
        return false;
      }
    }
    try {
      Double.parseDouble(field);
      return true;
    } catch (NumberFormatException e) {
      return false; // the answer to the question, not an error passed over
    }
  }

  private boolean isComment(int from, int to) {
    int i = skipSpaces(from, to);
    return i < to && text.charAt(i) == '#';
  }

  private boolean isBlank(int from, int to) {
    return skipSpaces(from, to) == to;
  }

  private int endOfLine(int from) {
    int i = from;
    while (i < text.length() && text.charAt(i) != '\n' && text.charAt(i) != '\r') {
      i++;
    }
    return i;
  }

  private int afterLine(int end) {
    boolean pair =
        end + 1 < text.length() && text.charAt(end) == '\r' && text.charAt(end + 1) == '\n';
    return end + (pair ? 2 : 1);
  }

  private String spelt() {
    return switch (separator) {
      case '\t' -> "tab";
      case ' ' -> "space";
      default -> "'" + separator + "'";
    };
  }

  private IllegalArgumentException refusal(int line, String reason) {
    return new IllegalArgumentException(file + ":" + line + ": " + reason);
  }

  private IllegalArgumentException refusal(int line, int position, String reason) {
    return new IllegalArgumentException(file + ":" + line + ":" + position + ": " + reason);
  }
}
