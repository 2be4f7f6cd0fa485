package kobai.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.optimisers.OptimiserSettings;
import kobai.optimisers.Schedules;

/**
 * Everything that a run depends on besides its data.
 *
 * @param algorithm the estimator
 * @param setup model, batch, window; its workers work on one mini-batch together
 * @param optimiser the rule, its learning rate and its numbers
 * @param schedule such as {@code cosine} or {@code linear(end=0.1, warm-up=100)}; its time is
 *     counted in updates
 * @param epochs at most
 * @param patience epochs without a new best validation loss after which training stops; 0 for never
 * @param seed of the initial θ, the order of the examples, masks and perturbations
 * @param bayes a law of the weights is learnt instead of weights
 */
public record TrainingSettings(
    Algorithm algorithm,
    Setup setup,
    OptimiserSettings optimiser,
    String schedule,
    int epochs,
    int patience,
    long seed,
    Optional<BayesSettings> bayes) {
  public TrainingSettings {
    List<String> problems = new ArrayList<>();
    if (epochs < 1) {
      problems.add("epochs = %d: must be at least 1".formatted(epochs));
    }
    if (patience < 0) {
      problems.add("patience = %d: must be at least 1, or 0 for none".formatted(patience));
    }
    try {
      Schedules.parse(schedule, 1);
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage());
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
  }

  /** The same at another seed. */
  public TrainingSettings withSeed(long value) {
    return new TrainingSettings(
        algorithm, setup, optimiser, schedule, epochs, patience, value, bayes);
  }

  /** Every setting that changes a bit of the result, as text, in order. */
  public Map<String, String> lines() {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("model", setup.model().name());
    lines.put("algorithm", algorithm.name());
    lines.put("optimiser", optimiser.text());
    lines.put("schedule", schedule);
    lines.put("epochs", String.valueOf(epochs));
    lines.put("patience", String.valueOf(patience));
    lines.put("batch", String.valueOf(setup.batch()));
    lines.put("window", String.valueOf(setup.window()));
    lines.put("particles", String.valueOf(setup.particles()));
    lines.put("sigma", String.valueOf(setup.sigma()));
    lines.put("rank", String.valueOf(setup.rank()));
    lines.put("tangents", String.valueOf(setup.tangents()));
    lines.put("inner-rate", String.valueOf(setup.innerRate()));
    lines.put("evolution", setup.evolution().toString());
    lines.put("seed", String.valueOf(seed));
    lines.put("bayes", bayes.map(BayesSettings::toString).orElse("none"));
    return lines;
  }
}
