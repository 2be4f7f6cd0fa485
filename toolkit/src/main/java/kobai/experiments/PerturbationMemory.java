package kobai.experiments;

import kobai.estimators.Algorithm;
import kobai.estimators.EvolutionOptions.Sampling;
import kobai.estimators.Setup;
import kobai.models.LowRankLayout;
import kobai.models.LowRankModel;
import kobai.models.Parameters;

/**
 * What evolution strategies, perturbations and forward gradients hold, in numbers of four bytes,
 * with the sizes of {@link NetworkSizes}, batch B, window K, N particles, k tangents, rank r and W
 * threads:
 *
 * <pre>
 * PES, PES_TELESCOPING, GPES   N/2 P + N B n + W (3 P + rollout(K))                     (1)
 * PES_ANALYTIC                 (1) + P + tape(K)                                        (2)
 * ES_KEEP_STATE, ES_POSITIVE_STATE, NRES  N/2 P + N B n + W (2 P + rollout(K))          (3)
 * ES                           (3) + rollout(K)                                         (4)
 * LOW_RANK_PES                 N/2 P + N B n + W (F + shared)                           (5)
 * LOW_RANK_NRES                N/2 F + N B n + W (F + P + shared)                       (6)
 * LOW_RANK_ES                  (6) + rollout(K)                                         (7)
 * WEIGHT_PERTURBATION, …_CENTRAL  rollout(K) + W (2 P + B n + rollout(K))               (8)
 * FORWARD_GRADIENT, …_ORTHOGONAL, DODGE  k (P + B n) + W tape(32)                       (9)
 * FORWARD_MODE                 P (B n + 2) + W (P + tape(32))                           (10)
 * FORWARD_GRADIENT_ACTIVITY    K B (2 z + q + 2) + tape(K)                              (11)
 * NODE_PERTURBATION            (1 + W) (nodes(K) + K B (z + m + 2))                     (12)
 * NODE_PERTURBATION_PERTURBED  (12) − K B (z + m) + W P                                 (13)
 * NODE_PERTURBATION_ACTIVITY   (12) + K B (z + m)                                       (14)
 * NODE_PERTURBATION_DECORRELATED  (12) + 2 (q − 1) (q − 1 + u) + tape(32)               (15)
 * </pre>
 *
 * <p>F = Σ r (rows + columns) is a low-rank draw; shared = P + j F + B z + 2 j B (n + z + m) for
 * blocks of j = min(32, N/2) pairs, where the network shares its products among them, else 3 P +
 * rollout(K). Noise that is regenerated has no first term in (1) to (7): beside a run, draws and
 * coefficients are W (F + P) in all, F = P where it is dense; particles without a partner count N
 * in place of N/2 and j in place of 2 j. (8), (9), (10) and (12) use no more threads than they have
 * directions.
 */
final class PerturbationMemory {
  /** Pairs that run through one shared product. */
  private static final double PAIRS = 32;

  /** Steps of a tape of those that carry tangents. */
  private static final double PIECE = 32;

  private final Setup setup;
  private final NetworkSizes net;
  private final double batch;
  private final double window;

  PerturbationMemory(Setup setup, NetworkSizes net) {
    this.setup = setup;
    this.net = net;
    batch = setup.batch();
    window = setup.window();
  }

  double floats(Algorithm algorithm) {
    double p = net.parameters();
    double rollout = net.rollout(window, batch);
    double rowSteps = window * batch;
    double noise = rowSteps * (net.preactivations() + net.targets());
    return switch (algorithm) {
      case PES, PES_TELESCOPING, GPES -> particles(true, p);
      case PES_ANALYTIC -> particles(true, p) + p + net.tape(window, batch);
      case ES_KEEP_STATE, ES_POSITIVE_STATE, NRES -> particles(false, p);
      case ES -> particles(false, p) + rollout;
      case LOW_RANK_PES -> particles(true, draw());
      case LOW_RANK_NRES -> particles(false, draw());
      case LOW_RANK_ES -> particles(false, draw()) + rollout;
      case WEIGHT_PERTURBATION ->
          rollout + threads(setup.particles()) * (2 * p + batch * net.state() + rollout);
      case WEIGHT_PERTURBATION_CENTRAL ->
          rollout + threads(setup.particles() / 2) * (2 * p + batch * net.state() + rollout);
      case FORWARD_GRADIENT, FORWARD_GRADIENT_ORTHOGONAL, DODGE ->
          setup.tangents() * (p + batch * net.state()) + threads(setup.tangents()) * piece();
      case FORWARD_MODE -> p * (batch * net.state() + 2) + threads(p) * (p + piece());
      case FORWARD_GRADIENT_ACTIVITY ->
          rowSteps * (2 * net.preactivations() + net.sources() + 2) + net.tape(window, batch);
      case NODE_PERTURBATION -> nodes();
      case NODE_PERTURBATION_PERTURBED -> nodes() - noise + threads(setup.particles()) * p;
      case NODE_PERTURBATION_ACTIVITY -> nodes() + noise;
      case NODE_PERTURBATION_DECORRELATED -> {
        double sources = net.sources() - 1;
        yield nodes() + 2 * sources * (sources + net.units()) + piece();
      }
      default -> throw new IllegalArgumentException(algorithm + ": not in this family");
    };
  }

  private double threads(double directions) {
    return Math.min(setup.workers().count(), directions);
  }

  private double piece() {
    return net.tape(Math.min(window, PIECE), batch);
  }

  /** (12). */
  private double nodes() {
    double each = net.preactivations() + net.targets() + 2;
    return (1 + threads(setup.particles())) * (net.nodes(window, batch) + window * batch * each);
  }

  /**
   * (1), (3), (5) and (6).
   *
   * @param summed whether losses are credited to more than the newest draw
   * @param draw numbers of a draw, P if it is dense
   */
  private double particles(boolean summed, double draw) {
    double p = net.parameters();
    boolean dense = draw == p;
    boolean regenerate = setup.evolution().regenerate();
    double sides = setup.evolution().sampling() == Sampling.ANTITHETIC ? 2 : 1;
    double rows = setup.particles() / sides;
    boolean made = regenerate || !summed && !dense;
    double stored = regenerate ? 0 : rows * (summed ? p : draw);
    double buffers = (summed || made ? draw : 0) + (made ? p : 0);
    double run =
        dense || !(setup.model() instanceof LowRankModel)
            ? (dense ? 2 : 3) * p + net.rollout(window, batch)
            : shared(Math.min(PAIRS, rows), sides, draw);
    return stored
        + setup.particles() * batch * net.state()
        + setup.workers().count() * (buffers + run);
  }

  private double shared(double pairs, double sides, double draw) {
    double rows = sides * pairs * batch;
    return net.parameters()
        + pairs * draw
        + batch * net.preactivations()
        + rows * (net.state() + net.preactivations() + net.targets());
  }

  /** F; P where the rank does not fit the model. */
  private double draw() {
    Parameters layout = setup.model().parameters();
    return setup.rank() > LowRankLayout.largestRank(layout)
        ? layout.count()
        : new LowRankLayout(layout, setup.rank()).size();
  }
}
