package kobai.networks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.Loss;
import kobai.models.Tape;
import kobai.random.RandomKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DropoutTest {
  private static Network network(String text, int inputs) {
    return Network.of(text, Shape.of(inputs), 1, Loss.SQUARED_ERROR);
  }

  /** The loss, followed by the gradient. */
  private static double[] gradient(Network network, float[] theta, Sequence sequence) {
    Tape tape =
        network.tape(Implementation.SCALAR.kernels(), Workspace.allocating(), 1, sequence.batch());
    float[] gradient = new float[theta.length];
    double loss = tape.forward(theta, sequence, 0, 1, new float[0]);
    tape.backward(theta, sequence, new float[0], gradient);
    double[] all = new double[1 + theta.length];
    all[0] = loss;
    for (int p = 0; p < theta.length; p++) {
      all[p + 1] = gradient[p];
    }
    return all;
  }

  /** The mean of loss and gradient over all masks, each as likely as its keeps make it. */
  private static double[] mean(
      Network network, float[] theta, float[] x, float y, double... keeps) {
    int d = x.length;
    Sequence sequence = Sequence.allocate(1, 1, d + keeps.length, 1);
    System.arraycopy(x, 0, sequence.inputs(), 0, d);
    sequence.targets()[0] = y;
    double[] mean = new double[1 + theta.length];
    for (int bits = 0; bits < 1 << keeps.length; bits++) {
      double weight = 1;
      for (int i = 0; i < keeps.length; i++) {
        boolean kept = (bits >> i & 1) == 1;
        weight *= kept ? keeps[i] : 1 - keeps[i];
        sequence.inputs()[d + i] = kept ? (float) (1 / keeps[i]) : 0f;
      }
      double[] own = gradient(network, theta, sequence);
      for (int p = 0; p < mean.length; p++) {
        mean[p] += weight * own[p];
      }
    }
    return mean;
  }

  /**
   * Linear regression: E ½ (w·(m̃ ⊙ x) − y)² = ½ (w·x − y)² + ½ (1 − p)/p Σ w² x², a ridge penalty;
   * its gradient is (w·x − y) x + (1 − p)/p w x².
   */
  @Test
  void dropoutOnTheInputsOfALinearModelIsARidgePenalty() {
    float[] x = {1, -2, 0.5f};
    float[] theta = {0.5f, 0.25f, -1, 0.125f};
    double p = 0.75;
    double[] mean = mean(network("dropout(0.75) dense(1)", 3), theta, x, 2, p, p, p);
    double error = 0.5 - 0.5 - 0.5 + 0.125 - 2;
    double odds = (1 - p) / p;
    double loss = 0.5 * error * error;
    for (int j = 0; j < 3; j++) {
      loss += 0.5 * odds * theta[j] * theta[j] * x[j] * x[j];
      // 1/p and each product round once: a few units of 2⁻²⁴ of terms of size 3.
      assertEquals(error * x[j] + odds * theta[j] * x[j] * x[j], mean[j + 1], 2e-6);
    }
    assertEquals(error, mean[4], 1e-6);
    assertEquals(loss, mean[0], 2e-6);
  }

  /** By central differences of the enumerated loss: truncation h² = 10⁻⁴, rounding 10⁻⁷/h. */
  @Test
  void theMeanGradientOverAllMasksIsTheGradientOfTheMeanLoss() {
    Network network = network("dropout(0.5) dense(3) tanh dropout(0.8) dense(1)", 2);
    double[] keeps = {0.5, 0.5, 0.8, 0.8, 0.8};
    float[] theta = new float[network.parameters().count()];
    network.initialise(new RandomKey(3), theta);
    float[] x = {1.5f, -0.75f};
    double[] mean = mean(network, theta, x, 1, keeps);
    float h = 1e-2f;
    double largest = 0;
    for (int p = 0; p < theta.length; p++) {
      float held = theta[p];
      theta[p] = held + h;
      double up = mean(network, theta, x, 1, keeps)[0];
      theta[p] = held - h;
      double down = mean(network, theta, x, 1, keeps)[0];
      theta[p] = held;
      assertEquals((up - down) / (2 * h), mean[p + 1], 1e-3);
      largest = Math.max(largest, Math.abs(mean[p + 1]));
    }
    assertTrue(largest > 0.1, "not trivially zero");
  }

  /**
   * Two planted bugs: masks of 0 and 1 without 1/keep, and masks drawn anew for the backward pass.
   */
  @Test
  void masksThatAreNotScaledOrDrawnAgainInTheBackwardPassAreFoundByEnumeration() {
    Network network = network("dropout(0.5) dense(3) tanh dropout(0.8) dense(1)", 2);
    double[] keeps = {0.5, 0.5, 0.8, 0.8, 0.8};
    float[] theta = new float[network.parameters().count()];
    network.initialise(new RandomKey(3), theta);
    Sequence sequence = Sequence.allocate(1, 1, 7, 1);
    sequence.targets()[0] = 1;
    Tape tape = network.tape(Implementation.SCALAR.kernels(), Workspace.allocating(), 1, 1);
    double[] right = mean(network, theta, new float[] {1.5f, -0.75f}, 1, keeps);
    double[] unscaled = new double[right.length];
    double[] redrawn = new double[right.length];
    for (int bits = 0; bits < 1 << keeps.length; bits++) {
      double weight = masks(sequence, bits, keeps, false);
      add(weight, gradient(network, theta, sequence), unscaled);
      for (int again = 0; again < 1 << keeps.length; again++) {
        float[] gradient = new float[theta.length];
        double own = masks(sequence, bits, keeps, true);
        tape.forward(theta, sequence, 0, 1, new float[0]);
        own *= masks(sequence, again, keeps, true);
        tape.backward(theta, sequence, new float[0], gradient);
        for (int p = 0; p < gradient.length; p++) {
          redrawn[p + 1] += own * gradient[p];
        }
      }
    }
    // The enumeration is exact to 10⁻⁶; each bug is off by more than a hundredth.
    assertTrue(distance(right, unscaled) > 1e-2 * distance(right, new double[right.length]));
    assertTrue(distance(right, redrawn) > 1e-2 * distance(right, new double[right.length]));
  }

  /** Sets the data and the masks of those bits; returns their chance. */
  private static double masks(Sequence sequence, int bits, double[] keeps, boolean scaled) {
    sequence.inputs()[0] = 1.5f;
    sequence.inputs()[1] = -0.75f;
    double chance = 1;
    for (int i = 0; i < keeps.length; i++) {
      boolean kept = (bits >> i & 1) == 1;
      chance *= kept ? keeps[i] : 1 - keeps[i];
      sequence.inputs()[2 + i] = kept ? (float) (scaled ? 1 / keeps[i] : 1) : 0f;
    }
    return chance;
  }

  private static void add(double weight, double[] x, double[] sum) {
    for (int i = 0; i < x.length; i++) {
      sum[i] += weight * x[i];
    }
  }

  /** Between gradients: the loss at the front does not count. */
  private static double distance(double[] x, double[] y) {
    double sum = 0;
    for (int i = 1; i < x.length; i++) {
      sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return Math.sqrt(sum);
  }

  /** Unit 2 of 3 is dropped: nothing of it counts, and the others count 1/keep. */
  @Test
  @DisplayName("§4.2: masks of dropout stand in the forward and in the backward pass")
  void masksStandInForwardAndBackwardPass() {
    Network network = network("dense(3) tanh dropout(0.5) dense(1)", 1);
    float[] theta = {0.5f, 1, -1, 0.25f, 0, 0.125f, 1, 2, 3, 0.5f};
    Sequence sequence = new Sequence(1, 1, 4, 1, new float[] {1, 2, 0, 2}, new float[] {0});
    double[] all = gradient(network, theta, sequence);
    double h0 = Math.tanh(0.75);
    double h2 = Math.tanh(-0.875);
    double error = 2 * h0 * 1 + 2 * h2 * 3 + 0.5;
    double u0 = error * 2 * 1 * (1 - h0 * h0);
    double u2 = error * 2 * 3 * (1 - h2 * h2);
    double[] expected = {
      error * error / 2, u0, 0, u2, u0, 0, u2, error * 2 * h0, 0, error * 2 * h2, error
    };
    // Values of size 3, a dozen roundings of 2⁻²⁴.
    assertArrayEquals(expected, all, 3e-6);
    assertEquals(0.0, all[2]);
    assertEquals(0.0, all[5]);
    assertEquals(0.0, all[8]);
  }

  @Test
  void openMasksLeaveTheNetworkWithoutDropoutToTheBit() {
    Network dropping = network("dropout(0.7) dense(5) relu dropout(0.5) dense(1)", 3);
    Network plain = network("dense(5) relu dense(1)", 3);
    Sequence own = Sequence.allocate(1, 4, 3, 1);
    for (int i = 0; i < own.inputs().length; i++) {
      own.inputs()[i] = (float) Math.sin(i);
    }
    Sequence wide = Sequence.allocate(1, 4, 3 + 3 + 5, 1);
    java.util.Arrays.fill(wide.inputs(), Float.NaN);
    dropping.copyData(own, wide);
    dropping.openMasks(wide);
    float[] theta = new float[plain.parameters().count()];
    plain.initialise(new RandomKey(1), theta);
    assertArrayEquals(gradient(plain, theta, own), gradient(dropping, theta, wide));
    assertThrows(IllegalArgumentException.class, () -> dropping.openMasks(own));
    assertThrows(IllegalArgumentException.class, () -> dropping.copyData(wide, wide));
  }

  @Test
  void masksAreDrawnWithTheKeepOfTheirLayerWhateverTheBatch() {
    Network network = network("dropout(0.9) dense(40) dropout(0.25) dense(1)", 40);
    Sequence sequence = Sequence.allocate(3, 100, 120, 1);
    network.drawMasks(new RandomKey(5), sequence);
    int[] kept = new int[2];
    for (int row = 0; row < 300; row++) {
      for (int i = 0; i < 40; i++) {
        assertEquals(0f, sequence.inputs()[row * 120 + i], "data untouched");
        float first = sequence.inputs()[row * 120 + 40 + i];
        float second = sequence.inputs()[row * 120 + 80 + i];
        assertTrue(first == 0 || first == (float) (1 / 0.9));
        assertTrue(second == 0 || second == 4);
        kept[0] += first > 0 ? 1 : 0;
        kept[1] += second > 0 ? 1 : 0;
      }
    }
    // 12000 draws: five standard deviations √(p (1 − p) / 12000) are 0.014 and 0.020.
    assertEquals(0.9, kept[0] / 12000.0, 0.014);
    assertEquals(0.25, kept[1] / 12000.0, 0.020);
    Sequence fewer = Sequence.allocate(3, 2, 120, 1);
    network.drawMasks(new RandomKey(5), fewer);
    for (int t = 0; t < 3; t++) {
      assertArrayEquals(
          java.util.Arrays.copyOfRange(
              sequence.inputs(), sequence.inputAt(t), sequence.inputAt(t) + 240),
          java.util.Arrays.copyOfRange(fewer.inputs(), fewer.inputAt(t), fewer.inputAt(t) + 240));
    }
    float[] before = fewer.inputs().clone();
    network.drawMasks(new RandomKey(6), fewer);
    assertTrue(java.util.Arrays.mismatch(before, fewer.inputs()) >= 0, "another key, other masks");
  }
}
