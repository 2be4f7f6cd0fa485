package kobai.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import kobai.estimators.EvolutionOptions;
import kobai.estimators.EvolutionOptions.Sampling;
import kobai.estimators.Setup;
import kobai.kernels.Kernels;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.random.NoiseSource;

/**
 * What a user sets beside the sizes, as text that survives a command line and a JMH parameter:
 * {@code rank=2;sampling=plain}. Settings that an algorithm does not read are without effect on it.
 *
 * @param settings the text, {@code name=value} separated by semicolons, or {@code published}
 */
public record Variant(String settings) {
  /** Everything as published. */
  public static final String PUBLISHED = "published";

  /** What can be set, in an order in which each may need those before it. */
  private enum Setting {
    RANK,
    TANGENTS,
    INNER_RATE,
    LAW,
    SAMPLING,
    RANK_SHAPING,
    EPISODE,
    STAGGERED,
    BURN_IN,
    REGENERATE,
    NOISE_PERIOD;

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Checks the settings, one by one and together; whether they suit an algorithm is asked by its
   * constructor.
   */
  public Variant {
    List<String> problems = new ArrayList<>();
    for (String part : parts(settings)) {
      try {
        value(part);
      } catch (IllegalArgumentException e) {
        problems.add(e.getMessage());
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    changed(settings, Setup.of(LeakyRnn.of(1, 1, 1, 1f, Loss.SQUARED_ERROR), 1));
  }

  /** Of several {@code name=value}. */
  public static Variant of(List<String> settings) {
    return new Variant(settings.isEmpty() ? PUBLISHED : String.join(";", settings));
  }

  /** What can be set. */
  public static List<String> names() {
    return Arrays.stream(Setting.values()).map(setting -> setting.text).toList();
  }

  /** The setup with everything set. */
  public Setup apply(Setup setup) {
    return changed(settings, setup);
  }

  /** In the order of {@link Setting}: what a setting needs is set before it. */
  private static Setup changed(String settings, Setup setup) {
    for (Setting setting : Setting.values()) {
      for (String part : parts(settings)) {
        if (setting == named(part)) {
          setup = value(part).apply(setup);
        }
      }
    }
    return setup;
  }

  private interface Change {
    Setup apply(Setup setup);
  }

  private interface Evolution {
    EvolutionOptions apply(EvolutionOptions options);
  }

  private static List<String> parts(String settings) {
    return settings.equals(PUBLISHED)
        ? List.of()
        : Arrays.stream(settings.split(";")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static Change value(String part) {
    int at = part.indexOf('=');
    return change(named(part), at < 0 ? "" : part.substring(at + 1).strip());
  }

  private static Setting named(String part) {
    int at = part.indexOf('=');
    String name = (at < 0 ? part : part.substring(0, at)).strip();
    for (Setting setting : Setting.values()) {
      if (setting.text.equalsIgnoreCase(name)) {
        return setting;
      }
    }
    throw new IllegalArgumentException(
        "set = %s: must be <name>=<value> with a name of %s"
            .formatted(part, String.join(", ", names())));
  }

  private static Change change(Setting setting, String value) {
    return switch (setting) {
      case RANK -> {
        int rank = atLeastOne(setting, value);
        yield setup -> setup.withRank(rank);
      }
      case TANGENTS -> {
        int tangents = atLeastOne(setting, value);
        yield setup -> setup.withTangents(tangents);
      }
      case INNER_RATE -> {
        double rate = rate(value);
        yield setup -> setup.withInnerRate(rate);
      }
      case LAW -> law(value);
      case SAMPLING -> {
        Sampling sampling = sampling(value);
        yield evolution(options -> options.withSampling(sampling));
      }
      case RANK_SHAPING -> {
        boolean shaped = truth(setting, value);
        yield evolution(options -> options.withRankShaping(shaped));
      }
      case EPISODE -> {
        int steps = atLeastZero(setting, value);
        yield evolution(options -> options.withEpisode(steps, options.staggered()));
      }
      case STAGGERED -> {
        boolean staggered = truth(setting, value);
        yield evolution(options -> options.withEpisode(options.episode(), staggered));
      }
      case BURN_IN -> {
        int steps = atLeastZero(setting, value);
        yield evolution(options -> options.withBurnIn(steps));
      }
      case REGENERATE -> {
        boolean again = truth(setting, value);
        yield evolution(options -> options.withRegenerate(again));
      }
      case NOISE_PERIOD -> {
        int steps = atLeastZero(setting, value);
        yield evolution(options -> options.withNoisePeriod(steps));
      }
    };
  }

  private static Change evolution(Evolution change) {
    return setup -> setup.withEvolution(change.apply(setup.evolution()));
  }

  private static Change law(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "gaussian" -> setup -> setup.withNoise(NoiseSource.gaussian(kernels(setup)));
      case "rademacher" -> setup -> setup.withNoise(NoiseSource.rademacher(kernels(setup)));
      case "sphere" -> setup -> setup.withNoise(NoiseSource.sphere(kernels(setup)));
      default -> throw refused(Setting.LAW, value, "gaussian, rademacher or sphere");
    };
  }

  private static Kernels kernels(Setup setup) {
    return setup.implementation().kernels();
  }

  private static Sampling sampling(String value) {
    try {
      return Sampling.valueOf(value.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      throw refused(Setting.SAMPLING, value, "antithetic, plain or plain-with-baseline");
    }
  }

  private static boolean truth(Setting setting, String value) {
    if (!value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
      throw refused(setting, value, "true or false");
    }
    return Boolean.parseBoolean(value);
  }

  private static int atLeastOne(Setting setting, String value) {
    int number = atLeastZero(setting, value);
    if (number < 1) {
      throw refused(setting, value, "a whole number ≥ 1");
    }
    return number;
  }

  private static int atLeastZero(Setting setting, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw refused(setting, value, "a whole number");
    }
    throw refused(setting, value, "a whole number ≥ 0");
  }

  private static double rate(String value) {
    try {
      double rate = Double.parseDouble(value);
      if (rate >= 0 && rate < Double.POSITIVE_INFINITY) {
        return rate;
      }
    } catch (NumberFormatException e) {
      throw refused(Setting.INNER_RATE, value, "a number");
    }
    throw refused(Setting.INNER_RATE, value, "a finite number ≥ 0 (0 is the algorithm's own)");
  }

  private static IllegalArgumentException refused(Setting setting, String value, String expected) {
    return new IllegalArgumentException(
        "set %s = %s: must be %s".formatted(setting.text, value, expected));
  }
}
