package kobai.props;

import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * An exact design in the place of the random source. The draws of one run are ±1, entry (run, factor) of a Sylvester
 * Hadamard matrix; factor = 1 + (unroll · pairs + pair) · P + index. Over all runs E[v] = 0 and E[v vᵀ] = I hold exactly, so
 * the mean of any estimate that is a quadratic form in its noise is exact (verification.md 2.1, T1a).
 */
final class HadamardNoise implements NoiseSource {
  private final int pairs;
  private final int parameters;
  private final int runs;
  private int run;

  HadamardNoise(int unrolls, int pairs, int parameters) {
    this.pairs = pairs;
    this.parameters = parameters;
    runs = Integer.highestOneBit(unrolls * pairs * parameters) << 1;
  }

  /** Number of runs of the design. */
  int runs() {
    return runs;
  }

  /** Chooses the run whose draws come next. */
  void run(int value) {
    run = value;
  }

  @Override
  public void fill(RandomKey key, int unroll, int particle, float[] out, int outAt, int count) {
    int first = 1 + (unroll * pairs + particle) * parameters;
    for (int i = 0; i < count; i++) {
      out[outAt + i] = (Integer.bitCount(run & (first + i)) & 1) == 0 ? 1f : -1f;
    }
  }
}
