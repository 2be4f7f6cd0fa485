package kobai.optimisers;

import static kobai.optimisers.ScheduleOption.DECAY;
import static kobai.optimisers.ScheduleOption.END;
import static kobai.optimisers.ScheduleOption.EXPONENT;
import static kobai.optimisers.ScheduleOption.KEEP;
import static kobai.optimisers.ScheduleOption.OVER;
import static kobai.optimisers.ScheduleOption.WARM_UP;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The registry of schedules: one line each, with its equation for iteration t = 0, 1, …, its
 * numbers and its source.
 *
 * <p>Powers are those of {@link StrictMath} and cosines a series, so that a schedule has the same
 * bits on every machine. {@code OVER} is, where it is not set, the length of the run.
 */
public enum Schedules {
  CONSTANT("1", "a run of fixed length", Map.of(), numbers -> Schedule.CONSTANT),
  HARMONIC(
      "1 / (t + 1): the rate is c / t, counted from 1",
      "Robbins and Monro (1951), Annals of Mathematical Statistics 22(3)",
      Map.of(),
      numbers -> t -> 1 / (t + 1.0)),
  POWER(
      "(t + 1)^-exponent; above 1/2 it meets the conditions of Robbins and Monro",
      "Polyak and Juditsky (1992), SIAM Journal on Control and Optimization 30(4)",
      Map.of(EXPONENT, 0.5),
      numbers -> {
        double exponent = numbers.get(EXPONENT);
        return t -> StrictMath.pow(t + 1.0, -exponent);
      }),
  INVERSE_TIME(
      "1 / (1 + decay t)",
      "Bottou (2012), Stochastic gradient descent tricks, section 5.2",
      Map.of(DECAY, 1e-3),
      numbers -> {
        double decay = numbers.get(DECAY);
        return t -> 1 / (1 + decay * t);
      }),
  EXPONENTIAL(
      "keep^t",
      "Sutskever (2013), Training Recurrent Neural Networks, thesis, University of Toronto",
      Map.of(KEEP, 0.999),
      numbers -> {
        double keep = numbers.get(KEEP);
        return t -> StrictMath.pow(keep, t);
      }),
  LINEAR(
      "1 - (1 - end) min(t / over, 1)",
      "Goodfellow, Bengio and Courville (2016), Deep Learning, eq. 8.14",
      Map.of(OVER, Double.NaN, END, 0.0),
      numbers -> {
        double over = numbers.get(OVER);
        double end = numbers.get(END);
        return t -> t >= over ? end : 1 - (1 - end) * (t / over);
      }),
  COSINE(
      "end + (1 - end) (1 + cos(π min(t / over, 1))) / 2",
      "Loshchilov and Hutter (2017), ICLR, eq. 5, without restarts",
      Map.of(OVER, Double.NaN, END, 0.0),
      numbers -> {
        double over = numbers.get(OVER);
        double end = numbers.get(END);
        return t -> t >= over ? end : end + (1 - end) * (1 + cosine(t / over)) / 2;
      });

  private final String equation;
  private final String source;
  private final Map<ScheduleOption, Double> defaults;
  private final Function<Map<ScheduleOption, Double>, Schedule> factory;

  Schedules(
      String equation,
      String source,
      Map<ScheduleOption, Double> defaults,
      Function<Map<ScheduleOption, Double>, Schedule> factory) {
    this.equation = equation;
    this.source = source;
    this.defaults = defaults;
    this.factory = factory;
  }

  /** The name on the command line: lower case, hyphens. */
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The factor f(t). */
  public String equation() {
    return equation;
  }

  /** Where it comes from. */
  public String source() {
    return source;
  }

  /** Its numbers and what they are if not set; NaN for the length of the run. */
  public Map<ScheduleOption, Double> defaults() {
    return defaults;
  }

  /**
   * Makes the schedule.
   *
   * @param given what is set of its numbers, and a warm-up if there is one
   * @param iterations length of the run, at least 1
   * @throws IllegalArgumentException naming every number that is out of range or has no place here
   */
  public Schedule create(Map<ScheduleOption, Double> given, long iterations) {
    List<String> problems = new ArrayList<>();
    if (iterations < 1) {
      problems.add("iterations = %d: must be at least 1".formatted(iterations));
    }
    given.forEach(
        (option, value) -> {
          if (option != WARM_UP && !defaults.containsKey(option)) {
            problems.add(
                "%s = %s: must not be set for schedule %s (%s)"
                    .formatted(option.commandName(), value, commandName(), takes()));
          } else if (!option.problem(value).isEmpty()) {
            problems.add(option.problem(value));
          }
        });
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    Map<ScheduleOption, Double> numbers = new EnumMap<>(ScheduleOption.class);
    defaults.forEach(
        (option, value) -> numbers.put(option, option == OVER ? (double) iterations : value));
    numbers.putAll(given);
    Schedule schedule = factory.apply(numbers);
    return given.containsKey(WARM_UP)
        ? schedule.warmedUp(given.get(WARM_UP).longValue())
        : schedule;
  }

  /**
   * Reads a schedule such as {@code cosine} or {@code cosine(over=5000, warm-up=100)}.
   *
   * @throws IllegalArgumentException naming everything that is wrong with it
   */
  public static Schedule parse(String text, long iterations) {
    SettingsText parsed = SettingsText.parse("schedule", text);
    Schedules schedule =
        SettingsText.constant("schedule", parsed.name(), values(), Schedules::commandName);
    return schedule.create(
        parsed.numbers(
            "schedule " + schedule.commandName(), schedule.options(), ScheduleOption::commandName),
        iterations);
  }

  /** cos πx for x in [0, 1], which is −sin π(x − ½) and −cos π(1 − x); StrictMath's allocates. */
  private static double cosine(double x) {
    double quarter = 0.25;
    if (x <= quarter) {
      return series(Math.PI * x, 1, 1);
    }
    double a = Math.PI * (x - 0.5);
    return x < 1 - quarter ? -series(a, a, 2) : -series(Math.PI * (1 - x), 1, 1);
  }

  /**
   * Taylor's series of the cosine (first = 1, from = 1) or of the sine (first = a, from = 2) at |a|
   * ≤ π/4, where the last term, a²⁰/20!, is below 2⁻⁵³.
   */
  private static double series(double a, double first, int from) {
    double term = first;
    double sum = first;
    for (int k = from; k < 20; k += 2) {
      term *= -a * a / (k * (k + 1));
      sum += term;
    }
    return sum;
  }

  /** The numbers that it takes: its own, then a warm-up. */
  public List<ScheduleOption> options() {
    return Arrays.stream(ScheduleOption.values())
        .filter(option -> option == WARM_UP || defaults.containsKey(option))
        .toList();
  }

  private String takes() {
    return "it takes "
        + String.join(", ", options().stream().map(ScheduleOption::commandName).toList());
  }
}
