package kobai.reproduce;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.Tape;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * Unbiased online recurrent optimisation with exact backpropagation inside a window: the random
 * rank-one s̃ θ̃ᵀ stands for what came before the window, and is renewed once a window. {@code
 * UORO} renews it at every step and credits the loss of a step after that, through the new one;
 * here even a window of one step has its own derivatives exactly, and so varies less.
 *
 * <pre>
 * ĝ  = ∂L/∂θ + (∂L/∂s s̃) θ̃,   L the loss of the window, s the state before it       (1)  [P]
 * s̃ ← ρ₀ J s̃ + ρ₁ ν,   J = ∂s′/∂s,  s′ the state after it,  ν ∈ {±1}ⁿ              (2)  [n]
 * θ̃ ← θ̃/ρ₀ + νᵀ ∂s′/∂θ /ρ₁                                                        (3)  [P]
 * </pre>
 *
 * <p>with ρ₀ = √(‖θ̃‖/‖J s̃‖) and ρ₁ = √(‖νᵀ ∂s′/∂θ‖/‖ν‖), each left out where it would be 0/0. All
 * derivatives in θ are at s fixed. The second backward pass, of (3), carries the losses of the
 * first along; they are subtracted.
 *
 * <p>Claim: unbiased on whole sequences and on windows, at fixed θ.
 *
 * <p>Cost: two forward, two backward passes and one forward derivative a window; O(P) memory beside
 * the tape. Batch 1.
 *
 * <p>Source: Tallec and Ollivier (2018), ICLR, section on memory-T UORO; the code of its authors.
 */
final class BlockUoro implements GradientEstimator {
  private final Workspace workspace = Workspace.allocating();
  private final Kernels kernels;
  private final Tape tape;
  private final NoiseSource signs;
  private final float[] state;
  private final float[] before;
  private final float[] adjoint;
  private final float[] stateFactor;
  private final float[] parameterFactor;
  private final float[] fresh;
  private final float[] none;
  private RandomKey key = new RandomKey(0);
  private int windows;

  /**
   * Makes the estimator.
   *
   * @param setup batch 1; windows up to its window
   * @param signs where ν comes from
   */
  BlockUoro(Setup setup, NoiseSource signs) {
    if (setup.batch() != 1 || !(setup.model() instanceof DifferentiableModel model)) {
      throw new IllegalArgumentException(
          "BlockUoro: model = %s, batch = %d: must be differentiable and 1"
              .formatted(setup.model().name(), setup.batch()));
    }
    kernels = setup.kernels();
    this.signs = signs;
    int n = model.stateSize();
    int parameters = model.parameters().count();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), 1);
    state = workspace.floats("state", n);
    before = workspace.floats("state before the window", n);
    adjoint = workspace.floats("adjoint", n);
    stateFactor = workspace.floats("state factor", n);
    parameterFactor = workspace.floats("parameter factor", parameters);
    fresh = workspace.floats("fresh influence", parameters);
    none = workspace.floats("no direction", parameters);
  }

  @Override
  public void reset(long seed) {
    key = new RandomKey(seed).child("signs");
    windows = 0;
    for (float[] carried : new float[][] {state, stateFactor, parameterFactor}) {
      Arrays.fill(carried, 0f);
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    int n = state.length;
    System.arraycopy(state, 0, before, 0, n);
    tape.forward(theta, sequence, from, to, state);
    Arrays.fill(adjoint, 0f);
    Arrays.fill(gradient, 0f);
    tape.backward(theta, sequence, adjoint, gradient);
    float credit = kernels.dot(adjoint, 0, stateFactor, 0, n);

    System.arraycopy(before, 0, state, 0, n);
    double loss = tape.forward(theta, sequence, from, to, state);
    tape.jvp(theta, sequence, none, stateFactor);
    signs.fill(key, windows++, 0, adjoint, 0, n);
    double freshStates = squaredNorm(adjoint);
    System.arraycopy(adjoint, 0, before, 0, n); // ν: the backward pass overwrites it
    Arrays.fill(fresh, 0f);
    tape.backward(theta, sequence, adjoint, fresh);
    kernels.axpy(-1f, gradient, 0, fresh, 0, fresh.length);

    kernels.axpy(credit, parameterFactor, 0, gradient, 0, gradient.length);
    double rho0 = balance(squaredNorm(parameterFactor), squaredNorm(stateFactor));
    double rho1 = balance(squaredNorm(fresh), freshStates);
    kernels.scale((float) rho0, stateFactor, 0, n);
    kernels.scale(rho0 == 0 ? 0f : (float) (1 / rho0), parameterFactor, 0, none.length);
    kernels.axpy((float) rho1, before, 0, stateFactor, 0, n);
    kernels.axpy(rho1 == 0 ? 0f : (float) (1 / rho1), fresh, 0, parameterFactor, 0, fresh.length);
    return loss;
  }

  private double squaredNorm(float[] x) {
    return kernels.squaredNorm(x, 0, x.length);
  }

  /** √(‖θ‖/‖s‖) from squared norms; 0 if one of them is 0: then the product is left out. */
  private static double balance(double parameters, double states) {
    return parameters == 0 || states == 0 ? 0 : Math.sqrt(Math.sqrt(parameters / states));
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
