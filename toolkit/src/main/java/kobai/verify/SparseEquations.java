package kobai.verify;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kobai.models.SparseModel;

/** The dense equations at weights that are zero where none is kept. */
record SparseEquations(SparseModel model, Equations dense) implements Equations {
  @Override
  public int stateSize() {
    return dense.stateSize();
  }

  @Override
  public List<Level> levels() {
    return dense.levels().stream()
        .map(
            level ->
                new Level(level.stateAt(), level.stateEnd(), kept(level.at()), kept(level.end())))
        .toList();
  }

  /** Kept parameters before that index in the dense θ. */
  private int kept(int end) {
    return (int) IntStream.range(0, end).filter(p -> model.keptAt(p) >= 0).count();
  }

  private Real[] spread(Real[] theta) {
    Real[] all = new Real[model.dense().parameters().count()];
    Arrays.fill(all, theta[0].constant(0));
    for (int p = 0; p < theta.length; p++) {
      all[model.denseAt(p)] = theta[p];
    }
    return all;
  }

  @Override
  public Real[] step(Real[] theta, Real[] input, Real[] state) {
    return dense.step(spread(theta), input, state);
  }

  @Override
  public Real loss(Real[] theta, Real[] input, Real[] before, Real[] state, Real[] target) {
    return dense.loss(spread(theta), input, before, state, target);
  }
}
