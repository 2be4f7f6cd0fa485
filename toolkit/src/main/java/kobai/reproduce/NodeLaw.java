package kobai.reproduce;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.NodePerturbableModel;
import kobai.models.NodeRollout;

/**
 * The second moment of one estimate by node perturbation, with noise e of variance one:
 *
 * <pre>
 * E‖ĝ‖² = Σᵢ Σₜₛ ⟨zᵢₜ, zᵢₛ⟩ E[(hₜ·e)(hₛ·e) eᵢₜ eᵢₛ]                                    (1)
 * E[…] = ‖hₜ‖² + 2 hₜ[t,i]²  if t = s,  else hₜ[t,i] hₛ[s,i] + hₜ[s,i] hₛ[t,i]         (2)
 * </pre>
 *
 * <p>with hₜ the gradient, in the noise, of the losses from step t on, and zᵢₜ what entered node i
 * at step t.
 */
final class NodeLaw {
  /** Step of the central differences: truncation 10⁻⁴, rounding 10⁻⁵ relative. */
  private static final float DIFFERENCE = 1e-2f;

  private NodeLaw() {}

  /** (1): E‖ĝ‖² of one estimate, from differences of losses. */
  static double secondMoment(NodePerturbableModel model, float[] theta, Sequence sequence) {
    int steps = sequence.length();
    int nodes = model.nodes();
    NodeRollout rollout =
        model.nodeRollout(Implementation.VECTOR.kernels(), Workspace.allocating(), steps, 1);
    double[][][] h = slopes(rollout, model.stateSize(), theta, sequence, nodes);
    float[][][] z = entered(rollout, model, theta, sequence, nodes);
    double total = 0;
    for (int t = 0; t < steps; t++) {
      double squaredNorm = 0;
      for (double[] row : h[t]) {
        squaredNorm += Arrays.stream(row).map(x -> x * x).sum();
      }
      for (int s = 0; s < steps; s++) {
        for (int i = 0; i < nodes; i++) {
          double moment =
              s == t
                  ? squaredNorm + 2 * h[t][t][i] * h[t][t][i]
                  : h[t][t][i] * h[s][s][i] + h[t][s][i] * h[s][t][i];
          total += dot(z[t][i], z[s][i]) * moment;
        }
      }
    }
    return total;
  }

  /** hₜ[s, i]: the derivative of the losses from t on in the noise of node i at step s. */
  private static double[][][] slopes(
      NodeRollout rollout, int stateSize, float[] theta, Sequence sequence, int nodes) {
    int steps = sequence.length();
    double[][][] h = new double[steps][steps][nodes];
    float[] noise = new float[steps * nodes];
    double[] up = new double[steps];
    double[] down = new double[steps];
    for (int s = 0; s < steps; s++) {
      for (int i = 0; i < nodes; i++) {
        noise[s * nodes + i] = 1;
        float[] state = new float[stateSize];
        rollout.run(theta, sequence, 0, steps, noise, 0, DIFFERENCE, state, 0, up);
        Arrays.fill(state, 0f);
        rollout.run(theta, sequence, 0, steps, noise, 0, -DIFFERENCE, state, 0, down);
        noise[s * nodes + i] = 0;
        double later = 0;
        for (int t = steps - 1; t >= 0; t--) {
          later += (up[t] - down[t]) / (2.0 * DIFFERENCE);
          h[t][s][i] = later;
        }
      }
    }
    return h;
  }

  /** zᵢₜ as a vector in the space of θ. */
  private static float[][][] entered(
      NodeRollout rollout,
      NodePerturbableModel model,
      float[] theta,
      Sequence sequence,
      int nodes) {
    int steps = sequence.length();
    float[] credits = new float[steps * nodes];
    rollout.run(
        theta,
        sequence,
        0,
        steps,
        credits,
        0,
        0f,
        new float[model.stateSize()],
        0,
        new double[steps]);
    float[][][] z = new float[steps][nodes][theta.length];
    for (int t = 0; t < steps; t++) {
      for (int i = 0; i < nodes; i++) {
        Arrays.fill(credits, 0f); // it may be overwritten
        credits[t * nodes + i] = 1;
        rollout.creditAdd(sequence, credits, 0, z[t][i]);
      }
    }
    return z;
  }

  private static double dot(float[] x, float[] y) {
    double sum = 0;
    for (int p = 0; p < x.length; p++) {
      sum += (double) x[p] * y[p];
    }
    return sum;
  }
}
