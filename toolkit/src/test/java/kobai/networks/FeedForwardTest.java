package kobai.networks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.Loss;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A network of one hidden layer, written out in double: x ∈ ℝ², a¹ = W¹x + b¹ ∈ ℝ³, z¹ = tanh a¹,
 * a² = W²z¹ + b² ∈ ℝ². The program divides by the rows where the equations sum over them.
 */
class FeedForwardTest {
  private static final int D = 2;
  private static final int H = 3;
  private static final int M = 2;
  private static final int ROWS = 2;
  private static final float[] X = {0.5f, -1, 0.25f, 0.75f};
  private static final float[] Y = {0.25f, 1, -0.5f, 0.125f};

  /** A path of some twenty float roundings, 2⁻²⁴ each, of numbers below 4. */
  private static final double ROUNDING = 80 * 0x1p-24;

  private static float[] theta() {
    float[] theta = new float[D * H + H + H * M + M];
    for (int p = 0; p < theta.length; p++) {
      theta[p] = (p * 7 % 11 - 5) / 8f;
    }
    return theta;
  }

  /** W¹ stands first, input by input: weight from i to j at i·H + j; then b¹, W², b². */
  private static double[] hidden(double[] theta, int row) {
    double[] z = new double[H];
    for (int j = 0; j < H; j++) {
      double a = theta[D * H + j];
      for (int i = 0; i < D; i++) {
        a += theta[i * H + j] * X[row * D + i];
      }
      z[j] = Math.tanh(a);
    }
    return z;
  }

  private static double[] output(double[] theta, double[] z) {
    int at = D * H + H;
    double[] a = new double[M];
    for (int k = 0; k < M; k++) {
      a[k] = theta[at + H * M + k];
      for (int j = 0; j < H; j++) {
        a[k] += theta[at + j * M + k] * z[j];
      }
    }
    return a;
  }

  private static double energy(double[] theta) {
    double sum = 0;
    for (int row = 0; row < ROWS; row++) {
      double[] a = output(theta, hidden(theta, row));
      for (int k = 0; k < M; k++) {
        sum += 0.5 * (Y[row * M + k] - a[k]) * (Y[row * M + k] - a[k]);
      }
    }
    return sum;
  }

  /** ∂E/∂θ by the recursion of δ; {@code sign} is 1 for δ² = a − y, −1 for the slip y − a. */
  private static double[] backpropagated(double[] theta, int sign) {
    double[] gradient = new double[theta.length];
    int at = D * H + H;
    for (int row = 0; row < ROWS; row++) {
      double[] z = hidden(theta, row);
      double[] a = output(theta, z);
      double[] delta = new double[M];
      for (int k = 0; k < M; k++) {
        delta[k] = sign * (a[k] - Y[row * M + k]);
        gradient[at + H * M + k] += delta[k];
        for (int j = 0; j < H; j++) {
          gradient[at + j * M + k] += delta[k] * z[j];
        }
      }
      for (int j = 0; j < H; j++) {
        double back = 0;
        for (int k = 0; k < M; k++) {
          back += theta[at + j * M + k] * delta[k];
        }
        double own = (1 - z[j] * z[j]) * back;
        gradient[D * H + j] += own;
        for (int i = 0; i < D; i++) {
          gradient[i * H + j] += own * X[row * D + i];
        }
      }
    }
    return gradient;
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static Network network() {
    return Network.of("dense(3) tanh dense(2)", Shape.of(D), M, Loss.SQUARED_ERROR);
  }

  private static double estimate(float[] gradient) {
    GradientEstimator estimator = Algorithm.BPTT.create(Setup.of(network(), 1).withBatch(ROWS));
    estimator.reset(0);
    return estimator.estimate(theta(), new Sequence(1, ROWS, D, M, X, Y), 0, 1, gradient);
  }

  @Test
  @DisplayName("§1.1: layers are a = W z + b and z = φ(a), from the input to the output")
  void outputsAreThoseOfTheEquations() {
    float[] outputs = new float[ROWS * M];
    network()
        .predictor(Implementation.VECTOR.kernels(), Workspace.allocating(), ROWS)
        .predict(theta(), new Sequence(1, ROWS, D, M, X, Y), 0, outputs, 0);
    double[] theta = doubles(theta());
    for (int row = 0; row < ROWS; row++) {
      double[] expected = output(theta, hidden(theta, row));
      for (int k = 0; k < M; k++) {
        assertEquals(expected[k], outputs[row * M + k], ROUNDING);
        assertTrue(Math.abs(expected[k]) > 0.01, "not trivially zero");
      }
    }
  }

  @Test
  @DisplayName("§1.2: the squared error is half the squared distance, summed over rows")
  void theLossIsTheSquaredError() {
    double loss = estimate(new float[theta().length]);
    assertEquals(energy(doubles(theta())), ROWS * loss, ROUNDING);
    assertTrue(loss > 0.1);
  }

  /** The slope of E itself decides which sign is right. */
  @Test
  @DisplayName("§1.5: the last δ is a − y; y − a is the gradient's negative")
  void theSignOfTheLastDeltaIsThatOfTheSlope() {
    double[] theta = doubles(theta());
    double[] right = backpropagated(theta, 1);
    double[] wrong = backpropagated(theta, -1);
    float[] gradient = new float[theta.length];
    estimate(gradient);
    double h = 1e-5; // error h² = 1e-10 times a third derivative below 10, and 1e-16/h
    for (int p = 0; p < theta.length; p++) {
      double[] moved = theta.clone();
      moved[p] = theta[p] + h;
      double plus = energy(moved);
      moved[p] = theta[p] - h;
      double slope = (plus - energy(moved)) / (2 * h);
      assertEquals(slope, right[p], 1e-8);
      assertEquals(slope, ROWS * gradient[p], 1e-8 + ROUNDING);
      assertEquals(-slope, wrong[p], 1e-8);
    }
    assertTrue(Math.abs(right[theta.length - 1]) > 0.1, "the signs differ visibly");
  }

  @Test
  @DisplayName("§1.6: backpropagation carries δ through φ′ and Wᵀ; ∂E/∂W = δ zᵀ, ∂E/∂b = δ")
  void theGradientIsThatOfTheRecursion() {
    double[] expected = backpropagated(doubles(theta()), 1);
    float[] gradient = new float[expected.length];
    estimate(gradient);
    for (int p = 0; p < expected.length; p++) {
      assertEquals(expected[p], ROWS * gradient[p], ROUNDING, "parameter " + p);
    }
  }

  /** Logits ln 1, ln 2, ln 5: probabilities 1/8, 1/4, 5/8. */
  @Test
  @DisplayName("§1.3: softmax cross-entropy is −ln of the probability of the class")
  void crossEntropyByHand() {
    Network network = Network.of("dense(3)", Shape.of(1), 3, Loss.SOFTMAX_CROSS_ENTROPY);
    float[] theta = {0, 0, 0, 0, (float) Math.log(2), (float) Math.log(5)};
    Sequence sequence = new Sequence(1, 1, 1, 3, new float[] {1}, new float[] {0, 0, 1});
    GradientEstimator estimator = Algorithm.BPTT.create(Setup.of(network, 1));
    estimator.reset(0);
    float[] gradient = new float[6];
    assertEquals(Math.log(8 / 5.0), estimator.estimate(theta, sequence, 0, 1, gradient), 1e-6);
    // softmax − y, to the weights (the input is 1) and to the biases.
    assertArrayEquals(
        new float[] {0.125f, 0.25f, -0.375f, 0.125f, 0.25f, -0.375f}, gradient, 1e-6f);
  }

  /** Mean 2 and variance 1, so that x̂ = ∓1/√(1 + ε). */
  @Test
  @DisplayName("§5.3: layer normalisation takes mean and variance over the channels of a row")
  void layerNormalisationByHand() {
    Network network = Network.of("layernorm", Shape.of(2), 2, Loss.SQUARED_ERROR);
    float[] outputs = new float[4];
    network
        .predictor(Implementation.VECTOR.kernels(), Workspace.allocating(), 2)
        .predict(
            new float[] {2, 3, 0.5f, 0.25f},
            new Sequence(1, 2, 2, 2, new float[] {1, 3, 30, 10}, new float[4]),
            0,
            outputs,
            0);
    double small = 1 / Math.sqrt(1 + 1e-5);
    double large = 10 / Math.sqrt(100 + 1e-5); // mean 20, variance 100
    double[] expected = {0.5 - 2 * small, 0.25 + 3 * small, 0.5 + 2 * large, 0.25 - 3 * large};
    for (int i = 0; i < 4; i++) {
      assertEquals(expected[i], outputs[i], 1e-6);
    }
  }

  /**
   * v = (3, 4), g = 10: w = (6, 8); x = (1, 1), b = 1: y = 15, against 14 δ = 1. ∂/∂g = δ x·v/‖v‖ =
   * 7/5; ∂/∂v = δ g/‖v‖ (x − (x·v̂) v̂) = 2 ((1, 1) − 1.4 (0.6, 0.8)) = (0.32, −0.24); ∂/∂b = 1.
   */
  @Test
  @DisplayName("§5.4: weight normalisation is w = g v/‖v‖, its gradient in v at right angles to v")
  void weightNormalisationByHand() {
    Network network = Network.of("weightnorm(1)", Shape.of(2), 1, Loss.SQUARED_ERROR);
    GradientEstimator estimator = Algorithm.BPTT.create(Setup.of(network, 1));
    estimator.reset(0);
    float[] gradient = new float[4];
    Sequence sequence = new Sequence(1, 1, 2, 1, new float[] {1, 1}, new float[] {14});
    double loss = estimator.estimate(new float[] {3, 4, 10, 1}, sequence, 0, 1, gradient);
    assertEquals(0.5, loss, 1e-5);
    // 15 − 14 loses four bits: 16 roundings of 2⁻²⁴.
    assertArrayEquals(new float[] {0.32f, -0.24f, 1.4f, 1}, gradient, 1e-5f);
    assertEquals(0, gradient[0] * 3 + gradient[1] * 4, 1e-5);
  }
}
