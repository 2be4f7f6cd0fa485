package kobai.kernels;

/**
 * Pointwise non-linearities f that the fused kernels know, with the slope f′ written through the
 * value f(u).
 */
public enum Activation {
  /** f(u) = tanh u, f′ = 1 − f². */
  TANH,
  /** f(u) = 1 / (1 + e⁻ᵘ), f′ = f (1 − f). */
  SIGMOID,
  /** f(u) = max(u, 0), f′ = 1 where u &gt; 0, else 0. */
  RELU,
  /** f(u) = u, f′ = 1. */
  IDENTITY
}
