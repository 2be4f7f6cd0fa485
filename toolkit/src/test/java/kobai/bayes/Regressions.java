package kobai.bayes;

import kobai.memory.Workspace;

/**
 * Linear regressions for tests: numbers with few bits, so that float and double hold the same data.
 */
final class Regressions {
  static final double NOISE_VARIANCE = 0.5;
  static final GaussianPrior PRIOR = new GaussianPrior(0.25, 2);

  private Regressions() {}

  /** N = 6 rows, P = 3 features that are correlated. */
  static LinearRegression correlated() {
    return new LinearRegression(
        new double[][] {
          {1, 0.5, -0.25},
          {0.75, 1, 0.5},
          {-0.5, 0.25, 1},
          {1.25, 1, 0},
          {-1, -0.5, 0.75},
          {0.5, 0.75, 0.25}
        },
        new double[] {1.5, 0.25, -1, 2, -0.75, 0.5},
        NOISE_VARIANCE,
        PRIOR);
  }

  /** N = 4 rows, P = 3 features whose columns are orthogonal: XᵀX = diag(4, 1, 0.25). */
  static LinearRegression orthogonal() {
    return new LinearRegression(
        new double[][] {{1, 0.5, 0.25}, {1, -0.5, 0.25}, {1, 0.5, -0.25}, {1, -0.5, -0.25}},
        new double[] {1.5, 0.25, -1, 2},
        NOISE_VARIANCE,
        PRIOR);
  }

  static Variational variational(LinearRegression regression) {
    return Variational.of(regression.prior(), regression.likelihood());
  }

  static Workspace workspace() {
    return Workspace.allocating();
  }

  static float[] floats(double... values) {
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) values[i];
    }
    return out;
  }

  /** [μ | ρ] in these coordinates. */
  static float[] xi(Coordinates coordinates, double[] mu, double[] sigma) {
    float[] xi = new float[2 * mu.length];
    for (int i = 0; i < mu.length; i++) {
      xi[i] = (float) mu[i];
      xi[mu.length + i] = (float) coordinates.of(sigma[i]);
    }
    return xi;
  }

  /** Dσ/dρ by its textbook form. */
  static double slope(Coordinates coordinates, double sigma) {
    return switch (coordinates) {
      case SIGMA -> 1;
      case LOG_SIGMA -> sigma;
      case SOFTPLUS -> -Math.expm1(-sigma);
    };
  }

  /**
   * ∇F in ξ = −∇ELBO by hand from (4) of {@link LinearRegression}: in μ, −Xᵀ(y − Xμ)/s² + (μ −
   * m)/τ²; in σ, Hᵢᵢσᵢ + σᵢ/τ² − 1/σᵢ, times dσ/dρ.
   */
  static double[] gradient(
      LinearRegression regression, Coordinates coordinates, double[] mu, double[] sigma) {
    int p = mu.length;
    double lambda = regression.prior().precision();
    double[] mean = regression.law(mu, sigma).mean();
    double[] gradient = new double[2 * p];
    for (int i = 0; i < p; i++) {
      gradient[i] = -mean[i] + lambda * (mu[i] - regression.prior().mean());
      gradient[p + i] =
          (-mean[p + i] + lambda * sigma[i] - 1 / sigma[i]) * slope(coordinates, sigma[i]);
    }
    return gradient;
  }
}
