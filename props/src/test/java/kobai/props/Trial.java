package kobai.props;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.estimators.Target;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.models.Loss;
import kobai.random.NoiseSource;
import kobai.verify.CubatureDesign;
import kobai.verify.EpisodeSampler;
import kobai.verify.ErrorModel;
import kobai.verify.ExactMoments;
import kobai.verify.GradientSampler;
import kobai.verify.HadamardDesign;
import kobai.verify.NoiseCheck;
import kobai.verify.NoiseLaw;
import kobai.verify.OrderTest;
import kobai.verify.Problem;
import kobai.verify.QuadraticFormOracle;
import kobai.verify.ReplayCheck;
import kobai.verify.SequentialTest;
import kobai.verify.SmoothedMean;
import kobai.verify.TargetGradient;
import kobai.verify.VarianceTest;
import kobai.verify.Verdict;
import kobai.verify.VerificationReport;
import kobai.verify.Verifier;

/**
 * Puts a rewired estimator through the tiers that hold the real one to its claim, at the same gates
 * and levels. All problems have an asymmetric W, tensors of unequal sizes, P no multiple of 16 and
 * α = 0.6.
 *
 * @param wiring makes a new wiring for every estimator that a tier needs
 */
record Trial(String name, Algorithm algorithm, int window, Supplier<Wiring> wiring) {
  /** Both halves of two pairs: enough to tell N from N − 1, and one stream from two. */
  private static final int PARTICLES = 4;

  private static final double TINY_SIGMA = 1e-4;
  private static final double LARGE_SIGMA = 0.3;
  private static final long MOST_SAMPLES = 400_000;
  private static final double FINE_TOLERANCE = 0.02;
  private static final double VARIANCE_TOLERANCE = 0.05;
  private static final Pattern DRAWS = Pattern.compile("over (\\d+) draws");

  /**
   * The ways of finding a bug, cheap to costly; the codes are those of {@link kobai.verify.Tier}.
   */
  enum Tier {
    /** The same bits from the scalar and the vector kernels. */
    BITS("bits"),
    /** T0: the deterministic gradient against the oracle in double. */
    GRADIENT("T0"),
    /** The second episode of an estimator is as the first of a fresh one, bit for bit. */
    STATE("T0 state"),
    /** T1: the exact mean. */
    MEAN("T1"),
    /** T1 where rounding leads: σ = 10⁻⁴. */
    MEAN_TINY("T1 at 1e-4"),
    /** T1 where σ is no small number, against the same mean in double: σ = 0.3. */
    MEAN_LARGE("T1 at 0.3"),
    /** T2: the order in σ. */
    ORDER("T2"),
    /** T3: the sequential test. */
    SAMPLES("T3"),
    /** T3 at the tolerance of the nights, for a bias of less than the usual one. */
    SAMPLES_FINE("T3 at 2 %"),
    /** T4: the mean squared length. */
    VARIANCE("T4"),
    /** T5: the noise's law and independence. */
    NOISE("T5 noise"),
    /** T5: the noise added is the noise multiplied. */
    REPLAY("T5 replay");

    private final String code;

    Tier(String code) {
      this.code = code;
    }

    String code() {
      return code;
    }
  }

  /**
   * What a tier said, and the runs, estimates or draws it took.
   *
   * @param passed whether there is positive evidence for the claim
   * @param found whether there is evidence against it; neither is a test without a verdict
   */
  record Finding(boolean passed, boolean found, long samples, String words) {
    private Finding(boolean passed, long samples, String words) {
      this(passed, !passed, samples, words);
    }

    private Finding(Verdict verdict, long samples, String words) {
      this(verdict.passed(), !verdict.passed() && verdict != Verdict.UNDECIDED, samples, words);
    }
  }

  Finding run(Tier tier) {
    return switch (tier) {
      case BITS -> bits();
      case GRADIENT -> gradient();
      case STATE -> state();
      case MEAN -> mean(errors(Problem.reference()).bestSigma());
      case MEAN_TINY -> mean(TINY_SIGMA);
      case MEAN_LARGE -> largeMean();
      case ORDER -> order();
      case SAMPLES -> samples(Suite.tolerance());
      case SAMPLES_FINE -> samples(FINE_TOLERANCE);
      case VARIANCE -> variance();
      case NOISE -> noise();
      case REPLAY -> replay();
    };
  }

  private GradientEstimator make(Setup setup) {
    return wiring.get().on(setup);
  }

  private int[] ends(Problem problem) {
    return problem.windows(window);
  }

  private Target target(int[] ends) {
    return ends.length == 1 ? algorithm.wholeTarget() : algorithm.windowsTarget();
  }

  private double[] limit(Problem problem) {
    int[] ends = ends(problem);
    return TargetGradient.limit(target(ends), problem.oracle(), problem.theta(), ends);
  }

  private static ErrorModel errors(Problem problem) {
    return ErrorModel.of(
        problem.oracle(), problem.theta(), problem.sequence().length(), ErrorModel.FLOAT);
  }

  private Setup setup(Problem problem) {
    return problem
        .setup()
        .withWindow(window)
        .withParticles(PARTICLES)
        .withSigma(errors(problem).bestSigma())
        .withImplementation(Implementation.SCALAR)
        .withNoise(NoiseSource.gaussian(Implementation.SCALAR.kernels()));
  }

  /** P = 57, three rows. */
  private static Problem batch() {
    return Problem.of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 8, 3, 11);
  }

  /** P = 11: small, because a wrong kurtosis moves the variance by 2/(P + 2). */
  private static Problem small() {
    return Problem.of(1, 2, 1, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 8, 1, 17);
  }

  private Finding gradient() {
    Problem problem = batch();
    double[] expected = limit(problem);
    double[] actual =
        new EpisodeSampler(make(setup(problem)), problem.theta(), problem.sequence(), ends(problem))
            .sample(1);
    double error = Episodes.distance(actual, expected) / Episodes.norm(expected);
    boolean alive = Episodes.norm(expected) > 1e-3;
    return new Finding(
        alive && error <= problem.floatTolerance(),
        1,
        String.format(
            Locale.ROOT, "relative error %.3g, tolerance %.3g", error, problem.floatTolerance()));
  }

  private Finding state() {
    Problem problem = Problem.reference();
    int[] ends = ends(problem);
    double[] fresh =
        Episodes.run(make(setup(problem)), problem.theta(), problem.sequence(), 5, ends).gradient();
    GradientEstimator used = make(setup(problem));
    Episodes.run(used, problem.theta(), problem.sequence(), 9, ends);
    double[] second = Episodes.run(used, problem.theta(), problem.sequence(), 5, ends).gradient();
    return new Finding(
        Arrays.equals(fresh, second),
        2,
        "the second episode differs by "
            + Episodes.distance(fresh, second)
            + " from the first of a fresh estimator");
  }

  private ExactMoments moments(Problem problem, double sigma) {
    return ExactMoments.of(
        noise ->
            new EpisodeSampler(
                make(setup(problem).withSigma(sigma).withNoise(noise)),
                problem.theta(),
                problem.sequence(),
                ends(problem)),
        factors -> new HadamardDesign(factors, true));
  }

  private Finding mean(double sigma) {
    Problem problem = Problem.reference();
    ExactMoments moments = moments(problem, sigma);
    return mean(moments, limit(problem), errors(problem).gate(sigma));
  }

  private static Finding mean(ExactMoments moments, double[] expected, double gate) {
    double error = moments.relativeError(expected);
    return new Finding(
        error <= gate,
        moments.runs(),
        String.format(Locale.ROOT, "relative error %.3g, gate %.3g", error, gate));
  }

  /**
   * Whether its target is the gradient of a smoothed loss in its plain form: has a mean at any σ.
   */
  boolean plainlySmoothed() {
    Target target = target(ends(small()));
    return target == Target.GAUSSIAN_SMOOTHED || target == Target.PER_UNROLL_SMOOTHED;
  }

  /** The error model says nothing at this σ; the mean over the same design in double does. */
  private Finding largeMean() {
    Problem problem = small();
    int[] ends = ends(problem);
    ExactMoments moments =
        ExactMoments.of(
            noise ->
                new EpisodeSampler(
                    make(setup(problem).withSigma(LARGE_SIGMA).withParticles(2).withNoise(noise)),
                    problem.theta(),
                    problem.sequence(),
                    ends),
            CubatureDesign::new);
    SmoothedMean expected =
        SmoothedMean.of(
            target(ends) == Target.PER_UNROLL_SMOOTHED,
            problem.oracle(),
            problem.theta(),
            ends,
            LARGE_SIGMA,
            // a rewired estimator may draw less noise than its claim needs
            new CubatureDesign(Math.max(moments.factors(), ends.length * problem.theta().length)));
    double rounding = expected.rounding() / Episodes.norm(expected.gradient());
    return mean(moments, expected.gradient(), rounding + problem.floatTolerance());
  }

  private Finding order() {
    Problem problem = Problem.reference();
    long[] runs = {0};
    OrderTest order =
        OrderTest.run(
            sigma -> {
              ExactMoments moments = moments(problem, sigma);
              runs[0] += moments.runs();
              return moments.mean();
            },
            limit(problem),
            errors(problem));
    return new Finding(order.passed(), runs[0], order.finding());
  }

  private Finding samples(double tolerance) {
    Problem problem = Problem.reference();
    Setup setup = setup(problem);
    int[] ends = ends(problem);
    VerificationReport report =
        Verifier.of(make(setup), problem.theta(), problem.sequence(), ends)
            .setup(setup, problem.theta(), problem.sequence(), ends)
            .target(
                TargetGradient.of(
                    target(ends), problem.oracle(), problem.theta(), ends, setup.sigma()))
            .tolerance(tolerance)
            .alpha(Suite.ALPHA)
            .beta(Suite.BETA)
            .seed(Suite.seed("trial of " + name))
            .maxSamples(MOST_SAMPLES * Suite.scale())
            .verify();
    return new Finding(report.verdict(), report.samples(), report.summary());
  }

  private Finding variance() {
    Problem problem = small();
    Setup setup = setup(problem);
    int[] ends = ends(problem);
    QuadraticFormOracle theory =
        QuadraticFormOracle.of(
            target(ends), problem.oracle().unrollGradients(problem.theta(), ends));
    GradientSampler sampler =
        new EpisodeSampler(make(setup), problem.theta(), problem.sequence(), ends);
    SequentialTest.Outcome outcome =
        VarianceTest.run(
            sampler,
            theory.squaredNorm(NoiseLaw.GAUSSIAN.kurtosis(), setup.particles() / 2),
            VARIANCE_TOLERANCE + 2 * errors(problem).gate(setup.sigma()),
            Suite.ALPHA,
            Suite.BETA,
            Suite.seed("variance of " + name),
            MOST_SAMPLES * Suite.scale());
    return new Finding(outcome.verdict(), outcome.samples(), outcome.toString());
  }

  private Finding noise() {
    NoiseSource source =
        wiring
            .get()
            .noise(NoiseSource.gaussian(wiring.get().kernels(Implementation.VECTOR.kernels())));
    NoiseCheck check =
        NoiseCheck.run(
            source, NoiseLaw.GAUSSIAN, Suite.ALPHA, Suite.BETA, Suite.seed("noise of " + name));
    long draws = 0;
    for (NoiseCheck.Line line : check.lines()) {
      Matcher over = DRAWS.matcher(line.finding());
      if (!line.passed() || check.passed()) {
        long own = over.find() ? Long.parseLong(over.group(1)) : 0;
        draws =
            check.passed()
                ? draws + own
                : draws == 0 ? own : Math.min(draws, own == 0 ? draws : own);
      }
    }
    return new Finding(check.passed(), draws, check.toString());
  }

  private Finding replay() {
    Problem problem = Problem.reference();
    int[] ends = ends(problem);
    ReplayCheck check =
        ReplayCheck.run(
            this::make,
            setup(problem),
            problem.sequence(),
            ends,
            target(ends) == Target.PER_UNROLL_SMOOTHED
                || target(ends) == Target.PER_PERIOD_SMOOTHED);
    return new Finding(check.passed(), 1, check.finding());
  }

  /** Lengths around one and more vectors of 4, 8 and 16 lanes. */
  private static final int[] LENGTHS = {0, 1, 3, 4, 5, 8, 15, 16, 17, 24, 31, 32, 33, 47, 57, 67};

  private Finding bits() {
    Kernels scalar = Implementation.SCALAR.kernels();
    Kernels vector = wiring.get().kernels(Implementation.VECTOR.kernels());
    long compared = 0;
    for (int n : LENGTHS) {
      for (Kernel kernel : Kernel.values()) {
        compared++;
        float[] expected = kernel.run(scalar, n);
        float[] actual = kernel.run(vector, n);
        int at = Arrays.mismatch(expected, actual);
        if (at >= 0) {
          return new Finding(
              false,
              compared,
              "%s of %d: [%d] %s and %s".formatted(kernel, n, at, expected[at], actual[at]));
        }
      }
    }
    return new Finding(true, compared, "the same bits");
  }

  /** Kernels that the estimators live on. */
  private enum Kernel {
    DOT,
    AXPY,
    PERTURB,
    LEAKY_STEP,
    GEMM,
    GAUSSIAN;

    private float[] run(Kernels kernels, int n) {
      SplittableRandom random = new SplittableRandom(n);
      float[] x = draw(random, n);
      float[] y = draw(random, n);
      float[] out = draw(random, 2 * n + 1);
      switch (this) {
        case DOT -> out[0] = kernels.dot(x, 0, y, 0, n);
        case AXPY -> kernels.axpy(0.3f, x, 0, out, 0, n);
        case PERTURB -> kernels.perturb(x, 0, 0.3f, y, 0, out, 0, out, n, n);
        case LEAKY_STEP -> kernels.leakyStep(Activation.TANH, 0.6f, x, 0, y, 0, out, 0, out, n, n);
        case GEMM -> {
          float[] packed = new float[Kernels.packedSize(1, n)];
          kernels.pack(x, 0, n, 1, 1, n, packed, 0);
          kernels.gemmPackedAdd(1, n, 1, new float[] {0.7f}, 0, 1, packed, 0, out, 0, n);
        }
        case GAUSSIAN -> kernels.gaussian(9, 1, 2, 3, out, 0, n);
      }
      return out;
    }

    private static float[] draw(SplittableRandom random, int n) {
      float[] x = new float[n];
      for (int i = 0; i < n; i++) {
        x[i] = (float) random.nextGaussian();
      }
      return x;
    }
  }
}
