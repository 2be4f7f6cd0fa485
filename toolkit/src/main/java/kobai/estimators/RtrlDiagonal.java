package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DiagonalModel;
import kobai.models.DiagonalTape;

/**
 * Exact real-time recurrent learning of one layer whose units do not interact: the influence of a
 * parameter is one trace of its own unit.
 *
 * <pre>
 * m_{j,g} ← Dₜ m_{j,g} + Gₜ,g zₜ,j                            (1)  [parts × n]
 * ĝ_{j,g} = Σₜ ⟨qₜ, m_{j,g}⟩,   ĝ_readout = Σₜ ∂ℓₜ/∂θ          (2)
 * </pre>
 *
 * with Dₜ the blocks of the Jacobian, Gₜ,g the gains of gate g and zₜ,j its sources. Windows of one
 * step are (1) and (2) as they stand, {@code step}. A window of K steps is backpropagated, what it
 * owes to states before it is the adjoint a_from at its start times the traces, and then all traces
 * advance at once, {@code advance}:
 *
 * <pre>
 * ĝ = ⟨a_from, m_from⟩ + Σₜ (aₜ M̄ₜ + ∂ℓₜ/∂θ)                  (3)
 * m_to = Λ_from m_from + Σₜ Λₜ Gₜ zₜ,  Λₜ = D_to ⋯ Dₜ₊₁        (4)
 * </pre>
 *
 * <p>Claim: exact for a model of one layer, on whole sequences and on windows, at fixed θ (a stack
 * is {@link LayerwiseInfluence}). When θ changes between windows, the traces mix older θ.
 *
 * <p>Cost per step and row: O(P) time; (4) is one product [sources × K] [K × parts n] a gate.
 * Memory: parts floats a recurrent parameter and row (half of that where gates come in turned
 * pairs), independent of the sequence.
 *
 * <p>Source: Elelimy, White, Bowling and White (2024), NeurIPS, arXiv 2409.01449; Zucchet, Meier,
 * Schug, Mujika and Sacramento (2023), NeurIPS, arXiv 2305.15947; diagonal RTRL since Mozer (1989),
 * Complex Systems 3(4).
 */
final class RtrlDiagonal implements GradientEstimator {
  /**
   * Steps that (4) takes at a time. Of units that forget fast, Λ over many more steps would be
   * subnormal, which some processors are slow at.
   */
  private static final int BLOCK = 32;

  private final Workspace workspace;
  private final Kernels kernels;
  private final DiagonalTape tape;
  private final int batch;
  private final int n;
  private final int parts;
  private final int width;
  private final int q;
  private final int line;
  private final int parameters;
  private final DiagonalTraces[] traces;
  private final float[] state;
  private final float[] adjoint;
  private final float[] product;
  private final float[] own;
  private final float[] sums;
  private final float[] sources;
  private final float[] scratch;

  RtrlDiagonal(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    DiagonalModel model = setup.diagonal("RTRL_DIAGONAL");
    kernels = setup.kernels();
    batch = setup.batch();
    n = model.units();
    parts = model.parts();
    width = parts * n;
    q = model.sources();
    line = model.gates() * n;
    parameters = model.parameters().count();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), batch);
    int block = Math.min(setup.window(), BLOCK);
    state = workspace.floats("state", setup.stateSize());
    adjoint = workspace.floats("adjoint", setup.stateSize());
    product = workspace.floats("product of blocks", (long) parts * width);
    own = workspace.floats("own influence", (long) block * parts * line);
    sums = workspace.floats("own influence of a block", (long) parts * line);
    sources = workspace.floats("sources", (long) block * q);
    scratch = workspace.floats(Kernels.SCRATCH, kernels.gemmScratch(q, n, block));
    traces = DiagonalTraces.of(setup, workspace, model);
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
    for (DiagonalTraces gate : traces) {
      gate.clear();
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    if (to - from == 1) {
      tape.lossParameters(theta, sequence, gradient);
      tape.stateGradient(theta, sequence, 0, adjoint, 0);
      for (int row = 0; row < batch; row++) {
        step(sequence, row, gradient);
      }
      return loss;
    }
    Arrays.fill(gradient, 0, parameters, 0f);
    Arrays.fill(adjoint, 0f);
    tape.backward(theta, sequence, adjoint, gradient);
    for (int row = 0; row < batch; row++) {
      for (DiagonalTraces gate : traces) {
        gate.credit(row, adjoint, gradient);
      }
      for (int begin = 0; begin < to - from; begin += BLOCK) {
        advance(sequence, begin, Math.min(BLOCK, to - from - begin), row);
      }
    }
    return loss;
  }

  /** (1) and (2) for one step; {@code adjoint} holds q. */
  private void step(Sequence sequence, int row, float[] gradient) {
    identity();
    compose(sequence, 0, row, 0);
    for (DiagonalTraces gate : traces) {
      gate.step(row, product, own, sources, adjoint, gradient);
    }
  }

  /** (4) for some steps of the window from {@code begin}. */
  private void advance(Sequence sequence, int begin, int steps, int row) {
    identity();
    for (int step = steps - 1; step >= 0; step--) {
      compose(sequence, begin + step, row, step);
    }
    Arrays.fill(sums, 0f);
    kernels.columnSumsAdd(own, 0, parts * line, steps, parts * line, sums, 0);
    for (DiagonalTraces gate : traces) {
      gate.advance(row, product, steps, own, sums, sources, scratch);
    }
  }

  private void identity() {
    Arrays.fill(product, 0f);
    for (int part = 0; part < parts; part++) {
      int at = part * (parts + 1) * n;
      Arrays.fill(product, at, at + n, 1f);
    }
  }

  /** Keeps z and Λ G of the step in place {@code slot} and turns Λ into Λ D, row by row of Λ. */
  private void compose(Sequence sequence, int step, int row, int slot) {
    tape.sources(sequence, step, row, sources, slot * q);
    for (int part = 0; part < parts; part++) {
      tape.vjpGates(step, row, product, part * width, own, (slot * parts + part) * line);
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
