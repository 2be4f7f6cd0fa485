package kobai.experiments;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Parameters;
import kobai.models.RecurrentModel;
import kobai.models.Rollout;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QualityTest {
  private static final Kernels KERNELS = Implementation.SCALAR.kernels();

  /**
   * Room for the rounding of sums of a few dozen doubles and of float estimates made of small
   * binary fractions.
   */
  private static final double ROUNDING = 1e-12;

  /**
   * Deviations of a statistic of known standard deviation that a right program exceeds with
   * probability 6·10⁻⁷.
   */
  private static final double FIVE_SIGMA = 5;

  /** An estimator whose i-th episode gives a law's i-th vector, cut into shares of the windows. */
  private static final class Synthetic implements GradientEstimator {
    /** Fills the estimate of the episode. */
    private interface Law {
      void fill(int episode, long seed, float[] estimate);
    }

    private final Law law;
    private final float[] whole;
    private int episode = -1;

    Synthetic(int parameters, Law law) {
      this.law = law;
      whole = new float[parameters];
    }

    @Override
    public void reset(long seed) {
      law.fill(++episode, seed, whole);
    }

    /** Each step of the sequence holds the same share. */
    @Override
    public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
      for (int j = 0; j < whole.length; j++) {
        gradient[j] = whole[j] * (to - from) / sequence.length();
      }
      return 0;
    }

    @Override
    public Workspace workspace() {
      return Workspace.allocating();
    }
  }

  private static Quality measure(
      GradientEstimator estimator, double[] exact, int repeats, long seed) {
    Sequence sequence = Sequence.allocate(8, 1, 1, 1);
    return Quality.measure(
        estimator, new float[exact.length], sequence, 2, exact, repeats, new RandomKey(seed));
  }

  /** Element (i, j) of Sylvester's Hadamard matrix: −1 to the number of common bits. */
  private static int hadamard(int i, int j) {
    return Integer.bitCount(i & j) % 2 == 0 ? 1 : -1;
  }

  /**
   * Eight estimates on a Hadamard design with standard deviation s = ½ in each of P = 4
   * coordinates: their mean is g + b and Σ‖ĝᵢ − ḡ‖² = 8 P s² = 8, with no chance in it. With g =
   * (2, 0, 0, 0), b = (0, 1, 0, 0): V = 8/7, U = 1 − 1/7, S = 5 − 1/7.
   */
  @Test
  void anExactDesignGivesTheFiguresWorkedOutByHand() {
    double[] exact = {2, 0, 0, 0};
    Quality quality =
        measure(
            new Synthetic(
                4,
                (episode, seed, estimate) -> {
                  for (int j = 0; j < 4; j++) {
                    estimate[j] =
                        (float) (exact[j] + (j == 1 ? 1 : 0) + 0.5 * hadamard(episode, j + 1));
                  }
                }),
            exact,
            8,
            1);
    assertEquals(8, quality.repeats());
    assertFalse(quality.deterministic());
    assertEquals(4, quality.parameters());
    assertEquals(2, quality.gradientNorm(), ROUNDING);
    assertEquals(8.0 / 7 / 4, quality.relativeVariance(), ROUNDING);
    assertEquals(6.0 / 7 / 4, quality.relativeBiasSquared(), ROUNDING);
    assertEquals(Math.sqrt(6.0 / 7) / 2, quality.relativeBias(), ROUNDING);
    assertEquals((5 - 1.0 / 7) / (8.0 / 7), quality.signalToNoise(), ROUNDING);
    assertEquals(2 / Math.sqrt(5), quality.cosineOfMean(), ROUNDING);
    // Errors: d = (±½, 1 ± ½, ±½, ±½), so ‖d‖² = ¾ + 2¼ or ¾ + ¼, half of the runs each.
    double[] errors = {Math.sqrt(3) / 2, 1.0 / 2};
    assertEquals((errors[0] + errors[1]) / 2, quality.relativeError(), ROUNDING);
    // Eight values, half of them ±δ from the mean: sample variance 8 δ² / 7.
    assertEquals(
        (errors[0] - errors[1]) / 2 * Math.sqrt(8.0 / 7), quality.relativeErrorSd(), ROUNDING);
    double cosine = 0;
    double[] cosines = new double[8];
    for (int i = 0; i < 8; i++) {
      double first = 2 + 0.5 * hadamard(i, 1);
      double second = 1 + 0.5 * hadamard(i, 2);
      cosines[i] = first / Math.sqrt(first * first + second * second + 0.5);
      cosine += cosines[i] / 8;
    }
    assertEquals(cosine, quality.cosine(), ROUNDING);
    Arrays.sort(cosines);
    // Type 7 on eight values: position 0.05·7 = 0.35 from the smallest, and from the largest.
    assertEquals(cosines[0] + 0.35 * (cosines[1] - cosines[0]), quality.cosineLow(), ROUNDING);
    assertEquals(cosines[7] - 0.35 * (cosines[7] - cosines[6]), quality.cosineHigh(), ROUNDING);
    assertTrue(quality.relativeBiasLow() <= quality.relativeBias());
    assertTrue(quality.relativeBiasHigh() >= quality.relativeBias());
    // 1 − 1/7 of signal square beside noise: SNR 4.25 of one, so 24 for 100; error ½ needs V/‖g‖² /
    // (¼ − floor²).
    assertEquals(OptionalLong.of(24), quality.estimatesForSignalToNoise(100));
    assertEquals(OptionalLong.of(1), quality.estimatesForSignalToNoise(1));
  }

  /**
   * Unbiased noise only, with every estimate on the design: nothing must be left of ‖ḡ − g‖, and U
   * < 0 is reported.
   */
  @Test
  void theNoiseOfTheMeanIsNotTakenForBias() {
    double[] exact = {1, 0, 0};
    Quality quality =
        measure(
            new Synthetic(
                3,
                (episode, seed, estimate) -> {
                  for (int j = 0; j < 3; j++) {
                    estimate[j] = (float) (exact[j] + 2 * hadamard(episode, j + 1));
                  }
                }),
            exact,
            4,
            1);
    // V = 4 · 12 / 3 = 16 and ḡ = g, so U = −16/4.
    assertEquals(-4, quality.relativeBiasSquared(), ROUNDING);
    assertEquals(0, quality.relativeBias());
    assertEquals(0, quality.relativeBiasLow());
    // S = 1 − 4 < 0: no signal was seen.
    assertEquals(0, quality.signalToNoise());
    assertEquals(OptionalLong.empty(), quality.estimatesForSignalToNoise(1));
  }

  /** ĝ = g + b + s ∘ z with standard normal z: tr Var = Σ s², ‖b‖ known. */
  private static Synthetic gaussian(double[] exact, double[] bias, double[] sd) {
    return new Synthetic(
        exact.length,
        (episode, seed, estimate) -> {
          KERNELS.gaussian(seed, 0, 0, 0, estimate, 0, estimate.length);
          for (int j = 0; j < estimate.length; j++) {
            estimate[j] = (float) (exact[j] + bias[j] + sd[j] * estimate[j]);
          }
        });
  }

  private static double[] filled(int count, double value) {
    double[] values = new double[count];
    Arrays.fill(values, value);
    return values;
  }

  private static double[] first(int count, double value) {
    double[] values = new double[count];
    values[0] = value;
    return values;
  }

  /** tr of the k-th power of the diagonal covariance. */
  private static double trace(double[] sd, int power) {
    return Arrays.stream(sd).map(s -> Math.pow(s, 2 * power)).sum();
  }

  /**
   * Over 400 measurements, mean and spread of U, V and their reported errors against theory for
   * Gaussian noise: E U = ‖b‖², Var U = 4 bᵀΣb / n + 2 tr Σ² / (n(n − 1)), E V = tr Σ, Var V = 2 tr
   * Σ² / (n − 1).
   */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 2})
  void biasAndVarianceAreUnbiasedAndTheirErrorsRight(double bias) {
    int p = 20;
    int n = 70; // more than the 32 blocks, and no multiple of them
    int measurements = 400;
    double[] exact = filled(p, 0.5);
    double[] b = first(p, bias);
    double[] sd = new double[p];
    for (int j = 0; j < p; j++) {
      sd[j] = 0.2 + 0.1 * (j % 5);
    }
    double g2 = 0.25 * p;
    double meanU = 0;
    double meanV = 0;
    double meanErrorV = 0;
    int above = 0;
    int below = 0;
    for (int i = 0; i < measurements; i++) {
      Quality quality = measure(gaussian(exact, b, sd), exact, n, 1000 + i);
      meanU += quality.relativeBiasSquared() * g2 / measurements;
      meanV += quality.relativeVariance() * g2 / measurements;
      meanErrorV += quality.relativeVarianceError() * g2 / measurements;
      double truth = bias / Math.sqrt(g2);
      above += quality.relativeBiasLow() > truth ? 1 : 0;
      below += quality.relativeBiasHigh() < truth ? 1 : 0;
    }
    double varU = 4 * bias * bias * sd[0] * sd[0] / n + 2 * trace(sd, 2) / (n * (n - 1.0));
    double varV = 2 * trace(sd, 2) / (n - 1);
    assertEquals(bias * bias, meanU, FIVE_SIGMA * Math.sqrt(varU / measurements));
    assertEquals(trace(sd, 1), meanV, FIVE_SIGMA * Math.sqrt(varV / measurements));
    // A standard error from 31 degrees of freedom is low by 1/(4·31) on average and spreads by
    // 1/√62 = 13 % once, 0.6 %
    // over 400; 5 % holds both.
    assertEquals(Math.sqrt(varV), meanErrorV, 0.05 * Math.sqrt(varV));
    // Each end misses with probability 2.5 % at most: 10 expected of 400, and more than 28 with
    // probability 6·10⁻⁷.
    assertTrue(above <= 28, "low end above the truth: " + above);
    assertTrue(below <= 28, "high end below the truth: " + below);
  }

  /**
   * A bias ten times the error of the mean is shown, and averaging is then said to end at a floor.
   */
  @Test
  void biasThatIsThereIsShownAndSetsAFloor() {
    int p = 50;
    double[] exact = filled(p, 1);
    // ‖b‖ = 0.5 ‖g‖; noise of the mean: √(50 · 0.25 / 100) = 0.35 = 0.05 ‖g‖.
    Quality quality =
        measure(gaussian(exact, first(p, 0.5 * Math.sqrt(p)), filled(p, 0.5)), exact, 100, 3);
    assertTrue(quality.floor() > 0.4 && quality.floor() < 0.5, () -> "floor " + quality.floor());
    assertTrue(quality.relativeBiasHigh() > 0.5 && quality.relativeBiasHigh() < 0.6);
    assertEquals(OptionalLong.empty(), quality.estimatesForError(0.4));
    double floor = quality.floor();
    assertEquals(
        OptionalLong.of(
            (long) Math.ceil(quality.relativeVariance() / (0.55 * 0.55 - floor * floor))),
        quality.estimatesForError(0.55));
    // One estimate has error √(0.5² + 0.5²) = 0.71: for 10 no averaging is needed.
    assertEquals(OptionalLong.of(1), quality.estimatesForError(10));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8})
  void windowsOfAnyLengthAreSummed(int window) {
    double[] exact = {1, -2, 4};
    Sequence sequence = Sequence.allocate(8, 1, 1, 1);
    Synthetic estimator =
        new Synthetic(
            3,
            (episode, seed, estimate) -> {
              estimate[0] = 1.5f;
              estimate[1] = -2f;
              estimate[2] = 4f;
            });
    Quality quality =
        Quality.measureDeterministic(estimator, new float[3], sequence, window, exact);
    assertEquals(0.5 / Math.sqrt(21), quality.relativeError(), ROUNDING);
    assertEquals((1.5 + 4 + 16) / Math.sqrt(21 * 22.25), quality.cosine(), ROUNDING);
  }

  @Test
  void aDeterministicEstimatorRunsOnceAndItsErrorIsItsBias() {
    int[] runs = {0};
    double[] exact = {3, 4};
    Quality quality =
        Quality.measureDeterministic(
            new Synthetic(
                2,
                (episode, seed, estimate) -> {
                  runs[0]++;
                  estimate[0] = 3;
                  estimate[1] = 3;
                }),
            new float[2],
            Sequence.allocate(4, 1, 1, 1),
            4,
            exact);
    assertEquals(1, runs[0]);
    assertTrue(quality.deterministic());
    assertEquals(1, quality.repeats());
    assertEquals(0.2, quality.relativeError(), ROUNDING);
    assertEquals(0.2, quality.relativeBias(), ROUNDING);
    assertEquals(0.2, quality.floor(), ROUNDING);
    assertEquals(0, quality.relativeVariance());
    assertEquals(Double.POSITIVE_INFINITY, quality.signalToNoise());
    assertEquals(OptionalLong.of(1), quality.estimatesForSignalToNoise(1e9));
    assertEquals(OptionalLong.of(1), quality.estimatesForError(0.3));
    assertEquals(OptionalLong.empty(), quality.estimatesForError(0.1));
  }

  @Test
  void aSingleEstimateSaysNothingOfSpreads() {
    double[] exact = {3, 4};
    Quality quality = measure(gaussian(exact, filled(2, 0), filled(2, 1)), exact, 1, 5);
    assertEquals(1, quality.repeats());
    assertTrue(quality.relativeError() > 0);
    for (double unknown :
        new double[] {
          quality.relativeErrorSd(),
          quality.relativeBias(),
          quality.relativeBiasHigh(),
          quality.relativeVariance(),
          quality.signalToNoise()
        }) {
      assertEquals(Double.NaN, unknown);
    }
    assertEquals(OptionalLong.empty(), quality.estimatesForSignalToNoise(1));
    assertEquals(OptionalLong.empty(), quality.estimatesForError(1));
  }

  @Test
  void theSameKeyGivesTheSameFiguresAndAnotherKeyOthers() {
    double[] exact = {3, 4, 5};
    Quality one = measure(gaussian(exact, filled(3, 0), filled(3, 1)), exact, 10, 5);
    Quality same = measure(gaussian(exact, filled(3, 0), filled(3, 1)), exact, 10, 5);
    Quality other = measure(gaussian(exact, filled(3, 0), filled(3, 1)), exact, 10, 6);
    assertEquals(one, same);
    assertNotEquals(one, other);
  }

  @Test
  void theBudgetEndsTheEstimatesAndTheNumberDoneIsReported() {
    double[] exact = {1};
    Synthetic slow =
        new Synthetic(
            1,
            (episode, seed, estimate) -> {
              LockSupport.parkNanos(2_000_000);
              estimate[0] = 1 + hadamard(episode, 1);
            });
    Sequence sequence = Sequence.allocate(2, 1, 1, 1);
    RandomKey key = new RandomKey(1);
    assertEquals(
        1,
        Quality.measure(slow, new float[1], sequence, 2, exact, 1000, key, Duration.ZERO)
            .repeats());
    long start = System.nanoTime();
    Quality quality =
        Quality.measure(
            slow, new float[1], sequence, 2, exact, 100_000, key, Duration.ofMillis(60));
    assertTrue(System.nanoTime() - start >= 60_000_000);
    // 2 ms each, perhaps less by the coarseness of a sleep, never less than 0.1 ms.
    assertTrue(quality.repeats() >= 1 && quality.repeats() < 600, () -> "n " + quality.repeats());
  }

  @Test
  void anEstimateThatIsNotFiniteMakesTheFiguresNotANumber() {
    double[] exact = {1, 1};
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Quality quality =
          measure(
              new Synthetic(
                  2,
                  (episode, seed, estimate) ->
                      Arrays.fill(estimate, episode == 2 ? bad : 1 + hadamard(episode, 1))),
              exact,
              10,
              1);
      assertEquals(3, quality.repeats());
      assertEquals(Double.NaN, quality.relativeError());
      assertEquals(Double.NaN, quality.cosineLow());
      assertEquals(Double.NaN, quality.cosineOfMean());
      assertEquals(Double.NaN, quality.relativeBias());
      assertEquals(Double.NaN, quality.relativeVariance());
      assertEquals(Double.NaN, quality.signalToNoise());
    }
  }

  @Test
  void anEstimateOfZeroHasNoDirection() {
    Quality quality =
        measure(
            new Synthetic(2, (episode, seed, estimate) -> Arrays.fill(estimate, 0)),
            new double[] {1, 1},
            3,
            1);
    assertEquals(0, quality.cosine());
    assertEquals(0, quality.cosineOfMean());
    assertEquals(1, quality.relativeError(), ROUNDING);
    assertEquals(1, quality.relativeBias(), ROUNDING);
    assertEquals(0, quality.relativeVariance());
  }

  @Test
  void argumentsThatCannotBeAreRefused() {
    Synthetic estimator = new Synthetic(2, (episode, seed, estimate) -> {});
    Sequence sequence = Sequence.allocate(4, 1, 1, 1);
    RandomKey key = new RandomKey(0);
    double[] exact = {1, 1};
    refused(
        "repeats = 0: must be at least 1",
        () -> Quality.measure(estimator, new float[2], sequence, 4, exact, 0, key));
    for (int window : new int[] {0, 5}) {
      refused(
          "window = " + window + ": must be in [1, 4], the sequence's length",
          () -> Quality.measure(estimator, new float[2], sequence, window, exact, 1, key));
    }
    refused(
        "exact gradient: expected 3 numbers, as theta has, got 2",
        () -> Quality.measure(estimator, new float[3], sequence, 4, exact, 1, key));
    for (double entry : new double[] {0, Double.NaN, Double.NEGATIVE_INFINITY}) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              Quality.measure(
                  estimator, new float[2], sequence, 4, new double[] {0, entry}, 1, key));
    }
    Quality quality = Quality.measureDeterministic(estimator, new float[2], sequence, 4, exact);
    assertThrows(IllegalArgumentException.class, () -> quality.estimatesForSignalToNoise(0));
    assertThrows(IllegalArgumentException.class, () -> quality.estimatesForError(Double.NaN));
  }

  private static void refused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  /**
   * ℓₜ = ⟨c, θ⟩ + ½ h ‖θ‖² / T at every step, without a state that matters: L = T ⟨c, θ⟩ + ½ h
   * ‖θ‖².
   */
  private record PolynomialLoss(double[] slope, double curvature, int length)
      implements RecurrentModel {
    @Override
    public String name() {
      return "polynomial";
    }

    @Override
    public int stateSize() {
      return 1;
    }

    @Override
    public int inputSize() {
      return 1;
    }

    @Override
    public int targetSize() {
      return 1;
    }

    @Override
    public Parameters parameters() {
      return new Parameters.Builder().add("theta", 1, slope.length).build();
    }

    @Override
    public void initialise(RandomKey key, float[] theta) {
      Arrays.fill(theta, 0f);
    }

    @Override
    public Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
      return (theta, sequence, from, to, state, stateAt, loss) -> {
        double step = 0;
        for (int j = 0; j < slope.length; j++) {
          step += slope[j] * theta[j] + curvature * theta[j] * theta[j] / 2 / length;
        }
        return loss + (to - from) * step;
      };
    }
  }

  /**
   * Verification.md V1: per antithetic pair on a linear loss, tr Var = (P + 1)‖g‖², so a
   * signal-to-noise ratio of 1/(P + 1), and N/2 times as much with N particles. By V5 the curvature
   * changes nothing but E ‖ĝ‖²: antithetic ES on a quadratic loss has the same moments. By V2 the
   * squared length of one pair's estimate has a relative variance of 3(P + 4)(P + 6)/(P + 2)² − 1 <
   * 3, which an average over pairs only lowers; V over 3000 estimates then has a relative standard
   * deviation of √(3/3000) = 3.2 %, and S one of √(4 gᵀΣg / n)/‖g‖² = √(8/3000) = 5.2 % (gᵀΣg =
   * 2‖g‖⁴ by V1).
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 8})
  void evolutionStrategiesHaveTheVarianceOfTheTheory(int particles) {
    int p = 20;
    for (double curvature : new double[] {0, 3}) {
      Quality quality = polynomial(Algorithm.ES, p, 4, 4, particles, curvature);
      double theory = (p + 1) / (particles / 2.0);
      assertEquals(theory, quality.relativeVariance(), FIVE_SIGMA * 0.032 * theory);
      assertEquals(1 / theory, quality.signalToNoise(), FIVE_SIGMA * (0.032 + 0.052) / theory);
      // Exactly unbiased: nothing shown (each end by itself is right with 97.5 %, this seed among
      // them).
      assertEquals(0, quality.floor());
      // What the standard deviation above says of the reported standard error, within a factor.
      assertTrue(quality.relativeVarianceError() < 1.5 * 0.032 * theory);
      assertTrue(quality.relativeVarianceError() > 0.1 * 0.032 * theory);
    }
  }

  /**
   * Verification.md V7, equal losses without memory in K windows: tr Var = (P(K + 1)/2 + 1)/K ‖g‖²
   * a pair: less than ES. Its forms have the same degree, so the same room as for ES.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void persistentEvolutionStrategiesHaveTheVarianceOfTheTheory(int window) {
    int p = 20;
    double k = 4.0 / window;
    Quality quality = polynomial(Algorithm.PES, p, 4, window, 2, 0);
    double theory = (p * (k + 1) / 2 + 1) / k;
    assertEquals(theory, quality.relativeVariance(), FIVE_SIGMA * 0.032 * theory);
    assertEquals(0, quality.floor());
  }

  private static Quality polynomial(
      Algorithm algorithm, int p, int length, int window, int particles, double curvature) {
    double[] slope = new double[p];
    double[] exact = new double[p];
    for (int j = 0; j < p; j++) {
      slope[j] = Math.sin(j + 1);
      exact[j] = length * slope[j]; // θ = 0
    }
    Setup setup =
        Setup.of(new PolynomialLoss(slope, curvature, length), window)
            .withParticles(particles)
            .withSigma(0x1p-7);
    return Quality.measure(
        algorithm.create(setup),
        new float[p],
        Sequence.allocate(length, 1, 1, 1),
        window,
        exact,
        3000,
        new RandomKey(17));
  }

  @ParameterizedTest
  @EnumSource
  void theExactGradientAgreesWithCentralDifferences(Loss loss) {
    LeakyRnn model = LeakyRnn.of(3, 8, 2, 0.7f, loss);
    int length = 12;
    int batch = 2;
    Setup setup = Setup.of(model, 1).withImplementation(Implementation.SCALAR);
    int p = model.parameters().count();
    float[] theta = new float[p];
    model.initialise(new RandomKey(1), theta);
    Sequence sequence = Sequence.allocate(length, batch, 3, 2);
    KERNELS.gaussian(5, 0, 0, 0, sequence.inputs(), 0, sequence.inputs().length);
    for (int i = 0; i < sequence.targets().length; i++) {
      sequence.targets()[i] = i / 3 % 2 == i % 2 ? 1f : 0f;
    }
    double[] exact = Quality.exactGradient(setup, theta, sequence);
    float[] direction = new float[p];
    for (int trial = 0; trial < 3; trial++) {
      // Near the gradient, so that the derivative is large beside the rounding of losses.
      KERNELS.gaussian(7 + trial, 0, 0, 0, direction, 0, p);
      double norm = Math.sqrt(Arrays.stream(exact).map(g -> g * g).sum());
      double derivative = 0;
      for (int j = 0; j < p; j++) {
        direction[j] = (float) (exact[j] / norm + 0.3 * direction[j] / Math.sqrt(p));
        derivative += exact[j] * direction[j];
      }
      double step = 4e-3;
      double difference =
          (loss(model, theta, direction, step, sequence)
                  - loss(model, theta, direction, -step, sequence))
              / (2 * step);
      assertEquals(derivative, difference, 2e-3 * Math.abs(derivative)); // CONVENTIONS 10
      assertTrue(Math.abs(derivative) > 0.1);
    }
    double[] same =
        Quality.exactGradient(setup.withImplementation(Implementation.VECTOR), theta, sequence);
    assertArrayEquals(exact, same);
  }

  private static double loss(
      LeakyRnn model, float[] theta, float[] direction, double step, Sequence sequence) {
    float[] moved = theta.clone();
    for (int j = 0; j < moved.length; j++) {
      moved[j] += (float) (step * direction[j]);
    }
    return model
        .rollout(KERNELS, Workspace.allocating(), sequence.length(), sequence.batch())
        .run(
            moved,
            sequence,
            0,
            sequence.length(),
            new float[sequence.batch() * model.stateSize()],
            0,
            0);
  }

  /**
   * The report's own case: whole BPTT is exact to the bit, truncated BPTT is not, RTRL is to
   * rounding on any window.
   */
  @Test
  void theDeterministicAlgorithmsComeOutAsTheyClaim() {
    LeakyRnn model = LeakyRnn.of(3, 8, 2, 0.5f, Loss.SQUARED_ERROR);
    int length = 12;
    Setup setup = Setup.of(model, length);
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(1), theta);
    Sequence sequence = Sequence.allocate(length, 1, 3, 2);
    KERNELS.gaussian(5, 0, 0, 0, sequence.inputs(), 0, sequence.inputs().length);
    KERNELS.gaussian(6, 0, 0, 0, sequence.targets(), 0, sequence.targets().length);
    double[] exact = Quality.exactGradient(setup, theta, sequence);
    Quality whole =
        Quality.measureDeterministic(Algorithm.BPTT.create(setup), theta, sequence, length, exact);
    assertEquals(0, whole.relativeError());
    Quality truncated =
        Quality.measureDeterministic(Algorithm.BPTT.create(setup), theta, sequence, 2, exact);
    assertTrue(truncated.relativeError() > 0.01 && truncated.cosine() < 0.9999);
    Quality rtrl =
        Quality.measureDeterministic(Algorithm.RTRL.create(setup), theta, sequence, 5, exact);
    // Two different float computations of the same sums: chains of at most T(n + d + 1) = 144
    // products and T Jacobians
    // of norm ≤ 1; 2 · 144 · 2⁻²⁴ = 1.7e-5 of the sizes summed, which exceed the sum less than
    // tenfold here.
    assertTrue(rtrl.relativeError() < 1.7e-4, () -> "RTRL " + rtrl.relativeError());
    assertTrue(
        rtrl.relativeError() > 0); // an equality to the bit would mean that BPTT was measured
  }
}
