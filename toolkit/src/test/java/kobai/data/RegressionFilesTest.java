package kobai.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RegressionFilesTest {
  @TempDir private Path temporary;

  private Path file(String text) throws IOException {
    return Files.writeString(temporary.resolve("own.csv"), text);
  }

  private static float[] inputs(RegressionData data, int example) {
    float[] out = new float[data.inputs()];
    data.copyInputs(example, out, 0);
    return out;
  }

  private static float[] targets(RegressionData data, int example) {
    float[] out = new float[data.targets()];
    data.copyTargets(example, out, 0);
    return out;
  }

  @Test
  void targetsAreTheColumnsNamedOrTheLastOnes() throws IOException {
    Path file = file("a,y,b,c\n1,2,3,4\n5,6,7,8\n");
    RegressionData named = RegressionFiles.read(file, Optional.empty()).training();
    assertEquals(List.of("y"), named.targetNames());
    assertArrayEquals(new float[] {5, 7, 8}, inputs(named, 1));
    assertArrayEquals(new float[] {6}, targets(named, 1));
    RegressionData last = RegressionFiles.read(file, Optional.of("2")).training();
    assertEquals(List.of("b", "c"), last.targetNames());
    assertArrayEquals(new float[] {1, 2}, inputs(last, 0));
    assertArrayEquals(new float[] {3, 4}, targets(last, 0));
    RegressionData chosen = RegressionFiles.read(file, Optional.of("c, a")).training();
    assertArrayEquals(new float[] {4, 1}, targets(chosen, 0));
    assertArrayEquals(new float[] {2, 3}, inputs(chosen, 0));
    RegressionData plain = RegressionFiles.read(file("1,2\n3,4\n"), Optional.empty()).training();
    assertEquals(List.of("target"), plain.targetNames());
    assertArrayEquals(new float[] {4}, targets(plain, 1));
  }

  @Test
  void columnsThatAreNotThereAreRefusedNamingThoseThatAre() throws IOException {
    Path file = file("a,b\n1,2\n");
    for (String[] each :
        new String[][] {
          {"c", "'c': must be the name of a column of"},
          {"c", "it has a, b"},
          {"b,b", "each once"},
          {"2", "has 2 columns, 2 of them to predict"},
          {"0", "0 of them to predict"}
        }) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> RegressionFiles.read(file, Optional.of(each[0])))
              .getMessage();
      assertTrue(message.contains(each[1]), message);
    }
    Path bare = file("1,2\n");
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () -> RegressionFiles.read(bare, Optional.of("speed")))
            .getMessage()
            .contains("it names none"));
  }

  @Test
  void aNumberThatIsNotFiniteAsFloatIsNamedWithItsRow() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    RegressionData.of(
                        "own",
                        List.of("y"),
                        new int[] {2},
                        new float[] {1, 2, 3, Float.POSITIVE_INFINITY},
                        new float[] {1, 2}))
            .getMessage();
    assertTrue(message.startsWith("own: row 2, input 2 = Infinity"), message);
  }

  private static RegressionSource.Split split(RegressionData data) {
    return new RegressionSource(data, Optional.empty())
        .split(new RandomKey(3), 0.2, 0.2, RegressionSource.Scaling.BOTH);
  }

  private static String refused(RegressionData data) {
    return assertThrows(IllegalArgumentException.class, () -> split(data)).getMessage();
  }

  /** Rows of a split of so many examples that are not learnt from. */
  private static int heldOut(int n) {
    float[] rows = new float[n];
    for (int i = 0; i < n; i++) {
      rows[i] = i;
    }
    RegressionSource.Split split =
        new RegressionSource(
                RegressionData.of("rows", List.of("y"), new int[] {1}, rows, rows.clone()),
                Optional.empty())
            .split(new RandomKey(3), 0.2, 0.2, RegressionSource.Scaling.NONE);
    return (int) targets(split.test(), 0)[0];
  }

  @Test
  void aTargetThatNeverChangesWhereItIsLearntIsRefusedByName() {
    double[] x = new double[20];
    double[] y = new double[40];
    for (int i = 0; i < 20; i++) {
      x[i] = i;
      y[2 * i] = i;
      y[2 * i + 1] = 7;
    }
    // What the test part holds does not help.
    y[2 * heldOut(20) + 1] = 100;
    String message =
        refused(RegressionData.of("own", List.of(), List.of("a", "speed"), new int[] {1}, x, y));
    assertTrue(
        message.startsWith("own: target 'speed' never changes in the training part"), message);
  }

  @Test
  void secondsSince1970KeepTheirDifferences() throws IOException {
    StringBuilder text = new StringBuilder("time,y\n");
    for (int i = 0; i < 40; i++) {
      text.append(1_700_000_000L + i).append(',').append(3 * i).append('\n');
    }
    RegressionSource.Split split =
        split(RegressionFiles.read(file(text.toString()), Optional.empty()).training());
    assertEquals("time", split.test().inputName(0));
    for (int i = 0; i < split.test().examples(); i++) {
      // Both columns are the row on a line, so that both are the same number when scaled: the
      // mean of the times is rounded by 1.2e-7 of a second, of 11.5 seconds a deviation, and the
      // result is a float below 2.
      assertEquals(targets(split.test(), i)[0], inputs(split.test(), i)[0], 5e-7, "row " + i);
    }
  }

  @Test
  void aHeldOutRowBeyondTheRangeOfScaledFloatsIsNamed() {
    double[] x = new double[20];
    double[] y = new double[20];
    for (int i = 0; i < 20; i++) {
      x[i] = 1e-10 * i;
      y[i] = i;
    }
    int row = heldOut(20);
    x[row] = 1e38;
    String message =
        refused(RegressionData.of("own", List.of("mass"), List.of("y"), new int[] {1}, x, y));
    assertTrue(
        message.startsWith("own: row %d, mass = 1.0E38: must be within".formatted(row + 1)),
        message);
  }

  @Test
  void probabilitiesAreRequiredOfEveryRow() {
    RegressionData data =
        RegressionData.of(
            "own", List.of("share"), new int[] {1}, new float[4], new float[] {0, 1, 0.5f, 1.5f});
    data.part(new int[] {0, 1, 2}).requireProbabilities();
    String message =
        assertThrows(IllegalArgumentException.class, data::requireProbabilities).getMessage();
    assertTrue(message.startsWith("own: row 4, target 'share' = 1.5: must be in [0, 1]"), message);
  }

  @Test
  void aSplitIsScaledByItsTrainingPartAndGivesTheNumbersBack() {
    int n = 50;
    float[] x = new float[n];
    float[] y = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = 100 + i;
      y[i] = -7 * i;
    }
    RegressionData data = RegressionData.of("line", List.of("y"), new int[] {1}, x, y);
    RegressionSource.Split split =
        new RegressionSource(data, Optional.empty())
            .split(new RandomKey(3), 0.2, 0.2, RegressionSource.Scaling.BOTH);
    assertEquals(30, split.training().examples());
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 30; i++) {
      float own = targets(split.training(), i)[0];
      sum += own;
      squares += (double) own * own;
    }
    // Thirty floats of size 1, rounded twice each.
    assertEquals(0, sum / 30, 1e-6);
    assertEquals(1, squares / 30, 1e-6);
    boolean[] seen = new boolean[n];
    for (RegressionData part : List.of(split.training(), split.validation(), split.test())) {
      for (int i = 0; i < part.examples(); i++) {
        double back = split.inputs().original(0, inputs(part, i)[0]);
        int row = (int) Math.round(back) - 100;
        assertEquals(row + 100, back, 1e-4);
        // The line holds after both scalings: y is the target of that x.
        assertEquals(-7 * row, split.targets().original(0, targets(part, i)[0]), 1e-3);
        assertTrue(!seen[row], "row " + row + " is in two parts");
        seen[row] = true;
      }
    }
  }
}
