package kobai.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A table. A cell is a {@link String}, a {@link Number} or a {@link Measured}; numbers are written
 * in the unit of their column, aligned at the right and sorted by value.
 *
 * @param caption what the table shows
 * @param columns at least one
 * @param rows each as long as {@code columns}
 */
public record Table(String caption, List<Column> columns, List<List<Object>> rows)
    implements Block {
  /**
   * A column.
   *
   * @param title its heading
   * @param unit how its numbers are written
   * @param numeric whether its cells are numbers, aligned at the right
   */
  public record Column(String title, Unit unit, boolean numeric) {}

  /** Checks the shape and the cells, and copies the lists. */
  public Table {
    if (columns.isEmpty()) {
      throw new IllegalArgumentException(
          "table '%s': columns = 0: must be at least 1".formatted(caption));
    }
    columns = List.copyOf(columns);
    var copy = new ArrayList<List<Object>>();
    for (List<Object> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "table '%s', row %d: cells = %d: must be %d, one for each column"
                .formatted(caption, copy.size() + 1, row.size(), columns.size()));
      }
      for (Object cell : row) {
        if (!(cell instanceof String || cell instanceof Number || cell instanceof Measured)) {
          throw new IllegalArgumentException(
              "table '%s', row %d: cell = %s: must be a String, a Number or a Measured (use an empty string for nothing)"
                  .formatted(caption, copy.size() + 1, cell));
        }
      }
      copy.add(List.copyOf(row));
    }
    rows = List.copyOf(copy);
  }

  /** Starts a table with that caption. */
  public static Builder captioned(String caption) {
    return new Builder(caption);
  }

  /** The cell as it is shown. */
  String text(int row, int column) {
    Unit unit = columns.get(column).unit();
    return switch (rows.get(row).get(column)) {
      case Measured measured -> measured.text(unit);
      case Number number -> unit.text(number.doubleValue());
      case Object other -> other.toString();
    };
  }

  /** The number by which the cell is sorted; NaN for text. */
  double sortKey(int row, int column) {
    return switch (rows.get(row).get(column)) {
      case Measured measured -> measured.value();
      case Number number -> number.doubleValue();
      default -> Double.NaN;
    };
  }

  /** Collects columns, then rows. */
  public static final class Builder {
    private final String caption;
    private final List<Column> columns = new ArrayList<>();
    private final List<List<Object>> rows = new ArrayList<>();

    private Builder(String caption) {
      this.caption = caption;
    }

    /** Adds a column of text. */
    public Builder text(String title) {
      columns.add(new Column(title, Unit.PLAIN, false));
      return this;
    }

    /** Adds a column of numbers. */
    public Builder number(String title, Unit unit) {
      columns.add(new Column(title, unit, true));
      return this;
    }

    /** Adds a row: one String, Number or Measured for each column. */
    public Builder row(Object... cells) {
      rows.add(List.of(cells));
      return this;
    }

    /** The table. */
    public Table build() {
      return new Table(caption, columns, rows);
    }
  }
}
