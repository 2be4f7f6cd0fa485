package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kobai.report.Chart;
import kobai.report.Measured;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutcomesTest {
  private static final WorkUnit UNIT = new WorkUnit("e", "m", 4);

  private static UnitResult result() {
    var recorder = new UnitRecorder(UNIT, share -> {});
    recorder.value("final", 2);
    recorder.point("loss", 0, 5);
    recorder.point("loss", 1, 3);
    recorder.seconds("inner", 0.5);
    return recorder.result(1.5);
  }

  @Test
  void valuesCurvesAndDurationsAreToldApart() {
    Outcomes outcomes = Outcomes.of(List.of(result()));
    assertTrue(outcomes.has("m", "loss"));
    assertFalse(outcomes.has("m", "inner"), "a duration is no outcome");
    assertArrayEquals(new double[] {2}, outcomes.values("m", "final"));
    assertArrayEquals(new double[] {}, outcomes.values("m", "loss"));
    assertArrayEquals(new double[] {0, 1}, outcomes.places("m", "loss"));
    assertArrayEquals(new double[] {3}, outcomes.at("m", "loss", 1));
    assertEquals(2, outcomes.curve("m", 4, "loss").size());
    assertEquals(List.of(4L), outcomes.seeds("m"));
    assertArrayEquals(new double[] {0.5}, outcomes.seconds("m", "inner"));
    assertArrayEquals(new double[] {1.5}, outcomes.seconds("m", UnitResult.ELAPSED));
  }

  @Test
  void whatCouldNotBeToldApartIsRefused() {
    var recorder = new UnitRecorder(UNIT, share -> {});
    recorder.value("final", 1);
    recorder.point("loss", 2, 1);
    recorder.seconds("time", 1);
    for (Runnable twice :
        List.<Runnable>of(
            () -> recorder.value("final", 2),
            () -> recorder.point("loss", 2, 2),
            () -> recorder.point("other", Double.NaN, 2),
            () -> recorder.seconds("time", 2),
            () -> recorder.seconds("elapsed", 2))) {
      var refusal = assertThrows(IllegalStateException.class, twice::run);
      assertTrue(refusal.getMessage().startsWith("e, m, seed 4: "), refusal.getMessage());
    }
  }

  /** 1 − 2 P(Bin(n, ½) < k): 0.9375 for (5, 1), 0.979 for (10, 2), 0.891 for (10, 3). */
  @ParameterizedTest
  @CsvSource({"1, 1", "4, 1", "5, 1", "7, 1", "8, 2", "10, 2", "11, 3", "20, 6"})
  void intervalsOfTheMedianAreTheNarrowestThatCover(int n, int rank) {
    assertEquals(rank, Spread.rank(n));
  }

  @Test
  void theMedianHasTheInterval() {
    assertEquals(new Measured(3, 1, 5), Spread.median(5, 4, 3, 2, 1));
    assertEquals(Measured.exactly(7), Spread.median(7));
    assertEquals(
        new Measured(3, 1, Double.POSITIVE_INFINITY), Spread.median(Double.NaN, 4, 3, 2, 1));
    assertTrue(Double.isNaN(Spread.median(Double.NaN, Double.NaN, 1).value()));
    assertEquals(2.5, Outcomes.median(new double[] {1, 2, 3, 4}));
    var chart = Chart.lines("t", "d");
    Spread.curve(chart, Outcomes.of(List.of(result())), "m", "loss");
    assertEquals(2, chart.build().points().size());
  }

  @Test
  void studiesAreChecked() {
    Sample sample = Sample.whole();
    assertThrows(
        IllegalArgumentException.class, () -> new Study("s", sample, List.of(), List.of(0L)));
    assertThrows(
        IllegalArgumentException.class, () -> new Study("s", sample, List.of("a b"), List.of(0L)));
    assertThrows(
        IllegalArgumentException.class, () -> new Study("s", sample, List.of("a"), List.of(-1L)));
    assertThrows(IllegalArgumentException.class, () -> sample.plan(0, 3));
    assertThrows(IllegalArgumentException.class, () -> sample.plan(4, 3));
  }

  @Test
  void aBandThatCannotBeJudgedHasNotHeld() {
    var band =
        new Band(
            "c",
            "o",
            outcomes -> {
              throw new IllegalStateException("no");
            });
    Band.Judgement judgement = Verdicts.judged(band, new Outcomes(List.of()));
    assertEquals(Band.Verdict.FAIL, judgement.verdict());
    assertTrue(judgement.observed().contains("could not be judged"));
  }
}
