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
