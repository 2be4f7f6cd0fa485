package kobai.verify;

import java.util.Arrays;
import java.util.function.DoubleFunction;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import kobai.data.Sequence;

/**
 * The loss and derivatives of a model from its {@link Equations}: gradients by reverse accumulation
 * through the graph of every operation, one row of the batch after the other.
 *
 * <p>{@link #disagreement} derives the same gradients twice more, forward in dual numbers and by
 * the complex step, P passes each.
 *
 * <p>Cost: about 100 bytes and 30 ns per operation of a row's forward pass.
 */
public final class EquationOracle implements Oracle {
  private final Equations equations;
  private final int parameters;
  private final Sequence sequence;

  /** The oracle of θ [parameters] on that sequence. */
  public EquationOracle(Equations equations, int parameters, Sequence sequence) {
    this.equations = equations;
    this.parameters = parameters;
    this.sequence = sequence;
  }

  @Override
  public int parameters() {
    return parameters;
  }

  @Override
  public double loss(double[][] thetas, int[] ends, int from, int to) {
    Real[][] variables = new Real[thetas.length][];
    for (int u = 0; u < thetas.length; u++) {
      variables[u] = numbers(thetas[u], Dual::of);
    }
    double loss = 0;
    for (int row = 0; row < sequence.batch(); row++) {
      loss += run(variables, ends, row, from, to, Dual.of(0), false).value();
    }
    return loss / sequence.batch();
  }

  @Override
  public double gradients(double[][] thetas, int[] ends, int from, int to, double[][] gradients) {
    Graph graph = new Graph();
    Node[][] variables = new Node[thetas.length][parameters];
    for (int u = 0; u < thetas.length; u++) {
      for (int p = 0; p < parameters; p++) {
        variables[u][p] = new Node(graph, thetas[u][p]);
      }
    }
    double loss = 0;
    for (int row = 0; row < sequence.batch(); row++) {
      Node result = (Node) run(variables, ends, row, from, to, new Node(graph, 0), false);
      graph.differentiate(result, 1.0 / sequence.batch());
      graph.clear();
      loss += result.value();
    }
    for (int u = 0; u < thetas.length; u++) {
      for (int p = 0; p < parameters; p++) {
        gradients[u][p] = variables[u][p].adjoint;
      }
    }
    return loss / sequence.batch();
  }

  /**
   * {@inheritDoc}
   *
   * <p>One pass a layer, in which only its own state goes on from step to step as a variable; and
   * one in which none does, for the parameters of no layer.
   */
  @Override
  public double[] layerwiseGradient(float[] theta, int length) {
    if (equations.levels().isEmpty()) {
      return gradient(theta, length);
    }
    double[] gradient = heldGradient(theta, length, 0, 0);
    for (Equations.Level layer : equations.levels()) {
      double[] own = heldGradient(theta, length, layer.stateAt(), layer.stateEnd());
      System.arraycopy(own, layer.at(), gradient, layer.at(), layer.end() - layer.at());
    }
    return gradient;
  }

  /** The gradient with all states before each step held, but the numbers [from, to). */
  private double[] heldGradient(float[] theta, int length, int from, int to) {
    Graph graph = new Graph();
    Node zero = new Node(graph, 0);
    Node[] variables = new Node[parameters];
    for (int p = 0; p < parameters; p++) {
      variables[p] = new Node(graph, theta[p]);
    }
    for (int row = 0; row < sequence.batch(); row++) {
      Real[] state = new Real[equations.stateSize()];
      Arrays.fill(state, zero);
      Real loss = zero;
      for (int t = 0; t < length; t++) {
        for (int i = 0; i < state.length; i++) {
          state[i] = i >= from && i < to ? state[i] : zero.constant(state[i].value());
        }
        int d = sequence.inputSize();
        int m = sequence.targetSize();
        Real[] input = data(sequence.inputs(), sequence.inputAt(t) + row * d, d, zero);
        Real[] target = data(sequence.targets(), sequence.targetAt(t) + row * m, m, zero);
        Real[] next = equations.step(variables, input, state);
        loss = loss.plus(equations.loss(variables, input, state, next, target));
        state = next;
      }
      graph.differentiate((Node) loss, 1.0 / sequence.batch());
      graph.clear();
    }
    double[] gradient = new double[parameters];
    for (int p = 0; p < parameters; p++) {
      gradient[p] = variables[p].adjoint;
    }
    return gradient;
  }

  private static Real[] numbers(double[] values, DoubleFunction<Real> number) {
    Real[] numbers = new Real[values.length];
    for (int i = 0; i < values.length; i++) {
      numbers[i] = number.apply(values[i]);
    }
    return numbers;
  }

  private static Real[] data(float[] values, int at, int count, Real zero) {
    Real[] numbers = new Real[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = zero.constant(values[at + i]);
    }
    return numbers;
  }

  /**
   * Σ over t in [from, to) of a row's ℓₜ in the arithmetic of {@code zero}; with {@code cut}, the
   * state before every unroll is a constant.
   */
  private Real run(Real[][] thetas, int[] ends, int row, int from, int to, Real zero, boolean cut) {
    int d = sequence.inputSize();
    int m = sequence.targetSize();
    Real[] state = new Real[equations.stateSize()];
    Arrays.fill(state, zero);
    Real loss = zero;
    int unroll = 0;
    for (int t = 0; t < to; t++) {
      while (t >= ends[unroll]) {
        unroll++;
        for (int i = 0; cut && i < state.length; i++) {
          state[i] = zero.constant(state[i].value());
        }
      }
      Real[] input = data(sequence.inputs(), sequence.inputAt(t) + row * d, d, zero);
      Real[] next = equations.step(thetas[unroll], input, state);
      if (t >= from) {
        Real[] target = data(sequence.targets(), sequence.targetAt(t) + row * m, m, zero);
        loss = loss.plus(equations.loss(thetas[unroll], input, state, next, target));
      }
      state = next;
    }
    return loss;
  }

  @Override
  public double disagreement(float[] theta, int[] ends) {
    double worst = 0;
    for (int[] windows : new int[][] {{sequence.length()}, ends}) {
      double[] reverse = truncatedGradient(theta, windows);
      double[] forward =
          byDirection(
              theta, windows, Dual.of(0), p -> new Dual(theta[p], 1), x -> ((Dual) x).tangent());
      double[] complex =
          byDirection(
              theta,
              windows,
              Complex.of(0),
              p -> new Complex(theta[p], Complex.STEP),
              x -> ((Complex) x).imaginary() / Complex.STEP);
      worst = Math.max(worst, Vectors.relativeError(forward, reverse));
      worst = Math.max(worst, Vectors.relativeError(complex, reverse));
    }
    return worst;
  }

  /** The truncated gradient, one direction at a time. */
  private double[] byDirection(
      float[] theta,
      int[] ends,
      Real zero,
      IntFunction<Real> variable,
      ToDoubleFunction<Real> derivative) {
    double[] gradient = new double[parameters];
    Real[] point = new Real[parameters];
    for (int p = 0; p < parameters; p++) {
      point[p] = zero.constant(theta[p]);
    }
    Real[][] thetas = new Real[ends.length][];
    Arrays.fill(thetas, point);
    for (int p = 0; p < parameters; p++) {
      Real held = point[p];
      point[p] = variable.apply(p);
      for (int row = 0; row < sequence.batch(); row++) {
        Real loss = run(thetas, ends, row, 0, ends[ends.length - 1], zero, true);
        gradient[p] += derivative.applyAsDouble(loss) / sequence.batch();
      }
      point[p] = held;
    }
    return gradient;
  }
}
