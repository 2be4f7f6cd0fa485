package kobai.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class LorenzTest {
  private static final double[] MEAN = {0, 0, 24.346};
  private static final double[] DEVIATION = {8.086, 9.109, 8.207};

  private static Sequence filled(int every, int length, int batch) {
    Lorenz task = new Lorenz(every);
    Sequence sequence = task.allocate(length, batch);
    task.fill(new RandomKey(19), sequence);
    return sequence;
  }

  private static double[] point(float[] values, int at) {
    double[] point = new double[3];
    for (int i = 0; i < 3; i++) {
      point[i] = MEAN[i] + DEVIATION[i] * values[at + i];
    }
    return point;
  }

  /** One Euler step of 0.005 of the equations as they are printed. */
  private static double[] step(double[] p) {
    return new double[] {
      p[0] + 0.005 * 10 * (p[1] - p[0]),
      p[1] + 0.005 * (p[0] * (28 - p[2]) - p[1]),
      p[2] + 0.005 * (p[0] * p[1] - 8.0 / 3 * p[2]),
    };
  }

  @Test
  void targetsAreTheStepsOfTheEquationsFromTheInputs() {
    for (int every : new int[] {1, 3}) {
      Sequence sequence = filled(every, 200, 4);
      for (int at = 0; at < sequence.inputs().length; at += 3) {
        double[] expected = point(sequence.inputs(), at);
        for (int i = 0; i < every; i++) {
          expected = step(expected);
        }
        double[] actual = point(sequence.targets(), at);
        for (int i = 0; i < 3; i++) {
          // Rounding to float moves a coordinate by at most 4 · 9.2 · 2⁻²⁴ = 2.2·10⁻⁶. A step
          // enlarges differences by at most
          // 1 + 0.005 (|r − z| + 1 + |x| + |y| + …) < 1.5 in the largest component; three steps and
          // the target's own rounding:
          // 2.2·10⁻⁶ (1.5³ + 1) < 10⁻⁵.
          assertEquals(expected[i], actual[i], 1e-5);
        }
      }
    }
  }

  @Test
  void everyRowStaysOnTheAttractorAndVisitsBothWings() {
    Sequence sequence = filled(5, 4000, 20); // 100 units of time
    for (int row = 0; row < 20; row++) {
      int right = 0;
      for (int t = 0; t < 4000; t++) {
        double[] p = point(sequence.inputs(), sequence.inputAt(t) + 3 * row);
        // 10⁸ steps from another start stayed within |x| < 20.5, |y| < 28.3, 0.6 < z < 50.8.
        assertTrue(Math.abs(p[0]) < 22 && Math.abs(p[1]) < 30 && p[2] > 0 && p[2] < 54);
        right += p[0] > 0 ? 1 : 0;
      }
      assertTrue(
          right > 400 && right < 3600, "row " + row + ": " + right + " of 4000 points with x > 0");
    }
  }

  @Test
  void coordinatesAreStandardised() {
    int length = 2000;
    int batch = 50;
    Sequence sequence = filled(20, length, batch);
    for (int i = 0; i < 3; i++) {
      double sum = 0;
      double squares = 0;
      for (int at = i; at < sequence.inputs().length; at += 3) {
        sum += sequence.inputs()[at];
        squares += sequence.inputs()[at] * sequence.inputs()[at];
      }
      double count = (double) length * batch;
      // 2·10⁶ steps are 10⁴ units of time; correlations last less than one unit, so the standard
      // error of a mean of unit
      // variance is below √(2 / 10⁴) = 0.014. Five of them.
      assertEquals(0, sum / count, 0.07);
      assertEquals(1, squares / count, 0.07);
    }
  }

  @Test
  void rowsHaveForgottenTheirCommonStart() {
    int batch = 2000;
    Sequence sequence = filled(5, 1, batch);
    int right = 0;
    double sum = 0;
    for (int row = 0; row < batch; row++) {
      right += sequence.inputs()[3 * row] > 0 ? 1 : 0;
      sum += sequence.inputs()[3 * row + 2];
    }
    assertEquals(
        batch / 2, right, 170); // by symmetry; Hoeffding: 2 exp(−2 · 170² / 2000) = 6·10⁻¹³
    assertEquals(0, sum / batch, 0.16); // seven standard errors of 1/√2000
  }

  @Test
  void samplingOutOfRangeIsRefused() {
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> new Lorenz(0))
            .getMessage()
            .startsWith("every = 0: must be from 1 to 10000"));
  }
}
