package kobai.verify;

/**
 * A stochastic gradient as a black box: a pure function of the seed. Estimates of different seeds must be independent
 * and of one law.
 */
@FunctionalInterface
public interface GradientSampler {
  /** Returns an estimate [P]; the caller copies it before the next call. */
  double[] sample(long seed);
}
