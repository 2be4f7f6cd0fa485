package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Batch normalisation of every channel over the B rows of a step and their positions, in training
 * mode:
 *
 * <pre>
 * x̂ = (x − mean x) / √(mean (x − mean x)² + ε),  y = γ x̂ + β      (1)
 * </pre>
 *
 * <p>θ = [γ C | β C], 1 and 0 at first; ε = 10⁻⁵. The rows of a step depend on each other, so that
 * no row has a loss of its own: node noise is refused. For inference see {@link Network#inference}.
 *
 * <p>Source: Ioffe and Szegedy (2015), ICML, algorithm 1.
 *
 * @param input any shape of C channels
 */
public record BatchNorm(Shape input) implements Layer {
  @Override
  public String text() {
    return "batchnorm";
  }

  @Override
  public Shape output() {
    return input;
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder
        .add("batch norm gain" + number, 1, input.channels())
        .add("batch norm bias" + number, 1, input.channels());
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    Initial.gainAndBias(input.channels(), theta, at);
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
    if (place.batch() < 2) {
      throw new IllegalArgumentException(
          "batchnorm: batch = 1: must be at least 2 in training (use a larger batch, layernorm, or"
              + " the network for inference)");
    }
    BatchStatistics statistics = new BatchStatistics(input, place);
    place.members().norms().add(statistics);
    return new NormRun(input, place, statistics);
  }
}
