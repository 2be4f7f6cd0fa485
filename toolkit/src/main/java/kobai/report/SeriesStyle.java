package kobai.report;

/**
 * How one series looks: a colour of the palette of Okabe and Ito (2008), "Color Universal Design",
 * which people with the common forms of colour blindness tell apart; and a shape and dashes, by
 * which it is told apart in grey.
 *
 * <p>Yellow is left out, being unreadable on white; black is the colour of the text, so that it
 * shows on a dark ground.
 *
 * @param colour as CSS
 * @param shape Vega's name of the point's shape
 * @param dash lengths of stroke and gap in pixels; empty for a full line
 */
record SeriesStyle(String colour, String shape, int[] dash) {
  private static final String[] COLOURS = {
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "currentColor"
  };
  private static final String[] SHAPES = {
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left"
  };
  private static final int[][] DASHES = {{}, {7, 3}, {2, 3}, {9, 3, 2, 3}};

  /**
   * The style of the series that comes index-th in the document. Repeats after 7 × 8 = 56 series.
   */
  static SeriesStyle of(int index) {
    return new SeriesStyle(
        COLOURS[index % COLOURS.length],
        SHAPES[index % SHAPES.length],
        DASHES[index % DASHES.length]);
  }

  /** A drawing for a legend, 14 pixels high: the point, on its line where there is one. */
  String svg(boolean line) {
    String place =
        line ? "width=\"34\" viewBox=\"0 0 34 14\"" : "width=\"14\" viewBox=\"10 0 14 14\"";
    var text = new StringBuilder("<svg " + place + " height=\"14\" aria-hidden=\"true\">");
    if (line) {
      text.append("<path d=\"M1 7H33\" fill=\"none\" stroke-width=\"2\" stroke=\"")
          .append(colour)
          .append('"');
      if (dash.length > 0) {
        text.append(" stroke-dasharray=\"");
        for (int i = 0; i < dash.length; i++) {
          text.append(i == 0 ? "" : " ").append(dash[i]);
        }
        text.append('"');
      }
      text.append("/>");
    }
    String outline =
        switch (shape) {
          case "circle" -> "M21.5 7A4.5 4.5 0 1 1 12.5 7A4.5 4.5 0 1 1 21.5 7Z";
          case "square" -> "M13 3H21V11H13Z";
          case "triangle-up" -> "M17 2L22 11H12Z";
          case "diamond" -> "M17 1.5L22 7L17 12.5L12 7Z";
          case "cross" -> "M15.3 2H18.7V5.3H22V8.7H18.7V12H15.3V8.7H12V5.3H15.3Z";
          case "triangle-down" -> "M17 12L22 3H12Z";
          case "triangle-right" -> "M22 7L13 2V12Z";
          default -> "M12 7L21 2V12Z";
        };
    return text.append("<path d=\"")
        .append(outline)
        .append("\" fill=\"")
        .append(colour)
        .append("\"/></svg>")
        .toString();
  }
}
