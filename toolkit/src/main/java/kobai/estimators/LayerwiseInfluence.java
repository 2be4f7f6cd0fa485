package kobai.estimators;

import java.util.Arrays;
import java.util.List;
import kobai.data.Sequence;
import kobai.memory.Workspace;
import kobai.models.DiagonalModel;
import kobai.models.LayeredModel;
import kobai.models.LayeredTape;
import kobai.models.RowLocalShape;

/**
 * RTRL layer by layer, of one cell or a stack: traces within each layer, errors backpropagated
 * through the depth at the same step. Of layer l, with the influence E⁽ˡ⁾ of its parameters on its
 * own state,
 *
 * <pre>
 * q̄⁽ᴸ⁾ₜ = ∂ℓₜ/∂s⁽ᴸ⁾ₜ,  q̄⁽ˡ⁻¹⁾ₜ = q̄⁽ˡ⁾ₜ ∂s⁽ˡ⁾ₜ/∂s⁽ˡ⁻¹⁾ₜ, states before step t held     (1)  [S⁽ˡ⁾]
 * E⁽ˡ⁾ₜ = D⁽ˡ⁾ₜ E⁽ˡ⁾ₜ₋₁ + M̄⁽ˡ⁾ₜ                                                 (2)  [S⁽ˡ⁾ × P⁽ˡ⁾]
 * ĝ⁽ˡ⁾  = Σₜ q̄⁽ˡ⁾ₜ E⁽ˡ⁾ₜ,   ĝ += Σₜ ∂ℓₜ/∂θ                                       (3)  [P⁽ˡ⁾]
 * </pre>
 *
 * <p>(1) is the tape's {@code depthGradient}, (2) and the first part of (3) are {@link
 * LocalTraces}. Where units do not interact, (2) is exact: D is the Jacobian of the layer. In full,
 *
 * <pre>
 * dℓₜ/dθ⁽ˡ⁾ = Σₖ (∂ℓₜ/∂s⁽ᵏ⁾ₜ) ds⁽ᵏ⁾ₜ/dθ⁽ˡ⁾
 * ds⁽ᵏ⁾ₜ/dθ⁽ˡ⁾ = (∂s⁽ᵏ⁾ₜ/∂s⁽ᵏ⁻¹⁾ₜ) ds⁽ᵏ⁻¹⁾ₜ/dθ⁽ˡ⁾ + (∂s⁽ᵏ⁾ₜ/∂s⁽ᵏ⁾ₜ₋₁) ds⁽ᵏ⁾ₜ₋₁/dθ⁽ˡ⁾,  k > l     (4)
 * </pre>
 *
 * <p>of which (1) keeps the first term and leaves out the second: what a lower layer does through
 * the recurrence of a layer above it. The top layer has none above it and is exact; so is a layer
 * without recurrence.
 *
 * <p>Claim: with (2) exact, the gradient that {@link Target#LAYERWISE} names, at fixed θ: biased
 * for the loss gradient of two or more layers with a state, exact for the top one and the readout.
 * With the D of {@link Snap} of order 1, {@link Rflo} or {@link EProp}, biased in every layer.
 *
 * <p>Cost per step and row: O(P) time, the traces' and one more product with the input weights of
 * each layer that has one below; memory that of the traces, one float a part and parameter,
 * independent of the sequence.
 *
 * <p>Source: Zucchet, Meier, Schug, Mujika and Sacramento (2023), Online learning of long-range
 * dependencies, NeurIPS, arXiv 2305.15947, section 3.
 */
final class LayerwiseInfluence implements GradientEstimator {
  private final Workspace workspace;
  private final LayeredTape tape;
  private final LocalTraces[] traces;
  private final int[] qAt;
  private final int size;
  private final int parameters;
  private final int block;
  private final float[] state;
  private final float[] q;

  /**
   * @param self as in {@link LocalTraces}
   */
  LayerwiseInfluence(Setup setup, Workspace workspace, LayeredModel model, boolean self) {
    this.workspace = workspace;
    size = model.stateSize();
    parameters = model.parameters().count();
    block = LocalTraces.block(setup);
    tape = model.tape(setup.kernels(), workspace.child("tape"), setup.window(), setup.batch());
    state = workspace.floats("state", setup.stateSize());
    q = workspace.floats("q", block * setup.stateSize());
    List<RowLocalShape> cells = model.cells();
    traces = new LocalTraces[cells.size()];
    qAt = new int[cells.size()];
    int at = 0;
    for (int l = 0; l < traces.length; l++) {
      RowLocalShape cell = cells.get(l);
      Workspace own = cell == model ? workspace : workspace.child("layer " + (l + 1));
      traces[l] = new LocalTraces(setup, own, cell, tape.cell(l), self);
      qAt[l] = at;
      at += cell.parts() * cell.units();
    }
  }

  /** Makes RTRL_DIAGONAL: exact on one cell, this on a stack of them. */
  static GradientEstimator diagonal(Setup setup, Workspace workspace) {
    return setup.model() instanceof LayeredModel layered
            && !(layered instanceof DiagonalModel)
            && setup.layered("RTRL_DIAGONAL").cells().stream().allMatch(RowLocalShape::diagonal)
        ? new LayerwiseInfluence(setup, workspace, layered, false)
        : new RtrlDiagonal(setup, workspace);
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
    for (LocalTraces layer : traces) {
      layer.reset();
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.lossParametersAdd(theta, sequence, gradient);
    for (int begin = 0; begin < to - from; begin += block) {
      int steps = Math.min(block, to - from - begin);
      for (int step = 0; step < steps; step++) {
        tape.depthGradient(theta, sequence, begin + step, q, step * state.length, gradient);
      }
      for (int l = 0; l < traces.length; l++) {
        traces[l].advance(theta, sequence, begin, steps, q, qAt[l], size, gradient);
      }
    }
    return loss;
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
