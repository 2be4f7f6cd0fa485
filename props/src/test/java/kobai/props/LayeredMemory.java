package kobai.props;

import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import kobai.models.LayeredModel;
import kobai.models.RowLocalShape;
import kobai.models.StepModel;

/** The published memory of estimators on models of several layers: see {@link MemoryFormula}. */
final class LayeredMemory {
  private static final long FLOAT = 4;

  private LayeredMemory() {}

  static long bytes(Algorithm algorithm, Setup setup) {
    StepModel model = (StepModel) setup.model();
    return switch (algorithm) {
      case RTRL -> tape(setup, model) + FLOAT * influence(setup, model);
      case RTRL_DIAGONAL, SNAP_1, RFLO, E_PROP ->
          tape(setup, model) + FLOAT * layerwise(setup, (LayeredModel) model);
      default -> throw new IllegalArgumentException(algorithm + ": not on layers");
    };
  }

  /** What the model takes itself. */
  private static long tape(Setup setup, StepModel model) {
    Workspace plan = Workspace.planning();
    model.tape(setup.kernels(), plan, setup.window(), setup.batch());
    return plan.bytes();
  }

  /** M of every row, G; a panel a thread; state, adjoint and q of every row and a unit adjoint. */
  private static long influence(Setup setup, StepModel model) {
    long s = model.stateSize();
    long m = 0;
    for (int i = 0; i < s; i++) {
      m += model.reaching(i);
    }
    long b = setup.batch();
    return b * m + s * s + 16 * s * setup.workers().count() + 3 * b * s + s;
  }

  /** State and q of a block, and the traces of every cell. */
  private static long layerwise(Setup setup, LayeredModel model) {
    long state = (long) setup.batch() * model.stateSize();
    int block = Math.min(setup.window(), 64);
    long floats = state + block * state;
    for (RowLocalShape cell : model.cells()) {
      floats += traces(setup, cell, block);
    }
    return floats;
  }

  /**
   * E of every row; for each step of a block gains twice, the blocks of the Jacobian, credits and
   * sources; the adjoint, the product of blocks and its next value; four coefficients a gate and
   * part; up to 32 rows of E before a step, with more than one part; the scratch of the products.
   */
  private static long traces(Setup setup, RowLocalShape cell, int block) {
    int n = cell.units();
    long parts = cell.parts();
    long gates = cell.gates();
    long s = parts * n;
    long seen = 0;
    for (int gate = 0; gate < gates; gate++) {
      for (int source = 0; source < cell.sources(); source++) {
        seen += cell.parameterAt(source, gate) >= 0 ? 1 : 0;
      }
    }
    long step = 2 * gates * s + parts * s + gates * n + cell.sources();
    long before = parts == 1 ? 0 : parts * 32 * n;
    return setup.batch() * s * seen
        + block * step
        + s
        + 2 * parts * s
        + 4 * gates * s
        + before
        + setup.kernels().gemmScratch(cell.sources(), n, block - 1);
  }
}
