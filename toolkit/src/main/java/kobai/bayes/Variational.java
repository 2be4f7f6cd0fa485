package kobai.bayes;

import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.random.NoiseSource;

/**
 * What every estimator of the bound needs to know. Start from {@link #of} and change what matters.
 *
 * <pre>
 * F(ξ) = KL[q(w; ξ) ‖ p(w)] − E_q[ln p(Y | w, X)] = −ELBO(ξ)
 * ln p(Y | X) = ELBO(ξ) + KL[q ‖ p(w | Y, X)]
 * </pre>
 *
 * <p>Estimators of this package minimise F: they take ξ = [μ | ρ] [2P] where others take θ, return
 * an estimate of F and overwrite the gradient [2P] with one of ∇F. On windows of a sequence the
 * divergence is shared out by their length, so that windows add up to the sequence, and a sample of
 * the weights lasts for the episode.
 *
 * @param prior p(w)
 * @param likelihood how the mean loss becomes ln p(Y | w, X)
 * @param coordinates how ρ says σ
 * @param samples S, samples of the weights that an estimate averages over
 * @param noise standard normal draws; a design can take its place
 * @param implementation kernels to run on
 */
public record Variational(
    GaussianPrior prior,
    LikelihoodScale likelihood,
    Coordinates coordinates,
    int samples,
    NoiseSource noise,
    Implementation implementation) {
  public Variational {
    if (samples < 1) {
      throw new IllegalArgumentException("samples = %d: must be at least 1".formatted(samples));
    }
  }

  /** Coordinates (μ, ln σ), one sample, Gaussian noise, vector kernels. */
  public static Variational of(GaussianPrior prior, LikelihoodScale likelihood) {
    return new Variational(
        prior,
        likelihood,
        Coordinates.LOG_SIGMA,
        1,
        NoiseSource.gaussian(Implementation.VECTOR.kernels()),
        Implementation.VECTOR);
  }

  /** The same in other coordinates. */
  public Variational withCoordinates(Coordinates value) {
    return new Variational(prior, likelihood, value, samples, noise, implementation);
  }

  /** The same with another number of samples. */
  public Variational withSamples(int value) {
    return new Variational(prior, likelihood, coordinates, value, noise, implementation);
  }

  /** The same with another source of noise. */
  public Variational withNoise(NoiseSource value) {
    return new Variational(prior, likelihood, coordinates, samples, value, implementation);
  }

  /** The same with other kernels. */
  public Variational withImplementation(Implementation value) {
    return new Variational(prior, likelihood, coordinates, samples, noise, value);
  }

  Kernels kernels() {
    return implementation.kernels();
  }
}
