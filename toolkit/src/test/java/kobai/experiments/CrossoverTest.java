package kobai.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import org.junit.jupiter.api.Test;

class CrossoverTest {
  private static final double ROUNDING = 1e-9;

  private static double[] power(double factor, double exponent, double... x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = factor * Math.pow(x[i], exponent);
    }
    return y;
  }

  /** Power laws are straight on log axes: 2 x² = 50 x at x = 25, wherever the points lie. */
  @Test
  void powerLawsCrossWhereTheirFormulasDo() {
    double[] xa = {1, 10, 40, 100};
    double[] xb = {2, 7, 300};
    Curve a = Curve.of("A", xa, power(2, 2, xa));
    Curve b = Curve.of("B", xb, power(50, 1, xb));
    for (Crossover found : new Crossover[] {Crossover.of(a, b), Crossover.of(b, a)}) {
      Crossover.At at = assertInstanceOf(Crossover.At.class, found);
      assertEquals(25, at.at(), ROUNDING);
      assertEquals("A", at.lowerBefore());
      assertEquals("B", at.lowerAfter());
      // No error bars, no doubt.
      assertEquals(25, at.low(), ROUNDING);
      assertEquals(25, at.high(), ROUNDING);
      assertEquals(2, at.from());
      assertEquals(100, at.to());
      assertEquals(
          "for n = 64, T > 25.0 (between 25.0 and 25.0), B takes less time than A",
          at.sentence("n = 64", "T", "time"));
    }
  }

  /** Bars of ±factor 2 on A alone: A may be 2 · 2x² or 2x²/2, which meet 50 x at 12.5 and 50. */
  @Test
  void errorBarsGiveTheIntervalOfTheCrossing() {
    double[] x = {1, 5, 20, 30, 100};
    double[] y = power(2, 2, x);
    Curve a = new Curve("A", x, y, power(1, 2, x), power(4, 2, x));
    Curve b = Curve.of("B", x, power(50, 1, x));
    for (Crossover found : new Crossover[] {Crossover.of(a, b), Crossover.of(b, a)}) {
      Crossover.At at = assertInstanceOf(Crossover.At.class, found);
      assertEquals(25, at.at(), ROUNDING);
      assertEquals(12.5, at.low(), ROUNDING);
      assertEquals(50, at.high(), ROUNDING);
    }
  }

  /** Bars of ±factor 100 overlap everywhere: all that is known is the range measured. */
  @Test
  void errorBarsThatOverlapThroughoutGiveTheWholeRange() {
    double[] x = {1, 10, 100};
    double[] y = power(2, 2, x);
    Curve a = new Curve("A", x, y, power(0.02, 2, x), power(200, 2, x));
    Crossover.At at =
        assertInstanceOf(Crossover.At.class, Crossover.of(a, Curve.of("B", x, power(50, 1, x))));
    assertEquals(1, at.low());
    assertEquals(100, at.high());
  }

  @Test
  void aCrossingAtAMeasuredPointIsOneCrossing() {
    Curve a = Curve.of("A", new double[] {1, 2, 4}, new double[] {1, 5, 9});
    Curve b = Curve.of("B", new double[] {1, 2, 4}, new double[] {2, 5, 6});
    Crossover.At at = assertInstanceOf(Crossover.At.class, Crossover.of(a, b));
    assertEquals(2, at.at(), ROUNDING);
    assertEquals(2, at.low(), ROUNDING);
    assertEquals(2, at.high(), ROUNDING);
    assertEquals("B", at.lowerAfter());
  }

  @Test
  void curvesThatOnlyTouchDoNotCross() {
    Curve a = Curve.of("A", new double[] {1, 2, 4}, new double[] {1, 5, 6});
    Curve b = Curve.of("B", new double[] {1, 2, 4}, new double[] {2, 5, 9});
    Crossover.None none = assertInstanceOf(Crossover.None.class, Crossover.of(b, a));
    assertEquals("A", none.lower());
    assertEquals(false, none.certain());
    assertEquals(
        "for T in [1, 4] there is no crossover: A never takes more memory than B (the error bars"
            + " overlap)",
        none.sentence("", "T", "memory"));
  }

  @Test
  void curvesApartHaveNoCrossoverAndTheLowerOneIsNamed() {
    double[] x = {1, 10};
    Curve a = new Curve("A", x, new double[] {1, 2}, new double[] {0.5, 1}, new double[] {1.5, 3});
    Curve b = Curve.of("B", new double[] {0.5, 5, 20}, new double[] {9, 8, 7});
    for (Crossover found : new Crossover[] {Crossover.of(a, b), Crossover.of(b, a)}) {
      Crossover.None none = assertInstanceOf(Crossover.None.class, found);
      assertEquals(new Crossover.None("A", "B", 1, 10, true), none);
      assertEquals(
          "for n = 8, T in [1, 10] there is no crossover: A never takes more time than B",
          none.sentence("n = 8", "T", "time"));
    }
  }

  @Test
  void curvesThatCrossAgainAndAgainAreSaidTo() {
    double[] x = {1, 2, 3, 4};
    Curve a = Curve.of("A", x, new double[] {1, 3, 1, 3});
    Curve b = Curve.of("B", x, new double[] {2, 2, 2, 2});
    Crossover.Several several = assertInstanceOf(Crossover.Several.class, Crossover.of(a, b));
    assertEquals(3, several.at().size());
    // Between 1 and 2, ln 1 → ln 3 reaches ln 2 at the share ln 2 / ln 3 of ln 2.
    assertEquals(Math.pow(2, Math.log(2) / Math.log(3)), several.at().getFirst(), ROUNDING);
    assertTrue(several.sentence("", "T", "time").contains("cross 3 times"));
  }

  @Test
  void curvesWithoutCommonRangeSaySo() {
    Curve a = Curve.of("A", new double[] {1, 2}, new double[] {1, 2});
    Curve b = Curve.of("B", new double[] {3, 4}, new double[] {1, 2});
    Crossover.Apart apart = assertInstanceOf(Crossover.Apart.class, Crossover.of(a, b));
    assertEquals(
        "A and B were measured at no common T: nothing can be said of their time",
        apart.sentence("", "T", "time"));
  }

  @Test
  void oneCommonPointIsEnoughToNameTheLower() {
    Curve a = Curve.of("A", new double[] {2}, new double[] {1});
    Curve b = Curve.of("B", new double[] {1, 2}, new double[] {3, 4});
    assertEquals(new Crossover.None("A", "B", 2, 2, true), Crossover.of(a, b));
  }

  @Test
  void exactCostsCrossAtTheSmallestIntegerInFewEvaluations() {
    AtomicInteger evaluations = new AtomicInteger();
    Crossover found =
        Crossover.exact(
            "BPTT",
            t -> {
              evaluations.incrementAndGet();
              return 100L * t;
            },
            "PES with 16 particles",
            t -> 41_234,
            1 << 20);
    assertEquals(new Crossover.From("BPTT", "PES with 16 particles", 413, 1 << 20), found);
    assertEquals(
        "for n = 64, T > 412, PES with 16 particles takes less memory than BPTT",
        found.sentence("n = 64", "T", "memory"));
    assertTrue(evaluations.get() <= 22, "evaluations " + evaluations);
  }

  /**
   * Every place of the change, its absence at both ends, and both orders of the arguments, against
   * a plain search.
   */
  @Test
  void exactCrossoversAgreeWithASearch() {
    int most = 37;
    for (int level = 0; level <= 10 * most + 20; level++) {
      int flat = level;
      Integer first = null;
      for (int t = 1; t <= most && first == null; t++) {
        first = 10 * t > flat ? t : null;
      }
      Crossover expected =
          first == null
              ? new Crossover.None("rising", "flat", 1, most, true)
              : first == 1 && 10 > flat
                  ? new Crossover.None("flat", "rising", 1, most, true)
                  : new Crossover.From("rising", "flat", first, most);
      assertEquals(expected, Crossover.exact("rising", t -> 10 * t, "flat", t -> flat, most));
      if (flat != 10 * most) { // at equality throughout neither order is wrong
        assertEquals(expected, Crossover.exact("flat", t -> flat, "rising", t -> 10 * t, most));
      }
    }
  }

  @Test
  void plannedMemoryOfRealEstimatorsCrossesWhereThePlansSay() {
    Setup setup =
        Setup.of(LeakyRnn.of(8, 16, 8, 1f, Loss.SOFTMAX_CROSS_ENTROPY), 10).withParticles(16);
    Crossover.From from =
        assertInstanceOf(
            Crossover.From.class,
            Crossover.exact(
                "BPTT",
                t -> Algorithm.BPTT.plan(setup.withWindow(t)).bytes(),
                "PES",
                t -> Algorithm.PES.plan(setup).bytes(),
                100_000));
    assertEquals("PES", from.lowerAfter());
    long pes = Algorithm.PES.plan(setup).bytes();
    assertTrue(Algorithm.BPTT.plan(setup.withWindow(from.first())).bytes() > pes);
    assertTrue(Algorithm.BPTT.plan(setup.withWindow(from.first() - 1)).bytes() <= pes);
  }

  @Test
  void curvesThatCannotBeAreRefused() {
    double[] x = {1, 2};
    double[] y = {1, 2};
    assertEquals(
        "curve 'A': x[1] = 1.0: must be above x[0] = 1.0 (sort the points by x)",
        refused(() -> Curve.of("A", new double[] {1, 1}, y)));
    assertEquals(
        "curve 'A': y[1] = -2.0: must be a finite number > 0",
        refused(() -> Curve.of("A", x, new double[] {1, -2})));
    assertEquals(
        "curve 'A': y[0] = 1.0: must be in its error bar [1.5, 2.0]",
        refused(() -> new Curve("A", x, y, new double[] {1.5, 1}, new double[] {2, 2})));
    assertEquals(
        "curve 'A': points = 0: must be at least 1",
        refused(() -> Curve.of("A", new double[0], new double[0])));
    assertEquals(
        "most = 0: must be at least 1",
        refused(() -> Crossover.exact("A", t -> t, "B", t -> t, 0)));
  }

  private static String refused(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }
}
