package kobai.report;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Vega-Lite specifications of a chart's panels, as trees in a fixed order. */
final class ChartSpec {
  /**
   * Every colour that is not a series' own follows the page's text, in daylight, at night and in
   * print.
   */
  private static final String INK = "currentColor";

  private static final int HEIGHT = 330;
  private static final int HEAT_HEIGHT = 460;
  private static final int FACET_HEIGHT = 230;
  private static final int ROW_HEIGHT = 30;
  private static final int LABEL_LIMIT = 150;
  private static final int LONG_NAME = 18;
  private static final int LABEL_LINE = 13;
  private static final double LABEL_PLACE = 0.72;
  private static final double LABEL_REACH = 0.4;

  private final Chart chart;
  private final Map<String, Integer> styles;
  private final List<Chart.Point> drawable;
  private final AxisRange x;
  private final AxisRange y;
  private final List<Double> placesAbove = new ArrayList<>();

  /**
   * Works out the axes.
   *
   * @param styles series → number of its style
   */
  ChartSpec(Chart chart, Map<String, Integer> styles) {
    this.chart = chart;
    this.styles = styles;
    this.drawable = chart.points().stream().filter(point -> drawable(chart, point)).toList();
    if (chart.surface().isPresent()) {
      double[] across = Surface.edges(chart.surface().get().x());
      double[] upward = Surface.edges(chart.surface().get().y());
      x = AxisRange.exactly(across[0], across[1], chart.x().unit());
      y = AxisRange.exactly(upward[0], upward[1], chart.y().unit());
      return;
    }
    if (drawable.isEmpty()) {
      x = null;
      y = null;
      return;
    }
    var xs = new ArrayList<Double>();
    var ys = new ArrayList<Double>();
    for (Chart.Point point : drawable) {
      xs.add(point.x());
      for (double end : new double[] {point.y().value(), point.y().lower(), point.y().upper()}) {
        if (shown(chart.y(), end)) {
          ys.add(end);
        }
      }
    }
    for (Chart.Dot dot : chart.dots()) {
      if (shown(chart.x(), dot.x()) && shown(chart.y(), dot.y())) {
        xs.add(dot.x());
        ys.add(dot.y());
      }
    }
    for (Chart.Reference reference : chart.references()) {
      // A level to compare with must be in sight; a slope or a place may run out of the picture.
      if (Double.isNaN(reference.x1()) && shown(chart.y(), reference.y1())) {
        ys.add(reference.y1());
      }
    }
    x = chart.kind() == Chart.Kind.INTERVALS ? null : AxisRange.of(xs, chart.x(), true);
    y = AxisRange.of(ys, chart.y(), false);
  }

  /** How many values cannot be drawn: missing, infinite, or not positive on a logarithmic axis. */
  int undrawn() {
    return chart.points().size() - drawable.size();
  }

  boolean isEmpty() {
    return drawable.isEmpty() && chart.surface().isEmpty();
  }

  private static boolean drawable(Chart chart, Chart.Point point) {
    return shown(chart.y(), point.y().value())
        && (chart.kind() == Chart.Kind.INTERVALS || shown(chart.x(), point.x()));
  }

  private static boolean shown(Chart.Axis axis, double value) {
    return Double.isFinite(value) && (axis.scale() == Chart.Scale.LINEAR || value > 0);
  }

  /** The specification of one panel. */
  Map<String, Object> panel(String facet) {
    var rows = new ArrayList<Object>();
    for (Chart.Point point : drawable) {
      if (point.facet().equals(facet)) {
        Map<String, Object> row = row(point);
        if (chart.kind() == Chart.Kind.HEAT_MAP) {
          row.put("i", rows.size());
        }
        rows.add(row);
      }
    }
    var spec = new LinkedHashMap<String, Object>();
    spec.put("description", chart.description());
    spec.put("width", "container");
    spec.put("height", height());
    spec.put("autosize", object("type", "fit-x", "contains", "padding"));
    placesAbove.clear();
    spec.put("padding", object("left", 2, "right", 14, "top", 8, "bottom", 2));
    spec.put("data", object("values", rows));
    spec.put("params", List.of(object("name", "hidden", "value", List.of())));
    spec.put("transform", List.of(object("filter", "indexof(hidden, datum.s) < 0")));
    spec.put("layer", chart.kind() == Chart.Kind.HEAT_MAP ? heatLayers() : layers(facet));
    spec.put("config", config());
    return spec;
  }

  private int height() {
    if (chart.kind() == Chart.Kind.INTERVALS) {
      return ROW_HEIGHT * Math.max(1, chart.series().size());
    }
    if (chart.kind() == Chart.Kind.HEAT_MAP) {
      return HEAT_HEIGHT;
    }
    return chart.facetTitle().isEmpty() ? HEIGHT : FACET_HEIGHT;
  }

  private Map<String, Object> row(Chart.Point point) {
    Measured value = point.y();
    var row = new LinkedHashMap<String, Object>();
    row.put("s", point.series());
    if (x != null) {
      row.put("x", point.x());
      row.put("tx", chart.x().unit().text(point.x()));
    }
    row.put("y", value.value());
    if (value.hasInterval()) {
      row.put("lo", Math.max(value.lower(), y.from()));
      row.put("hi", Math.min(value.upper(), y.to()));
    }
    row.put("ty", value.text(chart.y().unit()));
    if (!point.label().isEmpty()) {
      row.put("note", point.label());
    }
    return row;
  }

  private List<Object> layers(String facet) {
    var layers = new ArrayList<Object>();
    addDots(layers, facet);
    for (Chart.Reference reference : chart.references()) {
      addReference(layers, reference);
    }
    boolean rows = chart.kind() == Chart.Kind.INTERVALS;
    if (chart.band() && !rows) {
      layers.add(
          layer(
              object("type", "area", "opacity", 0.18),
              "transform",
              List.of(object("filter", "isValid(datum.lo)")),
              "y",
              measure("lo"),
              "y2",
              object("field", "hi")));
    }
    boolean curves = chart.kind() == Chart.Kind.CURVES;
    if (chart.kind() == Chart.Kind.LINES || curves) {
      layers.add(
          layer(
              object("type", "line", "strokeWidth", 2, "strokeCap", "butt"),
              "y",
              measure("y"),
              "strokeDash",
              styled("dash")));
    }
    if (!chart.band() || rows) {
      addBars(layers, rows);
    }
    var point =
        layer(
            object("type", "point", "filled", true, "opacity", 1, "size", 62),
            rows ? "x" : "y",
            measure("y"),
            "shape",
            styled("shape"));
    if (!curves) {
      layers.add(point);
    }
    // Fingers and pointers need more room than the point itself.
    layers.add(
        layer(
            object("type", "point", "filled", true, "opacity", 0, "size", curves ? 120 : 500),
            rows ? "x" : "y",
            measure("y"),
            "tooltip",
            tooltip()));
    return layers;
  }

  private void addDots(List<Object> layers, String facet) {
    var rows = new ArrayList<Object>();
    for (Chart.Dot dot : chart.dots()) {
      if (dot.facet().equals(facet) && shown(chart.x(), dot.x()) && shown(chart.y(), dot.y())) {
        rows.add(object("v", dot.x(), "w", dot.y()));
      }
    }
    if (!rows.isEmpty()) {
      layers.add(
          object(
              "data",
              object("values", rows),
              "mark",
              object("type", "circle", "color", INK, "opacity", 0.4, "size", 12),
              "encoding",
              object("x", horizontal("v"), "y", measure("w"))));
    }
  }

  /** The surface as a picture; paths on it, light at the edges, so that they stand out anywhere. */
  private List<Object> heatLayers() {
    var layers = new ArrayList<Object>();
    String picture =
        "data:image/png;base64,"
            + Base64.getEncoder().encodeToString(Viridis.png(chart.surface().orElseThrow()));
    layers.add(
        single(
            object("v", x.from(), "v2", x.to(), "w", y.from(), "w2", y.to(), "picture", picture),
            object("type", "image", "aspect", false, "smooth", false),
            object(
                "x",
                horizontal("v"),
                "x2",
                object("field", "v2"),
                "y",
                measure("w"),
                "y2",
                object("field", "w2"),
                "url",
                object("field", "picture", "type", "nominal"))));
    for (Chart.Reference reference : chart.references()) {
      addReference(layers, reference);
    }
    Object order = object("field", "i", "type", "quantitative");
    Map<String, Object> edge =
        layer(
            object(
                "type",
                "line",
                "strokeWidth",
                4.5,
                "stroke",
                "#ffffff",
                "opacity",
                0.85,
                "clip",
                true),
            "y",
            measure("y"),
            "order",
            order,
            "detail",
            object("field", "s", "type", "nominal"));
    if (edge.get("encoding") instanceof Map<?, ?> encoding) {
      encoding.remove("color");
    }
    layers.add(edge);
    layers.add(
        layer(
            object("type", "line", "strokeWidth", 2, "clip", true),
            "y",
            measure("y"),
            "order",
            order,
            "strokeDash",
            styled("dash")));
    layers.add(
        layer(
            object(
                "type",
                "point",
                "filled",
                true,
                "opacity",
                1,
                "size",
                90,
                "stroke",
                "#ffffff",
                "strokeWidth",
                1.2,
                "clip",
                true),
            "transform",
            List.of(
                object(
                    "joinaggregate",
                    List.of(object("op", "max", "field", "i", "as", "last")),
                    "groupby",
                    List.of("s")),
                object("filter", "datum.i == datum.last")),
            "y",
            measure("y"),
            "shape",
            styled("shape")));
    layers.add(
        layer(
            object("type", "point", "filled", true, "opacity", 0, "size", 300, "clip", true),
            "y",
            measure("y"),
            "tooltip",
            tooltip()));
    return layers;
  }

  private void addBars(List<Object> layers, boolean rows) {
    Object filter = List.of(object("filter", "isValid(datum.lo)"));
    String along = rows ? "x" : "y";
    layers.add(
        layer(
            object("type", "rule", "strokeWidth", 1.5),
            "transform",
            filter,
            along,
            measure("lo"),
            along + "2",
            object("field", "hi")));
    for (String end : new String[] {"lo", "hi"}) {
      layers.add(
          layer(
              object(
                  "type",
                  "tick",
                  "orient",
                  rows ? "vertical" : "horizontal",
                  "thickness",
                  1.5,
                  "size",
                  8),
              "transform",
              filter,
              along,
              measure(end)));
    }
  }

  /** A layer of the values; pairs are channels, but for "transform". */
  private Map<String, Object> layer(Map<String, Object> mark, Object... channels) {
    var encoding = new LinkedHashMap<String, Object>();
    var layer = new LinkedHashMap<String, Object>();
    if (chart.kind() == Chart.Kind.INTERVALS) {
      encoding.put("y", category());
    } else {
      encoding.put("x", horizontal("x"));
    }
    encoding.put("color", styled("colour"));
    for (int i = 0; i < channels.length; i += 2) {
      (channels[i].equals("transform") ? layer : encoding)
          .put((String) channels[i], channels[i + 1]);
    }
    layer.put("mark", mark);
    layer.put("encoding", encoding);
    return layer;
  }

  private Map<String, Object> horizontal(String field) {
    return quantity(field, chart.x(), x, chart.x().title(), true);
  }

  private Map<String, Object> measure(String field) {
    boolean rows = chart.kind() == Chart.Kind.INTERVALS;
    return quantity(field, chart.y(), y, rows ? chart.y().title() : null, rows);
  }

  private static Map<String, Object> quantity(
      String field, Chart.Axis axis, AxisRange range, String title, boolean flat) {
    var look = new LinkedHashMap<String, Object>();
    look.put("title", title);
    look.put("values", range.ticks());
    look.put("labelExpr", labels(range.ticks(), axis.unit()));
    look.put("labelOverlap", "greedy");
    look.put("grid", true);
    if (flat) {
      look.put("labelFlush", false);
    }
    var scale =
        object(
            "type",
            axis.scale() == Chart.Scale.LOG ? "log" : "linear",
            "domain",
            List.of(range.from(), range.to()),
            "nice",
            false);
    if (axis.scale() == Chart.Scale.LINEAR) {
      scale.put("zero", false);
    }
    var channel = object("field", field, "type", "quantitative", "scale", scale);
    channel.put("title", title);
    channel.put("axis", look);
    return channel;
  }

  /** An expression that gives each mark the text which the tables would give it. */
  private static String labels(List<Double> ticks, Unit unit) {
    var text = new StringBuilder();
    for (double tick : ticks) {
      text.append(tick == 0 ? "datum.value == 0" : "abs(datum.value / " + tick + " - 1) < 1e-9")
          .append(" ? ")
          .append(Json.line(unit.tick(tick)))
          .append(" : ");
    }
    return text.append("''").toString();
  }

  private Map<String, Object> category() {
    return object(
        "field",
        "s",
        "type",
        "nominal",
        "sort",
        chart.series(),
        "scale",
        object("domain", chart.series()),
        "title",
        null,
        "axis",
        object(
            "title",
            null,
            "labelExpr",
            names(),
            "labelLimit",
            LABEL_LIMIT,
            "ticks",
            false,
            "domain",
            false,
            "grid",
            false));
  }

  /** An expression that breaks long names into two lines at the space nearest the middle. */
  private String names() {
    var text = new StringBuilder();
    for (String series : chart.series()) {
      int middle = series.length() / 2;
      int before = series.lastIndexOf(' ', middle);
      int after = series.indexOf(' ', middle);
      int split = after < 0 || (before >= 0 && middle - before <= after - middle) ? before : after;
      if (series.length() > LONG_NAME && split > 0) {
        text.append("datum.value == ")
            .append(Json.line(series))
            .append(" ? ")
            .append(Json.line(List.of(series.substring(0, split), series.substring(split + 1))))
            .append(" : ");
      }
    }
    return text.append("datum.label").toString();
  }

  private Map<String, Object> styled(String part) {
    var range = new ArrayList<Object>();
    for (String series : chart.series()) {
      var style = SeriesStyle.of(Objects.requireNonNull(styles.get(series), series));
      range.add(
          switch (part) {
            // On a picture, whose colours do not follow the page's, neither do those of its paths.
            case "colour" ->
                chart.kind() == Chart.Kind.HEAT_MAP && style.colour().equals(INK)
                    ? "#000000"
                    : style.colour();
            case "shape" -> chart.kind() == Chart.Kind.INTERVALS ? "circle" : style.shape();
            default -> style.dash().length == 0 ? new int[] {1, 0} : style.dash();
          });
    }
    return object(
        "field",
        "s",
        "type",
        "nominal",
        "title",
        chart.seriesTitle(),
        "scale",
        object("domain", chart.series(), "range", range),
        "legend",
        null);
  }

  private List<Object> tooltip() {
    var lines = new ArrayList<Object>();
    lines.add(object("field", "s", "type", "nominal", "title", chart.seriesTitle()));
    if (x != null) {
      lines.add(object("field", "tx", "type", "nominal", "title", chart.x().title()));
    }
    lines.add(object("field", "ty", "type", "nominal", "title", chart.y().title()));
    if (chart.points().stream().anyMatch(point -> !point.label().isEmpty())) {
      lines.add(object("field", "note", "type", "nominal", "title", "note"));
    }
    return lines;
  }

  private void addReference(List<Object> layers, Chart.Reference reference) {
    boolean rows = chart.kind() == Chart.Kind.INTERVALS;
    boolean atX = Double.isNaN(reference.y1());
    boolean atY = Double.isNaN(reference.x1());
    Map<String, Object> rule =
        object(
            "type",
            "rule",
            "color",
            INK,
            "opacity",
            0.55,
            "strokeDash",
            List.of(4, 3),
            "clip",
            true);
    Map<String, Object> text =
        object(
            "type",
            "text",
            "color",
            INK,
            "opacity",
            0.8,
            "fontSize",
            11,
            "text",
            reference.label());
    if (atX && atY) {
      return;
    }
    if (atX || (atY && rows)) {
      AxisRange range = rows ? y : x;
      double place = rows ? reference.y1() : reference.x1();
      if (range == null || !(place >= range.from() && place <= range.to())) {
        return;
      }
      double fraction = fraction(place, range, rows ? chart.y() : chart.x());
      boolean late = fraction > 0.5;
      // Above the panel, where no value can be hidden; labels that would meet are stacked.
      long line =
          placesAbove.stream().filter(other -> Math.abs(other - fraction) < LABEL_REACH).count();
      placesAbove.add(fraction);
      text.putAll(
          object(
              "align",
              late ? "right" : "left",
              "dx",
              late ? 2 : -2,
              "dy",
              -6 - LABEL_LINE * line,
              "baseline",
              "bottom"));
      Map<String, Object> channel = rows ? measure("v") : horizontal("v");
      layers.add(single(object("v", place), rule, object("x", channel)));
      layers.add(single(object("v", place), text, object("x", channel, "y", object("value", 0))));
    } else if (atY) {
      if (!shown(chart.y(), reference.y1())) {
        return;
      }
      text.putAll(object("align", "right", "dx", -2, "dy", -6));
      layers.add(single(object("v", reference.y1()), rule, object("y", measure("v"))));
      layers.add(
          single(
              object("v", reference.y1()),
              text,
              object("x", object("value", object("expr", "width")), "y", measure("v"))));
    } else if (!rows
        && shown(chart.x(), reference.x1())
        && shown(chart.x(), reference.x2())
        && shown(chart.y(), reference.y1())
        && shown(chart.y(), reference.y2())) {
      addSegment(layers, reference, rule, text);
    }
  }

  /** Cuts the segment to the panel, so that its label stays on the part that can be seen. */
  private void addSegment(
      List<Object> layers,
      Chart.Reference reference,
      Map<String, Object> rule,
      Map<String, Object> text) {
    double x1 = fraction(reference.x1(), x, chart.x());
    double x2 = fraction(reference.x2(), x, chart.x());
    double y1 = fraction(reference.y1(), y, chart.y());
    double y2 = fraction(reference.y2(), y, chart.y());
    double from = 0;
    double to = 1;
    for (double[] side : new double[][] {{x1, x2}, {y1, y2}}) {
      double run = side[1] - side[0];
      if (run == 0) {
        if (side[0] < 0 || side[0] > 1) {
          return;
        }
        continue;
      }
      double enters = ((run > 0 ? 0 : 1) - side[0]) / run;
      double leaves = ((run > 0 ? 1 : 0) - side[0]) / run;
      from = Math.max(from, enters);
      to = Math.min(to, leaves);
    }
    if (!(from < to)) {
      return;
    }
    double labelled = from + LABEL_PLACE * (to - from);
    var data =
        object(
            "v", at(x1 + from * (x2 - x1), x, chart.x()),
            "w", at(y1 + from * (y2 - y1), y, chart.y()),
            "v2", at(x1 + to * (x2 - x1), x, chart.x()),
            "w2", at(y1 + to * (y2 - y1), y, chart.y()),
            "vt", at(x1 + labelled * (x2 - x1), x, chart.x()),
            "wt", at(y1 + labelled * (y2 - y1), y, chart.y()));
    boolean rising = (x2 - x1) * (y2 - y1) > 0;
    text.putAll(object("align", rising ? "right" : "left", "dx", rising ? -7 : 7, "dy", -7));
    layers.add(
        single(
            data,
            rule,
            object(
                "x",
                horizontal("v"),
                "y",
                measure("w"),
                "x2",
                object("field", "v2"),
                "y2",
                object("field", "w2"))));
    layers.add(single(data, text, object("x", horizontal("vt"), "y", measure("wt"))));
  }

  private static double fraction(double place, AxisRange range, Chart.Axis axis) {
    return axis.scale() == Chart.Scale.LOG
        ? Math.log(place / range.from()) / Math.log(range.to() / range.from())
        : (place - range.from()) / (range.to() - range.from());
  }

  /** The value at a fraction of the range: the inverse of {@link #fraction}. */
  private static double at(double fraction, AxisRange range, Chart.Axis axis) {
    return axis.scale() == Chart.Scale.LOG
        ? range.from() * Math.pow(range.to() / range.from(), fraction)
        : range.from() + fraction * (range.to() - range.from());
  }

  private static Map<String, Object> single(
      Map<String, Object> row, Map<String, Object> mark, Map<String, Object> encoding) {
    return object("data", object("values", List.of(row)), "mark", mark, "encoding", encoding);
  }

  private static Map<String, Object> config() {
    return object(
        "background",
        "transparent",
        "font",
        "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
        "view",
        object("stroke", null),
        "axis",
        object(
            "labelColor",
            INK,
            "titleColor",
            INK,
            "domainColor",
            INK,
            "tickColor",
            INK,
            "gridColor",
            INK,
            "labelOpacity",
            0.8,
            "titleOpacity",
            0.8,
            "domainOpacity",
            0.4,
            "tickOpacity",
            0.4,
            "gridOpacity",
            0.13,
            "labelFontSize",
            12,
            "titleFontSize",
            12.5,
            "titleFontWeight",
            "normal",
            "labelPadding",
            5,
            "titlePadding",
            8,
            "tickSize",
            4));
  }

  /** A map that keeps the order in which it was written, and may hold null. */
  private static Map<String, Object> object(Object... pairs) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }
}
