package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Learnt positions: y = x + b with a number b for every number of the shape, so that an attention
 * behind it can tell positions apart.
 *
 * <p>θ = [b positions × channels], N(0, 0.02²).
 *
 * <p>Source: Vaswani et al. (2017), NeurIPS, section 3.5, the learnt variant; its scale is that of
 * Radford et al. (2018).
 *
 * @param input any shape
 */
public record PositionBias(Shape input) implements Layer {
  private static final double DEVIATION = 0.02;

  @Override
  public String text() {
    return "position";
  }

  @Override
  public Shape output() {
    return input;
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder.add("position" + number, input.positions(), input.channels());
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    Initial.gaussian(key, DEVIATION, theta, at, input.count());
  }

  @Override
  public int nodes() {
    return input.count();
  }

  @Override
  public int masks() {
    return 0;
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    return 0;
  }

  @Override
  public LayerRun run(Place place) {
    return new PositionBiasRun(this, place);
  }
}
