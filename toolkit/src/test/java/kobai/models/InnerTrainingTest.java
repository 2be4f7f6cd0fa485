package kobai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.InnerTraining.Objective;
import kobai.models.InnerTraining.Tuned;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class InnerTrainingTest {
  private static final int LENGTH = 10;
  private static final int BATCH = 4;

  private static InnerTraining model(
      Tuned tuned, Objective objective, Implementation implementation) {
    float[] images = new float[6 * 3];
    implementation.kernels().gaussian(7, 0, 0, 0, images, 0, images.length);
    return new InnerTraining(
        images,
        new int[] {0, 1, 2, 0, 1, 2},
        new int[] {3, 5, 4, 3},
        BATCH,
        LENGTH,
        tuned,
        objective,
        new RandomKey(2),
        implementation.kernels());
  }

  private static InnerTraining schedule() {
    return model(Tuned.SCHEDULE, Objective.TRAINING_LOSS, Implementation.VECTOR);
  }

  /** Rows 0, 1, 2, 5 to train, 3, 4, 5, 0 to validate, at every step. */
  private static Sequence sequence(int length) {
    Sequence sequence = Sequence.allocate(length, 1, 2 * BATCH, 1);
    float[] step = {0, 1, 2, 5, 3, 4, 5, 0};
    for (int t = 0; t < length; t++) {
      System.arraycopy(step, 0, sequence.inputs(), t * step.length, step.length);
    }
    return sequence;
  }

  private static double step(InnerTraining model, float[] theta, float[] state) {
    return model
        .rollout(Implementation.VECTOR.kernels(), Workspace.allocating(), 1, 1)
        .run(theta, sequence(1), 0, 1, state, 0, 0);
  }

  @Test
  void theFirstStepGoesAgainstTheGradientOfItsOwnLoss() {
    InnerTraining model = schedule();
    int weights = model.weights();
    assertEquals(4 * 5 + 6 * 4 + 5 * 3, weights);
    float[] state = new float[model.stateSize()];
    // A rate of e⁰ = 1 at t = 0, whatever the decay: w − w₀ = −∇ℓ.
    step(model, new float[] {0, 1}, state);
    float[] still = {-60, 0};
    // The mean loss, of order 1, is made of floats of 24 bits: some 2·10⁻⁷ over 2·10⁻³, and h²
    // times a third derivative of order 1. The key is one
    // of which no ReLU has its kink within h of w₀ (with key 1 one has).
    float h = 1e-3f;
    double norm = 0;
    for (int i = 0; i < weights; i++) {
      float[] ahead = new float[model.stateSize()];
      float[] behind = new float[model.stateSize()];
      ahead[i] = h;
      behind[i] = -h;
      double slope = (step(model, still, ahead) - step(model, still, behind)) / (2 * h);
      assertEquals(-slope, state[i], 1e-3, "weight " + i);
      norm += slope * slope;
    }
    assertTrue(norm > 0.01, "the gradient is not nil: " + norm);
    assertEquals(1, state[2 * weights]);
  }

  @Test
  void momentumKeepsNineTenthsAndTheRateDecays() {
    InnerTraining model = schedule();
    int weights = model.weights();
    float[] theta = {-1, (float) Math.log(2)};
    float[] early = new float[model.stateSize()];
    step(model, theta, early);
    float[] late = new float[model.stateSize()];
    late[2 * weights] = LENGTH;
    step(model, theta, late);
    float[] moving = new float[model.stateSize()];
    for (int i = 0; i < weights; i++) {
      moving[weights + i] = 1;
    }
    step(model, theta, moving);
    for (int i = 0; i < weights; i++) {
      // (1 + T/T)^−2 = ¼ of the rate at the end; 0.9 of the velocity stays.
      assertEquals(early[weights + i] / 4, late[weights + i], 1e-6);
      assertEquals(0.9 + early[weights + i], moving[weights + i], 1e-6);
      assertEquals(-early[weights + i], early[i], 0);
    }
  }

  @Test
  void everyTensorHasItsRateAndItsMomentum() {
    InnerTraining model = model(Tuned.PER_TENSOR, Objective.TRAINING_LOSS, Implementation.VECTOR);
    assertEquals(12, model.parameters().count());
    int weights = model.weights();
    float[] plain = new float[model.stateSize()];
    step(schedule(), new float[] {0, 0}, plain);
    float[] theta = new float[12];
    java.util.Arrays.fill(theta, 0, 6, -60f);
    // The biases of the second layer, tensor 3: rate e¹, momentum ½.
    theta[3] = 1;
    theta[6 + 3] = 0;
    float[] state = new float[model.stateSize()];
    int at = 4 * 5 + 5 * 4;
    state[weights + at] = 1;
    step(model, theta, state);
    for (int i = 0; i < weights; i++) {
      boolean tuned = i >= at && i < at + 4;
      double expected = tuned ? Math.E * plain[weights + i] + (i == at ? 0.5 : 0) : 0;
      assertEquals(expected, state[weights + i], 1e-6, "weight " + i);
    }
  }

  @Test
  void trainingBringsTheLossDownAndADivergedRunCostsTen() {
    InnerTraining model = schedule();
    Sequence sequence = sequence(LENGTH);
    float[] theta = {-3, -10};
    float[] state = new float[model.stateSize()];
    Rollout rollout =
        model.rollout(Implementation.VECTOR.kernels(), Workspace.allocating(), LENGTH, 1);
    double first = rollout.run(theta, sequence, 0, LENGTH, state, 0, 0);
    double second = rollout.run(theta, sequence, 0, LENGTH, state, 0, 0);
    assertTrue(second < 0.9 * first, first + " → " + second);
    state[0] = Float.NaN;
    assertEquals(10 * LENGTH, rollout.run(theta, sequence, 0, LENGTH, state, 0, 0));
  }

  @Test
  void theErrorIsAShareOfTheValidationRows() {
    InnerTraining model = model(Tuned.SCHEDULE, Objective.VALIDATION_ERROR, Implementation.VECTOR);
    float[] state = new float[model.stateSize()];
    double error = step(model, new float[] {-60, 0}, state);
    assertTrue(error >= 0 && error <= 1 && BATCH * error == Math.rint(BATCH * error), "" + error);
    state[0] = Float.NaN;
    assertEquals(1, step(model, new float[] {-60, 0}, state));
  }

  @Test
  void bothKernelsGiveTheSameBits() {
    float[][] states = new float[2][];
    for (Implementation implementation : Implementation.values()) {
      InnerTraining model = model(Tuned.SCHEDULE, Objective.TRAINING_LOSS, implementation);
      float[] state = new float[model.stateSize()];
      model
          .rollout(implementation.kernels(), Workspace.allocating(), LENGTH, 1)
          .run(new float[] {-1, 0}, sequence(LENGTH), 0, LENGTH, state, 0, 0);
      states[implementation.ordinal()] = state;
    }
    assertArrayEquals(states[0], states[1]);
  }

  @Test
  void wrongShapesAreRefused() {
    InnerTraining model = schedule();
    assertThrows(
        IllegalArgumentException.class,
        () -> model.rollout(Implementation.VECTOR.kernels(), Workspace.planning(), 1, 2));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new InnerTraining(
                new float[3],
                new int[1],
                new int[] {3},
                1,
                1,
                Tuned.SCHEDULE,
                Objective.TRAINING_LOSS,
                new RandomKey(0),
                Implementation.SCALAR.kernels()));
  }
}
