package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * A convolution over positions or over an image:
 *
 * <pre>
 * y[p, f] = Σ over the window at p and channels of x[window, c] W[window, c, f] + b[f]      (1)
 * </pre>
 *
 * <p>θ = [W k c × F | b F], a row of W for a number of the window, row by row, channels last; zeros
 * around the input. W ~ N(0, gain/(k c)), b = 0, k the positions of a window. (Cross-correlation:
 * the window is not mirrored.)
 *
 * <p>Cost per row and window: 2 k c F flops forward, twice that backward.
 *
 * <p>Variant: windows are copied to the rows of a matrix (im2col), some rows of the batch at a
 * time, and multiplied with W.
 *
 * <p>Source: LeCun et al. (1998), Proceedings of the IEEE 86(11); im2col: Chellapilla, Puri and
 * Simard (2006).
 *
 * @param input positions × channels or height × width × channels
 * @param filters F
 * @param size positions of a window along an axis
 * @param stride between windows, at least 1
 * @param padding zeros at each end of an axis
 * @param gain as of {@link Dense}
 */
public record Convolution(Shape input, int filters, int size, int stride, int padding, double gain)
    implements Layer {
  public Convolution {
    Windows windows = new Windows(input, size, stride, padding);
    if (windows.down() < 1 || windows.across() < 1) {
      throw new IllegalArgumentException(
          "input shape = %s: must be at least %d along every axis (a window without its padding)"
              .formatted(input, size - 2 * padding));
    }
  }

  Windows windows() {
    return new Windows(input, size, stride, padding);
  }

  @Override
  public String text() {
    return "conv%dd(%d, %d, stride=%d, padding=%d)"
        .formatted(input.rank() - 1, filters, size, stride, padding);
  }

  @Override
  public Shape output() {
    return windows().output(filters);
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder
        .add("convolution weights" + number, windows().numbers(), filters)
        .add("convolution bias" + number, 1, filters);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    Initial.matrix(key, gain, windows().numbers(), filters, theta, at);
  }

  @Override
  public int nodes() {
    return output().count();
  }

  @Override
  public int masks() {
    return 0;
  }

  /** Rows of the batch whose windows are copied at a time. */
  int chunk(int rows) {
    return Math.min(rows, Math.max(1, CHUNK_WINDOWS / windows().count()));
  }

  /** Enough to amortise a product, few enough that the copies stay in the cache. */
  private static final int CHUNK_WINDOWS = 256;

  @Override
  public int scratch(Kernels kernels, int rows) {
    return kernels.gemmScratch(windows().numbers(), filters, chunk(rows) * windows().count());
  }

  @Override
  public LayerRun run(Place place) {
    return new ConvolutionRun(this, place);
  }
}
