package kobai.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class DocumentTest {
  private static final String EVIL =
      "</script><script>alert('x')</script><img src=\"x\" onerror=alert(1)> & <!--";

  private static Chart chart() {
    return Chart.lines("Time by size", "Time rises with size.")
        .x("hidden units", Unit.COUNT, Chart.Scale.LOG)
        .y("time per step", Unit.SECONDS, Chart.Scale.LOG)
        .series("algorithm")
        .bars("95 % interval over 5 forks")
        .point("BPTT", 16, new Measured(1.25e-6, 1e-6, 1.5e-6))
        .point("BPTT", 32, new Measured(2.5e-6, 2e-6, 3e-6))
        .point("PES", 16, Measured.exactly(7.5e-5))
        .point("PES", 32, Measured.exactly(0))
        .referenceAtX("crossing", 24)
        .reference("slope 2", 16, 1e-6, 32, 4e-6)
        .build();
  }

  private static Document document(Block... blocks) {
    return new Document(
        "Title", "Lead.", List.of("A finding."), List.of(Section.of("Section", blocks)));
  }

  private static JsonNode charts(String html) throws IOException {
    Matcher data = Pattern.compile("id=\"charts\">(.*?)</script>", Pattern.DOTALL).matcher(html);
    assertTrue(data.find());
    return Json.parse(data.group(1));
  }

  @Test
  void everyDrawableValueOfAChartIsInThePage() throws IOException {
    JsonNode panel = charts(HtmlWriter.write(document(chart()))).get(0).get("panels").get(0);
    JsonNode values = panel.get("spec").get("data").get("values");
    assertEquals(3, values.size());
    assertEquals(1.25e-6, values.get(0).get("y").asDouble());
    assertEquals(1e-6, values.get(0).get("lo").asDouble());
    assertEquals(1.5e-6, values.get(0).get("hi").asDouble());
    assertEquals("BPTT", values.get(0).get("s").asText());
    assertEquals(7.5e-5, values.get(2).get("y").asDouble());
    assertFalse(values.get(2).has("lo"));
  }

  @Test
  void valuesThatCannotBeDrawnAreCountedAndInTheTable() {
    String html = HtmlWriter.write(document(chart()));
    assertTrue(html.contains("1 of 4 values cannot be drawn"));
    assertTrue(
        html.contains(
            "<td class=\"short\">PES</td><td class=\"n\" data-value=\"32.0\">32</td><td class=\"n\""
                + " data-value=\"0.0\">0</td>"));
    String empty = HtmlWriter.write(document(Chart.lines("Nothing", "Nothing at all.").build()));
    assertTrue(empty.contains("There is no value to draw."));
  }

  @Test
  void chartsHaveTheirValuesAsCsvInFullPrecision() {
    String html = HtmlWriter.write(document(chart()));
    Matcher link =
        Pattern.compile(
                "download=\"time-by-size.csv\""
                    + " href=\"data:text/csv;charset=utf-8;base64,([^\"]+)\"")
            .matcher(html);
    assertTrue(link.find());
    String csv = new String(Base64.getDecoder().decode(link.group(1)), StandardCharsets.UTF_8);
    assertEquals(chart().csv(), csv);
    assertTrue(
        csv.startsWith("algorithm,,hidden units,time per step,lower,upper,note\nBPTT,,16,1.25E-6,"),
        csv);
  }

  @Test
  void theResultsTravelInsideThePage() {
    var results = new ResultTable(List.of("algorithm"));
    results.add(List.of("BPTT"), "time", Measured.exactly(1e-6), "s");
    String html = HtmlWriter.write(document(Block.csv("results.csv", "all results", results)));
    String encoded =
        Base64.getEncoder().encodeToString(results.csv().getBytes(StandardCharsets.UTF_8));
    assertTrue(
        html.contains(
            "<a download=\"results.csv\" href=\"data:text/csv;charset=utf-8;base64,"
                + encoded
                + "\">"));
  }

  @Test
  void textIsNeverMarkup() throws IOException {
    var table = Table.captioned(EVIL).text(EVIL).number(EVIL, Unit.PLAIN).row(EVIL, 1).build();
    Chart chart =
        Chart.lines(EVIL, EVIL)
            .x(EVIL, Unit.PLAIN, Chart.Scale.LINEAR)
            .y(EVIL, Unit.PLAIN, Chart.Scale.LINEAR)
            .series(EVIL)
            .facets(EVIL)
            .bars(EVIL)
            .point(new Chart.Point(EVIL, EVIL, 1, Measured.exactly(1), EVIL))
            .point(new Chart.Point(EVIL + "2", EVIL, 1, Measured.exactly(2), EVIL))
            .referenceAtY(EVIL, 1)
            .build();
    var sections = new ArrayList<Section>();
    for (int i = 0; i < 4; i++) {
      sections.add(
          Section.of(
              EVIL,
              Block.prose(EVIL, "`" + EVIL + "`"),
              Block.note(EVIL, EVIL),
              table,
              chart,
              new Block.Download("a.csv", "text/csv", EVIL, EVIL)));
    }
    String html = HtmlWriter.write(new Document(EVIL, EVIL, List.of(EVIL), sections));
    assertFalse(html.contains("<script>alert"));
    assertFalse(html.contains("<!--"));
    // The libraries speak of images; the page around them has none.
    assertFalse(html.replaceAll("(?s)<script.*?</script>", "").contains("<img"));
    // Chart data, licences, three libraries and the page's own script; none more opens, none more
    // closes.
    assertEquals(6, html.split("<script", -1).length - 1);
    assertEquals(6, html.split("</script", -1).length - 1);
    assertTrue(html.contains("<h1>&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    assertEquals(EVIL, charts(html).get(0).get("title").asText());

    String markdown = MarkdownWriter.write(new Document(EVIL, EVIL, List.of(EVIL), sections));
    assertFalse(markdown.replaceAll("`[^`]*`", "").contains("<"), markdown);
  }

  @Test
  void thePageAsksNothingOfTheNetwork() {
    String html = HtmlWriter.write(document(chart()));
    String ownMarkup = html.replaceAll("(?s)<script.*?</script>", "");
    assertTrue(ownMarkup.length() > 5000);
    assertFalse(ownMarkup.contains("http:") || ownMarkup.contains("https:"));
    assertFalse(ownMarkup.contains("@import") || ownMarkup.contains("url("));
    Matcher addresses =
        Pattern.compile("(?:src|href|srcset|action)=\"([^\"]*)\"").matcher(ownMarkup);
    int count = 0;
    while (addresses.find()) {
      count++;
      assertTrue(
          addresses.group(1).startsWith("data:") || addresses.group(1).startsWith("#"),
          addresses.group(1));
    }
    assertTrue(count > 0);
    assertFalse(html.contains("sourceMappingURL"));
    assertTrue(html.contains("content=\"default-src 'none';"));
  }

  @Test
  void exactlyTheScriptsOfThePageMayRun() throws Exception {
    String html = HtmlWriter.write(document(chart()));
    Matcher policy = Pattern.compile("script-src([^\"]*)\"").matcher(html);
    assertTrue(policy.find());
    assertFalse(policy.group(1).contains("unsafe"));
    Matcher scripts = Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL).matcher(html);
    int count = 0;
    while (scripts.find()) {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(scripts.group(1).getBytes(StandardCharsets.UTF_8));
      assertTrue(
          policy.group(1).contains("'sha256-" + Base64.getEncoder().encodeToString(digest) + "'"));
      count++;
    }
    assertEquals(4, count);
  }

  @Test
  void aPageWithoutChartsLeavesTheLibrariesOut() {
    assertTrue(HtmlWriter.write(document(Block.prose("Text."))).length() < 20_000);
    assertTrue(HtmlWriter.write(document(chart())).length() > 800_000);
  }

  @Test
  void theSameDocumentGivesTheSameBytes() {
    assertEquals(HtmlWriter.write(document(chart())), HtmlWriter.write(document(chart())));
  }

  @Test
  void aSeriesLooksTheSameInEveryChart() throws IOException {
    Chart second = Chart.points("Other", "Only PES.").point("PES", 1, Measured.exactly(1)).build();
    JsonNode charts = charts(HtmlWriter.write(document(chart(), second)));
    assertEquals(SeriesStyle.of(1).colour(), colours(charts.get(0)).get(1).asText());
    assertEquals(SeriesStyle.of(1).colour(), colours(charts.get(1)).get(0).asText());
  }

  @Test
  void seriesThatNeverMeetShareStylesAndThoseThatMeetDoNot() throws IOException {
    Chart apart = Chart.points("Apart", "Alone.").point("alone", 1, Measured.exactly(1)).build();
    Chart.Builder mixed = Chart.points("Mixed", "PES and others.");
    mixed.point("new", 1, Measured.exactly(1)).point("PES", 1, Measured.exactly(1));
    mixed.point("BPTT", 1, Measured.exactly(1));
    JsonNode charts = charts(HtmlWriter.write(document(chart(), apart, mixed.build())));
    assertEquals(SeriesStyle.of(0).colour(), colours(charts.get(1)).get(0).asText());
    JsonNode met = colours(charts.get(2));
    assertEquals(SeriesStyle.of(2).colour(), met.get(0).asText(), "0 is BPTT, 1 is PES");
    assertEquals(SeriesStyle.of(1).colour(), met.get(1).asText());
    assertEquals(SeriesStyle.of(0).colour(), met.get(2).asText());
  }

  private static JsonNode colours(JsonNode chart) {
    for (JsonNode layer : chart.get("panels").get(0).get("spec").get("layer")) {
      JsonNode range = layer.path("encoding").path("color").path("scale").path("range");
      if (range.isArray()) {
        return range;
      }
    }
    throw new AssertionError("no layer with colours");
  }

  @Test
  void fiftySixSeriesAreToldApart() {
    var seen = new HashSet<String>();
    for (int i = 0; i < 56; i++) {
      seen.add(SeriesStyle.of(i).colour() + " " + SeriesStyle.of(i).shape());
    }
    assertEquals(56, seen.size());
    for (int i = 0; i < 8; i++) {
      for (int j = 0; j < i; j++) {
        assertNotEquals(SeriesStyle.of(i).shape(), SeriesStyle.of(j).shape(), "told apart in grey");
      }
    }
  }

  @Test
  void facetsGetOnePanelEachOnTheSameAxes() throws IOException {
    Chart chart =
        Chart.lines("Facets", "Two panels.")
            .facets("K")
            .point("a", "1", 1, Measured.exactly(1))
            .point("a", "10", 5, Measured.exactly(9))
            .build();
    JsonNode panels = charts(HtmlWriter.write(document(chart))).get(0).get("panels");
    assertEquals(2, panels.size());
    assertEquals("K 10", panels.get(1).get("facet").asText());
    JsonNode first = panels.get(0).get("spec").get("layer").get(0).get("encoding");
    assertEquals(first, panels.get(1).get("spec").get("layer").get(0).get("encoding"));
    assertThrows(
        IllegalArgumentException.class,
        () -> Chart.lines("Facets", "One.").facets("K").point("a", 1, Measured.exactly(1)).build());
  }

  @Test
  void contentsAppearFromFourSectionsOn() {
    for (int count = 3; count <= 4; count++) {
      var sections = new ArrayList<Section>();
      for (int i = 0; i < count; i++) {
        sections.add(Section.of("Part " + i, Block.prose("Text.")));
      }
      String html = HtmlWriter.write(new Document("T", "L", List.of(), sections));
      assertEquals(count == 4, html.contains("<a href=\"#section-4\">Part 3</a>"));
      assertEquals(count == 4, html.contains("<nav"));
    }
  }

  @Test
  void markdownHoldsLeadFindingsAndTables() {
    Table table =
        Table.captioned("Costs")
            .text("algorithm")
            .number("time", Unit.SECONDS)
            .row("A|B *x*", new Measured(1e-6, 5e-7, 2e-6))
            .row("two\nlines", 0.25)
            .build();
    String markdown =
        MarkdownWriter.write(
            document(Block.prose("1. not a list", "# not a heading", "run `a|b`"), table));
    assertEquals(
        """
        # Title

        Lead.

        ## Findings

        - A finding.

        ## Section

        1\\. not a list

        \\# not a heading

        run `a\\|b`

        **Costs**

        | algorithm | time |
        | --- | ---: |
        | A\\|B \\*x\\* | 1.00_µs [500_ns, 2.00_µs] |
        | two lines | 250_ms |
        """
            .replace('_', '\u202f'),
        markdown);
  }

  private static Surface surface(Double... values) {
    return new Surface(
        new Chart.Axis("loss", Unit.PLAIN, Chart.Scale.LOG),
        List.of(0.0, 1.0, 2.0),
        List.of(-1.0, 1.0),
        List.of(values),
        Double.NaN,
        Double.NaN);
  }

  private static Chart heatMap() {
    return Chart.heatMap("Map", "A valley.", surface(1.0, 10.0, 100.0, Double.NaN, 0.0, 1.0))
        .x("a", Unit.PLAIN, Chart.Scale.LINEAR)
        .y("b", Unit.PLAIN, Chart.Scale.LINEAR)
        .series("method")
        .point("PES", 2, Measured.exactly(0))
        .point("PES", 0, Measured.exactly(-1))
        .build();
  }

  /** Low values dark, at the bottom left; the middle of the scale is that of its logarithm. */
  @Test
  void aHeatMapIsAPictureOfItsSurface() throws IOException {
    BufferedImage picture =
        ImageIO.read(new ByteArrayInputStream(Viridis.png(heatMap().surface().orElseThrow())));
    int cell = picture.getWidth() / 3;
    assertEquals(2 * cell, picture.getHeight());
    assertEquals(0xff440154, picture.getRGB(0, 2 * cell - 1), "1, the least");
    assertEquals(0xff000000 | Viridis.colour(0.5), picture.getRGB(cell, cell), "10");
    assertEquals(0xfffde725, picture.getRGB(3 * cell - 1, cell), "100, the largest");
    assertEquals(0, picture.getRGB(0, 0), "NaN is blank");
    assertEquals(0, picture.getRGB(cell, 0), "0 has no logarithm");
    assertEquals(0xff440154, picture.getRGB(3 * cell - 1, cell - 1));
  }

  @Test
  void lightnessRisesAllAlongTheScaleOfColours() {
    double before = -1;
    for (int i = 0; i <= 100; i++) {
      int colour = Viridis.colour(i / 100.0);
      // Rec. 709 weights of red, green and blue, on values that are not linearised.
      double grey =
          0.2126 * (colour >> 16) + 0.7152 * (colour >> 8 & 0xff) + 0.0722 * (colour & 0xff);
      assertTrue(grey > before, "at " + i);
      before = grey;
    }
  }

  @Test
  void pathsOnAHeatMapKeepTheirOrderAndStayWithinItsEdges() throws IOException {
    String html = HtmlWriter.write(document(heatMap()));
    JsonNode spec = charts(html).get(0).get("panels").get(0).get("spec");
    JsonNode values = spec.get("data").get("values");
    assertEquals(0, values.get(0).get("i").asInt());
    assertEquals(2, values.get(0).get("x").asInt(), "not sorted by x");
    JsonNode image = spec.get("layer").get(0);
    assertEquals("image", image.get("mark").get("type").asText());
    JsonNode place = image.get("data").get("values").get(0);
    assertTrue(place.get("picture").asText().startsWith("data:image/png;base64,"));
    assertEquals(-0.5, place.get("v").asDouble());
    assertEquals(2.5, place.get("v2").asDouble());
    assertEquals(-2, place.get("w").asDouble());
    JsonNode domain = image.get("encoding").get("x").get("scale").get("domain");
    assertEquals("[-0.5,2.5]", domain.toString());
    assertFalse(spec.get("layer").get(1).get("encoding").has("color"), "the edge of the paths");
    assertTrue(spec.get("layer").get(2).get("encoding").has("order"));
  }

  @Test
  void theColoursOfAHeatMapAreExplainedAndItsValuesSaved() {
    String html = HtmlWriter.write(document(heatMap()));
    assertTrue(html.contains("<p class=\"colours\"><span>loss (log scale)</span>"));
    assertTrue(html.contains("2 of 6 places are blank"));
    assertTrue(html.contains("b; colour: loss (log scale) from 1.00 (dark) to 100 (light)"));
    assertTrue(html.contains("download=\"map-surface.csv\""));
    assertEquals(
        "a,b,loss\n0,-1,1\n1,-1,10\n2,-1,100\n0,1,\n1,1,0\n2,1,1\n",
        heatMap().surface().orElseThrow().csv("a", "b"));
    assertTrue(
        MarkdownWriter.write(document(heatMap())).contains("Chart in report.html: Map. A valley."));
    assertFalse(html.replaceAll("(?s)<script.*?</script>", "").contains("url("));
  }

  @Test
  void surfacesAndHeatMapsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> surface(1.0, 2.0));
    assertThrows(
        IllegalArgumentException.class, () -> surface(0.0, 0.0, 0.0, 0.0, 0.0, Double.NaN));
    var axis = new Chart.Axis("z", Unit.PLAIN, Chart.Scale.LINEAR);
    List<Double> uneven = List.of(0.0, 1.0, 3.0);
    assertThrows(
        IllegalArgumentException.class,
        () -> new Surface(axis, uneven, List.of(0.0, 1.0), List.of(1., 2., 3., 4., 5., 6.), 0, 1));
    var logged =
        Chart.heatMap("t", "d", surface(1., 2., 3., 4., 5., 6.))
            .x("x", Unit.PLAIN, Chart.Scale.LOG);
    assertThrows(IllegalArgumentException.class, logged::build);
    assertTrue(surface(5., 5., 5., 5., 5., 5.).fraction(5) == 0, "one value has one colour");
  }

  @Test
  void partsOfASectionHaveHeadings() {
    Document document = document(new Block.Heading("Part <1>"), Block.prose("Text."));
    assertTrue(
        HtmlWriter.write(document)
            .contains("<h3 class=\"part\">Part &lt;1&gt;</h3>\n<p>Text.</p>"));
    assertTrue(MarkdownWriter.write(document).contains("### Part &lt;1>\n\nText."));
  }

  @Test
  void tablesAreChecked() {
    var ragged = Table.captioned("t").text("a").text("b").row("only one");
    assertEquals(
        "table 't', row 1: cells = 1: must be 2, one for each column",
        assertThrows(IllegalArgumentException.class, ragged::build).getMessage());
    var odd = Table.captioned("t").text("a").row(new Object[] {List.of()});
    assertThrows(IllegalArgumentException.class, odd::build);
    assertThrows(IllegalArgumentException.class, () -> Table.captioned("t").build());
  }
}
