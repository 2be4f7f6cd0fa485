package kobai.optimisers;

import static kobai.optimisers.OptimiserOption.BETA1;
import static kobai.optimisers.OptimiserOption.BETA2;
import static kobai.optimisers.OptimiserOption.DECOUPLED_DECAY;
import static kobai.optimisers.OptimiserOption.EPSILON;
import static kobai.optimisers.OptimiserOption.FINAL_RATE;
import static kobai.optimisers.OptimiserOption.GAMMA;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * The registry of optimisers: one line each, with its equation, its source, the rate and the
 * numbers that are usual, and its factory.
 */
public enum Optimisers {
  /** Normalised steepest descent. */
  NORMALISED_DESCENT(
      "θ ← θ − η g/‖g‖",
      "Nocedal and Wright (2006), Numerical Optimization, section 2.2",
      0.01,
      Map.of(),
      (kernels, workspace, parameters, settings) -> new NormalisedDescent(kernels, parameters)),
  /** Stochastic gradient descent. */
  SGD(
      "θ ← θ − η g",
      "Robbins and Monro (1951), Annals of Mathematical Statistics 22(3)",
      0.1,
      Map.of(),
      (kernels, workspace, parameters, settings) -> new Sgd(kernels, parameters)),
  /** Momentum, the heavy ball. */
  MOMENTUM(
      "m ← μ m + η g, θ ← θ − m",
      "Polyak (1964), USSR Computational Mathematics and Mathematical Physics 4(5)",
      0.01,
      Map.of(OptimiserOption.MOMENTUM, 0.9),
      (kernels, workspace, parameters, settings) ->
          new Momentum(workspace, parameters, settings.number(OptimiserOption.MOMENTUM))),
  /** Nesterov's accelerated gradient. */
  NESTEROV(
      "m ← μ m + η g, θ ← θ − (μ m + η g), θ the point ahead where g is taken",
      "Nesterov (1983), Soviet Mathematics Doklady 27; Sutskever et al. (2013), ICML",
      0.01,
      Map.of(OptimiserOption.MOMENTUM, 0.9),
      (kernels, workspace, parameters, settings) ->
          new Nesterov(workspace, parameters, settings.number(OptimiserOption.MOMENTUM))),
  /** AdaGrad, ε inside the root. */
  ADAGRAD(
      "v ← v + g², θ ← θ − η g/√(v + ε)",
      "Duchi, Hazan and Singer (2011), Journal of Machine Learning Research 12",
      0.01,
      Map.of(EPSILON, 1e-10),
      (kernels, workspace, parameters, settings) ->
          new AdaGrad(workspace, parameters, settings.number(EPSILON))),
  /** RMSProp. */
  RMSPROP(
      "v ← β₂ v + (1 − β₂) g², θ ← θ − η g/(√v + ε)",
      "Tieleman and Hinton (2012), Neural Networks for Machine Learning, lecture 6.5",
      0.001,
      Map.of(BETA2, 0.9, EPSILON, 1e-8),
      (kernels, workspace, parameters, settings) ->
          new RmsProp(workspace, parameters, settings.number(BETA2), settings.number(EPSILON))),
  /** Adam (Kingma and Ba 2015), ε outside the root. */
  ADAM(
      "m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − η m̂/(√v̂ + ε)",
      "Kingma and Ba (2015), ICLR, algorithm 1",
      0.001,
      Map.of(BETA1, 0.9, BETA2, 0.999, EPSILON, 1e-8),
      (kernels, workspace, parameters, settings) ->
          adam(workspace, parameters, settings, Adam.Epsilon.OUTSIDE_ROOT)),
  /** Adam, ε inside the root. */
  ADAM_INSIDE_ROOT(
      "as adam, θ ← θ − η m̂/√(v̂ + ε)",
      "Kingma and Ba (2015), ICLR; ε inside the root",
      0.001,
      Map.of(BETA1, 0.9, BETA2, 0.999, EPSILON, 1e-8),
      (kernels, workspace, parameters, settings) ->
          adam(workspace, parameters, settings, Adam.Epsilon.INSIDE_ROOT)),
  /** Adam with decoupled weight decay. */
  ADAMW(
      "θ ← (1 − η λ) θ, then as adam",
      "Loshchilov and Hutter (2019), ICLR, algorithm 2",
      0.001,
      Map.of(BETA1, 0.9, BETA2, 0.999, EPSILON, 1e-8, DECOUPLED_DECAY, 0.01),
      (kernels, workspace, parameters, settings) ->
          adam(workspace, parameters, settings, Adam.Epsilon.OUTSIDE_ROOT)),
  /** AdaBound. */
  ADABOUND(
      "as adam, step sizes clipped to [η*(1 − 1/(γt + 1)), η*(1 + 1/(γt))]",
      "Luo, Xiong, Liu and Sun (2019), ICLR, algorithm 2",
      0.001,
      Map.of(BETA1, 0.9, BETA2, 0.999, EPSILON, 1e-8, FINAL_RATE, 0.1, GAMMA, 1e-3),
      (kernels, workspace, parameters, settings) ->
          new AdaBound(
              workspace,
              parameters,
              settings.rate(),
              settings.number(BETA1),
              settings.number(BETA2),
              settings.number(EPSILON),
              settings.number(FINAL_RATE),
              settings.number(GAMMA)));

  private interface Factory {
    UpdateRule create(
        Kernels kernels, Workspace workspace, int parameters, OptimiserSettings settings);
  }

  private final String equation;
  private final String source;
  private final double usualRate;
  private final Map<OptimiserOption, Double> defaults;
  private final Factory factory;

  Optimisers(
      String equation,
      String source,
      double usualRate,
      Map<OptimiserOption, Double> defaults,
      Factory factory) {
    this.equation = equation;
    this.source = source;
    this.usualRate = usualRate;
    this.defaults = defaults;
    this.factory = factory;
  }

  /** The name on the command line: lower case, hyphens. */
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it does to θ. */
  public String equation() {
    return equation;
  }

  /** Where it was published. */
  public String source() {
    return source;
  }

  /** A learning rate to begin with. */
  public double usualRate() {
    return usualRate;
  }

  /** Its numbers, where they are not set. */
  public Map<OptimiserOption, Double> defaults() {
    return defaults;
  }

  /** The numbers that it takes: its own, then those that all take. */
  public List<OptimiserOption> options() {
    return Arrays.stream(OptimiserOption.values())
        .filter(option -> option.common() || defaults.containsKey(option))
        .toList();
  }

  /**
   * Makes the optimiser of {@code parameters} parameters with constant learning rate {@code rate}
   * and the usual numbers; its state is ledgered.
   */
  public Optimiser create(Kernels kernels, Workspace workspace, int parameters, double rate) {
    return OptimiserSettings.of(this, rate)
        .create(kernels, workspace, parameters, Schedule.CONSTANT);
  }

  UpdateRule rule(
      Kernels kernels, Workspace workspace, int parameters, OptimiserSettings settings) {
    return factory.create(kernels, workspace, parameters, settings);
  }

  private static UpdateRule adam(
      Workspace workspace, int parameters, OptimiserSettings settings, Adam.Epsilon placement) {
    return new Adam(
        workspace,
        parameters,
        settings.number(BETA1),
        settings.number(BETA2),
        settings.number(EPSILON),
        placement);
  }
}
