package kobai.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Gathers everything that is wrong with a command's input, so that the user is told all of it at
 * once.
 *
 * <pre>{@code
 * var violations = new Violations();
 * violations.require(sigma > 0, "--sigma = " + sigma + ": must be above 0");
 * violations.collect(() -> new Setup(...));
 * violations.raise();
 * }</pre>
 */
final class Violations {
  private final List<String> messages = new ArrayList<>();

  /** Notes the message unless the condition holds. */
  void require(boolean condition, String message) {
    if (!condition) {
      messages.add(message);
    }
  }

  /** Runs a check that throws IllegalArgumentException when it fails, and notes its message. */
  void collect(Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      messages.add(String.valueOf(e.getMessage()));
    }
  }

  /** Whether nothing has been noted so far. */
  boolean isEmpty() {
    return messages.isEmpty();
  }

  /** What has been noted so far, one or more lines each. */
  List<String> messages() {
    return messages.stream().flatMap(String::lines).toList();
  }

  /** Throws one IllegalArgumentException with all messages, one a line, if there are any. */
  void raise() {
    if (!messages.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", messages));
    }
  }
}
