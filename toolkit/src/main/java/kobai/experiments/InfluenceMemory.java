package kobai.experiments;

import kobai.estimators.Algorithm;
import kobai.estimators.Setup;

/**
 * What the relatives of RTRL hold beside tape(K), in numbers of four bytes, with the sizes of
 * {@link NetworkSizes}, batch B, window K, rank r, W threads and b(M) = min(K, M) steps of a block:
 *
 * <pre>
 * RTRL               B n R + (b + W + 3) n² + b (g n + W n + 2 R/u) + R, b = b(q)  (1)
 * SNAP_2, SNAP_3     B ρ R + (1 + W) ρ² + n² + 3 R + u ρ                           (2)
 * SNAP_1, RFLO, E_PROP  B p R + b(64) ((B + 2 g + p) n + z + q)                    (3)
 * RTRL_DIAGONAL      B D + b(32) (g n + q)                                         (4)
 * KERNL              B p R + n² + rollout(1)                                       (5)
 * DNI                2 n (n + m) + n² + 2 B (n + m)                                (6)
 * UORO               B R + b(32) ((B + 1) n + q + 2 z + u)                         (7)
 * KF_RTRL            (B + 1) z n + 2 n² + b(32) (B n + s q + z)                    (8)
 * R_KF_RTRL          (B + 1) p R + 2 n² + b(32) (B n + u + R/u)                    (9)
 * OPTIMAL_KRONECKER  r ((B + 1) z n + b(32) (s q + z)) + 2 n² + b(32) B n          (10)
 * LOW_RANK_RTRL      B (r + p) R + (r + 1) R + 5 n² + (B + 3) r n + b(32) B n      (11)
 * </pre>
 *
 * <p>(1): no more than n/16 of the threads hold n². (2): ρ is the states that a parameter reaches,
 * n in a dense network and p where units do not interact; sparse networks hold (2) for RTRL and
 * SNAP_1 too. (4): D is the traces. Where parameters touch more than one unit, (7) is (B + 2) P and
 * (1) is B Σ P(i) + n², P(i) those that reach number i of the state.
 */
final class InfluenceMemory {
  /** Steps whose products are collected before they are one. */
  private static final double BLOCK = 32;

  /** The same for traces inside a unit. */
  private static final double LONG_BLOCK = 64;

  /** The identity that products start from, one before it is packed, and one in strips. */
  private static final double PRODUCT_SQUARES = 3;

  /** Columns of products that a thread has at least. */
  private static final double COLUMNS = 16;

  /** Jacobian and its packed form; a power of it, the square of that, and the packed power. */
  private static final double BOUND_SQUARES = 5;

  /** Left factors advanced, those by the Jacobian, and right ones by the block diagonal. */
  private static final double FACTORS = 3;

  private final NetworkSizes net;
  private final double batch;
  private final double window;
  private final double rank;
  private final double workers;

  InfluenceMemory(Setup setup, NetworkSizes net) {
    this.net = net;
    batch = setup.batch();
    window = setup.window();
    rank = setup.rank();
    workers = setup.workers().count();
  }

  double floats(Algorithm algorithm) {
    double tape = net.tape(window, batch);
    double n = net.state();
    return tape
        + switch (algorithm) {
          case RTRL -> rtrl();
          case SNAP_1 -> net.sparse() && net.rowLocal() ? reached(1) : own();
          case SNAP_2 -> reached(2);
          case SNAP_3 -> reached(3);
          case RFLO, E_PROP -> own();
          case RTRL_DIAGONAL ->
              batch * net.traces() + block(BLOCK) * (net.gates() * n + net.sources());
          case KERNL -> batch * net.own() + n * n + net.rollout(1, batch);
          case DNI -> (2 * n + 2 * batch) * (n + net.targets()) + n * n;
          case UORO -> uoro();
          case KF_RTRL -> kronecker(1);
          case R_KF_RTRL -> reverse();
          case OPTIMAL_KRONECKER -> kronecker(rank);
          case LOW_RANK_RTRL -> lowRank();
          default -> throw new IllegalArgumentException(algorithm + ": not in this family");
        };
  }

  private double block(double most) {
    return Math.min(window, most);
  }

  /** (1), or (2) for all states. */
  private double rtrl() {
    double n = net.state();
    if (!net.rowLocal()) {
      return batch * net.reaching() + n * n;
    }
    if (net.sparse()) {
      return reached(Integer.MAX_VALUE);
    }
    double steps = block(net.sources());
    double weights = net.recurrent() / net.units();
    return batch * net.reaching()
        + (steps + PRODUCT_SQUARES + Math.min(workers, n / COLUMNS)) * n * n
        + steps * ((net.gates() + workers) * n + 2 * weights)
        + net.recurrent();
  }

  /** (2). */
  private double reached(int steps) {
    double n = net.state();
    double states = net.reached(steps);
    return batch * states * net.recurrent()
        + (1 + workers) * states * states
        + n * n
        + 3 * net.recurrent()
        + net.units() * states;
  }

  /** (3). */
  private double own() {
    double rows = (batch + 2 * net.gates() + net.parts()) * net.state();
    return batch * net.own() + block(LONG_BLOCK) * (rows + net.preactivations() + net.sources());
  }

  /** (7). */
  private double uoro() {
    double n = net.state();
    return net.rowLocal() && !net.sparse()
        ? batch * net.recurrent()
            + block(BLOCK)
                * ((batch + 1) * n + net.sources() + 2 * net.preactivations() + net.units())
        : (batch + 2) * net.parameters() + block(BLOCK) * (batch + 1) * n;
  }

  /** (8) and (10). */
  private double kronecker(double terms) {
    double n = net.state();
    double pairs = net.sourceSets() * net.sources() + net.preactivations();
    return terms * ((batch + 1) * net.preactivations() * n + block(BLOCK) * pairs)
        + 2 * n * n
        + block(BLOCK) * batch * n;
  }

  /** (9). */
  private double reverse() {
    double n = net.state();
    return (batch + 1) * net.own()
        + 2 * n * n
        + block(BLOCK) * (batch * n + net.units() + net.recurrent() / net.units());
  }

  /** (11). */
  private double lowRank() {
    double n = net.state();
    return batch * (rank * net.recurrent() + net.own())
        + (rank + 1) * net.recurrent()
        + BOUND_SQUARES * n * n
        + (batch + FACTORS) * rank * n
        + block(BLOCK) * batch * n;
  }
}
