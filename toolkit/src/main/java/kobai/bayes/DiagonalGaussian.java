package kobai.bayes;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * The variational law q(w; ξ) = N(μ, diag σ²), ξ = [μ | ρ], and its divergence from a prior N(m,
 * τ²I):
 *
 * <pre>
 * KL = Σᵢ ½ (σᵢ² + (μᵢ − m)²)/τ² − ½ − ln(σᵢ/τ)               (1)
 * ∂KL/∂μᵢ = (μᵢ − m)/τ²,   ∂KL/∂σᵢ = σᵢ/τ² − 1/σᵢ            (2)
 * ∂/∂ρᵢ = σᵢ′(ρᵢ) ∂/∂σᵢ                                       (3)
 * </pre>
 *
 * <p>(1) is {@code divergence}; {@code finish} adds (2) and does (3).
 */
final class DiagonalGaussian {
  private final Kernels kernels;
  private final GaussianPrior prior;
  private final Coordinates coordinates;
  private final int parameters;
  private final float[] sigma;
  private final float[] log;
  private final float[] slope;

  DiagonalGaussian(Variational variational, Workspace workspace, int parameters) {
    kernels = variational.kernels();
    prior = variational.prior();
    coordinates = variational.coordinates();
    this.parameters = parameters;
    sigma = workspace.floats("sigma", parameters);
    log = workspace.floats("log sigma", parameters);
    slope = workspace.floats("slope of sigma", parameters);
  }

  /** Takes over ξ [2P]. */
  void read(float[] xi) {
    if (xi.length != 2 * parameters) {
      throw new IllegalArgumentException(
          "xi: expected 2 × %d = %d numbers (means, then deviations), got %d"
              .formatted(parameters, 2 * parameters, xi.length));
    }
    coordinates.read(kernels, xi, parameters, sigma, log, slope);
  }

  float[] sigma() {
    return sigma;
  }

  /** W [P] ← μ + σ ⊙ ε. */
  void weights(float[] xi, float[] epsilon, float[] w) {
    System.arraycopy(xi, 0, w, 0, parameters);
    kernels.multiplyAdd(sigma, 0, epsilon, 0, w, 0, parameters);
  }

  /** (1), for the ξ last read. */
  double divergence(float[] xi) {
    double halfPrecision = 0.5 * prior.precision();
    double mean = prior.mean();
    double sum = 0;
    for (int i = 0; i < parameters; i++) {
      double away = xi[i] - mean;
      sum += halfPrecision * ((double) sigma[i] * sigma[i] + away * away) - log[i];
    }
    return sum + parameters * (Math.log(prior.deviation()) - 0.5);
  }

  /** Turns a gradient [2P] in (μ, σ) into that of the same plus share · KL in ξ, by (2) and (3). */
  void finish(float[] xi, double share, float[] gradient) {
    float precision = (float) (share * prior.precision());
    float mean = (float) prior.mean();
    float part = (float) share;
    for (int i = 0; i < parameters; i++) {
      gradient[i] += precision * (xi[i] - mean);
      float ofSigma = gradient[parameters + i] + (precision * sigma[i] - part / sigma[i]);
      gradient[parameters + i] = ofSigma * slope[i];
    }
  }

  static void clear(float[] gradient, int parameters) {
    Arrays.fill(gradient, 0, 2 * parameters, 0f);
  }
}
