package kobai.networks;

/**
 * The largest number or the mean of every channel in a window; the first of equals counts as the
 * largest.
 *
 * @param input positions × channels or height × width × channels
 * @param largest whether the largest, else the mean
 * @param size positions of a window along an axis
 * @param stride between windows
 */
public record Pooling(Shape input, boolean largest, int size, int stride) implements FixedLayer {
  public Pooling {
    Windows windows = new Windows(input, size, stride, 0);
    if (windows.down() < 1 || windows.across() < 1) {
      throw new IllegalArgumentException(
          "input shape = %s: must be at least %d along every axis (a window)"
              .formatted(input, size));
    }
  }

  Windows windows() {
    return new Windows(input, size, stride, 0);
  }

  @Override
  public String text() {
    return "%spool(%d, stride=%d)".formatted(largest ? "max" : "avg", size, stride);
  }

  @Override
  public Shape output() {
    return windows().output(input.channels());
  }

  @Override
  public int masks() {
    return 0;
  }

  @Override
  public LayerRun run(Place place) {
    return new PoolingRun(this, place);
  }
}
