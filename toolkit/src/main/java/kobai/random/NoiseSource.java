package kobai.random;

import kobai.kernels.Kernels;

/**
 * Where an estimator takes its perturbations from: draws of mean zero and variance one. Exact
 * designs (Hadamard, sign enumeration, Gauss–Hermite) implement the same interface and take the
 * place of the random source in verification.
 */
public interface NoiseSource {
  /**
   * Overwrites {@code out[outAt, outAt + count)} with the draw that belongs to (key, unroll,
   * particle). Must be a pure function of these coordinates and safe to call from several threads.
   */
  void fill(RandomKey key, int unroll, int particle, float[] out, int outAt, int count);

  /** Independent standard normal draws. */
  static NoiseSource gaussian(Kernels kernels) {
    return (key, unroll, particle, out, outAt, count) ->
        kernels.gaussian(key.seed(), particle, unroll, 0, out, outAt, count);
  }

  /** Independent ±1 draws. */
  static NoiseSource rademacher(Kernels kernels) {
    return (key, unroll, particle, out, outAt, count) ->
        kernels.rademacher(key.seed(), particle, unroll, 0, out, outAt, count);
  }
}
