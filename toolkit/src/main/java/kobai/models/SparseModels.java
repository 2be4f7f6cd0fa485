package kobai.models;

import java.util.stream.IntStream;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/** The {@link SparseModel}s, one for every set of capabilities. */
final class SparseModels {
  private SparseModels() {}

  /** What all share. */
  private interface Masked extends SparseModel {
    WeightMask mask();

    @Override
    default String name() {
      return mask().name();
    }

    @Override
    default int stateSize() {
      return dense().stateSize();
    }

    @Override
    default int inputSize() {
      return dense().inputSize();
    }

    @Override
    default int targetSize() {
      return dense().targetSize();
    }

    @Override
    default Parameters parameters() {
      return mask().parameters();
    }

    @Override
    default int denseAt(int p) {
      return mask().denseAt(p);
    }

    @Override
    default int keptAt(int dense) {
      return mask().keptAt(dense);
    }

    @Override
    default void initialise(RandomKey key, float[] theta) {
      mask().initialise(dense(), key, theta);
    }

    @Override
    default Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
      return new SparseRollout(
          mask(), dense().rollout(kernels, workspace.child("dense"), window, batch), workspace);
    }
  }

  /** With node noise. */
  private interface NodeMasked extends Masked, NodePerturbableModel {
    NodePerturbableModel nodal();

    @Override
    default int nodes() {
      return nodal().nodes();
    }

    @Override
    default NodeRollout nodeRollout(Kernels kernels, Workspace workspace, int window, int batch) {
      return new SparseNodeRollout(
          mask(), nodal().nodeRollout(kernels, workspace.child("dense"), window, batch), workspace);
    }
  }

  /** With stepwise derivatives. */
  private interface Stepped extends Masked, StepModel {
    @Override
    StepModel dense();

    /** What is kept of the dense model's. */
    @Override
    default int reaching(int i) {
      return mask().keptBefore(dense().reaching(i));
    }

    @Override
    default StepTape tape(Kernels kernels, Workspace workspace, int window, int batch) {
      int[] reaching = IntStream.range(0, stateSize()).map(this::reaching).toArray();
      StepTape tape = dense().tape(kernels, workspace.child("dense"), window, batch);
      return new SparseStepTape(new SparseBuffers(mask(), workspace), tape, reaching);
    }
  }

  /** Of a model with window derivatives only. */
  record Plain(DifferentiableModel dense, WeightMask mask) implements Masked {
    @Override
    public Tape tape(Kernels kernels, Workspace workspace, int window, int batch) {
      return new SparseTape(
          mask, dense.tape(kernels, workspace.child("dense"), window, batch), workspace);
    }
  }

  /** The same with node noise. */
  record Nodal(DifferentiableModel dense, NodePerturbableModel nodal, WeightMask mask)
      implements NodeMasked {
    @Override
    public Tape tape(Kernels kernels, Workspace workspace, int window, int batch) {
      return new SparseTape(
          mask, dense.tape(kernels, workspace.child("dense"), window, batch), workspace);
    }
  }

  /** Of a stepwise model. */
  record PlainStep(StepModel dense, WeightMask mask) implements Stepped {}

  /** The same with node noise. */
  record NodalStep(StepModel dense, NodePerturbableModel nodal, WeightMask mask)
      implements NodeMasked, Stepped {}

  /** Of a row-local cell. */
  record PlainCell(RowLocalModel dense, WeightMask mask) implements Masked, SparseRowLocalModel {
    @Override
    public RowLocalTape tape(Kernels kernels, Workspace workspace, int window, int batch) {
      return new SparseRowLocalTape(
          mask, dense.tape(kernels, workspace.child("dense"), window, batch), workspace);
    }
  }

  /** The same with node noise. */
  record NodalCell(RowLocalModel dense, NodePerturbableModel nodal, WeightMask mask)
      implements NodeMasked, SparseRowLocalModel {
    @Override
    public RowLocalTape tape(Kernels kernels, Workspace workspace, int window, int batch) {
      return new SparseRowLocalTape(
          mask, dense.tape(kernels, workspace.child("dense"), window, batch), workspace);
    }
  }
}
