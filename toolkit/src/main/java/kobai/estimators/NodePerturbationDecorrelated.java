package kobai.estimators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.AffineLayer;
import kobai.models.NodeDifferentiableModel;
import kobai.models.NodeTape;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.models.Tape;

/**
 * Node perturbation with decorrelated sources: a matrix R learns to make what enters the
 * pre-activations uncorrelated, and the credits are taken with the decorrelated sources.
 *
 * <pre>
 * x* = R x,  R ← R − η/(B max(D, ‖x*‖²)) (x* x*ᵀ − diag(x*²)) R              (1)  [D × D]
 * ĝ = Rᵀ R G for the weights on x, G = the estimate of NODE_PERTURBATION                 (2)  [D × n]
 * </pre>
 *
 * <p>with x of the clean network, every step and row of the window in turn, and R = I at the start
 * of an episode. A recurrent cell has one R, for x = [hₜ₋₁ | xₜ] and the weights of every gate; a
 * chain of dense layers has one for what enters each layer. (1) is {@link Decorrelation}, (2) is
 * {@code precondition}. A network with weights W = V R on decorrelated sources has the gradient G
 * Rᵀ in V, and a step along it changes W by G RᵀR: (2), with matrices stored source by source.
 * Weights that a gate does not have stay out; biases and the readout of a cell are left as they
 * are.
 *
 * <p>Claim: biased for ∇L. R comes from the clean network, so it does not depend on the noise: the
 * mean is RᵀR times that of node perturbation, a preconditioned gradient, which still ascends L. R
 * of an untouched I gives node perturbation.
 *
 * <p>Cost per step and row: node perturbation, another forward step, 8 D² flops an R; D³ and D² n a
 * window. Memory D (2D + 2 n) floats (R of every layer, the rest of the widest), and a tape of 32
 * steps.
 *
 * <p>Variant: in the publication the network itself runs on decorrelated sources; here it is the
 * caller's, at his θ. η = 0.25 unless the setup gives another inner rate.
 *
 * <p>Source: Dalm, van Gerven and Ahmad (2023), arXiv 2310.00965; (1): Ahmad, Schrader and van
 * Gerven (2023), Constrained parameter inference as a principle for learning, TMLR, arXiv
 * 2203.13203.
 */
final class NodePerturbationDecorrelated implements GradientEstimator {
  private static final double RATE = 0.25;

  /** What enters the pre-activations in a step and row of the tape, for matrix {@code index}. */
  private interface Sources {
    void read(Sequence sequence, int index, int step, int row, float[] out);
  }

  /** Weights [sources × units] in runs that share a matrix R. */
  private record Weights(Decorrelation r, List<GateRun> runs, int units) {}

  private final Workspace workspace;
  private final Kernels kernels;
  private final NodePerturbation plain;
  private final List<Decorrelation> matrices = new ArrayList<>();
  private final List<Weights> weights = new ArrayList<>();
  private final Tape tape;
  private final Sources reader;
  private final int batch;
  private final int piece;
  private final double rate;
  private final float[] state;
  private final float[] sources;
  private final float[] product;
  private final float[] block;
  private final float[] result;
  private final float[] scratch;

  NodePerturbationDecorrelated(Setup setup, Workspace workspace) {
    this.workspace = workspace;
    kernels = setup.kernels();
    batch = setup.batch();
    piece = Math.min(setup.window(), Tangents.STEPS);
    rate = (setup.innerRate() > 0 ? setup.innerRate() : RATE) / batch;
    Workspace own = workspace.child("tape");
    int longest;
    if (setup.model() instanceof NodeDifferentiableModel network) {
      List<AffineLayer> layers = layers(network);
      longest = layers.stream().mapToInt(AffineLayer::inputs).max().orElseThrow();
      plain = NodePerturbation.clean(setup, workspace.child("plain"));
      NodeTape made = network.tape(kernels, own, piece, batch);
      tape = made;
      reader =
          (sequence, l, step, row, out) -> made.layerInput(layers.get(l), step * batch + row, out);
      for (AffineLayer layer : layers) {
        Workspace named = workspace.child("layer " + layer.index());
        Decorrelation r = new Decorrelation(named, kernels, layer.inputs());
        matrices.add(r);
        int n = layer.units();
        List<GateRun> run = List.of(new GateRun(0, 0, layer.inputs(), layer.at(), n, 0, 0));
        weights.add(new Weights(r, run, n));
      }
    } else {
      RowLocalModel model = setup.rowLocal("NODE_PERTURBATION_DECORRELATED");
      longest = model.sources();
      plain = NodePerturbation.clean(setup, workspace.child("plain"));
      RowLocalTape made = model.tape(kernels, own, piece, batch);
      tape = made;
      reader = (sequence, l, step, row, out) -> made.sources(sequence, step, row, out, 0);
      Decorrelation r = new Decorrelation(workspace, kernels, longest - 1);
      matrices.add(r);
      List<GateRun> runs = List.of(GateRun.of(model));
      for (int gate = 0; gate < model.gates(); gate++) {
        int index = gate;
        List<GateRun> seen = runs.stream().filter(run -> run.gate() == index).toList();
        weights.add(new Weights(r, seen, model.units()));
      }
    }
    state = workspace.floats("state", setup.stateSize());
    sources = workspace.floats("sources", longest);
    int square = 0;
    int most = 0;
    int needed = 0;
    for (Weights part : weights) {
      int size = part.r.size();
      square = Math.max(square, size * size);
      most = Math.max(most, size * part.units);
      needed = Math.max(needed, kernels.gemmScratch(size, size, size));
      needed = Math.max(needed, kernels.gemmScratch(size, part.units, size));
    }
    product = workspace.floats("RᵀR", square);
    block = workspace.floats("gate gradient", most);
    result = workspace.floats("preconditioned gradient", most);
    scratch = workspace.floats(Kernels.SCRATCH, needed);
  }

  /** All layers with parameters, which must be dense: others have no vector of sources. */
  private static List<AffineLayer> layers(NodeDifferentiableModel network) {
    List<AffineLayer> layers = network.affineLayers();
    long dense = 0;
    for (AffineLayer layer : layers) {
      dense += (layer.inputs() + 1L) * layer.units();
    }
    if (dense != network.parameters().count()) {
      throw new Unsupported(
          "NODE_PERTURBATION_DECORRELATED: %s has %d of its %d parameters in layers that are not dense"
              .formatted(
                  network.name(),
                  network.parameters().count() - dense,
                  network.parameters().count()),
          claim -> claim == Claim.UNBIASED_FOR_SMOOTHED);
    }
    return layers;
  }

  @Override
  public void reset(long seed) {
    plain.reset(seed);
    Arrays.fill(state, 0f);
    for (int l = 0; l < matrices.size(); l++) {
      matrices.get(l).clear();
    }
  }

  @Override
  public double estimate(float[] theta, Sequence sequence, int from, int to, float[] gradient) {
    double loss = plain.estimate(theta, sequence, from, to, gradient);
    for (int begin = from; begin < to; begin += piece) {
      int end = Math.min(begin + piece, to);
      tape.forward(theta, sequence, begin, end, state);
      for (int step = 0; step < end - begin; step++) {
        for (int row = 0; row < batch; row++) {
          for (int l = 0; l < matrices.size(); l++) {
            reader.read(sequence, l, step, row, sources);
            matrices.get(l).learn(rate, sources);
          }
        }
      }
    }
    for (int i = 0; i < weights.size(); i++) {
      precondition(weights.get(i), i > 0 && weights.get(i - 1).r == weights.get(i).r, gradient);
    }
    return loss;
  }

  /** (2); {@code again} if {@code product} is RᵀR already. */
  private void precondition(Weights part, boolean again, float[] gradient) {
    int size = part.r.size();
    int n = part.units;
    if (!again) {
      part.r.square(product, scratch);
    }
    Arrays.fill(block, 0, size * n, 0f);
    copy(part, gradient, true);
    kernels.gemm(size, n, size, product, 0, size, block, 0, n, result, 0, n, scratch, 0);
    copy(part, gradient, false);
  }

  /** Copies weights, without the bias, from θ's order into rows of sources, or back. */
  private void copy(Weights part, float[] gradient, boolean gather) {
    int n = part.units;
    for (int i = 0; i < part.runs.size(); i++) {
      GateRun run = part.runs.get(i);
      int end = Math.min(run.source() + run.count(), part.r.size());
      for (int source = run.source(); source < end; source++) {
        int at = run.at() + (source - run.source()) * run.stride();
        if (gather) {
          System.arraycopy(gradient, at, block, source * n, n);
        } else {
          System.arraycopy(result, source * n, gradient, at, n);
        }
      }
    }
  }

  @Override
  public Workspace workspace() {
    return workspace;
  }
}
