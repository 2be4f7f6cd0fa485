package kobai.bayes;

import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * The gradient of the negative log posterior, whose minimum is the MAP estimate:
 *
 * <pre>
 * −ln p(w, Y) = κ L(w) − constant + (λ/2)‖w − m‖² + ½ P ln(2π/λ)     (1)
 * gradient    = κ ∇L(w) + λ (w − m)                                  (2)  [P]
 * </pre>
 *
 * <p>(1) and (2) are {@code estimate}. With m = 0 it is κ times the gradient of the mean loss with
 * weight decay γ = λ/κ ({@link LikelihoodScale#decay}).
 *
 * <p>Claim: that of the inner estimator. On windows the prior is shared out by their length.
 *
 * <p>Cost: O(P) beside the inner estimator, no memory.
 */
public final class PosteriorMode implements GradientEstimator {
  private final Kernels kernels;
  private final LikelihoodScale likelihood;
  private final GaussianPrior prior;
  private final int parameters;
  private final GradientEstimator inner;

  /**
   * @param parameters P of the model
   * @param inner an estimator of ∇L
   */
  public PosteriorMode(
      Kernels kernels,
      GaussianPrior prior,
      LikelihoodScale likelihood,
      int parameters,
      GradientEstimator inner) {
    this.kernels = kernels;
    this.prior = prior;
    this.likelihood = likelihood;
    this.parameters = parameters;
    this.inner = inner;
  }

  @Override
  public void reset(long seed) {
    inner.reset(seed);
  }

  /** Overwrites gradient [P] with this window's share of (2), returns its share of (1). */
  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double share = (to - from) / (double) sequence.length();
    double loss = inner.estimate(theta, sequence, from, to, gradient);
    kernels.scale((float) likelihood.factor(), gradient, 0, parameters);
    float decay = (float) (share * prior.precision());
    float mean = (float) prior.mean();
    double squares = 0;
    for (int i = 0; i < parameters; i++) {
      float away = theta[i] - mean;
      gradient[i] += decay * away;
      squares += (double) away * away;
    }
    double ofPrior =
        0.5 * (prior.precision() * squares + parameters * Math.log(2 * Math.PI * prior.variance()));
    return likelihood.factor() * loss + share * (ofPrior - likelihood.constant());
  }

  @Override
  public Workspace workspace() {
    return inner.workspace();
  }
}
