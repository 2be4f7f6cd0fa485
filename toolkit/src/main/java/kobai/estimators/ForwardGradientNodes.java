package kobai.estimators;

import java.util.Arrays;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.NodeDifferentiableModel;
import kobai.models.NodeTape;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * {@link ForwardGradientActivity} on a model without state, where every step and row r is a network
 * of its own:
 *
 * <pre>
 * cᵣ = 1/k Σᵢ ⟨∂ℓᵣ/∂aᵣ, vᵢᵣ⟩ vᵢᵣ,  v of mean 0 and covariance I      (1)  [A]
 * ĝ = Σᵣ cᵣ ∂aᵣ/∂θ                                                  (2)  [P]
 * </pre>
 *
 * <p>The slope in (1) is the tape's {@code nodeSlopes}, (2) its {@code nodeCreditAdd}. E c = ∂ℓ/∂a,
 * so that E ĝ = ∇L; a node is credited with its own row's loss alone.
 *
 * <p>Claim: unbiased, on windows too, since nothing is carried.
 *
 * <p>Cost: a forward pass, k of its tangents and one outer product. Memory 8 K B A bytes and a
 * tape.
 *
 * <p>Source: Ren, Kornblith, Liao and Hinton (2023), Scaling forward gradient with local losses,
 * ICLR, with one global loss.
 */
final class ForwardGradientNodes implements GradientEstimator {
  private final Workspace workspace;
  private final Kernels kernels;
  private final NoiseSource noise;
  private final NodeTape tape;
  private final int count;
  private final int batch;
  private final int nodes;
  private final int parameters;
  private final float[] state;
  private final float[] v;
  private final float[] credits;
  private final double[] slopes;

  private long key;
  private int unroll;

  ForwardGradientNodes(Setup setup, NodeDifferentiableModel model, Workspace workspace) {
    this.workspace = workspace;
    kernels = setup.kernels();
    noise = setup.noise();
    count = setup.tangents();
    batch = setup.batch();
    nodes = model.nodes();
    parameters = model.parameters().count();
    tape = model.tape(kernels, workspace.child("tape"), setup.window(), batch);
    long rows = (long) setup.window() * batch;
    state = workspace.floats("state", setup.stateSize());
    v = workspace.floats("v", rows * nodes);
    credits = workspace.floats("credits", rows * nodes);
    slopes = workspace.doubles("slopes", rows);
  }

  @Override
  public void reset(long seed) {
    key = RandomKey.childSeed(seed, "node perturbation");
    unroll = 0;
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = tape.forward(theta, sequence, from, to, state);
    int rows = (to - from) * batch;
    Arrays.fill(credits, 0f);
    for (int i = 0; i < count; i++) {
      noise.fill(key, unroll, i, v, 0, rows * nodes);
      tape.nodeSlopes(theta, v, slopes);
      for (int row = 0; row < rows; row++) {
        int at = row * nodes;
        kernels.axpy((float) (slopes[row] / count), v, at, credits, at, nodes);
      }
    }
    unroll++;
    Arrays.fill(gradient, 0, parameters, 0f);
    tape.nodeCreditAdd(sequence, credits, gradient);
    return loss;
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
