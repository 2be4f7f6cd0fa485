package kobai.reproduce;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.networks.Network;
import kobai.networks.Shape;
import org.junit.jupiter.api.Test;

class PerturbationScalingTest {
  /** One affine layer of two nodes: E‖ĝ‖² = (‖x‖² + 1)(2 + 2)‖δ‖² with δ = x W + b − y. */
  @Test
  void theLawOfNodesIsThatOfAnAffineLayer() {
    Network network = Network.of("dense(2)", Shape.of(3), 2, Loss.SQUARED_ERROR);
    float[] theta = {0.5f, -1, 2, 0.25f, 1, 1, 0.5f, -0.5f}; // W [3 × 2], b
    Sequence sequence = new Sequence(1, 1, 3, 2, new float[] {1, 2, -1}, new float[] {0.5f, 1.5f});
    // x W + b = (0.5 + 4 − 1 + 0.5, −1 + 0.5 − 1 − 0.5) = (4, −2), δ = (3.5, −3.5)
    double expected = (1 + 4 + 1 + 1) * 4 * (3.5 * 3.5 * 2);
    // Central differences of a quadratic are exact but for the rounding of two losses of 12.
    double rounding = 2 * 12.25 * 0x1p-23 / 2e-2 / 3.5 * 2;
    assertEquals(expected, NodeLaw.secondMoment(network, theta, sequence), 4 * rounding * expected);
  }
}
