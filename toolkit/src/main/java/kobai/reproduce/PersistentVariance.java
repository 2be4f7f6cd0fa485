package kobai.reproduce;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.Tape;

/**
 * The variance of evolution strategies on one sequence, in closed form from exact gradients:
 *
 * <pre>
 * c_τs = Σ_{t ≥ max(τ, s)} ∂L_t/∂θ_τ      L_t the loss of unroll t, θ_τ the parameters in unroll τ
 * tr Var PES = Σ_τ (P + 1)‖c_ττ‖² + Σ_{τ ≠ s} (P‖c_τs‖² + ⟨c_τs, c_sτ⟩)                     (1)
 * tr Var ES = tr Var NRES = (P + 1)‖g‖²,  g = Σ_τ c_ττ                                     (2)
 * </pre>
 *
 * <p>for one antithetic pair and a loss that is linear over σ; an average over N/2 pairs has that
 * over N/2. By reverse accumulation: once through the sequence for c_ττ, then for every s back from
 * its beginning, through unrolls whose own losses are left out, for c_τs, τ < s.
 *
 * <p>Cost: O((T/K)² K) backward steps. One input and a cross-entropy with one-hot targets only.
 */
final class PersistentVariance {
  private final double[] gradient;
  private double persistent;

  PersistentVariance(DifferentiableModel model, float[] theta, Sequence sequence, int window) {
    int count = theta.length;
    int unrolls = sequence.length() / window;
    int width = model.stateSize();
    Tape tape = model.tape(Implementation.VECTOR.kernels(), Workspace.allocating(), window, 1);
    float[][] states = new float[unrolls + 1][width];
    for (int tau = 0; tau < unrolls; tau++) {
      System.arraycopy(states[tau], 0, states[tau + 1], 0, width);
      tape.forward(theta, sequence, tau * window, (tau + 1) * window, states[tau + 1]);
    }
    // A row of zero targets has no loss.
    Sequence silent = Sequence.allocate(sequence.length(), 1, 1, sequence.targetSize());
    System.arraycopy(sequence.inputs(), 0, silent.inputs(), 0, sequence.length());
    gradient = new double[count];
    float[] own = new float[count];
    float[] later = new float[count];
    float[] adjoint = new float[width];
    float[] carried = new float[width];
    for (int s = unrolls - 1; s >= 0; s--) {
      Arrays.fill(own, 0f);
      back(tape, theta, sequence, s, window, states[s], adjoint, own);
      double square = dot(own, own);
      // With itself, and with every earlier τ: c_sτ = c_ss there.
      persistent += (count + 1) * square + (double) s * count * square;
      for (int p = 0; p < count; p++) {
        gradient[p] += own[p];
      }
      System.arraycopy(adjoint, 0, carried, 0, width);
      for (int tau = s - 1; tau >= 0; tau--) {
        Arrays.fill(later, 0f);
        back(tape, theta, silent, tau, window, states[tau], carried, later);
        persistent += count * dot(later, later) + 2 * dot(later, own);
      }
    }
  }

  private static void back(
      Tape tape,
      float[] theta,
      Sequence sequence,
      int tau,
      int window,
      float[] state,
      float[] adjoint,
      float[] gradient) {
    tape.forward(theta, sequence, tau * window, (tau + 1) * window, state.clone());
    tape.backward(theta, sequence, adjoint, gradient);
  }

  private static double dot(float[] x, float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (double) x[i] * y[i];
    }
    return sum;
  }

  /** (1). */
  double persistent() {
    return persistent;
  }

  /** (2). */
  double shared() {
    return (gradient.length + 1) * squaredNorm();
  }

  /** ‖g‖². */
  double squaredNorm() {
    return Arrays.stream(gradient).map(x -> x * x).sum();
  }

  /** The exact gradient. */
  double[] gradient() {
    return gradient;
  }
}
