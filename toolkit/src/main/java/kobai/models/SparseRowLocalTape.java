package kobai.models;

import kobai.data.Sequence;
import kobai.memory.Workspace;

/** Stepwise derivatives of a {@link SparseRowLocalModel}. */
final class SparseRowLocalTape implements RowLocalTape {
  private final SparseBuffers buffers;
  private final SparseStepTape steps;
  private final RowLocalTape dense;

  SparseRowLocalTape(WeightMask mask, RowLocalTape dense, Workspace workspace) {
    this.dense = dense;
    buffers = new SparseBuffers(mask, workspace);
    int[] all = {mask.parameters().count()};
    steps = new SparseStepTape(buffers, dense, all);
  }

  @Override
  public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
    return steps.forward(theta, sequence, from, to, state);
  }

  @Override
  public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
    steps.backward(theta, sequence, adjoint, gradient);
  }

  @Override
  public double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent) {
    return steps.jvp(theta, sequence, direction, stateTangent);
  }

  @Override
  public void state(int step, int row, float[] out, int outAt) {
    steps.state(step, row, out, outAt);
  }

  @Override
  public void jvpState(
      float[] theta, int step, int row, float[] tangent, int tangentAt, float[] out, int outAt) {
    steps.jvpState(theta, step, row, tangent, tangentAt, out, outAt);
  }

  @Override
  public void vjpState(
      float[] theta, int step, int row, float[] nu, int nuAt, float[] out, int outAt) {
    steps.vjpState(theta, step, row, nu, nuAt, out, outAt);
  }

  @Override
  public void vjpParametersAdd(
      float[] theta,
      Sequence sequence,
      int step,
      int row,
      float[] nu,
      int nuAt,
      float[] gradient,
      int gradientAt) {
    steps.vjpParametersAdd(theta, sequence, step, row, nu, nuAt, gradient, gradientAt);
  }

  @Override
  public void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int outAt) {
    steps.stateGradient(theta, sequence, step, out, outAt);
  }

  @Override
  public void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient) {
    steps.lossParametersAdd(theta, sequence, gradient);
  }

  @Override
  public void gains(int step, int row, float[] out, int outAt) {
    dense.gains(step, row, out, outAt);
  }

  @Override
  public void local(int step, int row, float[] out, int outAt) {
    dense.local(step, row, out, outAt);
  }

  @Override
  public void sources(Sequence sequence, int step, int row, float[] out, int outAt) {
    dense.sources(sequence, step, row, out, outAt);
  }

  @Override
  public void jacobianTransposed(float[] theta, int step, int row, float[] out, int outAt) {
    dense.jacobianTransposed(buffers.theta(), step, row, out, outAt);
  }
}
