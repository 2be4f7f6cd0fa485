package kobai.models;

import kobai.data.Sequence;

/** Stepwise derivatives of a {@link SparseModel}. */
final class SparseStepTape implements StepTape {
  private final SparseBuffers buffers;
  private final SparseTape window;
  private final StepTape dense;
  private final int[] reaching;

  /**
   * @param reaching {@link StepModel#reaching} of the sparse model for every number of the state
   *     [n], or [1] if it is the same for all
   */
  SparseStepTape(SparseBuffers buffers, StepTape dense, int[] reaching) {
    this.buffers = buffers;
    this.dense = dense;
    this.reaching = reaching;
    window = new SparseTape(buffers, dense);
  }

  @Override
  public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
    return window.forward(theta, sequence, from, to, state);
  }

  @Override
  public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
    window.backward(theta, sequence, adjoint, gradient);
  }

  @Override
  public double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent) {
    return window.jvp(theta, sequence, direction, stateTangent);
  }

  @Override
  public void state(int step, int row, float[] out, int outAt) {
    dense.state(step, row, out, outAt);
  }

  @Override
  public void jvpState(
      float[] theta, int step, int row, float[] tangent, int tangentAt, float[] out, int outAt) {
    dense.jvpState(buffers.theta(), step, row, tangent, tangentAt, out, outAt);
  }

  @Override
  public void vjpState(
      float[] theta, int step, int row, float[] nu, int nuAt, float[] out, int outAt) {
    dense.vjpState(buffers.theta(), step, row, nu, nuAt, out, outAt);
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
    int count = reached(nu, nuAt);
    float[] full = buffers.expand(gradient, gradientAt, count);
    dense.vjpParametersAdd(buffers.theta(), sequence, step, row, nu, nuAt, full, 0);
    buffers.collect(gradient, gradientAt, count);
  }

  /** Parameters, the first ones of θ, that can move what ν is not zero on. */
  private int reached(float[] nu, int nuAt) {
    int i = reaching.length - 1;
    while (i > 0 && nu[nuAt + i] == 0f) {
      i--;
    }
    return reaching[i];
  }

  @Override
  public void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int outAt) {
    dense.stateGradient(buffers.theta(), sequence, step, out, outAt);
  }

  @Override
  public void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient) {
    dense.lossParametersAdd(buffers.theta(), sequence, buffers.expand(gradient, 0));
    buffers.collect(gradient, 0);
  }
}
