package kobai.networks;

import java.util.Arrays;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.random.RandomKey;

/** Initial values of tensors. */
final class Initial {
  private Initial() {}

  /** [W d × n | b n] with W ~ N(0, gain/d) and b = 0. */
  static void matrix(RandomKey key, double gain, int d, int n, float[] theta, int at) {
    gaussian(key, Math.sqrt(gain / d), theta, at, d * n);
    Arrays.fill(theta, at + d * n, at + d * n + n, 0f);
  }

  /** [γ n | β n] with γ = 1 and β = 0. */
  static void gainAndBias(int n, float[] theta, int at) {
    Arrays.fill(theta, at, at + n, 1f);
    Arrays.fill(theta, at + n, at + 2 * n, 0f);
  }

  /** N(0, deviation²). */
  static void gaussian(RandomKey key, double deviation, float[] theta, int at, int count) {
    Kernels kernels = Implementation.SCALAR.kernels();
    kernels.gaussian(key.seed(), 0, 0, 0, theta, at, count);
    kernels.scale((float) deviation, theta, at, count);
  }
}
