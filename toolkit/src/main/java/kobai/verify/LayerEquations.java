package kobai.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import kobai.models.DifferentiableModel;
import kobai.networks.Activation;
import kobai.networks.Attention;
import kobai.networks.BatchNorm;
import kobai.networks.Chain;
import kobai.networks.Convolution;
import kobai.networks.Dense;
import kobai.networks.Dropout;
import kobai.networks.Embedding;
import kobai.networks.FrozenNorm;
import kobai.networks.Layer;
import kobai.networks.LayerNorm;
import kobai.networks.Pointwise;
import kobai.networks.Pooling;
import kobai.networks.PositionBias;
import kobai.networks.Recurrent;
import kobai.networks.Residual;
import kobai.networks.Shape;
import kobai.networks.Softmax;
import kobai.networks.Variance;
import kobai.networks.VariationalDense;
import kobai.networks.WeightNorm;

/**
 * What the layers of a network compute, each straight from its definition, on the B rows of a step.
 *
 * @param theta [P]
 * @param masks of every row, columns in the order of the layers that read them
 * @param before state of every row before the step
 * @param after the states of all rows after the step, one after the other: overwritten
 */
record LayerEquations(Real[] theta, List<Real[]> masks, List<Real[]> before, Real[] after) {
  /** ε of the normalisations. */
  private static final double EPSILON = 1e-5f;

  /** Layers one after the other, the parameters of the first at {@code at}. */
  List<Real[]> chain(Chain chain, int at, int masksAt, int stateAt, List<Real[]> x) {
    List<Real[]> reached = x;
    for (Layer layer : chain.layers()) {
      reached = apply(layer, at, masksAt, stateAt, reached);
      at += layer.parameters();
      masksAt += layer.masks();
      stateAt += states(layer);
    }
    return reached;
  }

  private static int states(Layer layer) {
    return switch (layer) {
      case Recurrent recurrent -> recurrent.stateSize();
      case Residual residual ->
          residual.chain().layers().stream().mapToInt(LayerEquations::states).sum();
      default -> 0;
    };
  }

  private List<Real[]> apply(Layer layer, int at, int masksAt, int stateAt, List<Real[]> x) {
    return switch (layer) {
      case Dense dense -> each(x, row -> affine(row, at, dense.units()));
      case VariationalDense dense -> variational(x, at, masksAt, dense);
      case Pointwise pointwise -> each(x, row -> pointwise(pointwise.activation(), row));
      case Softmax softmax -> each(x, row -> softmax(row, softmax.input().channels()));
      case Dropout dropout -> masked(x, masksAt);
      case LayerNorm norm -> each(x, row -> layerNorm(row, at, norm.input().channels()));
      case BatchNorm norm -> batchNorm(x, at, norm.input().channels());
      case FrozenNorm norm -> each(x, row -> frozenNorm(row, at, norm));
      case WeightNorm dense -> each(x, row -> weightNorm(row, at, dense.units()));
      case Residual residual -> sums(x, chain(residual.chain(), at, masksAt, stateAt, x));
      case Convolution convolution -> each(x, row -> convolution(row, at, convolution));
      case Pooling pooling -> each(x, row -> pooling(row, pooling));
      case Embedding embedding -> each(x, row -> embedding(row, at, embedding.width()));
      case PositionBias bias ->
          each(x, row -> sum(row, CellEquations.slice(theta, at, row.length)));
      case Attention attention -> each(x, row -> attention(row, at, attention));
      case Recurrent recurrent -> recurrent(recurrent, at, stateAt, x);
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
    Real[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** X W + b, [W | b] at {@code at}. */
  private Real[] affine(Real[] x, int at, int n) {
    Real[] y = CellEquations.slice(theta, at + x.length * n, n);
    CellEquations.product(x, theta, at, y);
    return y;
  }

  /** X M + b + √(x² V + v) ζ, [M | b | V | v] at {@code at}, ζ in the masks. */
  private List<Real[]> variational(List<Real[]> rows, int at, int masksAt, VariationalDense layer) {
    List<Real[]> results = new ArrayList<>();
    for (int b = 0; b < rows.size(); b++) {
      Real[] x = rows.get(b);
      Real[] squares = new Real[x.length];
      for (int i = 0; i < x.length; i++) {
        squares[i] = x[i].square();
      }
      Real[] y = affine(x, at, layer.units());
      Real[] variance = affine(squares, at + layer.half(), layer.units());
      for (int j = 0; j < y.length; j++) {
        y[j] = y[j].plus(variance[j].sqrt().times(masks.get(b)[masksAt + j]));
      }
      results.add(y);
    }
    return results;
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

  private List<Real[]> masked(List<Real[]> x, int masksAt) {
    List<Real[]> results = new ArrayList<>();
    for (int b = 0; b < x.size(); b++) {
      Real[] y = new Real[x.get(b).length];
      for (int i = 0; i < y.length; i++) {
        y[i] = x.get(b)[i].times(masks.get(b)[masksAt + i]);
      }
      results.add(y);
    }
    return results;
  }

  /** (x − mean) / √(variance + ε) of all of x. */
  private static Real[] standardised(Real[] x) {
    Real mean = x[0].constant(0);
    for (Real value : x) {
      mean = mean.plus(value.times(1.0 / x.length));
    }
    Real variance = x[0].constant(0);
    for (Real value : x) {
      variance = variance.plus(value.minus(mean).square().times(1.0 / x.length));
    }
    Real[] y = new Real[x.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = x[i].minus(mean).divide(variance.plus(EPSILON).sqrt());
    }
    return y;
  }

  /** γ x̂ + β, [γ | β] at {@code at}. */
  private Real scaled(Real standard, int at, int channel, int channels) {
    return standard.times(theta[at + channel]).plus(theta[at + channels + channel]);
  }

  private Real[] layerNorm(Real[] x, int at, int channels) {
    Real[] y = new Real[x.length];
    for (int from = 0; from < x.length; from += channels) {
      Real[] standard = standardised(CellEquations.slice(x, from, channels));
      for (int c = 0; c < channels; c++) {
        y[from + c] = scaled(standard[c], at, c, channels);
      }
    }
    return y;
  }

  private List<Real[]> batchNorm(List<Real[]> x, int at, int channels) {
    int positions = x.get(0).length / channels;
    List<Real[]> results = each(x, row -> new Real[row.length]);
    for (int c = 0; c < channels; c++) {
      Real[] members = new Real[x.size() * positions];
      for (int i = 0; i < members.length; i++) {
        members[i] = x.get(i / positions)[i % positions * channels + c];
      }
      Real[] standard = standardised(members);
      for (int i = 0; i < members.length; i++) {
        results.get(i / positions)[i % positions * channels + c] =
            scaled(standard[i], at, c, channels);
      }
    }
    return results;
  }

  private Real[] frozenNorm(Real[] x, int at, FrozenNorm norm) {
    int channels = norm.input().channels();
    Real[] y = new Real[x.length];
    for (int i = 0; i < x.length; i++) {
      int c = i % channels;
      double deviation = Math.sqrt(norm.variance(c) + EPSILON);
      y[i] = scaled(x[i].plus(-norm.mean(c)).times(1 / deviation), at, c, channels);
    }
    return y;
  }

  /** [V d × n | g n | b n] at {@code at}. */
  private Real[] weightNorm(Real[] x, int at, int n) {
    int d = x.length;
    Real[] y = new Real[n];
    for (int j = 0; j < n; j++) {
      Real square = x[0].constant(0);
      Real product = x[0].constant(0);
      for (int i = 0; i < d; i++) {
        Real v = theta[at + i * n + j];
        square = square.plus(v.square());
        product = product.plus(v.times(x[i]));
      }
      Real length = theta[at + d * n + j];
      y[j] = product.times(length).divide(square.sqrt()).plus(theta[at + d * n + n + j]);
    }
    return y;
  }

  private List<Real[]> recurrent(Recurrent layer, int at, int stateAt, List<Real[]> x) {
    CellEquations cell = (CellEquations) Equations.of((DifferentiableModel) layer.model());
    // What stands before the model's readout is the layer.
    Real[] own = CellEquations.slice(theta, at, cell.readoutAt());
    int size = cell.stateSize();
    List<Real[]> results = new ArrayList<>();
    for (int b = 0; b < x.size(); b++) {
      Real[] state = CellEquations.slice(before.get(b), stateAt, size);
      Real[] next = cell.step(own, x.get(b), state);
      System.arraycopy(next, 0, after, b * before.get(b).length + stateAt, size);
      results.add(CellEquations.slice(next, 0, layer.units()));
    }
    return results;
  }

  private static List<Real[]> sums(List<Real[]> x, List<Real[]> y) {
    List<Real[]> results = new ArrayList<>();
    for (int b = 0; b < x.size(); b++) {
      results.add(sum(x.get(b), y.get(b)));
    }
    return results;
  }

  private static Real[] sum(Real[] x, Real[] y) {
    Real[] z = new Real[x.length];
    for (int i = 0; i < z.length; i++) {
      z[i] = x[i].plus(y[i]);
    }
    return z;
  }

  /** The number at (line, place, channel) of an image, 0 outside. */
  private static Real at(Real[] x, Shape shape, int line, int place, int channel) {
    boolean flat = shape.rank() == 2;
    int height = flat ? 1 : shape.size(0);
    int width = shape.size(flat ? 0 : 1);
    boolean inside = line >= 0 && line < height && place >= 0 && place < width;
    return inside ? x[(line * width + place) * shape.channels() + channel] : x[0].constant(0);
  }

  private Real[] convolution(Real[] x, int at, Convolution layer) {
    Shape from = layer.input();
    Shape to = layer.output();
    boolean flat = from.rank() == 2;
    int tall = flat ? 1 : layer.size();
    int across = to.size(flat ? 0 : 1);
    int channels = from.channels();
    int filters = to.channels();
    int biasAt = at + tall * layer.size() * channels * filters;
    Real[] y = new Real[to.count()];
    for (int o = 0; o < y.length; o++) {
      int f = o % filters;
      int line = o / filters / across * layer.stride() - (flat ? 0 : layer.padding());
      int place = o / filters % across * layer.stride() - layer.padding();
      y[o] = theta[biasAt + f];
      for (int i = 0; i < tall; i++) {
        for (int j = 0; j < layer.size(); j++) {
          for (int c = 0; c < channels; c++) {
            Real weight = theta[at + ((i * layer.size() + j) * channels + c) * filters + f];
            y[o] = y[o].plus(weight.times(at(x, from, line + i, place + j, c)));
          }
        }
      }
    }
    return y;
  }

  private static Real[] pooling(Real[] x, Pooling layer) {
    Shape from = layer.input();
    Shape to = layer.output();
    boolean flat = from.rank() == 2;
    int tall = flat ? 1 : layer.size();
    int across = to.size(flat ? 0 : 1);
    int channels = from.channels();
    Real[] y = new Real[to.count()];
    for (int o = 0; o < y.length; o++) {
      int line = o / channels / across * layer.stride();
      int place = o / channels % across * layer.stride();
      Real most = at(x, from, line, place, o % channels);
      Real sum = x[0].constant(0);
      for (int i = 0; i < tall; i++) {
        for (int j = 0; j < layer.size(); j++) {
          Real value = at(x, from, line + i, place + j, o % channels);
          most = most.max(value);
          sum = sum.plus(value);
        }
      }
      y[o] = layer.largest() ? most : sum.times(1.0 / (tall * layer.size()));
    }
    return y;
  }

  private Real[] embedding(Real[] x, int at, int width) {
    Real[] y = new Real[x.length * width];
    for (int p = 0; p < x.length; p++) {
      System.arraycopy(theta, at + (int) x[p].value() * width, y, p * width, width);
    }
    return y;
  }

  private Real[] attention(Real[] x, int at, Attention layer) {
    int channels = layer.input().channels();
    int positions = layer.input().positions();
    int own = channels / layer.heads();
    int outputAt = at + 3 * channels * (channels + 1);
    Real[][] projected = new Real[positions][];
    for (int p = 0; p < positions; p++) {
      projected[p] = affine(CellEquations.slice(x, p * channels, channels), at, 3 * channels);
    }
    Real[] y = new Real[x.length];
    for (int p = 0; p < positions; p++) {
      Real[] mixed = new Real[channels];
      for (int head = 0; head < layer.heads(); head++) {
        int seen = layer.causal() ? p + 1 : positions;
        Real[] scores = new Real[seen];
        for (int other = 0; other < seen; other++) {
          scores[other] = x[0].constant(0);
          for (int c = head * own; c < (head + 1) * own; c++) {
            scores[other] =
                scores[other].plus(projected[p][c].times(projected[other][channels + c]));
          }
          scores[other] = scores[other].times(1 / Math.sqrt(own));
        }
        Real[] share = softmax(scores, seen);
        for (int c = head * own; c < (head + 1) * own; c++) {
          mixed[c] = x[0].constant(0);
          for (int other = 0; other < seen; other++) {
            mixed[c] = mixed[c].plus(share[other].times(projected[other][2 * channels + c]));
          }
        }
      }
      Real[] row = affine(mixed, outputAt, channels);
      System.arraycopy(row, 0, y, p * channels, channels);
    }
    return y;
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
