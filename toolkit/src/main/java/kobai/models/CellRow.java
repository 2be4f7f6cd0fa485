package kobai.models;

import java.util.Arrays;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Derivatives of a {@link Cell} at one row and step of a window that was run forward: φₐ = ∂s/∂a
 * and φₛ = ∂s/∂s′ of {@link CellTape}, which couple the components of one unit only. They come from
 * the cell's backward pass at unit adjoints, so that every product is of the one derivative.
 */
final class CellRow {
  private final Cell cell;
  private final Kernels kernels;
  private final int n;
  private final int parts;
  private final int size;
  private final int gates;
  private final int batch;
  private final float[] peepholes;
  private final float[] states;
  private final float[] slopes;
  private final float[] gains;
  private final float[] local;
  private final float[] delta;
  private final float[] state;
  private final float[] zeros;

  /**
   * @param peepholes the cell's, as the window had them
   * @param states [(K + 1) × B × p n] of the window
   * @param slopes [K × B × G n] of the window
   */
  CellRow(
      CellNetwork network,
      Kernels kernels,
      Workspace workspace,
      int batch,
      float[] peepholes,
      float[] states,
      float[] slopes) {
    this.kernels = kernels;
    this.batch = batch;
    this.peepholes = peepholes;
    this.states = states;
    this.slopes = slopes;
    cell = network.cell();
    n = network.units();
    parts = cell.parts();
    size = network.stateSize();
    gates = network.width();
    gains = workspace.floats("gains of a row", (long) parts * gates);
    local = workspace.floats("local derivatives of a row", (long) parts * size);
    delta = workspace.floats("delta of a row", gates);
    state = workspace.floats("state adjoint of a row", size);
    zeros = workspace.floats("zeros", n);
  }

  /** φₐ [p × G n], since the last {@link #derive}. */
  float[] gains() {
    return gains;
  }

  /** φₛ [p × p n], since the last {@link #derive}. */
  float[] local() {
    return local;
  }

  /** A row of pre-activations [G n]. */
  float[] delta() {
    return delta;
  }

  /** A row of state [p n]. */
  float[] state() {
    return state;
  }

  /** Overwrites {@link #gains} and {@link #local}. */
  void derive(int step, int row) {
    Arrays.fill(local, 0f);
    for (int part = 0; part < parts; part++) {
      int adjoint = part * size;
      Arrays.fill(local, adjoint + part * n, adjoint + (part + 1) * n, 1f);
      backward(step, row, local, adjoint, gains, part * gates);
    }
  }

  /** Overwrites {@link #delta} with ν φₐ and {@link #state} with ν φₛ. */
  void backward(int step, int row, float[] nu, int nuAt) {
    System.arraycopy(nu, nuAt, state, 0, size);
    backward(step, row, state, 0, delta, 0);
  }

  private void backward(int step, int row, float[] adjoint, int adjointAt, float[] out, int outAt) {
    int at = step * batch + row;
    cell.backward(
        kernels,
        peepholes,
        zeros,
        0,
        slopes,
        at * gates,
        states,
        at * size,
        states,
        (at + batch) * size,
        adjoint,
        adjointAt,
        out,
        outAt,
        1,
        n);
  }

  /**
   * Overwrites out [p n] with φₛ tangent + φₐ a, the first {@code count} gates of a; since the last
   * {@link #derive}.
   */
  void advance(
      float[] tangent, int tangentAt, float[] a, int aAt, int count, float[] out, int outAt) {
    for (int part = 0; part < parts; part++) {
      int to = outAt + part * n;
      kernels.multiply(local, part * size, tangent, tangentAt, out, to, n);
      for (int other = 1; other < parts; other++) {
        int at = part * size + other * n;
        kernels.multiplyAdd(local, at, tangent, tangentAt + other * n, out, to, n);
      }
      for (int gate = 0; gate < count; gate++) {
        kernels.multiplyAdd(gains, part * gates + gate * n, a, aAt + gate * n, out, to, n);
      }
    }
  }

  /** Takes a state tangent [p n] through the step, ȧ [G n] that of all gates. */
  void advance(int step, int row, float[] a, int aAt, float[] tangent, int tangentAt) {
    derive(step, row);
    System.arraycopy(tangent, tangentAt, state, 0, size);
    advance(state, 0, a, aAt, cell.gates(), tangent, tangentAt);
  }

  /** Adds to ȧ [G n] what a direction of the peepholes, at {@code directionAt}, does. */
  void peepAdd(int step, int row, float[] direction, int directionAt, float[] a, int aAt) {
    int before = (step * batch + row) * size;
    for (int k = 0; k < cell.peepholes().size(); k++) {
      Peephole peephole = cell.peepholes().get(k);
      int from = before + (peephole.after() ? batch * size : 0) + peephole.part() * n;
      int to = aAt + peephole.gate() * n;
      kernels.multiplyAdd(direction, directionAt + k * n, states, from, a, to, n);
    }
  }
}
