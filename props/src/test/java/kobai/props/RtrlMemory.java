package kobai.props;

import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.models.RowLocalModel;

/**
 * The memory of RTRL and of what keeps a part of its influence matrix, for {@link MemoryFormula}.
 */
final class RtrlMemory {
  private static final long FLOAT = 4;

  private final Setup setup;
  private final long n;
  private final long parts;
  private final long gates;
  private final long width;
  private final int sources;
  private final long batch;
  private final int window;

  private RtrlMemory(Setup setup) {
    this.setup = setup;
    RowLocalModel model = (RowLocalModel) setup.model();
    n = model.units();
    parts = model.parts();
    gates = model.gates();
    width = parts * n;
    sources = model.sources();
    batch = setup.batch();
    window = setup.window();
  }

  static long bytes(Algorithm algorithm, Setup setup) {
    RtrlMemory memory = new RtrlMemory(setup);
    long floats =
        switch (algorithm) {
          case RTRL -> memory.whole();
          case SNAP_1, RFLO, E_PROP -> memory.ownUnit();
          case SNAP_2, SNAP_3 -> memory.dense();
          case KERNL -> memory.kernel() + MemoryFormula.rollout(setup, 1) / FLOAT;
          case DNI -> memory.credit();
          default -> throw new IllegalArgumentException(algorithm + ": not in this family");
        };
    return MemoryFormula.tape(setup, setup.window()) + FLOAT * floats;
  }

  private static long up(long value, long multiple) {
    return MemoryFormula.up(value, multiple);
  }

  /** Weights into one unit: the sources that each gate sees, in multiples of {@code multiple}. */
  private long weights(long multiple) {
    RowLocalModel model = (RowLocalModel) setup.model();
    long sum = 0;
    for (int gate = 0; gate < gates; gate++) {
      long seen = 0;
      for (int source = 0; source < sources; source++) {
        seen += model.parameterAt(source, gate) >= 0 ? 1 : 0;
      }
      sum += up(seen, multiple);
    }
    return sum;
  }

  /** All states for every weight, in panels gate by gate, and products of Jacobians. */
  private long whole() {
    long padded = weights(16);
    long block = Math.min(window, sources);
    long influence = batch * n * padded * width;
    long square = width * up(width, 16);
    long products = (block + 1) * (square + 16) + square + width * width + width * up(width, 8);
    long steps = block * (gates * width + weights(1) + padded) + sources + n * padded;
    long worker = 16 * width + up(width, 8) * block;
    return 2 * batch * width + influence + products + steps + worker;
  }

  /** The states of its own unit for every weight. */
  private long ownUnit() {
    int block = Math.min(window, 64);
    // q, gains twice, blocks of the units, credits and sources of every step of a block.
    long step = batch * width + 2 * gates * width + parts * width + gates * n + sources;
    long row = width + 2 * parts * width + 4 * gates * width + (parts == 1 ? 0 : 32 * width);
    long scratch = setup.kernels().gemmScratch(sources, (int) n, block - 1);
    return batch * width + block * step + row + scratch + batch * width * weights(1);
  }

  /** All states for every weight, in panels of all gates, and where they are. */
  private long dense() {
    long padded = up(weights(1), 16);
    long pattern = n * width + 3 * (n + 1) + 2 * n + 2 * n * weights(1);
    long step = 2 * batch * width + width * width + up(width, 8) * width + gates * width + sources;
    long worker = 16 * width + up(width, 8) * width + width;
    return pattern + step + worker + n * padded + batch * n * padded * width;
  }

  /** The states of its own unit for every weight, the kernel and its decays, noise and errors. */
  private long kernel() {
    long rows = 6 * batch * width;
    long own = width * width + 4 * width + parts * width + gates * width + sources + 4 * n;
    return rows + own + batch * width * weights(1);
  }

  /** Two maps of state, target and bias to credit, what they see now and saw before. */
  private long credit() {
    long seen = width + setup.model().targetSize() + 1;
    return 2 * width * seen + width * width + 2 * batch * seen + 4 * batch * width + width;
  }
}
