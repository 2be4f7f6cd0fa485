package kobai.networks;

import kobai.models.Layer;
import kobai.models.LayerForward;
import kobai.models.LayerTape;

/** Computes a {@link Recurrent} layer: a layer of the recurrent stack in the place of one here. */
final class RecurrentRun implements LayerRun {
  private final LayerForward forward;
  private final LayerTape tape;
  private final int nodes;
  private final int column;
  private final int size;
  private final int batch;
  private final float[] adjoint;
  private final float[] tangent;
  private final Rows y = new Rows();
  private float[] theta;

  RecurrentRun(Layer layer, Place place) {
    nodes = layer.nodes();
    column = place.nodesAt();
    size = layer.stateSize();
    batch = place.batch();
    int steps = place.steps();
    if (place.derivatives()) {
      tape =
          layer.tape(place.kernels(), place.workspace(), place.parametersAt(), steps, batch, steps);
      forward = tape.forward();
    } else {
      tape = null;
      forward =
          layer.forward(
              place.kernels(),
              place.workspace(),
              place.parametersAt(),
              steps,
              batch,
              place.use() == Place.Use.NODES);
    }
    adjoint = place.derivative("state adjoint", (long) batch * size);
    tangent = place.derivative("state tangent", (long) batch * size);
  }

  /** Floats of state of a row. */
  int size() {
    return size;
  }

  /** Takes the state before the pass: B rows, {@code row} floats apart. */
  void load(float[] state, int at, int row) {
    take(state, at, row, forward.outputs(), forward.outputAt(-1));
  }

  /** Writes the state after that many steps. */
  void save(int steps, float[] state, int at, int row) {
    give(forward.outputs(), forward.outputAt(steps - 1), state, at, row);
  }

  /** Takes dL/d state behind the pass. */
  void loadAdjoint(float[] from, int at, int row) {
    take(from, at, row, adjoint, 0);
  }

  /** Writes dL/d state before it, after {@link #backward}. */
  void saveAdjoint(float[] to, int at, int row) {
    give(adjoint, 0, to, at, row);
  }

  /** Takes the tangent of the state before the pass. */
  void loadTangent(float[] from, int at, int row) {
    take(from, at, row, tangent, 0);
  }

  /** Writes that behind it, after {@link #jvp}. */
  void saveTangent(float[] to, int at, int row) {
    give(tangent, 0, to, at, row);
  }

  private void take(float[] from, int at, int row, float[] own, int ownAt) {
    for (int b = 0; b < batch; b++) {
      System.arraycopy(from, at + b * row, own, ownAt + b * size, size);
    }
  }

  private void give(float[] own, int ownAt, float[] to, int at, int row) {
    for (int b = 0; b < batch; b++) {
      System.arraycopy(own, ownAt + b * size, to, at + b * row, size);
    }
  }

  @Override
  public void begin(float[] newTheta) {
    theta = newTheta;
    forward.begin(newTheta);
  }

  @Override
  public Rows forward(Pass pass, Rows x) {
    forward.run(
        theta,
        x.array(),
        x.at(),
        x.row(),
        0,
        pass.steps(),
        pass.noise(),
        pass.noiseAt() + column,
        pass.noiseRow(),
        pass.scale());
    return y.move(forward.outputs(), forward.outputAt(0), forward.outputRow());
  }

  @Override
  public void transpose(float[] newTheta) {
    tape.transpose(newTheta);
  }

  @Override
  public void backward(Pass pass, Rows x, Rows q, Rows p, boolean wanted, float[] gradient) {
    assert q.at() == 0 && (!wanted || p.at() == 0);
    tape.backward(q.array(), 0, pass.steps(), adjoint);
    parametersAdd(pass, x, tape.delta(), 0, nodes, gradient);
    if (wanted) {
      tape.inputGradient(pass.rows(), p.array());
    }
  }

  private void parametersAdd(Pass pass, Rows x, float[] delta, int at, int row, float[] gradient) {
    forward.parametersAdd(
        x.array(), x.at(), x.row(), 0, pass.steps(), delta, at, row, gradient, pass.scratch());
  }

  @Override
  public void direct(float[] direction) {
    tape.direct(direction);
  }

  @Override
  public void jvp(Pass pass, float[] direction, Rows x, Rows dx, boolean moving, Rows u) {
    assert u.at() == 0 && (!moving || dx.at() == 0);
    tape.jvp(
        direction,
        x.array(),
        x.at(),
        x.row(),
        0,
        pass.steps(),
        dx.array(),
        moving,
        tangent,
        u.array());
  }

  @Override
  public void preactivations(Pass pass, float[] out, int at, int row) {
    forward.preactivations(pass.steps(), out, at + column, row);
  }

  @Override
  public void creditAdd(Pass pass, Rows x, float[] credits, int at, int row, float[] gradient) {
    parametersAdd(pass, x, credits, at + column, row, gradient);
  }
}
