/**
 * Regularisation read as probability: priors, variational inference, dropout, and what can be said
 * about predictions.
 *
 * <p><b>From a mean loss to a likelihood.</b> Losses of this project are means over the rows of a
 * batch and sums over steps. A data set of N independent rows therefore has
 *
 * <pre>
 * ln p(Y | w, X) = constant − κ L(w)
 * </pre>
 *
 * <p>with κ = N for a loss that is a negative log-likelihood and κ = N/σ² for the squared error
 * under Gaussian noise of variance σ². A mini-batch of M rows drawn uniformly keeps κ: its mean
 * loss times N is (N/M) Σ over the rows drawn, which is unbiased. {@link LikelihoodScale} carries
 * κ, and nothing else in this package scales a loss.
 */
package kobai.bayes;
