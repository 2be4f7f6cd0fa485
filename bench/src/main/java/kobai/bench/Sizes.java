package kobai.bench;

/**
 * A point of the sizes that cost depends on.
 *
 * @param hidden n
 * @param length T
 * @param window K, at most T
 * @param particles N
 * @param batch B
 * @param threads workers
 */
public record Sizes(int hidden, int length, int window, int particles, int batch, int threads) {
  /** The value of one size. */
  public int get(Dimension dimension) {
    return switch (dimension) {
      case HIDDEN -> hidden;
      case LENGTH -> length;
      case WINDOW -> window;
      case PARTICLES -> particles;
      case BATCH -> batch;
      case THREADS -> threads;
    };
  }

  /** The same point with one size changed. */
  public Sizes with(Dimension dimension, int value) {
    return switch (dimension) {
      case HIDDEN -> new Sizes(value, length, window, particles, batch, threads);
      case LENGTH -> new Sizes(hidden, value, window, particles, batch, threads);
      case WINDOW -> new Sizes(hidden, length, value, particles, batch, threads);
      case PARTICLES -> new Sizes(hidden, length, window, value, batch, threads);
      case BATCH -> new Sizes(hidden, length, window, particles, value, threads);
      case THREADS -> new Sizes(hidden, length, window, particles, batch, value);
    };
  }

  /** The sizes in the letters of the reports. */
  @Override
  public String toString() {
    return "n = %d, T = %d, K = %d, N = %d, B = %d, %d thread%s"
        .formatted(hidden, length, window, particles, batch, threads, threads == 1 ? "" : "s");
  }
}
