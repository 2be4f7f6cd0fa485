package kobai.report;

/** Plain text, with code between backticks, in the two languages. */
final class Inline {
  private Inline() {}

  /** Text that is safe between tags and inside quoted attributes. */
  static String escaped(String text) {
    var out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  /** HTML in which code between backticks is marked as such. */
  static String html(String text) {
    var out = new StringBuilder();
    String[] parts = text.split("`", -1);
    for (int i = 0; i < parts.length; i++) {
      boolean closed = i % 2 == 1 && i < parts.length - 1;
      if (closed) {
        out.append("<code>").append(escaped(parts[i])).append("</code>");
      } else {
        // A backtick that is never closed is only a backtick.
        out.append(i % 2 == 1 ? "`" : "").append(escaped(parts[i]));
      }
    }
    return out.toString();
  }

  /** Markdown on one line in which nothing but code between backticks has a meaning. */
  static String markdown(String text) {
    var out = new StringBuilder();
    String[] parts = text.replaceAll("\\s*\\R\\s*", " ").split("`", -1);
    for (int i = 0; i < parts.length; i++) {
      boolean closed = i % 2 == 1 && i < parts.length - 1;
      if (closed) {
        // Even inside code, a bar would end the cell of a table.
        out.append('`').append(parts[i].replace("|", "\\|")).append('`');
      } else {
        String plain =
            parts[i]
                .replaceAll(
                    "([\\\\*|]|~~|\\](?=[(\\[:])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))", "\\\\$1")
                .replace("&", "&amp;")
                .replace("<", "&lt;");
        out.append(i % 2 == 1 ? "\\`" : "").append(plain);
      }
    }
    // At the beginning of a line these would start a heading, a quotation or a list.
    return out.toString()
        .replaceFirst("^(#+|>|[-+]|\\d+(?=[.)]))(?=[.)]?\\s)", "\\\\$1")
        .replaceFirst("^\\\\(\\d+)", "$1\\\\");
  }
}
