package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.Parameters;
import kobai.random.NoiseSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifierTest {
  private static final Problem PROBLEM = Problem.reference();

  /** Twenty coordinates of unequal size. */
  private static final double[] G = new SplittableRandom(8).doubles(20, -1, 1).toArray();

  private static Setup setup(int window) {
    return PROBLEM
        .setup()
        .withWindow(window)
        .withParticles(4)
        .withImplementation(Implementation.SCALAR);
  }

  private static Verifier verifier(Algorithm algorithm, int window, String test) {
    return Verifier.of(
            algorithm, setup(window), PROBLEM.theta(), PROBLEM.sequence(), PROBLEM.windows(window))
        .alpha(Budget.ALPHA)
        .beta(Budget.BETA)
        .seed(Budget.seed(test));
  }

  /** A forward gradient of a linear loss with the gradient G, changed by something. */
  private static GradientSampler forward(UnaryOperator<double[]> change) {
    return seed -> {
      SplittableRandom random = new SplittableRandom(seed);
      double[] v = new double[G.length];
      Arrays.setAll(v, i -> random.nextGaussian());
      double slope = Vectors.dot(G, v);
      for (int i = 0; i < v.length; i++) {
        v[i] *= slope;
      }
      return change.apply(v);
    };
  }

  private static Verifier dial(UnaryOperator<double[]> change, String test) {
    return Verifier.of(forward(change))
        .target(G)
        .certify(false)
        .alpha(Budget.ALPHA)
        .beta(Budget.BETA)
        .seed(Budget.seed(test));
  }

  private static UnaryOperator<double[]> times(double factor) {
    return x -> {
      double[] y = new double[x.length];
      Vectors.add(factor, x, y);
      return y;
    };
  }

  private static boolean named(VerificationReport report, String part) {
    return report.diagnosis().stream().anyMatch(line -> line.contains(part));
  }

  @ParameterizedTest
  @CsvSource({"ES, 8", "PES, 4", "PES, 3", "ES, 4"})
  void stochasticAlgorithmsAreUnbiasedForTheirDeclaredTarget(Algorithm algorithm, int window) {
    VerificationReport report =
        verifier(algorithm, window, "declared " + algorithm + window).verify();
    assertEquals(Verdict.UNBIASED, report.verdict(), report::summary);
    assertEquals(0, report.missing());
    assertTrue(report.normLower() == 0 && report.normUpper() < 0.5, report::summary);
    assertEquals(1, report.scale(), 0.05);
    // Two pairs: the variance of 20 thousand estimates is known to some per cent.
    assertEquals(
        1, report.variance() / report.variancePredicted().orElseThrow(), 0.1, report::summary);
    assertTrue(report.diagnosis().isEmpty(), report::summary);
    assertTrue(report.samples() <= 4 * report.planned(), report::summary);
    assertEquals(9, report.channels().size(), "scale, five tensors, direction, coordinate, norm");
    assertTrue(report.evidence().size() > 3);
    assertTrue(report.replay().contains("--seed " + Budget.seed("declared " + algorithm + window)));
  }

  @ParameterizedTest
  @CsvSource({"BPTT, 8", "BPTT, 4", "RTRL, 3", "BPTT_CHECKPOINTED, 8"})
  void deterministicAlgorithmsAreComparedOnce(Algorithm algorithm, int window) {
    VerificationReport report =
        verifier(algorithm, window, "deterministic").tolerance(PROBLEM.floatTolerance()).verify();
    assertEquals(Verdict.UNBIASED, report.verdict(), report::summary);
    assertEquals(1, report.samples());
    assertTrue(report.normUpper() > 0 && report.normUpper() <= PROBLEM.floatTolerance());
    assertTrue(report.notes().stream().anyMatch(note -> note.contains("deterministic")));
  }

  @Test
  void truncatedAlgorithmsAreBiasedForTheGradientAndTheReportSaysWhy() {
    VerificationReport es =
        verifier(Algorithm.ES, 1, "truncated").target(PROBLEM.gradient()).verify();
    assertEquals(Verdict.BIASED, es.verdict(), es::summary);
    assertTrue(named(es, "truncated gradient"), es::summary);
    assertTrue(es.normLower() > 0.05, es::summary);
    VerificationReport bptt =
        verifier(Algorithm.BPTT, 2, "truncated").target(PROBLEM.gradient()).verify();
    assertEquals(Verdict.BIASED, bptt.verdict(), bptt::summary);
    assertTrue(named(bptt, "truncated gradient"), bptt::summary);
  }

  @Test
  void theSameSeedGivesTheSameReport() {
    Verifier verifier = dial(times(1.07), "same seed");
    VerificationReport first = verifier.verify();
    VerificationReport again = verifier.verify();
    assertEquals(first.channels(), again.channels());
    assertEquals(first.evidence(), again.evidence());
    assertEquals(first.worst(), again.worst());
    assertFalse(first.channels().equals(verifier.seed(1).verify().channels()));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.0125, 0.1, 0.2})
  void theDialOfTheScaleIsRead(double bias) {
    VerificationReport report = dial(times(1 + bias), "dial " + bias).verify();
    assertEquals(
        bias < 0.05 ? Verdict.UNBIASED : Verdict.BIASED, report.verdict(), report::summary);
    assertEquals(1 + bias, report.scale(), 0.08, report::summary);
  }

  @Test
  void aBiasAcrossTheGradientIsFoundThoughTheScaleIsRight() {
    double[] across = new double[G.length];
    across[3] = G[5];
    across[5] = -G[3];
    double length = 0.2 * Vectors.norm(G) / Vectors.norm(across);
    VerificationReport report =
        dial(
                x -> {
                  double[] y = x.clone();
                  Vectors.add(length, across, y);
                  return y;
                },
                "across")
            .verify();
    assertEquals(Verdict.BIASED, report.verdict(), report::summary);
    assertEquals(0.2, report.channels().getLast().estimate(), 0.1, report::summary);
    assertTrue(
        report.worst().stream().anyMatch(c -> c.index() == 3 || c.index() == 5), report::summary);
  }

  @Test
  void aCoordinateThatDoesNotVaryMayBeRounded() {
    assertEquals(Verdict.UNBIASED, withoutNoiseAt(0, 1e-7).verdict());
    assertEquals(Verdict.BIASED_BUT_WITHIN, withoutNoiseAt(0, 1e-4).verdict());
  }

  /** Forward gradients that know one coordinate, but for an error relative to ‖g‖. */
  private static VerificationReport withoutNoiseAt(int coordinate, double error) {
    GradientSampler sampler =
        seed -> {
          double[] x = forward(times(1)).sample(seed).clone();
          x[coordinate] = G[coordinate] + error * Vectors.norm(G);
          return x;
        };
    return Verifier.of(sampler).target(G).seed(Budget.seed("rounded")).tolerance(0.1).verify();
  }

  @Test
  void aSmallBiasThatIsCertainIsReportedAsWithinTheTolerance() {
    // 2 % of noise makes 1 % of bias certain at α = 10⁻³ by the first look: three blocks at the
    // clip.
    GradientSampler calm =
        seed -> {
          double[] x = forward(times(1)).sample(seed);
          double[] y = new double[x.length];
          Vectors.add(0.02, x, y);
          Vectors.add(0.99, G, y);
          return y;
        };
    VerificationReport report =
        Verifier.of(calm)
            .target(G)
            .alpha(1e-3)
            .seed(Budget.seed("within"))
            .tolerance(0.05)
            .verify();
    assertEquals(Verdict.BIASED_BUT_WITHIN, report.verdict(), report::summary);
    assertTrue(report.normUpper() <= 0.05 && report.normLower() > 0, report::summary);
  }

  @Test
  void aCertificateBoundsTheWholeBias() {
    VerificationReport report = dial(times(1), "certificate").tolerance(0.1).certify(true).verify();
    assertEquals(Verdict.UNBIASED, report.verdict(), report::summary);
    assertTrue(report.normUpper() <= 0.1, report::summary);
  }

  @Test
  void theBoundOfTheNormHolds() {
    // The true bias is 10 %; bounds at β = 1e-4 hold in all of 40 runs.
    for (int run = 0; run < 40; run++) {
      VerificationReport report =
          dial(times(1.1), "bound " + run).tolerance(0.001).maxSamples(4096).verify();
      assertTrue(report.normLower() <= 0.1 && report.normUpper() >= 0.1, report::summary);
    }
  }

  @Test
  void aBiasThatWasFoundNeedNotBeShownToExceedTheTolerance() {
    // As large as the tolerance is neither within nor above it, however long one looks; at a right
    // angle to G it is none of scale, which is tested by itself.
    double size = 0.05 * Vectors.norm(G) / Math.hypot(G[0], G[1]);
    UnaryOperator<double[]> turned =
        x -> {
          double[] y = x.clone();
          y[0] += size * G[1];
          y[1] -= size * G[0];
          return y;
        };
    Verifier patient = dial(turned, "at the edge").maxSamples(100_000);
    Verifier settled = dial(turned, "at the edge").maxSamples(100_000).enough(10_000);
    VerificationReport late = patient.verify();
    VerificationReport early = settled.verify();
    assertEquals(Verdict.BIASED, late.verdict(), late::summary);
    assertEquals(Verdict.BIASED, early.verdict(), early::summary);
    assertEquals(100_000, late.samples());
    assertTrue(early.samples() >= 10_000 && early.samples() < 50_000, early::summary);
    assertThrows(IllegalArgumentException.class, () -> dial(times(1), "none").enough(0));
  }

  @Test
  void tooFewSamplesAreUndecidedWithTheMissingCount() {
    VerificationReport report = dial(times(1), "few").maxSamples(3000).verify();
    assertEquals(Verdict.UNDECIDED, report.verdict());
    assertFalse(report.verdict().passed());
    assertTrue(report.missing() > 5_000 && report.missing() < 200_000, report::summary);
    assertTrue(report.reason().contains("not enough evidence"), report.reason());
  }

  @Test
  void aZeroGradientIsComparedAbsolutelyAndTheReportSaysSo() {
    GradientSampler noise = seed -> new SplittableRandom(seed).doubles(6, -0.1, 0.1).toArray();
    VerificationReport report =
        Verifier.of(noise).target(new double[6]).tolerance(0.01).seed(Budget.seed("zero")).verify();
    assertEquals(Verdict.UNBIASED, report.verdict(), report::summary);
    assertTrue(report.normUpper() <= 0.01);
    assertTrue(
        report.notes().stream().anyMatch(note -> note.contains("absolute")), report::summary);
    VerificationReport off =
        Verifier.of(
                seed ->
                    times(1).apply(Arrays.stream(noise.sample(seed)).map(x -> x + 0.02).toArray()))
            .target(new double[6])
            .tolerance(0.01)
            .seed(Budget.seed("zero"))
            .verify();
    assertEquals(Verdict.BIASED, off.verdict(), off::summary);
  }

  @Test
  void aSigmaTooSmallForFloatIsRefusedWithOneThatWorks() {
    VerificationReport refused =
        Verifier.of(Algorithm.ES, setup(8).withSigma(1e-8), PROBLEM.theta(), PROBLEM.sequence(), 8)
            .verify();
    assertEquals(Verdict.UNDECIDED, refused.verdict());
    assertEquals(0, refused.samples());
    assertTrue(refused.reason().contains("sigma = 1.0E-8: must be at least"), refused.reason());
    double works =
        Double.parseDouble(refused.reason().replaceAll(".*at least ([-0-9.e]+) .*", "$1"));
    VerificationReport accepted =
        Verifier.of(
                Algorithm.ES,
                setup(8).withSigma(1.01 * works),
                PROBLEM.theta(),
                PROBLEM.sequence(),
                8)
            .seed(Budget.seed("sigma"))
            .alpha(Budget.ALPHA)
            .verify();
    assertTrue(accepted.verdict().passed(), accepted::summary);
  }

  @Test
  void heavyTailsAreUndecided() {
    // Cubes of a Cauchy variable along G: no mean.
    GradientSampler heavy =
        seed -> {
          double c = Math.tan(Math.PI * (new SplittableRandom(seed).nextDouble() - 0.5));
          return times(1 + c * c * c).apply(G);
        };
    VerificationReport report =
        Verifier.of(heavy).target(G).tolerance(1e20).maxSamples(200_000).verify();
    assertEquals(Verdict.UNDECIDED, report.verdict(), report::summary);
    assertTrue(report.reason().contains("heavy tails"), report.reason());
  }

  private static void violates(String reason, Verifier verifier) {
    VerificationReport report = verifier.verify();
    assertEquals(Verdict.CONTRACT_VIOLATION, report.verdict(), report::summary);
    assertTrue(report.reason().contains(reason), report.reason());
  }

  @Test
  void brokenBlackBoxesAreNamedBeforeAnyStatistics() {
    violates("wrong length: ", Verifier.of(seed -> new double[3]).target(G));
    violates("wrong length", Verifier.of(seed -> null).target(G));
    violates("gradient[7] = NaN", dial(x -> set(x, 7, Double.NaN), "nan"));
    violates("gradient[0] = Infinity", dial(x -> set(x, 0, Double.POSITIVE_INFINITY), "infinite"));
    int[] calls = {0};
    violates("not deterministic", dial(x -> set(x, 2, calls[0]++), "calls"));
    violates(
        "throws: java.lang.ArithmeticException: by design",
        dial(
            x -> {
              throw new ArithmeticException("by design");
            },
            "throws"));
    CountDownLatch never = new CountDownLatch(1);
    violates(
        "hangs",
        dial(
                x -> {
                  try {
                    never.await();
                  } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                  }
                  return x;
                },
                "hangs")
            .timeout(Duration.ofMillis(300)));
  }

  private static double[] set(double[] x, int at, double value) {
    x[at] = value;
    return x;
  }

  @Test
  void whatBreaksLaterIsNamedToo() {
    long bad = new kobai.random.RandomKey(Budget.seed("later")).child("verify").child(700).seed();
    violates(
        "gradient[1] = NaN",
        Verifier.of(seed -> set(forward(times(1)).sample(seed), 1, seed == bad ? Double.NaN : 1))
            .target(G)
            .seed(Budget.seed("later")));
    violates(
        "estimate 700",
        Verifier.of(
                seed -> {
                  if (seed == bad) {
                    throw new IllegalStateException("once");
                  }
                  return forward(times(1)).sample(seed);
                })
            .target(G)
            .seed(Budget.seed("later")));
    CountDownLatch never = new CountDownLatch(1);
    violates(
        "hangs: estimate 700",
        Verifier.of(
                seed -> {
                  if (seed == bad) {
                    try {
                      never.await();
                    } catch (InterruptedException interrupted) {
                      Thread.currentThread().interrupt();
                    }
                  }
                  return forward(times(1)).sample(seed);
                })
            .target(G)
            .seed(Budget.seed("later"))
            .timeout(Duration.ofMillis(300)));
  }

  @Test
  void estimatesThatLeanOnEarlierOnesAreNotIid() {
    // Remembers the last fresh seed's slope, but answers the same seed alike, as the check for
    // determinism wants.
    double[] memory = {0};
    long[] last = {0};
    GradientSampler leaning =
        seed -> {
          double own = new SplittableRandom(seed).nextGaussian();
          if (seed != last[0]) {
            last[0] = seed;
            memory[0] = 0.5 * memory[0] + own;
          }
          return times(1 + memory[0]).apply(G);
        };
    VerificationReport report = Verifier.of(seed -> leaning.sample(seed)).target(G).verify();
    assertEquals(Verdict.CONTRACT_VIOLATION, report.verdict(), report::summary);
    assertTrue(report.reason().startsWith("not "), report.reason());
    // Seeds that are drawn from a cycle: deterministic for one seed, yet estimates repeat each
    // other.
    GradientSampler paired = seed -> times(1 + memory(seed)).apply(G);
    VerificationReport repeated = Verifier.of(paired).target(G).verify();
    assertEquals(Verdict.CONTRACT_VIOLATION, repeated.verdict(), repeated::summary);
    assertTrue(repeated.reason().contains("not iid between calls"), repeated.reason());
  }

  // The sampler sees seeds only; which call it is in is known from the order in which new seeds
  // come.
  private static final java.util.Map<Long, Integer> ORDER = new java.util.HashMap<>();

  private static double memory(long seed) {
    int call = ORDER.computeIfAbsent(seed, s -> ORDER.size());
    return new SplittableRandom(call / 2).nextGaussian();
  }

  @Test
  void anEstimatorThatChangesItsInputsIsNamed() {
    for (String what : new String[] {"theta", "inputs", "targets"}) {
      Problem own = Problem.reference();
      GradientEstimator plain = Algorithm.BPTT.create(own.setup());
      GradientEstimator changing =
          new GradientEstimator() {
            @Override
            public void reset(long seed) {
              plain.reset(seed);
            }

            @Override
            public double estimate(
                float[] theta, Sequence sequence, int from, int to, float[] gradient) {
              double loss = plain.estimate(theta, sequence, from, to, gradient);
              (switch (what) {
                        case "theta" -> theta;
                        case "inputs" -> sequence.inputs();
                        default -> sequence.targets();
                      })
                      [2] +=
                  1f;
              return loss;
            }

            @Override
            public Workspace workspace() {
              return plain.workspace();
            }
          };
      VerificationReport report =
          Verifier.of(changing, own.theta(), own.sequence(), 8).target(PROBLEM.gradient()).verify();
      assertEquals(Verdict.CONTRACT_VIOLATION, report.verdict());
      assertTrue(report.reason().contains("changes its input: " + what + "[2]"), report.reason());
    }
  }

  @Test
  void anElementThatIsNotWrittenIsNamed() {
    GradientEstimator plain = Algorithm.BPTT.create(PROBLEM.setup());
    GradientEstimator lazy =
        new GradientEstimator() {
          @Override
          public void reset(long seed) {
            plain.reset(seed);
          }

          @Override
          public double estimate(
              float[] theta, Sequence sequence, int from, int to, float[] gradient) {
            float[] whole = new float[gradient.length];
            double loss = plain.estimate(theta, sequence, from, to, whole);
            System.arraycopy(whole, 0, gradient, 0, whole.length - 1);
            return loss;
          }

          @Override
          public Workspace workspace() {
            return plain.workspace();
          }
        };
    violates(
        "gradient[56] = NaN (an element that is not written",
        Verifier.of(lazy, PROBLEM.theta(), PROBLEM.sequence(), 8).target(PROBLEM.gradient()));
  }

  @Test
  void factorsAreDiagnosed() {
    for (double factor : new double[] {2, 0.5, -1}) {
      VerificationReport report = dial(times(factor), "factor " + factor).verify();
      assertEquals(Verdict.BIASED, report.verdict(), report::summary);
      String name = factor == 2 ? "factor 2:" : factor == 0.5 ? "factor ½" : "factor −1";
      assertTrue(named(report, name), report::summary);
    }
    Diagnosis constants = new Diagnosis(G, layout()).sigma(0.1).particles(8).leak(0.6).unrolls(3);
    double[] none = new double[G.length];
    for (Object[] expected :
        new Object[][] {
          {0.1, "factor σ:"},
          {10.0, "factor 1/σ:"},
          {0.01, "factor σ²"},
          {100.0, "factor 1/σ²"},
          {8.0 / 7, "N/(N − 1)"},
          {4.0, "factor N/2"},
          {0.6, "factor α"},
          {1 / 0.6, "factor 1/α"},
          {1.0 / 3, "factor 1/K"}
        }) {
      double[] mean = times((double) expected[0]).apply(G);
      assertTrue(
          constants.of(mean, none).stream()
              .anyMatch(
                  line ->
                      line.startsWith((String) expected[1]) || line.contains((String) expected[1])),
          () -> expected[1] + " in " + constants.of(mean, none));
    }
    assertEquals(List.of(), constants.of(G, none), "nothing is wrong with the target itself");
  }

  private static Parameters layout() {
    return new Parameters.Builder().add("square", 3, 3).add("line", 1, 3).add("rest", 2, 4).build();
  }

  @Test
  void tensorsAndTailsAreDiagnosed() {
    double[] none = new double[G.length];
    Diagnosis diagnosis = new Diagnosis(G, layout());
    double[] silent = G.clone();
    Arrays.fill(silent, 9, 12, 0);
    assertTrue(diagnosis.of(silent, none).toString().contains("tensor 'line' is not perturbed"));
    double[] turned = G.clone();
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        turned[3 * i + j] = G[3 * j + i];
      }
    }
    assertTrue(diagnosis.of(turned, none).toString().contains("tensor 'square' is transposed"));
    double[] tail = G.clone();
    tail[18] = 0;
    tail[19] *= 2;
    assertTrue(diagnosis.of(tail, none).toString().contains("the tail of a vector loop"));
    assertFalse(diagnosis.of(turned, none).toString().contains("tail"));
  }

  @Test
  void bugsInTheCreditOfWindowsAreDiagnosed() {
    double[][][] g = PROBLEM.oracle().unrollGradients(PROBLEM.theta(), PROBLEM.windows(3));
    double[] target = Vectors.total(g);
    Diagnosis diagnosis =
        new Diagnosis(target, PROBLEM.model().parameters()).unrolls(3).unrollGradients(g);
    double[] none = new double[target.length];
    double[] afterUse = new double[target.length];
    double[] withoutLast = target.clone();
    for (int t = 0; t < 3; t++) {
      for (int r = 0; r < t; r++) {
        Vectors.add(1, g[t][r], afterUse);
      }
      Vectors.add(-1, g[2][t], withoutLast);
    }
    double[] truncated = PROBLEM.oracle().truncatedGradient(PROBLEM.theta(), PROBLEM.windows(3));
    assertTrue(diagnosis.of(truncated, none).getFirst().startsWith("the truncated gradient"));
    assertTrue(diagnosis.of(afterUse, none).getFirst().contains("added to after its use"));
    assertTrue(diagnosis.of(withoutLast, none).getFirst().contains("the last window is missing"));
  }

  /** Every wrong factor has one name, on whole sequences and on windows, and no other bug's. */
  @Test
  void aFactorOnARealEstimatorHasOneName() {
    double[] factors = {2, 0.5, -1, 8 / 7.0, 4 / 3.0, 4, 0.25, 8, 0.125, 0.6, 1 / 0.6};
    for (int window : new int[] {8, 3}) {
      Setup setup = setup(window).withParticles(8);
      int[] ends = PROBLEM.windows(window);
      for (double factor : factors) {
        VerificationReport report =
            Verifier.of(
                    scaled(Algorithm.PES.create(setup), factor),
                    PROBLEM.theta(),
                    PROBLEM.sequence(),
                    ends)
                .setup(setup, PROBLEM.theta(), PROBLEM.sequence(), ends)
                .target(PROBLEM.gradient())
                .alpha(Budget.ALPHA)
                .seed(Budget.seed("factor " + factor))
                .verify();
        List<String> names =
            report.diagnosis().stream().filter(name -> !name.startsWith("variance")).toList();
        assertEquals(1, names.size(), () -> factor + " at window " + window + ": " + names);
        assertTrue(names.getFirst().startsWith("factor"), names.getFirst());
      }
    }
  }

  private static GradientEstimator scaled(GradientEstimator real, double factor) {
    return new GradientEstimator() {
      @Override
      public void reset(long seed) {
        real.reset(seed);
      }

      @Override
      public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
        double loss = real.estimate(theta, sequence, from, to, gradient);
        for (int p = 0; p < gradient.length; p++) {
          gradient[p] = (float) (factor * gradient[p]);
        }
        return loss;
      }

      @Override
      public Workspace workspace() {
        return real.workspace();
      }
    };
  }

  @Test
  void aSharedStreamShowsInTheVariance() {
    Setup setup = setup(8).withParticles(8);
    Setup shared =
        setup.withNoise(
            (key, unroll, particle, out, outAt, count) ->
                setup.noise().fill(key, unroll, 0, out, outAt, count));
    VerificationReport report =
        Verifier.of(Algorithm.ES, shared, PROBLEM.theta(), PROBLEM.sequence(), 8)
            .alpha(Budget.ALPHA)
            .seed(Budget.seed("shared"))
            .verify();
    assertTrue(report.verdict().passed(), "the mean is right");
    assertTrue(named(report, "share one stream"), report::summary);
  }

  @Test
  void aFunctionFromNoiseToAGradientIsVerifiedBySamplesAndExactly() {
    // Forward gradient of Σ θᵢ³ at θ = 1, slope 3, in one function of the noise.
    double[] gradient = {3, 3, 3, 3};
    Function<float[], double[]> estimate =
        v -> {
          double slope = 0;
          for (float x : v) {
            slope += 3.0 * x;
          }
          double[] out = new double[v.length];
          for (int i = 0; i < v.length; i++) {
            out[i] = slope * v[i];
          }
          return out;
        };
    ExactMoments exact =
        ExactMoments.of(
            noise -> GradientSampler.of(noise, 4, estimate),
            factors -> new HadamardDesign(factors, false));
    assertArrayEquals(gradient, exact.mean(), 1e-12);
    NoiseSource gaussian = NoiseSource.gaussian(Implementation.SCALAR.kernels());
    VerificationReport report =
        Verifier.of(GradientSampler.of(gaussian, 4, estimate))
            .target(gradient)
            .alpha(Budget.ALPHA)
            .seed(Budget.seed("function"))
            .verify();
    assertEquals(Verdict.UNBIASED, report.verdict(), report::summary);
    assertTrue(report.normUpper() <= 0.05, "a black box is certified in every direction");
  }

  @Test
  void aVerifierWithoutATargetOrWithAWrongLayoutIsRefused() {
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> Verifier.of(forward(times(1))).verify())
            .getMessage()
            .contains("target = none"));
    assertThrows(
        IllegalArgumentException.class,
        () -> Verifier.of(forward(times(1))).target(1, 2).layout(layout()).verify());
    assertThrows(IllegalArgumentException.class, () -> dial(times(1), "").tolerance(-1));
    assertThrows(IllegalArgumentException.class, () -> dial(times(1), "").alpha(0.7));
    assertThrows(IllegalArgumentException.class, () -> dial(times(1), "").timeout(Duration.ZERO));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new EpisodeSampler(
                Algorithm.ES.create(setup(8)), PROBLEM.theta(), PROBLEM.sequence(), new int[] {4}));
  }
}
