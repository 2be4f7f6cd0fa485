package kobai.report;

import java.util.List;

/**
 * Writes a document as Markdown with tables as GitHub reads them. A chart becomes its title and its
 * description; its values are in the result files.
 */
public final class MarkdownWriter {
  private MarkdownWriter() {}

  /** The document as Markdown. */
  public static String write(Document document) {
    var text = new StringBuilder();
    text.append("# ").append(Inline.markdown(document.title())).append("\n\n");
    paragraphs(text, List.of(document.lead()));
    if (!document.findings().isEmpty()) {
      text.append("## Findings\n\n");
      for (String finding : document.findings()) {
        text.append("- ").append(Inline.markdown(finding)).append('\n');
      }
      text.append('\n');
    }
    for (Section section : document.sections()) {
      text.append("## ").append(Inline.markdown(section.title())).append("\n\n");
      for (Block block : section.blocks()) {
        switch (block) {
          case Block.Prose prose -> paragraphs(text, prose.paragraphs());
          case Block.Heading heading ->
              text.append("### ").append(Inline.markdown(heading.title())).append("\n\n");
          case Block.Note note -> {
            text.append("**").append(Inline.markdown(note.title())).append("**\n\n");
            paragraphs(text, note.paragraphs());
          }
          case Block.Download download ->
              text.append("- [")
                  .append(Inline.markdown(download.fileName()))
                  .append("](")
                  .append(download.fileName())
                  .append("): ")
                  .append(Inline.markdown(download.description()))
                  .append("\n\n");
          case Table table -> table(text, table);
          case Chart chart ->
              paragraphs(
                  text,
                  List.of("Chart in report.html: " + chart.title() + ". " + chart.description()));
        }
      }
    }
    return text.toString().stripTrailing() + "\n";
  }

  private static void paragraphs(StringBuilder text, List<String> paragraphs) {
    for (String paragraph : paragraphs) {
      text.append(Inline.markdown(paragraph)).append("\n\n");
    }
  }

  private static void table(StringBuilder text, Table table) {
    text.append("**").append(Inline.markdown(table.caption())).append("**\n\n|");
    for (Table.Column column : table.columns()) {
      text.append(' ').append(Inline.markdown(column.title())).append(" |");
    }
    text.append("\n|");
    for (Table.Column column : table.columns()) {
      text.append(column.numeric() ? " ---: |" : " --- |");
    }
    for (int row = 0; row < table.rows().size(); row++) {
      text.append("\n|");
      for (int column = 0; column < table.columns().size(); column++) {
        text.append(' ').append(Inline.markdown(table.text(row, column))).append(" |");
      }
    }
    text.append("\n\n");
  }
}
