package kobai.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.Architecture;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.RecurrentModel;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

/** Terms that are a case of their own, beside sums written out by hand. */
final class CostModelTest {
  private static final int D = 3;
  private static final int N = 8;
  private static final int M = 2;
  private static final int B = 5;
  private static final int T = 40;
  private static final int K = 10;

  private static RecurrentModel model(int layers) {
    return Architecture.of(Models.LEAKY_RNN)
        .withLayers(layers)
        .create(D, N, M, 0.5f, Loss.SQUARED_ERROR, new RandomKey(1));
  }

  private static double flops(Algorithm algorithm, RecurrentModel model) {
    return CostModel.flops(algorithm, Setup.of(model, K).withBatch(B).withParticles(4), T);
  }

  /** Sums and differences of numbers below 2³⁰ are exact. */
  private static final double EXACT = 0;

  @Test
  void rtrlOfAStackCarriesItsBlocks() {
    RecurrentModel stack = model(2);
    double below = N * (N + D + 1);
    double above = N * (N + N + 1);
    double all = below + above + (N + 1) * M;
    double backward = 3 * (2 * N) * (2 * all) * T * B;
    // The layer below acts on itself through N numbers of state, on the one above through 2 N.
    double product = 2 * (below * (N * N + N * 2 * N) + above * N * N) * B * T / K;
    assertEquals(
        backward + product, flops(Algorithm.RTRL, stack) - flops(Algorithm.BPTT, stack), EXACT);
  }

  @Test
  void decorrelationAddsItsMatrixAndAForwardPass() {
    RecurrentModel cell = model(1);
    double sources = N + D;
    double forward = 2.0 * (N * (sources + 1) + (N + 1) * M) * T * B;
    double steps = 8 * sources * sources * T * B;
    double windows = 2 * sources * sources * (sources + N) * T / K;
    assertEquals(
        forward + steps + windows,
        flops(Algorithm.NODE_PERTURBATION_DECORRELATED, cell)
            - flops(Algorithm.NODE_PERTURBATION, cell),
        EXACT);
  }
}
