package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.Rollout;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;

/**
 * Kernel RNN learning: the influence of earlier states on sₜ is taken to be A times a decay κ of
 * each state, and both are learned from a copy of the network that runs beside with noise ζ on its
 * states s̃.
 *
 * <pre>
 * κ = max(0, 1 − α),  Γ ← κ ⊙ Γ − Ω,  Ω ← κ ⊙ Ω + ζ                         (1)  [S]
 * e = A Ω − (s̃ − s),  A ← A − η e Ωᵀ,  α ← α − η (eᵀ A) ⊙ Γ                 (2)  [S × S], [S]
 * B ← κ ⊙ B + γ zᵀ,   ĝ = Σₜ ((qₜ A) B + ∂ℓₜ/∂θ)                            (3)  [S × q a gate]
 * </pre>
 *
 * <p>(1) and (2) are {@link LearnedKernel}, on the means over the rows of the batch; (3) is {@code
 * accumulate}, with the A that (2) has just made and the κ of before.
 *
 * <p>Claim: biased, at every A and α.
 *
 * <p>Cost per step and row: O(S² + n q) time a gate and part, and a second forward pass; memory 4
 * (B p n q + S²) bytes a gate and the tape.
 *
 * <p>Variant: A starts at I and κ at the leak of the first step (the derivative of each state by
 * itself at fixed pre-activations), and {@code reset} forgets both: meant for long streams. η is
 * {@link LearnedKernel#RATE} / σ², which at σ = 10⁻³ is the rate 5 of Marschall, Cho and Savin
 * (2020), because only A Ω / σ is of the order of one whatever σ is; the inner rate of the setup
 * takes its place as it stands. Every part of a unit has its own κ, every gate its own B.
 *
 * <p>Source: Roth, Kanitscheider and Fiete (2019), ICLR; update as in Marschall, Cho and Savin
 * (2020), Journal of Machine Learning Research 21(135).
 */
final class Kernl implements GradientEstimator {
  private final Workspace workspace;
  private final Kernels kernels;
  private final RowLocalTape tape;
  private final Rollout copy;
  private final LearnedKernel kernel;
  private final GateRun[] runs;
  private final int seen;
  private final int batch;
  private final int n;
  private final int parts;
  private final int gates;
  private final int width;
  private final int parameters;
  private final float[] state;
  private final float[] noisy;
  private final float[] q;
  private final float[] scratch;
  private final float[] gains;
  private final float[] sources;
  private final float[] coefficients;
  private final float[][] influence;

  Kernl(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    RowLocalModel model = setup.rowLocal("KERNL");
    kernels = setup.kernels();
    batch = setup.batch();
    n = model.units();
    parts = model.parts();
    gates = model.gates();
    width = parts * n;
    parameters = model.parameters().count();
    runs = GateRun.of(model);
    seen = GateRun.total(runs);
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), batch);
    copy = model.rollout(kernels, workspace.child("copy"), 1, batch);
    kernel = new LearnedKernel(setup, workspace, model, tape);
    state = workspace.floats("state", setup.stateSize());
    noisy = workspace.floats("noisy state", setup.stateSize());
    q = workspace.floats("q", setup.stateSize());
    scratch = workspace.floats("scratch", Math.max(width * parts, width));
    gains = workspace.floats("gains", (long) width * gates);
    sources = workspace.floats("sources", model.sources());
    coefficients = workspace.floats("coefficients", 4L * n);
    influence = new float[batch][];
    for (int b = 0; b < batch; b++) {
      influence[b] = workspace.floats("influence of row " + b, (long) width * seen);
    }
  }

  @Override
  public void reset(long seed) {
    kernel.reset(seed);
    Arrays.fill(state, 0f);
    Arrays.fill(noisy, 0f);
    for (float[] b : influence) {
      Arrays.fill(b, 0f);
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.lossParametersAdd(theta, sequence, gradient);
    for (int step = 0; step < to - from; step++) {
      copy.run(theta, sequence, from + step, from + step + 1, noisy, 0, 0);
      kernel.learn(step, noisy, scratch);
      tape.stateGradient(theta, sequence, step, q, 0);
      for (int row = 0; row < batch; row++) {
        accumulate(sequence, step, row, gradient);
      }
    }
    return loss;
  }

  /** (3) for one row. */
  private void accumulate(Sequence sequence, int step, int row, float[] gradient) {
    tape.gains(step, row, gains, 0);
    tape.sources(sequence, step, row, sources, 0);
    kernel.times(q, row * width, scratch);
    float[] kappa = kernel.kappa();
    for (GateRun run : runs) {
      for (int c = 0; c < parts; c++) {
        int gain = (c * gates + run.gate()) * n;
        System.arraycopy(kappa, c * n, coefficients, 0, n);
        System.arraycopy(gains, gain, coefficients, n, n);
        kernels.multiply(scratch, c * n, kappa, c * n, coefficients, 2 * n, n);
        kernels.multiply(scratch, c * n, gains, gain, coefficients, 3 * n, n);
        kernels.traceStep(
            sources,
            run.source(),
            coefficients,
            0,
            run.count(),
            n,
            influence[row],
            (c * seen + run.before()) * n,
            gradient,
            run.at(),
            run.stride());
      }
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
