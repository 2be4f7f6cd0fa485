package kobai.optimisers;

import kobai.memory.StateExchange;
import kobai.memory.Workspace;

/**
 * Nesterov's accelerated gradient, in the point where the gradient is taken.
 *
 * <pre>
 * m ← μ m + η g             (1)
 * θ ← θ − (μ m + η g)       (2)   with the new m
 * </pre>
 *
 * <p>Variant: Sutskever et al. write the position φ and take the gradient ahead of it, g = ∇f(φ − μ
 * m), m ← μ m + η g, φ ← φ − m. Here θ = φ − μ m is that point ahead, so that no other place need
 * ask for a gradient; with constant μ the two are the same run.
 *
 * <p>Cost: O(P) time, P floats.
 *
 * <p>Source: Nesterov (1983), Soviet Mathematics Doklady 27, 372–376; Sutskever, Martens, Dahl and
 * Hinton (2013), ICML, eq. 3 and 4; in θ: Bengio, Boulanger-Lewandowski and Pascanu (2013), ICASSP,
 * eq. 7.
 */
final class Nesterov implements UpdateRule {
  private final int parameters;
  private final float momentum;
  private final float[] m;

  Nesterov(Workspace workspace, int parameters, double momentum) {
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
      float step = eta * gradient[i];
      float next = mu * moved[i] + step;
      moved[i] = next;
      theta[i] -= mu * next + step;
    }
  }

  @Override
  public void exchange(StateExchange state) {
    state.floats("momentum", m);
  }
}
