package kobai.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options of a command in a file: a line {@code key = value} for {@code --key value}; {@code key =
 * true} for an option without a value. Empty lines and lines that begin with {@code #} say nothing.
 *
 * @param path where it was read from
 * @param lines key → number of its line and its value, in order
 */
record ConfigFile(Path path, Map<String, Line> lines) {
  /** A line: its number from 1 and what stands behind the equals sign. */
  record Line(int number, String value) {}

  /** Reads a file; IllegalArgumentException names every line that is none. */
  static ConfigFile read(Path path) {
    List<String> text;
    try {
      text = Files.readAllLines(path);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "--config = %s: must be a file of UTF-8 text that can be read (%s)".formatted(path, e),
          e);
    }
    Violations violations = new Violations();
    Map<String, Line> lines = new LinkedHashMap<>();
    for (int i = 0; i < text.size(); i++) {
      String line = text.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      String key = equals < 0 ? line : line.substring(0, equals).strip();
      int number = i + 1;
      if (equals < 1) {
        violations.require(false, "%s:%d: '%s': must be key = value".formatted(path, number, line));
      } else if (lines.putIfAbsent(key, new Line(number, line.substring(equals + 1).strip()))
          != null) {
        violations.require(
            false,
            "%s:%d: %s: must be there once; it is on line %d already"
                .formatted(path, number, key, lines.get(key).number()));
      }
    }
    violations.raise();
    return new ConfigFile(path, lines);
  }

  /**
   * The lines as arguments, without those of the keys in {@code besides}; every key and every value
   * is tried on a command of its own, and what is wrong is noted with its line.
   *
   * @param fresh makes a command line with the options
   */
  List<String> arguments(Supplier<CommandLine> fresh, Set<String> besides, Violations violations) {
    List<String> arguments = new ArrayList<>();
    Map<String, String> known = new LinkedHashMap<>();
    for (OptionSpec option : fresh.get().getCommandSpec().options()) {
      for (String name : option.names()) {
        if (name.startsWith("--") && !name.equals("--help") && !name.equals("--version")) {
          known.put(name.substring(2), option.longestName().substring(2));
        }
      }
    }
    lines.forEach(
        (key, line) -> {
          String where = "%s:%d: ".formatted(path, line.number());
          if (!known.containsKey(key)) {
            violations.require(
                false, where + "unknown key " + key + Nearest.suggestion(key, known.keySet()));
            return;
          }
          String argument = "--" + key + "=" + line.value();
          CommandLine trial = fresh.get();
          trial.getCommandSpec().parser().collectErrors(true);
          for (Exception error : trial.parseArgs(argument).errors()) {
            for (String message : Failures.messages(error, trial)) {
              violations.require(false, where + message);
            }
          }
          if (!besides.contains(known.get(key))) {
            arguments.add(argument);
          }
        });
    return arguments;
  }
}
