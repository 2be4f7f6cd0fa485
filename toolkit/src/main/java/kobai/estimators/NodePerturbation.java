package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.NodePerturbableModel;
import kobai.models.NodeRollout;
import kobai.parallel.Workers;
import kobai.random.RandomKey;

/**
 * Node perturbation through time: noise on every pre-activation at every step, credited with the
 * losses from that step on.
 *
 * <pre>
 * ãₜ = pre-activations of the network that runs with σvₜ added to them, ℓ̃ₜ its losses    (1)
 * ĝ = 1/N Σᵢ 1/B Σ_rows Σₜ zₜ (1/σ Σ_{t′ ≥ t} (ℓ̃ₜ′ − ℓₜ′)) vₜᵀ                          (2)  [P]
 * ĝ = 1/N Σᵢ 1/B Σ_rows Σₜ zₜ (M/‖Δa‖² Σₜ′ (ℓ̃ₜ′ − ℓₜ′)) Δaₜᵀ,  Δa = ã − a               (3)  [P]
 * </pre>
 *
 * <p>with z what enters the pre-activations. (1) and the credits are {@link NodeParticle}, {@code
 * sum} adds the particles; the outer products are the rollout's {@code creditAdd}. Three
 * algorithms:
 *
 * <ul>
 *   <li>NODE_PERTURBATION is (2) with the z of the clean network. Its mean is zₜ times the smoothed
 *       loss's gradient in aₜ: ∇L up to O(σ²).
 *   <li>NODE_PERTURBATION_PERTURBED is (2) with the z̃ of the perturbed network. As vₜ is
 *       independent of z̃ₜ, Stein's identity for Gaussian v gives E vₜ z̃ₜ ℓ̃ₜ′/σ = E z̃ₜ
 *       ∂ℓ̃ₜ′/∂aₜ, and the sum over t is ∇ E Σₜ ℓ̃ₜ: exactly the gradient of the loss averaged over
 *       the noise, at any σ.
 *   <li>NODE_PERTURBATION_ACTIVITY is (3) with clean z: activities are compared instead of noise
 *       known, so what noise does downstream counts as a perturbation there. ‖Δa‖² is over all M
 *       nodes of the window's unrolled network, one for each row: a step of known length in a
 *       direction that falls, biased for every gradient.
 * </ul>
 *
 * <p>Losses before t add nothing to the mean of (2): vₜ has mean 0 and is independent of them and
 * of zₜ, z̃ₜ. Leaving them out is unbiased and lowers the variance; likewise every row is credited
 * with its own loss alone, and subtracting ℓ, which does not depend on v, changes no mean.
 *
 * <p>Claim: as above on a whole sequence. On windows every particle starts from the unperturbed
 * state and is credited inside the window: biased by truncation.
 *
 * <p>Cost per step: N + 1 forward steps and one product for z (N for z̃). Memory 4 K B A bytes for
 * the noise and a rollout of K steps a thread; a gradient a thread for z̃.
 *
 * <p>Variant: noise of variance one added as σv and multiplied as v/σ (some texts multiply what
 * they added by 1/σ, which scales the mean by σ). In (3) the factor M keeps the length of (2).
 *
 * <p>Source: Werfel, Xie and Seung (2005), Neural Computation 17(12); with the noise of a recurrent
 * network at every step: Fiete and Seung (2006), Physical Review Letters 97, 048104; (3): Dalm, van
 * Gerven and Ahmad (2023), arXiv 2310.00965.
 */
final class NodePerturbation implements GradientEstimator {
  /** Elements that one chunk of {@code sum} adds. */
  private static final int SUM_COLUMNS = 2048;

  /** What is multiplied with what. */
  enum Credit {
    CLEAN,
    PERTURBED,
    ACTIVITY
  }

  private final Workspace workspace;
  private final Kernels kernels;
  private final Workers workers;
  private final Credit credit;
  private final int particles;
  private final int batch;
  private final int nodes;
  private final int width;
  private final int parameters;
  private final int slots;
  private final NodeRollout clean;
  private final float[] state;
  private final float[] start;
  private final double[] losses;
  private final float[] credits;
  private final float[] activities;
  private final NodeParticle[] all;
  private final Workers.Task particleTask = this::particle;
  private final Workers.Task sumTask = this::sum;

  // The arguments of the round of chunks in progress.
  private long key;
  private int unroll;
  private int first;
  private int count;
  private float[] theta;
  private Sequence sequence;
  private int from;
  private int to;
  private float[] gradient;

  private NodePerturbation(Setup setup, Workspace workspace, String algorithm, Credit credit) {
    this.workspace = workspace;
    this.credit = credit;
    kernels = setup.kernels();
    workers = setup.workers();
    particles = setup.particles();
    batch = setup.batch();
    NodePerturbableModel model = setup.nodePerturbable(algorithm);
    nodes = model.nodes();
    parameters = model.parameters().count();
    width = Math.toIntExact(setup.stateSize());
    slots = Math.min(workers.count(), particles);
    long rows = (long) setup.window() * batch;
    clean = model.nodeRollout(kernels, workspace.child("clean"), setup.window(), batch);
    state = workspace.floats("state", width);
    start = workspace.floats("state before the window", width);
    losses = workspace.doubles("losses", rows);
    credits = workspace.floats("credits", credit == Credit.PERTURBED ? 0 : rows * nodes);
    activities = workspace.floats("activities", credit == Credit.ACTIVITY ? rows * nodes : 0);
    all = new NodeParticle[slots];
    for (int slot = 0; slot < slots; slot++) {
      all[slot] = new NodeParticle(setup, model, workspace.child("particle " + slot), credit);
    }
  }

  /** (2) with clean z. */
  static NodePerturbation clean(Setup setup, Workspace workspace) {
    return new NodePerturbation(setup, workspace, "NODE_PERTURBATION", Credit.CLEAN);
  }

  /** (2) with perturbed z. */
  static NodePerturbation perturbed(Setup setup, Workspace workspace) {
    return new NodePerturbation(setup, workspace, "NODE_PERTURBATION_PERTURBED", Credit.PERTURBED);
  }

  /** (3). */
  static NodePerturbation activity(Setup setup, Workspace workspace) {
    return new NodePerturbation(setup, workspace, "NODE_PERTURBATION_ACTIVITY", Credit.ACTIVITY);
  }

  @Override
  public void reset(long seed) {
    key = RandomKey.childSeed(seed, "node perturbation");
    unroll = 0;
    Arrays.fill(state, 0f);
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    this.theta = theta;
    this.sequence = sequence;
    this.from = from;
    this.to = to;
    this.gradient = gradient;
    int rows = (to - from) * batch;
    System.arraycopy(state, 0, start, 0, width);
    clean.run(theta, sequence, from, to, credits, 0, 0f, state, 0, losses);
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      loss += losses[row] / batch;
    }
    if (credit == Credit.ACTIVITY) {
      clean.preactivations(activities, 0);
    }
    Arrays.fill(gradient, 0, parameters, 0f);
    Arrays.fill(credits, 0f);
    int size = credit == Credit.PERTURBED ? parameters : rows * nodes;
    for (first = 0; first < particles; first += slots) {
      count = Math.min(slots, particles - first);
      workers.run(count, particleTask);
      workers.run(Math.ceilDiv(size, SUM_COLUMNS), sumTask);
    }
    if (credit != Credit.PERTURBED) {
      clean.creditAdd(sequence, credits, 0, gradient);
    }
    unroll++;
    return loss;
  }

  private void particle(int slot, int worker) {
    all[slot].run(theta, sequence, from, to, key, unroll, first + slot, start, losses, activities);
  }

  private void sum(int chunk, int worker) {
    boolean perturbed = credit == Credit.PERTURBED;
    float[] out = perturbed ? gradient : credits;
    int at = chunk * SUM_COLUMNS;
    int size = Math.min(SUM_COLUMNS, (perturbed ? parameters : (to - from) * batch * nodes) - at);
    for (int slot = 0; slot < count; slot++) {
      float[] own = perturbed ? all[slot].gradient() : all[slot].credits();
      kernels.axpy(1f, own, at, out, at, size);
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
