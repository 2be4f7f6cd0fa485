package kobai.reproduce;

import java.util.Locale;

/** The registry of experiments. */
public enum Experiments {
  /** Two parameters of the Lorenz system, by all methods. */
  LORENZ(new LorenzLearning());

  private final Experiment experiment;

  Experiments(Experiment experiment) {
    this.experiment = experiment;
  }

  /** The name on the command line: lower case, hyphens. */
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The experiment. */
  public Experiment experiment() {
    return experiment;
  }
}
