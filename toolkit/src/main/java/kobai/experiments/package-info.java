/**
 * What a comparison measures, apart from time: the quality of gradients, scaling laws and
 * crossovers, retained heap, short training runs. {@link kobai.experiments.Quality} takes any
 * {@link kobai.estimators.GradientEstimator}, those of other projects too.
 */
package kobai.experiments;
