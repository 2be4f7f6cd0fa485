package kobai.optimisers;

import kobai.memory.StateExchange;
import kobai.memory.Workspace;

/**
 * RMSProp.
 *
 * <pre>
 * v ← β₂ v + (1 − β₂) g²      (1)
 * θ ← θ − η g / (√v + ε)      (2)
 * </pre>
 *
 * <p>Cost: O(P) time, P floats.
 *
 * <p>Variant: v starts at 0 and is not corrected for it; ε outside the root (the lecture has none).
 *
 * <p>Source: Tieleman and Hinton (2012), Neural Networks for Machine Learning, lecture 6.5.
 */
final class RmsProp implements UpdateRule {
  private final int parameters;
  private final double beta2;
  private final float epsilon;
  private final float[] v;

  RmsProp(Workspace workspace, int parameters, double beta2, double epsilon) {
    this.parameters = parameters;
    this.beta2 = beta2;
    this.epsilon = (float) epsilon;
    v = workspace.floats("second moment", parameters);
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    float eta = (float) rate;
    float keep = (float) beta2;
    float take = (float) (1 - beta2);
    float constant = epsilon;
    float[] squares = v;
    for (int i = 0; i < parameters; i++) {
      float g = gradient[i];
      float mean = keep * squares[i] + take * (g * g);
      squares[i] = mean;
      theta[i] -= eta * g / ((float) Math.sqrt(mean) + constant);
    }
  }

  @Override
  public void exchange(StateExchange state) {
    state.floats("second moment", v);
  }
}
