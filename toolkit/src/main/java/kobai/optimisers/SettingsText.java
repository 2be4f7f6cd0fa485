package kobai.optimisers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A choice and its numbers as they are written on a command line: {@code name} or {@code
 * name(key=value, key=value)}.
 *
 * @param name in lower case, with hyphens
 * @param values key to value, both as written, keys in lower case with hyphens
 */
record SettingsText(String name, Map<String, String> values) {
  private static final Pattern FORM =
      Pattern.compile("\\s*([A-Za-z][\\w-]*)\\s*(?:\\((.*)\\)\\s*)?", Pattern.DOTALL);

  /** Reads the form; {@code what} names it in messages. */
  static SettingsText parse(String what, String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "%s = %s: must be a name, or a name with numbers: name(key=value, key=value)"
              .formatted(what, text));
    }
    Map<String, String> values = new LinkedHashMap<>();
    String inner = matcher.group(2) == null ? "" : matcher.group(2);
    for (String part : inner.isBlank() ? new String[0] : inner.split(",", -1)) {
      int equals = part.indexOf('=');
      String key = commandName(equals < 0 ? part : part.substring(0, equals));
      if (equals < 0 || key.isEmpty() || values.containsKey(key)) {
        throw new IllegalArgumentException(
            "%s = %s: '%s': must be key=value, each key once".formatted(what, text, part.strip()));
      }
      values.put(key, part.substring(equals + 1).strip());
    }
    return new SettingsText(commandName(matcher.group(1)), values);
  }

  /** The constant of that name. */
  static <E extends Enum<E>> E constant(
      String what, String name, E[] constants, Function<E, String> commandName) {
    for (E constant : constants) {
      if (commandName.apply(constant).equals(name)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "%s = %s: must be one of %s"
            .formatted(
                what, name, String.join(", ", Arrays.stream(constants).map(commandName).toList())));
  }

  /**
   * The values as numbers.
   *
   * @throws IllegalArgumentException naming every key that is unknown and every value that is no
   *     number
   */
  <E> Map<E, Double> numbers(String what, List<E> options, Function<E, String> commandName) {
    Map<E, Double> numbers = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    List<String> known = options.stream().map(commandName).toList();
    values.forEach(
        (key, value) -> {
          int at = known.indexOf(key);
          if (at < 0) {
            problems.add(
                "%s: %s: must be one of %s".formatted(what, key, String.join(", ", known)));
            return;
          }
          try {
            numbers.put(options.get(at), Double.valueOf(value));
          } catch (NumberFormatException e) {
            problems.add("%s: %s = %s: must be a number".formatted(what, key, value));
          }
        });
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    return numbers;
  }

  private static String commandName(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
