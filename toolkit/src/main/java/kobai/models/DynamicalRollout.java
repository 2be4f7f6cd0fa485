package kobai.models;

import kobai.data.Sequence;
import kobai.memory.Workspace;

/** Forward evaluation of a {@link DynamicalSystem}. */
final class DynamicalRollout implements Rollout {
  private final DynamicalSystem system;
  private final int batch;
  private final int size;
  private final double[] coefficients;
  private final double[] q;
  private final float[] states;

  DynamicalRollout(DynamicalSystem system, Workspace workspace, int batch) {
    this.system = system;
    this.batch = batch;
    size = system.stateSize();
    coefficients = workspace.doubles("coefficients", system.coefficients());
    q = workspace.doubles("q", size);
    states = workspace.floats("states", 2L * size);
  }

  /** Refuses arguments that do not fit the model. */
  static void check(
      RecurrentModel system, float[] theta, Sequence sequence, int batch, int from, int to) {
    int count = system.parameters().count();
    if (theta.length != count) {
      throw new IllegalArgumentException(
          "theta: %s has %d parameters, got %d".formatted(system.name(), count, theta.length));
    }
    if (sequence.batch() != batch
        || sequence.inputSize() != system.inputSize()
        || sequence.targetSize() != system.targetSize()) {
      throw new IllegalArgumentException(
          "sequence: expected %d rows of %d inputs and %d targets a step, got %d of %d and %d"
              .formatted(
                  batch,
                  system.inputSize(),
                  system.targetSize(),
                  sequence.batch(),
                  sequence.inputSize(),
                  sequence.targetSize()));
    }
    if (from < 0 || to <= from || to > sequence.length()) {
      throw new IllegalArgumentException(
          "window = [%d, %d): must be at least one step within [0, %d)"
              .formatted(from, to, sequence.length()));
    }
  }

  @Override
  public double run(
      float[] theta, Sequence sequence, int from, int to, float[] state, int stateAt, double loss) {
    check(system, theta, sequence, batch, from, to);
    system.prepare(theta, coefficients);
    for (int t = from; t < to; t++) {
      double sum = 0;
      for (int row = 0; row < batch; row++) {
        int at = stateAt + row * size;
        System.arraycopy(state, at, states, 0, size);
        int input = sequence.inputAt(t) + row * system.inputSize();
        system.step(coefficients, sequence.inputs(), input, states, 0, size);
        int target = sequence.targetAt(t) + row * system.targetSize();
        sum += system.loss(states, size, sequence.targets(), target, q);
        System.arraycopy(states, size, state, at, size);
      }
      loss += sum / batch;
    }
    return loss;
  }
}
