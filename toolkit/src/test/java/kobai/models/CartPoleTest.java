package kobai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class CartPoleTest {
  private static final CartPole MODEL = new CartPole(3);

  /** A pole that turns over the top twice in four seconds. */
  private static double[] wild() {
    return new double[] {0.3, -0.5, 2.0, 6.0};
  }

  private static double drift(double step, double seconds) {
    double[] place = wild();
    double before = CartPole.energy(place);
    double[] scratch = new double[8];
    double most = 0;
    for (int i = 0; i < seconds / step; i++) {
      CartPole.advance(place, 0, step, scratch);
      most = Math.max(most, Math.abs(CartPole.energy(place) - before));
    }
    return most;
  }

  @Test
  void energyIsConservedWithoutForceToTheOrderOfTheMethod() {
    double energy = CartPole.energy(wild());
    assertTrue(energy > 0.5, "it moves: " + energy);
    double coarse = drift(0.01, 4);
    double fine = drift(0.005, 4);
    assertTrue(coarse < 1e-6 * energy, "drift " + coarse);
    // The error of a fourth-order method falls by 2⁴ at half the step; a wrong term in the
    // equations would leave a drift that does not fall.
    assertTrue(fine < coarse / 12 && fine > 0, coarse + " → " + fine);
  }

  @Test
  void momentumIsConservedWithoutForce() {
    double[] place = wild();
    double before = CartPole.momentum(place);
    double[] scratch = new double[8];
    double moved = 0;
    for (int i = 0; i < 800; i++) {
      CartPole.advance(place, 0, 0.005, scratch);
      moved = Math.max(moved, Math.abs(place[1] + 0.5));
    }
    assertTrue(moved > 0.1, "the cart's own speed changes");
    // The sum is linear in the speeds but not in the angle: 10⁻⁸ is the order of the drift above.
    assertEquals(before, CartPole.momentum(place), 1e-7);
  }

  @Test
  void aForceDoesTheWorkThatTheEnergyGainsAndGivesItsImpulse() {
    double[] place = wild();
    double energy = CartPole.energy(place);
    double momentum = CartPole.momentum(place);
    double[] scratch = new double[8];
    double x = place[0];
    for (int i = 0; i < 200; i++) {
      CartPole.advance(place, 3, 0.005, scratch);
    }
    assertEquals(3 * (place[0] - x), CartPole.energy(place) - energy, 1e-6);
    assertEquals(3 * 200 * 0.005, CartPole.momentum(place) - momentum, 1e-6);
  }

  @Test
  void aHangingPoleSwingsAtItsFrequency() {
    // Small angles around π: θ̈ = −g/(l (4/3 − m/(M + m))) (θ − π), period 2π/√15.776 = 1.5819 s.
    double[] place = {0, 0, Math.PI + 1e-3, 0};
    double[] scratch = new double[8];
    double period = 2 * Math.PI / Math.sqrt(9.8 / (0.5 * (4.0 / 3 - 0.1 / 1.1)));
    assertEquals(1.5819, period, 1e-4);
    for (int i = 0; i < 1000; i++) {
      CartPole.advance(place, 0, period / 1000, scratch);
    }
    // The period grows by a share θ²/16 of the amplitude or so: 10⁻⁷.
    assertEquals(1e-3, place[2] - Math.PI, 1e-8);
    assertEquals(0, place[3], 1e-8);
  }

  @Test
  void aPoleThatHangsStillCostsOneAStepAndALostCartTwo() {
    Rollout rollout =
        MODEL.rollout(Implementation.SCALAR.kernels(), Workspace.allocating(), 100, 1);
    float[] theta = new float[MODEL.parameters().count()];
    float[] state = new float[MODEL.stateSize()];
    Sequence still = Sequence.allocate(100, 1, 4, 1);
    // (float) π is 9·10⁻⁸ from π: the cosine is −1 to 10⁻¹⁴ all along.
    assertEquals(100, rollout.run(theta, still, 0, 100, state, 0, 0), 1e-6);
    // c = 20 pushes with all force: x = ½ (10/1.1) t² = 2.4 after 0.73 s, so gone by step 19.
    theta[theta.length - 1] = 20;
    state = new float[MODEL.stateSize()];
    double first = rollout.run(theta, still, 0, 17, state, 0, 0);
    assertTrue(first < 17 && state[5] == 0, "still on the track: " + first);
    rollout.run(theta, still, 17, 20, state, 0, 0);
    assertEquals(1, state[5]);
    float[] gone = state.clone();
    assertEquals(80 * 2, rollout.run(theta, still, 20, 100, state, 0, 0));
    assertArrayEquals(gone, state);
  }

  @Test
  void anEpisodeBeginsWhereTheStateIsZeroAtTheInputOfThatStep() {
    Rollout rollout = MODEL.rollout(Implementation.SCALAR.kernels(), Workspace.allocating(), 2, 1);
    float[] theta = new float[MODEL.parameters().count()];
    Sequence sequence =
        new Sequence(2, 1, 4, 1, new float[] {9, 9, 9, 9, 0.5f, 0, 0, 0}, new float[2]);
    float[] state = new float[MODEL.stateSize()];
    rollout.run(theta, sequence, 1, 2, state, 0, 0);
    assertEquals(0.5f, state[0]);
    assertEquals((float) Math.PI, state[2]);
    rollout.run(theta, sequence, 0, 1, state, 0, 0);
    assertEquals(0.5f, state[0], "an episode that has begun does not look at the input");
  }

  @Test
  void sizesAreRefusedAndTheFirstPolicyDoesNotPush() {
    assertThrows(IllegalArgumentException.class, () -> new CartPole(0));
    float[] theta = new float[MODEL.parameters().count()];
    MODEL.initialise(new RandomKey(1), theta);
    assertEquals(3 * 5 + 3 + 3 + 1, theta.length);
    assertTrue(theta[0] != 0);
    assertEquals(0, theta[theta.length - 1]);
  }
}
