package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Self-attention of T positions of C channels in h heads of c = C/h channels:
 *
 * <pre>
 * [Q | K | V] = x W + b                             (1)  [T × 3 C]
 * A = softmax(Q Kᵀ / √c),  Z = A V  in every head   (2)  [T × T], [T × c]
 * y = Z Wₒ + bₒ                                     (3)  [T × C]
 * </pre>
 *
 * <p>θ = [W C × 3 C | b 3 C | Wₒ C × C | bₒ C]; a head's channels stand together. W, Wₒ ~ N(0,
 * 1/C), biases 0. Causal: row i of A ends at column i.
 *
 * <p>Pre-activations: those of (1), then those of (3).
 *
 * <p>Cost per row: 8 T C² + 4 T² C flops forward. Memory: 4 h T² bytes a row for A.
 *
 * <p>Source: Vaswani et al. (2017), NeurIPS.
 *
 * @param input positions × channels
 * @param heads h, a divisor of C
 * @param causal whether a position sees none behind it
 */
public record Attention(Shape input, int heads, boolean causal) implements Layer {
  @Override
  public String text() {
    return "attention(" + heads + (causal ? ", causal)" : ")");
  }

  @Override
  public Shape output() {
    return input;
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    int channels = input.channels();
    builder
        .add("attention weights" + number, channels, 3 * channels)
        .add("attention bias" + number, 1, 3 * channels)
        .add("attention output weights" + number, channels, channels)
        .add("attention output bias" + number, 1, channels);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    int channels = input.channels();
    Initial.matrix(key.child("input"), 1, channels, 3 * channels, theta, at);
    int outputAt = at + 3 * channels * (channels + 1);
    Initial.matrix(key.child("output"), 1, channels, channels, theta, outputAt);
  }

  @Override
  public int nodes() {
    return 4 * input.count();
  }

  @Override
  public int masks() {
    return 0;
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    int positions = input.positions();
    int channels = input.channels();
    return Math.max(
        kernels.gemmScratch(positions, channels / heads, positions),
        Math.max(
            kernels.gemmScratch(channels, 3 * channels, rows * positions),
            kernels.gemmScratch(channels, channels, rows * positions)));
  }

  @Override
  public LayerRun run(Place place) {
    return new AttentionRun(this, place);
  }
}
