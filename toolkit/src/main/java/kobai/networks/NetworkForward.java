package kobai.networks;

import java.util.List;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/** A network's layers run over the rows of some steps; shared by all that evaluates one. */
final class NetworkForward {
  /** Rows that evaluation works on at a time: enough to amortise a product, small enough for L2. */
  private static final int CHUNK_ROWS = 256;

  private final Network network;
  private final ChainRun layers;
  private final Pass pass;
  private final List<RecurrentRun> cells;
  private final int stateSize;
  private final int steps;
  private final int batch;
  private final int parameters;
  private final int inputSize;
  private final int targets;
  private final int outputs;

  NetworkForward(
      Network network, Kernels kernels, Workspace workspace, int steps, int batch, Place.Use use) {
    this(network, kernels, workspace, steps, batch, use, Members.none());
  }

  /**
   * @param members where layers add what others must reach
   */
  NetworkForward(
      Network network,
      Kernels kernels,
      Workspace workspace,
      int steps,
      int batch,
      Place.Use use,
      Members members) {
    this.network = network;
    this.steps = steps;
    this.batch = batch;
    parameters = network.parameters().count();
    inputSize = network.inputSize();
    targets = network.targetSize();
    outputs = network.outputs();
    Place place =
        new Place(kernels, workspace, 0, 0, network.shape().count(), steps, batch, use, members);
    cells = members.cells();
    stateSize = network.stateSize();
    layers = network.chain().run(place);
    pass =
        new Pass(
            batch, workspace.floats("scratch", network.chain().scratch(kernels, place.rows())));
  }

  /** Steps that a chunk holds. */
  static int chunk(int window, int batch) {
    return Math.min(window, Math.max(1, CHUNK_ROWS / batch));
  }

  /** The layers. */
  ChainRun layers() {
    return layers;
  }

  /** The pass in progress. */
  Pass pass() {
    return pass;
  }

  /** Checks a window's arguments and packs the weights. */
  void begin(float[] theta, Sequence sequence, int from, int to) {
    if (theta.length != parameters) {
      throw new IllegalArgumentException(
          "theta: %s has %d parameters, got %d"
              .formatted(network.name(), parameters, theta.length));
    }
    if (sequence.batch() != batch
        || sequence.inputSize() != inputSize
        || sequence.targetSize() != targets) {
      throw new IllegalArgumentException(
          "sequence: %s needs %d rows of %d inputs%s and %d targets a step, got %d of %d and %d"
              .formatted(
                  network.name(),
                  batch,
                  inputSize,
                  inputSize > network.shape().count() ? " (masks included)" : "",
                  targets,
                  sequence.batch(),
                  sequence.inputSize(),
                  sequence.targetSize()));
    }
    if (from < 0 || to <= from || to > sequence.length()) {
      throw new IllegalArgumentException(
          "window = [%d, %d): must be at least one step within [0, %d)"
              .formatted(from, to, sequence.length()));
    }
    layers.begin(theta);
  }

  /** Refuses windows of more steps than the buffers hold. */
  void atMost(int from, int to) {
    if (to - from > steps) {
      throw new IllegalArgumentException(
          "%s: window [%d, %d) has %d steps; the tape holds %d (raise the window of the setup)"
              .formatted(network.name(), from, to, to - from, steps));
    }
  }

  /** Takes the state [B × n] before a pass. */
  void load(float[] state, int at) {
    for (int k = 0; k < cells.size(); k++) {
      cells.get(k).load(state, at, stateSize);
      at += cells.get(k).size();
    }
  }

  /** Overwrites the state [B × n] with that after the pass. */
  void save(float[] state, int at) {
    for (int k = 0; k < cells.size(); k++) {
      cells.get(k).save(pass.steps(), state, at, stateSize);
      at += cells.get(k).size();
    }
  }

  /** The layers with a state. */
  List<RecurrentRun> cells() {
    return cells;
  }

  /** Starts a pass over steps [from, to). */
  void start(Sequence sequence, int from, int to) {
    pass.start(sequence.inputs(), sequence.inputAt(from), inputSize, to - from);
  }

  /** Runs the layers over the pass that was started. */
  void run() {
    layers.forward(pass, pass.data());
  }

  /** Runs the layers over the pass that was started and copies their outputs to z. */
  void outputs(float[] z, int zAt) {
    Rows out = layers.forward(pass, pass.data());
    for (int i = 0; i < pass.rows(); i++) {
      System.arraycopy(out.array(), out.at(i), z, zAt + i * outputs, outputs);
    }
  }
}
