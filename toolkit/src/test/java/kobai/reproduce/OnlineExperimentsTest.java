package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import kobai.tasks.Add;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deterministic facts of the experiments on online learning, at their tiny size. */
class OnlineExperimentsTest {
  /** The experiments that this class is about. */
  enum Subject {
    ADD(new AddLags(), "alignment-RTRL-alpha=1"),
    MIMIC(new MimicTeacher(), "alignment-RTRL-alpha=1"),
    FIDELITY(new GradientFidelity(), "add");

    final Experiment experiment;

    /** The method that its bands at the tiny size judge. */
    final String judged;

    Subject(Experiment experiment, String judged) {
      this.experiment = experiment;
      this.judged = judged;
    }
  }

  static Outcomes run(Experiment experiment, String... methods) {
    List<Outcomes.Row> rows = new ArrayList<>();
    for (String method : methods) {
      experiment.run(
          Scale.TINY,
          method,
          0,
          new Recorder() {
            @Override
            public void value(String metric, double value) {
              rows.add(new Outcomes.Row(method, 0, metric, Double.NaN, value));
            }

            @Override
            public void point(String metric, double x, double value) {
              rows.add(new Outcomes.Row(method, 0, metric, x, value));
            }

            @Override
            public void seconds(String metric, double value) {}

            @Override
            public void progress(double share) {
              assertTrue(share >= 0 && share <= 1, "share " + share);
            }
          });
    }
    return new Outcomes(rows);
  }

  @ParameterizedTest
  @EnumSource
  void theTinyBandsHoldTwiceWithTheSameBits(Subject subject) {
    Experiment experiment = subject.experiment;
    Outcomes outcomes = run(experiment, subject.judged);
    List<Band> bands = experiment.bands(Scale.TINY);
    assertTrue(!bands.isEmpty());
    for (Band band : bands) {
      Band.Judgement judgement = band.judge().apply(outcomes);
      assertEquals(Band.Verdict.PASS, judgement.verdict(), band.claim() + " " + judgement);
    }
    assertEquals(outcomes, run(experiment, subject.judged));
    assertTrue(!experiment.figures(Scale.TINY, outcomes).isEmpty());
  }

  @ParameterizedTest
  @EnumSource
  void bandsOfWhatHasNotRunAreNotRunAndFiguresAreStillDrawn(Subject subject) {
    Outcomes nothing = new Outcomes(List.of());
    for (Scale scale : Scale.values()) {
      for (Band band : subject.experiment.bands(scale)) {
        assertEquals(Band.Verdict.NOT_RUN, band.judge().apply(nothing).verdict(), band.claim());
        assertTrue(!band.origin().isBlank());
      }
      assertTrue(!subject.experiment.figures(scale, nothing).isEmpty());
    }
  }

  /** The limits that the source draws at 0.66, 0.52 and 0.45, and the one it leaves out. */
  @Test
  void theFloorsOfTheAddTaskAreThoseOfTheSource() {
    assertEquals(0.66156, Add.lossWithoutMemory(), 5e-6);
    assertEquals(0.51917, Add.lossWithNearLag(), 5e-6);
    assertEquals(0.62774, Add.lossWithFarLag(), 5e-6);
    assertEquals(0.45445, Add.lossWithBoth(), 5e-6);
    assertEquals("both lags", AddLags.reached(0.46));
    assertEquals("the near lag", AddLags.reached(0.52));
    assertEquals("the far lag", AddLags.reached(0.63));
    assertEquals("neither", AddLags.reached(0.7));
    assertEquals("–", AddLags.reached(Double.NaN));
  }

  /** A network whose recurrent weights stay fixed learns with its readout, and only with it. */
  @Test
  void theFixedNetworkLearnsLessThanTheImmediateDerivatives() {
    Outcomes outcomes = run(new AddLags(), "FIXED-alpha=1", "IMMEDIATE-alpha=1");
    double fixed = outcomes.values("FIXED-alpha=1", OnlineComparison.FINAL)[0];
    double immediate = outcomes.values("IMMEDIATE-alpha=1", OnlineComparison.FINAL)[0];
    assertTrue(fixed != immediate);
    assertEquals(40, outcomes.places("FIXED-alpha=1", OnlineComparison.LOSS).length);
  }
}
