package kobai.optimisers;

import kobai.memory.StateExchange;
import kobai.memory.Workspace;

/**
 * AdaGrad: each parameter's rate falls with the squares of its own gradients.
 *
 * <pre>
 * v ← v + g²                  (1)
 * θ ← θ − η g / √(v + ε)      (2)
 * </pre>
 *
 * <p>Cost: O(P) time, P floats.
 *
 * <p>Variant: diagonal; ε inside the root.
 *
 * <p>Source: Duchi, Hazan and Singer (2011), Journal of Machine Learning Research 12, 2121–2159,
 * figure 1, where δ stands outside the root.
 */
final class AdaGrad implements UpdateRule {
  private final int parameters;
  private final float epsilon;
  private final float[] v;

  AdaGrad(Workspace workspace, int parameters, double epsilon) {
    this.parameters = parameters;
    this.epsilon = (float) epsilon;
    v = workspace.floats("squares", parameters);
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    float eta = (float) rate;
    float constant = epsilon;
    float[] squares = v;
    for (int i = 0; i < parameters; i++) {
      float g = gradient[i];
      float sum = squares[i] + g * g;
      squares[i] = sum;
      theta[i] -= eta * g / (float) Math.sqrt(sum + constant);
    }
  }

  @Override
  public void exchange(StateExchange state) {
    state.floats("squares", v);
  }
}
