package kobai.networks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class VariationalDenseTest {
  private static final Kernels KERNELS = Implementation.SCALAR.kernels();

  /** x = (1, 2), M = (3, 4), b = 5, V = (1, 0.5), v = 6: mean 16, variance 1 + 2 + 6 = 9. */
  @Test
  void theNoiseOfARowIsThatOfItsWeights() {
    Network network = Network.of("variational(1)", Shape.of(2), 1, Likelihood.SQUARED_ERROR);
    float[] theta = {3, 4, 5, 1, 0.5f, 6};
    Sequence data = Sequence.allocate(1, 2, 3, 1);
    System.arraycopy(new float[] {1, 2, 0.5f, 1, 2, -2}, 0, data.inputs(), 0, 6);
    float[] outputs = new float[2];
    Predictor predictor = network.predictor(KERNELS, Workspace.allocating(), 2);
    predictor.predict(theta, data, 0, outputs, 0);
    assertArrayEquals(new float[] {16 + 3 * 0.5f, 16 - 3 * 2}, outputs);
    network.openMasks(data);
    predictor.predict(theta, data, 0, outputs, 0);
    assertArrayEquals(new float[] {16, 16}, outputs);
  }

  /** Where the variance is 0 the gradient in it is taken for 0, not for infinite. */
  @Test
  void weightsThatAreKnownHaveTheGradientOfADenseLayer() {
    Network network = Network.of("variational(1)", Shape.of(2), 1, Likelihood.SQUARED_ERROR);
    float[] theta = {3, 4, 5, 0, 0, 0};
    Sequence data = Sequence.allocate(1, 1, 3, 1);
    System.arraycopy(new float[] {1, 2, 0.5f}, 0, data.inputs(), 0, 3);
    float[] gradient = new float[6];
    var tape = network.tape(KERNELS, Workspace.allocating(), 1, 1);
    tape.forward(theta, data, 0, 1, new float[0]);
    tape.backward(theta, data, new float[0], gradient);
    assertArrayEquals(new float[] {16, 32, 16, 0, 0, 0}, gradient);
  }

  /**
   * Beside dropout each layer gets its own kind of mask. 20 000 normal draws: the mean has a
   * deviation of 0.0071, the mean square one of 0.01; five of them.
   */
  @Test
  void masksAreDrawnByTheLayerThatReadsThem() {
    Network network =
        Network.of(
            "dropout(0.5) variational(4) dropout(0.8)", Shape.of(3), 4, Likelihood.SQUARED_ERROR);
    Sequence data = Sequence.allocate(5, 1000, 3 + 11, 4);
    network.drawMasks(new RandomKey(2), data);
    double sum = 0;
    double squares = 0;
    for (int r = 0; r < 5000; r++) {
      for (int i = 0; i < 11; i++) {
        float mask = data.inputs()[14 * r + 3 + i];
        if (i < 3 || i >= 7) {
          float kept = i < 3 ? 2f : 1.25f;
          assertEquals(true, mask == 0 || mask == kept, "column " + i + ": " + mask);
        } else {
          sum += mask;
          squares += mask * mask;
        }
      }
    }
    assertEquals(0, sum / 20_000, 5 * 0.0071);
    assertEquals(1, squares / 20_000, 5 * 0.01);
  }
}
