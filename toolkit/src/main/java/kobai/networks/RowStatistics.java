package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Kernels;

/**
 * Statistics of the C channels of a position.
 *
 * <pre>
 * J v = r (v − mean v − x̂ mean(v ⊙ x̂)),  r = 1 / √(variance + ε)      (1)
 * </pre>
 */
final class RowStatistics implements Statistics {
  private final Kernels kernels;
  private final int n;
  private final int channels;
  private final float[] roots;
  private final float[] ones;

  RowStatistics(Shape input, Place place) {
    kernels = place.kernels();
    n = input.count();
    channels = input.channels();
    roots = place.rows("reciprocal deviations", input.positions());
    ones = place.workspace().floats("ones", channels);
  }

  @Override
  public void standardise(Pass pass, Rows x, float[] standard) {
    Arrays.fill(ones, 1f);
    int position = 0;
    for (int i = 0; i < pass.rows(); i++) {
      for (int c = 0; c < n; c += channels) {
        int from = x.at(i) + c;
        int to = i * n + c;
        float mean = mean(x.array(), from);
        for (int j = 0; j < channels; j++) {
          standard[to + j] = x.array()[from + j] - mean;
        }
        float root =
            Statistics.reciprocalRoot(kernels.squaredNorm(standard, to, channels) / channels);
        kernels.scale(root, standard, to, channels);
        roots[position++] = root;
      }
    }
  }

  private float mean(float[] x, int at) {
    return kernels.dot(x, at, ones, 0, channels) / channels;
  }

  @Override
  public void project(Pass pass, float[] standard, Rows v, Rows out) {
    int position = 0;
    for (int i = 0; i < pass.rows(); i++) {
      for (int c = 0; c < n; c += channels) {
        int from = v.at(i) + c;
        int to = out.at(i) + c;
        int at = i * n + c;
        float root = roots[position++];
        float mean = mean(v.array(), from);
        float share = -kernels.dot(v.array(), from, standard, at, channels) / channels;
        for (int j = 0; j < channels; j++) {
          out.array()[to + j] =
              root * Math.fma(standard[at + j], share, v.array()[from + j] - mean);
        }
      }
    }
  }
}
