package kobai.optimisers;

import kobai.memory.Workspace;

/**
 * Adam.
 *
 * <pre>
 * m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²                (1)
 * θ ← θ − η m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)   (2)
 * </pre>
 *
 * with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
 *
 * <p>Variant: ε outside the root, as published.
 *
 * <p>Source: Kingma and Ba (2015), ICLR, algorithm 1.
 */
final class Adam implements Optimiser {
  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.999;
  private static final float EPSILON = 1e-8f;

  private final double rate;
  private final int parameters;
  private final float[] m;
  private final float[] v;
  private double power1 = 1;
  private double power2 = 1;

  Adam(Workspace workspace, int parameters, double rate) {
    this.rate = rate;
    this.parameters = parameters;
    m = workspace.floats("first moment", parameters);
    v = workspace.floats("second moment", parameters);
  }

  @Override
  public void update(float[] theta, float[] gradient) {
    power1 *= BETA_1;
    power2 *= BETA_2;
    float step = (float) (rate / (1 - power1));
    float unbias = (float) (1 / (1 - power2));
    float keep1 = (float) BETA_1;
    float keep2 = (float) BETA_2;
    float take1 = (float) (1 - BETA_1);
    float take2 = (float) (1 - BETA_2);
    for (int i = 0; i < parameters; i++) {
      float g = gradient[i];
      m[i] = keep1 * m[i] + take1 * g;
      v[i] = keep2 * v[i] + take2 * (g * g);
      theta[i] -= step * m[i] / ((float) Math.sqrt(v[i] * unbias) + EPSILON);
    }
  }
}
