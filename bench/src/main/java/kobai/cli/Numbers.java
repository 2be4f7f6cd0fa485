package kobai.cli;

import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Converters for numbers whose messages have the project's form. */
final class Numbers {
  private Numbers() {}

  /** Registers them for this command and its subcommands. */
  static void register(CommandLine commandLine) {
    commandLine.registerConverter(int.class, Numbers::toInt);
    commandLine.registerConverter(Integer.class, Numbers::toInt);
    commandLine.registerConverter(long.class, Numbers::toLong);
    commandLine.registerConverter(Long.class, Numbers::toLong);
    commandLine.registerConverter(float.class, Numbers::toFloat);
    commandLine.registerConverter(Float.class, Numbers::toFloat);
    commandLine.registerConverter(double.class, Numbers::toDouble);
    commandLine.registerConverter(Double.class, Numbers::toDouble);
  }

  private static int toInt(String value) {
    long number = toLong(value);
    if (number != (int) number) {
      throw wrong(
          value, "a whole number from %d to %d".formatted(Integer.MIN_VALUE, Integer.MAX_VALUE));
    }
    return (int) number;
  }

  private static long toLong(String value) {
    try {
      return Long.parseLong(value.strip());
    } catch (NumberFormatException e) {
      throw wrong(value, "a whole number");
    }
  }

  private static float toFloat(String value) {
    return (float) toDouble(value);
  }

  private static double toDouble(String value) {
    try {
      return Double.parseDouble(value.strip());
    } catch (NumberFormatException e) {
      throw wrong(value, "a number");
    }
  }

  private static TypeConversionException wrong(String value, String expected) {
    return new TypeConversionException(value + ": must be " + expected);
  }
}
