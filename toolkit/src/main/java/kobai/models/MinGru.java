package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * Minimal gated recurrent unit: gate and candidate see the input alone.
 *
 * <pre>
 * [cₜ | vₜ] = xₜ W + b,  zₜ = σ(vₜ)                        (1)  [B × 2n]
 * sₜ = (1 − zₜ) ⊙ sₜ₋₁ + zₜ ⊙ cₜ, s₀ = 0                   (2)  [B × n]
 * oₜ = sₜ V + c,  ℓₜ = mean over rows of loss(oₜ, yₜ)       (3)  [B × m]
 * </pre>
 *
 * <p>θ = [W d × 2n, columns candidate | gate; b 2n; V n × m; c m].
 *
 * <p>Cost per step and row: O(dn + nm).
 *
 * <p>Variant: the candidate is linear, as published; the form in logarithms, for parallel scans, is
 * not needed.
 *
 * <p>Source: Feng et al. (2024), Were RNNs All We Needed?, arXiv 2410.01201, section 3.1.
 *
 * @param inputSize d
 * @param units n
 * @param targetSize m
 * @param loss the loss of (3)
 */
public record MinGru(int inputSize, int units, int targetSize, Loss loss)
    implements DiagonalCellModel {
  public MinGru {
    shape(inputSize, units, targetSize, loss);
  }

  private static DiagonalShape shape(int inputSize, int units, int targetSize, Loss loss) {
    return DiagonalShape.of(inputSize, units, targetSize, 1, true, false, loss);
  }

  @Override
  public DiagonalShape shape() {
    return shape(inputSize, units, targetSize, loss);
  }

  @Override
  public String name() {
    return "min-gru(n=%d, d=%d, m=%d)".formatted(units, inputSize, targetSize);
  }

  /** W ~ N(0, 1/d), V ~ N(0, 1/n), biases zero. */
  @Override
  public void initialise(RandomKey key, float[] theta) {
    DiagonalShape shape = shape();
    java.util.Arrays.fill(theta, 0, shape.parameters().count(), 0f);
    shape.gaussian(key, "input", 1.0 / inputSize, theta);
    shape.gaussian(key, "readout", 1.0 / units, theta);
  }

  @Override
  public boolean turned(int gate) {
    return false;
  }

  @Override
  public DiagonalCell cell(int at, Kernels kernels, Workspace workspace) {
    return new GatedCell(shape(), kernels);
  }
}
