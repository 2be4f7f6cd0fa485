package kobai.reproduce;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.PriorityQueue;

/**
 * How long units take: seconds on one core of an Intel Xeon with 512-bit vectors, from the resource
 * {@code unit-seconds.csv}. Those of the reduced size are of a whole run. Those of the published
 * size are of a whole unit where one has been run (control, the methods …-few of lr-tuning);
 * otherwise they are extended from what a unit got done in its first seconds, or by the ratio of
 * the steps, and may be off by a factor of two. A guess for other machines, but the ratios between
 * units, which progress is weighed by, are alike.
 */
public final class Forecast {
  /** For an experiment that the table does not know. */
  private static final double UNKNOWN = 10;

  private static final double TINY = 0.05;
  private static final Map<String, Double> SECONDS = read();

  private Forecast() {}

  private static Map<String, Double> read() {
    try (InputStream stream = Forecast.class.getResourceAsStream("unit-seconds.csv")) {
      Map<String, Double> seconds = new HashMap<>();
      new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .forEach(
              line -> {
                String[] cells = line.split(",");
                seconds.put(key(Scale.REDUCED, cells[0], cells[1]), Double.valueOf(cells[2]));
                seconds.put(key(Scale.FULL, cells[0], cells[1]), Double.valueOf(cells[3]));
              });
      return seconds;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String key(Scale scale, String experiment, String method) {
    return scale + " " + experiment + " " + method;
  }

  /** Seconds of a unit on one core; those of a method not in the table are as its neighbours'. */
  public static double seconds(Scale scale, WorkUnit unit) {
    if (scale == Scale.TINY) {
      return TINY;
    }
    Double known = SECONDS.get(key(scale, unit.experiment(), unit.method()));
    return known != null ? known : mean(scale, unit.experiment()).orElse(UNKNOWN);
  }

  /** Mean seconds of the methods of an experiment that the table knows. */
  static OptionalDouble mean(Scale scale, String experiment) {
    String prefix = key(scale, experiment, "");
    return SECONDS.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .mapToDouble(Map.Entry::getValue)
        .average();
  }

  /** Seconds until the last of those units ends, each begun when a thread is free. */
  public static double seconds(Scale scale, List<WorkUnit> units, int threads) {
    PriorityQueue<Double> free = new PriorityQueue<>();
    for (int thread = 0; thread < threads; thread++) {
      free.add(0.0);
    }
    double end = 0;
    for (WorkUnit unit : units) {
      double done = free.remove() + seconds(scale, unit);
      end = Math.max(end, done);
      free.add(done);
    }
    return end;
  }

  /** A time in words, to its first figure or two: {@code 40 s}, {@code 12 min}, {@code 3 days}. */
  public static String words(double seconds) {
    double minute = 60;
    double hour = 60 * minute;
    double day = 24 * hour;
    if (seconds < 2 * minute) {
      return number(Math.max(1, seconds), "s");
    }
    if (seconds < 2 * hour) {
      return number(seconds / minute, "min");
    }
    return seconds < 2 * day ? number(seconds / hour, "hours") : number(seconds / day, "days");
  }

  private static String number(double count, String unit) {
    return String.format(Locale.ROOT, "%.0f %s", count, unit);
  }
}
