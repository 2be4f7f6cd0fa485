package kobai.claims;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kobai.verify.Budget;

/**
 * How the files of another program are checked.
 *
 * @param folder where they are
 * @param tolerance ε; without one 5 % for stochastic estimates, and what rounding explains for a
 *     gradient
 * @param alpha chance that a right estimator is found biased
 * @param beta chance that a bias of ε passes
 * @param seed shown with the result; the samples are what they are
 */
public record ExternalOptions(
    Path folder, Optional<Double> tolerance, double alpha, double beta, long seed) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException with one line for each violation
   */
  public ExternalOptions {
    List<String> problems =
        ClaimOptions.rates(tolerance.orElse(ClaimOptions.TOLERANCE), alpha, beta);
    ForeignProblem.raise(problems);
  }

  /** The command that repeats the check. */
  public String replay() {
    StringBuilder command = new StringBuilder("kobai verify --external ").append(folder);
    tolerance.ifPresent(value -> command.append(" --tolerance ").append(value));
    ClaimOptions.option(command, "alpha", alpha, Budget.ALPHA);
    ClaimOptions.option(command, "beta", beta, Budget.BETA);
    return command.toString();
  }

  /** The options as names and values. */
  public Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("external", folder.toString());
    settings.put("tolerance", tolerance.isPresent() ? (Object) tolerance.get() : "default");
    settings.put("alpha", alpha);
    settings.put("beta", beta);
    return settings;
  }
}
