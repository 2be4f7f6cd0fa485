package kobai.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A chart: series of measured values, in one panel or one panel for each facet. Every series is
 * told apart by colour, by the shape of its points and by the dashes of its line, and keeps them
 * through the whole document.
 *
 * @param kind how the values are drawn
 * @param title one line
 * @param description alternative text: what the chart shows, for a reader who cannot see it
 * @param x the horizontal axis (unused by {@link Kind#INTERVALS})
 * @param y the axis of the measured value
 * @param seriesTitle what the series are, such as "algorithm"
 * @param facetTitle what the facets are, such as "window K"; empty if there is one panel
 * @param uncertainty what the error bars or bands show, such as "95 % interval over 5 forks"; empty
 *     if there are none
 * @param band whether the uncertainty is a band along the line instead of bars
 * @param points the values, in any order
 * @param references lines drawn for comparison
 * @param dots single places to compare with, small and grey
 * @param surface what a {@link Kind#HEAT_MAP} shows in colour; no other chart has one
 */
public record Chart(
    Kind kind,
    String title,
    String description,
    Axis x,
    Axis y,
    String seriesTitle,
    String facetTitle,
    String uncertainty,
    boolean band,
    List<Point> points,
    List<Reference> references,
    List<Dot> dots,
    Optional<Surface> surface)
    implements Block {

  /** How the values are drawn. */
  public enum Kind {
    /** Points joined by a line in the order of x. */
    LINES,
    /** Lines alone, of functions known at places close together. */
    CURVES,
    /** Points alone, for a scatter of cost against quality. */
    POINTS,
    /** One row for each series with its value and interval along the horizontal axis. */
    INTERVALS,
    /**
     * A surface in colour, and series as paths on it, their points joined in the order in which
     * they were added. Both axes are linear; there is one panel.
     */
    HEAT_MAP
  }

  /** How an axis is divided. */
  public enum Scale {
    /** Equal differences are equally far apart. */
    LINEAR,
    /**
     * Equal ratios are equally far apart; values ≤ 0 cannot be drawn and are counted below the
     * chart.
     */
    LOG
  }

  /**
   * An axis.
   *
   * @param title with its unit where the marks do not show it
   * @param unit how its marks are written
   * @param scale how it is divided
   */
  public record Axis(String title, Unit unit, Scale scale) {}

  /**
   * A measured value.
   *
   * @param series the series it belongs to
   * @param facet the panel it belongs to; empty if the chart has one panel
   * @param x its place on the horizontal axis
   * @param y its value and interval
   * @param label anything else to show when pointed at, such as "16 particles"; may be empty
   */
  public record Point(String series, String facet, double x, Measured y, String label) {}

  /**
   * A grey line for comparison: from (x1, y1) to (x2, y2). A line across the whole panel at one x
   * or one y has NaN for the coordinates that it does not have.
   *
   * @param label written beside it
   * @param x1 start; NaN for a line across at {@code y1}
   * @param y1 start; NaN for a line across at {@code x1}
   * @param x2 end; equal to {@code x1} for a line across
   * @param y2 end; equal to {@code y1} for a line across
   */
  public record Reference(String label, double x1, double y1, double x2, double y2) {}

  /** A small grey dot of the panel of that facet, which is empty if there is one panel. */
  public record Dot(String facet, double x, double y) {}

  /** Checks that points and facets go together, and copies the lists. */
  public Chart {
    points = List.copyOf(points);
    references = List.copyOf(references);
    dots = List.copyOf(dots);
    if (title.isBlank() || description.isBlank()) {
      throw new IllegalArgumentException(
          "chart '%s': title and description must not be empty (say what a reader would see)"
              .formatted(title));
    }
    boolean heat = kind == Kind.HEAT_MAP;
    boolean plane = x.scale() == Scale.LINEAR && y.scale() == Scale.LINEAR && facetTitle.isEmpty();
    if (heat != surface.isPresent() || heat && !plane) {
      throw new IllegalArgumentException(
          "chart '%s': a heat map must have a surface, linear axes and one panel, and no other chart a surface (start it by Chart.heatMap)"
              .formatted(title));
    }
    for (Point point : points) {
      if (point.facet().isEmpty() != facetTitle.isEmpty()) {
        throw new IllegalArgumentException(
            "chart '%s': facet = '%s': must be %s (call facets(title) and name a facet in every point, or neither)"
                .formatted(
                    title, point.facet(), facetTitle.isEmpty() ? "empty" : "a " + facetTitle));
      }
    }
  }

  /** Starts a line chart. */
  public static Builder lines(String title, String description) {
    return new Builder(Kind.LINES, title, description);
  }

  /** Starts a chart of lines without points. */
  public static Builder curves(String title, String description) {
    return new Builder(Kind.CURVES, title, description);
  }

  /** Starts a scatter chart. */
  public static Builder points(String title, String description) {
    return new Builder(Kind.POINTS, title, description);
  }

  /** Starts a chart with one row for each series. */
  public static Builder intervals(String title, String description) {
    return new Builder(Kind.INTERVALS, title, description);
  }

  /** Starts a heat map; its title for the colours is that of the surface's axis. */
  public static Builder heatMap(String title, String description, Surface surface) {
    return new Builder(Kind.HEAT_MAP, title, description).surface(surface);
  }

  /** Names of the series, in the order of first appearance. */
  List<String> series() {
    return points.stream().map(Point::series).distinct().toList();
  }

  /**
   * Names of the facets, in the order of first appearance; one empty name if there is one panel.
   */
  List<String> facets() {
    return facetTitle.isEmpty()
        ? List.of("")
        : points.stream().map(Point::facet).distinct().toList();
  }

  private boolean labelled() {
    return points.stream().anyMatch(point -> !point.label().isEmpty());
  }

  /** The values as a table for readers: columns that would be empty are left out. */
  Table table() {
    var table = Table.captioned("Values of “" + title + "”").text(seriesTitle);
    if (!facetTitle.isEmpty()) {
      table.text(facetTitle);
    }
    if (kind != Kind.INTERVALS) {
      table.number(x.title(), x.unit());
    }
    table.number(y.title(), y.unit());
    if (labelled()) {
      table.text("note");
    }
    for (Point point : points) {
      var cells = new ArrayList<Object>();
      cells.add(point.series());
      if (!facetTitle.isEmpty()) {
        cells.add(point.facet());
      }
      if (kind != Kind.INTERVALS) {
        cells.add(point.x());
      }
      cells.add(point.y());
      if (labelled()) {
        cells.add(point.label());
      }
      table.row(cells.toArray());
    }
    return table.build();
  }

  /** The values in full precision as CSV. */
  String csv() {
    var text = new StringBuilder();
    Csv.append(
        text, List.of(seriesTitle, facetTitle, x.title(), y.title(), "lower", "upper", "note"));
    for (Point point : points) {
      Csv.append(
          text,
          List.of(
              point.series(),
              point.facet(),
              ResultTable.number(point.x()),
              ResultTable.number(point.y().value()),
              ResultTable.number(point.y().lower()),
              ResultTable.number(point.y().upper()),
              point.label()));
    }
    return text.toString();
  }

  /** Collects axes and values. Both axes are bare linear numbers until set; series are "series". */
  public static final class Builder {
    private final Kind kind;
    private final String title;
    private final String description;
    private Axis x = new Axis("x", Unit.PLAIN, Scale.LINEAR);
    private Axis y = new Axis("value", Unit.PLAIN, Scale.LINEAR);
    private String seriesTitle = "series";
    private String facetTitle = "";
    private String uncertainty = "";
    private boolean band;
    private final List<Point> points = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();
    private final List<Dot> dots = new ArrayList<>();
    private Optional<Surface> surface = Optional.empty();

    private Builder(Kind kind, String title, String description) {
      this.kind = kind;
      this.title = title;
      this.description = description;
    }

    private Builder surface(Surface shown) {
      surface = Optional.of(shown);
      return this;
    }

    /** Sets the horizontal axis. */
    public Builder x(String title, Unit unit, Scale scale) {
      x = new Axis(title, unit, scale);
      return this;
    }

    /** Sets the axis of the measured value. */
    public Builder y(String title, Unit unit, Scale scale) {
      y = new Axis(title, unit, scale);
      return this;
    }

    /** Says what the series are. */
    public Builder series(String title) {
      seriesTitle = title;
      return this;
    }

    /** Gives each facet its own panel and says what the facets are. */
    public Builder facets(String title) {
      facetTitle = title;
      return this;
    }

    /** Says what the error bars show. */
    public Builder bars(String uncertainty) {
      this.uncertainty = uncertainty;
      this.band = false;
      return this;
    }

    /** Draws the uncertainty as a band along the line, and says what it shows. */
    public Builder band(String uncertainty) {
      this.uncertainty = uncertainty;
      this.band = true;
      return this;
    }

    /** Adds a value of a chart with one panel. */
    public Builder point(String series, double x, Measured y) {
      return point(new Point(series, "", x, y, ""));
    }

    /** Adds a value to a panel. */
    public Builder point(String series, String facet, double x, Measured y) {
      return point(new Point(series, facet, x, y, ""));
    }

    /** Adds a value. */
    public Builder point(Point point) {
      points.add(point);
      return this;
    }

    /** Adds the row of a series to a chart of intervals. */
    public Builder interval(String series, Measured value) {
      return point(new Point(series, "", Double.NaN, value, ""));
    }

    /** Adds a line across at one x. */
    public Builder referenceAtX(String label, double x) {
      references.add(new Reference(label, x, Double.NaN, x, Double.NaN));
      return this;
    }

    /** Adds a line across at one value. */
    public Builder referenceAtY(String label, double y) {
      references.add(new Reference(label, Double.NaN, y, Double.NaN, y));
      return this;
    }

    /** Adds a line between two points, such as the slope that theory predicts. */
    public Builder reference(String label, double x1, double y1, double x2, double y2) {
      references.add(new Reference(label, x1, y1, x2, y2));
      return this;
    }

    /** Adds a small grey dot to a panel, such as an example. */
    public Builder dot(String facet, double x, double y) {
      dots.add(new Dot(facet, x, y));
      return this;
    }

    /** The chart. */
    public Chart build() {
      return new Chart(
          kind,
          title,
          description,
          x,
          y,
          seriesTitle,
          facetTitle,
          uncertainty,
          band,
          points,
          references,
          dots,
          surface);
    }
  }
}
