package kobai.verify;

import java.util.EnumMap;
import java.util.Map;
import kobai.estimators.Target;

/**
 * A problem cut into windows and what its oracle says of it, each computed when it is first asked
 * for. May be shared by threads.
 */
public final class Subject {
  // A fiftieth of the usual tolerance.
  private static final double MOST_SHIFT = 1e-3;

  private final Problem problem;
  private final Problem small;
  private final int[] ends;
  private final Map<Target, TargetGradient> targets = new EnumMap<>(Target.class);
  private final Map<Target, double[]> limits = new EnumMap<>(Target.class);
  private final Lazy<ErrorModel> errors;
  private final Lazy<Double> disagreement;
  private final Lazy<double[][][]> blocks;

  /**
   * @param small the same kind of problem, with so few units that the random signs of some steps of
   *     it can be enumerated
   * @param window steps a window has; the length of the sequence for one window
   */
  public Subject(Problem problem, Problem small, int window) {
    SequentialTest.range(
        "window",
        window >= 1 && window <= problem.sequence().length(),
        window,
        "in [1, " + problem.sequence().length() + "]");
    this.problem = problem;
    this.small = small;
    ends = problem.windows(window);
    errors =
        new Lazy<>(
            () ->
                ErrorModel.of(
                    problem.oracle(),
                    problem.theta(),
                    problem.sequence().length(),
                    ErrorModel.FLOAT));
    disagreement = new Lazy<>(() -> problem.oracle().disagreement(problem.theta(), ends));
    blocks = new Lazy<>(() -> problem.oracle().unrollGradients(problem.theta(), ends));
  }

  private interface Computation<T> {
    T run();
  }

  private static final class Lazy<T> {
    private final Computation<T> computation;
    private boolean done;
    private T value;

    Lazy(Computation<T> computation) {
      this.computation = computation;
    }

    synchronized T get() {
      if (!done) {
        value = computation.run();
        done = true;
      }
      return value;
    }
  }

  /** The problem. */
  public Problem problem() {
    return problem;
  }

  /** The small one. */
  Problem small() {
    return small;
  }

  /** Steps of a window. */
  int window() {
    return ends[0];
  }

  /** The ends of the windows. */
  int[] ends() {
    return ends;
  }

  /** The error model in float. */
  public ErrorModel errors() {
    return errors.get();
  }

  /** The disagreement of the oracles. */
  double disagreement() {
    return disagreement.get();
  }

  /** ∂Lₜ/∂θᵣ. */
  double[][][] blocks() {
    return blocks.get();
  }

  /** The gradient that an algorithm's target tends to for σ → 0. */
  synchronized double[] limit(Target target) {
    return limits.computeIfAbsent(
        target, wanted -> TargetGradient.limit(wanted, problem.oracle(), problem.theta(), ends));
  }

  /**
   * The value of a target at the best σ of the error model. Where that moves the gradient by less
   * than any tolerance could see, it is the limit for σ → 0 with the gate as its allowance.
   */
  synchronized TargetGradient target(Target target) {
    return targets.computeIfAbsent(target, this::evaluate);
  }

  private TargetGradient evaluate(Target target) {
    double sigma = errors().bestSigma();
    double gate = errors().gate(sigma);
    return switch (target) {
      case LOSS_GRADIENT, TRUNCATED_GRADIENT, LAYERWISE ->
          TargetGradient.of(target, problem.oracle(), problem.theta(), ends, sigma);
      case GAUSSIAN_SMOOTHED,
          PER_UNROLL_SMOOTHED,
          PER_PERIOD_SMOOTHED,
          TRUNCATED_SMOOTHED,
          CARRIED_SMOOTHED,
          POSITIVE_SMOOTHED,
          ANALYTIC_SMOOTHED,
          LOW_RANK_SMOOTHED,
          LOW_RANK_TRUNCATED ->
          gate > MOST_SHIFT
              ? TargetGradient.of(target, problem.oracle(), problem.theta(), ends, sigma)
              : unsmoothed(target, gate, sigma);
      case ACTIVITY_SMOOTHED -> unsmoothed(target, gate, sigma);
      case APPROXIMATION -> throw new IllegalArgumentException("no closed target");
    };
  }

  private TargetGradient unsmoothed(Target target, double gate, double sigma) {
    double[] gradient = limit(target);
    return new TargetGradient(
        target.words(),
        gradient,
        gate * Vectors.norm(gradient),
        "its limit for σ → 0, which σ = " + sigma + " does not leave");
  }
}
