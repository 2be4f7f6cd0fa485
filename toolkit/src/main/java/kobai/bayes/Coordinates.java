package kobai.bayes;

import kobai.kernels.Kernels;

/** How the second half ρ of ξ = [μ | ρ] says the standard deviations σ. */
public enum Coordinates {
  /**
   * σ = ρ. The sign of ρ does not matter, N(μ, σ²) being the same for both; at 0 the divergence
   * from the prior is infinite.
   */
  SIGMA {
    @Override
    void read(Kernels kernels, float[] xi, int n, float[] sigma, float[] log, float[] slope) {
      for (int i = 0; i < n; i++) {
        sigma[i] = xi[n + i];
        log[i] = Math.abs(sigma[i]);
        slope[i] = 1f;
      }
      kernels.log(log, 0, log, 0, n);
    }

    @Override
    double of(double sigma) {
      return sigma;
    }
  },
  /** σ = e^ρ. */
  LOG_SIGMA {
    @Override
    void read(Kernels kernels, float[] xi, int n, float[] sigma, float[] log, float[] slope) {
      System.arraycopy(xi, n, log, 0, n);
      kernels.exp(log, 0, sigma, 0, n);
      System.arraycopy(sigma, 0, slope, 0, n);
    }

    @Override
    double of(double sigma) {
      return Math.log(sigma);
    }
  },
  /** σ = ln(1 + e^ρ). */
  SOFTPLUS {
    /**
     * σ = max(ρ, 0) + ln(1 + e), e = exp(−|ρ|), with ln(1 + e) = e · ln u/(u − 1), u the rounded 1
     * + e: to a few ulp for small e, too, where ln u alone keeps no digit (Kahan).
     */
    @Override
    void read(Kernels kernels, float[] xi, int n, float[] sigma, float[] log, float[] slope) {
      for (int i = 0; i < n; i++) {
        sigma[i] = -Math.abs(xi[n + i]);
      }
      kernels.exp(sigma, 0, sigma, 0, n);
      for (int i = 0; i < n; i++) {
        log[i] = 1f + sigma[i];
      }
      kernels.log(log, 0, slope, 0, n);
      for (int i = 0; i < n; i++) {
        float rest = log[i] - 1f;
        float small = rest == 0 ? sigma[i] : sigma[i] * (slope[i] / rest);
        sigma[i] = Math.max(xi[n + i], 0f) + small;
      }
      kernels.log(sigma, 0, log, 0, n);
      kernels.sigmoid(xi, n, slope, 0, n);
    }

    @Override
    double of(double sigma) {
      return sigma + Math.log(-Math.expm1(-sigma));
    }
  };

  /**
   * Overwrites σ, ln σ (ln |σ|) and dσ/dρ [n each] from xi [2 × n]. Allocates nothing; the same
   * bits with all kernels.
   */
  abstract void read(Kernels kernels, float[] xi, int n, float[] sigma, float[] log, float[] slope);

  /** ρ of a standard deviation. */
  abstract double of(double sigma);

  /**
   * Overwrites xi [2P] with means theta [P] and one standard deviation for all.
   *
   * @param sigma a finite number &gt; 0
   */
  public void initialise(float[] theta, double sigma, float[] xi) {
    if (!(sigma > 0 && sigma < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "sigma = %s: must be a finite number > 0".formatted(sigma));
    }
    int n = theta.length;
    if (xi.length != 2 * n) {
      throw new IllegalArgumentException(
          "xi: expected 2 × %d = %d numbers, got %d".formatted(n, 2 * n, xi.length));
    }
    System.arraycopy(theta, 0, xi, 0, n);
    java.util.Arrays.fill(xi, n, 2 * n, (float) of(sigma));
  }

  /**
   * Overwrites sigma [P] with the standard deviations |σ| that xi [2P] says. Allocates; for
   * reports.
   */
  public void deviations(Kernels kernels, float[] xi, float[] sigma) {
    int n = sigma.length;
    if (xi.length != 2 * n) {
      throw new IllegalArgumentException(
          "xi: expected 2 × %d = %d numbers, got %d".formatted(n, 2 * n, xi.length));
    }
    read(kernels, xi, n, sigma, new float[n], new float[n]);
    for (int i = 0; i < n; i++) {
      sigma[i] = Math.abs(sigma[i]);
    }
  }
}
