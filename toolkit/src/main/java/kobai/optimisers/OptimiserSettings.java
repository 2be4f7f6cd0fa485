package kobai.optimisers;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Everything that makes an optimiser, except the schedule's form and the model.
 *
 * <p>A gradient goes through these in turn: clipping (by value or by norm), coupled decay,
 * decoupled decay of θ, the rule.
 *
 * @param kind the rule
 * @param rate learning rate η
 * @param numbers what is set; what is not, the rule's line in {@link Optimisers} decides
 */
public record OptimiserSettings(
    Optimisers kind, double rate, Map<OptimiserOption, Double> numbers) {
  private static final String RATE = "rate";

  /**
   * Checks all of it.
   *
   * @throws IllegalArgumentException naming everything that is out of range or has no place here
   */
  public OptimiserSettings {
    List<String> problems = new ArrayList<>();
    if (!((float) rate > 0 && (float) rate < Float.POSITIVE_INFINITY)) {
      problems.add(
          "learning rate = %s: must be a finite number > 0 (and in the range of float)"
              .formatted(rate));
    }
    List<OptimiserOption> known = kind.options();
    withKey(numbers)
        .forEach(
            (option, value) -> {
              if (!known.contains(option)) {
                problems.add(
                    "%s = %s: must not be set for optimiser %s (it takes %s)"
                        .formatted(option.commandName(), value, kind.commandName(), names(known)));
              } else if (!option.problem(value).isEmpty()) {
                problems.add(option.problem(value));
              }
            });
    if (numbers.containsKey(OptimiserOption.CLIP_NORM)
        && numbers.containsKey(OptimiserOption.CLIP_VALUE)) {
      problems.add("clip-norm and clip-value: must not both be set (leave one out)");
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    numbers = Map.copyOf(numbers);
  }

  /** The rule with its usual numbers. */
  public static OptimiserSettings of(Optimisers kind, double rate) {
    return new OptimiserSettings(kind, rate, Map.of());
  }

  /**
   * Reads an optimiser such as {@code adam} or {@code momentum(momentum=0.95, clip-norm=1)}; {@code
   * rate} may be among the numbers.
   *
   * @param rate used if the text sets none; NaN for the usual one of the optimiser
   * @throws IllegalArgumentException naming everything that is wrong with it
   */
  public static OptimiserSettings parse(String text, double rate) {
    SettingsText parsed = SettingsText.parse("optimiser", text);
    Optimisers kind =
        SettingsText.constant(
            "optimiser", parsed.name(), Optimisers.values(), Optimisers::commandName);
    List<Object> keys = new ArrayList<>(kind.options());
    keys.add(RATE);
    Map<Object, Double> given =
        parsed.numbers(
            "optimiser " + kind.commandName(),
            keys,
            key -> key instanceof OptimiserOption option ? option.commandName() : RATE);
    double usual = Double.isNaN(rate) ? kind.usualRate() : rate;
    Map<OptimiserOption, Double> numbers = new EnumMap<>(OptimiserOption.class);
    given.forEach(
        (key, value) -> {
          if (key instanceof OptimiserOption option) {
            numbers.put(option, value);
          }
        });
    return new OptimiserSettings(kind, given.getOrDefault(RATE, usual), numbers);
  }

  /** A copy with one number set. */
  public OptimiserSettings with(OptimiserOption option, double value) {
    Map<OptimiserOption, Double> copy = withKey(numbers);
    copy.put(option, value);
    return new OptimiserSettings(kind, rate, copy);
  }

  /** A copy at another learning rate. */
  public OptimiserSettings withRate(double other) {
    return new OptimiserSettings(kind, other, numbers);
  }

  /** The number set or, where it is not, the usual one of the rule; 0 for what is off. */
  public double number(OptimiserOption option) {
    return numbers.getOrDefault(option, kind.defaults().getOrDefault(option, 0.0));
  }

  /** The text that {@link #parse} reads back, every number of the rule spelt out. */
  public String text() {
    Map<String, Double> all = new LinkedHashMap<>();
    all.put(RATE, rate);
    for (OptimiserOption option : kind.options()) {
      if (numbers.containsKey(option) || kind.defaults().containsKey(option)) {
        all.put(option.commandName(), number(option));
      }
    }
    List<String> parts = new ArrayList<>();
    all.forEach((name, value) -> parts.add(name + "=" + value));
    return kind.commandName() + "(" + String.join(", ", parts) + ")";
  }

  /**
   * Makes the optimiser of {@code parameters} parameters; its state is ledgered.
   *
   * @param schedule the rate of iteration t is η f(t)
   */
  public Optimiser create(Kernels kernels, Workspace workspace, int parameters, Schedule schedule) {
    UpdateRule rule = kind.rule(kernels, workspace, parameters, this);
    double decoupled = number(OptimiserOption.DECOUPLED_DECAY);
    double coupled = number(OptimiserOption.DECAY);
    double norm = number(OptimiserOption.CLIP_NORM);
    double value = number(OptimiserOption.CLIP_VALUE);
    if (decoupled > 0) {
      rule = new DecoupledDecay(kernels, parameters, decoupled, rule);
    }
    if (coupled > 0) {
      rule = new CoupledDecay(kernels, parameters, coupled, rule);
    }
    if (norm > 0) {
      rule = new ClipByNorm(kernels, parameters, norm, rule);
    }
    if (value > 0) {
      rule = new ClipByValue(parameters, value, rule);
    }
    return new ScheduledOptimiser(rule, rate, schedule);
  }

  private static Map<OptimiserOption, Double> withKey(Map<OptimiserOption, Double> numbers) {
    Map<OptimiserOption, Double> copy = new EnumMap<>(OptimiserOption.class);
    copy.putAll(numbers);
    return copy;
  }

  private static String names(List<OptimiserOption> options) {
    return String.join(", ", options.stream().map(OptimiserOption::commandName).toList());
  }
}
