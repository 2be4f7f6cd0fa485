package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.estimators.EvolutionOptions;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.models.Loss;
import kobai.parallel.Workers;
import kobai.random.NoiseSource;
import kobai.verify.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every line of the registry must do. */
class EstimatorContract {
  static List<Algorithm> exactOnSequences() {
    return Stream.of(Algorithm.values()).filter(a -> a.whole() == Claim.EXACT).toList();
  }

  static List<Algorithm> exactOnWindows() {
    return Stream.of(Algorithm.values()).filter(a -> a.windows() == Claim.EXACT).toList();
  }

  private static List<Problem> problems() {
    return List.of(
        Problem.reference(),
        Problem.of(3, 5, 2, 1.0, Activation.SIGMOID, Loss.SOFTMAX_CROSS_ENTROPY, 7, 3, 12),
        Problem.of(1, 1, 1, 0.3, Activation.IDENTITY, Loss.SQUARED_ERROR, 5, 1, 13),
        Problem.of(5, 17, 9, 0.35, Activation.RELU, Loss.SQUARED_ERROR, 9, 2, 14),
        Problem.of(18, 33, 19, 0.7, Activation.TANH, Loss.SOFTMAX_CROSS_ENTROPY, 23, 4, 15));
  }

  private static List<Problem> problems(Algorithm algorithm) {
    return problems().stream().map(problem -> Episodes.suited(algorithm, problem)).toList();
  }

  @ParameterizedTest
  @MethodSource("exactOnSequences")
  void exactAlgorithmsGiveTheGradientOfTheWholeSequence(Algorithm algorithm) {
    for (Problem problem : problems(algorithm)) {
      double[] expected = problem.gradient();
      assertTrue(Episodes.norm(expected) > 1e-3, "the compared gradient is not trivially zero");
      for (Implementation implementation : Implementation.values()) {
        Episodes.Result result =
            Episodes.run(
                algorithm.create(problem.setup().withImplementation(implementation)),
                problem.theta(),
                problem.sequence(),
                1,
                problem.sequence().length());
        double error = Episodes.distance(result.gradient(), expected) / Episodes.norm(expected);
        assertTrue(
            error <= problem.floatTolerance(),
            () -> algorithm + " on " + problem.model().name() + ": relative error " + error);
        double loss = problem.loss();
        assertEquals(loss, result.loss(), Math.abs(loss) * problem.floatTolerance());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("exactOnWindows")
  void windowsOfEveryPartitionSumToTheGradientWhereTheClaimSaysSo(Algorithm algorithm) {
    Problem problem =
        Episodes.suited(
            algorithm, Problem.of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 6, 2, 21));
    int length = problem.sequence().length();
    double[] expected = problem.gradient();
    GradientEstimator estimator = algorithm.create(problem.setup());
    for (int bits = 0; bits < 1 << (length - 1); bits++) {
      int[] ends = Episodes.partition(bits, length);
      double[] actual =
          Episodes.run(estimator, problem.theta(), problem.sequence(), 1, ends).gradient();
      double error = Episodes.distance(actual, expected) / Episodes.norm(expected);
      assertTrue(
          error <= problem.floatTolerance(),
          () -> Arrays.toString(ends) + ": relative error " + error);
    }
  }

  @ParameterizedTest
  @MethodSource("exactOnWindows")
  void windowsAreExactOnLongerSequencesToo(Algorithm algorithm) {
    for (Problem problem : problems(algorithm)) {
      double[] expected = problem.gradient();
      for (int window : new int[] {1, 2, 4, 5, 22}) {
        int[] ends =
            Episodes.every(
                Math.min(window, problem.sequence().length()), problem.sequence().length());
        for (Implementation implementation : Implementation.values()) {
          GradientEstimator estimator =
              algorithm.create(
                  problem.setup().withWindow(ends[0]).withImplementation(implementation));
          double[] actual =
              Episodes.run(estimator, problem.theta(), problem.sequence(), 1, ends).gradient();
          double error = Episodes.distance(actual, expected) / Episodes.norm(expected);
          assertTrue(
              error <= problem.floatTolerance(),
              () -> "window " + window + ": relative error " + error);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BPTT", "BPTT_CHECKPOINTED"})
  void truncatedBackpropagationGivesTheTruncatedGradientAndIsBiased(Algorithm algorithm) {
    Problem problem = Problem.reference();
    double[] exact = problem.gradient();
    for (int window : new int[] {1, 3, 4}) {
      double[] expected =
          problem.oracle().truncatedGradient(problem.theta(), problem.windows(window));
      double[] actual =
          Episodes.run(
                  algorithm.create(problem.setup()),
                  problem.theta(),
                  problem.sequence(),
                  1,
                  Episodes.every(window, problem.sequence().length()))
              .gradient();
      assertTrue(
          Episodes.distance(actual, expected)
              <= problem.floatTolerance() * Episodes.norm(expected));
      assertTrue(
          Episodes.distance(actual, exact) > 0.05 * Episodes.norm(exact), "the claim BIASED shows");
    }
  }

  @Test
  void checkpointingGivesTheBitsOfBackpropagationAtEveryBudget() {
    for (Problem problem : problems()) {
      float[] expected = new float[problem.theta().length];
      float[] actual = new float[problem.theta().length];
      GradientEstimator plain = Algorithm.BPTT.create(problem.setup());
      plain.reset(1);
      double loss =
          plain.estimate(
              problem.theta(), problem.sequence(), 0, problem.sequence().length(), expected);
      long least = Algorithm.BPTT_CHECKPOINTED.plan(problem.setup()).bytes();
      long most = Algorithm.BPTT.plan(problem.setup()).bytes() * 4;
      for (long budget = least; budget <= most; budget += Math.max(1, (most - least) / 7)) {
        GradientEstimator estimator =
            Algorithm.BPTT_CHECKPOINTED.create(problem.setup().withTapeBudget(budget));
        assertTrue(estimator.workspace().bytes() <= budget);
        estimator.reset(1);
        double replayed =
            estimator.estimate(
                problem.theta(), problem.sequence(), 0, problem.sequence().length(), actual);
        assertArrayEquals(expected, actual, 0f);
        assertEquals(loss, replayed, 0.0);
      }
    }
  }

  @Test
  void checkpointingTakesMemoryThatGrowsWithTheRootOfTheWindow() {
    Problem problem = Problem.of(3, 40, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 4, 8, 31);
    long fixed = Algorithm.BPTT_CHECKPOINTED.plan(problem.setup().withWindow(1)).bytes();
    long hundred =
        Algorithm.BPTT_CHECKPOINTED.plan(problem.setup().withWindow(100)).bytes() - fixed;
    long tenThousand =
        Algorithm.BPTT_CHECKPOINTED.plan(problem.setup().withWindow(10_000)).bytes() - fixed;
    // √100 = 10 times as much, give or take the chunk that a short window does not fill.
    assertTrue(tenThousand < 20 * hundred, () -> hundred + " and " + tenThousand);
  }

  @ParameterizedTest
  @EnumSource
  void theSameSeedGivesTheSameBitsAndAnotherSeedOthersWhereStochastic(Algorithm algorithm) {
    Problem problem = Episodes.suited(algorithm, Problem.reference());
    int[] ends = Episodes.every(3, 8);
    GradientEstimator estimator = algorithm.create(problem.setup());
    double[] first =
        Episodes.run(estimator, problem.theta(), problem.sequence(), 5, ends).gradient();
    double[] other =
        Episodes.run(estimator, problem.theta(), problem.sequence(), 6, ends).gradient();
    double[] again =
        Episodes.run(estimator, problem.theta(), problem.sequence(), 5, ends).gradient();
    assertArrayEquals(first, again, 0.0);
    assertEquals(algorithm.stochastic(), !Arrays.equals(first, other));
  }

  @ParameterizedTest
  @EnumSource
  void resetForgetsAnUnfinishedEpisode(Algorithm algorithm) {
    Problem problem = Episodes.suited(algorithm, Problem.reference());
    GradientEstimator estimator = algorithm.create(problem.setup());
    double[] fresh =
        Episodes.run(estimator, problem.theta(), problem.sequence(), 5, 3, 8).gradient();
    Episodes.run(estimator, problem.theta(), problem.sequence(), 9, 2, 5);
    double[] afterwards =
        Episodes.run(estimator, problem.theta(), problem.sequence(), 5, 3, 8).gradient();
    assertArrayEquals(fresh, afterwards, 0.0);
  }

  @ParameterizedTest
  @EnumSource
  void neitherThetaNorTheDataChange(Algorithm algorithm) {
    Problem problem = Episodes.suited(algorithm, Problem.reference());
    float[] theta = problem.theta().clone();
    float[] inputs = problem.sequence().inputs().clone();
    float[] targets = problem.sequence().targets().clone();
    Episodes.run(algorithm.create(problem.setup()), problem.theta(), problem.sequence(), 5, 3, 8);
    assertArrayEquals(theta, problem.theta(), 0f);
    assertArrayEquals(inputs, problem.sequence().inputs(), 0f);
    assertArrayEquals(targets, problem.sequence().targets(), 0f);
  }

  @ParameterizedTest
  @EnumSource
  void scalarAndVectorKernelsAndAnyNumberOfThreadsGiveTheSameBits(Algorithm algorithm) {
    for (Problem problem : problems(algorithm)) {
      int[] ends = Episodes.every(4, problem.sequence().length());
      double[] expected =
          Episodes.run(
                  algorithm.create(problem.setup().withImplementation(Implementation.SCALAR)),
                  problem.theta(),
                  problem.sequence(),
                  5,
                  ends)
              .gradient();
      for (int threads : new int[] {1, 2, 3, 8}) {
        try (Workers workers = Workers.of(threads)) {
          double[] actual =
              Episodes.run(
                      algorithm.create(problem.setup().withWorkers(workers)),
                      problem.theta(),
                      problem.sequence(),
                      5,
                      ends)
                  .gradient();
          assertArrayEquals(expected, actual, 0.0, threads + " threads");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLedgerIsThePlanAndTheFormula(Algorithm algorithm) {
    for (int window : new int[] {1, 10, 64}) {
      Problem problem =
          Episodes.suited(
              algorithm, Problem.of(5, 24, 7, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 64, 3, 41));
      Setup setup = problem.setup().withWindow(window).withParticles(6);
      long ledger = algorithm.create(setup).workspace().bytes();
      assertEquals(algorithm.plan(setup).bytes(), ledger);
      assertEquals(
          MemoryFormula.bytes(algorithm, setup), ledger, algorithm + " at window " + window);
    }
  }

  /** Weights that were packed, cut or transposed for one θ must not serve another. */
  @ParameterizedTest
  @EnumSource
  void anotherThetaLeavesNothingOfTheOneBefore(Algorithm algorithm) {
    Problem suited = Episodes.suited(algorithm, Problem.reference());
    int length = suited.sequence().length();
    Problem problem = Problem.of(suited.model(), length, 4, 16); // enough rows to be packed
    float[] other = problem.theta().clone();
    for (int p = 0; p < other.length; p++) {
      other[p] += 0.125f;
    }
    for (int[] ends : new int[][] {{8}, {3, 8}, {1, 2, 4, 8}}) {
      GradientEstimator used = algorithm.create(problem.setup());
      Episodes.run(used, problem.theta(), problem.sequence(), 5, ends);
      double[] actual = Episodes.run(used, other, problem.sequence(), 5, ends).gradient();
      GradientEstimator fresh = algorithm.create(problem.setup());
      double[] expected = Episodes.run(fresh, other, problem.sequence(), 5, ends).gradient();
      assertArrayEquals(expected, actual, 0.0, Arrays.toString(ends));
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsAllocatedInTheSteadyState(Algorithm algorithm) {
    Problem problem =
        Episodes.suited(
            algorithm, Problem.of(5, 24, 7, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 12, 2, 51));
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] others = workerThreads(threads); // of a pool that was closed and is about to end
    try (Workers workers = Workers.of(2)) {
      GradientEstimator estimator =
          algorithm.create(
              problem
                  .setup()
                  .withImplementation(Implementation.SCALAR)
                  .withNoise(NoiseSource.gaussian(Implementation.SCALAR.kernels()))
                  .withWorkers(workers)
                  .withParticles(4));
      float[] gradient = new float[problem.theta().length];
      // Rounds of 50 episodes, or fewer where that would take long, and the one of least counts, in
      // bytes beyond less than the smallest object an episode. Other threads of the JVM do not
      // count.
      LongPredicate other = id -> Arrays.stream(others).anyMatch(o -> o == id);
      long[] ours =
          LongStream.concat(
                  LongStream.of(Thread.currentThread().threadId()),
                  Arrays.stream(workerThreads(threads)).filter(other.negate()))
              .toArray();
      assertEquals(2, ours.length);
      long least = Long.MAX_VALUE;
      int episodes = 50;
      for (int round = 0; round < 8; round++) {
        long start = System.nanoTime();
        long before = allocated(threads, ours);
        for (int i = 0; i < episodes; i++) {
          estimator.reset(i);
          for (int from = 0; from < 12; from += 4) {
            estimator.estimate(problem.theta(), problem.sequence(), from, from + 4, gradient);
          }
        }
        long count = allocated(threads, ours) - before;
        least = Math.min(least, count - (episodes * 16 - 1));
        long each = (System.nanoTime() - start) / episodes;
        episodes = Math.clamp(100_000_000 / Math.max(1, each), 2, 50);
      }
      long beyond = least;
      assertTrue(
          beyond <= 0,
          () -> algorithm + " allocated " + beyond + " bytes more than nothing in an episode");
    }
  }

  /** The workers of all pools. */
  private static long[] workerThreads(com.sun.management.ThreadMXBean threads) {
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(Objects::nonNull)
        .filter(info -> info.getThreadName().startsWith("kobai-worker"))
        .mapToLong(ThreadInfo::getThreadId)
        .toArray();
  }

  private static long allocated(com.sun.management.ThreadMXBean threads, long[] ids) {
    long bytes = 0;
    for (long id : ids) {
      bytes += threads.getThreadAllocatedBytes(id);
    }
    return bytes;
  }

  @ParameterizedTest
  @MethodSource("exactOnSequences")
  void aWindowLongerThanTheSetupIsRefusedWithTheNumbers(Algorithm algorithm) {
    Problem problem = Episodes.suited(algorithm, Problem.reference());
    GradientEstimator estimator = algorithm.create(problem.setup().withWindow(3));
    float[] gradient = new float[problem.theta().length];
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> estimator.estimate(problem.theta(), problem.sequence(), 0, 5, gradient));
    assertTrue(refusal.getMessage().contains("5 steps"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("raise the window"), refusal.getMessage());
  }

  @ParameterizedTest
  @MethodSource("exactOnSequences")
  void aDirectionalDerivativeByCentralDifferencesAgrees(Algorithm algorithm) {
    Problem problem =
        Episodes.suited(
            algorithm, Problem.of(4, 12, 3, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 10, 2, 61));
    double[] gradient =
        Episodes.run(algorithm.create(problem.setup()), problem.theta(), problem.sequence(), 1, 10)
            .gradient();
    double norm = Episodes.norm(gradient);
    float h = 1e-2f; // truncation error h² against rounding u/h: both near 10⁻⁴ of the slope
    float[] plus = problem.theta().clone();
    float[] minus = problem.theta().clone();
    for (int p = 0; p < plus.length; p++) {
      plus[p] += (float) (h * gradient[p] / norm);
      minus[p] -= (float) (h * gradient[p] / norm);
    }
    GradientEstimator estimator = algorithm.create(problem.setup());
    double slope =
        (loss(estimator, plus, problem.sequence()) - loss(estimator, minus, problem.sequence()))
            / (2 * h);
    assertEquals(norm, slope, 2e-3 * norm);
  }

  private static double loss(GradientEstimator estimator, float[] theta, Sequence sequence) {
    return Episodes.run(estimator, theta, sequence, 1, sequence.length()).loss();
  }

  @Test
  void everyViolationOfASetupIsNamedAtOnce() {
    Problem problem = Problem.reference();
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new Setup(
                    problem.model(),
                    Implementation.VECTOR,
                    0,
                    0,
                    7,
                    Double.NaN,
                    problem.setup().noise(),
                    Workers.single(),
                    -1,
                    0,
                    0,
                    Double.NaN,
                    EvolutionOptions.DEFAULT));
    for (String part :
        List.of(
            "batch = 0",
            "window = 0",
            "particles = 7",
            "even",
            "sigma = NaN",
            "tape budget = -1",
            "rank = 0",
            "tangents = 0",
            "inner rate = NaN")) {
      assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }
    assertFalse(refusal.getMessage().contains("null"));
  }
}
