package kobai.props;

import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import kobai.models.StepModel;

/** The published memory of estimators on models of several layers: see {@link MemoryFormula}. */
final class LayeredMemory {
  private static final long FLOAT = 4;

  private LayeredMemory() {}

  static long bytes(Algorithm algorithm, Setup setup) {
    StepModel model = (StepModel) setup.model();
    return switch (algorithm) {
      case RTRL -> tape(setup, model) + FLOAT * influence(setup, model);
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
}
