package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.memory.Workspace;
import kobai.models.LayeredModel;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;

/**
 * RTRL in which every parameter influences its own unit alone, of one cell:
 *
 * <pre>
 * ĝ = Σₜ (qₜ Eₜ + ∂ℓₜ/∂θ)     (1)  [P]
 * </pre>
 *
 * <p>with the traces E of {@link LocalTraces}, which has the cost.
 */
final class LocalInfluence implements GradientEstimator {
  private final Workspace workspace;
  private final RowLocalTape tape;
  private final LocalTraces traces;
  private final int size;
  private final int parameters;
  private final int block;
  private final float[] state;
  private final float[] q;

  /**
   * Makes the estimator, of one cell or of each in a stack.
   *
   * @param self as in {@link LocalTraces}
   */
  static GradientEstimator of(String algorithm, Setup setup, Workspace workspace, boolean self) {
    setup.interacting(algorithm);
    return setup.model() instanceof LayeredModel layered
        ? new LayerwiseInfluence(setup, workspace, layered, self)
        : new LocalInfluence(setup, workspace, setup.rowLocal(algorithm), self);
  }

  /**
   * @param self as in {@link LocalTraces}
   */
  private LocalInfluence(Setup setup, Workspace workspace, RowLocalModel model, boolean self) {
    this.workspace = workspace;
    size = model.stateSize();
    parameters = model.parameters().count();
    block = LocalTraces.block(setup);
    tape = model.tape(setup.kernels(), workspace.child("tape"), setup.window(), setup.batch());
    state = workspace.floats("state", setup.stateSize());
    q = workspace.floats("q", block * setup.stateSize());
    traces = new LocalTraces(setup, workspace, model, tape, self);
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
    traces.reset();
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.lossParametersAdd(theta, sequence, gradient);
    for (int begin = 0; begin < to - from; begin += block) {
      int steps = Math.min(block, to - from - begin);
      for (int step = 0; step < steps; step++) {
        tape.stateGradient(theta, sequence, begin + step, q, step * state.length);
      }
      traces.advance(theta, sequence, begin, steps, q, 0, size, gradient);
    }
    return loss;
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
