package kobai.models;

import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.random.RandomKey;

/**
 * Long short-term memory whose gates look at their own cell, and a linear readout. With [i f o g]
 * the four blocks of aₜ:
 *
 * <pre>
 * aₜ = hₜ₋₁ W + xₜ W_in + b                                                      (1)  [B × 4n]
 * cₜ = σ(f + p_f ⊙ cₜ₋₁) ⊙ cₜ₋₁ + σ(i + p_i ⊙ cₜ₋₁) ⊙ tanh(g), c₀ = 0            (2)  [B × n]
 * hₜ = σ(o + p_o ⊙ cₜ) ⊙ tanh(cₜ), h₀ = 0                                        (3)  [B × n]
 * zₜ = hₜ V + c, ℓₜ = mean over rows of loss(zₜ, yₜ)
 * </pre>
 *
 * <p>A row of the state is [h | c]. θ = [W n×4n | W_in d×4n | b 4n | p 3×n | V n×m | c m], p = [p_i
 * p_f p_o]. A peephole is a weight on the cell, which is no source of {@link RowLocalModel}: for
 * estimators that go by sources take {@link Lstm}.
 *
 * <p>Cost per step and row: O(4 (n² + dn) + nm).
 *
 * <p>Variant: the vanilla LSTM of Greff et al. (2017), IEEE TNNLS 28(10): one cell a block, both
 * squashing functions tanh, the whole gradient.
 *
 * <p>Source: Gers, Schraudolph and Schmidhuber (2002), Journal of Machine Learning Research 3,
 * 115–143.
 *
 * @param inputSize d
 * @param units n
 * @param targetSize m
 * @param loss the loss
 * @param initialisation law of each gate's n × n block of the initial W
 * @param gain scale of the initial W
 * @param forgetBias the initial bias of the forget gate
 */
public record PeepholeLstm(
    int inputSize,
    int units,
    int targetSize,
    Loss loss,
    Initialisation initialisation,
    float gain,
    float forgetBias)
    implements StepModel, NodePerturbableModel {
  public PeepholeLstm {
    plain(inputSize, units, targetSize, loss, initialisation, gain, forgetBias);
  }

  /** Orthogonal blocks of spectral radius 1, forget bias 1. */
  public static PeepholeLstm of(int inputSize, int units, int targetSize, Loss loss) {
    return new PeepholeLstm(inputSize, units, targetSize, loss, Initialisation.ORTHOGONAL, 1f, 1f);
  }

  private static Lstm plain(
      int d, int n, int m, Loss loss, Initialisation initialisation, float gain, float forgetBias) {
    return new Lstm(d, n, m, loss, initialisation, gain, forgetBias);
  }

  CellNetwork network() {
    return new CellNetwork(name(), inputSize, units, targetSize, loss, new PeepholeCell());
  }

  @Override
  public String name() {
    return "lstm-peephole(n=%d, d=%d, m=%d)".formatted(units, inputSize, targetSize);
  }

  @Override
  public int stateSize() {
    return 2 * units;
  }

  @Override
  public int nodes() {
    return 4 * units + targetSize;
  }

  @Override
  public Parameters parameters() {
    return network().parameters();
  }

  @Override
  public int reaching(int i) {
    return parameters().tensor("readout").at();
  }

  /** As {@link Lstm#initialise}, the peepholes zero. */
  @Override
  public void initialise(RandomKey key, float[] theta) {
    CellNetwork network = network();
    network.initialise(key, initialisation, gain, theta);
    int bias = network.parameterAt(units + inputSize, Lstm.FORGET);
    java.util.Arrays.fill(theta, bias, bias + units, forgetBias);
  }

  @Override
  public Rollout rollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new CellRollout(network(), kernels, workspace, window, batch);
  }

  @Override
  public StepTape tape(Kernels kernels, Workspace workspace, int window, int batch) {
    return new CellTape(network(), kernels, workspace, window, batch);
  }

  @Override
  public NodeRollout nodeRollout(Kernels kernels, Workspace workspace, int window, int batch) {
    return new CellNodeRollout(network(), kernels, workspace, window, batch);
  }
}
