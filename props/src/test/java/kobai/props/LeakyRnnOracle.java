package kobai.props;

import kobai.data.Sequence;
import kobai.kernels.Activation;
import kobai.models.LeakyRnn;
import kobai.models.Loss;

/**
 * The leaky network in double, one scalar at a time in dual numbers, straight from the equations of scope section 7 and
 * sharing no code with what it checks: the derivative in the direction of every parameter in turn.
 */
final class LeakyRnnOracle {
  private final LeakyRnn model;
  private final int n;
  private final int d;
  private final int m;

  LeakyRnnOracle(LeakyRnn model) {
    this.model = model;
    n = model.stateSize();
    d = model.inputSize();
    m = model.targetSize();
  }

  /** Number of parameters, counted from the sizes. */
  int parameters() {
    return n * n + d * n + n + n * m + m;
  }

  /** Σₜ ℓₜ (means over the rows) over [0, length). */
  double loss(float[] theta, Sequence sequence) {
    return loss(theta, sequence, -1, 0).value();
  }

  /** ∇θ Σₜ ℓₜ over the whole sequence. */
  double[] gradient(float[] theta, Sequence sequence) {
    return truncatedGradient(theta, sequence, sequence.length());
  }

  /** The sum over windows of {@code window} steps of the gradients in which the state before a window is a constant. */
  double[] truncatedGradient(float[] theta, Sequence sequence, int window) {
    double[] gradient = new double[parameters()];
    for (int p = 0; p < gradient.length; p++) {
      gradient[p] = loss(theta, sequence, p, window).tangent();
    }
    return gradient;
  }

  private Dual loss(float[] theta, Sequence sequence, int direction, int window) {
    Dual total = Dual.constant(0);
    for (int row = 0; row < sequence.batch(); row++) {
      Dual[] state = new Dual[n];
      java.util.Arrays.fill(state, Dual.constant(0));
      for (int t = 0; t < sequence.length(); t++) {
        if (window > 0 && t % window == 0) {
          for (int i = 0; i < n; i++) {
            state[i] = Dual.constant(state[i].value());
          }
        }
        state = step(theta, direction, sequence, row, t, state);
        total = total.plus(stepLoss(theta, direction, sequence, row, t, state));
      }
    }
    return total.times(1.0 / sequence.batch());
  }

  private Dual parameter(float[] theta, int direction, int p) {
    return new Dual(theta[p], p == direction ? 1 : 0);
  }

  private Dual[] step(float[] theta, int direction, Sequence sequence, int row, int t, Dual[] state) {
    double alpha = model.alpha();
    Dual[] next = new Dual[n];
    for (int i = 0; i < n; i++) {
      Dual u = parameter(theta, direction, n * n + d * n + i);
      for (int j = 0; j < n; j++) {
        u = u.plus(parameter(theta, direction, j * n + i).times(state[j]));
      }
      for (int j = 0; j < d; j++) {
        double x = sequence.inputs()[(t * sequence.batch() + row) * d + j];
        u = u.plus(parameter(theta, direction, n * n + j * n + i).times(x));
      }
      next[i] = state[i].times(1 - alpha).plus(activate(u).times(alpha));
    }
    return next;
  }

  private Dual activate(Dual u) {
    Activation activation = model.activation();
    return switch (activation) {
      case TANH -> u.tanh();
      case SIGMOID -> u.sigmoid();
      case RELU -> u.positivePart();
      case IDENTITY -> u;
    };
  }

  private Dual stepLoss(float[] theta, int direction, Sequence sequence, int row, int t, Dual[] state) {
    int readout = n * n + d * n + n;
    Dual[] z = new Dual[m];
    for (int k = 0; k < m; k++) {
      z[k] = parameter(theta, direction, readout + n * m + k);
      for (int i = 0; i < n; i++) {
        z[k] = z[k].plus(parameter(theta, direction, readout + i * m + k).times(state[i]));
      }
    }
    int target = (t * sequence.batch() + row) * m;
    Dual loss = Dual.constant(0);
    if (model.loss() == Loss.SQUARED_ERROR) {
      for (int k = 0; k < m; k++) {
        Dual error = z[k].minus(Dual.constant(sequence.targets()[target + k]));
        loss = loss.plus(error.times(error).times(0.5));
      }
      return loss;
    }
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < m; k++) {
      largest = Math.max(largest, z[k].value());
    }
    Dual shift = Dual.constant(largest);
    Dual sum = Dual.constant(0);
    for (int k = 0; k < m; k++) {
      sum = sum.plus(z[k].minus(shift).exp());
    }
    for (int k = 0; k < m; k++) {
      Dual surprise = sum.log().minus(z[k].minus(shift));
      loss = loss.plus(surprise.times(sequence.targets()[target + k]));
    }
    return loss;
  }
}
