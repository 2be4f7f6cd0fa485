package kobai.networks;

import java.util.Locale;

/**
 * A non-linearity on every number of a row: y = φ(x).
 *
 * @param input any shape
 * @param activation φ
 */
public record Pointwise(Shape input, Activation activation) implements FixedLayer {
  @Override
  public String text() {
    return activation.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Shape output() {
    return input;
  }

  @Override
  public int masks() {
    return 0;
  }

  @Override
  public LayerRun run(Place place) {
    return new PointwiseRun(this, place);
  }
}
