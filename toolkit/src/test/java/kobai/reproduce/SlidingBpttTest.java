package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.random.RandomKey;
import kobai.tasks.Add;
import org.junit.jupiter.api.Test;

class SlidingBpttTest {
  private static final int LENGTH = 12;

  private static final LeakyRnn MODEL = LeakyRnn.of(2, 6, 2, 0.7f, Loss.SOFTMAX_CROSS_ENTROPY);

  private static float[] sum(GradientEstimator estimator, int window, double[] loss) {
    Sequence sequence = new Add(1, 3).allocate(LENGTH, 1);
    new Add(1, 3).fill(new RandomKey(1), sequence);
    float[] theta = new float[MODEL.parameters().count()];
    MODEL.initialise(new RandomKey(2), theta);
    float[] gradient = new float[theta.length];
    float[] total = new float[theta.length];
    estimator.reset(0);
    for (int from = 0; from < LENGTH; from += window) {
      loss[0] += estimator.estimate(theta, sequence, from, from + window, gradient);
      for (int i = 0; i < total.length; i++) {
        total[i] += gradient[i];
      }
    }
    return total;
  }

  /**
   * A horizon of the whole sequence leaves nothing out: the sum over the steps is the gradient of
   * the sequence. Tolerance: sums of at most 12 · 12 terms of size 1 in float, 144 u ≈ 10⁻⁵.
   */
  @Test
  void aHorizonOfTheWholeSequenceIsExact() {
    double[] own = new double[1];
    double[] whole = new double[1];
    float[] exact = sum(Algorithm.BPTT.create(Setup.of(MODEL, LENGTH)), LENGTH, whole);
    assertTrue(Cosine.norm(exact, exact.length) > 0.1);
    for (int horizon : new int[] {LENGTH, LENGTH + 5}) {
      own[0] = 0;
      assertArrayEquals(exact, sum(new SlidingBptt(Setup.of(MODEL, 1), horizon), 1, own), 1e-5f);
      assertEquals(whole[0], own[0], 1e-6);
    }
    float[] shorter = sum(new SlidingBptt(Setup.of(MODEL, 1), 4), 1, own);
    assertTrue(Cosine.of(exact, shorter, exact.length) < 0.9999);
  }

  @Test
  void aHorizonOfOneStepIsBackpropagationThroughOneStep() {
    double[] loss = new double[1];
    assertArrayEquals(
        sum(Algorithm.BPTT.create(Setup.of(MODEL, 1)), 1, loss),
        sum(new SlidingBptt(Setup.of(MODEL, 1), 1), 1, loss),
        1e-6f);
  }

  /** θ is fixed, so that the state, and the loss with it, is the same whatever the horizon. */
  @Test
  void theStateIsCarriedPastTheHorizon() {
    double[] one = new double[1];
    double[] four = new double[1];
    sum(new SlidingBptt(Setup.of(MODEL, 1), 1), 1, one);
    sum(new SlidingBptt(Setup.of(MODEL, 1), 4), 1, four);
    assertEquals(one[0], four[0], 1e-6);
  }

  @Test
  void refusesWhatItCannotDo() {
    Setup setup = Setup.of(MODEL, 1);
    assertThrows(IllegalArgumentException.class, () -> new SlidingBptt(setup.withBatch(2), 3));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new SlidingBptt(
                setup.withModel(Models.MGU.create(2, 4, 2, 1f, Loss.SOFTMAX_CROSS_ENTROPY)), 3));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new SlidingBptt(setup, 3)
                .estimate(
                    new float[MODEL.parameters().count()],
                    new Add(1, 3).allocate(4, 1),
                    0,
                    2,
                    new float[MODEL.parameters().count()]));
  }
}
