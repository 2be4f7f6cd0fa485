package kobai.verify;

import java.util.function.Function;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * A stochastic gradient as a black box: a pure function of the seed. Estimates of different seeds
 * must be independent and of one law.
 */
@FunctionalInterface
public interface GradientSampler {
  /** Returns an estimate [P]; the caller copies it before the next call. */
  double[] sample(long seed);

  /**
   * A function from a noise vector to a gradient as a sampler.
   *
   * @param noise where the vector comes from; an exact design takes its place in {@link
   *     ExactMoments}
   * @param count length of the vector
   * @param gradient from the vector, which it must not keep, to an estimate [P]
   */
  static GradientSampler of(NoiseSource noise, int count, Function<float[], double[]> gradient) {
    float[] vector = new float[count];
    return seed -> {
      noise.fill(new RandomKey(seed), 0, 0, vector, 0, count);
      return gradient.apply(vector);
    };
  }
}
