package kobai.networks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.AffineLayer;
import kobai.models.Loss;
import kobai.models.NodeDifferentiableModel;
import kobai.models.NodeRollout;
import kobai.models.NodeTape;
import kobai.models.Parameters;
import kobai.models.Rollout;
import kobai.random.RandomKey;

/**
 * A network of layers: every step of a sequence is one more forward pass of B rows. It has no
 * memory but that of recurrent layers.
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
public final class Network implements NodeDifferentiableModel {
  private final Chain chain;
  private final int targets;
  private final Likelihood likelihood;
  private final Parameters parameters;
  private final List<MaskedLayer> masked = new ArrayList<>();
  private final boolean coupled;
  private final int stateSize;
  private final int shapeCount;
  private final int inputSize;

  Network(Chain chain, int targets, Likelihood likelihood) {
    this.chain = chain;
    this.targets = targets;
    this.likelihood = likelihood;
    Parameters.Builder builder = new Parameters.Builder();
    chain.describe(builder, "");
    parameters = builder.build();
    shapeCount = chain.input().count();
    inputSize = Math.addExact(shapeCount, chain.masks());
    boolean norms = false;
    int states = 0;
    for (Layer layer : leaves(chain)) {
      if (layer instanceof MaskedLayer reader) {
        masked.add(reader);
      }
      norms |= layer instanceof BatchNorm;
      if (layer instanceof Recurrent recurrent) {
        states = Math.addExact(states, recurrent.stateSize());
      }
    }
    coupled = norms;
    stateSize = states;
  }

  /** All layers that hold no others, in order. */
  private static List<Layer> leaves(Layer layer) {
    return switch (layer) {
      case Chain chain -> chain.layers().stream().flatMap(part -> leaves(part).stream()).toList();
      case Residual residual -> leaves(residual.chain());
      default -> List.of(layer);
    };
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
  public static Network of(String specification, Shape input, int targets, Likelihood likelihood) {
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

  /**
   * Numbers that the last layer of a specification writes for a row, whatever they are to mean.
   *
   * @throws IllegalArgumentException as {@link #of} for layers that are unknown or do not fit
   */
  public static int outputs(String specification, Shape input) {
    List<Layer> layers = Specification.chain(specification, input).layers();
    return layers.get(layers.size() - 1).output().count();
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

  /** That of its recurrent layers, 0 without any. */
  @Override
  public int stateSize() {
    return stateSize;
  }

  /** Floats of a row of input: {@link #shape} and the masks behind it. */
  @Override
  public int inputSize() {
    return inputSize;
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

  /**
   * 0 with batch normalisation in training mode: rows depend on each other there, and node
   * perturbation credits every row with its own loss.
   */
  @Override
  public int nodes() {
    return coupled ? 0 : chain.nodes();
  }

  /** Masks that a row of data holds behind the real input. */
  public int masks() {
    return chain.masks();
  }

  /**
   * Overwrites the masks of every step and row with what the layer that reads them wants: m / keep,
   * m Bernoulli(keep), for dropout, standard normal draws for Gaussian weights. A pure function of
   * the key, the step, the row and the column, whatever the batch.
   */
  public void drawMasks(RandomKey key, Sequence sequence) {
    drawMasks(key, 0, sequence);
  }

  /**
   * The same for draw number {@code draw}, from 0 to 2³², of that key; draw 0 is that of {@link
   * #drawMasks(RandomKey, Sequence)}. Allocates nothing.
   */
  public void drawMasks(RandomKey key, long draw, Sequence sequence) {
    checkData(sequence);
    int masks = inputSize - shapeCount;
    long first = draw << 31; // a sequence has fewer rows
    for (int t = 0; t < sequence.length(); t++) {
      for (int row = 0; row < sequence.batch(); row++) {
        int at = sequence.inputAt(t) + row * inputSize + shapeCount;
        long index = (long) t * masks;
        for (int l = 0; l < masked.size(); l++) {
          MaskedLayer layer = masked.get(l);
          layer.drawMasks(key, first + row, index, sequence.inputs(), at);
          at += layer.masks();
          index += layer.masks();
        }
      }
    }
  }

  /** Sets all masks to what inference takes: 1 for dropout, 0 for the noise of weights. */
  public void openMasks(Sequence sequence) {
    checkData(sequence);
    for (int row = 0; row < sequence.length() * sequence.batch(); row++) {
      int at = row * inputSize + shapeCount;
      for (int l = 0; l < masked.size(); l++) {
        int end = at + masked.get(l).masks();
        Arrays.fill(sequence.inputs(), at, end, masked.get(l).openMask());
        at = end;
      }
    }
  }

  /**
   * Copies data without masks into a sequence with room for them, masks untouched; of the same
   * length and batch.
   */
  public void copyData(Sequence plain, Sequence sequence) {
    checkData(sequence);
    if (plain.length() != sequence.length()
        || plain.batch() != sequence.batch()
        || plain.inputSize() != shapeCount
        || plain.targetSize() != sequence.targetSize()) {
      throw new IllegalArgumentException(
          "sequence: expected %d × %d rows of %d inputs and %d targets, got %d × %d of %d and %d"
              .formatted(
                  sequence.length(),
                  sequence.batch(),
                  shapeCount,
                  sequence.targetSize(),
                  plain.length(),
                  plain.batch(),
                  plain.inputSize(),
                  plain.targetSize()));
    }
    for (int row = 0; row < sequence.length() * sequence.batch(); row++) {
      System.arraycopy(
          plain.inputs(), row * shapeCount, sequence.inputs(), row * inputSize, shapeCount);
    }
    System.arraycopy(plain.targets(), 0, sequence.targets(), 0, plain.targets().length);
  }

  private void checkData(Sequence sequence) {
    if (sequence.inputSize() != inputSize) {
      throw new IllegalArgumentException(
          "sequence: input size = %d: must be %d (%d numbers and %d masks)"
              .formatted(sequence.inputSize(), inputSize, shapeCount, chain.masks()));
    }
  }

  /** Makes running statistics of its batch normalisations, means 0 and variances 1 at first. */
  public RunningStatistics statistics(Kernels kernels, Workspace workspace, int batch) {
    RunningStatistics statistics = new RunningStatistics(this, kernels, workspace, batch);
    statistics.reset();
    return statistics;
  }

  /**
   * The same network with its batch normalisations in inference mode: each uses its part of the
   * statistics, {@link RunningStatistics#values}, as they are now. θ and masks are read as before.
   */
  public Network inference(float[] statistics) {
    int[] at = {0};
    Chain frozen = (Chain) frozen(chain, statistics, at);
    if (at[0] != statistics.length) {
      throw new IllegalArgumentException(
          "statistics: expected %d (a mean and a variance a normalised channel), got %d"
              .formatted(at[0], statistics.length));
    }
    return new Network(frozen, targets, likelihood);
  }

  private static Layer frozen(Layer layer, float[] statistics, int[] at) {
    return switch (layer) {
      case Chain chain ->
          new Chain(chain.layers().stream().map(part -> frozen(part, statistics, at)).toList());
      case Residual residual -> new Residual((Chain) frozen(residual.chain(), statistics, at));
      case BatchNorm norm -> {
        int from = at[0];
        at[0] += 2 * norm.input().channels();
        yield new FrozenNorm(norm, Arrays.copyOfRange(statistics, from, at[0]));
      }
      default -> layer;
    };
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

  /** The dense layers that do not stand inside another. */
  @Override
  public List<AffineLayer> affineLayers() {
    List<AffineLayer> affine = new ArrayList<>();
    int at = 0;
    for (int l = 0; l < chain.layers().size(); l++) {
      Layer layer = chain.layers().get(l);
      if (layer instanceof Dense dense) {
        affine.add(new AffineLayer(l, dense.input().count(), dense.units(), at));
      }
      at += layer.parameters();
    }
    return affine;
  }

  @Override
  public NodeTape tape(Kernels kernels, Workspace workspace, int window, int batch) {
    return new NetworkTape(this, kernels, workspace, window, batch);
  }

  @Override
  public NodeRollout nodeRollout(Kernels kernels, Workspace workspace, int window, int batch) {
    if (coupled) {
      throw new IllegalArgumentException(
          "%s: batch normalisation in training makes every row's loss depend on all rows: no node noise (use layernorm, or another algorithm)"
              .formatted(name()));
    }
    return new NetworkNodeRollout(this, kernels, workspace, window, batch);
  }

  @Override
  public String toString() {
    return name();
  }
}
