package kobai.compare;

import java.util.ArrayList;
import java.util.List;
import kobai.bench.Dimension;
import kobai.bench.Workbench;
import kobai.compare.ComparePlan.Planned;
import kobai.estimators.Algorithm;
import kobai.tasks.Tasks;

/** What the tests of this package share. */
final class Fixtures {
  static final long GIBI = 1L << 30;

  private Fixtures() {}

  static Workbench workbench(CompareOptions options) {
    return new Workbench(
        options.task().create(options.taskOptions()),
        options.network(),
        options.alpha(),
        options.sigma(),
        options.variant(),
        options.seed());
  }

  /** All algorithms at two sizes of a network, which is all that is varied. */
  static CompareOptions.Builder everything() {
    return CompareOptions.builder()
        .algorithms(List.of(Algorithm.values()))
        .task(Tasks.SINE)
        .level(Level.FULL)
        .values(Dimension.HIDDEN, List.of(8, 16))
        .values(Dimension.LENGTH, List.of(20))
        .values(Dimension.WINDOW, List.of(5))
        .values(Dimension.PARTICLES, List.of(4))
        .values(Dimension.BATCH, List.of(1))
        .values(Dimension.THREADS, List.of(1));
  }

  /** A plan for a machine on which each gradient takes a millisecond. */
  static ComparePlan plan(CompareOptions options) {
    return ComparePlan.of(options, workbench(options), cell -> 1e-3, GIBI, 0);
  }

  /** Times that are made up: 10 µs for each unit of the network, ± 1 %, and nothing allocated. */
  static final class FakeStopwatch implements Stopwatch {
    final List<Cell> timed = new ArrayList<>();

    @Override
    public Timing time(Planned planned, int warmth) throws Failure {
      timed.add(planned.cell());
      double seconds = 1e-5 * planned.cell().sizes().hidden();
      return new Timing(new double[][] {{0.99 * seconds, seconds, 1.01 * seconds}}, 0, 0);
    }

    @Override
    public String json() {
      return "[]";
    }
  }
}
