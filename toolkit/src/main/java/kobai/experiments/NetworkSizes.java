package kobai.experiments;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import kobai.models.DiagonalModel;
import kobai.models.Layer;
import kobai.models.NodePerturbableModel;
import kobai.models.RecurrentModel;
import kobai.models.RowLocalModel;
import kobai.models.SparseModel;
import kobai.models.StackedModel;
import kobai.models.StepModel;
import kobai.models.TwoStageRnn;

/**
 * The sizes of a network that its costs are written in, and what its passes over a window hold. In
 * numbers of four bytes, for S steps of B rows,
 *
 * <pre>
 * tape(S)     S B (n + z + m) + 2 P + t m + c(S) (h + z + m) + B n           (1)
 * rollout(S)  P + c(S) (n + z + m) + B n                                     (2)
 * nodes(S)    P + S B (n + z + m)                                            (3)
 * </pre>
 *
 * <p>Weights are held packed, and by a tape also transposed or along a direction, the readout both.
 * c(S) = B min(S, 256 / B) is the rows of a run, B at least. Cells whose units do not interact keep
 * 2 u numbers of a step in (1) and (2) in place of z, and P + n m of weights in (1); those that
 * reset their state before the product keep n more of each step. A sparse network runs on the
 * weights of the dense one, and adds its θ to (2), and two of it to (1) and (3).
 *
 * @param state n, numbers of state of a row
 * @param targets m
 * @param parameters P
 * @param units u
 * @param parts p, numbers of state of a unit
 * @param gates g, pre-activations of a unit
 * @param preactivations z, those of a row without the outputs
 * @param outputs h, what backpropagation carries into the layers, all of them together
 * @param read t, what the readout sees
 * @param sources q, what a pre-activation is an affine function of
 * @param recurrent R, the parameters that act through the state
 * @param sourceSets s, different sets of sources that gates see
 * @param own influences of parameters on their own unit, p R
 * @param traces those that exact RTRL of units that do not interact keeps of them
 * @param reaching influences of parameters on any number of the state, n R where units interact
 * @param kept what a step needs for its derivative beside state and outputs
 * @param edges share of the other units that a unit acts on in one step
 * @param dense parameters of the dense network behind a sparse one, else P
 * @param rowLocal whether each parameter touches one unit directly
 */
record NetworkSizes(
    double state,
    double targets,
    double parameters,
    double units,
    double parts,
    double gates,
    double preactivations,
    double outputs,
    double read,
    double sources,
    double recurrent,
    double sourceSets,
    double own,
    double traces,
    double reaching,
    double kept,
    double edges,
    double dense,
    boolean rowLocal) {
  /** Rows that the products outside the time loop work on at a time. */
  private static final double RUN_ROWS = 256;

  /** The sizes of a cell or of what is made of cells; empty for any other model. */
  static Optional<NetworkSizes> of(RecurrentModel model) {
    RecurrentModel whole = model instanceof SparseModel sparse ? sparse.dense() : model;
    return switch (whole) {
      case RowLocalModel cell -> Optional.of(cell(model, cell));
      case StepModel layered when whole instanceof NodePerturbableModel ->
          Optional.of(composed(model, layered));
      default -> Optional.empty();
    };
  }

  private static NetworkSizes cell(RecurrentModel model, RowLocalModel cell) {
    boolean diagonal = cell instanceof DiagonalModel;
    double units = cell.units();
    double seen = 0;
    double feeding = 0;
    double traced = 0;
    Set<BitSet> sets = new HashSet<>();
    for (int gate = 0; gate < cell.gates(); gate++) {
      BitSet set = new BitSet();
      for (int source = 0; source < cell.sources(); source++) {
        set.set(source, cell.parameterAt(source, gate) >= 0);
      }
      seen += set.cardinality();
      traced += cell instanceof DiagonalModel d && d.turned(gate) ? 0 : set.cardinality();
      feeding += set.get(0) ? 1 : 0;
      sets.add(set);
    }
    double gone = (double) cell.parameters().count() - model.parameters().count();
    double density = feeding == 0 ? 1 : 1 - gone / (feeding * units * units);
    double recurrent = seen * units - gone;
    return new NetworkSizes(
        cell.stateSize(),
        cell.targetSize(),
        model.parameters().count(),
        units,
        cell.parts(),
        cell.gates(),
        cell.gates() * units,
        diagonal ? cell.stateSize() : units,
        diagonal ? cell.stateSize() : units,
        cell.sources(),
        recurrent,
        sets.size(),
        cell.parts() * recurrent,
        traced * cell.stateSize(),
        cell.stateSize() * recurrent,
        diagonal ? 2 * units : cell.gates() * units,
        feeding == 0 ? 0 : 1 - Math.pow(1 - density, feeding),
        cell.parameters().count(),
        true);
  }

  /** Layers of cells, or a cell with products one after the other. */
  private static NetworkSizes composed(RecurrentModel model, StepModel whole) {
    double n = whole.stateSize();
    double m = whole.targetSize();
    double read = whole.parameters().tensor("readout").rows();
    double recurrent = model.parameters().count() - (read + 1) * m;
    double outputs = 0;
    double own = 0;
    double z = 0;
    for (Layer layer : StackedModel.layers(whole)) {
      z += layer.nodes();
      outputs += layer.outputs();
      own += parts(layer) * layer.parameters();
    }
    double reaching = 0;
    for (int i = 0; i < whole.stateSize(); i++) {
      reaching += ((StepModel) model).reaching(i);
    }
    return new NetworkSizes(
        n,
        m,
        model.parameters().count(),
        outputs,
        n / outputs,
        z / outputs,
        z,
        outputs,
        read,
        n + whole.inputSize() + 1,
        recurrent,
        1,
        own,
        own,
        reaching,
        whole instanceof TwoStageRnn ? z + n : z,
        1,
        whole.parameters().count(),
        false);
  }

  /** Numbers of state of a unit. */
  private static double parts(Layer layer) {
    return layer
        .rowLocal()
        .map(cell -> (double) cell.parts())
        .orElse((double) layer.stateSize() / layer.outputs());
  }

  /** n + z + m: a step of a row. */
  double perStep() {
    return state + kept + targets;
  }

  /** Whether some weights are left out. */
  boolean sparse() {
    return dense != parameters;
  }

  /**
   * States that a parameter reaches within that many steps, its own unit's at 1, in the mean over
   * random weights: a unit is missed after two steps if neither the edge nor any of the u − 2 ways
   * through another unit is there.
   */
  double reached(int steps) {
    double others =
        switch (steps) {
          case 1 -> 0;
          case 2 -> edges;
          case 3 -> 1 - (1 - edges) * Math.pow(1 - edges * edges, Math.max(0, units - 2));
          default -> edges > 0 ? 1 : 0;
        };
    return parts * (1 + others * (units - 1));
  }

  /** c(S). */
  double run(double steps, double batch) {
    return Math.min(steps * batch, Math.max(RUN_ROWS, batch));
  }

  /** (1). */
  double tape(double steps, double batch) {
    boolean diagonal = edges == 0;
    double weights = (diagonal ? 1 : 2) * dense + read * targets;
    double chunk = run(steps, batch) * (outputs + preactivations + targets);
    return steps * batch * perStep() + weights + chunk + batch * state + (sparse() ? 2 * dense : 0);
  }

  /** (2). */
  double rollout(double steps, double batch) {
    return dense + run(steps, batch) * perStep() + batch * state + (sparse() ? dense : 0);
  }

  /** (3). */
  double nodes(double steps, double batch) {
    return dense + steps * batch * perStep() + (sparse() ? 2 * dense : 0);
  }
}
