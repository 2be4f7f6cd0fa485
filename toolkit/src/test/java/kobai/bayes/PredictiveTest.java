package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;

class PredictiveTest {
  private static PredictiveSamples samples(float... first) {
    PredictiveSamples samples = new PredictiveSamples(Workspace.allocating(), first.length, 2);
    for (float z : first) {
      samples.add(new float[] {9, z, -z}, 1);
    }
    return samples;
  }

  /** By hand: 1, 2, 6 have mean 3 and mean square (4 + 1 + 9)/3 about it. */
  @Test
  void momentsOfTheMixtureAreThoseByHand() {
    PredictiveSamples samples = samples(1, 2, 6);
    assertEquals(3, samples.mean(0), 1e-15);
    assertEquals(-3, samples.mean(1), 1e-15);
    assertEquals(14.0 / 3, samples.variance(0, 0), 1e-14);
    assertEquals(14.0 / 3 + 0.25, samples.variance(1, 0.25), 1e-14);
    samples.clear();
    assertEquals(0, samples.count());
  }

  @Test
  void quantilesWithoutNoiseInterpolateOrderStatistics() {
    PredictiveSamples samples = samples(6, 1, 2);
    assertEquals(2, samples.quantile(0, 0.5, 0), 1e-15);
    assertEquals(4, samples.quantile(0, 0.75, 0), 1e-15);
    assertEquals(2.0 / 3, samples.below(0, 2, 0), 1e-15);
  }

  /** One sample is a normal law; equal weights at ±a are symmetric; below inverts quantile. */
  @Test
  void quantilesWithNoiseAreThoseOfTheMixture() {
    // Φ⁻¹(0.975) = 1.959963984540054.
    assertEquals(5 + 2 * 1.959963984540054, samples(5).quantile(0, 0.975, 4), 1e-12);
    PredictiveSamples pair = samples(-3, 3);
    assertEquals(0, pair.quantile(0, 0.5, 1), 1e-12);
    for (double p : new double[] {0.01, 0.3, 0.9}) {
      double x = samples(1, 2, 6).quantile(0, p, 0.5);
      assertEquals(p, samples(1, 2, 6).below(0, x, 0.5), 1e-12);
    }
    assertThrows(IllegalArgumentException.class, () -> pair.quantile(0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> pair.add(new float[2], 0));
    assertTrue(
        Double.isNaN(new PredictiveSamples(Workspace.allocating(), 1, 1).quantile(0, 0.5, 1)));
  }

  /** By hand, 2 bins: 0.4 wrong, 0.45 right | 0.75 right, 1 wrong. */
  @Test
  void expectedCalibrationErrorIsThatByHand() {
    ClassCalibration calibration = new ClassCalibration(2);
    calibration.add(new float[] {0.4f, 0.3f, 0.3f}, 0, 3, 1);
    calibration.add(new float[] {9, 0.3f, 0.45f, 0.25f}, 1, 3, 1);
    calibration.add(new float[] {0.25f, 0.75f}, 0, 2, 1);
    calibration.add(new float[] {1, 0}, 0, 2, 1);
    // (2 |1/2 − 0.425| + 2 |1/2 − 0.875|)/4
    assertEquals(0.5 * 0.075 + 0.5 * 0.375, calibration.expectedError(), 1e-7);
    assertEquals(0.5, calibration.accuracy(), 1e-15);
    ClassCalibration.Bin last = calibration.curve().get(1);
    assertEquals(2, last.count());
    assertEquals(0.875, last.confidence(), 1e-15);
    assertEquals(0.5, last.accuracy(), 1e-15);
    assertThrows(
        IllegalArgumentException.class, () -> calibration.add(new float[] {1, 0}, 0, 2, 2));
    assertThrows(
        IllegalArgumentException.class, () -> calibration.add(new float[] {3, 0}, 0, 2, 1));
  }

  /** A tenth of the curve is u = 0.05, the rest 0.95. */
  @Test
  void quantileCalibrationCountsWhatFallsBelow() {
    QuantileCalibration calibration = new QuantileCalibration(4);
    for (int i = 0; i < 100; i++) {
      calibration.add(i < 10 ? 0.05 : 0.95);
    }
    for (QuantileCalibration.Point point : calibration.curve()) {
      assertEquals(0.1, point.observed(), 1e-15);
    }
    assertEquals((0.15 + 0.4 + 0.65) / 3, calibration.error(), 1e-15);
    assertEquals(0, calibration.coverage(0.5), 1e-15);
    assertEquals(1, calibration.coverage(0.9001), 1e-15);
    assertThrows(IllegalArgumentException.class, () -> calibration.add(Double.NaN));
  }

  /**
   * The posterior predictive of the conjugate model is calibrated for data from the prior: 20 000
   * simulations, where an observed share has a deviation of at most ½/√20000 = 0.0035; six of them
   * are 0.021. Predicting with the mean weights only, as if they were known, covers too little.
   */
  @Test
  void thePosteriorPredictiveIsCalibratedAndThePlugInIsNot() {
    double[][] x = {{1, 0.5}, {-1, 1}};
    double[] next = {2, -1.5};
    double s = 0.6;
    GaussianPrior prior = new GaussianPrior(0, 1.25);
    NoiseSource normal = NoiseSource.gaussian(Implementation.SCALAR.kernels());
    RandomKey key = new RandomKey(4).child("predictive");
    QuantileCalibration whole = new QuantileCalibration(10);
    QuantileCalibration plugIn = new QuantileCalibration(10);
    float[] z = new float[5];
    for (int simulation = 0; simulation < 20_000; simulation++) {
      normal.fill(key, simulation, 0, z, 0, 5);
      double[] w = {1.25 * z[0], 1.25 * z[1]};
      double[] y = new double[2];
      for (int n = 0; n < 2; n++) {
        y[n] = x[n][0] * w[0] + x[n][1] * w[1] + s * z[2 + n];
      }
      LinearRegression regression = new LinearRegression(x, y, s * s, prior);
      double[] mean = regression.posteriorMean();
      double[][] covariance = regression.posteriorCovariance();
      double variance = 0;
      for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
          variance += next[i] * covariance[i][j] * next[j];
        }
      }
      double observed = next[0] * w[0] + next[1] * w[1] + s * z[4];
      PredictiveSamples point = new PredictiveSamples(Workspace.allocating(), 1, 1);
      point.add(new float[] {(float) (next[0] * mean[0] + next[1] * mean[1])}, 0);
      whole.add(point.below(0, observed, variance + s * s));
      plugIn.add(point.below(0, observed, s * s));
    }
    for (QuantileCalibration.Point p : whole.curve()) {
      assertEquals(p.nominal(), p.observed(), 0.021);
    }
    assertEquals(0.9, whole.coverage(0.9), 0.021);
    assertTrue(plugIn.coverage(0.9) < 0.8);
  }
}
