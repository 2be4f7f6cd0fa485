package kobai.verify;

import kobai.data.Sequence;
import kobai.models.LeakyRnn;

/**
 * Real-time recurrent learning for the leaky network in double: the influence M = dsₜ/dθ of every
 * parameter carried forward, [n × P], one row of the batch at a time. The readout's part is read
 * off the loss directly.
 *
 * <pre>
 * Mₜ[i, p] = (1 − α) Mₜ₋₁[i, p] + α f′(uₜ,ᵢ) (Σⱼ W[j, i] Mₜ₋₁[j, p] + ∂uₜ,ᵢ/∂θₚ)
 * ∇L = Σₜ (Mₜᵀ qₜ + ∂ℓₜ/∂θ)
 * </pre>
 */
final class LeakyRnnInfluence {
  private final LeakyRnn model;
  private final Sequence sequence;

  LeakyRnnInfluence(LeakyRnn model, Sequence sequence) {
    this.model = model;
    this.sequence = sequence;
  }

  /** ∇θ Σₜ ℓₜ. */
  double[] gradient(float[] theta) {
    double[] gradient = new double[theta.length];
    for (int row = 0; row < sequence.batch(); row++) {
      addRow(theta, row, gradient);
    }
    return gradient;
  }

  private void addRow(float[] theta, int row, double[] gradient) {
    int n = model.stateSize();
    int d = model.inputSize();
    int recurrent = (n + d + 1) * n;
    double alpha = model.alpha();
    double[] state = new double[n];
    double[][] influence = new double[n][recurrent];
    for (int t = 0; t < sequence.length(); t++) {
      double[] sources = new double[n + d + 1];
      System.arraycopy(state, 0, sources, 0, n);
      for (int j = 0; j < d; j++) {
        sources[n + j] = sequence.inputs()[(t * sequence.batch() + row) * d + j];
      }
      sources[n + d] = 1;
      double[] next = new double[n];
      double[][] moved = new double[n][recurrent];
      for (int i = 0; i < n; i++) {
        double u = 0;
        for (int j = 0; j < sources.length; j++) {
          u += sources[j] * theta[j * n + i];
        }
        double f = LeakyRnnOracle.value(model.activation(), u);
        double slope = LeakyRnnOracle.slope(model.activation(), u, f);
        next[i] = (1 - alpha) * state[i] + alpha * f;
        for (int p = 0; p < recurrent; p++) {
          double du = p % n == i ? sources[p / n] : 0;
          for (int j = 0; j < n; j++) {
            du += theta[j * n + i] * influence[j][p];
          }
          moved[i][p] = (1 - alpha) * influence[i][p] + alpha * slope * du;
        }
      }
      state = next;
      influence = moved;
      addLoss(theta, row, t, state, influence, gradient);
    }
  }

  private void addLoss(
      float[] theta, int row, int t, double[] state, double[][] influence, double[] gradient) {
    int n = model.stateSize();
    int m = model.targetSize();
    int readout = influence[0].length;
    double[] error = outputError(theta, row, t, state, readout);
    for (int k = 0; k < m; k++) {
      double e = error[k] / sequence.batch();
      gradient[readout + n * m + k] += e;
      for (int i = 0; i < n; i++) {
        gradient[readout + i * m + k] += e * state[i];
        for (int p = 0; p < readout; p++) {
          gradient[p] += e * theta[readout + i * m + k] * influence[i][p];
        }
      }
    }
  }

  private double[] outputError(float[] theta, int row, int t, double[] state, int readout) {
    int n = model.stateSize();
    int m = model.targetSize();
    double[] z = new double[m];
    double sum = 0;
    double mass = 0;
    for (int k = 0; k < m; k++) {
      z[k] = theta[readout + n * m + k];
      for (int i = 0; i < n; i++) {
        z[k] += state[i] * theta[readout + i * m + k];
      }
      sum += Math.exp(z[k]);
      mass += target(row, t, k);
    }
    for (int k = 0; k < m; k++) {
      z[k] =
          switch (model.loss()) {
            case SQUARED_ERROR -> z[k] - target(row, t, k);
            case SOFTMAX_CROSS_ENTROPY -> mass * Math.exp(z[k]) / sum - target(row, t, k);
          };
    }
    return z;
  }

  private double target(int row, int t, int k) {
    return sequence.targets()[(t * sequence.batch() + row) * model.targetSize() + k];
  }
}
