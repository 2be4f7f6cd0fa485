package kobai.models;

import java.util.Arrays;
import kobai.kernels.Implementation;
import kobai.random.RandomKey;

/** Which parameters of a dense θ a {@link SparseModel} keeps, and where. Immutable. */
final class WeightMask {
  private final String name;
  private final Parameters parameters;
  private final int[] dense;
  private final int[] kept;
  private final boolean[] scaled;
  private final double density;

  private WeightMask(
      String name,
      Parameters parameters,
      int[] dense,
      int[] kept,
      boolean[] scaled,
      double density) {
    this.name = name;
    this.parameters = parameters;
    this.dense = dense;
    this.kept = kept;
    this.scaled = scaled;
    this.density = density;
  }

  static WeightMask of(
      RecurrentModel model, double density, SparseModel.Weights weights, RandomKey key) {
    if (!(density > 0 && density <= 1)) {
      throw new IllegalArgumentException(
          "density = %s: must be in (0, 1]".formatted(number(density)));
    }
    Parameters all = model.parameters();
    int[] dense = new int[all.count()];
    boolean[] scaled = new boolean[all.tensors().size()];
    Parameters.Builder builder = new Parameters.Builder();
    int count = 0;
    int index = 0;
    boolean any = false;
    for (Tensor tensor : all.tensors()) {
      scaled[index] = loses(tensor, weights);
      any |= scaled[index];
      if (scaled[index++]) {
        int after = draw(tensor, density, key.child(tensor.name()), dense, count);
        builder.add(tensor.name(), 1, after - count);
        count = after;
      } else {
        for (int i = 0; i < tensor.size(); i++) {
          dense[count++] = tensor.at() + i;
        }
        builder.add(tensor.name(), tensor.rows(), tensor.columns());
      }
    }
    if (!any) {
      throw new IllegalArgumentException(
          "weights = %s: %s has none of them: must name weights that the model has (use %s)"
              .formatted(weights, model.name(), SparseModel.Weights.ALL));
    }
    dense = Arrays.copyOf(dense, count);
    int[] kept = new int[all.count()];
    Arrays.fill(kept, -1);
    for (int p = 0; p < count; p++) {
      kept[dense[p]] = p;
    }
    String name = "sparse(%s, %s)".formatted(model.name(), number(density));
    return new WeightMask(name, builder.build(), dense, kept, scaled, density);
  }

  private static String number(double density) {
    return density == Math.rint(density) && Math.abs(density) < 1e6
        ? Long.toString((long) density)
        : Double.toString(density);
  }

  private static boolean loses(Tensor tensor, SparseModel.Weights weights) {
    return switch (weights) {
      case RECURRENT -> tensor.name().contains("recurrent") && !tensor.name().contains("bias");
      case ALL -> tensor.rows() > 1 || !tensor.name().contains("bias");
    };
  }

  /**
   * Writes the kept indices behind {@code count}: every entry in turn is kept with the probability
   * (how many are still wanted) / (how many are left), which gives each subset the same chance
   * (Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S).
   */
  private static int draw(Tensor tensor, double density, RandomKey key, int[] dense, int count) {
    float[] uniform = new float[tensor.size()];
    Implementation.SCALAR.kernels().uniform(key.seed(), 0, 0, 0, uniform, 0, uniform.length);
    long wanted = Math.max(1, Math.round(density * tensor.size()));
    for (int i = 0; i < uniform.length; i++) {
      if ((double) uniform[i] * (uniform.length - i) < wanted) {
        dense[count++] = tensor.at() + i;
        wanted--;
      }
    }
    return count;
  }

  String name() {
    return name;
  }

  Parameters parameters() {
    return parameters;
  }

  int denseAt(int p) {
    return dense[p];
  }

  int keptAt(int index) {
    return kept[index];
  }

  /** Kept parameters before that index in the dense θ; they are the first ones of θ. */
  int keptBefore(int index) {
    int at = Arrays.binarySearch(dense, index);
    return at >= 0 ? at : -at - 1;
  }

  int denseCount() {
    return kept.length;
  }

  /** Overwrites the first {@code count} kept entries of {@code full} [dense P] with x [count]. */
  void scatter(float[] x, int xAt, int count, float[] full) {
    for (int p = 0; p < count; p++) {
      full[dense[p]] = x[xAt + p];
    }
  }

  /** Overwrites x [count] with the first kept entries of {@code full}. */
  void gather(float[] full, float[] x, int xAt, int count) {
    for (int p = 0; p < count; p++) {
      x[xAt + p] = full[dense[p]];
    }
  }

  /** The dense model's initial values, those of thinned tensors over √density. */
  void initialise(RecurrentModel model, RandomKey key, float[] theta) {
    float[] full = new float[denseCount()];
    model.initialise(key, full);
    gather(full, theta, 0, dense.length);
    float factor = (float) (1 / Math.sqrt(density));
    for (int i = 0; i < scaled.length; i++) {
      if (scaled[i]) {
        Tensor tensor = parameters.tensors().get(i);
        Implementation.SCALAR.kernels().scale(factor, theta, tensor.at(), tensor.size());
      }
    }
  }
}
