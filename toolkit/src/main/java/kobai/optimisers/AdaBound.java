package kobai.optimisers;

import kobai.memory.StateExchange;
import kobai.memory.Workspace;

/**
 * AdaBound: Adam whose step sizes are held between two bounds that close on that of SGD.
 *
 * <pre>
 * m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²                           (1)
 * s = η √(1 − β₂ᵗ) / (1 − β₁ᵗ) / (√v + ε)                                    (2)
 * lₜ = η* (1 − 1 / (γ t + 1)),   uₜ = η* (1 + 1 / (γ t)),   t = 1, 2, …      (3)
 * θ ← θ − min(max(s, lₜ), uₜ) m                                              (4)
 * </pre>
 *
 * <p>η* is the final rate; a schedule scales it as it scales η.
 *
 * <p>Variant: that of the authors' program, with Adam's correction of m and v and its ε. Algorithm
 * 2 of the paper has neither, and divides the clipped rate by √t; the schedule {@code
 * power(exponent=0.5)} does the latter.
 *
 * <p>Cost: O(P) time, 2P floats.
 *
 * <p>Source: Luo, Xiong, Liu and Sun (2019), ICLR, algorithm 2 and section 5.
 */
final class AdaBound implements UpdateRule {
  private final int parameters;
  private final double baseRate;
  private final double beta1;
  private final double beta2;
  private final float epsilon;
  private final double finalRate;
  private final double gamma;
  private final float[] m;
  private final float[] v;
  private double power1 = 1;
  private double power2 = 1;
  private long t;

  AdaBound(
      Workspace workspace,
      int parameters,
      double baseRate,
      double beta1,
      double beta2,
      double epsilon,
      double finalRate,
      double gamma) {
    this.parameters = parameters;
    this.baseRate = baseRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = (float) epsilon;
    this.finalRate = finalRate;
    this.gamma = gamma;
    m = workspace.floats("first moment", parameters);
    v = workspace.floats("second moment", parameters);
  }

  @Override
  public void update(float[] theta, float[] gradient, double rate) {
    t++;
    power1 *= beta1;
    power2 *= beta2;
    double last = finalRate * (rate / baseRate);
    float step = (float) (rate * Math.sqrt(1 - power2) / (1 - power1));
    float lower = (float) (last * (1 - 1 / (gamma * t + 1)));
    float upper = (float) (last * (1 + 1 / (gamma * t)));
    float keep1 = (float) beta1;
    float keep2 = (float) beta2;
    float take1 = (float) (1 - beta1);
    float take2 = (float) (1 - beta2);
    float constant = epsilon;
    float[] first = m;
    float[] second = v;
    for (int i = 0; i < parameters; i++) {
      float g = gradient[i];
      float mean = keep1 * first[i] + take1 * g;
      float square = keep2 * second[i] + take2 * (g * g);
      first[i] = mean;
      second[i] = square;
      float size = step / ((float) Math.sqrt(square) + constant);
      theta[i] -= Math.min(Math.max(size, lower), upper) * mean;
    }
  }

  @Override
  public void exchange(StateExchange state) {
    t = state.number("t", t);
    power1 = state.real("power of beta1", power1);
    power2 = state.real("power of beta2", power2);
    state.floats("first moment", m);
    state.floats("second moment", v);
  }
}
