package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.kernels.Implementation;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

/**
 * Simulation-based calibration on the conjugate model.
 *
 * <p>Error rates: a right posterior is called wrong with a chance of 10⁻⁹ for each of the three
 * weights; the seed is fixed, so that this chance is taken once. With 2000 simulations in 20 bins
 * the bound on X² is 87; a posterior whose deviation is off by a factor of 1.3 gives an expected X²
 * of several hundred (measured below), far beyond.
 */
class RankCalibrationTest {
  private static final double ALPHA = 1e-9;
  private static final int SIMULATIONS = 2000;
  private static final int DRAWS = 99;
  private static final int BINS = 20;

  private final RandomKey key = new RandomKey(20).child("calibration");
  private final NoiseSource normal = NoiseSource.gaussian(Implementation.SCALAR.kernels());

  private interface Posterior {
    double[] draw(LinearRegression regression, double[] z);
  }

  private double[] normals(long simulation, int draw, int count) {
    float[] floats = new float[count];
    normal.fill(key.child(simulation), 0, draw, floats, 0, count);
    double[] z = new double[count];
    for (int i = 0; i < count; i++) {
      z[i] = floats[i];
    }
    return z;
  }

  private static double[][] design(boolean orthogonal) {
    double[][] x = {{1, 1, 1}, {1, -1, 1}, {1, 1, -1}, {1, -1, -1}};
    if (!orthogonal) {
      x[1][1] = 0.75;
      x[3][1] = 0.5;
    }
    return x;
  }

  /** Calibrations of the three weights. */
  private RankCalibration[] calibrate(double[][] x, Posterior posterior) {
    GaussianPrior prior = new GaussianPrior(0.5, 1.5);
    RankCalibration[] ranks = new RankCalibration[3];
    for (int i = 0; i < 3; i++) {
      ranks[i] = new RankCalibration(DRAWS, BINS);
    }
    for (int simulation = 0; simulation < SIMULATIONS; simulation++) {
      double[] z = normals(simulation, DRAWS, 3 + x.length);
      double[] w = new double[3];
      for (int i = 0; i < 3; i++) {
        w[i] = prior.mean() + prior.deviation() * z[i];
      }
      double[] y = new double[x.length];
      for (int n = 0; n < y.length; n++) {
        y[n] = x[n][0] * w[0] + x[n][1] * w[1] + x[n][2] * w[2] + 0.8 * z[3 + n];
      }
      LinearRegression regression = new LinearRegression(x, y, 0.8 * 0.8, prior);
      double[][] draws = new double[3][DRAWS];
      for (int l = 0; l < DRAWS; l++) {
        double[] draw = posterior.draw(regression, normals(simulation, l, 3));
        for (int i = 0; i < 3; i++) {
          draws[i][l] = draw[i];
        }
      }
      for (int i = 0; i < 3; i++) {
        ranks[i].add(w[i], draws[i]);
      }
    }
    return ranks;
  }

  private static double[] diagonal(LinearRegression regression, double[] z, double factor) {
    double[] draw = regression.posteriorMean();
    double[] sigma = regression.bestDeviations();
    for (int i = 0; i < 3; i++) {
      draw[i] += factor * sigma[i] * z[i];
    }
    return draw;
  }

  @Test
  void theExactPosteriorIsCalibrated() {
    for (RankCalibration ranks : calibrate(design(false), LinearRegression::posteriorDraw)) {
      assertTrue(ranks.pValue() > ALPHA, "X² = " + ranks.statistic());
    }
  }

  @Test
  void theBestDiagonalLawIsCalibratedWhereThePosteriorIsDiagonal() {
    for (RankCalibration ranks : calibrate(design(true), (r, z) -> diagonal(r, z, 1))) {
      assertTrue(ranks.pValue() > ALPHA, "X² = " + ranks.statistic());
    }
  }

  @Test
  void theBestDiagonalLawOfACorrelatedPosteriorIsFoundTooNarrow() {
    RankCalibration[] all = calibrate(design(false), (r, z) -> diagonal(r, z, 1));
    // The first two columns are nearly the same.
    for (int i = 0; i < 2; i++) {
      RankCalibration ranks = all[i];
      assertTrue(ranks.pValue() < ALPHA, "X² = " + ranks.statistic());
      long[] histogram = ranks.histogram();
      assertTrue(histogram[0] + histogram[BINS - 1] > 3 * SIMULATIONS / BINS);
    }
  }

  @Test
  void aWrongPosteriorIsFoundOut() {
    Posterior[] wrong = {
      (r, z) -> diagonal(r, z, 0.75), // too narrow
      (r, z) -> diagonal(r, z, 1.3), // too wide
      (r, z) -> { // shifted by half a deviation
        double[] draw = diagonal(r, z, 1);
        for (int i = 0; i < 3; i++) {
          draw[i] += 0.5 * r.bestDeviations()[i];
        }
        return draw;
      }
    };
    for (Posterior posterior : wrong) {
      for (RankCalibration ranks : calibrate(design(true), posterior)) {
        assertTrue(ranks.pValue() < ALPHA, "X² = " + ranks.statistic());
      }
    }
  }

  /** By hand: 3 draws, 2 bins; ranks 0, 1 | 2, 3; X² of 3 against 1 is (1 + 1)/2 = 1. */
  @Test
  void ranksFallIntoBinsOfEqualSize() {
    RankCalibration ranks = new RankCalibration(3, 2);
    double[] draws = {1, 2, 3};
    ranks.add(0, draws);
    ranks.add(1.5, draws);
    ranks.add(1.75, draws);
    ranks.add(9, draws);
    assertArrayEquals(new long[] {3, 1}, ranks.histogram());
    assertEquals(1, ranks.statistic(), 1e-15);
    // P(χ²₁ ≥ 1) = 2 Φ(−1) = 0.3173…
    assertEquals(0.31731050786291415, ranks.pValue(), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> new RankCalibration(99, 30));
    assertThrows(IllegalArgumentException.class, () -> new RankCalibration(0, 2));
    assertThrows(IllegalArgumentException.class, () -> ranks.add(0, new double[2]));
  }
}
