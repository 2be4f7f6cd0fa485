package kobai.optimisers;

import kobai.kernels.Kernels;
import kobai.memory.StateExchange;

/**
 * Stochastic gradient descent.
 *
 * <pre>
 * θ ← θ − η g     (1)
 * </pre>
 *
 * <p>Cost: O(P) time, no memory.
 *
 * <p>Source: Robbins and Monro (1951), Annals of Mathematical Statistics 22(3), 400–407.
 */
final class Sgd implements UpdateRule {
  private final Kernels kernels;
  private final int parameters;

  Sgd(Kernels kernels, int parameters) {
    this.kernels = kernels;
    this.parameters = parameters;
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    kernels.axpy(-(float) rate, gradient, 0, theta, 0, parameters);
  }

  @Override
  public void exchange(StateExchange state) {}
}
