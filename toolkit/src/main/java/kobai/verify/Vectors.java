package kobai.verify;

import java.util.function.IntFunction;

/** Plain loops over vectors in double, in ascending order. */
final class Vectors {
  private Vectors() {}

  static double[] widen(float[] x) {
    double[] wide = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      wide[i] = x[i];
    }
    return wide;
  }

  static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  static double norm(double[] x) {
    return Math.sqrt(dot(x, x));
  }

  static double distance(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return Math.sqrt(sum);
  }

  static double relativeError(double[] actual, double[] expected) {
    return distance(actual, expected) / norm(expected);
  }

  static void add(double factor, double[] x, double[] sum) {
    for (int i = 0; i < x.length; i++) {
      sum[i] += factor * x[i];
    }
  }

  static double[] difference(double[] x, double[] y) {
    double[] out = x.clone();
    add(-1, y, out);
    return out;
  }

  /** The sum of all vectors of a block matrix. */
  static double[] total(double[][][] blocks) {
    double[] sum = new double[blocks[0][0].length];
    for (double[][] row : blocks) {
      for (double[] vector : row) {
        add(1, vector, sum);
      }
    }
    return sum;
  }

  static double[][] rows(int count, IntFunction<double[]> row) {
    double[][] rows = new double[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = row.apply(i);
    }
    return rows;
  }
}
