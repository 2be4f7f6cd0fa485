package kobai.estimators;

import kobai.data.Sequence;
import kobai.memory.Workspace;

/**
 * One way of getting a gradient, window by window. Losses are sums over steps (means over the batch
 * rows), so the gradients of the windows of an episode add up to the gradient of the sequence.
 */
public interface GradientEstimator {
  /**
   * Starts an episode: states and accumulators to their initial values, random draws from {@code
   * seed}.
   */
  void reset(long seed);

  /**
   * Advances over steps [from, to) of every row of the batch, overwrites {@code gradient} [P] with
   * an estimate of this window's share of ∇θ Σₜ ℓₜ, and returns Σₜ ℓₜ. Windows of an episode follow
   * each other without gaps. {@code theta} is never changed; if the caller changes it between
   * windows, statistics carried over belong to older θ.
   */
  double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient);

  /** Everything this estimator holds. */
  Workspace workspace();
}
