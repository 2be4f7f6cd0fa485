package kobai.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.optimisers.OptimiserSettings;
import kobai.optimisers.Optimisers;
import kobai.parallel.Workers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TrainingRunTest {
  private static TrainingSettings settings(Algorithm algorithm, int epochs) {
    Setup setup = Setup.of(Runs.network("dense(16) relu dense(10)"), 1).withBatch(64);
    return Runs.settings(algorithm, setup.withParticles(4), epochs);
  }

  /** Ten classes guess right once in ten; the untrained network is near that. */
  @Test
  void digitsAreLearnt() {
    TrainingRun run = Runs.finish(new TrainingRun(settings(Algorithm.BPTT, 10), Runs.DIGITS));
    assertEquals(11, run.curve().size());
    assertTrue(run.curve().getFirst().validation().accuracy() < 0.4);
    assertTrue(run.test().accuracy() > 0.9, run.test().toString());
    assertTrue(run.test().loss() < 0.5, run.test().toString());
    assertEquals(359, run.test().examples(), "a fifth of 1797, rounded down");
    assertEquals(10 * 19, run.curve().getLast().updates(), "1259 examples, 64 a mini-batch");
  }

  @ParameterizedTest
  @EnumSource(
      value = Algorithm.class,
      names = {"BPTT", "FORWARD_GRADIENT", "NODE_PERTURBATION", "WEIGHT_PERTURBATION", "ES"})
  void aResumedRunEndsWithTheBitsOfAnUninterruptedOne(Algorithm algorithm) {
    TrainingRun whole = Runs.finish(new TrainingRun(settings(algorithm, 3), Runs.DIGITS));
    for (int epochs = 0; epochs < 3; epochs++) {
      TrainingRun first = new TrainingRun(settings(algorithm, 3), Runs.DIGITS);
      for (int e = 0; e < epochs; e++) {
        first.epoch();
      }
      byte[] file = first.checkpoint().bytes();
      TrainingRun second = new TrainingRun(settings(algorithm, 3), Runs.DIGITS);
      second.restore(Checkpoint.parse(file));
      Runs.finish(second);
      assertArrayEquals(whole.chosen(), second.chosen(), algorithm + " after " + epochs);
      assertEquals(untimed(whole.curve()), untimed(second.curve()));
      assertEquals(whole.test(), second.test());
    }
    assertFalse(
        java.util.Arrays.equals(
            whole.chosen(), new TrainingRun(settings(algorithm, 3), Runs.DIGITS).chosen()),
        "θ has moved");
  }

  private static List<EpochPoint> untimed(List<EpochPoint> curve) {
    return curve.stream()
        .map(
            point ->
                new EpochPoint(
                    point.epoch(),
                    point.updates(),
                    point.examples(),
                    0,
                    point.trainingLoss(),
                    point.validation(),
                    point.gradientNorm()))
        .toList();
  }

  /** Momentum, clipping and schedule are state or functions of the iteration. */
  @ParameterizedTest
  @EnumSource
  void everyOptimiserIsResumedBitForBit(Optimisers optimiser) {
    Setup setup = Setup.of(Runs.network("dense(10)"), 1).withBatch(128);
    TrainingSettings settings =
        new TrainingSettings(
            Algorithm.BPTT,
            setup,
            OptimiserSettings.parse(
                optimiser.commandName() + "(clip-norm=0.5, decay=0.001)", Double.NaN),
            "linear(warm-up=10)",
            4,
            2,
            3,
            Optional.empty());
    TrainingRun whole = Runs.finish(new TrainingRun(settings, Runs.DIGITS));
    TrainingRun first = new TrainingRun(settings, Runs.DIGITS);
    first.epoch();
    TrainingRun second = new TrainingRun(settings, Runs.DIGITS);
    second.restore(Checkpoint.parse(first.checkpoint().bytes()));
    Runs.finish(second);
    assertArrayEquals(whole.chosen(), second.chosen());
    assertEquals(whole.chosenEpoch(), second.chosenEpoch());
  }

  @Test
  void recurrentModelsAreUpdatedAfterEachWindow() {
    Setup setup = Setup.of(Runs.recurrent(Runs.ROWS), 3).withBatch(16);
    TrainingSettings settings = Runs.settings(Algorithm.RTRL, setup, 3);
    TrainingRun whole = Runs.finish(new TrainingRun(settings, Runs.ROWS));
    // 1797 examples, 8 in 10 for validation and 1 in 10 for the test: 181 are left, 11 mini-batches
    // of 16; 8 steps are windows of 3, 3 and 2.
    assertEquals(3 * 11 * 3, whole.curve().getLast().updates());
    double before = whole.curve().getFirst().validation().loss();
    assertEquals(Math.log(10), before, 0.5, "at first all classes are about equally likely");
    assertTrue(whole.curve().getLast().validation().loss() < before - 0.05);
    TrainingRun first = new TrainingRun(settings, Runs.ROWS);
    first.epoch();
    TrainingRun second = new TrainingRun(settings, Runs.ROWS);
    second.restore(first.checkpoint());
    assertArrayEquals(whole.chosen(), Runs.finish(second).chosen());
  }

  /** Chunks of 64 rows, added in their order: the number of threads changes no bit. */
  @Test
  void threadsChangeNoBit() {
    Setup setup = Setup.of(Runs.network("dense(96) tanh dense(10)"), 1).withBatch(256);
    TrainingRun one =
        Runs.finish(new TrainingRun(Runs.settings(Algorithm.BPTT, setup, 2), Runs.DIGITS));
    try (Workers workers = Workers.of(3)) {
      TrainingRun three =
          Runs.finish(
              new TrainingRun(
                  Runs.settings(Algorithm.BPTT, setup.withWorkers(workers), 2), Runs.DIGITS));
      assertArrayEquals(one.chosen(), three.chosen());
    }
  }

  /** The mean of the means of equal chunks is the mean, up to rounding. */
  @Test
  void chunksAreTheMiniBatch() {
    Setup setup = Setup.of(Runs.network("dense(10)"), 1);
    TrainingRun chunked =
        new TrainingRun(Runs.settings(Algorithm.BPTT, setup.withBatch(1216), 1), Runs.DIGITS);
    TrainingRun whole =
        new TrainingRun(Runs.settings(Algorithm.BPTT, setup.withBatch(1217), 1), Runs.DIGITS);
    double chunkedNorm = chunked.epoch().gradientNorm();
    // The same 1216 rows and one more, of at most twice the size: 2/1217 of the gradient of a row,
    // and rows have gradients of at most ‖x‖ √2 < 8 √2.
    assertEquals(whole.epoch().gradientNorm(), chunkedNorm, 2.0 / 1217 * 8 * Math.sqrt(2));
    assertTrue(chunkedNorm > 0.1);
  }

  @Test
  void patienceStopsAndKeepsTheBest() {
    Setup setup = Setup.of(Runs.network("dense(64) relu dense(10)"), 1).withBatch(32);
    TrainingSettings settings =
        new TrainingSettings(
            Algorithm.BPTT,
            setup,
            OptimiserSettings.of(Optimisers.ADAM, 0.03), // large enough to overfit soon
            "constant",
            60,
            3,
            1,
            Optional.empty());
    TrainingRun run = Runs.finish(new TrainingRun(settings, Runs.DIGITS));
    assertTrue(run.stopped());
    int last = run.curve().getLast().epoch();
    assertTrue(last < 60);
    assertEquals(last - 3, run.chosenEpoch());
    double best = run.curve().get((int) run.chosenEpoch()).validation().loss();
    for (EpochPoint point : run.curve()) {
      assertTrue(point.validation().loss() >= best);
    }
  }

  @Test
  void divergenceEndsARunAndIsSaid() {
    Setup setup = Setup.of(Runs.network("dense(16) relu dense(10)"), 1).withBatch(64);
    TrainingSettings settings =
        new TrainingSettings(
            Algorithm.BPTT,
            setup,
            OptimiserSettings.of(Optimisers.SGD, 1e30),
            "constant",
            5,
            0,
            1,
            Optional.empty());
    TrainingRun run = Runs.finish(new TrainingRun(settings, Runs.DIGITS));
    assertTrue(run.diverged().isPresent());
    assertEquals(2, run.curve().size(), "in the first epoch");
    TrainingRun again = new TrainingRun(settings, Runs.DIGITS);
    again.restore(run.checkpoint());
    assertTrue(again.finished());
  }

  @Test
  void dropoutIsDrawnAgainEachIterationAndIsResumed() {
    Setup setup = Setup.of(Runs.network("dense(32) relu dropout(0.8) dense(10)"), 1).withBatch(128);
    TrainingSettings settings = Runs.settings(Algorithm.BPTT, setup, 4);
    TrainingRun whole = Runs.finish(new TrainingRun(settings, Runs.DIGITS));
    TrainingRun first = new TrainingRun(settings, Runs.DIGITS);
    first.epoch();
    TrainingRun second = new TrainingRun(settings, Runs.DIGITS);
    second.restore(Checkpoint.parse(first.checkpoint().bytes()));
    assertArrayEquals(whole.chosen(), Runs.finish(second).chosen());
    // What is judged has no masks: it is better than what was trained on.
    EpochPoint last = whole.curve().getLast();
    assertTrue(last.validation().loss() < last.trainingLoss(), last.toString());
  }

  @Test
  void batchNormalisationIsJudgedWithStatisticsOfTheTraining() {
    Setup setup = Setup.of(Runs.network("dense(32) batchnorm relu dense(10)"), 1).withBatch(64);
    TrainingSettings settings = Runs.settings(Algorithm.BPTT, setup, 4);
    TrainingRun whole = Runs.finish(new TrainingRun(settings, Runs.DIGITS));
    assertTrue(whole.test().accuracy() > 0.9, whole.test().toString());
    TrainingRun first = new TrainingRun(settings, Runs.DIGITS);
    first.epoch();
    TrainingRun second = new TrainingRun(settings, Runs.DIGITS);
    second.restore(Checkpoint.parse(first.checkpoint().bytes()));
    assertArrayEquals(whole.chosen(), Runs.finish(second).chosen());
    assertEquals(whole.test(), second.test());
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new TrainingRun(Runs.settings(Algorithm.BPTT, setup.withBatch(1), 1), Runs.DIGITS));
    assertTrue(refusal.getMessage().contains("batch = 1: must be at least 2"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Algorithm.class,
      names = {"BPTT", "FORWARD_GRADIENT", "NODE_PERTURBATION", "WEIGHT_PERTURBATION", "ES"})
  void iterationsAllocateNothing(Algorithm algorithm) {
    Setup setup =
        Setup.of(Runs.network("dense(16) relu dense(10)"), 1)
            .withImplementation(kobai.kernels.Implementation.SCALAR)
            .withNoise(
                kobai.random.NoiseSource.gaussian(kobai.kernels.Implementation.SCALAR.kernels()))
            .withBatch(algorithm == Algorithm.BPTT ? 128 : 32)
            .withParticles(4);
    try (Workers workers = Workers.of(2)) {
      TrainingRun run =
          new TrainingRun(Runs.settings(algorithm, setup.withWorkers(workers), 40), Runs.DIGITS);
      com.sun.management.ThreadMXBean threads =
          (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      long[] marks = new long[2];
      int iterations = run.iterationsPerEpoch();
      TrainingRun.Listener listener =
          (done, loss) -> {
            int within = (int) ((done - 1) % iterations);
            if (within == 0) {
              marks[0] = threads.getTotalThreadAllocatedBytes();
            } else if (within == iterations - 1) {
              marks[1] = threads.getTotalThreadAllocatedBytes();
            }
          };
      for (int round = 0; round < 8; round++) {
        run.epoch(listener);
        // Other threads of the JVM may allocate a little: less than the smallest object an
        // iteration does not count.
        least = Math.min(least, marks[1] - marks[0] - ((iterations - 1) * 16L - 1));
      }
      assertTrue(least <= 0, algorithm + ": " + least + " bytes an epoch");
    }
  }

  @Test
  void whatDoesNotFitIsNamedAtOnce() {
    Setup setup = Setup.of(Runs.recurrent(Runs.ROWS), 9).withBatch(4000);
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> new TrainingRun(Runs.settings(Algorithm.BPTT, setup, 1), Runs.DIGITS));
    for (String part : List.of("input size = 8: must be 64", "window = 9", "batch = 4000")) {
      assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }
    IllegalArgumentException settings =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new TrainingSettings(
                    Algorithm.BPTT,
                    setup,
                    OptimiserSettings.of(Optimisers.SGD, 1),
                    "cosin",
                    0,
                    -1,
                    0,
                    Optional.empty()));
    for (String part : List.of("epochs = 0", "patience = -1", "schedule = cosin")) {
      assertTrue(settings.getMessage().contains(part), settings.getMessage());
    }
  }

  @Test
  void learningRatesThatAreNoneAreRefused() {
    for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(
          IllegalArgumentException.class, () -> OptimiserSettings.of(Optimisers.ADAM, rate));
    }
  }
}
