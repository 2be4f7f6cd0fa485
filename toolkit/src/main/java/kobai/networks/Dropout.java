package kobai.networks;

import kobai.random.RandomDraws;
import kobai.random.RandomKey;

/**
 * Multiplies every number by its mask: y = m̃ ⊙ x with m̃ = m / keep, m Bernoulli(keep), so that
 * the mean of y is x (inverted scaling).
 *
 * <p>The masks are data: the columns behind the real input, as many as the layer has numbers.
 * {@link Network#drawMasks} draws them, {@link Network#openMasks} sets them to 1 for inference. All
 * that evaluates a sequence sees the same masks: both halves of an antithetic pair, forward and
 * backward pass, oracles.
 *
 * <p>Source: Srivastava et al. (2014), Journal of Machine Learning Research 15, 1929–1958.
 *
 * @param input any shape
 * @param keep probability of m = 1, in (0, 1]
 */
public record Dropout(Shape input, double keep) implements FixedLayer, MaskedLayer {
  public Dropout {
    if (!(keep > 0 && keep <= 1)) {
      throw new IllegalArgumentException(
          "keep = %s: must be in (0, 1] (the probability that a number is kept)".formatted(keep));
    }
  }

  @Override
  public String text() {
    return "dropout(" + keep + ")";
  }

  @Override
  public Shape output() {
    return input;
  }

  @Override
  public int masks() {
    return input.count();
  }

  @Override
  public void drawMasks(RandomKey key, long row, long index, float[] out, int at) {
    float scaled = (float) (1 / keep);
    for (int i = 0; i < input.count(); i++) {
      out[at + i] = RandomDraws.uniform(key, row, index + i) < keep ? scaled : 0f;
    }
  }

  @Override
  public float openMask() {
    return 1f;
  }

  @Override
  public LayerRun run(Place place) {
    return new DropoutRun(this, place);
  }
}
