package kobai.verify;

import java.util.ArrayList;
import java.util.List;
import kobai.models.DifferentiableModel;
import kobai.models.EmbeddingModel;
import kobai.models.Lru;
import kobai.models.StackedModel;

/**
 * Cells one after the other, each reading the output of the one below at the same step, perhaps
 * behind a table: x E or row x of E.
 *
 * @param vocabulary rows of the table, 0 without one
 * @param width columns of the table
 * @param indexed whether x is the index of a row
 * @param cells from the input up
 */
record StackEquations(int vocabulary, int width, boolean indexed, List<CellEquations> cells)
    implements Equations {
  static Equations of(StackedModel model) {
    return of(0, 0, false, model);
  }

  static Equations of(EmbeddingModel model) {
    boolean indexed = model.symbols() == EmbeddingModel.Symbols.INDEX;
    return of(model.vocabulary(), model.model().inputSize(), indexed, model.model());
  }

  private static Equations of(
      int vocabulary, int width, boolean indexed, DifferentiableModel behind) {
    List<CellEquations> cells = new ArrayList<>();
    collect(behind, cells);
    return new StackEquations(vocabulary, width, indexed, cells);
  }

  private static void collect(DifferentiableModel model, List<CellEquations> cells) {
    if (model instanceof StackedModel stack) {
      stack.layers().forEach(layer -> collect(layer, cells));
    } else if (model instanceof Lru lru) {
      cells.add(DiagonalEquations.layer(lru));
    } else if (Equations.of(model) instanceof CellEquations cell) {
      cells.add(cell);
    } else {
      throw Equations.unknown(model);
    }
  }

  @Override
  public int stateSize() {
    return cells.stream().mapToInt(CellEquations::stateSize).sum();
  }

  @Override
  public List<Level> levels() {
    List<Level> levels = new ArrayList<>();
    int stateAt = 0;
    int at = vocabulary * width;
    for (CellEquations cell : cells) {
      levels.add(new Level(stateAt, stateAt + cell.stateSize(), at, at + cell.readoutAt()));
      stateAt += cell.stateSize();
      at += cell.readoutAt();
    }
    return levels;
  }

  @Override
  public Real[] step(Real[] theta, Real[] input, Real[] state) {
    Real[] h = input;
    int thetaAt = vocabulary * width;
    if (vocabulary > 0 && indexed) {
      h = CellEquations.slice(theta, (int) input[0].value() * width, width);
    } else if (vocabulary > 0) {
      h = new Real[width];
      java.util.Arrays.fill(h, theta[0].constant(0));
      CellEquations.product(input, theta, 0, h);
    }
    Real[] next = new Real[state.length];
    int stateAt = 0;
    for (CellEquations cell : cells) {
      int size = cell.stateSize();
      // What stands before a cell's readout is the layer; the stack has the readout of the last.
      Real[] own = CellEquations.slice(theta, thetaAt, cell.readoutAt());
      Real[] after = cell.step(own, h, CellEquations.slice(state, stateAt, size));
      System.arraycopy(after, 0, next, stateAt, size);
      h = CellEquations.slice(after, 0, cell.units());
      stateAt += size;
      thetaAt += cell.readoutAt();
    }
    return next;
  }

  @Override
  public Real loss(Real[] theta, Real[] input, Real[] before, Real[] state, Real[] target) {
    CellEquations top = cells.get(cells.size() - 1);
    int outputs = target.length;
    Real[] h = CellEquations.slice(state, state.length - top.stateSize(), top.units());
    int biasAt = theta.length - outputs;
    Real[] z = CellEquations.slice(theta, biasAt, outputs);
    CellEquations.product(h, theta, biasAt - top.units() * outputs, z);
    return CellEquations.loss(top.loss(), z, target);
  }
}
