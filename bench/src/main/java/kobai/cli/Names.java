package kobai.cli;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The command line's names of an enum: the constants in lower case with hyphens, {@code FULL_ES}
 * being {@code full-es}. Read without regard to case; underscores are read as hyphens.
 */
final class Names<E extends Enum<E>> implements ITypeConverter<E> {
  private final Class<E> type;

  /** Converts to this enum. */
  Names(Class<E> type) {
    this.type = type;
  }

  /** Returns the name of one constant. */
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns all names, in the order of the enum. */
  static List<String> all(Class<? extends Enum<?>> type) {
    return Arrays.stream(type.getEnumConstants()).map(Names::of).toList();
  }

  @Override
  public E convert(String value) {
    try {
      return parse(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /**
   * Returns the constant of that name; IllegalArgumentException that names all and the nearest if
   * there is none.
   */
  E parse(String value) {
    String name = value.strip().toLowerCase(Locale.ROOT).replace('_', '-');
    Optional<E> found =
        Arrays.stream(type.getEnumConstants())
            .filter(constant -> of(constant).equals(name))
            .findFirst();
    return found.orElseThrow(
        () ->
            new IllegalArgumentException(
                "%s: must be one of %s%s"
                    .formatted(
                        value, String.join(", ", all(type)), Nearest.suggestion(name, sorted()))));
  }

  /** Shorter names first, so that of two equally near ones the simpler is suggested. */
  private List<String> sorted() {
    return all(type).stream().sorted(Comparator.comparingInt(String::length)).toList();
  }
}
