package kobai.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.junit.jupiter.api.Test;

class SequentialTestTest {
  @Test
  void theBoundaryIsWhereTheEvidenceIsOneOverAlpha() {
    for (double alpha : new double[] {0.1, 1e-4, 1e-11}) {
      Boundary boundary = new Boundary(alpha, 24);
      for (double blocks : new double[] {3, 24, 1000}) {
        assertEquals(Math.log(1 / alpha), boundary.logEvidence(boundary.at(blocks), blocks), 1e-9);
      }
    }
  }

  @Test
  void theTestsOfTheSuiteShareItsBudget() {
    // One rounding of a product.
    assertEquals(Budget.ALPHA_RUN, Budget.TESTS * Budget.ALPHA, 1e-9 * 0x1p-52);
    assertTrue(Budget.seed("one") != Budget.seed("another"));
  }

  @Test
  void theFactorsAreThoseOfTheProtocol() {
    // verification.md 2.3: C_β = 4.21, 4.75 and 5.67 for β = 1e-3, 1e-4 and 1e-6.
    assertEquals(4.21, new Boundary(1e-3, 24).factor(), 0.006);
    assertEquals(4.75, new Boundary(1e-4, 24).factor(), 0.006);
    assertEquals(5.67, new Boundary(1e-6, 24).factor(), 0.006);
    // 2.5: 40 thousand estimates for v = 2, ε = 5 %, β = 1e-4.
    assertEquals(40_000, SequentialTest.planned(2, 0.05, 1e-4), 500);
  }

  @Test
  void oneSidedEvidenceIsTheHalfNormalMixture() {
    // E = ∫ 2 φ(μ; 0, 1/ρ) exp(μS − μ²K/2) dμ over μ > 0, by the midpoint rule.
    Boundary boundary = new Boundary(1e-4, 24);
    double rho = boundary.rho();
    NormalDistribution prior = NormalDistribution.of(0, 1 / Math.sqrt(rho));
    for (double sum : new double[] {-3, 0, 2, 9}) {
      double integral = 0;
      double step = 1e-4;
      for (double mu = step / 2; mu < 12 / Math.sqrt(rho); mu += step) {
        integral += 2 * prior.density(mu) * Math.exp(mu * sum - mu * mu * 5 / 2) * step;
      }
      assertEquals(Math.log(integral), boundary.logEvidenceAbove(sum, 5), 1e-6);
    }
  }

  @Test
  void theBlockSizeFollowsTheSkewness() {
    assertEquals(256, SequentialTest.blockFor(0));
    assertEquals(256, SequentialTest.blockFor(Math.sqrt(8)));
    assertEquals(512, SequentialTest.blockFor(3));
    assertEquals(4096, SequentialTest.blockFor(-11));
    SplittableRandom random = new SplittableRandom(1);
    SequentialTest test = new SequentialTest(0.05, 1e-9, 1e-4);
    for (int i = 0; i < SequentialTest.PILOT; i++) {
      assertEquals(0, test.block());
      test.add(random.nextGaussian());
    }
    assertEquals(256, test.block());
  }

  @Test
  void momentsAreThoseOfTheWholeStream() {
    SplittableRandom random = new SplittableRandom(2);
    Moments whole = new Moments();
    Moments merged = new Moments();
    double[] values = new double[1000];
    for (int part = 0; part < 4; part++) {
      Moments own = new Moments();
      for (int i = 0; i < 250; i++) {
        double x = 1e3 + random.nextExponential();
        values[250 * part + i] = x;
        whole.add(x);
        own.add(x);
      }
      merged.add(own);
    }
    double mean = 0;
    for (double x : values) {
      mean += x / 1000;
    }
    double squares = 0;
    double cubes = 0;
    for (double x : values) {
      squares += Math.pow(x - mean, 2);
      cubes += Math.pow(x - mean, 3);
    }
    for (Moments moments : new Moments[] {whole, merged}) {
      // Rounding of 10³ in 10⁻¹⁶ against deviations of 1, a thousand times.
      assertEquals(mean, moments.mean(), 1e-10);
      assertEquals(squares / 999, moments.variance(), 1e-9);
      assertEquals(Math.sqrt(1000) * cubes / Math.pow(squares, 1.5), moments.skewness(), 1e-7);
    }
  }

  @Test
  void tooFewValuesAreUndecidedAndSayHowManyAreMissing() {
    SplittableRandom random = new SplittableRandom(3);
    SequentialTest.Outcome few =
        new SequentialTest(0.05, 1e-9, 1e-4).run(random::nextGaussian, 2000);
    assertEquals(Verdict.UNDECIDED, few.verdict());
    // 1024 of the pilot and the three blocks of 256 that fit into 976.
    assertEquals(1792, few.samples());
    assertTrue(few.missing() > 0);
    SequentialTest.Outcome enough =
        new SequentialTest(0.05, 1e-9, 1e-4)
            .run(random::nextGaussian, 4 * (few.samples() + few.missing()));
    assertEquals(Verdict.UNBIASED, enough.verdict());
    assertEquals(0, enough.missing());
  }

  @Test
  void heavyTailsNeverPass() {
    // Cubes of a Cauchy variable: no mean at all.
    SplittableRandom random = new SplittableRandom(4);
    SequentialTest.Outcome outcome =
        new SequentialTest(1e30, 1e-9, 1e-4)
            .run(() -> Math.pow(Math.tan(Math.PI * (random.nextDouble() - 0.5)), 3), 400_000);
    assertEquals(Verdict.UNDECIDED, outcome.verdict());
    assertTrue(outcome.reason().startsWith("heavy tails"), outcome.reason());
  }

  @Test
  void valuesThatDoNotVaryAreJudgedByTheirMean() {
    assertEquals(
        Verdict.UNBIASED, new SequentialTest(0.05, 1e-9, 1e-4).run(() -> 0, 10_000).verdict());
    assertEquals(
        Verdict.BIASED, new SequentialTest(0.05, 1e-9, 1e-4).run(() -> 0.1, 100_000).verdict());
    assertEquals(
        Verdict.BIASED_BUT_WITHIN,
        new SequentialTest(0.05, 1e-2, 1e-4, 64).run(() -> 0.01, 100_000).verdict());
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    for (double[] bad :
        new double[][] {
          {0, 0.1, 0.1}, {Double.NaN, 0.1, 0.1}, {1, 0, 0.1}, {1, 0.5, 0.1}, {1, 0.1, 1}
        }) {
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class, () -> new SequentialTest(bad[0], bad[1], bad[2]));
      assertTrue(refusal.getMessage().contains("must be"), refusal.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> new SequentialTest(1, 0.1, 0.1, 1));
  }

  @Test
  void theSumStandsAtItsBoundaryWhereABiasIsFound() {
    for (double mean : new double[] {0, 0.2, -0.2}) {
      SplittableRandom random = new SplittableRandom(6);
      SequentialTest test = new SequentialTest(0.05, 1e-9, 1e-4);
      assertEquals(Double.POSITIVE_INFINITY, test.boundary(), "no block, no finding");
      SequentialTest.Outcome outcome = test.run(() -> mean + random.nextGaussian(), 100_000);
      assertEquals(mean == 0 ? Verdict.UNBIASED : Verdict.BIASED, outcome.verdict());
      assertEquals(outcome.verdict() == Verdict.BIASED, Math.abs(test.sum()) >= test.boundary());
      assertTrue(mean == 0 || Math.signum(test.sum()) == Math.signum(mean));
    }
  }
}
