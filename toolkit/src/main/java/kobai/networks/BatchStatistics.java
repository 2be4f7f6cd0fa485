package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/**
 * Statistics of every channel over the M = B · positions rows of a step.
 *
 * <pre>
 * J v = r ⊙ (v − mean v − x̂ ⊙ mean(v ⊙ x̂)),  r = 1 / √(variance + ε)      (1)
 * </pre>
 */
final class BatchStatistics implements Statistics {
  private final Kernels kernels;
  private final int n;
  private final int channels;
  private final int members;
  private final float[] means;
  private final float[] variances;
  private final float[] roots;
  private final float[] products;

  BatchStatistics(Shape input, Place place) {
    kernels = place.kernels();
    n = input.count();
    channels = input.channels();
    members = Math.multiplyExact(place.batch(), input.positions());
    means = place.workspace().floats("means", (long) place.steps() * channels);
    variances = place.workspace().floats("variances", (long) place.steps() * channels);
    roots = place.workspace().floats("reciprocal deviations", (long) place.steps() * channels);
    products = place.workspace().floats("mean products", 2L * channels);
  }

  /** Numbers of running statistics: a mean and a variance a channel. */
  int size() {
    return 2 * channels;
  }

  /**
   * Running ← (1 − rate) running + rate · those of a step of the last pass, [means C | variances
   * C]; the variance is the unbiased one, M/(M − 1) times that of the batch.
   */
  void observe(int step, float rate, float[] running, int at) {
    float unbiased = members / (members - 1f);
    for (int j = 0; j < channels; j++) {
      int from = step * channels + j;
      int to = at + j;
      running[to] = Math.fma(rate, means[from] - running[to], running[to]);
      float variance = unbiased * variances[from];
      running[to + channels] =
          Math.fma(rate, variance - running[to + channels], running[to + channels]);
    }
  }

  @Override
  public void standardise(Pass pass, Rows x, float[] standard) {
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(x.array(), x.at(i), standard, i * n, n);
    }
    for (int step = 0; step < pass.steps(); step++) {
      int first = step * members * channels;
      int at = step * channels;
      Arrays.fill(means, at, at + channels, 0f);
      Arrays.fill(variances, at, at + channels, 0f);
      kernels.columnSumsAdd(standard, first, channels, members, channels, means, at);
      for (int j = at; j < at + channels; j++) {
        means[j] /= members;
      }
      for (int row = first; row < first + members * channels; row += channels) {
        kernels.axpy(-1f, means, at, standard, row, channels);
        kernels.multiplyAdd(standard, row, standard, row, variances, at, channels);
      }
      for (int j = at; j < at + channels; j++) {
        variances[j] /= members;
        roots[j] = Statistics.reciprocalRoot(variances[j]);
      }
      for (int row = first; row < first + members * channels; row += channels) {
        kernels.multiply(standard, row, roots, at, standard, row, channels);
      }
    }
  }

  @Override
  public void project(Pass pass, float[] standard, Rows v, Rows out) {
    for (int step = 0; step < pass.steps(); step++) {
      int first = step * members * channels;
      Arrays.fill(products, 0f);
      kernels.columnSumsAdd(v.array(), v.at() + first, channels, members, channels, products, 0);
      for (int row = first; row < first + members * channels; row += channels) {
        kernels.multiplyAdd(v.array(), v.at() + row, standard, row, products, channels, channels);
      }
      for (int j = 0; j < 2 * channels; j++) {
        products[j] /= members;
      }
      for (int row = first; row < first + members * channels; row += channels) {
        for (int j = 0; j < channels; j++) {
          float centred = v.array()[v.at() + row + j] - products[j];
          out.array()[out.at() + row + j] =
              roots[step * channels + j]
                  * Math.fma(-standard[row + j], products[channels + j], centred);
        }
      }
    }
  }
}
