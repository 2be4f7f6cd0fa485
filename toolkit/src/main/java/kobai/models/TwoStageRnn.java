package kobai.models;

import java.util.List;
import java.util.Locale;

/**
 * Gated network whose candidate sees the output before only through a gate, so that a step is two
 * products one after the other:
 *
 * <pre>
 * gₜ = σ(hₜ₋₁ W + xₜ W_in + b)                             (1)  [B × (G − 1) n]
 * cₜ = tanh((rₜ ⊙ hₜ₋₁) C + xₜ W_in + b), r first of g     (2)  [B × n]
 * hₜ = hₜ₋₁ + wₜ ⊙ (cₜ − hₜ₋₁), h₀ = 0                     (3)  [B × n]
 * zₜ = hₜ V + c                                            (4)  [B × m]
 * ℓₜ = mean over rows of loss(zₜ, yₜ)                       (5)
 * </pre>
 *
 * <p>{@link Kind#GRU}: gates [r | u] and w = 1 − u. {@link Kind#MGU}: one gate f that both resets
 * and mixes, r = w = f.
 *
 * <p>θ = [W n × (G − 1) n | C n × n | W_in d × G n | b G n | V n × m | c m], source-major, the
 * columns of W_in and b in the order gates, candidate. Since a gate of one unit touches the
 * candidates of all, no parameter of (1) is row-local: real-time recurrent learning takes it in the
 * form for layers, with M as if it were dense, not in the fast form of row-local cells.
 *
 * <p>Cost per step and row: O(G n² + G d n + n m).
 *
 * <p>Variant: the reset is applied before the product with C, as published; {@code Gru} applies it
 * after.
 *
 * <p>Source: Cho et al. (2014), EMNLP, 1724–1734, eqs. (5) to (8); Zhou et al. (2016),
 * International Journal of Automation and Computing 13(3), 226–234.
 *
 * @param inputSize d
 * @param units n
 * @param targetSize m
 * @param kind which gates
 * @param loss the loss of (5)
 */
public record TwoStageRnn(int inputSize, int units, int targetSize, Kind kind, Loss loss)
    implements StackModel {
  /** Which gates. */
  public enum Kind {
    /** Gated recurrent unit, reset before the product: reset and update gate. */
    GRU(2),
    /** Minimal gated unit: one forget gate. */
    MGU(1);

    private final int gates;

    Kind(int gates) {
      this.gates = gates;
    }

    /** Gates beside the candidate, G − 1. */
    int gates() {
      return gates;
    }
  }

  public TwoStageRnn {
    stack(inputSize, units, targetSize, kind, loss).parameters();
  }

  private static Stack stack(int inputSize, int units, int targetSize, Kind kind, Loss loss) {
    String name =
        "%s(n=%d, d=%d, m=%d)"
            .formatted(
                kind == Kind.GRU ? "gru-reset-before" : kind.name().toLowerCase(Locale.ROOT),
                units,
                inputSize,
                targetSize);
    Layer layer = new TwoStageLayer(inputSize, units, kind);
    return new Stack(name, List.of(layer), targetSize, loss);
  }

  @Override
  public Stack stack() {
    return stack(inputSize, units, targetSize, kind, loss);
  }
}
