package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * Linear recurrent unit: a diagonal complex recurrence with a linear readout.
 *
 * <pre>
 * λ = exp(−e^ν + i e^φ)                                    (1)  [n]
 * sₜ = λ ⊙ sₜ₋₁ + e^g ⊙ (xₜ B), s₀ = 0                       (2)  [B × n] complex
 * zₜ = Re(sₜ C) + xₜ D + c = [sʳ | sⁱ] V + xₜ D + c           (3)  [B × m]
 * ℓₜ = mean over rows of loss(zₜ, yₜ)                         (4)
 * </pre>
 *
 * <p>A row of the state is [sʳ | sⁱ], S = 2n. θ = [B d × 2n, columns Bʳ | Bⁱ; ν n; φ n; g n; V 2n ×
 * m = [Cʳ; −Cⁱ]; D d × m; c m].
 *
 * <p>Cost per step and row: O(dn + nm).
 *
 * <p>Variant: one layer; the skip D is a matrix, which the publication has as a vector between
 * layers of one width.
 *
 * <p>Source: Orvieto et al. (2023), ICML, arXiv 2303.06349, eqs (3), (6), (7); initialisation as in
 * its appendix A.
 *
 * @param inputSize d
 * @param units n
 * @param targetSize m
 * @param loss the loss of (4)
 * @param ring law of the initial λ
 */
public record Lru(int inputSize, int units, int targetSize, Loss loss, Ring ring)
    implements DiagonalCellModel {
  public Lru {
    shape(inputSize, units, targetSize, loss);
  }

  /** The initial λ on the whole unit disc. */
  public static Lru of(int inputSize, int units, int targetSize, Loss loss) {
    return new Lru(inputSize, units, targetSize, loss, Ring.DISC);
  }

  private static DiagonalShape shape(int inputSize, int units, int targetSize, Loss loss) {
    return DiagonalShape.of(
        inputSize, units, targetSize, 2, false, true, loss, "nu", "phi", "gamma");
  }

  @Override
  public DiagonalShape shape() {
    return shape(inputSize, units, targetSize, loss);
  }

  @Override
  public String name() {
    return "lru(n=%d, d=%d, m=%d)".formatted(units, inputSize, targetSize);
  }

  /**
   * λ uniform on {@link #ring}, e^g = √(1 − |λ|²) so that the state keeps the variance of the
   * input, B ~ N(0, 1/(2d)) a part, V ~ N(0, 1/n), D ~ N(0, 1/d), c = 0.
   */
  @Override
  public void initialise(RandomKey key, float[] theta) {
    DiagonalShape shape = shape();
    java.util.Arrays.fill(theta, 0, shape.parameters().count(), 0f);
    shape.gaussian(key, "input", 0.5 / inputSize, theta);
    ring.fill(key, theta, shape.ownAt(), units);
    for (int i = 0; i < units; i++) {
      double square = Math.exp(-2 * Math.exp(theta[shape.ownAt() + i]));
      theta[shape.ownAt() + 2 * units + i] = (float) (0.5 * Math.log1p(-square));
    }
    shape.gaussian(key, "readout", 1.0 / units, theta);
    shape.gaussian(key, "skip", 1.0 / inputSize, theta);
  }

  @Override
  public boolean turned(int gate) {
    return gate == 1;
  }

  @Override
  public DiagonalCell cell(int at, Kernels kernels, Workspace workspace) {
    return new RotatingCell(shape(), at, true, false, kernels, workspace);
  }
}
