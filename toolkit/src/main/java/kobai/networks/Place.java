package kobai.networks;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Where and for what a layer is run.
 *
 * @param kernels arithmetic
 * @param workspace its own part of the ledger
 * @param parametersAt where its parameters begin in θ
 * @param nodesAt its first column of the noise
 * @param masksAt its first column of the data
 * @param steps most steps of a run
 * @param batch rows of a step
 * @param use which of its methods will be called
 * @param members where layers add what others must reach
 */
record Place(
    Kernels kernels,
    Workspace workspace,
    int parametersAt,
    int nodesAt,
    int masksAt,
    int steps,
    int batch,
    Use use,
    Members members) {
  /** What a run is for. */
  enum Use {
    /** {@link LayerRun#forward} alone. */
    VALUES,
    /** And node noise and credits. */
    NODES,
    /** And derivatives. */
    DERIVATIVES
  }

  /** Most rows of a run. */
  int rows() {
    return Math.multiplyExact(steps, batch);
  }

  /** Whether derivatives are asked for. */
  boolean derivatives() {
    return use == Use.DERIVATIVES;
  }

  /** Takes {@code columns} floats a row. */
  float[] rows(String name, int columns) {
    return workspace.floats(name, (long) rows() * columns);
  }

  /** The same, of no size unless derivatives are asked for. */
  float[] derivativeRows(String name, int columns) {
    return derivative(name, (long) rows() * columns);
  }

  /** Takes floats unless they would only serve derivatives that are not asked for. */
  float[] derivative(String name, long count) {
    return workspace.floats(name, derivatives() ? count : 0);
  }
}
