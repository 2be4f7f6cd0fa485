package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import kobai.estimators.Algorithm;
import kobai.reproduce.LearningRateTuning.Task;
import org.junit.jupiter.api.Test;

class TuningBandsTest {
  private final List<Outcomes.Row> rows = new ArrayList<>();

  private void value(String method, long seed, String metric, double value) {
    rows.add(new Outcomes.Row(method, seed, metric, Double.NaN, value));
  }

  /** Everything as published: the grid's best is 1, PES and NRES reach 1.1, truncated ES 2. */
  private void asPublished() {
    for (Task task : Task.values()) {
      value(task.method("grid"), 0, LearningRateTuning.BEST_LOSS, 1);
      value(task.method("grid"), 0, LearningRateTuning.BEST_ERROR, 1);
      for (Algorithm algorithm : LearningRateTuning.ALGORITHMS) {
        double reached = algorithm == Algorithm.ES ? 2 : 1.1;
        value(task.method(algorithm), 0, LearningRateTuning.LATE_LOSS, reached);
        value(task.method(algorithm), 0, LearningRateTuning.BEST_SEEN, reached);
      }
    }
    value(LearningRateTuning.SEARCH, 0, LearningRateTuning.BEST_SEEN, 1.5);
    value(LearningRateTuning.SEARCH_NEAR, 0, LearningRateTuning.BEST_SEEN, 1.6);
  }

  private List<Band.Verdict> verdicts(Scale scale) {
    Outcomes outcomes = new Outcomes(rows);
    return TuningBands.at(scale).stream()
        .map(band -> band.judge().apply(outcomes).verdict())
        .toList();
  }

  @Test
  void whatWasPublishedPassesAndNothingIsNotRun() {
    asPublished();
    for (Scale scale : List.of(Scale.REDUCED, Scale.FULL)) {
      assertFalse(verdicts(scale).isEmpty());
      assertTrue(
          verdicts(scale).stream().allMatch(verdict -> verdict == Band.Verdict.PASS),
          verdicts(scale).toString());
    }
  }

  /** One more seed of PES that is no better than truncated ES fails what PES is in. */
  @Test
  void oneBadSeedFailsWhatSpeaksOfEverySeed() {
    asPublished();
    value("pes", 1, LearningRateTuning.LATE_LOSS, 2.5);
    List<Band> bands = TuningBands.at(Scale.REDUCED);
    for (int i = 0; i < bands.size(); i++) {
      boolean speaks = bands.get(i).claim().startsWith("PES and NRES");
      assertEquals(
          speaks ? Band.Verdict.FAIL : Band.Verdict.PASS, verdicts(Scale.REDUCED).get(i), "" + i);
    }
    assertEquals(2, bands.stream().filter(b -> b.claim().startsWith("PES and NRES")).count());
  }

  @Test
  void whatReachesNoMoreThanSearchFails() {
    asPublished();
    value("pes-many", 1, LearningRateTuning.BEST_SEEN, 3); // the median is now 2.05
    List<Band> bands = TuningBands.at(Scale.REDUCED);
    for (int i = 0; i < bands.size(); i++) {
      boolean speaks = bands.get(i).claim().startsWith("With many hyper-parameters PES");
      assertEquals(
          speaks ? Band.Verdict.FAIL : Band.Verdict.PASS, verdicts(Scale.REDUCED).get(i), "" + i);
    }
  }
}
