package kobai.networks;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** Computes a {@link Likelihood} and its derivative in z. */
final class LossRun {
  private static final double HALF_LOG_TWO_PI = 0.5 * StrictMath.log(2 * Math.PI);

  private final Kernels kernels;
  private final Likelihood likelihood;
  private final int targets;
  private final int outputs;
  private final float[] work;

  LossRun(Likelihood likelihood, int targets, Kernels kernels, Workspace workspace) {
    this.kernels = kernels;
    this.likelihood = likelihood;
    this.targets = targets;
    outputs = likelihood.outputs(targets);
    work = workspace.floats("loss of a row", 2L * targets);
  }

  /** Numbers of z a row. */
  int outputs() {
    return outputs;
  }

  /**
   * The losses of rows z [rows × outputs] against y [rows × m], added in order; z is overwritten
   * with scale · ∂loss/∂z.
   */
  double run(float[] z, int zAt, float[] y, int yAt, int rows, float scale) {
    return switch (likelihood.kind()) {
      case SQUARED_ERROR -> kernels.squaredError(z, zAt, y, yAt, rows, targets, scale);
      case SOFTMAX_CROSS_ENTROPY ->
          kernels.softmaxCrossEntropy(z, zAt, y, yAt, rows, targets, scale);
      case BERNOULLI -> {
        double loss = 0;
        for (int i = 0; i < rows; i++) {
          loss += bernoulli(z, zAt + i * targets, y, yAt + i * targets, scale);
        }
        yield loss;
      }
      case GAUSSIAN -> {
        double precision = 1 / likelihood.variance();
        double constant = targets * (HALF_LOG_TWO_PI + 0.5 * StrictMath.log(likelihood.variance()));
        yield precision
                * kernels.squaredError(z, zAt, y, yAt, rows, targets, (float) (scale * precision))
            + rows * constant;
      }
      case GAUSSIAN_LEARNT -> {
        double loss = 0;
        for (int i = 0; i < rows; i++) {
          loss += gaussian(z, zAt + i * outputs, y, yAt + i * targets, scale);
        }
        yield loss;
      }
    };
  }

  /**
   * Σ max(z, 0) − y z + ln(1 + e^{−|z|}), ∂/∂z = σ(z) − y. With e = e^{−|z|} and w = 1 + e rounded,
   * ln(1 + e) = ln w · e / (w − 1), which undoes the rounding of w.
   */
  private double bernoulli(float[] z, int zAt, float[] y, int yAt, float scale) {
    int m = targets;
    for (int j = 0; j < m; j++) {
      work[j] = -Math.abs(z[zAt + j]);
    }
    kernels.exp(work, 0, work, 0, m);
    for (int j = 0; j < m; j++) {
      work[m + j] = 1 + work[j];
    }
    kernels.log(work, m, work, m, m);
    double loss = 0;
    for (int j = 0; j < m; j++) {
      float e = work[j];
      float w = 1 + e;
      float rest = w == 1 ? e : work[m + j] * (e / (w - 1));
      loss += Math.fma(-y[yAt + j], z[zAt + j], Math.max(z[zAt + j], 0f));
      loss += rest;
    }
    kernels.sigmoid(z, zAt, z, zAt, m);
    for (int j = 0; j < m; j++) {
      z[zAt + j] = scale * (z[zAt + j] - y[yAt + j]);
    }
    return loss;
  }

  /** With r = μ − y and w = e^{−s}: ∂/∂μ = r w, ∂/∂s = ½ (1 − r² w). */
  private double gaussian(float[] z, int zAt, float[] y, int yAt, float scale) {
    int m = targets;
    for (int j = 0; j < m; j++) {
      work[j] = -z[zAt + m + j];
    }
    kernels.exp(work, 0, work, 0, m);
    double loss = 0;
    for (int j = 0; j < m; j++) {
      float r = z[zAt + j] - y[yAt + j];
      float weighted = r * work[j];
      float square = r * weighted;
      loss += 0.5 * ((double) square + z[zAt + m + j]) + HALF_LOG_TWO_PI;
      z[zAt + j] = scale * weighted;
      z[zAt + m + j] = scale * (0.5f * (1 - square));
    }
    return loss;
  }
}
