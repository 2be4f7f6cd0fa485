package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * A dense layer whose weights are written as length and direction, unit by unit:
 *
 * <pre>
 * w = g v / ‖v‖      (1)  column j of W from g_j and column j of V
 * y = x W + b        (2)  [rows × n]
 * </pre>
 *
 * <p>θ = [V d × n | g n | b n]; V ~ N(0, 0.05²), g = √gain (so that W is about as large as that of
 * a {@link Dense}), b = 0. W does not exist where a column of V is zero: values become NaN.
 *
 * <p>Source: Salimans and Kingma (2016), NeurIPS.
 *
 * @param input d numbers in any shape
 * @param units n
 * @param gain as of {@link Dense}
 */
public record WeightNorm(Shape input, int units, double gain) implements Layer {
  /**
   * Deviation of v at first, as in the source. The shorter v is, the faster it turns: its gradient
   * is ∝ 1/‖v‖.
   */
  private static final double DEVIATION = 0.05;

  @Override
  public String text() {
    return "weightnorm(" + units + ")";
  }

  @Override
  public Shape output() {
    return Shape.of(units);
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder
        .add("weight norm direction" + number, input.count(), units)
        .add("weight norm length" + number, 1, units)
        .add("weight norm bias" + number, 1, units);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    int size = input.count() * units;
    Initial.gaussian(key, DEVIATION, theta, at, size);
    Arrays.fill(theta, at + size, at + size + units, (float) Math.sqrt(gain));
    Arrays.fill(theta, at + size + units, at + size + 2 * units, 0f);
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
    return new WeightNormRun(this, place);
  }
}
