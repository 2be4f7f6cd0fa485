package kobai.experiments;

import java.util.List;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.AffineLayer;
import kobai.models.LowRankLayout;
import kobai.models.NodeDifferentiableModel;
import kobai.models.Parameters;
import kobai.models.RecurrentModel;
import kobai.models.RowLocalModel;
import kobai.models.StepModel;

/**
 * The flops that theory says a gradient costs, with its constants: an expression of its own beside
 * the measured time, as {@link MemoryModel} is beside the workspace ledger. With n units, d inputs,
 * m outputs, P parameters, q = n + d + 1 sources of a unit, R = n q recurrent parameters, batch B,
 * window K, N particles, T steps and C = 2 P flops for a forward step of one row (each parameter is
 * multiplied and added once),
 *
 * <pre>
 * BPTT               T B (2 C + 2 n (n + m))                                            (1)
 * BPTT_CHECKPOINTED  (1) + T B C                                                        (2)
 * RTRL               (1) + T B (2 n R + 2 n³) + T/K B (2 n² R + 2 n R), no n³ at K = 1   (3)
 * ES, PES, …         N T B C and N/2 T/K draws of P numbers, ES also T B C              (4)
 * </pre>
 *
 * <p>The relatives of RTRL run forward (T B C) and add their own term a row and step: UORO 2 n² + 4
 * R, RFLO, e-prop and SnAp-1 6 R, KeRNL a second forward pass, DNI 2 R + 4 n (n + m), KF-RTRL 2 n³,
 * its reverse 2 n R, an optimal Kronecker sum r times KF-RTRL, SnAp-2 and -3 at most 2 n² R,
 * low-rank RTRL 14 n³ + 4 r (R + n²); exact RTRL of diagonal cells adds 6 P to (1). Perturbations
 * run the forward pass once for each particle (weights), twice (nodes, with the credit), or twice
 * for each tangent (forward gradients; forward mode has P), and draw P numbers a window, or as many
 * as there are nodes a step. Decorrelated node perturbation runs forward once more, and spends 8 D²
 * a step and row on each matrix R and 2 D² (D + u) a window on what it does to the weights of u
 * pre-activations.
 *
 * <p>RTRL where parameters touch more than one unit, of stacks for instance: (1), 3 n backward
 * steps a step and row, and 2 Σₗ Pₗ Σ_{k ≥ l} nₖ n_{l…k} a window and row, of layers of nₖ numbers
 * of state, n_{l…k} those from l to k, and Pₗ parameters.
 *
 * <p>The other evolution strategies follow (4): NRES draws once, PES_ANALYTIC twice a window and
 * adds (1). Low-rank ones draw F = Σ r (rows + columns) numbers and spend 2 (r + 1) P flops a pair
 * and window on ξ.
 *
 * <p>The first term of each line is the one that grows.
 *
 * <p>Source: the publications that {@link Algorithm#source} names.
 */
public final class CostModel {
  /**
   * What drawing and using one Gaussian costs, in flops: 400 M draws a second beside 40 Gflop/s of
   * products.
   */
  private static final double FLOPS_PER_DRAW = 100;

  /** Flops a step for a trace and its share of the gradient: decay, immediate part, product. */
  private static final double TRACE_FLOPS = 6;

  /** D² of a step of decorrelation: two products, a scaling and a rank-one update. */
  private static final double DECORRELATION_FLOPS = 8;

  /** Backward steps for a row of the influence: of the state, twice, and of the parameters. */
  private static final double BACKWARD_STEPS = 3;

  /** n³ of a bound on the norm of a Jacobian. */
  private static final double NORM_FLOPS = 14;

  private CostModel() {}

  /**
   * Floating-point operations of the gradient of a sequence of {@code length} steps in windows of
   * {@code setup.window()}.
   */
  public static double flops(Algorithm algorithm, Setup setup, int length) {
    RecurrentModel model = setup.model();
    double n = model.stateSize();
    double p = model.parameters().count();
    double rowSteps = (double) length * setup.batch();
    double forward = rowSteps * 2 * p;
    double bptt = 2 * forward + rowSteps * 2 * n * (n + model.targetSize());
    int window = Math.min(setup.window(), length);
    double windows = Math.ceilDiv(length, window);
    double influencing = p - (n + 1) * model.targetSize(); // beside the readout
    double nodes = influencing / sources(model) + model.targetSize();
    return switch (algorithm) {
      case BPTT -> bptt;
      case BPTT_CHECKPOINTED -> bptt + forward;
      case RTRL -> {
        if (!(model instanceof RowLocalModel) && model instanceof StepModel layered) {
          yield bptt + BACKWARD_STEPS * n * forward + windows * setup.batch() * carried(layered);
        }
        double q = sources(model);
        double r = n * q;
        double advances = windows * Math.ceil(window / q) * setup.batch();
        double inside = window == 1 ? 0 : rowSteps * 2 * n * n * n;
        yield bptt + rowSteps * 2 * n * r + inside + advances * (2 * n * n * r + 2 * n * r);
      }
      case ES, ES_KEEP_STATE, ES_POSITIVE_STATE, PES, PES_TELESCOPING, GPES -> {
        double draws = windows * setup.particles() / 2 * p;
        double mean = algorithm == Algorithm.ES ? forward : 0;
        yield setup.particles() * forward + mean + FLOPS_PER_DRAW * draws;
      }
      case NRES -> setup.particles() * (forward + FLOPS_PER_DRAW * p / 2);
      case PES_ANALYTIC -> setup.particles() * (forward + FLOPS_PER_DRAW * windows * p) + bptt;
      case LOW_RANK_ES, LOW_RANK_PES, LOW_RANK_NRES -> {
        double draws = algorithm == Algorithm.LOW_RANK_NRES ? 1 : windows;
        double sums = windows * 2 * (setup.rank() + 1) * p;
        double mean = algorithm == Algorithm.LOW_RANK_ES ? forward : 0;
        yield setup.particles() * (forward + (FLOPS_PER_DRAW * draws * factors(setup) + sums) / 2)
            + mean;
      }
      case RTRL_DIAGONAL -> bptt + rowSteps * TRACE_FLOPS * p;
      case UORO -> forward + rowSteps * (2 * n * n + 2 * 2 * influencing);
      case RFLO, E_PROP, SNAP_1 -> forward + rowSteps * TRACE_FLOPS * influencing;
      case KERNL -> 2 * forward + rowSteps * (TRACE_FLOPS * influencing + 2 * 2 * n * n);
      case DNI -> forward + rowSteps * (2 * influencing + 2 * 2 * n * (n + model.targetSize()));
      case SNAP_2, SNAP_3 -> forward + rowSteps * 2 * n * n * influencing;
      case KF_RTRL -> forward + rowSteps * (2 * n * n * n + 2 * influencing);
      case R_KF_RTRL -> forward + rowSteps * (2 * n * influencing + 2 * influencing);
      case OPTIMAL_KRONECKER ->
          forward + rowSteps * setup.rank() * (2 * n * n * n + 2 * influencing);
      case LOW_RANK_RTRL ->
          forward
              + rowSteps
                  * (NORM_FLOPS * n * n * n + 2 * setup.rank() * (2 * influencing + 2 * n * n));
      case WEIGHT_PERTURBATION ->
          (setup.particles() + 1) * forward + FLOPS_PER_DRAW * windows * setup.particles() * p;
      case WEIGHT_PERTURBATION_CENTRAL ->
          (setup.particles() + 1) * forward + FLOPS_PER_DRAW * windows * setup.particles() / 2 * p;
      case FORWARD_GRADIENT ->
          (1 + 2.0 * setup.tangents()) * forward + FLOPS_PER_DRAW * windows * setup.tangents() * p;
      case DODGE -> (1 + 2.0 * setup.tangents()) * forward + FLOPS_PER_DRAW * setup.tangents() * p;
      case FORWARD_GRADIENT_ORTHOGONAL -> {
        double k = setup.tangents();
        yield (1 + 2 * k) * forward + windows * (FLOPS_PER_DRAW * k * p + 2 * k * k * p);
      }
      case FORWARD_MODE -> (1 + 2 * p) * forward;
      case FORWARD_GRADIENT_ACTIVITY ->
          (2 + setup.tangents()) * forward + FLOPS_PER_DRAW * rowSteps * setup.tangents() * nodes;
      case NODE_PERTURBATION, NODE_PERTURBATION_PERTURBED, NODE_PERTURBATION_ACTIVITY ->
          (1 + 2.0 * setup.particles()) * forward
              + FLOPS_PER_DRAW * rowSteps * setup.particles() * nodes;
      case NODE_PERTURBATION_DECORRELATED -> {
        double learning = 0;
        double products = 0;
        for (AffineLayer layer : decorrelated(model, nodes)) {
          double d = layer.inputs();
          learning += DECORRELATION_FLOPS * d * d;
          products += 2 * d * d * (d + layer.units());
        }
        yield (2 + 2.0 * setup.particles()) * forward
            + FLOPS_PER_DRAW * rowSteps * setup.particles() * nodes
            + rowSteps * learning
            + windows * products;
      }
    };
  }

  /**
   * Flops of the product that carries M over a window: 2 for each row of M, parameter that it
   * holds, and number of the state between the parameter's layer and the row's.
   */
  private static double carried(StepModel model) {
    double held = 0;
    double flops = 0;
    for (int i = 0; i < model.stateSize(); ) {
      int reaching = model.reaching(i);
      int end = i + 1;
      while (end < model.stateSize() && model.reaching(end) == reaching) {
        end++;
      }
      double rows = end - i;
      held += rows * reaching;
      flops += 2 * rows * held;
      i = end;
    }
    return flops;
  }

  /** What is decorrelated: the inputs of every layer, or the sources of a cell without the one. */
  private static List<AffineLayer> decorrelated(RecurrentModel model, double nodes) {
    if (model instanceof NodeDifferentiableModel network) {
      return network.affineLayers();
    }
    int preactivations = (int) Math.round(nodes) - model.targetSize();
    return List.of(new AffineLayer(0, (int) sources(model) - 1, preactivations, 0));
  }

  /** Numbers of a low-rank draw; of a dense one where the rank does not fit the model. */
  private static double factors(Setup setup) {
    Parameters layout = setup.model().parameters();
    return setup.rank() > LowRankLayout.largestRank(layout)
        ? layout.count()
        : new LowRankLayout(layout, setup.rank()).size();
  }

  private static double sources(RecurrentModel model) {
    return model instanceof RowLocalModel local ? local.sources() : model.stateSize();
  }
}
