package kobai.report;

import java.util.List;

/**
 * A report before it is written as HTML or Markdown.
 *
 * @param title plain text, one line
 * @param lead the first paragraph: what was asked, and the answer, in plain words
 * @param findings one sentence each, the most important first; may be empty
 * @param sections in order
 */
public record Document(String title, String lead, List<String> findings, List<Section> sections) {
  /** Copies the lists. */
  public Document {
    findings = List.copyOf(findings);
    sections = List.copyOf(sections);
  }
}
