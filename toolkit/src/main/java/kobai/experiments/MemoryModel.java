package kobai.experiments;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;

/**
 * The bytes that theory says an estimator holds, with its constants: an expression of its own
 * beside the workspace ledger. With the sizes of {@link NetworkSizes}, batch B, window K, and in
 * numbers of four bytes, those that backpropagate hold
 *
 * <pre>
 * BPTT               tape(K) + 2 B n                                                    (1)
 * BPTT_CHECKPOINTED  tape(S) + rollout(S) + B n (K/S + 3),  S = √(K n / (n + z + m))    (2)
 * </pre>
 *
 * <p>{@link InfluenceMemory} has the relatives of RTRL, {@link PerturbationMemory} evolution
 * strategies, perturbations and forward gradients.
 *
 * <p>The first terms of each line are those that grow. Left out are padding to whole vectors,
 * scratch of matrix products, and vectors as long as a row of something that is counted: {@code
 * MemoryModelTest} holds every ledger to what these can be.
 *
 * <p>Source: the publications that {@link Algorithm#source} names; S in (2) makes S (n + z + m) + K
 * n / S least.
 */
public final class MemoryModel {
  private MemoryModel() {}

  /**
   * Bytes of the estimator; empty for a model that is neither a cell nor made of cells, such as a
   * feed-forward network or a dynamical system.
   */
  public static OptionalLong bytes(Algorithm algorithm, Setup setup) {
    OptionalDouble floats =
        NetworkSizes.of(setup.model())
            .map(net -> OptionalDouble.of(floats(algorithm, setup, net)))
            .orElse(OptionalDouble.empty());
    return floats.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Math.round(Float.BYTES * floats.getAsDouble()));
  }

  private static double floats(Algorithm algorithm, Setup setup, NetworkSizes net) {
    double batch = setup.batch();
    double window = setup.window();
    return switch (algorithm) {
      case BPTT -> net.tape(window, batch) + 2 * batch * net.state();
      case BPTT_CHECKPOINTED -> {
        double segment = Math.max(1, Math.rint(Math.sqrt(window * net.state() / net.perStep())));
        yield net.tape(segment, batch)
            + net.rollout(segment, batch)
            + (window / segment + 3) * batch * net.state();
      }
      case RTRL,
          SNAP_1,
          SNAP_2,
          SNAP_3,
          RFLO,
          E_PROP,
          RTRL_DIAGONAL,
          KERNL,
          DNI,
          UORO,
          KF_RTRL,
          R_KF_RTRL,
          OPTIMAL_KRONECKER,
          LOW_RANK_RTRL ->
          new InfluenceMemory(setup, net).floats(algorithm);
      case ES,
          PES,
          ES_KEEP_STATE,
          ES_POSITIVE_STATE,
          PES_TELESCOPING,
          PES_ANALYTIC,
          GPES,
          NRES,
          LOW_RANK_ES,
          LOW_RANK_PES,
          LOW_RANK_NRES,
          WEIGHT_PERTURBATION,
          WEIGHT_PERTURBATION_CENTRAL,
          FORWARD_GRADIENT,
          DODGE,
          FORWARD_GRADIENT_ORTHOGONAL,
          FORWARD_MODE,
          FORWARD_GRADIENT_ACTIVITY,
          NODE_PERTURBATION,
          NODE_PERTURBATION_PERTURBED,
          NODE_PERTURBATION_ACTIVITY,
          NODE_PERTURBATION_DECORRELATED ->
          new PerturbationMemory(setup, net).floats(algorithm);
    };
  }
}
