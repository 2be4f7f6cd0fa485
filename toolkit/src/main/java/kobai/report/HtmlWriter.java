package kobai.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes a document as one HTML file that opens offline: styles, drawing libraries, values and
 * files to save are all inside. Its content security policy forbids every request and every script
 * but its own, so that text which slipped through the escaping could still not run. Tables and the
 * values of the charts are readable without JavaScript.
 *
 * <p>About 0.9 MB a page, nearly all of it the drawing libraries; a page without charts leaves them
 * out. The same document gives the same bytes.
 */
public final class HtmlWriter {
  private static final int SECTIONS_WITHOUT_CONTENTS = 3;
  private static final int LONG_TABLE = 40;
  private static final int SHORT_TEXT = 20;
  private static final int LONG_TEXT = 40;
  private static final int VERY_LONG_TEXT = 160;
  private static final List<String> LIBRARIES =
      List.of("vega.min.js", "vega-lite.min.js", "vega-embed.min.js");

  private static final Map<String, String> SCRIPTS = new ConcurrentHashMap<>();
  private static final Map<String, String> HASHES = new ConcurrentHashMap<>();

  private final Document document;
  private final StringBuilder body = new StringBuilder();
  private final Map<String, Integer> styles = new LinkedHashMap<>();
  private final List<Object> charts = new ArrayList<>();
  private int figures;

  private HtmlWriter(Document document) {
    this.document = document;
    List<Chart> all = new ArrayList<>();
    for (Section section : document.sections()) {
      for (Block block : section.blocks()) {
        if (block instanceof Chart chart) {
          all.add(chart);
        }
      }
    }
    style(all);
  }

  /**
   * Gives every series one style for the whole document: the first that no series has beside which
   * it is drawn, so that many charts of a few series each do not use the styles up.
   */
  private void style(List<Chart> all) {
    Map<String, Set<String>> beside = new HashMap<>();
    for (Chart chart : all) {
      List<String> series = chart.series();
      series.forEach(name -> beside.computeIfAbsent(name, none -> new HashSet<>()).addAll(series));
    }
    for (Chart chart : all) {
      for (String series : chart.series()) {
        if (!styles.containsKey(series)) {
          Set<Integer> taken = new HashSet<>();
          beside.get(series).stream()
              .filter(styles::containsKey)
              .forEach(other -> taken.add(styles.get(other)));
          int style = 0;
          while (taken.contains(style)) {
            style++;
          }
          styles.put(series, style);
        }
      }
    }
  }

  /** The document as an HTML page with everything it needs inside. */
  public static String write(Document document) {
    return new HtmlWriter(document).page();
  }

  private String page() {
    header();
    for (int i = 0; i < document.sections().size(); i++) {
      section(i, document.sections().get(i));
    }
    var scripts = new ArrayList<String>();
    if (!charts.isEmpty()) {
      LIBRARIES.forEach(name -> scripts.add(script(name)));
    }
    scripts.add(script("page.js"));
    var policy =
        new StringBuilder(
            "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; ");
    policy.append("style-src 'unsafe-inline'; script-src");
    scripts.forEach(script -> policy.append(" 'sha256-").append(hashed(script)).append('\''));

    var page = new StringBuilder();
    page.append("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.append("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .append(policy)
        .append("\">\n");
    page.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.append("<title>").append(Inline.escaped(document.title())).append("</title>\n");
    page.append("<style>\n")
        .append(resource("page.css"))
        .append("</style>\n</head>\n<body>\n<main>\n");
    page.append(body);
    page.append(
        "<footer>Written by Kobai. This page holds all it shows; it asks nothing of the network.");
    if (!charts.isEmpty()) {
      page.append(
          " Charts by Vega, Vega-Lite and vega-embed (BSD-3-Clause; licences inside the page’s"
              + " source).");
    }
    page.append("</footer>\n</main>\n");
    page.append("<script type=\"application/json\" id=\"charts\">")
        .append(inScript(Json.line(charts)))
        .append("</script>\n");
    if (!charts.isEmpty()) {
      page.append("<script type=\"text/plain\" id=\"licences\">\n")
          .append(resource("LICENSES.txt"))
          .append("</script>\n");
    }
    for (String script : scripts) {
      page.append("<script>").append(script).append("</script>\n");
    }
    return page.append("</body>\n</html>\n").toString();
  }

  private void header() {
    body.append("<h1>").append(Inline.html(document.title())).append("</h1>\n");
    body.append("<p class=\"lead\">").append(Inline.html(document.lead())).append("</p>\n");
    if (!document.findings().isEmpty()) {
      body.append(
          "<section class=\"findings\" aria-labelledby=\"findings\">\n"
              + "<h2 id=\"findings\">Findings</h2>\n"
              + "<ul>\n");
      for (String finding : document.findings()) {
        body.append("<li>").append(Inline.html(finding)).append("</li>\n");
      }
      body.append("</ul>\n</section>\n");
    }
    body.append(
        "<noscript><p class=\"notice\">The charts need JavaScript. Their values are in the tables"
            + " below them, ");
    body.append("which do not.</p></noscript>\n");
    if (document.sections().size() > SECTIONS_WITHOUT_CONTENTS) {
      body.append("<nav aria-label=\"Contents\">\n<ol>\n");
      for (int i = 0; i < document.sections().size(); i++) {
        body.append(
            "<li><a href=\"#section-%d\">%s</a></li>\n"
                .formatted(i + 1, Inline.html(document.sections().get(i).title())));
      }
      body.append("</ol>\n</nav>\n");
    }
  }

  private void section(int index, Section section) {
    body.append(
        "<section>\n<h2 id=\"section-%d\">%s</h2>\n"
            .formatted(index + 1, Inline.html(section.title())));
    for (Block block : section.blocks()) {
      switch (block) {
        case Block.Prose prose -> paragraphs(prose.paragraphs());
        case Block.Heading heading ->
            body.append("<h3 class=\"part\">")
                .append(Inline.html(heading.title()))
                .append("</h3>\n");
        case Block.Note note -> {
          body.append("<details class=\"note\">\n<summary>")
              .append(Inline.html(note.title()))
              .append("</summary>\n");
          paragraphs(note.paragraphs());
          body.append("</details>\n");
        }
        case Block.Download download -> download(download);
        case Table table -> table(table);
        case Chart chart -> figure(chart);
      }
    }
    body.append("</section>\n");
  }

  private void paragraphs(List<String> paragraphs) {
    for (String paragraph : paragraphs) {
      body.append("<p>").append(Inline.html(paragraph)).append("</p>\n");
    }
  }

  private void download(Block.Download download) {
    body.append("<p>")
        .append(
            link(download.fileName(), download.mediaType(), download.bytes(), download.fileName()));
    body.append(": ").append(Inline.html(download.description())).append("</p>\n");
  }

  private static String link(String fileName, String mediaType, byte[] content, String text) {
    return "<a download=\"%s\" href=\"data:%s;charset=utf-8;base64,%s\">%s</a>"
        .formatted(
            Inline.escaped(fileName),
            Inline.escaped(mediaType),
            Base64.getEncoder().encodeToString(content),
            Inline.escaped(text));
  }

  private void table(Table table) {
    body.append("<div class=\"table\">\n");
    String scroll = table.rows().size() > LONG_TABLE ? "scroll tall" : "scroll";
    body.append(
        "<div class=\"%s\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
            .formatted(scroll, Inline.escaped(table.caption())));
    body.append("<table class=\"sortable\">\n<caption>")
        .append(Inline.html(table.caption()))
        .append("</caption>\n<thead><tr>");
    for (Table.Column column : table.columns()) {
      body.append(column.numeric() ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
      body.append(Inline.html(column.title())).append("</th>");
    }
    body.append("</tr></thead>\n<tbody>\n");
    List<String> kinds = cellKinds(table);
    for (int row = 0; row < table.rows().size(); row++) {
      body.append("<tr>");
      for (int column = 0; column < table.columns().size(); column++) {
        body.append("<td").append(kinds.get(column));
        double key = table.sortKey(row, column);
        if (!Double.isNaN(key)) {
          body.append(" data-value=\"").append(key).append('"');
        }
        body.append('>').append(Inline.html(table.text(row, column))).append("</td>");
      }
      body.append("</tr>\n");
    }
    body.append("</tbody>\n</table>\n</div>\n</div>\n");
  }

  /**
   * Numbers and short texts keep to one line; long texts get room to flow, on a narrow screen too.
   */
  private static List<String> cellKinds(Table table) {
    var kinds = new ArrayList<String>();
    for (int column = 0; column < table.columns().size(); column++) {
      int longest = 0;
      for (int row = 0; row < table.rows().size(); row++) {
        longest = Math.max(longest, table.text(row, column).length());
      }
      boolean numeric = table.columns().get(column).numeric();
      kinds.add(
          numeric
              ? " class=\"n\""
              : longest <= SHORT_TEXT
                  ? " class=\"short\""
                  : longest > VERY_LONG_TEXT
                      ? " class=\"long very\""
                      : longest > LONG_TEXT ? " class=\"long\"" : "");
    }
    return kinds;
  }

  private void figure(Chart chart) {
    figures++;
    String id = "chart-" + figures;
    var spec = new ChartSpec(chart, styles);
    body.append(
        "<figure id=\"%s\">\n<figcaption>\n<h3>%s</h3>\n"
            .formatted(id, Inline.html(chart.title())));
    body.append("<p>").append(Inline.html(chart.description())).append("</p>\n</figcaption>\n");
    if (spec.isEmpty()) {
      body.append("<p class=\"notice\">There is no value to draw.</p>\n");
    } else {
      legend(chart);
      chart.surface().ifPresent(surface -> colours(surface));
      panels(chart, spec, id);
    }
    body.append("<div class=\"beneath\">\n");
    var remarks = new ArrayList<String>();
    if (!chart.uncertainty().isEmpty()) {
      remarks.add((chart.band() ? "Bands: " : "Bars: ") + chart.uncertainty() + ".");
    }
    if (spec.undrawn() > 0) {
      remarks.add(
          "%d of %d values cannot be drawn (missing, infinite, or ≤ 0 on a logarithmic axis); they are in the table."
              .formatted(spec.undrawn(), chart.points().size()));
    }
    chart
        .surface()
        .filter(surface -> surface.blanks() > 0)
        .ifPresent(
            surface ->
                remarks.add(
                    "%d of %d places are blank: no number can be drawn there."
                        .formatted(surface.blanks(), surface.values().size())));
    if (!remarks.isEmpty()) {
      body.append("<p>").append(Inline.html(String.join(" ", remarks))).append("</p>\n");
    }
    body.append(
        link(
            slug(chart.title()) + ".csv",
            "text/csv",
            chart.csv().getBytes(StandardCharsets.UTF_8),
            "Save values as CSV"));
    chart
        .surface()
        .ifPresent(
            surface ->
                body.append('\n')
                    .append(
                        link(
                            slug(chart.title()) + "-surface.csv",
                            "text/csv",
                            surface
                                .csv(chart.x().title(), chart.y().title())
                                .getBytes(StandardCharsets.UTF_8),
                            "Save surface as CSV")));
    body.append("\n<details>\n<summary>Values as a table</summary>\n");
    table(chart.table());
    body.append("</details>\n</div>\n</figure>\n");
  }

  private void legend(Chart chart) {
    if (chart.kind() == Chart.Kind.INTERVALS || chart.series().size() < 2) {
      return;
    }
    body.append("<ul class=\"legend\">\n<li class=\"of\">")
        .append(Inline.html(chart.seriesTitle()))
        .append("</li>\n");
    boolean lines =
        switch (chart.kind()) {
          case LINES, CURVES, HEAT_MAP -> true;
          case POINTS, INTERVALS -> false;
        };
    for (String series : chart.series()) {
      String picture = SeriesStyle.of(styles.get(series)).svg(lines);
      body.append(
              "<li><button type=\"button\" aria-pressed=\"true\" title=\"Hide or show\""
                  + " data-series=\"")
          .append(Inline.escaped(series))
          .append("\">")
          .append(picture)
          .append(Inline.escaped(series))
          .append("</button></li>\n");
    }
    body.append("</ul>\n");
  }

  /** What the colours of a surface mean: a bar from dark to light with marks below it. */
  private void colours(Surface surface) {
    int width = 260;
    int steps = 65;
    var cells = new StringBuilder();
    for (int i = 0; i < steps; i++) {
      cells.append(
          "<rect x=\"%d\" width=\"%d\" height=\"12\" fill=\"%s\"/>"
              .formatted(i * width / steps, width / steps, Viridis.hex((double) i / (steps - 1))));
    }
    var marks = new StringBuilder();
    double[] places = {surface.low(), at(surface, 0.5), surface.high()};
    String[] anchors = {"start", "middle", "end"};
    for (int i = 0; i < places.length; i++) {
      marks.append(
          "<text x=\"%d\" y=\"28\" text-anchor=\"%s\">%s</text>"
              .formatted(
                  i * width / 2,
                  anchors[i],
                  Inline.escaped(surface.axis().unit().text(places[i]))));
    }
    body.append("<p class=\"colours\"><span>").append(Inline.html(colourTitle(surface)));
    body.append(
        "</span> <svg width=\"%1$d\" height=\"32\" viewBox=\"0 0 %1$d 32\" aria-hidden=\"true\">"
            .formatted(width));
    body.append(cells);
    body.append(marks).append("</svg></p>\n");
  }

  private static double at(Surface surface, double fraction) {
    return surface.axis().scale() == Chart.Scale.LOG
        ? surface.low() * Math.pow(surface.high() / surface.low(), fraction)
        : surface.low() + fraction * (surface.high() - surface.low());
  }

  private static String colourTitle(Surface surface) {
    return surface.axis().title()
        + (surface.axis().scale() == Chart.Scale.LOG ? " (log scale)" : "");
  }

  private void panels(Chart chart, ChartSpec spec, String id) {
    var panels = new ArrayList<Object>();
    List<String> facets = chart.facets();
    // A saved picture has no bar of colours: it says so in words.
    String colours =
        chart
            .surface()
            .map(
                surface ->
                    "; colour: %s from %s (dark) to %s (light)"
                        .formatted(
                            colourTitle(surface),
                            surface.axis().unit().text(surface.low()),
                            surface.axis().unit().text(surface.high())))
            .orElse("");
    String measure =
        chart.y().title() + (chart.y().scale() == Chart.Scale.LOG ? " (log scale)" : "") + colours;
    body.append(facets.size() > 1 ? "<div class=\"panels many\">\n" : "<div class=\"panels\">\n");
    for (int i = 0; i < facets.size(); i++) {
      String facet = facets.get(i).isEmpty() ? "" : chart.facetTitle() + " " + facets.get(i);
      String place = id + "-" + (i + 1);
      body.append("<div class=\"panel\">\n");
      if (!facet.isEmpty()) {
        body.append("<h4>").append(Inline.html(facet)).append("</h4>\n");
      }
      if (chart.kind() != Chart.Kind.INTERVALS) {
        body.append("<p class=\"measure\">").append(Inline.html(measure)).append("</p>\n");
      }
      body.append(
          "<div class=\"view\" id=\"%s\" role=\"img\" aria-label=\"%s\"></div>\n</div>\n"
              .formatted(
                  place,
                  Inline.escaped((facet.isEmpty() ? "" : facet + ": ") + chart.description())));
      var panel = new LinkedHashMap<String, Object>();
      panel.put("place", place);
      panel.put("facet", facet);
      panel.put("measure", chart.kind() == Chart.Kind.INTERVALS ? "" : measure);
      panel.put("file", slug(chart.title() + (facet.isEmpty() ? "" : "-" + facet)));
      panel.put("spec", spec.panel(facets.get(i)));
      panels.add(panel);
    }
    body.append("</div>\n");
    var entry = new LinkedHashMap<String, Object>();
    entry.put("id", id);
    entry.put("title", chart.title());
    entry.put("panels", panels);
    charts.add(entry);
  }

  private static String slug(String text) {
    String slug =
        text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    return slug.isEmpty() ? "chart" : slug;
  }

  /** JSON that cannot end the script element it stands in, nor open a comment there. */
  private static String inScript(String json) {
    return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
  }

  /** The text of a script, read once: it is most of the page and never changes. */
  private static String script(String name) {
    return SCRIPTS.computeIfAbsent(name, HtmlWriter::readScript);
  }

  private static String readScript(String name) {
    // The source map is not there; a browser's tools would ask for it.
    return resource(name).replaceAll("(?m)^//# sourceMappingURL=.*$", "").strip();
  }

  private static String resource(String name) {
    try (InputStream in = HtmlWriter.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "resource kobai/report/" + name + " is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hashed(String script) {
    return HASHES.computeIfAbsent(script, HtmlWriter::hash);
  }

  private static String hash(String script) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
