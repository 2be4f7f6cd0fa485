package kobai.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.random.RandomKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** LSTM and GRU on one unit, one input and one output, with gates that can be set by hand. */
class GatedCellsTest {
  /** σ is 1 to float precision from here on, and 0 to 10⁻¹³ at the negative. */
  private static final float OPEN = 30;

  /** 4 ulp of the functions, on values up to 2. */
  private static final double FEW_ULP = 4 * 0x1p-22;

  private static final Sequence TWO_STEPS =
      new Sequence(2, 1, 1, 1, new float[] {1, -1}, new float[] {0, 0});

  private static float[] states(RowLocalModel model, float[] theta) {
    RowLocalTape tape = model.tape(Implementation.SCALAR.kernels(), Workspace.allocating(), 2, 1);
    float[] states = new float[3 * model.stateSize()];
    tape.forward(theta, TWO_STEPS, 0, 2, new float[model.stateSize()]);
    tape.state(0, 0, states, 0);
    tape.state(1, 0, states, model.stateSize());
    return states;
  }

  @Test
  @DisplayName("§1.10: an LSTM remembers what its gates let through")
  void anLstmRemembersWhatItsGatesLetThrough() {
    Lstm model = Lstm.of(1, 1, 1, Loss.SQUARED_ERROR);
    // θ = [W: i f o g | W_in: i f o g | b: i f o g | V | c]. The candidate is x, the input gate is
    // open at x = 1 and shut at x = −1, forget and output gates are open:
    // c₁ = tanh 1, c₂ = c₁, h = tanh c.
    float[] theta = {0, 0, 0, 0, OPEN, 0, 0, 1, 0, OPEN, OPEN, 0, 1, 0};
    float[] states = states(model, theta);
    double c = Math.tanh(1);
    assertEquals(Math.tanh(c), states[0], FEW_ULP);
    assertEquals(c, states[1], FEW_ULP);
    assertEquals(Math.tanh(c), states[2], FEW_ULP);
    assertEquals(c, states[3], FEW_ULP);
    // With the forget gate shut the second step leaves nothing.
    theta[9] = -OPEN;
    states = states(model, theta);
    assertEquals(c, states[1], FEW_ULP);
    assertEquals(0, states[3], 1e-12);
    assertEquals(0, states[2], 1e-12);
    // With the output gate shut the cell stays and the output is zero.
    theta[9] = OPEN;
    theta[10] = -OPEN;
    states = states(model, theta);
    assertEquals(0, states[0], 1e-12);
    assertEquals(c, states[3], FEW_ULP);
  }

  @Test
  @DisplayName("§1.11: a GRU mixes its candidate with what its update gate keeps")
  void aGruMixesTheCandidateWithWhatItsUpdateGateKeeps() {
    Gru model = Gru.of(1, 1, 1, Loss.SQUARED_ERROR);
    // θ = [W: g r z | W_in: r z g | b: g recurrent, r, z, g | V | c]. z = σ(−OPEN x): the first
    // step takes the candidate tanh(r b_h + x + ½), the second keeps it.
    float[] theta = {0, 0, 0, 0, -OPEN, 1, 0.25f, OPEN, 0, 0.5f, 1, 0};
    float[] states = states(model, theta);
    double h = Math.tanh(0.25 + 1 + 0.5);
    assertEquals(h, states[0], FEW_ULP);
    assertEquals(h, states[1], FEW_ULP);
    // The reset gate shut, the recurrent part of the candidate, its bias with it, is gone.
    theta[7] = -OPEN;
    states = states(model, theta);
    assertEquals(Math.tanh(1.5), states[0], FEW_ULP);
    // Both steps take the candidate; the second sees 2 h through the open reset gate.
    theta[0] = 2;
    theta[4] = 0;
    theta[7] = OPEN;
    theta[8] = -OPEN;
    states = states(model, theta);
    assertEquals(h, states[0], FEW_ULP);
    assertEquals(Math.tanh(0.25 + 2 * h - 1 + 0.5), states[1], 2 * FEW_ULP);
  }

  @Test
  void theForgetGateStartsOpenAndTheBlocksOfTheRecurrentMatrixOrthogonal() {
    int n = 6;
    Lstm model = Lstm.of(2, n, 3, Loss.SQUARED_ERROR);
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(3), theta);
    int bias = model.parameters().tensor("bias").at();
    for (int i = 0; i < 4 * n; i++) {
      assertEquals(i / n == 1 ? 1f : 0f, theta[bias + i], "bias " + i);
    }
    for (int gate = 0; gate < 4; gate++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          double dot = 0;
          for (int i = 0; i < n; i++) {
            dot +=
                (double) theta[model.parameterAt(j, gate) + i]
                    * theta[model.parameterAt(k, gate) + i];
          }
          assertEquals(j == k ? 1 : 0, dot, 1e-6); // rounded to float: 6 terms of 2⁻²⁴
        }
      }
    }
    assertTrue(theta[model.parameterAt(0, 0)] != theta[model.parameterAt(0, 1)]);
  }

  @Test
  void noParameterOfAGruIsDead() {
    Gru model = Gru.of(2, 3, 1, Loss.SQUARED_ERROR);
    int[] seen = new int[model.parameters().tensor("readout").at()];
    for (int source = 0; source < model.sources(); source++) {
      for (int gate = 0; gate < model.gates(); gate++) {
        int at = model.parameterAt(source, gate);
        for (int i = 0; at >= 0 && i < 3; i++) {
          seen[at + i]++;
        }
      }
    }
    for (int count : seen) {
      assertEquals(1, count);
    }
    assertEquals(-1, model.parameterAt(0, 3), "the input part sees no state");
    assertEquals(-1, model.parameterAt(3, 0), "the recurrent part sees no input");
  }

  @Test
  void whatCannotBeIsRefused() {
    refused("hidden = 0: must be at least 1", () -> Lstm.of(1, 0, 1, Loss.SQUARED_ERROR));
    refused("input size = 0", () -> Gru.of(0, 1, 1, Loss.SQUARED_ERROR));
    refused("must be at most", () -> Lstm.of(1, 30_000, 1, Loss.SQUARED_ERROR));
    refused(
        "forget bias = NaN: must be a finite number",
        () -> new Lstm(1, 1, 1, Loss.SQUARED_ERROR, Initialisation.GAUSSIAN, 1f, Float.NaN));
    refused(
        "gain = -1.0: must be a finite number ≥ 0",
        () -> new Gru(1, 1, 1, Loss.SQUARED_ERROR, Initialisation.GAUSSIAN, -1f));
  }

  private static void refused(String message, org.junit.jupiter.api.function.Executable call) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, call);
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }
}
