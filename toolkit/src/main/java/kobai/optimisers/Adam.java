package kobai.optimisers;

import kobai.memory.StateExchange;
import kobai.memory.Workspace;

/**
 * Adam.
 *
 * <pre>
 * m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²                   (1)
 * θ ← θ − η m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)   (2)
 * θ ← θ − η m̂ / √(v̂ + ε)                                           (3)
 * </pre>
 *
 * <p>Variants: (2), ε outside the root, as published; (3), ε inside the root, which keeps the
 * gradient of √ finite at 0 and needs the square of the other ε for the same effect.
 *
 * <p>Cost: O(P) time, 2P floats.
 *
 * <p>Source: Kingma and Ba (2015), ICLR, algorithm 1.
 */
final class Adam implements UpdateRule {
  /** Where ε stands. */
  enum Epsilon {
    OUTSIDE_ROOT,
    INSIDE_ROOT
  }

  private final int parameters;
  private final double beta1;
  private final double beta2;
  private final float outside;
  private final float inside;
  private final float[] m;
  private final float[] v;
  private double power1 = 1;
  private double power2 = 1;

  Adam(
      Workspace workspace,
      int parameters,
      double beta1,
      double beta2,
      double epsilon,
      Epsilon placement) {
    this.parameters = parameters;
    this.beta1 = beta1;
    this.beta2 = beta2;
    // Adding 0 to a root changes no bit, so that one loop serves both.
    outside = placement == Epsilon.OUTSIDE_ROOT ? (float) epsilon : 0f;
    inside = placement == Epsilon.INSIDE_ROOT ? (float) epsilon : 0f;
    m = workspace.floats("first moment", parameters);
    v = workspace.floats("second moment", parameters);
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    power1 *= beta1;
    power2 *= beta2;
    float step = (float) (rate / (1 - power1));
    float unbias = (float) (1 / (1 - power2));
    float keep1 = (float) beta1;
    float keep2 = (float) beta2;
    float take1 = (float) (1 - beta1);
    float take2 = (float) (1 - beta2);
    float within = inside;
    float beside = outside;
    float[] first = m;
    float[] second = v;
    for (int i = 0; i < parameters; i++) {
      float g = gradient[i];
      float mean = keep1 * first[i] + take1 * g;
      float square = keep2 * second[i] + take2 * (g * g);
      first[i] = mean;
      second[i] = square;
      theta[i] -= step * mean / ((float) Math.sqrt(square * unbias + within) + beside);
    }
  }

  @Override
  public void exchange(StateExchange state) {
    power1 = state.real("power of beta1", power1);
    power2 = state.real("power of beta2", power2);
    state.floats("first moment", m);
    state.floats("second moment", v);
  }
}
