package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.models.Loss;
import kobai.verify.Problem;
import kobai.parallel.Workers;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The contract again on generated shapes, windows, activations, leaks, losses, batches and numbers of threads. */
class EstimatorProperties {
  /** A generated problem, small enough that the oracle's P forward passes in dual numbers stay cheap. */
  @Provide
  Arbitrary<Problem> problems() {
    Arbitrary<int[]> sizes =
        Combinators.combine(
                Arbitraries.integers().between(1, 5),
                Arbitraries.integers().between(2, 19),
                Arbitraries.integers().between(1, 5),
                Arbitraries.integers().between(1, 12),
                Arbitraries.integers().between(1, 3))
            .as((d, n, m, length, batch) -> new int[] {d, n, m, length, batch});
    return Combinators.combine(
            sizes,
            Arbitraries.doubles().between(0.05, 1).ofScale(3),
            Arbitraries.of(Activation.class),
            Arbitraries.of(Loss.class),
            Arbitraries.longs().between(0, 1L << 40))
        .as((s, alpha, activation, loss, seed) ->
            Problem.of(s[0], s[1], s[2], alpha, activation, loss, s[3], s[4], seed));
  }

  /** Catches any error in the tape: a wrong slope, a missing leak, a transposed product, a row or step left out. */
  @Property(tries = 60, seed = "20261121")
  void backpropagationIsExactOnAnyShape(@ForAll("problems") Problem problem) {
    double[] expected = problem.gradient();
    double[] actual =
        Episodes.run(
                Algorithm.BPTT.create(problem.setup()), problem.theta(), problem.sequence(), 1,
                problem.sequence().length())
            .gradient();
    assertTrue(
        Episodes.distance(actual, expected) <= problem.floatTolerance() * (Episodes.norm(expected) + 1e-3),
        () -> problem.model().name() + ": " + Episodes.distance(actual, expected) / Episodes.norm(expected));
  }

  /** Catches an influence that is lost, counted twice or mapped to another parameter at the edge of a window. */
  @Property(tries = 60, seed = "20261121")
  void rtrlIsExactForAnyPartitionIntoWindows(
      @ForAll("problems") Problem problem, @ForAll @IntRange(max = (1 << 11) - 1) int partition) {
    int length = problem.sequence().length();
    double[] expected =
        Episodes.run(Algorithm.BPTT.create(problem.setup()), problem.theta(), problem.sequence(), 1, length)
            .gradient();
    double[] actual =
        Episodes.run(
                Algorithm.RTRL.create(problem.setup()), problem.theta(), problem.sequence(), 1,
                Episodes.partition(partition, length))
            .gradient();
    assertTrue(
        Episodes.distance(actual, expected) <= 2 * problem.floatTolerance() * (Episodes.norm(expected) + 1e-3),
        () -> problem.model().name() + ": " + Episodes.distance(actual, expected) / Episodes.norm(expected));
  }

  /** Catches an order of rounding that depends on how the window is cut into segments. */
  @Property(tries = 60, seed = "20261121")
  void checkpointingGivesTheBitsOfBackpropagation(
      @ForAll("problems") Problem problem, @ForAll @IntRange(min = 1, max = 12) int window) {
    int[] ends = Episodes.every(window, problem.sequence().length());
    double[] expected =
        Episodes.run(Algorithm.BPTT.create(problem.setup()), problem.theta(), problem.sequence(), 1, ends).gradient();
    double[] actual =
        Episodes.run(
                Algorithm.BPTT_CHECKPOINTED.create(problem.setup()), problem.theta(), problem.sequence(), 1, ends)
            .gradient();
    assertArrayEquals(expected, actual, 0.0);
  }

  /** Catches a reduction in order of completion, a shared buffer, or a kernel whose vector form rounds differently. */
  @Property(tries = 40, seed = "20261121")
  void bitsDependNeitherOnThreadsNorOnKernels(
      @ForAll("problems") Problem problem,
      @ForAll Algorithm algorithm,
      @ForAll @IntRange(min = 1, max = 12) int window,
      @ForAll @IntRange(min = 2, max = 5) int threads) {
    int[] ends = Episodes.every(window, problem.sequence().length());
    GradientEstimator scalar = algorithm.create(problem.setup().withImplementation(Implementation.SCALAR));
    double[] expected = Episodes.run(scalar, problem.theta(), problem.sequence(), 7, ends).gradient();
    try (Workers workers = Workers.of(threads)) {
      GradientEstimator vector = algorithm.create(problem.setup().withWorkers(workers));
      double[] actual = Episodes.run(vector, problem.theta(), problem.sequence(), 7, ends).gradient();
      assertArrayEquals(expected, actual, 0.0);
    }
  }
}
