package kobai.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.data.Sequence;

/**
 * A number with a bound on its error in float, in units of u = 2⁻²⁴ and to first order: running
 * error analysis, of the forward pass and of reverse accumulation through it. Every operation hands
 * on the bounds of its operands and adds its own rounding,
 *
 * <pre>
 * e(x + y) = e(x) + e(y) + |x| + |y|,  e(x y) = |x| e(y) + |y| e(x) + |x y|      (1)
 * e(f(x))  = |f′(x)| e(x) + c |f(x)|                                            (2)
 * </pre>
 *
 * with |x| + |y| where |x + y| would do, because the order of a sum is the implementation's own,
 * and c the units in which the float functions are off.
 *
 * <p>Source: Higham (2002), Accuracy and Stability of Numerical Algorithms, section 3.3.
 */
final class RunningError implements Real {
  /** Functions are within 3 ulp of float, each at most 2 u. */
  private static final double FUNCTION = 6;

  /** All numbers since the leaves, in order. */
  private static final class Record {
    private final List<RunningError> made = new ArrayList<>();
  }

  private final Record record;
  private final double value;
  private final double error;
  private final RunningError[] operands;
  private final double[] slopes;
  private final double[] slopeErrors;
  private double adjoint;
  private double adjointError;

  private RunningError(
      Record record,
      double value,
      double error,
      RunningError[] operands,
      double[] slopes,
      double[] slopeErrors) {
    this.record = record;
    this.value = value;
    this.error = error;
    this.operands = operands;
    this.slopes = slopes;
    this.slopeErrors = slopeErrors;
  }

  private static RunningError leaf(Record record, double value) {
    return new RunningError(record, value, 0, new RunningError[0], new double[0], new double[0]);
  }

  /**
   * What float may lose of a gradient.
   *
   * @param error bound on ‖ĝ − g‖
   * @param norm ‖g‖
   */
  record Bound(double error, double norm) {
    double relative() {
      return error / norm;
    }
  }

  /** The bound of the whole sequence's gradient. */
  static Bound ofGradient(Problem problem) {
    return ofGradient(Equations.of(problem.model()), problem.theta(), problem.sequence());
  }

  /** The bound of the gradient of those equations at θ [P] on the whole sequence. */
  static Bound ofGradient(Equations equations, float[] at, Sequence sequence) {
    Record record = new Record();
    int count = at.length;
    RunningError[] theta = new RunningError[count];
    for (int p = 0; p < count; p++) {
      theta[p] = leaf(record, at[p]);
    }
    for (int row = 0; row < sequence.batch(); row++) {
      Real[] state = new Real[equations.stateSize()];
      Arrays.fill(state, leaf(record, 0));
      Real loss = leaf(record, 0);
      for (int t = 0; t < sequence.length(); t++) {
        int d = sequence.inputSize();
        int m = sequence.targetSize();
        Real[] input = data(record, sequence.inputs(), sequence.inputAt(t) + row * d, d);
        Real[] target = data(record, sequence.targets(), sequence.targetAt(t) + row * m, m);
        Real[] next = equations.step(theta, input, state);
        loss = loss.plus(equations.loss(theta, input, state, next, target));
        state = next;
      }
      differentiate(record, (RunningError) loss, 1.0 / sequence.batch());
    }
    double error = 0;
    double norm = 0;
    for (RunningError p : theta) {
      error += p.adjointError * p.adjointError;
      norm += p.adjoint * p.adjoint;
    }
    return new Bound(Math.sqrt(error) * 0x1p-24, Math.sqrt(norm));
  }

  private static Real[] data(Record record, float[] values, int at, int count) {
    Real[] numbers = new Real[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = leaf(record, values[at + i]);
    }
    return numbers;
  }

  private static void differentiate(Record record, RunningError loss, double seed) {
    loss.adjoint = seed;
    loss.adjointError = seed;
    for (int i = record.made.size() - 1; i >= 0; i--) {
      RunningError x = record.made.get(i);
      for (int k = 0; k < x.operands.length; k++) {
        double term = x.adjoint * x.slopes[k];
        RunningError operand = x.operands[k];
        double exact = Math.abs(x.slopes[k]) == 1 ? 0 : Math.abs(term);
        operand.adjointError +=
            Math.abs(x.slopes[k]) * x.adjointError + Math.abs(x.adjoint) * x.slopeErrors[k] + exact;
        if (operand.adjoint != 0) {
          operand.adjointError += Math.abs(operand.adjoint) + Math.abs(term);
        }
        operand.adjoint += term;
      }
    }
    record.made.clear();
  }

  private RunningError unary(double result, double own, double slope, double slopeError) {
    return keep(
        new RunningError(
            record,
            result,
            Math.abs(slope) * error + own,
            new RunningError[] {this},
            new double[] {slope},
            new double[] {slopeError}));
  }

  private RunningError binary(
      double result, double bound, RunningError y, double a, double ea, double b, double eb) {
    return keep(
        new RunningError(
            record,
            result,
            bound,
            new RunningError[] {this, y},
            new double[] {a, b},
            new double[] {ea, eb}));
  }

  private RunningError keep(RunningError made) {
    record.made.add(made);
    return made;
  }

  @Override
  public double value() {
    return value;
  }

  @Override
  public Real constant(double constant) {
    return leaf(record, constant);
  }

  @Override
  public Real plus(Real other) {
    RunningError y = (RunningError) other;
    double own = Math.abs(value) + Math.abs(y.value);
    return binary(value + y.value, error + y.error + own, y, 1, 0, 1, 0);
  }

  @Override
  public Real minus(Real other) {
    RunningError y = (RunningError) other;
    double own = Math.abs(value) + Math.abs(y.value);
    return binary(value - y.value, error + y.error + own, y, 1, 0, -1, 0);
  }

  @Override
  public Real times(Real other) {
    RunningError y = (RunningError) other;
    double bound =
        Math.abs(value) * y.error + Math.abs(y.value) * error + Math.abs(value * y.value);
    return binary(value * y.value, bound, y, y.value, y.error, value, error);
  }

  @Override
  public Real divide(Real other) {
    RunningError y = (RunningError) other;
    double q = value / y.value;
    double size = Math.abs(y.value);
    double bound = (error + Math.abs(q) * y.error) / size + Math.abs(q);
    double inverse = y.error / (size * size) + 1 / size;
    return binary(
        q,
        bound,
        y,
        1 / y.value,
        inverse,
        -q / y.value,
        bound / size + Math.abs(q) * inverse + Math.abs(q) / size);
  }

  @Override
  public Real plus(double other) {
    return unary(value + other, Math.abs(value) + Math.abs(other), 1, 0);
  }

  @Override
  public Real times(double factor) {
    // a constant of the model is itself rounded to float, unless it is a power of two
    boolean exact = Math.abs(factor) == 1;
    return unary(
        value * factor,
        exact ? 0 : 2 * Math.abs(value * factor),
        factor,
        exact ? 0 : Math.abs(factor));
  }

  @Override
  public Real exp() {
    double e = Math.exp(value);
    return unary(e, FUNCTION * e, e, e * error + FUNCTION * e);
  }

  @Override
  public Real log() {
    double log = Math.log(value);
    double slope = 1 / value;
    return unary(log, FUNCTION * Math.abs(log), slope, error * slope * slope + Math.abs(slope));
  }

  @Override
  public Real tanh() {
    double t = Math.tanh(value);
    double slope = (1 - t) * (1 + t);
    double own = slope * error + FUNCTION * Math.abs(t);
    return unary(t, FUNCTION * Math.abs(t), slope, 2 * Math.abs(t) * own + 1 + t * t);
  }

  @Override
  public Real sigmoid() {
    double s = 1 / (1 + Math.exp(-value));
    double slope = s * (1 - s);
    double own = slope * error + FUNCTION * s;
    return unary(s, FUNCTION * s, slope, Math.abs(1 - 2 * s) * own + (1 - s) + s + slope);
  }

  @Override
  public Real sin() {
    return turning(Math.sin(value), Math.cos(value));
  }

  @Override
  public Real cos() {
    return turning(Math.cos(value), -Math.sin(value));
  }

  private Real turning(double result, double slope) {
    return unary(
        result,
        FUNCTION * Math.abs(result),
        slope,
        Math.abs(result) * error + FUNCTION * Math.abs(slope));
  }

  @Override
  public Real sqrt() {
    double root = Math.sqrt(value);
    double slope = 0.5 / root;
    return unary(root, root, slope, slope * (error * slope + root) / root + slope);
  }
}
