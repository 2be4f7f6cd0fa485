package kobai.reproduce;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;

/**
 * Backpropagation of every step's own loss through the T steps before it: the truncation that
 * slides with the step, where windows of T steps ({@code BPTT}) let a loss reach back T/2 steps on
 * average.
 *
 * <pre>
 * c = qₜ,  then for k = t, t − 1, …, t − T + 1:   ĝ += c M̄ₖ,  c ← c Jₖ      (1)
 * </pre>
 *
 * <p>(1) is {@code estimate}. The steps t − T + 1 … t are run again at the present θ, from the
 * state before them, which is the one thing that is carried.
 *
 * <p>Claim: at fixed θ the sum over the steps is the gradient without the paths that are longer
 * than T, and exact for sequences of up to T steps.
 *
 * <p>Cost per step: O(T n²) time and O(T n) memory. Batch 1, windows of one step.
 *
 * <p>Variant: the past-facing form; the future-facing one of the source (F-BPTT) adds up the same
 * terms, each T steps later.
 *
 * <p>Source: Marschall, Cho and Savin (2020), Journal of Machine Learning Research 21(135), section
 * 3.1; Williams and Peng (1990), Neural Computation 2(4), BPTT(h; 1).
 */
final class SlidingBptt implements GradientEstimator {
  private final Workspace workspace = Workspace.allocating();
  private final Kernels kernels;
  private final RowLocalTape tape;
  private final RowLocalTape lastStep;
  private final int horizon;
  private final int size;
  private final float[] base;
  private final float[] state;
  private final float[] credit;
  private final float[] next;
  private final float[] jacobian;

  /**
   * Makes the estimator.
   *
   * @param setup batch 1
   * @param horizon T, at least 1
   */
  SlidingBptt(Setup setup, int horizon) {
    if (setup.batch() != 1 || !(setup.model() instanceof RowLocalModel model)) {
      throw new IllegalArgumentException(
          "SlidingBptt: model = %s, batch = %d: must be a row-local cell and 1"
              .formatted(setup.model().name(), setup.batch()));
    }
    this.horizon = horizon;
    kernels = setup.kernels();
    tape = model.tape(kernels, workspace.child("tape"), horizon, 1);
    lastStep = model.tape(kernels, workspace.child("tape of the last step"), 1, 1);
    size = model.stateSize();
    base = workspace.floats("state before the horizon", size);
    state = workspace.floats("state", size);
    credit = workspace.floats("credit", size);
    next = workspace.floats("credit a step before", size);
    jacobian = workspace.floats("jacobian", (long) size * size);
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(base, 0f);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    if (to - from != 1) {
      throw new IllegalArgumentException(
          "SlidingBptt: window [%d, %d): must be one step".formatted(from, to));
    }
    int first = Math.max(0, to - horizon);
    int last = from - first;
    System.arraycopy(base, 0, state, 0, size);
    tape.forward(theta, sequence, first, to, state);
    System.arraycopy(base, 0, state, 0, size);
    if (last > 0) {
      tape.state(last - 1, 0, state, 0);
    }
    double loss = lastStep.forward(theta, sequence, from, to, state);
    Arrays.fill(gradient, 0f);
    lastStep.lossParametersAdd(theta, sequence, gradient);
    lastStep.stateGradient(theta, sequence, 0, credit, 0);
    for (int step = last; step >= 0; step--) {
      tape.vjpParametersAdd(theta, sequence, step, 0, credit, 0, gradient, 0);
      if (step > 0) {
        tape.jacobianTransposed(theta, step, 0, jacobian, 0);
        kernels.gemv(jacobian, 0, credit, 0, next, 0, size, size);
        System.arraycopy(next, 0, credit, 0, size);
      }
    }
    if (to >= horizon) {
      tape.state(0, 0, base, 0);
    }
    return loss;
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
