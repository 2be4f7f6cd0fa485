package kobai.networks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.Loss;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BatchNormTest {
  private static final Kernels KERNELS = Implementation.SCALAR.kernels();

  private static Network network(String text, Shape input, int targets) {
    return Network.of(text, input, targets, Loss.SQUARED_ERROR);
  }

  private static float[] predict(Network network, float[] theta, Sequence sequence, int t) {
    float[] outputs = new float[sequence.batch() * network.outputs()];
    network
        .predictor(KERNELS, Workspace.allocating(), sequence.batch())
        .predict(theta, sequence, t, outputs, 0);
    return outputs;
  }

  /** Channel 1 holds 1 and 3: mean 2, variance 1; channel 2 holds 5 twice: variance 0. */
  @Test
  @DisplayName("§5.1: batch normalisation by mean and 1/m variance, with γ, β and ε")
  void aBatchOfTwoByHand() {
    Network network = network("batchnorm", Shape.of(2), 2);
    Sequence sequence =
        new Sequence(1, 2, 2, 2, new float[] {1, 5, 3, 5}, new float[] {0, 0, 0, 0});
    double standard = 1 / Math.sqrt(1 + 1e-5);
    float[] outputs = predict(network, new float[] {2, 3, 0.5f, 0.25f}, sequence, 0);
    float[] expected = {(float) (0.5 - 2 * standard), 0.25f, (float) (0.5 + 2 * standard), 0.25f};
    assertArrayEquals(expected, outputs, 1e-6f);
  }

  @Test
  void aStepIsNormalisedByItsOwnRowsAlone() {
    Network network = network("batchnorm", Shape.of(1), 1);
    float[] theta = {1, 0};
    Sequence both =
        new Sequence(2, 2, 1, 1, new float[] {1, 3, 100, 700}, new float[] {0, 0, 0, 0});
    assertArrayEquals(new float[] {-1, 1}, predict(network, theta, both, 0), 1e-5f);
    assertArrayEquals(new float[] {-1, 1}, predict(network, theta, both, 1), 1e-5f);
  }

  /**
   * Two steps with means 2 and 400 and unbiased variances 2 and 180000; rates 1 and ½ average them.
   */
  @Test
  @DisplayName("§5.2: running statistics for inference")
  void runningStatisticsAverageStepsAndInferenceUsesThemRowByRow() {
    Network network = network("batchnorm", Shape.of(1), 1);
    float[] theta = {3, 0.5f};
    Sequence both =
        new Sequence(2, 2, 1, 1, new float[] {1, 3, 100, 700}, new float[] {0, 0, 0, 0});
    RunningStatistics statistics = network.statistics(KERNELS, Workspace.allocating(), 2);
    assertArrayEquals(new float[] {0, 1}, statistics.values());
    statistics.update(theta, both, 0, 1f);
    assertArrayEquals(new float[] {2, 2}, statistics.values());
    Network early = network.inference(statistics.values());
    statistics.update(theta, both, 1, 0.5f);
    assertArrayEquals(new float[] {201, 90001}, statistics.values());
    float[] outputs = predict(early, theta, both, 0);
    assertEquals(0.5 - 3 / Math.sqrt(2 + 1e-5), outputs[0], 1e-6);
    Sequence alone = new Sequence(1, 1, 1, 1, new float[] {1}, new float[] {0});
    assertEquals(outputs[0], predict(early, theta, alone, 0)[0], "a row of its own, the same");
    assertEquals(network.parameters(), early.parameters());
    assertThrows(IllegalArgumentException.class, () -> network.inference(new float[3]));
    assertThrows(
        IllegalArgumentException.class, () -> statistics.update(theta, both, 0, Float.NaN));
  }

  @Test
  void aBatchOfOneIsRefusedInTrainingAndWelcomeInInference() {
    Network network = network("batchnorm dense(1)", Shape.of(2), 1);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> Algorithm.BPTT.create(Setup.of(network, 1)))
            .getMessage();
    assertTrue(message.contains("batchnorm: batch = 1: must be at least 2 in training"), message);
    Algorithm.BPTT.create(Setup.of(network.inference(new float[] {0, 0, 1, 1}), 1));
  }

  @Test
  void nodePerturbationIsRefusedInTrainingNamingWhatWorks() {
    Network network = network("batchnorm dense(1)", Shape.of(2), 1);
    Setup setup = Setup.of(network, 1).withBatch(3);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> Algorithm.NODE_PERTURBATION.create(setup))
            .getMessage();
    assertTrue(message.contains("WEIGHT_PERTURBATION"), message);
    Algorithm.WEIGHT_PERTURBATION.create(setup);
    Algorithm.NODE_PERTURBATION.create(
        setup.withModel(network.inference(new float[] {0, 0, 1, 1})));
  }
}
