package kobai.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import kobai.networks.Activation;
import kobai.networks.Chain;
import kobai.networks.Dense;
import kobai.networks.Layer;
import kobai.networks.Pointwise;
import kobai.networks.Softmax;
import kobai.networks.Variance;

/**
 * What the layers of a network compute, each straight from its definition, on the B rows of a step.
 *
 * @param theta [P]
 * @param masks of every row, columns in the order of the layers that read them
 */
record LayerEquations(Real[] theta, List<Real[]> masks) {
  /** Layers one after the other, the parameters of the first at {@code at}. */
  List<Real[]> chain(Chain chain, int at, int masksAt, List<Real[]> x) {
    List<Real[]> reached = x;
    for (Layer layer : chain.layers()) {
      reached = apply(layer, at, masksAt, reached);
      at += layer.parameters();
      masksAt += layer.masks();
    }
    return reached;
  }

  private List<Real[]> apply(Layer layer, int at, int masksAt, List<Real[]> x) {
    return switch (layer) {
      case Dense dense -> each(x, row -> affine(row, at, dense.units()));
      case Pointwise pointwise -> each(x, row -> pointwise(pointwise.activation(), row));
      case Softmax softmax -> each(x, row -> softmax(row, softmax.input().channels()));
      case Variance variance ->
          each(x, row -> joined(row, CellEquations.slice(theta, at, row.length)));
      default -> throw NetworkEquations.unknown(layer);
    };
  }

  private static List<Real[]> each(List<Real[]> rows, UnaryOperator<Real[]> function) {
    List<Real[]> results = new ArrayList<>();
    rows.forEach(row -> results.add(function.apply(row)));
    return results;
  }

  private static Real[] joined(Real[] first, Real[] second) {
    Real[] both = java.util.Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** X W + b, [W | b] at {@code at}. */
  private Real[] affine(Real[] x, int at, int n) {
    Real[] y = CellEquations.slice(theta, at + x.length * n, n);
    CellEquations.product(x, theta, at, y);
    return y;
  }

  private static Real[] pointwise(Activation activation, Real[] x) {
    Real[] y = new Real[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = activate(activation, x[i]);
    }
    return y;
  }

  private static Real activate(Activation activation, Real x) {
    return switch (activation) {
      case IDENTITY -> x;
      case TANH -> x.tanh();
      case SIGMOID -> x.sigmoid();
      case RELU -> x.positivePart();
      case SWISH -> x.times(x.sigmoid());
      case MISH -> x.times(x.exp().plus(1).log().tanh());
      case GELU -> {
        Real cubic = x.square().times(x).times(0.044715);
        Real u = x.plus(cubic).times(Math.sqrt(2 / Math.PI));
        yield x.times(u.tanh().plus(1)).times(0.5);
      }
    };
  }

  private static Real[] softmax(Real[] x, int classes) {
    Real[] y = new Real[x.length];
    for (int at = 0; at < x.length; at += classes) {
      Real sum = x[0].constant(0);
      for (int j = at; j < at + classes; j++) {
        y[j] = x[j].exp();
        sum = sum.plus(y[j]);
      }
      for (int j = at; j < at + classes; j++) {
        y[j] = y[j].divide(sum);
      }
    }
    return y;
  }
}
