package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Puts log variances that do not depend on the input behind the means: y = [x | s], s a parameter
 * of as many numbers as x. The last layer of a network with {@link Likelihood#GAUSSIAN_LEARNT}.
 *
 * <p>θ = [s n], 0 at first.
 *
 * @param input n numbers
 */
public record Variance(Shape input) implements Layer {
  @Override
  public String text() {
    return "variance";
  }

  @Override
  public Shape output() {
    return Shape.of(2 * input.count());
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder.add("log variance" + number, 1, input.count());
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    Arrays.fill(theta, at, at + input.count(), 0f);
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
    return new VarianceRun(this, place);
  }
}
