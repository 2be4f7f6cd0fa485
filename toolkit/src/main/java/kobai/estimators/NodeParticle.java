package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.estimators.NodePerturbation.Credit;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.NodePerturbableModel;
import kobai.models.NodeRollout;
import kobai.random.NoiseSource;

/**
 * A network with noise on its pre-activations, for {@link NodePerturbation}: runs it along a window
 * and turns the noise into credits.
 */
final class NodeParticle {
  private final Kernels kernels;
  private final NoiseSource noise;
  private final Credit credit;
  private final float sigma;
  private final int particles;
  private final int batch;
  private final int nodes;
  private final float[] own;
  private final float[] state;
  private final double[] differences;
  private final float[] gradient;
  private final NodeRollout rollout;

  NodeParticle(Setup setup, NodePerturbableModel model, Workspace workspace, Credit credit) {
    this.credit = credit;
    kernels = setup.kernels();
    noise = setup.noise();
    sigma = (float) setup.sigma();
    particles = setup.particles();
    batch = setup.batch();
    nodes = model.nodes();
    long rows = (long) setup.window() * batch;
    boolean perturbed = credit == Credit.PERTURBED;
    own = workspace.floats("v", rows * nodes);
    state = workspace.floats("state", setup.stateSize());
    differences = workspace.doubles("losses", rows);
    gradient = workspace.floats("gradient", perturbed ? model.parameters().count() : 0);
    rollout = model.nodeRollout(kernels, workspace.child("rollout"), setup.window(), batch);
  }

  /** The credits [K × B × A] of the last run, unless they were for the perturbed z. */
  float[] credits() {
    return own;
  }

  /** What credits make of the perturbed z [P]. */
  float[] gradient() {
    return gradient;
  }

  /**
   * Runs it.
   *
   * @param index which of the particles it is
   * @param start the state before the window
   * @param losses of the clean network
   * @param activities pre-activations of the clean network, where they are compared
   */
  void run(
      float[] theta,
      Sequence sequence,
      int from,
      int to,
      long key,
      int unroll,
      int index,
      float[] start,
      double[] losses,
      float[] activities) {
    int rows = (to - from) * batch;
    noise.fill(key, unroll, index, own, 0, rows * nodes);
    System.arraycopy(start, 0, state, 0, state.length);
    rollout.run(theta, sequence, from, to, own, 0, sigma, state, 0, differences);
    for (int row = rows - 1; row >= 0; row--) {
      double later = row + batch < rows ? differences[row + batch] : 0;
      differences[row] += later - losses[row];
    }
    if (credit == Credit.ACTIVITY) {
      rollout.preactivations(own, 0);
      kernels.axpy(-1f, activities, 0, own, 0, rows * nodes);
    }
    for (int b = 0; b < batch; b++) {
      double weight = 1.0 / ((double) particles * batch);
      if (credit == Credit.ACTIVITY) {
        weight *= differences[b] * normaliser(own, b, rows);
      }
      for (int row = b; row < rows; row += batch) {
        double factor = credit == Credit.ACTIVITY ? weight : weight * differences[row] / sigma;
        kernels.scale((float) factor, own, row * nodes, nodes);
      }
    }
    if (credit == Credit.PERTURBED) {
      Arrays.fill(gradient, 0f);
      rollout.creditAdd(sequence, own, 0, gradient);
    }
  }

  /** M/‖Δa‖² of batch row b; 0 where nothing was perturbed. */
  private double normaliser(float[] difference, int b, int rows) {
    double squared = 0;
    for (int row = b; row < rows; row += batch) {
      squared += kernels.squaredNorm(difference, row * nodes, nodes);
    }
    return squared > 0 ? (double) rows / batch * nodes / squared : 0;
  }
}
