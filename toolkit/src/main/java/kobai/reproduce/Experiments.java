package kobai.reproduce;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The registry of experiments. */
public enum Experiments {
  /** A gradient cut too early points the wrong way. */
  INFLUENCE_BALANCING(new InfluenceBalancingExperiment()),
  /** On a rugged surface the exact gradient stops early. */
  TOY_LR_SCHEDULE(new LearningRateScheduleExperiment()),
  /** Two parameters of the Lorenz system, by all methods. */
  LORENZ(new LorenzLearning()),
  /** Which of two lags each online algorithm learns. */
  ADD(new AddLags()),
  /** A network learns online what another one does. */
  MIMIC(new MimicTeacher()),
  /** Cosine and error of the approximations of real-time recurrent learning. */
  FIDELITY(new GradientFidelity()),
  /** The longest pattern that a sparse network learns to copy. */
  COPY(new CopyCurriculum()),
  /** Counting letters with short windows. */
  ANBN(new CountingLetters()),
  /** A letter that comes again, with windows shorter than the way to it. */
  BRACKETS(new DistantBrackets()),
  /** Exact online learning of a linear recurrent unit against truncations. */
  LRU_COPY(new LruCopy()),
  /** Gradients of the evidence bound, reparameterised or by the score function. */
  REPARAMETERISATION(new Reparameterisation()),
  /** Whether online adaptation needs the recurrent Jacobian. */
  TEMPORAL_CREDIT(new TemporalCredit()),
  /** What perturbing weights, nodes or tangents costs as a network grows. */
  SCALING(new PerturbationScaling()),
  /** A pole swung up by evolution strategies. */
  CONTROL(new Control()),
  /** The variance of PES on an LSTM, beside its closed form. */
  GRADIENT_VARIANCE(new GradientVariance()),
  /** Learning rates and their decay, learnt while a network trains. */
  LR_TUNING(new LearningRateTuning());

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

  /** All names, in order. */
  public static List<String> names() {
    return Arrays.stream(values()).map(Experiments::commandName).toList();
  }

  /**
   * The experiment of that name on the command line.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Experiment named(String name) {
    return Arrays.stream(values())
        .filter(one -> one.commandName().equals(name))
        .findFirst()
        .map(Experiments::experiment)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "experiment = %s: must be one of %s".formatted(name, names())));
  }
}
