package kobai.models;

/**
 * A layer z = x W + b of a feed-forward model.
 *
 * @param index its number among the layers of the model
 * @param inputs numbers that enter it, d
 * @param units n
 * @param at where W [d × n] begins in θ; b follows
 */
public record AffineLayer(int index, int inputs, int units, int at) {}
