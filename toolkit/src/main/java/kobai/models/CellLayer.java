package kobai.models;

import java.util.Optional;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * The recurrent layer of a {@link CellNetwork}, its readout left out: θ = [W n × R n | W_in d × I n
 * | b G n | peepholes], laid out and named as there.
 *
 * @param model the model, for its initial values
 * @param network its network
 */
record CellLayer(RecurrentModel model, CellNetwork network) implements Layer {
  static CellLayer of(CellModel model) {
    return new CellLayer(model, model.network());
  }

  static CellLayer of(PeepholeLstm model) {
    return new CellLayer(model, model.network());
  }

  @Override
  public int inputs() {
    return network.inputs();
  }

  @Override
  public int outputs() {
    return network.units();
  }

  @Override
  public int stateSize() {
    return network.stateSize();
  }

  @Override
  public int nodes() {
    return network.width();
  }

  @Override
  public int parameters() {
    return network.parameters().tensor("readout").at();
  }

  @Override
  public void describe(Parameters.Builder builder, String suffix) {
    for (Tensor tensor : network.parameters().tensors()) {
      if (tensor.at() < parameters()) {
        builder.add(tensor.name() + suffix, tensor.rows(), tensor.columns());
      }
    }
  }

  @Override
  public void initialise(RandomKey key, float[] theta, int at) {
    float[] whole = new float[network.parameters().count()];
    model.initialise(key, whole);
    System.arraycopy(whole, 0, theta, at, parameters());
  }

  @Override
  public int scratch(Kernels kernels, int rows) {
    return Math.max(
        kernels.gemmScratch(network.units(), network.recurrentWidth(), rows),
        kernels.gemmScratch(network.inputs(), network.inputWidth(), rows));
  }

  @Override
  public Optional<RowLocalShape> rowLocal() {
    return model instanceof RowLocalShape shape ? Optional.of(shape) : Optional.empty();
  }

  @Override
  public LayerForward forward(
      Kernels kernels, Workspace workspace, int at, int window, int batch, boolean keep) {
    return new CellLayerForward(network, kernels, workspace, at, window, batch, keep);
  }

  @Override
  public LayerTape tape(
      Kernels kernels, Workspace workspace, int at, int window, int batch, int chunk) {
    return new CellLayerTape(network, kernels, workspace, at, window, batch, chunk);
  }
}
