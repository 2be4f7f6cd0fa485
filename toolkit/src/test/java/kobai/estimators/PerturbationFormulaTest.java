package kobai.estimators;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.random.NoiseSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A line on two inputs, by hand: θ = (¼, −½, 1), x = (1, 2), so that a = ¼; against y = ½ the loss
 * is 1/32 and the gradient (−¼, −½, −¼). All numbers are exact in float.
 */
class PerturbationFormulaTest {
  private static final float[] THETA = {0.25f, -0.5f, 1};
  private static final Sequence DATA =
      new Sequence(1, 1, 2, 1, new float[] {1, 2}, new float[] {0.5f});

  private static float[] estimate(Algorithm algorithm, double sigma, NoiseSource noise) {
    Network network = Network.of("dense(1)", Shape.of(2), 1, Loss.SQUARED_ERROR);
    GradientEstimator estimator =
        algorithm.create(Setup.of(network, 1).withParticles(2).withSigma(sigma).withNoise(noise));
    estimator.reset(0);
    float[] gradient = new float[3];
    assertEquals(0.03125, estimator.estimate(THETA, DATA, 0, 1, gradient), "without perturbation");
    return gradient;
  }

  /** The first particle draws v, the second −v. */
  private static NoiseSource pair(float... v) {
    return (key, unroll, particle, out, at, count) -> {
      assertEquals(v.length, count);
      for (int i = 0; i < count; i++) {
        out[at + i] = particle == 0 ? v[i] : -v[i];
      }
    };
  }

  /**
   * v = (1, 1, −1), σ = ½: θ + σv = (¾, 0, ½) gives a = 5/4 and L = 9/32, δL = ¼, ĝ = ½ v. θ − σv =
   * (−¼, −1, 3/2) gives a = −¾ and L = 25/32, δL = ¾, ĝ = −(3/2) v. Their mean is −½ v.
   */
  @Test
  @DisplayName("§6.1: weight perturbation is (L(θ + σv) − L(θ))/σ times v")
  void weightPerturbationByHand() {
    assertArrayEquals(
        new float[] {-0.5f, -0.5f, 0.5f},
        estimate(Algorithm.WEIGHT_PERTURBATION, 0.5, pair(1, 1, -1)));
  }

  /** v = 1, σ = ½: a = ¾ has δL = 0; v = −1: a = −¼ has L = 9/32, δL = ¼, −½ x. Mean: −¼ x. */
  @Test
  @DisplayName("§6.2: node perturbation is the difference over σ times v zᵀ, and v for the bias")
  void nodePerturbationByHand() {
    for (Algorithm algorithm :
        new Algorithm[] {Algorithm.NODE_PERTURBATION, Algorithm.NODE_PERTURBATION_PERTURBED}) {
      // One layer has no perturbed activity before it: both forms are the same here.
      assertArrayEquals(new float[] {-0.25f, -0.5f, -0.25f}, estimate(algorithm, 0.5, pair(1)));
    }
  }

  /** v·∇L = −¼ − ½ + ¼ = −½. */
  @Test
  @DisplayName("§6.6: the forward gradient is the exact derivative along v, times v")
  void forwardGradientByHand() {
    assertArrayEquals(
        new float[] {-0.5f, -0.5f, 0.5f},
        estimate(Algorithm.FORWARD_GRADIENT, 0.5, pair(1, 1, -1)));
  }

  /**
   * On a quadratic loss a pair ±v gives (v·∇L) v exactly. Had V = σv been multiplied by V/σ, it
   * would be σ² times that: a sixteenth of it at σ = ¼.
   */
  @Test
  @DisplayName("§6.4: noise of variance one, added as σv and multiplied as v: no factor σ is left")
  void theScaleOfTheNoiseLeavesNoFactor() {
    for (double sigma : new double[] {0.5, 0.25, 0.125}) {
      // v·∇L = −¼ − ½ + ¼ = −½.
      assertArrayEquals(
          new float[] {-0.5f, -0.5f, 0.5f},
          estimate(Algorithm.WEIGHT_PERTURBATION, sigma, pair(1, 1, -1)),
          "σ = " + sigma);
      assertArrayEquals(
          new float[] {-0.25f, -0.5f, -0.25f},
          estimate(Algorithm.NODE_PERTURBATION, sigma, pair(1)),
          "σ = " + sigma);
    }
  }
}
