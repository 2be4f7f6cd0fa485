package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.Rollout;
import kobai.models.Tape;

/**
 * Backpropagation through time that keeps the state at the start of every segment of S steps and
 * runs each segment again when the backward sweep reaches it.
 *
 * <pre>
 * forward:   keep s at from, from + S, from + 2S, …                          (1)
 * backward:  for each segment, last to first: run it on a tape of S steps,
 *            then aₜ and ĝ as in BPTT, a carried over from the later segment   (2)
 * </pre>
 *
 * <p>(1) is {@code checkpoint}, (2) is {@code estimate}.
 *
 * <p>Claim: the bits of {@link Bptt} on the same window: the tape's sums run backwards in time, so
 * the cut does not show.
 *
 * <p>Cost per step: one more forward pass than BPTT. Memory: a tape of S steps and ⌈K/S⌉ states. S
 * is chosen here: the one of least memory, about √(K n / (2n + m)) (O(√K)), or the largest whose
 * memory stays within the tape budget (the fewer segments, the fewer products that are packed
 * again).
 *
 * <p>Variant: one level of checkpoints, no recursion.
 *
 * <p>Source: Chen, Xu, Zhang and Guestrin (2016), arXiv 1604.06174; Griewank and Walther (2000),
 * ACM TOMS 26(1).
 */
final class CheckpointedBptt implements GradientEstimator {
  private final Workspace workspace;
  private final Rollout rollout;
  private final Tape tape;
  private final int segment;
  private final int window;
  private final int width;
  private final int parameters;
  private final float[] state;
  private final float[] replayed;
  private final float[] adjoint;
  private final float[] checkpoints;

  CheckpointedBptt(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    DifferentiableModel model = setup.differentiable("BPTT_CHECKPOINTED");
    parameters = model.parameters().count();
    width = Math.toIntExact(setup.stateSize());
    window = setup.window();
    segment = segment(setup, model);
    // Forward steps are run a segment at a time, so the rollout needs no longer a chunk than a
    // segment.
    rollout = model.rollout(setup.kernels(), workspace.child("rollout"), segment, setup.batch());
    tape = model.tape(setup.kernels(), workspace.child("tape"), segment, setup.batch());
    state = workspace.floats("state", width);
    replayed = workspace.floats("replayed state", width);
    adjoint = workspace.floats("adjoint", width);
    checkpoints = workspace.floats("checkpoints", (long) Math.ceilDiv(window, segment) * width);
  }

  private static int segment(Setup setup, DifferentiableModel model) {
    int best = 1;
    long least = Long.MAX_VALUE;
    int largestWithin = 0;
    for (int s = 1; s <= setup.window(); s++) {
      long bytes = bytes(setup, model, s);
      if (bytes < least) {
        least = bytes;
        best = s;
      }
      if (bytes <= setup.tapeBudget()) {
        largestWithin = s;
      }
    }
    if (setup.tapeBudget() == 0) {
      return best;
    }
    if (largestWithin == 0) {
      throw new IllegalArgumentException(
          "tape budget = %d bytes: must be at least %d for windows of %d steps (or a shorter window, or RTRL)"
              .formatted(setup.tapeBudget(), least, setup.window()));
    }
    return largestWithin;
  }

  private static long bytes(Setup setup, DifferentiableModel model, int segment) {
    Workspace plan = Workspace.planning();
    model.rollout(setup.kernels(), plan.child("rollout"), segment, setup.batch());
    model.tape(setup.kernels(), plan.child("tape"), segment, setup.batch());
    return plan.bytes()
        + Float.BYTES * setup.stateSize() * (3 + Math.ceilDiv(setup.window(), segment));
  }

  @Override
  public void reset(long seed) {
    Arrays.fill(state, 0f);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    if (to - from > window) {
      throw new IllegalArgumentException(
          "BPTT_CHECKPOINTED: window [%d, %d) has %d steps; the checkpoints hold %d (raise the window of the setup)"
              .formatted(from, to, to - from, window));
    }
    hold(true); // θ is the same in all segments
    double loss = checkpoint(theta, sequence, from, to);
    Arrays.fill(adjoint, 0f);
    Arrays.fill(gradient, 0, parameters, 0f);
    for (int index = (to - from - 1) / segment; index >= 0; index--) {
      int begin = from + index * segment;
      System.arraycopy(checkpoints, index * width, replayed, 0, width);
      tape.forward(theta, sequence, begin, Math.min(begin + segment, to), replayed);
      tape.backward(theta, sequence, adjoint, gradient);
    }
    hold(false);
    return loss;
  }

  private void hold(boolean held) {
    rollout.hold(held);
    tape.hold(held);
  }

  private double checkpoint(float[] theta, Sequence sequence, int from, int to) {
    double loss = 0;
    for (int begin = from, index = 0; begin < to; begin += segment, index++) {
      System.arraycopy(state, 0, checkpoints, index * width, width);
      loss = rollout.run(theta, sequence, begin, Math.min(begin + segment, to), state, 0, loss);
    }
    return loss;
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
