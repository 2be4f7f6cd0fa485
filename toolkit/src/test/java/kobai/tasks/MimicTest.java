package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.LeakyRnn;
import kobai.models.Parameters;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class MimicTest {
  private static final RandomKey KEY = new RandomKey(3);

  /**
   * A network with the teacher's weights has no loss: the equations of the task are those of the
   * model. With one weight changed it has.
   */
  @Test
  void aNetworkWithTheTeachersWeightsHasNoLoss() {
    for (float alpha : new float[] {1f, 0.5f}) {
      Mimic task = new Mimic(8, alpha, 5);
      Sequence sequence = task.allocate(30, 2);
      task.fill(KEY, sequence);
      LeakyRnn network = LeakyRnn.of(8, 8, 8, alpha, task.loss());
      float[] theta = task.teacher();
      double loss =
          network
              .rollout(Implementation.SCALAR.kernels(), Workspace.allocating(), 30, 2)
              .run(theta, sequence, 0, 30, new float[16], 0, 0);
      // Float rounding of 8 outputs of size 1, squared: far below 1e-10 a step.
      assertEquals(0, loss, 1e-9);
      Parameters parameters = network.parameters();
      theta[parameters.tensor("recurrent").at()] += 0.1f;
      double wrong =
          network
              .rollout(Implementation.SCALAR.kernels(), Workspace.allocating(), 30, 2)
              .run(theta, sequence, 0, 30, new float[16], 0, 0);
      assertTrue(wrong > 1e-4, "loss " + wrong);
    }
  }

  @Test
  void everySeedIsAnotherTeacher() {
    Sequence one = new Mimic(4, 1f, 1).allocate(5, 1);
    new Mimic(4, 1f, 1).fill(KEY, one);
    Sequence other = new Mimic(4, 1f, 2).allocate(5, 1);
    new Mimic(4, 1f, 2).fill(KEY, other);
    assertEquals(one.inputs()[3], other.inputs()[3]);
    assertNotEquals(one.targets()[0], other.targets()[0]);
  }

  @Test
  void refusesSizesOutOfRange() {
    assertEquals(
        "units = 0: must be from 1 to 4096",
        assertThrows(IllegalArgumentException.class, () -> new Mimic(0, 1f, 0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> new Mimic(2, 1.5f, 0));
  }
}
