package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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
    COPY(new CopyCurriculum(), "SNAP_2"),
    ANBN(new CountingLetters(), "UORO-16"),
    BRACKETS(new DistantBrackets(), "UORO-4"),
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
      experiment.run(Scale.TINY, method, 0, recorder(method, rows));
    }
    return new Outcomes(rows);
  }

  private static Recorder recorder(String method, List<Outcomes.Row> rows) {
    return new Recorder() {
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
    };
  }

  @ParameterizedTest
  @EnumSource
  void theTinyBandsHoldTwiceWithTheSameBits(Subject subject) {
    Experiment experiment = subject.experiment;
    Outcomes outcomes = run(experiment, subject.judged);
    assertTrue(!experiment.bands(Scale.REDUCED).isEmpty());
    for (Band band : experiment.bands(Scale.TINY)) {
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

  private static String text(Sequence stream, String symbols) {
    StringBuilder text = new StringBuilder();
    for (int t = 0; t < stream.length(); t++) {
      for (int symbol = 0; symbol < symbols.length(); symbol++) {
        float now = stream.inputs()[stream.inputAt(t) + symbol];
        text.append(now == 1 ? symbols.substring(symbol, symbol + 1) : "");
        if (t > 0) {
          assertEquals(now, stream.targets()[stream.targetAt(t - 1) + symbol]);
        }
      }
    }
    assertEquals(stream.length(), text.length());
    return text.toString();
  }

  /** Every word is n letters a, a mark, n letters b, a mark; n takes all of its values. */
  @Test
  void theStreamCounts() {
    String text = text(CountingLetters.stream(new RandomKey(5), 2000, 4), "ab|");
    String[] runs = text.substring(1, text.lastIndexOf("b|")).split("\\|");
    Set<Integer> seen = new TreeSet<>();
    for (int i = 0; i + 1 < runs.length; i += 2) {
      int n = runs[i].length();
      assertEquals("a".repeat(n), runs[i]);
      assertEquals("b".repeat(i + 2 < runs.length ? n : runs[i + 1].length()), runs[i + 1]);
      seen.add(n);
    }
    assertEquals(Set.of(1, 2, 3, 4), seen);
  }

  /**
   * Most 2: words a|b| and aabb|, on average 5 letters and one choice: ⅕ bit; without memory an a
   * or a b is followed by another with chance ⅓, (3 ln 3 − 2 ln 2) / ln 2 bits a word, and each of
   * the two marks costs one bit.
   */
  @Test
  void theFloorsOfCountingAreThoseWorkedOutByHand() {
    assertEquals(1 / 5.0, CountingLetters.floor(2), 1e-15);
    double word = (3 * Math.log(3) - 2 * Math.log(2)) / Math.log(2) + 2;
    assertEquals(word / 5, CountingLetters.withoutMemory(2), 1e-15);
    var task = new LetterPrediction(0.2, 0.7);
    assertEquals(0, task.saved(0.7), 1e-15);
    assertEquals(1, task.saved(0.2), 1e-15);
  }

  /** [c]xyzuv[c] and an end of line; six new letters of ten in twelve symbols, seven if c were. */
  @Test
  void theBracketsKeepTheirLetter() {
    String text = text(DistantBrackets.stream(new RandomKey(5), 1201), "0123456789[]/");
    Set<Character> seen = new TreeSet<>();
    for (String word : text.substring(1).split("/")) {
      assertTrue(word.matches("\\[\\d]\\d{5}\\[\\d]"), word);
      assertEquals(word.charAt(1), word.charAt(9));
      seen.add(word.charAt(1));
    }
    assertEquals(10, seen.size());
    double letter = Math.log(10) / Math.log(2);
    assertEquals(6 * letter / 12, DistantBrackets.floor(), 1e-15);
    assertEquals(7 * letter / 12, DistantBrackets.withoutMemory(), 1e-15);
  }

  /** A rate beyond all reason: the first step still has a loss, the run ends and says where. */
  @Test
  void divergenceEndsARunAndIsNaNInTheRecord() {
    LeakyRnn model = LeakyRnn.of(2, 6, 2, 1f, Loss.SOFTMAX_CROSS_ENTROPY);
    Sequence sequence = new Add(1, 3).allocate(80, 1);
    new Add(1, 3).fill(new RandomKey(1), sequence);
    List<Outcomes.Row> rows = new ArrayList<>();
    Recorder recorder = recorder("IMMEDIATE", rows);
    new OnlineComparison(model, sequence, 3e38, 1e-3, new RandomKey(2))
        .train(OnlineMethod.IMMEDIATE, recorder);
    Outcomes outcomes = new Outcomes(rows);
    assertTrue(Double.isNaN(outcomes.values("IMMEDIATE", BlockLoss.FINAL)[0]));
    assertEquals(40, outcomes.places("IMMEDIATE", BlockLoss.LOSS).length);
    rows.clear();
    new OnlineComparison(model, sequence, 1e-3, 1e-3, new RandomKey(2))
        .train(OnlineMethod.IMMEDIATE, recorder);
    assertTrue(Double.isFinite(new Outcomes(rows).values("IMMEDIATE", BlockLoss.FINAL)[0]));
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

  /** Same network, same stream: what differs is that the recurrent weights stay fixed. */
  @Test
  void fixedLearnsOtherwiseThanTheImmediateDerivatives() {
    Outcomes outcomes = run(new AddLags(), "FIXED-alpha=1", "IMMEDIATE-alpha=1");
    double fixed = outcomes.values("FIXED-alpha=1", BlockLoss.FINAL)[0];
    double immediate = outcomes.values("IMMEDIATE-alpha=1", BlockLoss.FINAL)[0];
    assertTrue(fixed != immediate);
    assertEquals(40, outcomes.places("FIXED-alpha=1", BlockLoss.LOSS).length);
  }
}
