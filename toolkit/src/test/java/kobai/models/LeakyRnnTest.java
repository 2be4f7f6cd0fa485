package kobai.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kobai.data.Sequence;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.random.RandomKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LeakyRnnTest {
  /**
   * One unit, one input, one output, identity activation, α = ½: every number below can be checked
   * by hand.
   */
  private static final LeakyRnn TINY =
      new LeakyRnn(
          1, 1, 1, 0.5f, Activation.IDENTITY, Loss.SQUARED_ERROR, Initialisation.GAUSSIAN, 1f);

  /** W = 2, W_in = 3, b = 1, V = 4, c = −1. */
  private static final float[] THETA = {2, 3, 1, 4, -1};

  private static Sequence twoSteps() {
    return new Sequence(2, 1, 1, 1, new float[] {1, -1}, new float[] {0, 2});
  }

  @Test
  void twoStepsByHand() {
    // u₁ = 0·2 + 1·3 + 1 = 4, s₁ = ½·0 + ½·4 = 2, z₁ = 2·4 − 1 = 7, ℓ₁ = ½·7² = 24.5
    // u₂ = 2·2 − 3 + 1 = 2, s₂ = ½·2 + ½·2 = 2, z₂ = 7, ℓ₂ = ½·(7 − 2)² = 12.5
    Workspace workspace = Workspace.allocating();
    Rollout rollout = TINY.rollout(Implementation.SCALAR.kernels(), workspace, 2, 1);
    float[] state = {0};
    assertEquals(24.5 + 12.5, rollout.run(THETA, twoSteps(), 0, 2, state, 0, 0));
    assertEquals(2f, state[0]);
  }

  @Test
  @DisplayName("§1.9: two steps of a vanilla recurrent network and their gradient")
  void theirGradientByHand() {
    // e₁ = 7, e₂ = 5. q₁ = 28, q₂ = 20. J₂ = ½ + ½·2 = 1.5. a₂ = 20, a₁ = 28 + 20·1.5 = 58.
    // g = ½: ∂L/∂W = ½·(58·s₀ + 20·s₁) = ½·(0 + 40) = 20; ∂L/∂W_in = ½·(58·1 + 20·(−1)) = 19; ∂L/∂b
    // = ½·78 = 39;
    // ∂L/∂V = 7·2 + 5·2 = 24; ∂L/∂c = 12. dL/ds₀ = J₁ a₁ = 1.5·58 = 87.
    Tape tape = TINY.tape(Implementation.SCALAR.kernels(), Workspace.allocating(), 2, 1);
    float[] adjoint = {0};
    float[] gradient = new float[5];
    tape.forward(THETA, twoSteps(), 0, 2, new float[] {0});
    tape.backward(THETA, twoSteps(), adjoint, gradient);
    assertEquals(
        List.of(20f, 19f, 39f, 24f, 12f),
        List.of(gradient[0], gradient[1], gradient[2], gradient[3], gradient[4]));
    assertEquals(87f, adjoint[0]);
  }

  @Test
  void anOrthogonalInitialMatrixIsOrthogonal() {
    int n = 33;
    LeakyRnn model = LeakyRnn.of(4, n, 3, 1f, Loss.SQUARED_ERROR);
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(3), theta);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double dot = 0;
        for (int k = 0; k < n; k++) {
          dot += (double) theta[i * n + k] * theta[j * n + k];
        }
        // n products of entries rounded to float: n · 2⁻²⁴ at most
        assertEquals(i == j ? 1 : 0, dot, n * 0x1p-24);
      }
    }
  }

  @Test
  void initialScalesAreTheStatedOnes() {
    LeakyRnn model =
        new LeakyRnn(
            50, 100, 20, 1f, Activation.TANH, Loss.SQUARED_ERROR, Initialisation.UNIFORM, 2f);
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(3), theta);
    // variance of s² over k draws: 2/k (Gaussian) or less (uniform); six standard errors
    assertVariance(theta, model.parameters().tensor("recurrent"), 4.0 / 100);
    assertVariance(theta, model.parameters().tensor("input"), 1.0 / 50);
    assertVariance(theta, model.parameters().tensor("readout"), 1.0 / 100);
    Tensor bias = model.parameters().tensor("bias");
    for (int i = 0; i < bias.size(); i++) {
      assertEquals(0f, theta[bias.at() + i]);
    }
  }

  private static void assertVariance(float[] theta, Tensor tensor, double expected) {
    double sum = 0;
    for (int i = 0; i < tensor.size(); i++) {
      sum += (double) theta[tensor.at() + i] * theta[tensor.at() + i];
    }
    assertEquals(expected, sum / tensor.size(), 6 * Math.sqrt(2.0 / tensor.size()) * expected);
  }

  @Test
  void settingsOutOfRangeAreRefusedByName() {
    for (float alpha : new float[] {0f, -1f, 1.5f, Float.NaN}) {
      assertRefusal(
          "alpha = " + alpha + ": must be in (0, 1]",
          () -> LeakyRnn.of(1, 1, 1, alpha, Loss.SQUARED_ERROR));
    }
    assertRefusal(
        "hidden = 0: must be at least 1", () -> LeakyRnn.of(1, 0, 1, 1f, Loss.SQUARED_ERROR));
    assertRefusal("input size = 0", () -> LeakyRnn.of(0, 1, 1, 1f, Loss.SQUARED_ERROR));
    assertRefusal("target size = 0", () -> LeakyRnn.of(1, 1, 0, 1f, Loss.SQUARED_ERROR));
    assertRefusal("must be at most", () -> LeakyRnn.of(1, 50_000, 1, 1f, Loss.SQUARED_ERROR));
  }

  @Test
  void aWindowOrSequenceThatDoesNotFitIsRefusedWithTheNumbers() {
    Rollout rollout = TINY.rollout(Implementation.SCALAR.kernels(), Workspace.allocating(), 2, 1);
    float[] state = {0};
    assertRefusal("window = [0, 3)", () -> rollout.run(THETA, twoSteps(), 0, 3, state, 0, 0));
    assertRefusal("window = [1, 1)", () -> rollout.run(THETA, twoSteps(), 1, 1, state, 0, 0));
    assertRefusal(
        "expected 1 rows of 1 inputs",
        () -> rollout.run(THETA, Sequence.allocate(2, 1, 2, 1), 0, 2, state, 0, 0));
    assertRefusal(
        "has 5 parameters, got 4", () -> rollout.run(new float[4], twoSteps(), 0, 2, state, 0, 0));
  }

  private static void assertRefusal(String part, Runnable action) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, action::run);
    assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
  }
}
