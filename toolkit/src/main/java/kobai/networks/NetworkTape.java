package kobai.networks;

import java.util.List;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.AffineLayer;
import kobai.models.NodeTape;

/**
 * Derivatives of a {@link Network} along a window.
 *
 * <pre>
 * q_L = ∂ℓ/∂z,  q_{l−1} = q_l ∂f_l/∂x,  gradient += Σ_l q_l ∂f_l/∂θ      (1)
 * ḟ_l = ∂f_l/∂x ḟ_{l−1} + ∂f_l/∂θ θ̇,  slope = ⟨∂ℓ/∂z, ḟ_L⟩                (2)
 * </pre>
 *
 * <p>(1) is {@code backward}, (2) {@code jvp}. What the first layers with parameters owe to their
 * input is not computed.
 */
final class NetworkTape implements NodeTape {
  private final Kernels kernels;
  private final NetworkForward forward;
  private final LossRun losses;
  private final int batch;
  private final int stateSize;
  private final int nodes;
  private final float[] errors;
  private final float[] tangents;
  private final Rows errorRows;
  private final Rows tangentRows;
  private final Rows nothing = new Rows();

  NetworkTape(Network network, Kernels kernels, Workspace workspace, int window, int batch) {
    this.kernels = kernels;
    this.batch = batch;
    stateSize = network.stateSize();
    nodes = network.nodes();
    forward = new NetworkForward(network, kernels, workspace, window, batch, Place.Use.DERIVATIVES);
    losses = new LossRun(network.likelihood(), network.targetSize(), kernels, workspace);
    long size = (long) window * batch * network.outputs();
    errors = workspace.floats("output errors", size);
    tangents = workspace.floats("output tangents", size);
    errorRows = Rows.of(errors, network.outputs());
    tangentRows = Rows.of(tangents, network.outputs());
  }

  @Override
  public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
    forward.atMost(from, to);
    forward.begin(theta, sequence, from, to);
    forward.start(sequence, from, to);
    forward.load(state, 0);
    forward.outputs(errors, 0);
    forward.save(state, 0);
    double loss = 0;
    for (int t = from; t < to; t++) {
      int at = errorRows.at((t - from) * batch);
      loss +=
          losses.run(errors, at, sequence.targets(), sequence.targetAt(t), batch, 1f / batch)
              / batch;
    }
    return loss;
  }

  @Override
  public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
    Pass pass = forward.pass();
    forward.layers().transpose(theta);
    List<RecurrentRun> cells = forward.cells();
    int at = 0;
    for (int k = 0; k < cells.size(); k++) {
      cells.get(k).loadAdjoint(adjoint, at, stateSize);
      at += cells.get(k).size();
    }
    forward.layers().backward(pass, pass.data(), errorRows, nothing, false, gradient);
    at = 0;
    for (int k = 0; k < cells.size(); k++) {
      cells.get(k).saveAdjoint(adjoint, at, stateSize);
      at += cells.get(k).size();
    }
  }

  @Override
  public double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent) {
    Pass pass = forward.pass();
    forward.layers().direct(direction);
    List<RecurrentRun> cells = forward.cells();
    int stateAt = 0;
    for (int k = 0; k < cells.size(); k++) {
      cells.get(k).loadTangent(stateTangent, stateAt, stateSize);
      stateAt += cells.get(k).size();
    }
    forward.layers().jvp(pass, direction, pass.data(), nothing, false, tangentRows);
    stateAt = 0;
    for (int k = 0; k < cells.size(); k++) {
      cells.get(k).saveTangent(stateTangent, stateAt, stateSize);
      stateAt += cells.get(k).size();
    }
    double slope = 0;
    for (int i = 0; i < pass.rows(); i++) {
      int at = errorRows.at(i);
      slope += kernels.dot(errors, at, tangents, at, errorRows.row());
    }
    return slope;
  }

  @Override
  public void nodeSlopes(float[] theta, float[] v, double[] slopes) {
    if (stateSize > 0) {
      throw new IllegalStateException("a network with a state has no derivatives along nodes");
    }
    Pass pass = forward.pass();
    pass.alongNodes(v, nodes);
    forward.layers().jvp(pass, v, pass.data(), nothing, false, tangentRows);
    pass.alongParameters();
    for (int i = 0; i < pass.rows(); i++) {
      int at = errorRows.at(i);
      slopes[i] = kernels.dot(errors, at, tangents, at, errorRows.row());
    }
  }

  @Override
  public void layerInput(AffineLayer layer, int row, float[] out) {
    Rows input = forward.layers().input(layer.index());
    System.arraycopy(input.array(), input.at(row), out, 0, layer.inputs());
  }

  @Override
  public void nodeCreditAdd(Sequence sequence, float[] credits, float[] gradient) {
    Pass pass = forward.pass();
    forward.layers().creditAdd(pass, pass.data(), credits, 0, nodes, gradient);
  }
}
