package kobai.optimisers;

import kobai.kernels.Kernels;

/**
 * Stochastic gradient descent.
 *
 * <pre>
 * θ ← θ − η g     (1)
 * </pre>
 */
final class Sgd implements Optimiser {
  private final Kernels kernels;
  private final float rate;
  private final int parameters;

  Sgd(Kernels kernels, int parameters, double rate) {
    this.kernels = kernels;
    this.parameters = parameters;
    this.rate = (float) rate;
  }

  @Override
  public void update(float[] theta, float[] gradient) {
    kernels.axpy(-rate, gradient, 0, theta, 0, parameters);
  }
}
