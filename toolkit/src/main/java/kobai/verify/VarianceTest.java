package kobai.verify;

import kobai.random.RandomKey;

/**
 * Compares the mean squared length of estimates with theory: y = ‖ĝ‖²/E‖ĝ‖² − 1 in the sequential
 * test. Finds what leaves the mean alone: streams shared between particles, sums not reset between
 * episodes, noise of the wrong law.
 */
public final class VarianceTest {
  private VarianceTest() {}

  /**
   * Runs the test.
   *
   * @param squaredNorm E‖ĝ‖² by theory, as {@link QuadraticFormOracle#squaredNorm} gives it
   * @param tolerance largest harmless relative error
   * @param seed of all draws
   * @param most estimates
   */
  public static SequentialTest.Outcome run(
      GradientSampler sampler,
      double squaredNorm,
      double tolerance,
      double alpha,
      double beta,
      long seed,
      long most) {
    SequentialTest.range(
        "squaredNorm",
        squaredNorm > 0 && squaredNorm < Double.POSITIVE_INFINITY,
        squaredNorm,
        "a finite number > 0");
    RandomKey key = new RandomKey(seed).child("variance");
    long[] i = {0};
    return new SequentialTest(tolerance, alpha, beta)
        .run(
            () -> {
              double[] estimate = sampler.sample(key.child(i[0]++).seed());
              return Vectors.dot(estimate, estimate) / squaredNorm - 1;
            },
            most);
  }
}
