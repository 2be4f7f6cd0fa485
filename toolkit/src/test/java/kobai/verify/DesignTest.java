package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class DesignTest {
  /** Sums of at most a few thousand terms of size 10³ in double. */
  private static final double ROUNDING = 1e-10;

  private static double mean(Design design, ToDoubleFunction<double[]> f) {
    double[] v = new double[design.factors()];
    double sum = 0;
    for (int run = 0; run < design.runs(); run++) {
      design.fill(run, v);
      sum += design.weight(run) * f.applyAsDouble(v);
    }
    return sum;
  }

  @Test
  void everyDesignHasWeightsThatSumToOneAndTheFirstTwoMoments() {
    for (Design design :
        List.of(
            new HadamardDesign(1, false),
            new HadamardDesign(9, false),
            new HadamardDesign(9, true),
            new SignDesign(5),
            new GaussHermiteDesign(4),
            new CubatureDesign(1),
            new CubatureDesign(6),
            new OrthogonalArrayDesign(1),
            new OrthogonalArrayDesign(9))) {
      assertEquals(1, mean(design, v -> 1), ROUNDING, design.name());
      for (int i = 0; i < design.factors(); i++) {
        for (int j = 0; j <= i; j++) {
          int first = i;
          int second = j;
          assertEquals(0, mean(design, v -> v[first]), ROUNDING, design.name());
          assertEquals(
              i == j ? 1 : 0, mean(design, v -> v[first] * v[second]), ROUNDING, design.name());
        }
      }
    }
  }

  @Test
  void foldingOverKillsThirdMoments() {
    // Columns 1, 2 and 3 of a Sylvester matrix multiply to one: their third moment is 1 without
    // folding.
    assertEquals(1, mean(new HadamardDesign(3, false), v -> v[0] * v[1] * v[2]), ROUNDING);
    assertEquals(0, mean(new HadamardDesign(3, true), v -> v[0] * v[1] * v[2]), ROUNDING);
  }

  @Test
  void anyFiveColumnsOfTheOrthogonalArrayAreIndependentAndSixAreNot() {
    Design design = new OrthogonalArrayDesign(9);
    boolean dependent = false;
    for (int set = 1; set < 1 << 9; set++) {
      int chosen = set;
      double product =
          mean(
              design,
              v -> {
                double p = 1;
                for (int i = 0; i < 9; i++) {
                  p *= (chosen >> i & 1) == 1 ? v[i] : 1;
                }
                return p;
              });
      if (Integer.bitCount(set) <= 5) {
        assertEquals(0, product, ROUNDING);
      }
      dependent |= product != 0;
    }
    assertTrue(dependent, "512 runs cannot hold nine independent columns");
  }

  @Test
  void gaussianRulesGiveTheMomentsOfTheNormalLaw() {
    for (Design design :
        List.of(new GaussHermiteDesign(3), new CubatureDesign(3), new CubatureDesign(11))) {
      assertEquals(3, mean(design, v -> Math.pow(v[2], 4)), ROUNDING, design.name());
      assertEquals(1, mean(design, v -> v[0] * v[0] * v[1] * v[1]), ROUNDING, design.name());
      assertEquals(0, mean(design, v -> Math.pow(v[0], 3) * v[1] * v[2]), ROUNDING, design.name());
      assertEquals(0, mean(design, v -> v[0] * v[0] * v[1] * v[2]), ROUNDING, design.name());
    }
    // The product rule has the sixth moment of degree 2 in each of three variables too, E v₀² v₁²
    // v₂² = 1.
    assertEquals(
        1, mean(new GaussHermiteDesign(3), v -> Math.pow(v[0] * v[1] * v[2], 2)), ROUNDING);
  }

  @Test
  void allSignVectorsAreDifferent() {
    Design design = new SignDesign(4);
    assertEquals(16, design.runs());
    double[] v = new double[4];
    int seen = 0;
    for (int run = 0; run < 16; run++) {
      design.fill(run, v);
      int bits = 0;
      for (int i = 0; i < 4; i++) {
        bits |= (v[i] > 0 ? 1 : 0) << i;
      }
      seen |= 1 << bits;
    }
    assertEquals(0xFFFF, seen);
  }

  @Test
  void tooManyFactorsAreRefusedWithTheRange() {
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> new SignDesign(17))
            .getMessage()
            .contains("factors = 17: must be in [1, 16]"));
    assertThrows(IllegalArgumentException.class, () -> new GaussHermiteDesign(11));
    assertThrows(IllegalArgumentException.class, () -> new OrthogonalArrayDesign(0));
    assertThrows(IllegalArgumentException.class, () -> new HadamardDesign(0, true));
    assertThrows(IllegalArgumentException.class, () -> new CubatureDesign(8001));
  }
}
