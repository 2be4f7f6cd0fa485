package kobai.models;

import java.util.Optional;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * The recurrence of a diagonal cell, its readout and skip left out: θ = [input | bias | own], laid
 * out and named as in {@link DiagonalShape}. The output is the whole state, [sʳ | sⁱ] of a complex
 * one. A gate that is a parameter of its unit is no pre-activation: it accepts no noise.
 *
 * @param model the model
 * @param shape its wiring
 */
record DiagonalLayer(DiagonalCellModel model, DiagonalShape shape) implements Layer {
  static DiagonalLayer of(DiagonalCellModel model) {
    return new DiagonalLayer(model, model.shape());
  }

  @Override
  public int inputs() {
    return shape.inputs();
  }

  @Override
  public int outputs() {
    return shape.stateSize();
  }

  @Override
  public int stateSize() {
    return shape.stateSize();
  }

  /** All gates of a row. */
  @Override
  public int nodes() {
    return shape.gates() * shape.units();
  }

  @Override
  public boolean perturbable() {
    return false;
  }

  @Override
  public int parameters() {
    return shape.readoutAt();
  }

  @Override
  public void describe(Parameters.Builder builder, String suffix) {
    for (Tensor tensor : shape.parameters().tensors()) {
      if (tensor.at() < shape.readoutAt()) {
        builder.add(tensor.name() + suffix, tensor.rows(), tensor.columns());
      }
    }
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    float[] whole = new float[shape.parameters().count()];
    model.initialise(key, whole);
    System.arraycopy(whole, 0, theta, at, parameters());
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    return kernels.gemmScratch(shape.inputs(), DiagonalShape.DRIVEN * shape.units(), rows);
  }

  @Override
  public Optional<RowLocalShape> rowLocal() {
    return Optional.of(model);
  }

  @Override
  public LayerForward forward(
      Kernels kernels, Workspace workspace, int at, int window, int batch, boolean keep) {
    return new DiagonalLayerForward(this, kernels, workspace, at, window, batch);
  }

  @Override
  public LayerTape tape(
      Kernels kernels, Workspace workspace, int at, int window, int batch, int chunk) {
    return new DiagonalLayerTape(this, kernels, workspace, at, window, batch, chunk);
  }
}
