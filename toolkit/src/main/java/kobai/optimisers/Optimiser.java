package kobai.optimisers;

/** Changes θ along a gradient. */
public interface Optimiser {
  /** One iteration: {@code theta} [P] is updated in place from {@code gradient} [P]. */
  void update(float[] theta, float[] gradient);
}
