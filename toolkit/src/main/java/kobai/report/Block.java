package kobai.report;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A part of a section. All text is plain text: nothing in it is taken for HTML or Markdown, but for
 * code between two backticks.
 */
public sealed interface Block
    permits Block.Prose, Block.Heading, Block.Note, Block.Download, Table, Chart {
  /**
   * Running text.
   *
   * @param paragraphs one or more paragraphs
   */
  record Prose(List<String> paragraphs) implements Block {
    /** Copies the list. */
    public Prose {
      paragraphs = List.copyOf(paragraphs);
    }
  }

  /**
   * The title of a part within a section.
   *
   * @param title one line
   */
  record Heading(String title) implements Block {}

  /**
   * An explanation folded away behind its title, such as "How to read this chart".
   *
   * @param title what stands on the fold
   * @param paragraphs the text behind it
   */
  record Note(String title, List<String> paragraphs) implements Block {
    /** Copies the list. */
    public Note {
      paragraphs = List.copyOf(paragraphs);
    }
  }

  /**
   * A file of the run, carried inside the HTML page so that it can be saved from there; in Markdown
   * a link to the file of that name in the same folder.
   *
   * @param fileName a plain file name
   * @param mediaType such as {@code text/csv}
   * @param description what it holds
   * @param content the whole file as text
   */
  record Download(String fileName, String mediaType, String description, String content)
      implements Block {
    /** Refuses names that are not plain file names. */
    public Download {
      RunFolder.requirePlainName(fileName);
    }

    byte[] bytes() {
      return content.getBytes(StandardCharsets.UTF_8);
    }
  }

  /** Running text of these paragraphs. */
  static Block prose(String... paragraphs) {
    return new Prose(List.of(paragraphs));
  }

  /** An explanation folded away behind its title. */
  static Block note(String title, String... paragraphs) {
    return new Note(title, List.of(paragraphs));
  }

  /** A CSV file carried inside the page. */
  static Block csv(String fileName, String description, ResultTable table) {
    return new Download(fileName, "text/csv", description, table.csv());
  }
}
