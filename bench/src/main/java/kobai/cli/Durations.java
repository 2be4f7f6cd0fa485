package kobai.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads times such as 90, 60s, 2m and 1.5h; without a unit they are seconds. */
final class Durations implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|min|h)?");
  private static final double MILLI = 1e-3;
  private static final double MINUTE = 60;
  private static final double HOUR = 3600;
  private static final double NANOS = 1e9;
  private static final double LONGEST =
      0x1p61; // nanoseconds: 73 years, and sums of two do not overflow

  Durations() {}

  @Override
  public Duration convert(String value) {
    Matcher form = FORM.matcher(value.strip().toLowerCase(Locale.ROOT));
    if (!form.matches()) {
      throw new TypeConversionException(value + ": must be a time such as 60s, 2m or 500ms");
    }
    double unit =
        switch (form.group(2) == null ? "s" : form.group(2)) {
          case "ms" -> MILLI;
          case "m", "min" -> MINUTE;
          case "h" -> HOUR;
          default -> 1;
        };
    return Duration.ofNanos(
        Math.round(Math.min(Double.parseDouble(form.group(1)) * unit * NANOS, LONGEST)));
  }
}
