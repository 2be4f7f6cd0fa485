/**
 * Feed-forward networks: layers over one flat θ, composed from a line of text into a model that
 * every estimator without time works on.
 *
 * <p>A network has no memory (or that of its recurrent layers): a step of a sequence is one more
 * block of rows. {@link kobai.networks.Network} is the model, {@link kobai.networks.Layer} the
 * description of a layer, {@code LayerRun} what computes it. A layer knows its own derivative and
 * nothing of its neighbours; {@code Chain} puts layers one after the other.
 *
 * <p>These layers are not those of the recurrent stack in {@code kobai.models}: those also give
 * stepwise products for RTRL and its relatives, which a convolution or an attention has no use for.
 */
package kobai.networks;
