package kobai.bayes;

import java.util.function.Function;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * The reparameterised gradient of the negative bound F = KL[q ‖ p] − E_q ln p(Y | w, X).
 *
 * <pre>
 * wₛ = μ + σ ⊙ εₛ,   εₛ ~ N(0, I), s = 1 … S                   (1)  [P]
 * gₛ = κ ∇L(wₛ)                                                (2)  [P]
 * ∂F/∂μ ≈ 1/S Σₛ gₛ + ∂KL/∂μ                                   (3)  [P]
 * ∂F/∂σ ≈ 1/S Σₛ gₛ ⊙ εₛ + ∂KL/∂σ                              (4)  [P]
 * </pre>
 *
 * <p>All are in {@code estimate}; the divergence and the step from σ to ρ are closed forms ({@code
 * DiagonalGaussian}). (2) comes from any estimator of ∇L: backpropagation, or one that is itself
 * noisy.
 *
 * <p>Claim: unbiased for ∇F on whole sequences if the inner estimator is unbiased for ∇L; on
 * windows likewise (the sample wₛ lasts for the episode).
 *
 * <p>Variance on ln p = c − ½(w − ŵ)ᵀH(w − ŵ): {@link QuadraticLaw}.
 *
 * <p>Cost: S inner estimates and O(S P); memory S inner estimators and 6P floats.
 *
 * <p>Variant: the entropy and the prior in closed form, not sampled (Roeder, Wu and Duvenaud 2017
 * sample both and drop a term of mean zero).
 *
 * <p>Source: Kingma and Welling (2014), ICLR, arXiv 1312.6114; for weights Blundell et al. (2015),
 * ICML, arXiv 1505.05424.
 */
public final class Reparameterised implements GradientEstimator {
  private final Workspace workspace;
  private final Kernels kernels;
  private final NoiseSource noise;
  private final LikelihoodScale likelihood;
  private final int samples;
  private final int parameters;
  private final DiagonalGaussian law;
  private final GradientEstimator[] inner;
  private final String[] purposes;
  private final float[] epsilon;
  private final float[] w;
  private final float[] g;
  private long key;

  /**
   * Takes all memory.
   *
   * @param parameters P of the model
   * @param inner makes an estimator of ∇L in the workspace given to it; called S times, because an
   *     estimator carries the states of its own sample from window to window
   */
  public Reparameterised(
      Variational variational,
      Workspace workspace,
      int parameters,
      Function<Workspace, GradientEstimator> inner) {
    this.workspace = workspace;
    this.parameters = parameters;
    kernels = variational.kernels();
    noise = variational.noise();
    likelihood = variational.likelihood();
    samples = variational.samples();
    law = new DiagonalGaussian(variational, workspace, parameters);
    epsilon = workspace.floats("epsilon", parameters);
    w = workspace.floats("w", parameters);
    g = workspace.floats("gradient in w", parameters);
    this.inner = new GradientEstimator[samples];
    purposes = new String[samples];
    for (int s = 0; s < samples; s++) {
      purposes[s] = "sample " + s;
      this.inner[s] = inner.apply(workspace.child(purposes[s]));
    }
  }

  @Override
  public void reset(long seed) {
    key = RandomKey.childSeed(seed, "weights");
    for (int s = 0; s < samples; s++) {
      inner[s].reset(RandomKey.childSeed(seed, purposes[s]));
    }
  }

  /**
   * Overwrites gradient [2P] with this window's share of ∇F at xi [2P] and returns its share of F,
   * both estimated from the same samples.
   */
  @Override
  public double estimate(float[] xi, Sequence sequence, int from, int to, float[] gradient) {
    law.read(xi);
    DiagonalGaussian.clear(gradient, parameters);
    double loss = 0;
    for (int s = 0; s < samples; s++) {
      noise.fill(key, 0, s, epsilon, 0, parameters);
      law.weights(xi, epsilon, w);
      loss += inner[s].estimate(w, sequence, from, to, g);
      kernels.scale((float) (likelihood.factor() / samples), g, 0, parameters);
      kernels.axpy(1f, g, 0, gradient, 0, parameters);
      kernels.multiplyAdd(g, 0, epsilon, 0, gradient, parameters, parameters);
    }
    double share = (to - from) / (double) sequence.length();
    law.finish(xi, share, gradient);
    double cost = likelihood.factor() * loss / samples - share * likelihood.constant();
    return cost + share * law.divergence(xi);
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
