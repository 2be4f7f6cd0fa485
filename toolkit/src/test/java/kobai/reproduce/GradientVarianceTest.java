package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.models.EmbeddingModel;
import kobai.models.Loss;
import kobai.models.Lstm;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class GradientVarianceTest {
  private static final int SYMBOLS = 50;
  private static final EmbeddingModel MODEL =
      new EmbeddingModel(
          SYMBOLS,
          Lstm.of(5, 5, SYMBOLS, Loss.SOFTMAX_CROSS_ENTROPY),
          EmbeddingModel.Symbols.INDEX);

  private static Sequence sequence(int length) {
    Sequence sequence = Sequence.allocate(length, 1, 1, SYMBOLS);
    for (int t = 0; t < length; t++) {
      sequence.inputs()[t] = (7 * t + 3) % SYMBOLS;
      sequence.targets()[t * SYMBOLS + (7 * t + 10) % SYMBOLS] = 1f;
    }
    return sequence;
  }

  private static float[] theta() {
    float[] theta = new float[MODEL.parameters().count()];
    MODEL.initialise(new RandomKey(4), theta);
    return theta;
  }

  private static double[] bptt(float[] theta, Sequence sequence, int length) {
    GradientEstimator exact = Algorithm.BPTT.create(Setup.of(MODEL, length));
    exact.reset(0);
    float[] gradient = new float[theta.length];
    exact.estimate(theta, sequence, 0, length, gradient);
    double[] copy = new double[gradient.length];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = gradient[i];
    }
    return copy;
  }

  @Test
  void oneUnrollHasTheVarianceOfPlainEs() {
    float[] theta = theta();
    // 50·5 + 4·5·(5 + 5 + 1) + 5·50 + 50: the published 790 has a second bias, 20 parameters.
    assertEquals(770, theta.length);
    var form = new PersistentVariance(MODEL, theta, sequence(6), 6);
    assertTrue(form.squaredNorm() > 1);
    assertEquals(form.shared(), form.persistent(), 1e-9 * form.shared());
  }

  @Test
  void twoUnrollsByTheDefinition() {
    // Unrolls of 3: c₂₂ = c₂₁ is the gradient in the second of its own loss, c₁₁ that in the first
    // of both losses, c₁₂ that in the first of the second loss alone. From BPTT: g = c₁₁ + c₂₂;
    // over the first unroll alone ∂L₁/∂θ₁, so that c₁₁ = ∂L₁/∂θ₁ + c₁₂.
    float[] theta = theta();
    Sequence whole = sequence(6);
    var form = new PersistentVariance(MODEL, theta, whole, 3);
    double[] g = bptt(theta, whole, 6);
    double[] first = bptt(theta, whole, 3);
    // Truncated BPTT, its second window alone: c₂₂.
    GradientEstimator truncated = Algorithm.BPTT.create(Setup.of(MODEL, 3));
    truncated.reset(0);
    float[] second = new float[theta.length];
    truncated.estimate(theta, whole, 0, 3, second);
    truncated.estimate(theta, whole, 3, 6, second);
    double c11 = 0;
    double c12 = 0;
    double c22 = 0;
    double cross = 0;
    for (int p = 0; p < theta.length; p++) {
      double own = g[p] - second[p];
      double later = own - first[p];
      c11 += own * own;
      c12 += later * later;
      c22 += second[p] * second[p];
      cross += later * second[p];
      assertEquals(g[p], form.gradient()[p], 1e-4);
    }
    assertTrue(c12 > 1e-4 * c11, "the first unroll matters to the second: " + c12);
    double expected = 771 * (c11 + c22) + 770 * (c12 + c22) + 2 * cross;
    // Sums of floats of 24 bits over six steps, differences of them squared.
    assertEquals(expected, form.persistent(), 1e-4 * expected);
  }

  @Test
  void everyMethodRunsAndBandsSayWhatIsMissing() {
    GradientVariance experiment = new GradientVariance();
    Outcomes outcomes = Units.all(experiment, Scale.TINY);
    for (String method : experiment.methods(Scale.TINY)) {
      assertEquals(2, outcomes.curve(method, 0, "variance").size(), method);
    }
    assertEquals(
        Units.run(experiment, Scale.TINY, "pes-random", 3),
        Units.run(experiment, Scale.TINY, "pes-random", 3));
    assertFalse(experiment.figures(Scale.TINY, outcomes).isEmpty());
    for (Band band : experiment.bands(Scale.REDUCED)) {
      assertEquals(
          Band.Verdict.NOT_RUN,
          band.judge().apply(new Outcomes(List.of())).verdict(),
          band.claim());
    }
  }
}
