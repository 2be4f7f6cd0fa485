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
    assertEquals(14, model.parameters().count());
    int weights = model.weights();
    float[] plain = new float[model.stateSize()];
    step(schedule(), new float[] {0, 0}, plain);
    float[] theta = new float[14];
    java.util.Arrays.fill(theta, 0, 6, -60f);
    java.util.Arrays.fill(theta, 12, 14, 60f); // all units
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
  void unitsBeyondTheShareOfTheirLayerTakeNoPart() {
    InnerTraining model = model(Tuned.PER_TENSOR, Objective.TRAINING_LOSS, Implementation.VECTOR);
    float[] theta = new float[14];
    // Of 5 units the first ⌊5 · 0.7⌋ = 3, of 4 units ⌊4 · 0.5⌋ = 2.
    theta[12] = (float) Math.log(0.7 / 0.3);
    float[] state = new float[model.stateSize()];
    step(model, theta, state);
    for (int pixel = 0; pixel < 3; pixel++) {
      assertNil(state, pixel * 5 + 3, pixel * 5 + 5, "into the first layer");
    }
    assertNil(state, 15 + 3, 15 + 5, "biases of the first layer");
    for (int unit = 0; unit < 5; unit++) {
      assertNil(state, 20 + unit * 4 + (unit < 3 ? 2 : 0), 20 + unit * 4 + 4, "from unit " + unit);
    }
    assertNil(state, 40 + 2, 40 + 4, "biases of the second layer");
    assertNil(state, 44 + 2 * 3, 44 + 4 * 3, "from the second layer");
    // The biases of the outputs always learn.
    assertTrue(Math.abs(state[44 + 12]) > 1e-3, "" + state[44 + 12]);
    // A share that is no longer than a unit changes the loss by jumps alone.
    double before = step(model, theta, new float[model.stateSize()]);
    theta[12] += 0.1f; // 5 · 0.72
    assertEquals(before, step(model, theta, new float[model.stateSize()]));
    theta[12] = 60;
    assertTrue(before != step(model, theta, new float[model.stateSize()]));
  }

  private static void assertNil(float[] values, int from, int to, String what) {
    for (int i = from; i < to; i++) {
      assertEquals(0f, Math.abs(values[i]), what);
    }
  }

  @Test
  void theValidationLossIsTheTrainingLossOfTheValidationRows() {
    InnerTraining training = model(Tuned.SCHEDULE, Objective.TRAINING_LOSS, Implementation.VECTOR);
    InnerTraining held = model(Tuned.SCHEDULE, Objective.VALIDATION_LOSS, Implementation.VECTOR);
    float[] still = {-60, 0};
    Sequence swapped = Sequence.allocate(1, 1, 2 * BATCH, 1);
    System.arraycopy(sequence(1).inputs(), BATCH, swapped.inputs(), 0, BATCH);
    System.arraycopy(sequence(1).inputs(), 0, swapped.inputs(), BATCH, BATCH);
    Rollout rollout = held.rollout(Implementation.VECTOR.kernels(), Workspace.allocating(), 1, 1);
    double expected = step(training, still, new float[training.stateSize()]);
    double found = rollout.run(still, swapped, 0, 1, new float[held.stateSize()], 0, 0);
    assertEquals(expected, found);
    assertTrue(found > 0 && found != step(held, still, new float[held.stateSize()]));
  }

  /** Uniform in logarithm and logit: every number within its range, and near both of its ends. */
  @Test
  void drawsFillTheirRanges() {
    InnerTraining model = model(Tuned.PER_TENSOR, Objective.TRAINING_LOSS, Implementation.VECTOR);
    double[][] start = {{1e-4, 1e-2}, {0.01, 0.9}, {0.2, 0.8}};
    double[][] allowed = {{1e-8, 10}, {0.01, 0.999}, {0.01, 0.999}};
    for (double[][] ranges : java.util.List.of(start, allowed)) {
      double[] least = new double[14];
      double[] most = new double[14];
      java.util.Arrays.fill(least, 1);
      float[] theta = new float[14];
      for (int draw = 0; draw < 200; draw++) {
        RandomKey key = new RandomKey(draw);
        if (ranges == start) {
          model.initialise(key, theta);
        } else {
          model.drawAnywhere(key, theta);
        }
        for (int i = 0; i < 14; i++) {
          double[] range = ranges[i / 6];
          double low = unbound(i, range[0]);
          double place = (theta[i] - low) / (unbound(i, range[1]) - low);
          least[i] = Math.min(least[i], place);
          most[i] = Math.max(most[i], place);
        }
      }
      for (int i = 0; i < 14; i++) {
        // Of 200 uniform numbers none is below 0.1 with a probability of 0.9²⁰⁰ = 7·10⁻¹⁰.
        assertTrue(least[i] > -1e-6 && least[i] < 0.1, i + ": " + least[i]);
        assertTrue(most[i] < 1 + 1e-6 && most[i] > 0.9, i + ": " + most[i]);
      }
    }
  }

  @Test
  void aScheduleIsNotDrawn() {
    float[] theta = {5, 6};
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> schedule().drawAnywhere(new RandomKey(1), theta));
    assertEquals("tuned = SCHEDULE: must be PER_TENSOR (use initialise)", refusal.getMessage());
    assertArrayEquals(new float[] {5, 6}, theta);
  }

  private static double unbound(int i, double value) {
    return i < 6 ? Math.log(value) : Math.log(value / (1 - value));
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
