package kobai.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A series of numbers: one row a time step, one column a variable. Immutable.
 *
 * <p>Rows and columns in messages count from 1.
 */
public final class SeriesData {
  private final String name;
  private final List<String> header;
  private final int rows;
  private final int columns;
  private final double[] values;

  /**
   * Takes over {@code values}, which must not change afterwards.
   *
   * @param name the file or the title, for reports
   * @param header the names of the columns, or an empty list
   * @param values [rows × columns], row-major
   * @throws IllegalArgumentException if sizes disagree or a value is not finite
   */
  public SeriesData(String name, List<String> header, int rows, int columns, double[] values) {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          name
              + ": has "
              + rows
              + " rows and "
              + columns
              + " columns: must have at least one of each");
    }
    if ((long) rows * columns != values.length) {
      throw new IllegalArgumentException(
          name + ": values: expected " + rows + " × " + columns + " numbers, got " + values.length);
    }
    if (!header.isEmpty() && header.size() != columns) {
      throw new IllegalArgumentException(
          name + ": header: expected " + columns + " names or none, got " + header.size());
    }
    this.name = name;
    this.header = List.copyOf(header);
    this.rows = rows;
    this.columns = columns;
    this.values = values;
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new IllegalArgumentException(
            name
                + ": "
                + notFinite(i / columns + 1, columnName(i % columns), String.valueOf(values[i])));
      }
    }
  }

  /**
   * Reads the user's file: NumPy's .npy where the name or the first bytes say so, text with
   * separators otherwise.
   *
   * @throws IllegalArgumentException if the file cannot be read or holds anything but a table of
   *     finite numbers; the message names line and column of a text, byte offset of a .npy file,
   *     and the reason
   */
  public static SeriesData read(Path file) {
    boolean named = file.toString().toLowerCase(Locale.ROOT).endsWith(".npy");
    byte[] bytes = DataFile.bytes(file, named ? Npy.HEAP_SHARE : Csv.HEAP_SHARE);
    return named || Npy.claims(bytes)
        ? Npy.parse(file.toString(), bytes)
        : Csv.parse(file.toString(), bytes);
  }

  public String name() {
    return name;
  }

  /** The names of the columns, or an empty list. */
  public List<String> header() {
    return header;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /** The value of a row and a column, both from 0. */
  public double at(int row, int column) {
    return values[row * columns + column];
  }

  /** How messages call a column (from 0): its number from 1 and its name, if any. */
  public String columnName(int column) {
    return columnName(header, column);
  }

  static String columnName(List<String> header, int column) {
    return "column " + (column + 1) + (header.isEmpty() ? "" : " (" + header.get(column) + ")");
  }

  static String notFinite(long row, String column, String value) {
    return "row "
        + row
        + ", "
        + column
        + " = "
        + value
        + ": must be finite (remove the row or fill the value in)";
  }
}
