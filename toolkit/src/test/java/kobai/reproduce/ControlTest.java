package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.api.Test;

class ControlTest {
  @Test
  void everyMethodRunsAndBandsSayWhatIsMissing() {
    Control experiment = new Control();
    Outcomes outcomes = Units.all(experiment, Scale.TINY);
    for (String method : experiment.methods(Scale.TINY)) {
      assertEquals(40, outcomes.curve(method, 0, "return").size(), method);
    }
    // 20 000 steps at 20 · 32 (33 with the unperturbed path) and 150 · 32 an update.
    assertEquals(32, outcomes.values("nres", "updates")[0]);
    assertEquals(31, outcomes.values("tes", "updates")[0]);
    assertEquals(5, outcomes.values("full-es", "updates")[0]);
    assertEquals(63, outcomes.values("pes-10", "updates")[0]);
    assertEquals(
        Units.run(experiment, Scale.TINY, "pes", 3), Units.run(experiment, Scale.TINY, "pes", 3));
    assertFalse(experiment.figures(Scale.TINY, outcomes).isEmpty());
    for (Band band : experiment.bands(Scale.REDUCED)) {
      assertEquals(
          Band.Verdict.NOT_RUN,
          band.judge().apply(new Outcomes(List.of())).verdict(),
          band.claim());
    }
  }

  @Test
  void theBandsTellOrdersApart() {
    Control experiment = new Control();
    List<Outcomes.Row> rows =
        List.of(
            new Outcomes.Row("full-es", 0, "late return", Double.NaN, 3),
            new Outcomes.Row("tes", 0, "late return", Double.NaN, 1),
            new Outcomes.Row("pes", 0, "late return", Double.NaN, 2),
            new Outcomes.Row("nres", 0, "late return", Double.NaN, 4),
            new Outcomes.Row("pes-10", 0, "late return", Double.NaN, 3),
            new Outcomes.Row("pes-10", 1, "late return", Double.NaN, 5),
            new Outcomes.Row("tes-10", 0, "late return", Double.NaN, 2),
            new Outcomes.Row("tes-10", 1, "late return", Double.NaN, 4));
    List<Band> bands = experiment.bands(Scale.REDUCED);
    assertEquals(Band.Verdict.PASS, bands.get(0).judge().apply(new Outcomes(rows)).verdict());
    assertEquals(Band.Verdict.FAIL, bands.get(1).judge().apply(new Outcomes(rows)).verdict());
    // The worse of pes-10 is below the better of tes-10; without seed 1 it is not.
    assertEquals(Band.Verdict.FAIL, bands.get(2).judge().apply(new Outcomes(rows)).verdict());
    List<Outcomes.Row> first = rows.stream().filter(row -> row.seed() == 0).toList();
    assertEquals(Band.Verdict.PASS, bands.get(2).judge().apply(new Outcomes(first)).verdict());
  }
}
