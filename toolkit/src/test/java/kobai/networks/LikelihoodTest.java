package kobai.networks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LikelihoodTest {
  private static LossRun run(Likelihood likelihood, int targets) {
    return new LossRun(
        likelihood, targets, Implementation.SCALAR.kernels(), Workspace.allocating());
  }

  /** −ln σ(0) = ln 2; −ln σ(−ln 3) = ln 4 for y = 1; gradients σ − y. */
  @Test
  void bernoulliByHand() {
    float[] z = {0, (float) -Math.log(3)};
    double loss = run(Likelihood.BERNOULLI, 2).run(z, 0, new float[] {0, 1}, 0, 1, 2f);
    assertEquals(Math.log(2) + Math.log(4), loss, 5e-7);
    assertArrayEquals(new float[] {2 * 0.5f, 2 * (0.25f - 1)}, z, 5e-7f);
  }

  /** A row that is right by far costs e^{−|z|}, not 0 and not the rounding of 1 + e^{−|z|}. */
  @Test
  void bernoulliKeepsSmallLossesAndLargeOnes() {
    LossRun run = run(Likelihood.BERNOULLI, 1);
    assertEquals(Math.exp(-30), run.run(new float[] {30}, 0, new float[] {1}, 0, 1, 1f), 1e-19);
    assertEquals(
        Math.log1p(Math.exp(-8)), run.run(new float[] {-8}, 0, new float[] {0}, 0, 1, 1f), 1e-9);
    assertEquals(1e6, run.run(new float[] {1e6f}, 0, new float[] {0}, 0, 1, 1f), 1e-3);
  }

  /** ½ (3 − 1)²/4 + ½ ln(2π · 4) = 0.5 + 1.6120857137646180; gradient (3 − 1)/4. */
  @Test
  @DisplayName("§1.4: the regression model y = f(x) + ε with Gaussian noise of variance σ²")
  void gaussianOfKnownVarianceByHand() {
    float[] z = {3};
    double loss = run(Likelihood.gaussian(4), 1).run(z, 0, new float[] {1}, 0, 1, 1f);
    assertEquals(0.5 + 1.6120857137646180, loss, 1e-12);
    assertEquals(0.5f, z[0]);
  }

  /** The same with s = ln 4: ∂/∂μ = 2/4, ∂/∂s = ½ (1 − 4/4) = 0; two rows, scale ½. */
  @Test
  void gaussianOfLearntVarianceByHand() {
    float s = (float) Math.log(4);
    float[] z = {3, s, 1, s};
    double loss = run(Likelihood.GAUSSIAN_LEARNT, 1).run(z, 0, new float[] {1, 1}, 0, 2, 0.5f);
    // s is ln 4 to 2⁻²⁴.
    assertEquals(0.5 + 2 * 1.6120857137646180, loss, 5e-7);
    assertArrayEquals(new float[] {0.25f, 0, 0, 0.25f}, z, 1e-7f);
  }

  @Test
  void textIsReadBackAndWhatCannotBeIsRefused() {
    for (String text :
        new String[] {"squared-error", "gaussian(0.5)", "gaussian-learnt", "bernoulli"}) {
      assertEquals(text, Likelihood.parse(text).text());
    }
    assertEquals(0.25, Likelihood.parse(" Gaussian( deviation = 0.5 ) ").variance());
    for (String text :
        new String[] {"gaussian", "gaussian()", "gaussian(0)", "gaussian(NaN)", "gaussian(-1)"}) {
      String message =
          org.junit.jupiter.api.Assertions.assertThrows(
                  IllegalArgumentException.class, () -> Likelihood.parse(text))
              .getMessage();
      org.junit.jupiter.api.Assertions.assertTrue(
          message.startsWith("likelihood = " + text + ": "), message);
    }
  }
}
