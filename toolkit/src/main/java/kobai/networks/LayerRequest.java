package kobai.networks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A layer as it was written and what it is to read; knows how to refuse.
 *
 * @param number of the layer, 3 or 2.1 inside another
 * @param name of its kind
 * @param arguments what stands in its brackets
 * @param text name and arguments
 * @param input shape that it gets
 * @param next name of the layer behind it, or nothing
 */
record LayerRequest(
    String number, String name, String arguments, String text, Shape input, String next) {
  /** A refusal of that problem. */
  IllegalArgumentException refusal(String problem) {
    return new IllegalArgumentException("layer %s = %s: %s".formatted(number, text, problem));
  }

  /** The arguments between commas. */
  List<String> list() {
    List<String> list = new ArrayList<>();
    if (!arguments.isBlank()) {
      for (String argument : arguments.split(",", -1)) {
        list.add(argument.strip());
      }
    }
    return list;
  }

  /** The arguments, refused unless there are {@code least} to {@code most}. */
  List<String> list(int least, int most, String usage) {
    List<String> list = list();
    if (list.size() < least || list.size() > most) {
      throw refusal(
          "%d argument%s: must be written %s"
              .formatted(list.size(), list.size() == 1 ? "" : "s", usage));
    }
    return list;
  }

  /** A whole number of at least {@code least}. */
  int number(String what, String value, int least) {
    try {
      int number = Integer.parseInt(value);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException malformed) {
      // said below
    }
    throw refusal("%s = %s: must be a whole number of at least %d".formatted(what, value, least));
  }

  /**
   * The whole number that is given as {@code name=…}, at least {@code least}, or {@code other}.
   *
   * @param all names that may be given so
   */
  int option(String name, int least, int other, String usage, String... all) {
    return number(name, option(name, String.valueOf(other), usage, all), least);
  }

  /** The text that is given so, or {@code other}. */
  String option(String name, String other, String usage, String... all) {
    String value = other;
    for (String argument : list()) {
      int equals = argument.indexOf('=');
      String given = equals < 0 ? "" : argument.substring(0, equals).strip();
      if (equals >= 0 && !List.of(all).contains(given)) {
        throw refusal("%s: must be written %s".formatted(argument, usage));
      }
      if (given.equals(name)) {
        value = argument.substring(equals + 1).strip();
      }
    }
    return value;
  }

  /** Refuses shapes of another rank, 2 or 3. */
  void rank(int rank) {
    if (input.rank() != rank) {
      throw shape(rank == 2 ? "positions × channels" : "height × width × channels");
    }
  }

  /** A number. */
  double decimal(String what, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException malformed) {
      throw refusal("%s = %s: must be a number".formatted(what, value));
    }
  }

  /** Makes a layer; what it refuses, the request refuses. */
  Layer make(Supplier<Layer> layer) {
    try {
      return layer.get();
    } catch (IllegalArgumentException refused) {
      throw refusal(refused.getMessage());
    }
  }

  /** Refuses the shape that it gets. */
  IllegalArgumentException shape(String needed) {
    return refusal("input shape = %s: must be %s".formatted(input, needed));
  }
}
