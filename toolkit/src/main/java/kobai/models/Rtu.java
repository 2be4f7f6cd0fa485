package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * Recurrent trace unit: a diagonal rotation in real arithmetic whose input scale follows from its
 * modulus, linear or with tanh inside the recurrence.
 *
 * <pre>
 * λ = exp(−e^ν + i e^φ), γ = √(1 − |λ|²)                     (1)  [n]
 * cₜ = λ ⊙ sₜ₋₁ + γ ⊙ (xₜ W¹ + i xₜ W²), s₀ = 0               (2)  [B × n] complex
 * sₜ = cₜ, or tanh(cʳ) + i tanh(cⁱ) if nonlinear              (3)
 * zₜ = [sʳ | sⁱ] V + c,  ℓₜ = mean over rows of loss(zₜ, yₜ)    (4)  [B × m]
 * </pre>
 *
 * <p>A row of the state is [sʳ | sⁱ], S = 2n. θ = [W d × 2n, columns W¹ | W²; ν n; φ n; V 2n × m; c
 * m].
 *
 * <p>Cost per step and row: O(dn + nm).
 *
 * <p>Variant: the parameters of |λ| and of its phase are exponentiated twice and once; ∂/∂φ has the
 * factor e^φ that the public code leaves out. The linear unit is read out linearly, without an
 * activation.
 *
 * <p>Source: Elelimy, White, Bowling and White (2024), NeurIPS, arXiv 2409.01449.
 *
 * @param inputSize d
 * @param units n
 * @param targetSize m
 * @param nonlinear whether tanh stands inside the recurrence
 * @param loss the loss of (4)
 * @param ring law of the initial λ
 */
public record Rtu(int inputSize, int units, int targetSize, boolean nonlinear, Loss loss, Ring ring)
    implements DiagonalCellModel {
  public Rtu {
    shape(inputSize, units, targetSize, loss);
  }

  /** The initial λ on the whole unit disc. */
  public static Rtu of(int inputSize, int units, int targetSize, boolean nonlinear, Loss loss) {
    return new Rtu(inputSize, units, targetSize, nonlinear, loss, Ring.DISC);
  }

  private static DiagonalShape shape(int inputSize, int units, int targetSize, Loss loss) {
    return DiagonalShape.of(inputSize, units, targetSize, 2, false, false, loss, "nu", "phi");
  }

  @Override
  public DiagonalShape shape() {
    return shape(inputSize, units, targetSize, loss);
  }

  @Override
  public String name() {
    return "rtu(n=%d, d=%d, m=%d, %s)"
        .formatted(units, inputSize, targetSize, nonlinear ? "tanh" : "linear");
  }

  /** λ uniform on {@link #ring}, W ~ N(0, 1/(2d)), V ~ N(0, 1/n), c = 0. */
  @Override
  public void initialise(RandomKey key, float[] theta) {
    DiagonalShape shape = shape();
    java.util.Arrays.fill(theta, 0, shape.parameters().count(), 0f);
    shape.gaussian(key, "input", 0.5 / inputSize, theta);
    ring.fill(key, theta, shape.ownAt(), units);
    shape.gaussian(key, "readout", 1.0 / units, theta);
  }

  @Override
  public boolean turned(int gate) {
    return gate == 1 && !nonlinear;
  }

  @Override
  public DiagonalCell cell(int at, Kernels kernels, Workspace workspace) {
    return new RotatingCell(shape(), at, false, nonlinear, kernels, workspace);
  }
}
