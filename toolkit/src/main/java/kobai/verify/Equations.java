package kobai.verify;

import java.util.List;
import kobai.data.Sequence;
import kobai.models.DifferentiableModel;
import kobai.models.EmbeddingModel;
import kobai.models.Gru;
import kobai.models.InfluenceBalancing;
import kobai.models.LeakyRnn;
import kobai.models.LearningRateSchedule;
import kobai.models.LorenzSystem;
import kobai.models.Lru;
import kobai.models.Lstm;
import kobai.models.MinGru;
import kobai.models.PeepholeLstm;
import kobai.models.RecurrentModel;
import kobai.models.Rtu;
import kobai.models.SparseModel;
import kobai.models.StackedModel;
import kobai.models.TwoStageRnn;

/**
 * What a model computes at one step of one row of the batch, written once in {@link Real} numbers
 * and straight from the published equations. {@link EquationOracle} makes the loss and all
 * derivatives of it.
 *
 * <p>A recurrent cell with a linear readout is a {@link CellEquations}: its file holds the step
 * alone. A new model adds its case to {@link #of}.
 */
public interface Equations {
  /** Numbers of state of a row. */
  int stateSize();

  /**
   * The state after a step. The state before the first one is zero.
   *
   * @param theta [P]
   * @param input [d]
   * @param state the state before, [n]
   */
  Real[] step(Real[] theta, Real[] input, Real[] state);

  /**
   * The row's loss at a step.
   *
   * @param theta [P]
   * @param input [d]
   * @param before the state before the step, [n]
   * @param state the state after it, [n]
   * @param target [m]
   */
  Real loss(Real[] theta, Real[] input, Real[] before, Real[] state, Real[] target);

  /**
   * The layers, if there is more than one: numbers [stateAt, stateEnd) of the state are of a layer
   * whose parameters are θ[at, end). Parameters of none of them have no state of their own.
   */
  default List<Level> levels() {
    return List.of();
  }

  /** See {@link #levels}. */
  record Level(int stateAt, int stateEnd, int at, int end) {}

  /** The equations of a built-in model. */
  static Equations of(DifferentiableModel model) {
    return switch (model) {
      case LeakyRnn leaky -> LeakyRnnEquations.of(leaky);
      case Lstm lstm -> LstmEquations.of(lstm);
      case PeepholeLstm lstm -> PeepholeEquations.of(lstm);
      case Gru gru -> GruEquations.of(gru);
      case Lru lru -> DiagonalEquations.of(lru);
      case Rtu rtu -> DiagonalEquations.of(rtu);
      case MinGru minGru -> DiagonalEquations.of(minGru);
      case TwoStageRnn gated -> TwoStageEquations.of(gated);
      case StackedModel stack -> StackEquations.of(stack);
      case EmbeddingModel embedding -> StackEquations.of(embedding);
      case SparseModel sparse -> new SparseEquations(sparse, of(sparse.dense()));
      case InfluenceBalancing chain -> DynamicalEquations.of(chain);
      case LorenzSystem lorenz -> DynamicalEquations.of(lorenz);
      case LearningRateSchedule schedule -> DynamicalEquations.of(schedule);
      default -> throw unknown(model);
    };
  }

  /** Why a model has no oracle, and what would give it one. */
  static IllegalArgumentException unknown(RecurrentModel model) {
    return new IllegalArgumentException(
        "model = %s: must be a built-in model or implement OracleModel (or give the expected gradient to Verifier.target)"
            .formatted(model.name()));
  }

  /** The oracle that these equations make. */
  default Oracle oracle(DifferentiableModel model, Sequence sequence) {
    return new EquationOracle(this, model.parameters().count(), sequence);
  }
}
