package kobai.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Randomness;
import kobai.estimators.Setup;
import kobai.estimators.Target;
import kobai.estimators.VarianceLaw;
import kobai.models.RecurrentModel;

/**
 * Holds a line of the registry to its claim on one problem and one window, tier by tier.
 *
 * <p>σ is where the error model of the problem is smallest, and the tolerance of the sequential
 * tests as given; everything else is derived. Errors: α and β of each statistical tier are the
 * caller's.
 */
public final class ClaimCheck {
  private static final double VARIANCE_TOLERANCE = 0.1;
  private static final double USUAL_TOLERANCE = 0.05;

  // The least N at which 2, N/2, N/(N − 1), (N/2)/(N/2 − 1), K = 3 and their inverses are all
  // different, so that a wrong factor has one name.
  private static final int PARTICLES = 8;

  // Far below and far above the best σ. A node's or a tangent's noise is not tried there: the error
  // model and the smoothed means are those of noise in θ.
  private static final double TINY_SIGMA = 1e-4;
  private static final double LARGE_SIGMA = 0.3;

  // A strength-5 array of 2^6 factors has 2^13 runs.
  private static final int MOST_FACTORS = 64;

  // 2^12 runs of a few steps take less than a tenth of a second.
  private static final int MOST_SIGNS = 12;

  // A mean that moves by more than this between σ and 2σ is not in the range where σ² leads.
  private static final double MOST_DRIFT = 0.1;

  private final Subject subject;
  private final Problem problem;
  private final Problem small;
  private final int window;
  private final int[] ends;
  private final Setup setup;
  private final double tolerance;
  private final double alpha;
  private final double beta;
  private final long seed;

  /**
   * @param subject what the estimates are made on
   * @param setup noise, kernels and threads; σ, particles, batch and window are set here
   */
  public ClaimCheck(
      Subject subject, Setup setup, double tolerance, double alpha, double beta, long seed) {
    this.subject = subject;
    this.tolerance = tolerance;
    this.alpha = alpha;
    this.beta = beta;
    this.seed = seed;
    problem = subject.problem();
    small = subject.small();
    window = subject.window();
    ends = subject.ends();
    this.setup =
        setup.withBatch(problem.sequence().batch()).withWindow(window).withParticles(PARTICLES);
  }

  private ErrorModel errors() {
    return subject.errors();
  }

  /** At the σ where the error of the mean is least. */
  private Setup best() {
    return setup.withSigma(errors().bestSigma());
  }

  /**
   * What a tier said.
   *
   * @param passed whether the claim held
   * @param finding one sentence with the figures
   * @param samples estimates drawn
   * @param report of the sequential test, where it was one
   * @param figures what was measured and the gate it was held to
   */
  public record Result(
      Algorithm algorithm,
      Tier tier,
      int window,
      boolean passed,
      String finding,
      long samples,
      double seconds,
      Optional<VerificationReport> report,
      List<Figure> figures) {
    public Result {
      figures = List.copyOf(figures);
    }

    private Result and(Result other) {
      List<Figure> both = new ArrayList<>(figures);
      both.addAll(other.figures);
      return new Result(
          algorithm,
          tier,
          window,
          passed && other.passed,
          finding + "; " + other.finding,
          samples + other.samples,
          seconds + other.seconds,
          report,
          both);
    }
  }

  /**
   * A measured value.
   *
   * @param name what it is, in a word or two
   * @param at the σ it was measured at; NaN where it does not depend on one
   * @param value relative, as all figures here
   * @param lower end of its interval; NaN where there is none
   * @param upper end of its interval; NaN where there is none
   * @param limit the most it may be; NaN where there is none
   */
  public record Figure(
      String name, double at, double value, double lower, double upper, double limit) {
    static Figure exact(String name, double at, double value, double limit) {
      return new Figure(name, at, value, Double.NaN, Double.NaN, limit);
    }
  }

  /** The claim that holds for these windows. */
  public Claim claim(Algorithm algorithm) {
    return algorithm.claimOn(problem.model(), ends.length == 1);
  }

  /** The target that is declared for these windows. */
  public Target target(Algorithm algorithm) {
    return algorithm.targetOn(problem.model(), ends.length == 1);
  }

  /** Whether a tier has something to say of an algorithm. */
  public boolean applies(Algorithm algorithm, Tier tier) {
    return applies(algorithm, problem.model(), ends.length == 1, tier);
  }

  /** Whether a tier has something to say of an algorithm, on whole sequences or on windows. */
  public static boolean applies(
      Algorithm algorithm, RecurrentModel model, boolean wholeSequence, Tier tier) {
    Target target = algorithm.targetOn(model, wholeSequence);
    Claim claim = algorithm.claimOn(model, wholeSequence);
    boolean closed = target != Target.APPROXIMATION;
    return switch (tier) {
      case GRADIENT -> closed && !algorithm.stochastic();
      case MEAN, SAMPLES -> closed && algorithm.stochastic();
      case ORDER -> closed && algorithm.randomness().scaled() && claim != Claim.EXACT;
      case BIAS -> claim == Claim.BIASED;
      case VARIANCE ->
          closed && algorithm.varianceLaw() != VarianceLaw.NONE && claim != Claim.EXACT;
      case NOISE ->
          closed
              && algorithm.randomness() == Randomness.PERTURBATION
              && algorithm.varianceLaw() == VarianceLaw.PAIRS;
    };
  }

  /** Why an algorithm cannot run on this model, in the words of its refusal; empty where it can. */
  public Optional<String> refusal(Algorithm algorithm) {
    try {
      algorithm.plan(setup);
      return Optional.empty();
    } catch (IllegalArgumentException refused) {
      return Optional.of(refused.getMessage());
    }
  }

  /** Runs a tier. */
  public Result run(Algorithm algorithm, Tier tier) {
    if (!applies(algorithm, tier)) {
      throw new IllegalArgumentException(
          "tier = %s: does not apply to %s at window %d".formatted(tier, algorithm, window));
    }
    long started = System.nanoTime();
    Result result =
        switch (tier) {
          case GRADIENT -> gradient(algorithm);
          case MEAN -> mean(algorithm);
          case ORDER -> order(algorithm);
          case SAMPLES -> samples(algorithm);
          case BIAS -> bias(algorithm);
          case VARIANCE -> variance(algorithm);
          case NOISE -> noise(algorithm);
        };
    return new Result(
        algorithm,
        tier,
        window,
        result.passed,
        result.finding,
        result.samples,
        (System.nanoTime() - started) * 1e-9,
        result.report,
        result.figures);
  }

  private Result result(
      Algorithm algorithm,
      Tier tier,
      boolean passed,
      String finding,
      long samples,
      List<Figure> figures) {
    return new Result(
        algorithm, tier, window, passed, finding, samples, 0, Optional.empty(), figures);
  }

  private Result result(
      Algorithm algorithm, Tier tier, boolean passed, String finding, VerificationReport report) {
    return new Result(
        algorithm,
        tier,
        window,
        passed,
        finding,
        report.samples(),
        0,
        Optional.of(report),
        List.of(
            new Figure(
                "bias",
                Double.NaN,
                report.normLower(),
                report.normLower(),
                report.normUpper(),
                report.tolerance())));
  }

  private Verifier verifier(Algorithm algorithm) {
    return Verifier.of(algorithm, best(), subject)
        .tolerance(tolerance)
        .alpha(alpha)
        .beta(beta)
        .seed(seed);
  }

  /** What the expectation tends to for σ → 0. */
  private double[] limit(Algorithm algorithm) {
    return subject.limit(target(algorithm));
  }

  private Result gradient(Algorithm algorithm) {
    double oracles = subject.disagreement();
    VerificationReport report = verifier(algorithm).tolerance(problem.floatTolerance()).verify();
    boolean agree = oracles <= 1e-12;
    return result(
        algorithm,
        Tier.GRADIENT,
        agree && report.verdict() == Verdict.UNBIASED,
        String.format(
            Locale.ROOT,
            "%s; independent oracles in double agree to %.1e%s",
            report.reason(),
            oracles,
            agree ? "" : ", which is more than 1e-12"),
        report);
  }

  private ExactMoments moments(Algorithm algorithm, double sigma) {
    return moments(
        algorithm,
        problem,
        setup.withParticles(2).withSigma(sigma),
        ends,
        algorithm.randomness() == Randomness.LOW_RANK
            ? OrthogonalArrayDesign::new
            : factors -> new HadamardDesign(factors, true));
  }

  /** The same on the small problem where a design would be long, as those of low rank can be. */
  private Optional<ClaimCheck> smaller(Algorithm algorithm) {
    boolean lengthy =
        algorithm.randomness() == Randomness.LOW_RANK
            && problem != small
            && factors(algorithm, problem, setup.withParticles(2), ends) > MOST_FACTORS;
    return lengthy
        ? Optional.of(
            new ClaimCheck(
                new Subject(small, small, smallWindows(small.sequence().length())[0]),
                setup.withModel(small.model()),
                tolerance,
                alpha,
                beta,
                seed))
        : Optional.empty();
  }

  private static ExactMoments moments(
      Algorithm algorithm, Problem problem, Setup setup, int[] ends, IntFunction<Design> design) {
    return ExactMoments.of(
        noise ->
            new EpisodeSampler(
                algorithm.create(setup.withNoise(noise)),
                problem.theta(),
                problem.sequence(),
                ends),
        design);
  }

  private Result mean(Algorithm algorithm) {
    return switch (algorithm.randomness()) {
      case PERTURBATION, LOW_RANK -> perturbed(algorithm);
      case TANGENT -> {
        ExactMoments moments = moments(algorithm, errors().bestSigma());
        yield derivatives(algorithm, problem, limit(algorithm), moments, "");
      }
      case SIGNS -> signs(algorithm);
      case NONE -> throw new IllegalArgumentException(algorithm + ": draws nothing");
    };
  }

  /** An estimate that depends on σ: its mean misses the limit by O(σ²) and rounding. */
  private Result perturbed(Algorithm algorithm) {
    Optional<ClaimCheck> smaller = smaller(algorithm);
    if (smaller.isPresent()) {
      return smaller.get().perturbed(algorithm);
    }
    double sigma = errors().bestSigma();
    ExactMoments moments = moments(algorithm, sigma);
    double[] expected = limit(algorithm);
    double error = moments.relativeError(expected);
    double gate = errors().gate(sigma);
    long runs = moments.runs();
    String drifts = "";
    if (!knownThirdDerivatives(algorithm)) {
      // What the mean owes to third derivatives grows fourfold from σ to 2σ: a third of the
      // difference is in the mean at σ. All of it is a margin of three; a mistake at order 1 leaves
      // no difference.
      ExactMoments twice = moments(algorithm, 2 * sigma);
      double drift = Vectors.distance(twice.mean(), moments.mean()) / Vectors.norm(expected);
      gate = drift <= MOST_DRIFT ? gate + drift : 0;
      runs += twice.runs();
      drifts = String.format(Locale.ROOT, ", %.1e between σ and 2σ", drift);
    }
    Result best = exact(algorithm, sigma, expected, moments, error, gate, runs, drifts);
    return atAnySigma(algorithm) ? best.and(tiny(algorithm, expected)).and(large(algorithm)) : best;
  }

  /** Whether the mean is that of the plain form of a smoothed target at every σ. */
  private boolean atAnySigma(Algorithm algorithm) {
    boolean plain =
        target(algorithm) == Target.GAUSSIAN_SMOOTHED
            || target(algorithm) == Target.PER_UNROLL_SMOOTHED;
    return plain
        && claim(algorithm) == Claim.UNBIASED_FOR_SMOOTHED
        && algorithm.randomness() == Randomness.PERTURBATION
        && (algorithm.varianceLaw() == VarianceLaw.PAIRS
            || algorithm.varianceLaw() == VarianceLaw.PARTICLES);
  }

  /** Where rounding leads: the gate of the error model still holds. */
  private Result tiny(Algorithm algorithm, double[] expected) {
    ExactMoments moments = moments(algorithm, TINY_SIGMA);
    return exact(
        algorithm,
        TINY_SIGMA,
        expected,
        moments,
        moments.relativeError(expected),
        errors().gate(TINY_SIGMA),
        moments.runs(),
        "");
  }

  /**
   * Where σ is no small number: the error model says nothing there, but the same mean over the same
   * design in double does. The design is the cubature of degree 5, over which the mean is the
   * gradient of the smoothed loss but for σ⁴.
   */
  private Result large(Algorithm algorithm) {
    int[] windows = smallWindows(small.sequence().length());
    ExactMoments moments =
        moments(
            algorithm,
            small,
            smallSetup(small).withParticles(2).withSigma(LARGE_SIGMA),
            windows,
            CubatureDesign::new);
    SmoothedMean expected =
        SmoothedMean.of(
            target(algorithm) == Target.PER_UNROLL_SMOOTHED,
            small.oracle(),
            small.theta(),
            windows,
            LARGE_SIGMA,
            new CubatureDesign(moments.factors()));
    return exact(
        algorithm,
        LARGE_SIGMA,
        expected.gradient(),
        moments,
        moments.relativeError(expected.gradient()),
        expected.rounding() / Vectors.norm(expected.gradient()) + small.floatTolerance(),
        moments.runs(),
        " against the same in double");
  }

  /** Whether the error model, which perturbs θ by independent noise, is that of the algorithm. */
  private boolean knownThirdDerivatives(Algorithm algorithm) {
    return algorithm.randomness() == Randomness.PERTURBATION
        && switch (target(algorithm)) {
          case GAUSSIAN_SMOOTHED,
              PER_UNROLL_SMOOTHED,
              PER_PERIOD_SMOOTHED,
              TRUNCATED_SMOOTHED,
              CARRIED_SMOOTHED,
              POSITIVE_SMOOTHED,
              ANALYTIC_SMOOTHED ->
              true;
          case LOSS_GRADIENT,
              TRUNCATED_GRADIENT,
              LAYERWISE,
              LOW_RANK_SMOOTHED,
              LOW_RANK_TRUNCATED,
              ACTIVITY_SMOOTHED,
              APPROXIMATION ->
              false;
        };
  }

  /**
   * An estimate made of derivatives, without any σ: every single one has the rounding that float
   * may have on the problem relative to its own length, and so has their mean relative to their
   * root mean square.
   */
  private Result derivatives(
      Algorithm algorithm, Problem where, double[] expected, ExactMoments moments, String remark) {
    double length = Math.sqrt(moments.trace() + Vectors.dot(moments.mean(), moments.mean()));
    double gate = where.floatTolerance() * Math.max(1, length / Vectors.norm(expected));
    double error = moments.relativeError(expected);
    return exact(algorithm, Double.NaN, expected, moments, error, gate, moments.runs(), remark);
  }

  private Result signs(Algorithm algorithm) {
    int length = small.sequence().length();
    while (length > 1 && signs(algorithm, length) > MOST_SIGNS) {
      length--;
    }
    Problem cut = small.first(length);
    int[] windows = smallWindows(length);
    ExactMoments moments = moments(algorithm, cut, smallSetup(cut), windows, SignDesign::new);
    double[] expected = TargetGradient.limit(target(algorithm), cut.oracle(), cut.theta(), windows);
    return derivatives(
        algorithm,
        cut,
        expected,
        moments,
        String.format(
            Locale.ROOT,
            ", %d signs on %d steps of %d units",
            moments.factors(),
            length,
            cut.model().stateSize()));
  }

  private Setup smallSetup(Problem cut) {
    return setup
        .withModel(cut.model())
        .withWindow(cut.sequence().length())
        .withBatch(cut.sequence().batch());
  }

  private int[] smallWindows(int length) {
    return small.first(length).windows(ends.length == 1 ? length : Math.max(1, length / 2));
  }

  private int signs(Algorithm algorithm, int length) {
    Problem cut = small.first(length);
    return factors(algorithm, cut, smallSetup(cut), smallWindows(length));
  }

  private static int factors(Algorithm algorithm, Problem problem, Setup setup, int[] ends) {
    NoiseLayout layout = new NoiseLayout();
    GradientEstimator estimator = algorithm.create(setup.withNoise(layout.watching()));
    new EpisodeSampler(estimator, problem.theta(), problem.sequence(), ends).sample(1);
    return layout.factors();
  }

  private Result exact(
      Algorithm algorithm,
      double sigma,
      double[] expected,
      ExactMoments moments,
      double error,
      double gate,
      long runs,
      String remark) {
    boolean alive = Vectors.norm(expected) > 0;
    return result(
        algorithm,
        Tier.MEAN,
        alive && error <= gate,
        String.format(
            Locale.ROOT,
            "relative error %.2e, gate %.2e%s (%s%s)%s",
            error,
            gate,
            Double.isNaN(sigma) ? "" : String.format(Locale.ROOT, " at σ = %.2g", sigma),
            moments.design(),
            remark,
            alive ? "" : "; the gradient is zero"),
        runs,
        List.of(Figure.exact("relative error", sigma, error, gate)));
  }

  private Result order(Algorithm algorithm) {
    Optional<ClaimCheck> smaller = smaller(algorithm);
    if (smaller.isPresent()) {
      return smaller.get().order(algorithm);
    }
    long[] runs = {0};
    double probe = 4 * errors().bestSigma();
    if (!knownThirdDerivatives(algorithm)) {
      ExactMoments moments = moments(algorithm, probe);
      double error = moments.relativeError(limit(algorithm));
      runs[0] += moments.runs();
      if (error <= 10 * errors().rounding(probe)) {
        return result(
            algorithm,
            Tier.ORDER,
            true,
            String.format(
                Locale.ROOT,
                "error %.1e at σ = %.2g is rounding: nothing is left that could fall with σ",
                error,
                probe),
            runs[0],
            List.of(Figure.exact("relative error", probe, error, Double.NaN)));
      }
    }
    OrderTest order =
        OrderTest.run(
            sigma -> {
              ExactMoments moments = moments(algorithm, sigma);
              runs[0] += moments.runs();
              return moments.mean();
            },
            limit(algorithm),
            knownThirdDerivatives(algorithm) ? errors() : measured(algorithm, runs));
    List<Figure> figures = new ArrayList<>();
    for (int i = 0; i < order.sigmas().length; i++) {
      figures.add(Figure.exact("relative error", order.sigmas()[i], order.errors()[i], Double.NaN));
    }
    return result(algorithm, Tier.ORDER, order.passed(), order.finding(), runs[0], figures);
  }

  /** The error model with the c₃ that the algorithm shows where rounding hardly matters. */
  private ErrorModel measured(Algorithm algorithm, long[] runs) {
    double sigma = 4 * errors().bestSigma();
    ExactMoments moments = moments(algorithm, sigma);
    runs[0] += moments.runs();
    return new ErrorModel(
        moments.relativeError(limit(algorithm)) / (sigma * sigma),
        errors().loss(),
        errors().norm(),
        errors().unit());
  }

  private Result samples(Algorithm algorithm) {
    VerificationReport report = verifier(algorithm).verify();
    return result(
        algorithm,
        Tier.SAMPLES,
        report.verdict().passed(),
        report.verdict() + ": " + report.reason(),
        report);
  }

  private Result bias(Algorithm algorithm) {
    // A deterministic bias shows as soon as it exceeds rounding.
    double least =
        algorithm.stochastic() ? Math.min(tolerance, USUAL_TOLERANCE) : problem.floatTolerance();
    Verifier verifier =
        verifier(algorithm).tolerance(least).target(subject.limit(Target.LOSS_GRADIENT));
    // It has to show, not to exceed the tolerance: that can take as long as patience lasts.
    VerificationReport report = verifier.enough(verifier.plan()).verify();
    return result(
        algorithm,
        Tier.BIAS,
        report.verdict() == Verdict.BIASED,
        report.verdict().passed()
            ? "no bias against ∇L shows on this problem: " + report.reason()
            : "%s against ∇L, as it should be BIASED: %s"
                .formatted(report.verdict(), report.reason()),
        report);
  }

  private Result variance(Algorithm algorithm) {
    QuadraticFormOracle theory =
        QuadraticFormOracle.of(algorithm.varianceLaw(), target(algorithm), subject.blocks());
    EpisodeSampler sampler =
        new EpisodeSampler(algorithm.create(best()), problem.theta(), problem.sequence(), ends);
    double sigmas = algorithm.randomness().scaled() ? 2 * errors().gate(errors().bestSigma()) : 0;
    double limit = VARIANCE_TOLERANCE + sigmas;
    SequentialTest.Outcome outcome =
        VarianceTest.run(
            sampler,
            theory.squaredNorm(Verifier.kurtosis(setup), Verifier.averaged(algorithm, setup)),
            limit,
            alpha,
            beta,
            seed,
            1 << 22);
    return result(
        algorithm,
        Tier.VARIANCE,
        outcome.verdict().passed(),
        String.format(
            Locale.ROOT,
            "%s: E‖ĝ‖² is %+.2f %% ± %.2f %% off theory %s",
            outcome.verdict(),
            100 * outcome.mean(),
            100 * outcome.radius(),
            outcome.reason()),
        outcome.samples(),
        List.of(
            new Figure(
                "off theory",
                errors().bestSigma(),
                outcome.mean(),
                outcome.mean() - outcome.radius(),
                outcome.mean() + outcome.radius(),
                limit)));
  }

  private Result noise(Algorithm algorithm) {
    NoiseLaw law = Verifier.kurtosis(setup) == 1 ? NoiseLaw.RADEMACHER : NoiseLaw.GAUSSIAN;
    NoiseCheck check = NoiseCheck.run(setup.noise(), law, alpha, beta, seed);
    ReplayCheck replay =
        ReplayCheck.run(
            algorithm::create,
            setup,
            problem.sequence(),
            ends,
            target(algorithm) == Target.PER_UNROLL_SMOOTHED
                || target(algorithm) == Target.PER_PERIOD_SMOOTHED);
    return result(
        algorithm,
        Tier.NOISE,
        check.passed() && replay.passed(),
        check.passed() ? replay.finding() : check.toString(),
        0,
        List.of());
  }
}
