package kobai.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import kobai.bench.Dimension;
import kobai.bench.Sizes;
import kobai.estimators.Algorithm;
import kobai.kernels.Implementation;
import kobai.report.Measured;
import kobai.report.ResultTable;

/** What a comparison has found so far: a table in long form, and questions to it. */
public final class Results {
  private final ResultTable table;

  /** Nothing yet. */
  public Results() {
    this(new ResultTable(Cell.COLUMNS));
  }

  /** What a table holds, such as one read from a journal. */
  public Results(ResultTable table) {
    this.table = table;
  }

  /** The table. */
  public ResultTable table() {
    return table;
  }

  /** Adds a value and returns its row. */
  public ResultTable.Row add(Cell cell, Metric metric, Measured value) {
    return table.add(cell.values(), metric.column(), value, metric.unit());
  }

  /** The value of a metric of a cell, whatever its label. */
  public Optional<Measured> get(Cell cell, Metric metric) {
    for (ResultTable.Row row : table.rows()) {
      if (row.metric().equals(metric.column()) && cell.sameWork(cell(row))) {
        return Optional.of(row.measured());
      }
    }
    return Optional.empty();
  }

  /** A value of a curve. */
  public record Point(int x, Measured value) {}

  /**
   * The curve of a contender along a size, the rest at the base point, in the order of the size.
   * Along windows it holds every window of its algorithm.
   */
  public List<Point> curve(Contender contender, Dimension dimension, Sizes base, Metric metric) {
    List<Point> points = new ArrayList<>();
    for (ResultTable.Row row : table.rows()) {
      Cell cell = cell(row);
      int x = cell.sizes().get(dimension);
      boolean here;
      if (dimension == Dimension.WINDOW) {
        here =
            cell.contender().algorithm() == contender.algorithm()
                && cell.sizes().with(Dimension.WINDOW, base.window()).equals(base);
      } else {
        here = cell.sameWork(Cell.at(contender, Implementation.VECTOR, base.with(dimension, x)));
      }
      if (here
          && cell.implementation() == Implementation.VECTOR
          && row.metric().equals(metric.column())
          && points.stream().noneMatch(point -> point.x() == x)) {
        points.add(new Point(x, row.measured()));
      }
    }
    points.sort(Comparator.comparingInt(Point::x));
    return points;
  }

  private static Cell cell(ResultTable.Row row) {
    int window = Integer.parseInt(row.key("window"));
    int length = Integer.parseInt(row.key("length"));
    boolean whole = row.key("contender").endsWith("(K=T)");
    return new Cell(
        new Contender(Algorithm.valueOf(row.key("algorithm")), whole ? Contender.WHOLE : window),
        Implementation.valueOf(row.key("kernels").toUpperCase(Locale.ROOT)),
        new Sizes(
            Integer.parseInt(row.key("hidden")),
            length,
            window,
            Integer.parseInt(row.key("particles")),
            Integer.parseInt(row.key("batch")),
            Integer.parseInt(row.key("threads"))));
  }
}
