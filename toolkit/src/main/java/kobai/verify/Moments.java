package kobai.verify;

/**
 * Count, mean and central moments up to the third of a stream, by the updates of Welford and of
 * Chan, Golub and LeVeque (1979), merged in the order of the calls.
 */
public final class Moments {
  private long count;
  private double mean;
  private double squares;
  private double cubes;

  /** Adds one value. */
  public void add(double x) {
    merge(1, x, 0, 0);
  }

  /** Adds all values of another stream. */
  public void add(Moments other) {
    merge(other.count, other.mean, other.squares, other.cubes);
  }

  private void merge(long n, double otherMean, double otherSquares, double otherCubes) {
    if (n == 0) {
      return;
    }
    long total = count + n;
    double delta = otherMean - mean;
    double a = count;
    cubes +=
        otherCubes
            + delta * delta * delta * a * n * (a - n) / ((double) total * total)
            + 3 * delta * (a * otherSquares - n * squares) / total;
    squares += otherSquares + delta * delta * a * n / total;
    mean += delta * n / total;
    count = total;
  }

  /** Number of values. */
  public long count() {
    return count;
  }

  /** The mean; 0 of none. */
  public double mean() {
    return mean;
  }

  /** The variance with divisor n − 1; 0 of fewer than two. */
  public double variance() {
    return count < 2 ? 0 : squares / (count - 1);
  }

  /** The square root of {@link #variance}. */
  public double deviation() {
    return Math.sqrt(variance());
  }

  /** E(x − mean)³ / deviation³; 0 where the deviation is. */
  public double skewness() {
    return squares > 0 ? Math.sqrt(count) * cubes / Math.pow(squares, 1.5) : 0;
  }
}
