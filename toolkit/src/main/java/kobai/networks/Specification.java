package kobai.networks;

import java.util.ArrayList;
import java.util.List;

/** Reads networks from text. */
final class Specification {
  private Specification() {}

  /** A name and what stands in its brackets. */
  private record Term(String name, String arguments, String text) {}

  /** How each layer is written. */
  static List<String> usages() {
    List<String> usages = new ArrayList<>();
    for (LayerKind kind : LayerKind.values()) {
      usages.add(kind.usage());
    }
    return usages;
  }

  /** The layers of a whole specification on that input. */
  static Chain chain(String text, Shape input) {
    return chain(text, input, "");
  }

  /**
   * The layers of a part of one.
   *
   * @param number of the layer that the part belongs to, with a dot, or nothing
   */
  static Chain chain(String text, Shape input, String number) {
    List<Term> terms = terms(text);
    if (terms.isEmpty()) {
      throw new IllegalArgumentException(
          "network = '%s': must name at least one layer (such as dense(64) relu dense(10))"
              .formatted(text.strip()));
    }
    List<Layer> layers = new ArrayList<>();
    Shape reached = input;
    for (int l = 0; l < terms.size(); l++) {
      Term term = terms.get(l);
      String name = l + 1 < terms.size() ? terms.get(l + 1).name() : "";
      LayerRequest request =
          new LayerRequest(
              number + (l + 1), term.name(), term.arguments(), term.text(), reached, name);
      Layer layer = LayerKind.layer(request);
      layers.add(layer);
      reached = layer.output();
    }
    return new Chain(layers);
  }

  private static List<Term> terms(String text) {
    List<Term> terms = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at))) {
        at++;
        continue;
      }
      int start = at;
      while (at < text.length()
          && !Character.isWhitespace(text.charAt(at))
          && text.charAt(at) != '('
          && text.charAt(at) != ')') {
        at++;
      }
      String name = text.substring(start, at);
      String arguments = "";
      if (at < text.length() && text.charAt(at) == '(') {
        int close = close(text, at);
        arguments = text.substring(at + 1, close);
        at = close + 1;
      }
      if (name.isEmpty()) {
        throw new IllegalArgumentException(
            "network = '%s': '%s' at character %d: must follow the name of a layer"
                .formatted(text, text.charAt(start), start + 1));
      }
      terms.add(new Term(name, arguments, text.substring(start, at)));
    }
    return terms;
  }

  /** Where the bracket that opens at {@code open} closes. */
  private static int close(String text, int open) {
    int depth = 0;
    for (int at = open; at < text.length(); at++) {
      depth += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
      if (depth == 0) {
        return at;
      }
    }
    throw new IllegalArgumentException(
        "network = '%s': the bracket at character %d is not closed".formatted(text, open + 1));
  }
}
