package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * An affine layer whose weights are independent Gaussians, averaged over them by local
 * reparameterisation: not the weights are drawn but what they make of a row, which is Gaussian,
 * too.
 *
 * <pre>
 * y = x M + b + √(x² V + v) ⊙ ζ,   ζ ~ N(0, I)     (1)  [rows × n]
 * </pre>
 *
 * <p>ζ is read from n columns behind the real input, so that the layer itself draws nothing: with
 * them at zero it is the {@link Dense} layer of the means.
 *
 * <p>θ = [M d × n | b n | V d × n | v n]: means M ~ N(0, gain/d) and b = 0, variances V = v = 1;
 * who knows their law sets them ({@code kobai.bayes}). x² V + v must not be negative; where it is
 * zero, its square root is taken to be flat.
 *
 * <p>Cost per row: twice that of a dense layer.
 *
 * <p>Source: Kingma, Salimans and Welling (2015), NeurIPS, arXiv 1506.02557, section 2.2.
 *
 * @param input d numbers in any shape
 * @param units n
 * @param gain as of {@link Dense}
 */
public record VariationalDense(Shape input, int units, double gain) implements MaskedLayer {
  @Override
  public String text() {
    return "variational(" + units + ")";
  }

  @Override
  public Shape output() {
    return Shape.of(units);
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder
        .add("variational means" + number, input.count(), units)
        .add("variational bias means" + number, 1, units)
        .add("variational variances" + number, input.count(), units)
        .add("variational bias variances" + number, 1, units);
  }

  /** Means, or variances: half of the parameters. */
  public int half() {
    return Math.multiplyExact(input.count() + 1, units);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    Initial.matrix(key, gain, input.count(), units, theta, at);
    Arrays.fill(theta, at + half(), at + 2 * half(), 1f);
  }

  @Override
  public int nodes() {
    return units;
  }

  @Override
  public int masks() {
    return units;
  }

  /**
   * Standard normal draws by Box and Muller, each of a uniform draw of the row and one of its
   * complement.
   */
  @Override
  public void drawMasks(RandomKey key, long row, long index, float[] out, int at) {
    for (int i = 0; i < units; i++) {
      out[at + i] = (float) (2 * Math.PI * RandomDraws.uniform(key, ~row, index + i));
    }
    Implementation.SCALAR.kernels().cos(out, at, out, at, units); // StrictMath's allocates
    for (int i = 0; i < units; i++) {
      double square = -2 * StrictMath.log(1 - RandomDraws.uniform(key, row, index + i));
      out[at + i] = (float) (Math.sqrt(square) * out[at + i]);
    }
  }

  @Override
  public float openMask() {
    return 0f;
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    return kernels.gemmScratch(input.count(), units, rows);
  }

  @Override
  public LayerRun run(Place place) {
    return new VariationalDenseRun(this, place);
  }
}
