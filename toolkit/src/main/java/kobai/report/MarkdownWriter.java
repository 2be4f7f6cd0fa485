package kobai.report;

/** Writes a document as Markdown. */
public final class MarkdownWriter {
  private MarkdownWriter() {}

  /** The document as Markdown. */
  public static String write(Document document) {
    return document.title();
  }
}
