package kobai.claims;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kobai.estimators.Algorithm;
import kobai.verify.Budget;
import kobai.verify.ReferenceNetwork;
import kobai.verify.Tier;

/**
 * What a verification is asked to do, checked.
 *
 * @param algorithms lines of the registry, without repeats
 * @param models networks they are tried on; none given: all, the usual one in full and the others
 *     in T0, T1 and T3 at a larger tolerance
 * @param scopes claims
 * @param tiers T0 to T5 of {@link #codes}
 * @param tolerance ε: largest harmless bias, relative to ‖g‖
 * @param alpha chance that one check calls right code wrong
 * @param beta chance that one check passes a bias of ε
 * @param seed of all draws
 * @param budget wall-clock time after which what is not decided fails; none without
 * @param threads checks that run side by side; results do not depend on it
 */
public record ClaimOptions(
    List<Algorithm> algorithms,
    List<ReferenceNetwork> models,
    List<Scope> scopes,
    List<String> tiers,
    double tolerance,
    double alpha,
    double beta,
    long seed,
    Optional<Duration> budget,
    int threads) {
  /** ε where none is given. */
  public static final double TOLERANCE = 0.05;

  /** Least ε on networks that were not asked for by name. */
  public static final double COARSE_TOLERANCE = 0.2;

  // What is tried on networks that were not asked for by name, where no tiers are either.
  private static final Set<String> COARSE_TIERS = Set.of("T0", "T1", "T3");

  /** The seed where none is given. */
  public static final long SEED = Budget.MASTER_SEED;

  /**
   * Checks everything.
   *
   * @throws IllegalArgumentException with one line for each violation
   */
  public ClaimOptions {
    algorithms =
        List.copyOf(
            new LinkedHashSet<>(algorithms.isEmpty() ? List.of(Algorithm.values()) : algorithms));
    models = List.copyOf(new LinkedHashSet<>(models));
    scopes = List.copyOf(new LinkedHashSet<>(scopes.isEmpty() ? List.of(Scope.values()) : scopes));
    tiers = tiers.stream().map(tier -> tier.strip().toUpperCase(Locale.ROOT)).distinct().toList();
    List<String> problems = new ArrayList<>();
    for (String tier : tiers) {
      if (!codes().contains(tier)) {
        problems.add("tier = %s: must be one of %s".formatted(tier, String.join(", ", codes())));
      }
    }
    problems.addAll(rates(tolerance, alpha, beta));
    if (threads < 1) {
      problems.add("threads = %d: must be at least 1".formatted(threads));
    }
    if (budget.isPresent() && !budget.get().isPositive()) {
      problems.add(
          "budget = %s: must be longer than 0 (60s, say)".formatted(seconds(budget.get())));
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
  }

  /** What is wrong with a tolerance and the two error rates, one sentence each. */
  static List<String> rates(double tolerance, double alpha, double beta) {
    List<String> problems = new ArrayList<>();
    if (!(tolerance > 0 && tolerance < Double.POSITIVE_INFINITY)) {
      problems.add(
          "tolerance = %s: must be a finite number > 0 (0.05 is 5 %% of the gradient)"
              .formatted(tolerance));
    }
    if (!(alpha > 0 && alpha < 0.5)) {
      problems.add(
          "alpha = %s: must be in (0, 0.5) (1e-11 keeps a hundred checks below 1e-9)"
              .formatted(alpha));
    }
    if (!(beta > 0 && beta < 0.5)) {
      problems.add("beta = %s: must be in (0, 0.5) (1e-4 is the default)".formatted(beta));
    }
    return problems;
  }

  /** The names of the tiers, T0 to T5. */
  public static List<String> codes() {
    List<String> codes = new ArrayList<>();
    for (Tier tier : Tier.values()) {
      if (!codes.contains(tier.code())) {
        codes.add(tier.code());
      }
    }
    return codes;
  }

  /** The networks that are tried. */
  public List<ReferenceNetwork> networks() {
    return models.isEmpty() ? List.of(ReferenceNetwork.values()) : models;
  }

  /** Whether a network is tried in full. */
  boolean full(ReferenceNetwork model) {
    return !models.isEmpty() || model == ReferenceNetwork.LEAKY_RNN;
  }

  /** Whether a tier is asked for on a network; all are where none is named. */
  boolean asksFor(ReferenceNetwork model, Tier tier) {
    return tiers.isEmpty()
        ? full(model) || COARSE_TIERS.contains(tier.code())
        : tiers.contains(tier.code());
  }

  /** ε on a network. */
  double tolerance(ReferenceNetwork model) {
    return full(model) ? tolerance : Math.max(tolerance, COARSE_TOLERANCE);
  }

  /** The command that repeats a check, with every option that its outcome depends on. */
  String replay(ClaimCell cell) {
    StringBuilder command =
        new StringBuilder("kobai verify ")
            .append(ClaimCell.name(cell.algorithm()))
            .append(" --claim ")
            .append(ClaimCell.name(cell.scope()))
            .append(" --tier ")
            .append(cell.tier().code().toLowerCase(Locale.ROOT))
            .append(" --seed ")
            .append(seed);
    command.append(" --model ").append(ClaimCell.name(cell.model()));
    option(command, "tolerance", cell.tolerance(), TOLERANCE);
    option(command, "alpha", alpha, Budget.ALPHA);
    option(command, "beta", beta, Budget.BETA);
    return command.toString();
  }

  static void option(StringBuilder command, String name, double value, double usual) {
    if (value != usual) {
      command.append(" --").append(name).append(' ').append(value);
    }
  }

  static String seconds(Duration time) {
    return time.toMillis() / 1000.0 + "s";
  }

  /** The options as names and values. */
  public Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("algorithms", algorithms.stream().map(ClaimCell::name).toList());
    settings.put("models", networks().stream().map(ClaimCell::name).toList());
    settings.put("claims", scopes.stream().map(ClaimCell::name).toList());
    settings.put("tiers", tiers.isEmpty() ? codes() : tiers);
    settings.put("tolerance", tolerance);
    settings.put("alpha", alpha);
    settings.put("beta", beta);
    budget.ifPresent(time -> settings.put("budget", seconds(time)));
    settings.put("threads", threads);
    return settings;
  }
}
