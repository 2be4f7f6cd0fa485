package kobai.optimisers;

import kobai.memory.StateExchange;
import kobai.memory.Workspace;

/**
 * Momentum, or the heavy ball.
 *
 * <pre>
 * m ← μ m + η g     (1)
 * θ ← θ − m         (2)
 * </pre>
 *
 * <p>Cost: O(P) time, P floats.
 *
 * <p>Variant: η enters m, so that a change of the rate acts slowly; others write m ← μ m + g, θ ← θ
 * − η m, the same while η is constant.
 *
 * <p>Source: Polyak (1964), USSR Computational Mathematics and Mathematical Physics 4(5), 1–17.
 */
final class Momentum implements UpdateRule {
  private final int parameters;
  private final float momentum;
  private final float[] m;

  Momentum(Workspace workspace, int parameters, double momentum) {
    this.parameters = parameters;
    this.momentum = (float) momentum;
    m = workspace.floats("momentum", parameters);
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    float eta = (float) rate;
    float mu = momentum;
    float[] moved = m;
    for (int i = 0; i < parameters; i++) {
      float next = mu * moved[i] + eta * gradient[i];
      moved[i] = next;
      theta[i] -= next;
    }
  }

  @Override
  public void exchange(StateExchange state) {
    state.floats("momentum", m);
  }
}
