package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * A residual connection around layers: y = x + f(x).
 *
 * <p>Source: He, Zhang, Ren and Sun (2016), CVPR.
 *
 * @param chain f, which writes the shape that it reads
 */
public record Residual(Chain chain) implements Layer {
  public Residual {
    if (!chain.output().equals(chain.input())) {
      throw new IllegalArgumentException(
          "its layers write shape %s: must be %s, what they read (end with layers that restore it)"
              .formatted(chain.output(), chain.input()));
    }
  }

  @Override
  public String text() {
    return "residual(" + chain.text() + ")";
  }

  @Override
  public Shape input() {
    return chain.input();
  }

  @Override
  public Shape output() {
    return chain.input();
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    chain.describe(builder, number);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    chain.initialise(key, theta, at);
  }

  @Override
  public int nodes() {
    return chain.nodes();
  }

  @Override
  public int masks() {
    return chain.masks();
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    return chain.scratch(kernels, rows);
  }

  @Override
  public LayerRun run(Place place) {
    return new ResidualRun(this, place);
  }
}
