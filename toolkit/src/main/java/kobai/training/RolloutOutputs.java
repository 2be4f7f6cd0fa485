package kobai.training;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.RecurrentModel;
import kobai.models.Rollout;
import kobai.random.RandomKey;

/**
 * Outputs of a recurrent model, one example at a time, from its loss alone: of class c the model
 * says what its cross-entropy would be if c were the target.
 *
 * <pre>
 * p_c = exp(−ℓ(y = e_c))     (1)   of the last step, whose state is computed once
 * </pre>
 *
 * <p>Only for data that {@link TrainingData#classifies} there are predictions.
 */
final class RolloutOutputs implements Outputs {
  private final TrainingData data;
  private final Rollout rollout;
  private final Sequence sequence;
  private final float[] state;
  private final float[] kept;
  private final float[] target;
  private final float[] probabilities;
  private double loss;

  RolloutOutputs(RecurrentModel model, TrainingData data, Kernels kernels, Workspace workspace) {
    this.data = data;
    rollout = model.rollout(kernels, workspace, data.length(), 1);
    sequence = Sequence.allocate(data.length(), 1, model.inputSize(), data.targetSize());
    state = workspace.floats("state of an example", model.stateSize());
    kept = workspace.floats("state before its end", model.stateSize());
    target = workspace.floats("target of an example", data.targetSize());
    probabilities = workspace.floats("probabilities", data.targetSize());
  }

  @Override
  public int rows() {
    return 1;
  }

  /** There are no masks. */
  @Override
  public void dropOut(RandomKey key, long sample) {}

  @Override
  public void compute(float[] weights, Part part, int first, int count) {
    data.fill(part, first, sequence, 0);
    Arrays.fill(state, 0f);
    int length = data.length();
    if (!data.classifies()) {
      loss = rollout.run(weights, sequence, 0, length, state, 0, 0) / data.scoredSteps();
      return;
    }
    if (length > 1) {
      rollout.run(weights, sequence, 0, length - 1, state, 0, 0);
    }
    System.arraycopy(state, 0, kept, 0, state.length);
    int at = sequence.targetAt(length - 1);
    int m = target.length;
    System.arraycopy(sequence.targets(), at, target, 0, m);
    loss = 0;
    for (int c = 0; c < m; c++) {
      Arrays.fill(sequence.targets(), at, at + m, 0f);
      sequence.targets()[at + c] = 1f;
      System.arraycopy(kept, 0, state, 0, state.length);
      double own = rollout.run(weights, sequence, length - 1, length, state, 0, 0);
      probabilities[c] = (float) StrictMath.exp(-own);
      loss += target[c] == 0 ? 0 : target[c] * own;
    }
  }

  @Override
  public double loss(int i) {
    return loss;
  }

  @Override
  public void prediction(int i, float[] out, int at) {
    System.arraycopy(probabilities, 0, out, at, probabilities.length);
  }
}
