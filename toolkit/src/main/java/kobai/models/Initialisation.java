package kobai.models;

import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.random.RandomKey;

/** Laws of an initial recurrent matrix [n × n]. Every entry has variance gain² / n. */
public enum Initialisation {
  /**
   * A random orthogonal matrix (Gram–Schmidt on a Gaussian one), so that the spectrum lies on the
   * unit circle.
   */
  ORTHOGONAL,
  /** Independent N(0, 1/n). */
  GAUSSIAN,
  /** Independent uniform on ±√(3/n). */
  UNIFORM;

  /** Overwrites {@code matrix[at, at + n·n)}. */
  public void fill(RandomKey key, float gain, float[] matrix, int at, int n) {
    Kernels kernels = Implementation.SCALAR.kernels();
    switch (this) {
      case ORTHOGONAL -> {
        kernels.gaussian(key.seed(), 0, 0, 0, matrix, at, n * n);
        orthogonalise(matrix, at, n);
        kernels.scale(gain, matrix, at, n * n);
      }
      case GAUSSIAN -> {
        kernels.gaussian(key.seed(), 0, 0, 0, matrix, at, n * n);
        kernels.scale((float) (gain / Math.sqrt(n)), matrix, at, n * n);
      }
      case UNIFORM -> {
        kernels.uniform(key.seed(), 0, 0, 0, matrix, at, n * n);
        double half = gain * Math.sqrt(3.0 / n);
        for (int i = 0; i < n * n; i++) {
          matrix[at + i] = (float) (half * (2.0 * matrix[at + i] - 1.0));
        }
      }
    }
  }

  /**
   * Modified Gram–Schmidt on the rows, in double, twice over for orthogonality to working
   * precision.
   */
  private static void orthogonalise(float[] matrix, int at, int n) {
    double[][] rows = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        rows[i][j] = matrix[at + i * n + j];
      }
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < i; k++) {
          double projection = 0;
          for (int j = 0; j < n; j++) {
            projection += rows[k][j] * rows[i][j];
          }
          for (int j = 0; j < n; j++) {
            rows[i][j] -= projection * rows[k][j];
          }
        }
        double norm = 0;
        for (int j = 0; j < n; j++) {
          norm += rows[i][j] * rows[i][j];
        }
        norm = Math.sqrt(norm);
        for (int j = 0; j < n; j++) {
          rows[i][j] /= norm;
        }
      }
      for (int j = 0; j < n; j++) {
        matrix[at + i * n + j] = (float) rows[i][j];
      }
    }
  }
}
