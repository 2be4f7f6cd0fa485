package kobai.networks;

import java.util.List;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.Loss;
import kobai.models.NodePerturbableModel;
import kobai.models.NodeRollout;
import kobai.models.Parameters;
import kobai.models.Rollout;
import kobai.models.Tape;
import kobai.random.RandomKey;

/**
 * A network of layers, a model without memory: every step of a sequence is one more forward pass of
 * B rows.
 *
 * <pre>
 * zₜ = f_L ∘ … ∘ f₁(xₜ),   ℓₜ = mean over rows of loss(zₜ, yₜ)
 * </pre>
 *
 * <p>θ = [layer 1 | … | layer L]; a tensor is named after its layer and its number, such as {@code
 * dense weights 1}. Rows are one long matrix to a layer, whatever step they belong to.
 *
 * <p>Written as a specification, layers from the input up, {@code dense(64) relu dense(10)}; see
 * {@link #of(String, Shape, int, Likelihood)}.
 *
 * <p>Immutable.
 */
public final class Network implements DifferentiableModel, NodePerturbableModel {
  private final Chain chain;
  private final int targets;
  private final Likelihood likelihood;
  private final Parameters parameters;

  Network(Chain chain, int targets, Likelihood likelihood) {
    this.chain = chain;
    this.targets = targets;
    this.likelihood = likelihood;
    Parameters.Builder builder = new Parameters.Builder();
    chain.describe(builder, "");
    parameters = builder.build();
  }

  /** The same with a loss of the recurrent models. */
  public static Network of(String specification, Shape input, int targets, Loss loss) {
    return of(specification, input, targets, Likelihood.of(loss));
  }

  /**
   * Reads a specification: names of layers, each with its arguments in brackets, separated by
   * blanks. {@link #layerNames} lists them.
   *
   * @param input shape of a row of input
   * @param targets numbers of target a row, m
   * @param likelihood of a row; the last layer must write {@link Likelihood#outputs} numbers
   * @throws IllegalArgumentException naming the layer by number and text, the shape it gets and the
   *     one it needs; or the layer that an unknown name was probably meant to be
   */
  public static Network of(
      String specification, Shape input, int targets, Likelihood likelihood) {
    if (targets < 1) {
      throw new IllegalArgumentException("target size = %d: must be at least 1".formatted(targets));
    }
    Chain chain = Specification.chain(specification, input);
    int outputs = likelihood.outputs(targets);
    Layer last = chain.layers().get(chain.layers().size() - 1);
    if (last.output().count() != outputs) {
      throw new IllegalArgumentException(
          "layer %d = %s: output shape = %s: must hold %d numbers, the outputs of %s for %d targets (end with dense(%d))"
              .formatted(
                  chain.layers().size(),
                  last.text(),
                  last.output(),
                  outputs,
                  likelihood,
                  targets,
                  likelihood.outputs(targets)));
    }
    if (chain.parameters() == 0) {
      throw new IllegalArgumentException(
          "network = %s: must have a layer with parameters (such as dense(%d))"
              .formatted(chain.text(), outputs));
    }
    return new Network(chain, targets, likelihood);
  }

  /** How each layer is written, with its arguments. */
  public static List<String> layerNames() {
    return Specification.usages();
  }

  /** The specification with every argument written out; {@link #of} reads it back. */
  @Override
  public String name() {
    return chain.text();
  }

  /** 0: there is no memory. */
  @Override
  public int stateSize() {
    return 0;
  }

  /** Floats of a row of input: {@link #shape} and the masks behind it. */
  @Override
  public int inputSize() {
    return Math.addExact(shape().count(), chain.masks());
  }

  @Override
  public int targetSize() {
    return targets;
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public void initialise(RandomKey key, float[] theta) {
    chain.initialise(key, theta, 0);
  }

  @Override
  public int nodes() {
    return chain.nodes();
  }

  /** Shape of the real input. */
  public Shape shape() {
    return chain.input();
  }

  /** Numbers that the last layer writes a row. */
  public int outputs() {
    return chain.output().count();
  }

  /** The layers, from the input up. */
  public List<Layer> layers() {
    return chain.layers();
  }

  /** The loss of a row. */
  public Likelihood likelihood() {
    return likelihood;
  }

  Chain chain() {
    return chain;
  }

  @Override
  public Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new NetworkRollout(this, kernels, workspace, window, batch);
  }

  /** Makes what computes the outputs of that many rows at a time. */
  public Predictor predictor(Kernels kernels, Workspace workspace, int batch) {
    return new Predictor(this, kernels, workspace, batch);
  }

  @Override
  public Tape tape(Kernels kernels, Workspace workspace, int window, int batch) {
    return new NetworkTape(this, kernels, workspace, window, batch);
  }

  @Override
  public NodeRollout nodeRollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new NetworkNodeRollout(this, kernels, workspace, window, batch);
  }

  @Override
  public String toString() {
    return name();
  }
}
