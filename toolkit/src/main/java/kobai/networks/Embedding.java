package kobai.networks;

import kobai.kernels.Kernels;
import kobai.models.Parameters;
import kobai.random.RandomKey;

/**
 * Rows of a table: position p of the output is row x[p] of E. The first layer of a network whose
 * data are symbols.
 *
 * <p>θ = [E V × C], N(0, 1).
 *
 * @param input any shape of whole numbers in [0, V), read in order as positions
 * @param vocabulary V
 * @param width C
 */
public record Embedding(Shape input, int vocabulary, int width) implements Layer {
  @Override
  public String text() {
    return "embedding(" + vocabulary + ", " + width + ")";
  }

  @Override
  public Shape output() {
    return Shape.of(input.count(), width);
  }

  @Override
  public void describe(Parameters.Builder builder, String number) {
    builder.add("embedding" + number, vocabulary, width);
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    Initial.gaussian(key, 1, theta, at, vocabulary * width);
  }

  @Override
  public int nodes() {
    return output().count();
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
    return new EmbeddingRun(this, place);
  }
}
