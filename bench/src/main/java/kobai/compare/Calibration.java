package kobai.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import kobai.bench.Sizes;
import kobai.bench.Workbench;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.experiments.CostModel;
import kobai.kernels.Implementation;
import kobai.parallel.Workers;

/**
 * A forecast from the flop formulas and a short run: each contender at a small size tells how many
 * flops a second it makes, on either implementation. Larger sizes make more flops a second, and
 * threads are not counted, so forecasts err on the long side.
 *
 * <p>Vector kernels that are not compiled yet are a thousand times slower, so all contenders run in
 * turns until none becomes faster any more, or for {@value #MOST_SECONDS} s.
 */
public final class Calibration implements Forecast {
  private static final double MOST_SECONDS = 6;
  private static final double LEAST_SECONDS = 3;
  private static final long TURN_NANOS = 30_000_000L;

  /** A round that makes nothing faster than this share of what it took before is the last. */
  private static final double SETTLED = 0.9;

  private static final int MOST_HIDDEN = 48;
  private static final int MOST_PARTICLES = 8;
  private static final int WINDOWS = 2;
  private static final int LONGEST_WINDOW = 25;
  private static final double NANOS = 1e-9;

  /** Flops a second where nothing could be tried. */
  private static final double LEAST_RATE = 1e8;

  private final Workbench workbench;
  private final Map<Key, Probe> probes = new LinkedHashMap<>();

  private record Key(Algorithm algorithm, boolean stepwise, Implementation implementation) {
    static Key of(Contender contender, Implementation implementation) {
      return new Key(contender.algorithm(), contender.window() == 1, implementation);
    }
  }

  private Calibration(Workbench workbench) {
    this.workbench = workbench;
  }

  /** Runs every contender on both kernels, a few seconds in all. */
  public static Calibration measure(Workbench workbench, List<Contender> contenders, Sizes base) {
    Calibration calibration = new Calibration(workbench);
    for (Contender contender : contenders) {
      Optional<Integer> hidden = hidden(workbench, contender.algorithm(), base);
      if (hidden.isEmpty()) {
        continue; // the plan says why
      }
      for (Implementation implementation : Implementation.values()) {
        calibration.probes.computeIfAbsent(
            Key.of(contender, implementation),
            key -> new Probe(workbench, contender, implementation, base, hidden.get()));
      }
    }
    calibration.settle();
    return calibration;
  }

  /** A small number of units at which the algorithm takes the network; empty if it does not. */
  private static Optional<Integer> hidden(Workbench workbench, Algorithm algorithm, Sizes base) {
    for (int hidden : new int[] {Math.min(base.hidden(), MOST_HIDDEN), MOST_HIDDEN}) {
      try {
        algorithm.plan(workbench.planned(new Sizes(hidden, 1, 1, MOST_PARTICLES, 1, 1)));
        return Optional.of(hidden);
      } catch (IllegalArgumentException e) {
        continue; // as a rank that is larger than a small network
      }
    }
    return Optional.empty();
  }

  private void settle() {
    long start = System.nanoTime();
    boolean settled = false;
    while (!settled) {
      settled = true;
      for (Probe probe : probes.values()) {
        settled &= probe.turn();
      }
      double seconds = (System.nanoTime() - start) * NANOS;
      settled = settled && seconds > LEAST_SECONDS || seconds > MOST_SECONDS;
    }
  }

  /** One contender at a small size. */
  private static final class Probe {
    private final GradientEstimator estimator;
    private final float[] theta;
    private final float[] gradient;
    private final Sequence sequence;
    private final int window;
    private final double flops;
    private long best = Long.MAX_VALUE;

    Probe(
        Workbench workbench,
        Contender contender,
        Implementation implementation,
        Sizes base,
        int hidden) {
      window = Math.min(LONGEST_WINDOW, contender.window(base.length()));
      int length = Math.min(base.length(), WINDOWS * window);
      Sizes small =
          new Sizes(hidden, length, window, Math.min(base.particles(), MOST_PARTICLES), 1, 1);
      Setup setup = workbench.setup(small, implementation, Workers.single());
      estimator = contender.algorithm().create(setup);
      theta = workbench.theta(workbench.model(small.hidden()));
      gradient = new float[theta.length];
      sequence = workbench.sequence(length, 1);
      flops = CostModel.flops(contender.algorithm(), setup, length);
    }

    /** Runs for a short while; returns whether it became no faster. */
    boolean turn() {
      long before = best;
      long start = System.nanoTime();
      long now = start;
      do {
        long begun = now;
        estimator.reset(0);
        for (int from = 0; from < sequence.length(); from += window) {
          int to = Math.min(from + window, sequence.length());
          estimator.estimate(theta, sequence, from, to, gradient);
        }
        now = System.nanoTime();
        best = Math.min(best, now - begun);
      } while (now - start < TURN_NANOS);
      return best >= SETTLED * before;
    }

    double flopsPerSecond() {
      return flops / (best * NANOS);
    }
  }

  @Override
  public double seconds(Cell cell) {
    Probe probe = probes.get(Key.of(cell.contender(), cell.implementation()));
    double rate =
        probe != null
            ? probe.flopsPerSecond()
            // A point on a window curve: any window of that algorithm will do.
            : slowest(cell, key -> key.algorithm() == cell.contender().algorithm())
                // It takes large networks alone: as slow as the slowest of the others.
                .orElseGet(() -> slowest(cell, key -> true).orElse(LEAST_RATE));
    return ComparePlan.flops(workbench, cell) / rate;
  }

  private OptionalDouble slowest(Cell cell, Predicate<Key> which) {
    return probes.entrySet().stream()
        .filter(entry -> entry.getKey().implementation() == cell.implementation())
        .filter(entry -> which.test(entry.getKey()))
        .mapToDouble(entry -> entry.getValue().flopsPerSecond())
        .min();
  }
}
