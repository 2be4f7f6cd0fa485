package kobai.report;

import java.util.List;

/**
 * A titled part of a document.
 *
 * @param title plain text
 * @param blocks its parts, in order
 */
public record Section(String title, List<Block> blocks) {
  /** Copies the list. */
  public Section {
    blocks = List.copyOf(blocks);
  }

  /** A section of these blocks. */
  public static Section of(String title, Block... blocks) {
    return new Section(title, List.of(blocks));
  }
}
