package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.random.RandomKey;
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
    FIDELITY(new GradientFidelity(), "add"),
    LRU_COPY(new LruCopy(), "ONLINE"),
    TEMPORAL_CREDIT(new TemporalCredit(), "sine-SGD-RTRL", "sine-RMSPROP-PATHS-2");

    final Experiment experiment;

    /** The methods that its bands at the tiny size judge. */
    final String[] judged;

    Subject(Experiment experiment, String... judged) {
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

  /** All paths are RTRL, none is backpropagation through one step; up to the order of sums. */
  @Test
  void allPathsAreRtrlAndNoPathsAreTheImmediateDerivatives() {
    LeakyRnn model = LeakyRnn.of(2, 6, 2, 0.7f, Loss.SOFTMAX_CROSS_ENTROPY);
    Setup setup = Setup.of(model, 1);
    Sequence sequence = new Add(1, 3).allocate(15, 1);
    new Add(1, 3).fill(new RandomKey(1), sequence);
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(2), theta);
    float[] expected = new float[theta.length];
    float[] actual = new float[theta.length];
    for (OnlineMethod method : List.of(OnlineMethod.RTRL, OnlineMethod.IMMEDIATE)) {
      int paths = method == OnlineMethod.RTRL ? 6 : 0;
      GradientEstimator reference = method.create(setup);
      GradientEstimator sparse = new PathRtrl(setup, model, paths, new RandomKey(3));
      reference.reset(0);
      sparse.reset(0);
      for (int t = 0; t < 15; t++) {
        double loss = reference.estimate(theta, sequence, t, t + 1, expected);
        assertEquals(loss, sparse.estimate(theta, sequence, t, t + 1, actual), 1e-6);
        assertArrayEquals(expected, actual, 1e-5f); // 15 steps of sums of 6 in float
        assertTrue(Cosine.norm(actual, actual.length) > 1e-3);
      }
    }
    assertThrows(
        IllegalArgumentException.class, () -> new PathRtrl(setup, model, 7, new RandomKey(3)));
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
