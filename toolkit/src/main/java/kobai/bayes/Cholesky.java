package kobai.bayes;

/**
 * A = L Lᵀ for a symmetric positive definite A [n × n], in double. O(n³) once, O(n²) a solution.
 */
final class Cholesky {
  private final double[][] lower;

  Cholesky(double[][] a) {
    int n = a.length;
    lower = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = a[i][j];
        for (int k = 0; k < j; k++) {
          sum -= lower[i][k] * lower[j][k];
        }
        if (i == j && !(sum > 0)) {
          throw new IllegalArgumentException(
              "matrix: pivot %d = %s: must be > 0 (not positive definite)".formatted(i, sum));
        }
        lower[i][j] = i == j ? Math.sqrt(sum) : sum / lower[j][j];
      }
    }
  }

  /** Solves L z = b. */
  double[] forward(double[] b) {
    double[] z = b.clone();
    for (int i = 0; i < z.length; i++) {
      for (int k = 0; k < i; k++) {
        z[i] -= lower[i][k] * z[k];
      }
      z[i] /= lower[i][i];
    }
    return z;
  }

  /** Solves Lᵀ x = z. */
  double[] backward(double[] z) {
    double[] x = z.clone();
    for (int i = x.length - 1; i >= 0; i--) {
      for (int k = i + 1; k < x.length; k++) {
        x[i] -= lower[k][i] * x[k];
      }
      x[i] /= lower[i][i];
    }
    return x;
  }

  /** Solves A x = b. */
  double[] solve(double[] b) {
    return backward(forward(b));
  }

  double[][] inverse() {
    double[][] inverse = new double[lower.length][];
    for (int i = 0; i < lower.length; i++) {
      double[] unit = new double[lower.length];
      unit[i] = 1;
      inverse[i] = solve(unit);
    }
    return inverse;
  }

  double logDeterminant() {
    double sum = 0;
    for (int i = 0; i < lower.length; i++) {
      sum += 2 * Math.log(lower[i][i]);
    }
    return sum;
  }
}
