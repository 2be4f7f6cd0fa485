package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.BitSet;
import kobai.data.LabelledData;
import kobai.data.Sequence;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class ClassificationTest {
  private static final LabelledData FOUR =
      LabelledData.of(
          "four",
          new int[] {2},
          new float[] {0, 10, 1, 11, 2, 12, 3, 13},
          new double[] {2, 0, 1, 1},
          3);

  @Test
  void aRowHoldsTheFeaturesAndTheOneHotClassOfOneExample() {
    Classification task = new Classification(FOUR);
    Sequence sequence = task.allocate(1, 4);
    task.fill(new RandomKey(3), sequence);
    for (int row = 0; row < 4; row++) {
      int example = (int) sequence.inputs()[row * 2];
      assertEquals(example + 10, sequence.inputs()[row * 2 + 1]);
      float[] target = new float[3];
      target[FOUR.label(example)] = 1f;
      assertArrayEquals(target, Arrays.copyOfRange(sequence.targets(), row * 3, row * 3 + 3));
    }
  }

  @Test
  void rowsAreDrawnWithoutReplacementInRoundsOfAllExamples() {
    Classification task = new Classification(FOUR);
    Sequence sequence = task.allocate(2, 10);
    for (long seed = 0; seed < 20; seed++) {
      task.fill(new RandomKey(seed), sequence);
      for (int t = 0; t < 2; t++) {
        for (int from : new int[] {0, 4}) {
          BitSet seen = new BitSet();
          for (int row = from; row < from + 4; row++) {
            seen.set((int) sequence.inputs()[sequence.inputAt(t) + row * 2]);
          }
          assertEquals(4, seen.cardinality());
        }
      }
    }
  }

  @Test
  void anExampleOfOnesOwnChoiceReplacesARow() {
    Classification task = new Classification(FOUR);
    Sequence sequence = task.allocate(1, 2);
    Arrays.fill(sequence.targets(), 9f);
    task.set(sequence, 0, 1, 2);
    assertArrayEquals(new float[] {0, 0, 2, 12}, sequence.inputs());
    assertArrayEquals(new float[] {9, 9, 9, 0, 1, 0}, sequence.targets());
  }
}
