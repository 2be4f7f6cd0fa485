package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Layer normalisation of the channels of every position:
 *
 * <pre>
 * x̂ = (x − mean x) / √(mean (x − mean x)² + ε),  y = γ ⊙ x̂ + β      (1)
 * </pre>
 *
 * <p>θ = [γ C | β C], 1 and 0 at first; ε = 10⁻⁵.
 *
 * <p>Source: Ba, Kiros and Hinton (2016), arXiv 1607.06450.
 *
 * @param input any shape of C ≥ 2 channels
 */
public record LayerNorm(Shape input) implements Layer {
  @Override
  public String text() {
    return "layernorm";
  }

  @Override
  public Shape output() {
    return input;
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder
        .add("layer norm gain" + number, 1, input.channels())
        .add("layer norm bias" + number, 1, input.channels());
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
    return new NormRun(input, place, new RowStatistics(input, place));
  }
}
