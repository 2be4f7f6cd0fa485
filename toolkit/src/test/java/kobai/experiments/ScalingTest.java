package kobai.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ScalingTest {
  /** Room for the rounding of a few logarithms and sums in double. */
  private static final double ROUNDING = 1e-12;

  @Test
  void anExactPowerLawIsFoundWithoutError() {
    double[] x = {16, 32, 64, 128};
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = 3 * Math.pow(x[i], 4);
    }
    Scaling fit = Scaling.fit(x, y);
    assertEquals(4, fit.slope(), ROUNDING);
    assertEquals(3, fit.factor(), 100 * ROUNDING);
    assertEquals(0, fit.standardError(), 100 * ROUNDING);
    assertEquals(3 * Math.pow(50, 4), fit.at(50), 3 * Math.pow(50, 4) * 100 * ROUNDING);
    assertEquals(4, fit.points());
  }

  /**
   * By hand, on ln x = −1, 0, 1 and ln y = 0, 1, 0.5: slope = (0·(−1) + 0.5·1) / 2 = ¼, mean ½;
   * residuals −¼, ½, −¼, s² = 3/8, se = √(3/16); t of one degree of freedom at 97.5 % is tan(0.475
   * π) = 12.7062047.
   */
  @Test
  void slopeErrorAndIntervalAreThoseWorkedOutByHand() {
    double e = Math.E;
    Scaling fit = Scaling.fit(new double[] {1 / e, 1, e}, new double[] {1, e, Math.sqrt(e)});
    assertEquals(0.25, fit.slope(), ROUNDING);
    assertEquals(Math.sqrt(3.0 / 16), fit.standardError(), ROUNDING);
    double reach = Math.tan(0.475 * Math.PI) * Math.sqrt(3.0 / 16);
    assertEquals(0.25 - reach, fit.low(), 1e-9);
    assertEquals(0.25 + reach, fit.high(), 1e-9);
    assertEquals(Math.exp(0.5), fit.factor(), ROUNDING);
  }

  /**
   * A weight of two is the point twice: the slope of (−1, 0), (0, 1), (1, ½), (1, ½) is ½ / 2¾ =
   * 2/11.
   */
  @Test
  void aWeightOfTwoIsThePointTwice() {
    double e = Math.E;
    double root = Math.sqrt(e);
    Scaling weighted =
        Scaling.fit(new double[] {1 / e, 1, e}, new double[] {1, e, root}, new double[] {1, 1, 2});
    Scaling twice = Scaling.fit(new double[] {1 / e, 1, e, e}, new double[] {1, e, root, root});
    assertEquals(2.0 / 11, twice.slope(), ROUNDING);
    assertEquals(twice.slope(), weighted.slope(), ROUNDING);
    assertEquals(twice.factor(), weighted.factor(), ROUNDING);
    // The scale of the weights is of no account.
    Scaling scaled =
        Scaling.fit(new double[] {1 / e, 1, e}, new double[] {1, e, root}, new double[] {7, 7, 14});
    assertEquals(weighted.standardError(), scaled.standardError(), ROUNDING);
  }

  /**
   * 2000 fits of five points with Gaussian noise: the interval misses the true exponent with
   * probability 5 % exactly: 100 expected, standard deviation √(2000 · 0.05 · 0.95) = 9.7; five of
   * them each way.
   */
  @Test
  void theIntervalHoldsTheTrueExponentAsOftenAsItSays() {
    Random random = new Random(11);
    double[] x = {8, 16, 32, 64, 128};
    int missed = 0;
    for (int trial = 0; trial < 2000; trial++) {
      double[] y = new double[5];
      for (int i = 0; i < 5; i++) {
        y[i] = Math.exp(3 * Math.log(x[i]) + 0.1 * random.nextGaussian());
      }
      missed += Scaling.fit(x, y).against(3) == Scaling.Verdict.AGREES ? 0 : 1;
    }
    assertTrue(Math.abs(missed - 100) <= 5 * 9.7, "missed " + missed + " of 2000");
  }

  @Test
  void twoPointsGiveASlopeAndNoInterval() {
    Scaling fit = Scaling.fit(new double[] {10, 100}, new double[] {5, 500});
    assertEquals(2, fit.slope(), ROUNDING);
    assertFalse(fit.hasInterval());
    assertEquals(Double.NaN, fit.low());
    assertEquals(Scaling.Verdict.UNDECIDED, fit.against(2));
    assertEquals(
        "BPTT memory grows as T^2.00 (2 points, so no interval); theory T^1: not decided",
        fit.sentence("BPTT memory", "T", 1));
  }

  @Test
  void theComparisonWithTheTheoryIsPutInWords() {
    double[] x = {16, 32, 64, 128};
    Scaling fit = Scaling.fit(x, new double[] {1.0, 15, 230, 3700});
    assertEquals(Scaling.Verdict.AGREES, fit.against(fit.slope()));
    assertEquals(Scaling.Verdict.BELOW, fit.against(4.5));
    assertEquals(Scaling.Verdict.ABOVE, fit.against(3));
    // ln y = 0, 2.708, 5.438, 8.216; (−2.708 + 5.438 + 3 · 8.216) / 20 / (½ ln 2) = 3.950.
    assertTrue(
        fit.sentence("RTRL time", "n", 4.5)
            .startsWith("RTRL time grows as n^3.95 (95 % interval "));
    assertTrue(
        fit.sentence("RTRL time", "n", 4.5).endsWith(", 4 points); theory n^4.50: below it"));
    assertTrue(fit.sentence("RTRL time", "n", 3).endsWith("; theory n^3: above it"));
  }

  @Test
  void pointsThatCannotBeFittedAreRefused() {
    assertEquals(
        "scaling: points = 1: must be at least 2", refused(new double[] {1}, new double[] {1}));
    assertEquals(
        "scaling: y: expected 2 numbers, got 3",
        refused(new double[] {1, 2}, new double[] {1, 2, 3}));
    assertEquals(
        "scaling: x[1] = 0.0: must be a finite number > 0",
        refused(new double[] {1, 0}, new double[] {1, 2}));
    assertEquals(
        "scaling: y[0] = NaN: must be a finite number > 0",
        refused(new double[] {1, 2}, new double[] {Double.NaN, 2}));
    assertEquals(
        "scaling: x = 3.0 at every point: must have at least two values",
        refused(new double[] {3, 3}, new double[] {1, 2}));
  }

  private static String refused(double[] x, double[] y) {
    return assertThrows(IllegalArgumentException.class, () -> Scaling.fit(x, y)).getMessage();
  }
}
