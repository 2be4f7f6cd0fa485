package kobai.verify;

import java.util.ArrayList;
import java.util.List;
import kobai.data.Sequence;
import kobai.models.Loss;
import kobai.networks.Chain;
import kobai.networks.Layer;
import kobai.networks.Likelihood;
import kobai.networks.Network;

/**
 * A network in {@link Real} numbers. The B rows of a step are one row here, [B × d] numbers long,
 * since batch normalisation couples them.
 *
 * @param network the network
 * @param batch B
 */
record NetworkEquations(Network network, int batch) implements Equations {
  /** The oracle of a network on that sequence. */
  static Oracle oracle(Network network, Sequence sequence) {
    return new EquationOracle(
        new NetworkEquations(network, sequence.batch()),
        network.parameters().count(),
        oneRow(sequence));
  }

  /** The same data with the rows of a step as one row. */
  static Sequence oneRow(Sequence sequence) {
    int batch = sequence.batch();
    return new Sequence(
        sequence.length(),
        1,
        batch * sequence.inputSize(),
        batch * sequence.targetSize(),
        sequence.inputs(),
        sequence.targets());
  }

  @Override
  public int stateSize() {
    return batch * network.stateSize();
  }

  @Override
  public Real[] step(Real[] theta, Real[] input, Real[] state) {
    return run(theta, input, state).after();
  }

  /** Outputs of the rows, and their states one after the other. */
  private record Step(List<Real[]> outputs, Real[] after) {}

  private Step run(Real[] theta, Real[] input, Real[] state) {
    List<Real[]> rows = new ArrayList<>();
    List<Real[]> masks = new ArrayList<>();
    List<Real[]> before = new ArrayList<>();
    int d = network.shape().count();
    int all = network.inputSize();
    int size = network.stateSize();
    for (int b = 0; b < batch; b++) {
      rows.add(CellEquations.slice(input, b * all, d));
      masks.add(CellEquations.slice(input, b * all + d, all - d));
      before.add(CellEquations.slice(state, b * size, size));
    }
    Real[] after = new Real[state.length];
    LayerEquations layers = new LayerEquations(theta, masks, before, after);
    return new Step(layers.chain(new Chain(network.layers()), 0, 0, 0, rows), after);
  }

  @Override
  public Real loss(Real[] theta, Real[] input, Real[] before, Real[] state, Real[] target) {
    List<Real[]> outputs = run(theta, input, before).outputs();
    Real sum = theta[0].constant(0);
    int m = network.targetSize();
    for (int b = 0; b < batch; b++) {
      Real[] y = CellEquations.slice(target, b * m, m);
      sum = sum.plus(loss(network.likelihood(), outputs.get(b), y));
    }
    return sum.times(1.0 / batch);
  }

  private static Real loss(Likelihood likelihood, Real[] z, Real[] y) {
    Real sum = z[0].constant(0);
    switch (likelihood.kind()) {
      case SQUARED_ERROR -> {
        return CellEquations.loss(Loss.SQUARED_ERROR, z, y);
      }
      case SOFTMAX_CROSS_ENTROPY -> {
        return CellEquations.loss(Loss.SOFTMAX_CROSS_ENTROPY, z, y);
      }
      case BERNOULLI -> {
        for (int j = 0; j < y.length; j++) {
          Real one = z[j].sigmoid().log().times(y[j]);
          Real zero = z[j].negate().sigmoid().log().times(y[j].complement());
          sum = sum.minus(one).minus(zero);
        }
      }
      case GAUSSIAN -> {
        double variance = likelihood.variance();
        for (int j = 0; j < y.length; j++) {
          Real square = z[j].minus(y[j]).square().times(0.5 / variance);
          sum = sum.plus(square).plus(0.5 * Math.log(2 * Math.PI * variance));
        }
      }
      case GAUSSIAN_LEARNT -> {
        for (int j = 0; j < y.length; j++) {
          Real variance = z[y.length + j].exp();
          Real square = z[j].minus(y[j]).square().divide(variance).times(0.5);
          sum = sum.plus(square).plus(variance.times(2 * Math.PI).log().times(0.5));
        }
      }
    }
    return sum;
  }

  /** The layer of that network. */
  static IllegalArgumentException unknown(Layer layer) {
    return new IllegalArgumentException(
        "layer = %s: must be one with equations in double".formatted(layer.text()));
  }
}
