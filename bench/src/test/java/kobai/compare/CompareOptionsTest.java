package kobai.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import kobai.bench.Dimension;
import kobai.estimators.Algorithm;
import org.junit.jupiter.api.Test;

final class CompareOptionsTest {
  @Test
  void allViolationsAreNamedAtOnce() {
    CompareOptions.Builder builder =
        CompareOptions.builder()
            .values(Dimension.HIDDEN, List.of(0))
            .values(Dimension.LENGTH, List.of(50))
            .values(Dimension.WINDOW, List.of(10, 60))
            .values(Dimension.PARTICLES, List.of(7))
            .values(Dimension.BATCH, List.of(-1))
            .values(Dimension.THREADS, List.of(0))
            .alpha(1.5)
            .sigma(Double.NaN)
            .ratios(List.of(0.0));
    String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertEquals(
        List.of(
            "hidden = 0: must be at least 1",
            "particles = 7: must be an even number ≥ 2 (both halves of an antithetic pair count)",
            "batch = -1: must be at least 1",
            "threads = 0: must be at least 1",
            "window = 60: must be at most the length, 50 (use a shorter window or a longer"
                + " sequence)",
            "alpha = 1.5: must be in (0, 1] (1 is a network without leak)",
            "sigma = NaN: must be a finite number > 0 (0.01 works for most networks)",
            "snr = 0.0: must be a finite number > 0 (1 and 10 are the default)"),
        message.lines().toList());
  }

  @Test
  void theEndsOfTheRangesOfAlphaAndSigmaAreRefusedOrTaken() {
    assertEquals(1, CompareOptions.builder().alpha(1).build().alpha());
    for (double alpha : new double[] {0, -0.1, Double.NaN, 1.0000001}) {
      CompareOptions.Builder builder = CompareOptions.builder().alpha(alpha);
      assertThrows(IllegalArgumentException.class, builder::build, "alpha " + alpha);
    }
    for (double sigma : new double[] {0, -1, Double.POSITIVE_INFINITY, 1e-46, 1e39}) {
      CompareOptions.Builder builder = CompareOptions.builder().sigma(sigma);
      assertThrows(IllegalArgumentException.class, builder::build, "sigma " + sigma);
    }
  }

  @Test
  void theFirstValueIsTheBasePointAndTheOthersAreTheCurve() {
    CompareOptions options =
        CompareOptions.builder().values(Dimension.HIDDEN, List.of(24, 48, 24, 12)).build();
    assertEquals(24, options.base().hidden());
    assertEquals(List.of(48, 12), options.curves().get(Dimension.HIDDEN));
    assertEquals(CompareOptions.PARTICLES, options.base().particles());
  }

  @Test
  void oneValueMeansNoCurveAndNoneMeansTheCurveOfTheLevel() {
    CompareOptions options =
        CompareOptions.builder().level(Level.QUICK).values(Dimension.BATCH, List.of(4)).build();
    assertEquals(List.of(), options.curves().get(Dimension.BATCH));
    assertEquals(
        Level.QUICK.curves().get(Dimension.HIDDEN), options.curves().get(Dimension.HIDDEN));
  }

  @Test
  void aShortSequenceShortensTheUsualWindow() {
    CompareOptions options = CompareOptions.builder().values(Dimension.LENGTH, List.of(4)).build();
    assertEquals(4, options.base().window());
    assertEquals(List.of(2), options.curves().get(Dimension.WINDOW), "5 and 50 are too long");
  }

  @Test
  void contendersFollowTheClaimsOfTheirAlgorithms() {
    assertEquals(
        List.of(
            "BPTT (K=T)",
            "BPTT (K=10)",
            "BPTT-CHECKPOINTED (K=T)",
            "RTRL (K=1)",
            "RTRL (K=10)",
            "ES (K=T)",
            "ES (K=10)",
            "PES (K=10)"),
        CompareOptions.builder().build().contenders().stream().map(Contender::label).toList());
  }

  @Test
  void windowsOfOneStepOrOfTheWholeSequenceGiveNoContenderTwice() {
    List<Algorithm> some = List.of(Algorithm.BPTT, Algorithm.RTRL);
    assertEquals(
        List.of("BPTT (K=T)", "BPTT (K=1)", "RTRL (K=1)"),
        Contender.of(some, 1, 100).stream().map(Contender::label).toList());
    assertEquals(
        List.of("BPTT (K=T)", "RTRL (K=1)", "RTRL (K=T)"),
        Contender.of(some, 20, 20).stream().map(Contender::label).toList());
  }
}
