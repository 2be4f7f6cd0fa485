package kobai.networks;

/**
 * The softmax over the channels of every position: yⱼ = exp xⱼ / Σᵢ exp xᵢ.
 *
 * <p>As an activation; the loss of classes takes logits and needs none.
 *
 * @param input any shape
 */
public record Softmax(Shape input) implements FixedLayer {
  @Override
  public String text() {
    return "softmax";
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
    return new SoftmaxRun(this, place);
  }
}
