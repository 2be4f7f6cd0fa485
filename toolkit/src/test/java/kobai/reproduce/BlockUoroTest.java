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
import kobai.random.NoiseSource;
import kobai.random.RandomKey;
import kobai.tasks.Add;
import org.junit.jupiter.api.Test;

class BlockUoroTest {
  private static final int UNITS = 3;
  private static final int LENGTH = 6;
  private final LeakyRnn model = LeakyRnn.of(2, UNITS, 2, 0.7f, Loss.SOFTMAX_CROSS_ENTROPY);
  private final Sequence sequence = new Add(1, 3).allocate(LENGTH, 1);
  private final float[] theta = new float[model.parameters().count()];

  BlockUoroTest() {
    new Add(1, 3).fill(new RandomKey(1), sequence);
    model.initialise(new RandomKey(2), theta);
  }

  private float[] exact() {
    float[] gradient = new float[theta.length];
    GradientEstimator bptt = Algorithm.BPTT.create(Setup.of(model, LENGTH));
    bptt.reset(0);
    bptt.estimate(theta, sequence, 0, LENGTH, gradient);
    assertTrue(Cosine.norm(gradient, gradient.length) > 1e-2);
    return gradient;
  }

  private float[] sum(int window, NoiseSource signs) {
    GradientEstimator estimator = new BlockUoro(Setup.of(model, window), signs);
    estimator.reset(0);
    float[] sum = new float[theta.length];
    float[] gradient = new float[theta.length];
    for (int from = 0; from < LENGTH; from += window) {
      estimator.estimate(theta, sequence, from, from + window, gradient);
      for (int p = 0; p < sum.length; p++) {
        sum[p] += gradient[p];
      }
    }
    return sum;
  }

  @Test
  void aWholeSequenceIsBackpropagation() {
    assertArrayEquals(exact(), sum(LENGTH, (key, unroll, particle, out, at, count) -> {}), 1e-6f);
  }

  /**
   * Windows of three and of two steps: the mean over all signs is the exact gradient, up to
   * rounding, which ρ = √(‖θ̃‖/‖s̃‖) and sums of 2⁶ terms of the order of one make 10⁻⁵ at most.
   */
  @Test
  void theMeanOverAllSignsIsTheGradient() {
    float[] exact = exact();
    for (int window : new int[] {3, 2}) {
      int draws = UNITS * (LENGTH / window - 1);
      double[] mean = new double[theta.length];
      double scatter = 0;
      for (int bits = 0; bits < 1 << draws; bits++) {
        int all = bits;
        float[] sum =
            sum(
                window,
                (key, unroll, particle, out, at, count) -> {
                  for (int i = 0; i < count; i++) {
                    int bit = unroll * UNITS + i;
                    out[at + i] = bit < draws && (all >> bit & 1) == 1 ? -1 : 1;
                  }
                });
        for (int p = 0; p < mean.length; p++) {
          mean[p] += sum[p] / (double) (1 << draws);
          scatter = Math.max(scatter, Math.abs(sum[p] - exact[p]));
        }
      }
      for (int p = 0; p < mean.length; p++) {
        assertEquals(exact[p], mean[p], 1e-5, "window " + window + ", parameter " + p);
      }
      assertTrue(scatter > 1e-2, "single estimates differ: " + scatter);
    }
  }

  @Test
  void batchesAreRefused() {
    Setup setup = Setup.of(model, 2).withBatch(2);
    NoiseSource signs = NoiseSource.rademacher(setup.kernels());
    assertThrows(IllegalArgumentException.class, () -> new BlockUoro(setup, signs));
  }
}
