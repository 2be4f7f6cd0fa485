package kobai.networks;

import java.util.Arrays;
import java.util.List;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Running means and variances of the batch normalisations of a network, for {@link
 * Network#inference}. θ and the network stay as they are: the statistics are these numbers, updated
 * by a forward pass of their own. Not thread-safe.
 *
 * <p>With rates 1/k at the k-th update they are plain averages over the batches seen.
 */
public final class RunningStatistics {
  private final NetworkForward forward;
  private final List<BatchStatistics> norms;
  private final float[] start;
  private final float[] values;

  RunningStatistics(Network network, Kernels kernels, Workspace workspace, int batch) {
    Members members = Members.none();
    forward = new NetworkForward(network, kernels, workspace, 1, batch, Place.Use.VALUES, members);
    norms = members.norms();
    start = workspace.floats("zero state", (long) batch * network.stateSize());
    int size = 0;
    for (BatchStatistics norm : norms) {
      size += norm.size();
    }
    values = workspace.floats("running statistics", size);
  }

  /** Sets means to 0 and variances to 1. */
  public void reset() {
    int at = 0;
    if (values.length == 0) { // of a plan, or of a network without batch normalisation
      return;
    }
    for (BatchStatistics norm : norms) {
      Arrays.fill(values, at, at + norm.size() / 2, 0f);
      Arrays.fill(values, at + norm.size() / 2, at + norm.size(), 1f);
      at += norm.size();
    }
  }

  /**
   * Runs step t of the sequence at θ, from a state of zeros, and moves every statistic by {@code
   * rate} of its distance to that of the step's rows.
   *
   * @param rate in (0, 1]
   */
  public void update(float[] theta, Sequence sequence, int t, float rate) {
    if (!(rate > 0 && rate <= 1)) {
      throw new IllegalArgumentException("rate = %s: must be in (0, 1]".formatted(rate));
    }
    forward.begin(theta, sequence, t, t + 1);
    forward.start(sequence, t, t + 1);
    forward.load(start, 0);
    forward.run();
    int at = 0;
    for (int i = 0; i < norms.size(); i++) {
      norms.get(i).observe(0, rate, values, at);
      at += norms.get(i).size();
    }
  }

  /** The statistics, [means | variances] of each layer in turn: to be kept in a checkpoint. */
  public float[] values() {
    return values;
  }
}
