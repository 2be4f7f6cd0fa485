package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * The affine layer of a row, whatever its shape:
 *
 * <pre>
 * y = x W + b      (1)  [rows × n]
 * </pre>
 *
 * <p>θ = [W d × n | b n], W ~ N(0, gain/d), b = 0.
 *
 * <p>Cost per row: 2 d n flops forward, twice that backward (once that for the first layer of a
 * network).
 *
 * @param input d numbers in any shape
 * @param units n
 * @param gain 2 before an activation that halves its input (He et al. 2015), else 1
 */
public record Dense(Shape input, int units, double gain) implements Layer {
  @Override
  public String text() {
    return "dense(" + units + ")";
  }

  @Override
  public Shape output() {
    return Shape.of(units);
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder
        .add("dense weights" + number, input.count(), units)
        .add("dense bias" + number, 1, units);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    Initial.matrix(key, gain, input.count(), units, theta, at);
  }

  @Override
  public int nodes() {
    return units;
  }

  @Override
  public int masks() {
    return 0;
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    return kernels.gemmScratch(input.count(), units, rows);
  }

  @Override
  public LayerRun run(Place place) {
    return new DenseRun(this, place);
  }
}
