package kobai.verify;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.estimators.Target;
import kobai.estimators.VarianceLaw;
import kobai.models.LeakyRnn;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Decides whether a stochastic gradient is unbiased for its target, from samples alone:
 *
 * <pre>{@code
 * VerificationReport report =
 *     Verifier.of(estimator, theta, sequence, 8).target(gradient).tolerance(0.05).seed(42).verify();
 * }</pre>
 *
 * <p>UNBIASED means: every equivalence channel (along the gradient, and along each tensor's) lies
 * within ε‖g‖ with confidence 1 − β, and neither a single coordinate nor the direction in which the
 * estimates lean shows evidence of a bias (an e-value of 1/β holds a pass up; one of 4/α is a
 * finding). With {@link #certify} the whole bias, in every direction, has to be shown to be shorter
 * than ε‖g‖, which takes about four times as many estimates. The chance that an unbiased estimator
 * is called BIASED is at most α, a quarter for each of the four kinds of channel.
 *
 * <p>Changed by its methods, which return it; {@link #verify} may be called again and gives the
 * same report.
 */
public final class Verifier {
  final GradientSampler sampler;
  TargetGradient target;
  Parameters layout;
  Diagnosis diagnosis;
  private boolean ownDiagnosis;
  OptionalDouble variance = OptionalDouble.empty();
  OptionalDouble scaleVariance = OptionalDouble.empty();
  OptionalDouble leastSigma = OptionalDouble.empty();
  double sigma;
  double rounding;
  double tolerance = 0.05;
  double alpha = 1e-9;
  double beta = 1e-4;
  long seed = 42;
  long maxSamples;
  long enough = Long.MAX_VALUE;
  boolean certify;
  Duration timeout = Duration.ofSeconds(30);
  String replay = "";

  private Consumer<Diagnosis> constants = value -> {};
  private double loss;

  private Verifier(GradientSampler sampler, boolean certify) {
    this.sampler = sampler;
    this.certify = certify;
  }

  /** A black box; the bias is bounded in every direction unless {@link #certify} says otherwise. */
  public static Verifier of(GradientSampler sampler) {
    return new Verifier(sampler, true);
  }

  /**
   * An estimator at θ on a sequence, in windows that end at {@code ends} (one window for the whole
   * sequence if there are none).
   */
  public static Verifier of(
      GradientEstimator estimator, float[] theta, Sequence sequence, int... ends) {
    return new Verifier(
        new EpisodeSampler(
            estimator, theta, sequence, ends.length == 0 ? new int[] {sequence.length()} : ends),
        false);
  }

  /**
   * A line of the registry against the target that it declares for these windows. One that has no
   * closed form has to be given by {@link #target}.
   */
  public static Verifier of(
      Algorithm algorithm, Setup setup, float[] theta, Sequence sequence, int... ends) {
    int[] windows = ends.length == 0 ? new int[] {sequence.length()} : ends;
    Target declared = algorithm.targetOn(setup.model(), windows.length == 1);
    Oracle oracle = Oracle.of(setup.model(), sequence);
    Optional<TargetGradient> target =
        declared == Target.ACTIVITY_SMOOTHED || declared == Target.APPROXIMATION
            ? Optional.empty()
            : Optional.of(TargetGradient.of(declared, oracle, theta, windows, setup.sigma()));
    return of(
        algorithm,
        setup,
        theta,
        sequence,
        windows,
        target,
        () -> oracle.unrollGradients(theta, windows));
  }

  /** The same against what is known of a subject, at the best σ of its error model. */
  static Verifier of(Algorithm algorithm, Setup setup, Subject subject) {
    Target declared = algorithm.targetOn(setup.model(), subject.ends().length == 1);
    return of(
        algorithm,
        setup,
        subject.problem().theta(),
        subject.problem().sequence(),
        subject.ends(),
        declared == Target.APPROXIMATION ? Optional.empty() : Optional.of(subject.target(declared)),
        subject::blocks);
  }

  private static Verifier of(
      Algorithm algorithm,
      Setup setup,
      float[] theta,
      Sequence sequence,
      int[] windows,
      Optional<TargetGradient> target,
      Supplier<double[][][]> blocks) {
    Verifier verifier =
        of(algorithm.create(setup), theta, sequence, windows)
            .setup(setup, theta, sequence, windows);
    target.ifPresent(verifier::target);
    verifier.replay =
        "kobai verify %s --seed %d (windows ending at %s)"
            .formatted(algorithm.name(), verifier.seed, Arrays.toString(windows));
    if (!algorithm.randomness().scaled()) {
      verifier.differences(0, 0); // derivatives do not depend on σ
    }
    boolean exact = windows.length == 1 && algorithm.whole() == Claim.EXACT;
    if (algorithm.varianceLaw() != VarianceLaw.NONE && !exact) {
      Target declared = algorithm.targetOn(setup.model(), windows.length == 1);
      verifier.theory(
          QuadraticFormOracle.of(algorithm.varianceLaw(), declared, blocks.get()),
          kurtosis(setup),
          averaged(algorithm, setup));
    }
    return verifier;
  }

  /** Independent estimates that one of an algorithm with a variance law averages. */
  static int averaged(Algorithm algorithm, Setup setup) {
    return switch (algorithm.varianceLaw()) {
      case PAIRS, PAIRS_OF_TOTALS, PAIRS_OF_EARLIER -> setup.particles() / 2;
      case PARTICLES -> setup.particles();
      case TANGENTS -> setup.tangents();
      case NONE -> 1;
    };
  }

  /** The kurtosis of the setup's noise, from 65 536 draws rounded to 1 or 3 where it is near. */
  static double kurtosis(Setup setup) {
    float[] draws = new float[1 << 16];
    setup.noise().fill(new RandomKey(1), 0, 0, draws, 0, draws.length);
    double fourth = 0;
    for (float v : draws) {
      fourth += (double) v * v * v * v / draws.length;
    }
    // The standard error of the fourth moment of 65 536 normal draws is √(96/65536) = 0.04.
    return Math.abs(fourth - 3) < 0.2 ? 3 : Math.abs(fourth - 1) < 0.2 ? 1 : fourth;
  }

  /**
   * What is known of an estimator that was made from a setup, for the diagnosis and the limits of
   * float.
   */
  public Verifier setup(Setup setup, float[] theta, Sequence sequence, int... ends) {
    Oracle oracle = Oracle.of(setup.model(), sequence);
    layout = setup.model().parameters();
    loss = Math.abs(oracle.loss(theta, sequence.length()));
    sigma = setup.sigma();
    constants =
        value -> {
          value.sigma(setup.sigma()).particles(setup.particles()).unrolls(Math.max(1, ends.length));
          if (setup.model() instanceof LeakyRnn leaky) {
            value.leak(leaky.alpha());
          }
          if (ends.length > 1) {
            value.unrollGradients(oracle.unrollGradients(theta, ends));
          }
        };
    return this;
  }

  /** The expected gradient [P]. */
  public Verifier target(double... gradient) {
    return target(TargetGradient.given(gradient));
  }

  /** The expected gradient. */
  public Verifier target(TargetGradient value) {
    target = value;
    return this;
  }

  /** Names and shapes of the tensors in θ. */
  public Verifier layout(Parameters value) {
    layout = value;
    return this;
  }

  /** What bugs would look like; by default the signatures that need no constants. */
  public Verifier diagnosis(Diagnosis value) {
    diagnosis = value;
    ownDiagnosis = true;
    return this;
  }

  /**
   * Predicts variances: the noise's kurtosis, and how many independent estimates one sample
   * averages.
   */
  public Verifier theory(QuadraticFormOracle theory, double kurtosis, int averaged) {
    variance = OptionalDouble.of(theory.trace(kurtosis, averaged));
    scaleVariance = OptionalDouble.of(theory.scaleVariance(kurtosis, averaged));
    return this;
  }

  /**
   * Says that estimates are differences of losses of size |L| over a distance σ, in float: the run
   * is refused where their rounding would eat a fifth of the tolerance. A scale of 0 says that they
   * are no differences.
   */
  public Verifier differences(double scale, double lossSize) {
    sigma = scale;
    loss = Math.abs(lossSize);
    return this;
  }

  /** ε: largest harmless bias, relative to ‖g‖ (absolute where ‖g‖ = 0). */
  public Verifier tolerance(double value) {
    SequentialTest.range(
        "tolerance", value > 0 && value < Double.POSITIVE_INFINITY, value, "a finite number > 0");
    tolerance = value;
    return this;
  }

  /** Chance that an unbiased estimator is called BIASED. */
  public Verifier alpha(double value) {
    SequentialTest.range("alpha", value > 0 && value < 0.5, value, "in (0, 0.5)");
    alpha = value;
    return this;
  }

  /** Chance that a bias of ε passes. */
  public Verifier beta(double value) {
    SequentialTest.range("beta", value > 0 && value < 0.5, value, "in (0, 0.5)");
    beta = value;
    return this;
  }

  /** Seed of all draws: the outcome is a pure function of it and of the code. */
  public Verifier seed(long value) {
    replay = replay.replace("--seed " + seed, "--seed " + value);
    seed = value;
    return this;
  }

  /**
   * Estimates after which a bias that was found makes the verdict BIASED without its being shown
   * larger than the tolerance; by default as many as {@link #maxSamples}.
   *
   * @throws IllegalArgumentException unless {@code value} ≥ 1
   */
  public Verifier enough(long value) {
    SequentialTest.range("enough", value >= 1, value, "at least 1");
    enough = value;
    return this;
  }

  /** Most estimates; 64 times the plan by default. */
  public Verifier maxSamples(long value) {
    SequentialTest.range("maxSamples", value >= 1, value, "at least 1");
    maxSamples = value;
    return this;
  }

  /** Whether a pass needs the bound on the whole bias too. */
  public Verifier certify(boolean value) {
    certify = value;
    return this;
  }

  /** Longest time that a single estimate may take; 30 s by default. */
  public Verifier timeout(Duration value) {
    SequentialTest.range("timeout", value.isPositive(), value, "longer than 0");
    timeout = value;
    return this;
  }

  /** The command or call that repeats this run, for the report. */
  public Verifier replay(String value) {
    replay = value;
    return this;
  }

  /**
   * Estimates that a pass will probably take: by theory where there is one, else for a variance of
   * 2 along g.
   */
  public long plan() {
    long scale = SequentialTest.planned(scaleVariance.orElse(2), tolerance, beta);
    long least =
        SequentialTest.PILOT + (long) SequentialTest.FEWEST_BLOCKS * SequentialTest.SMALLEST_BLOCK;
    return Math.max(least, certify ? 4 * scale : scale);
  }

  /** Runs the verification; nothing is thrown for what the estimator does. */
  public VerificationReport verify() {
    if (target == null) {
      throw new IllegalArgumentException(
          "target = none: must be given (target(gradient) or Verifier.of(algorithm, …))");
    }
    int parameters = target.gradient().length;
    if (layout == null) {
      layout = new Parameters.Builder().add("theta", 1, parameters).build();
    }
    if (layout.count() != parameters) {
      throw new IllegalArgumentException(
          "layout = %d parameters: must be those of the target, %d"
              .formatted(layout.count(), parameters));
    }
    if (!ownDiagnosis) { // anew, since the target may have changed after an earlier verification
      diagnosis = new Diagnosis(target.gradient(), layout);
      constants.accept(diagnosis);
    }
    double norm = target.norm();
    if (sigma > 0 && norm > 0) {
      ErrorModel floats = new ErrorModel(0, loss, norm, ErrorModel.FLOAT);
      rounding = floats.rounding(sigma) * norm;
      leastSigma = OptionalDouble.of(floats.leastSigma(tolerance));
    }
    return new Verification(this).run();
  }
}
