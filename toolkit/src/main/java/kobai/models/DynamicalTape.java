package kobai.models;

import kobai.data.Sequence;
import kobai.memory.Workspace;

/**
 * Derivatives of a {@link DynamicalSystem} along a window, from its dense Jacobian Jₜ and immediate
 * influence M̄ₜ, which are computed again at every use.
 *
 * <p>Memory: the states of the window and one J and M̄.
 */
final class DynamicalTape implements StepTape {
  private final DynamicalSystem system;
  private final int batch;
  private final int window;
  private final int size;
  private final int count;
  private final float[] states;
  private final double[] coefficients;
  private final double[] jacobian;
  private final double[] immediate;
  private final double[] q;
  private final double[] row;
  private Sequence inputs;
  private int start;
  private int steps;

  DynamicalTape(DynamicalSystem system, Workspace workspace, int window, int batch) {
    this.system = system;
    this.batch = batch;
    this.window = window;
    size = system.stateSize();
    count = system.parameters().count();
    states = workspace.floats("states", (window + 1L) * batch * size);
    coefficients = workspace.doubles("coefficients", system.coefficients());
    jacobian = workspace.doubles("jacobian", (long) size * size);
    immediate = workspace.doubles("immediate influence", (long) size * count);
    q = workspace.doubles("q", size);
    row = workspace.doubles("row", size);
    inputs = Sequence.allocate(1, 1, 1, 1);
  }

  private int at(int step, int row) {
    return (step * batch + row) * size;
  }

  @Override
  public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
    if (to - from > window) {
      throw new IllegalArgumentException(
          "%s: window [%d, %d) has %d steps; the tape holds %d (raise the window of the setup)"
              .formatted(system.name(), from, to, to - from, window));
    }
    DynamicalRollout.check(system, theta, sequence, batch, from, to);
    system.prepare(theta, coefficients);
    inputs = sequence;
    start = from;
    steps = to - from;
    System.arraycopy(state, 0, states, 0, batch * size);
    double loss = 0;
    for (int step = 0; step < steps; step++) {
      double sum = 0;
      for (int b = 0; b < batch; b++) {
        int input = sequence.inputAt(start + step) + b * system.inputSize();
        int after = at(step + 1, b);
        system.step(coefficients, sequence.inputs(), input, states, at(step, b), after);
        sum += loss(sequence, step, b);
      }
      loss += sum / batch;
    }
    System.arraycopy(states, at(steps, 0), state, 0, batch * size);
    return loss;
  }

  /** The loss of a row, its derivative in q. */
  private double loss(Sequence sequence, int step, int b) {
    int target = sequence.targetAt(start + step) + b * system.targetSize();
    return system.loss(states, at(step + 1, b), sequence.targets(), target, q);
  }

  private void derivatives(int step, int b) {
    int input = inputs.inputAt(start + step) + b * system.inputSize();
    system.derivatives(
        coefficients, inputs.inputs(), input, states, at(step, b), jacobian, immediate);
  }

  @Override
  public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
    for (int step = steps - 1; step >= 0; step--) {
      for (int b = batch - 1; b >= 0; b--) {
        loss(sequence, step, b);
        derivatives(step, b);
        for (int i = 0; i < size; i++) {
          row[i] = adjoint[b * size + i] + q[i] / batch;
        }
        for (int j = 0; j < size; j++) {
          adjoint[b * size + j] = (float) along(row, jacobian, j, size);
        }
        for (int p = 0; p < count; p++) {
          gradient[p] += (float) along(row, immediate, p, count);
        }
      }
    }
  }

  /** Σᵢ xᵢ matrix[i, column]. */
  private double along(double[] x, double[] matrix, int column, int columns) {
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += x[i] * matrix[i * columns + column];
    }
    return sum;
  }

  @Override
  public double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent) {
    double slope = 0;
    for (int step = 0; step < steps; step++) {
      for (int b = 0; b < batch; b++) {
        derivatives(step, b);
        push(stateTangent, b * size);
        for (int i = 0; i < size; i++) {
          for (int p = 0; p < count; p++) {
            row[i] += immediate[i * count + p] * direction[p];
          }
        }
        loss(sequence, step, b);
        for (int i = 0; i < size; i++) {
          stateTangent[b * size + i] = (float) row[i];
          slope += q[i] * row[i] / batch;
        }
      }
    }
    return slope;
  }

  /** Row ← J x. */
  private void push(float[] x, int xAt) {
    for (int i = 0; i < size; i++) {
      row[i] = 0;
      for (int j = 0; j < size; j++) {
        row[i] += jacobian[i * size + j] * x[xAt + j];
      }
    }
  }

  @Override
  public void state(int step, int row, float[] out, int outAt) {
    System.arraycopy(states, at(step + 1, row), out, outAt, size);
  }

  @Override
  public void jvpState(
      float[] theta, int step, int row, float[] tangent, int tangentAt, float[] out, int outAt) {
    derivatives(step, row);
    push(tangent, tangentAt);
    for (int i = 0; i < size; i++) {
      out[outAt + i] = (float) this.row[i];
    }
  }

  @Override
  public void vjpState(
      float[] theta, int step, int row, float[] nu, int nuAt, float[] out, int outAt) {
    derivatives(step, row);
    for (int i = 0; i < size; i++) {
      this.row[i] = nu[nuAt + i];
    }
    for (int j = 0; j < size; j++) {
      out[outAt + j] = (float) along(this.row, jacobian, j, size);
    }
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
    derivatives(step, row);
    for (int i = 0; i < size; i++) {
      this.row[i] = nu[nuAt + i];
    }
    for (int p = 0; p < count; p++) {
      gradient[gradientAt + p] += (float) along(this.row, immediate, p, count);
    }
  }

  @Override
  public void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int outAt) {
    for (int b = 0; b < batch; b++) {
      loss(sequence, step, b);
      for (int i = 0; i < size; i++) {
        out[outAt + b * size + i] = (float) (q[i] / batch);
      }
    }
  }

  /** The losses see no parameter. */
  @Override
  public void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient) {}
}
