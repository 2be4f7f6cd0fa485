package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.memory.Workspace;
import kobai.models.Tape;

/**
 * Backpropagation through time on a window of K steps.
 *
 * <pre>
 * aₜ = qₜ + aₜ₊₁ Jₜ₊₁, a_to = 0      (1)  [B × n]
 * ĝ  = Σₜ (aₜ M̄ₜ + ∂ℓₜ/∂θ)           (2)  [P]
 * </pre>
 *
 * <p>(1) and (2) are the tape's {@code backward}.
 *
 * <p>Claim: exact when one window covers the sequence; on shorter windows truncated: what a window
 * owes to states before it is dropped.
 *
 * <p>Cost per step: O(n²) time; memory O(K B n) for the window.
 *
 * <p>Variant: windows do not overlap (E-BPTT in Marschall, Cho and Savin 2020).
 *
 * <p>Source: Williams and Peng (1990), Neural Computation 2(4), 490–501.
 */
final class Bptt implements GradientEstimator {
  private final Workspace workspace;
  private final Tape tape;
  private final int parameters;
  private final float[] state;
  private final float[] adjoint;

  Bptt(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    parameters = setup.model().parameters().count();
    tape =
        setup
            .differentiable("BPTT")
            .tape(setup.kernels(), workspace.child("tape"), setup.window(), setup.batch());
    state = workspace.floats("state", setup.stateSize());
    adjoint = workspace.floats("adjoint", setup.stateSize());
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    Arrays.fill(adjoint, 0f);
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.backward(theta, sequence, adjoint, gradient);
    return loss;
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
