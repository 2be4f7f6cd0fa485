package kobai.verify;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.models.DifferentiableModel;
import kobai.models.LeakyRnn;
import kobai.models.RecurrentModel;
import kobai.networks.Network;

/**
 * The loss of one model on one sequence and its derivatives, in double and independent of the code
 * under test. The sequence is cut into unrolls that may each run at their own parameters, which
 * covers every target: the gradient sums ∂L/∂θᵤ over all unrolls, truncation keeps the own
 * unroll's, smoothing perturbs each or all of them.
 *
 * <p>{@code ends} are the ends of the unrolls in ascending order, the last one the length of the
 * sequence. Implementations are not thread-safe.
 */
public interface Oracle {
  /** Number of parameters P. */
  int parameters();

  /** Σ over t in [from, to) of ℓₜ, means over the rows; unroll u runs at {@code thetas[u]} [P]. */
  double loss(double[][] thetas, int[] ends, int from, int to);

  /**
   * Overwrites {@code gradients[u]} [P] with ∂/∂θᵤ Σ over t in [from, to) of ℓₜ; returns the loss.
   */
  double gradients(double[][] thetas, int[] ends, int from, int to, double[][] gradients);

  /**
   * The largest relative distance between this gradient at θ and other derivations of it in double
   * that share only the model's definition with it, on the whole sequence and truncated at {@code
   * ends}. Below 10⁻¹² unless one of them is wrong.
   */
  double disagreement(float[] theta, int[] ends);

  /**
   * The oracle that a model brings along, or the one that its {@link Equations} make.
   *
   * @throws IllegalArgumentException for a model without one
   */
  static Oracle of(RecurrentModel model, Sequence sequence) {
    return switch (model) {
      case OracleModel own -> own.oracle(sequence);
      case LeakyRnn leaky -> new LeakyRnnOracle(leaky, sequence);
      case Network network -> NetworkEquations.oracle(network, sequence);
      case DifferentiableModel other -> Equations.of(other).oracle(other, sequence);
      default -> throw Equations.unknown(model);
    };
  }

  /** Σₜ ℓₜ over the sequence of {@code length} steps. */
  default double loss(float[] theta, int length) {
    return loss(new double[][] {Vectors.widen(theta)}, new int[] {length}, 0, length);
  }

  /** ∇θ Σₜ ℓₜ over the sequence of {@code length} steps. */
  default double[] gradient(float[] theta, int length) {
    double[][] gradients = new double[1][parameters()];
    gradients(new double[][] {Vectors.widen(theta)}, new int[] {length}, 0, length, gradients);
    return gradients[0];
  }

  /**
   * The blocks ∂Lₜ/∂θᵣ [K × K × P]: loss of unroll t, parameters of unroll r (zero for r &gt; t).
   * Everything that holds to first order in σ follows from them.
   */
  default double[][][] unrollGradients(float[] theta, int[] ends) {
    double[][] thetas = new double[ends.length][];
    Arrays.fill(thetas, Vectors.widen(theta));
    double[][][] blocks = new double[ends.length][ends.length][parameters()];
    for (int t = 0; t < ends.length; t++) {
      gradients(thetas, ends, t == 0 ? 0 : ends[t - 1], ends[t], blocks[t]);
    }
    return blocks;
  }

  /**
   * {@link kobai.estimators.Target#LAYERWISE} on the sequence of {@code length} steps; the gradient
   * itself for a model of one layer, as here. The oracle of a model of several layers overrides it.
   */
  default double[] layerwiseGradient(float[] theta, int length) {
    return gradient(theta, length);
  }

  /** The sum over unrolls of the gradients in which the state before the unroll is a constant. */
  default double[] truncatedGradient(float[] theta, int[] ends) {
    double[] sum = new double[parameters()];
    double[][][] blocks = unrollGradients(theta, ends);
    for (int t = 0; t < ends.length; t++) {
      Vectors.add(1, blocks[t][t], sum);
    }
    return sum;
  }
}
