package kobai.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import kobai.estimators.Algorithm;
import kobai.estimators.EvolutionOptions;
import kobai.estimators.Setup;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.Architecture;
import kobai.models.InfluenceBalancing;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.RecurrentModel;
import kobai.models.RowLocalModel;
import kobai.models.SparseModel;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.parallel.Workers;
import kobai.random.RandomKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How near theory is to the ledgers. */
final class MemoryModelTest {
  private static final long SEED = 3;

  /** n = d + 1 = m = x. */
  private static RecurrentModel model(Architecture network, int x) {
    return network.create(x - 1, x, x, 0.5f, Loss.SQUARED_ERROR, new RandomKey(SEED));
  }

  private record Pool(int count) implements Workers {
    @Override
    public void run(int chunks, Task task) {
      throw new IllegalStateException("a plan does not work");
    }

    @Override
    public void close() {
      // There is nothing to end.
    }
  }

  private static Setup base(RecurrentModel model) {
    return Setup.of(model, 40).withBatch(2).withParticles(8).withTangents(3).withRank(2);
  }

  /** The base point, and each size larger. */
  private static List<Setup> setups(RecurrentModel model) {
    Setup base = base(model);
    return List.of(
        base,
        base.withWindow(1),
        base.withWindow(300),
        base.withBatch(300),
        base.withParticles(2000).withTangents(200).withRank(20),
        base.withWorkers(new Pool(7)));
  }

  /** The plan; empty where the algorithm does not take the network. */
  private static Optional<Workspace> plan(Algorithm algorithm, Setup setup) {
    try {
      return Optional.of(algorithm.plan(setup));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * The largest share of a ledger without scratch that may be something else than its formula,
   * where all sizes are multiples of 16.
   *
   * <p>Padding: only the sources of a gate are no multiple of 16 then, and what RTRL keeps for them
   * is.
   *
   * <p>Vectors: the most that an estimator leaves out is 40 numbers for each pre-activation (SNAP_1
   * keeps 32 states for a product, and a row's gains), while each holds its weights and a tape or
   * copies of them, no fewer than 4 x numbers for each pre-activation that sees 2 x sources: 10/x.
   */
  private static double bound(RecurrentModel model, int x) {
    RecurrentModel dense = model instanceof SparseModel sparse ? sparse.dense() : model;
    double padding = 0;
    if (dense instanceof RowLocalModel cell) {
      int sources = 0;
      int padded = 0;
      for (int gate = 0; gate < cell.gates(); gate++) {
        int seen = 0;
        for (int source = 0; source < cell.sources(); source++) {
          seen += cell.parameterAt(source, gate) >= 0 ? 1 : 0;
        }
        sources += seen;
        padded += (seen + 15) / 16 * 16;
      }
      padding = (double) padded / sources - 1;
    }
    return padding + 10.0 / x;
  }

  /** Compares all that take the network; returns how many setups of each. */
  private static Map<Algorithm, Integer> holds(RecurrentModel model, int x, List<Setup> setups) {
    double bound = bound(model, x);
    Map<Algorithm, Integer> seen = new EnumMap<>(Algorithm.class);
    for (Algorithm algorithm : Algorithm.values()) {
      for (Setup setup : setups) {
        Optional<Workspace> plan = plan(algorithm, setup);
        if (plan.isEmpty()) {
          continue;
        }
        double formula = MemoryModel.bytes(algorithm, setup).orElseThrow();
        assertEquals(
            1,
            (plan.get().bytes() - plan.get().bytesOf(Kernels.SCRATCH)) / formula,
            bound,
            () ->
                "%s on %s, K = %d, B = %d, N = %d, k = %d, r = %d, W = %d"
                    .formatted(
                        algorithm,
                        model.name(),
                        setup.window(),
                        setup.batch(),
                        setup.particles(),
                        setup.tangents(),
                        setup.rank(),
                        setup.workers().count()));
        seen.merge(algorithm, 1, Integer::sum);
      }
    }
    return seen;
  }

  @ParameterizedTest
  @EnumSource(names = {"LEAKY_RNN", "GRU", "LSTM", "LRU"})
  void formulasFollowTheirLedgersAlongEverySize(Models cell) {
    int x = 32;
    RecurrentModel model = model(Architecture.of(cell), x);
    List<Setup> setups = setups(model);
    Map<Algorithm, Integer> seen = holds(model, x, setups);
    assertTrue(seen.size() >= 30, seen::toString);
    seen.forEach(
        (algorithm, count) -> assertEquals(setups.size(), count, () -> algorithm + ": " + seen));
  }

  @ParameterizedTest
  @EnumSource
  void everyModelHasItsFormulas(Models cell) {
    int x = 64;
    RecurrentModel model = model(Architecture.of(cell), x);
    Map<Algorithm, Integer> seen = holds(model, x, List.of(base(model)));
    assertTrue(seen.size() >= 20, seen::toString);
  }

  @ParameterizedTest
  @EnumSource(names = {"LEAKY_RNN", "GRU", "LSTM"})
  void stacksEmbeddingsAndSparseNetworksHaveThemToo(Models cell) {
    int x = 48;
    Architecture plain = Architecture.of(cell);
    for (Architecture network :
        List.of(
            plain.withLayers(3),
            plain.withEmbedding(x),
            plain.withDensity(0.5),
            plain.withDensity(0.1).withLayers(2))) {
      RecurrentModel model = model(network, x);
      Map<Algorithm, Integer> seen = holds(model, x, List.of(base(model)));
      assertTrue(seen.size() >= 20, () -> model.name() + ": " + seen);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsRegeneratedOrHasNoPartnerIsCountedSo(EvolutionOptions.Sampling sampling) {
    int x = 48;
    RecurrentModel model = model(Architecture.of(Models.LEAKY_RNN), x);
    for (boolean regenerate : new boolean[] {false, true}) {
      EvolutionOptions options =
          EvolutionOptions.DEFAULT.withSampling(sampling).withRegenerate(regenerate);
      Setup setup = base(model).withEvolution(options).withParticles(100);
      assertTrue(holds(model, x, List.of(setup)).size() >= 30);
    }
  }

  /** There the ledger stands alone. */
  @Test
  void modelsThatAreNoCellsHaveNoFormula() {
    for (RecurrentModel model :
        List.of(
            new InfluenceBalancing(8, 3),
            Network.of("dense(4) tanh dense(2)", Shape.of(3), 2, Loss.SQUARED_ERROR))) {
      for (Algorithm algorithm : Algorithm.values()) {
        assertEquals(
            OptionalLong.empty(),
            MemoryModel.bytes(algorithm, Setup.of(model, 1)),
            algorithm + " on " + model.name());
      }
    }
  }
}
