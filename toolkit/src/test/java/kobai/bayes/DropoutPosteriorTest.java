package kobai.bayes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.networks.Predictor;
import kobai.networks.Shape;
import kobai.random.RandomKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Dropout as variational Bayes, and Monte Carlo dropout. */
class DropoutPosteriorTest {
  private static final Kernels KERNELS = Implementation.VECTOR.kernels();
  private static final int ROWS = 5;

  private static Network network(String text) {
    return Network.of(text, Shape.of(3), 1, Likelihood.gaussian(0.5));
  }

  private static Sequence plain() {
    Sequence data = Sequence.allocate(1, ROWS, 3, 1);
    for (int i = 0; i < data.inputs().length; i++) {
      data.inputs()[i] = (float) Math.sin(1 + i);
    }
    for (int i = 0; i < ROWS; i++) {
      data.targets()[i] = (float) Math.cos(i);
    }
    return data;
  }

  private static Sequence row(Sequence data, int row) {
    Sequence one = Sequence.allocate(1, 1, 3, 1);
    System.arraycopy(data.inputs(), 3 * row, one.inputs(), 0, 3);
    one.targets()[0] = data.targets()[row];
    return one;
  }

  /**
   * Backpropagation through dropout, each row with its own masks, against z ⊙ ∂ ln p/∂w at w = M ⊙
   * z of a network that knows nothing of dropout: the reparameterised gradient with the mask as the
   * noise. Equal up to the order of roundings.
   */
  @Test
  @DisplayName("§4.3: dropout has the gradient of variational Bayes, the mask as its noise")
  void dropoutHasTheReparameterisedGradientWithTheMaskAsTheNoise() {
    Network dropping = network("dropout(0.8) dense(6) tanh dropout(0.5) dense(1)");
    Network bare = network("dense(6) tanh dense(1)");
    int p = bare.parameters().count();
    float[] m = new float[p];
    bare.initialise(new RandomKey(1), m);
    Sequence data = plain();
    Sequence masked = Sequence.allocate(1, ROWS, 3 + 9, 1);
    dropping.copyData(data, masked);
    dropping.drawMasks(new RandomKey(2), masked);
    float[] actual = new float[p];
    double loss =
        Algorithm.BPTT
            .create(Setup.of(dropping, 1).withBatch(ROWS))
            .estimate(m, masked, 0, 1, actual);
    GradientEstimator ofRow = Algorithm.BPTT.create(Setup.of(bare, 1));
    double[] expected = new double[p];
    double expectedLoss = 0;
    float[] w = new float[p];
    float[] g = new float[p];
    int dropped = 0;
    for (int row = 0; row < ROWS; row++) {
      int masksAt = 12 * row + 3;
      MaskedWeights.multiply(dropping, masked.inputs(), masksAt, m, w);
      expectedLoss += ofRow.estimate(w, row(data, row), 0, 1, g) / ROWS;
      MaskedWeights.multiply(dropping, masked.inputs(), masksAt, g, g);
      for (int i = 0; i < p; i++) {
        expected[i] += g[i] / (double) ROWS;
      }
      for (int i = 0; i < 9; i++) {
        dropped += masked.inputs()[masksAt + i] == 0 ? 1 : 0;
      }
    }
    assertTrue(dropped > 5 && dropped < 40, "masks of both kinds: " + dropped);
    assertEquals(expectedLoss, loss, 1e-6 * loss);
    double largest = 0;
    for (int i = 0; i < p; i++) {
      // Sums of some 30 terms of size 5 in another order.
      assertEquals(expected[i], actual[i], 30 * 5 * 0x1p-24, "weight " + i);
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertTrue(largest > 0.1);
  }

  private static double mixture(double w, double m, double keep, double s) {
    double kept = (w - m / keep) / s;
    double left = w / s;
    return (keep * Math.exp(-0.5 * kept * kept) + (1 - keep) * Math.exp(-0.5 * left * left))
        / (s * Math.sqrt(2 * Math.PI));
  }

  /** KL of a narrow mixture from N(0, 1/λ) by quadrature. */
  private static double divergence(double m, double keep, double s, double lambda) {
    double step = s / 200;
    double sum = 0;
    for (double w = -12 * s; w <= m / keep + 12 * s; w += step) {
      double q = mixture(w, m, keep, s);
      double logPrior = -0.5 * lambda * w * w + 0.5 * Math.log(lambda / (2 * Math.PI));
      sum += q > 0 ? step * q * (Math.log(q) - logPrior) : 0;
    }
    return sum;
  }

  /** Differences of the divergence are those of ½ λ M²/keep: the masses do not overlap. */
  @Test
  void theDivergenceOfADropoutLawIsAWeightDecay() {
    double keep = 0.7;
    double lambda = 1.5;
    double s = 0.02;
    double first = divergence(0.5, keep, s, lambda);
    double second = divergence(1.25, keep, s, lambda);
    double expected = 0.5 * lambda / keep * (1.25 * 1.25 - 0.5 * 0.5);
    // Trapezia over a smooth law of 10⁴ points; cut at 12 deviations.
    assertEquals(expected, second - first, 1e-8);
    GaussianPrior prior = GaussianPrior.ofPrecision(lambda);
    LikelihoodScale scale = LikelihoodScale.gaussian(40, 1, 0.5);
    // −ln p(Y) + KL = κ (L + ½ γ M²): γ = λ/(κ keep), κ = N/s².
    assertEquals(lambda / keep / 80, MaskedWeights.decay(prior, scale, keep), 1e-15);
  }

  /** All 2³ masks of a linear model: mean w·x + b, variance (1 − p)/p Σ w²x². */
  @Test
  @DisplayName("§4.4: Monte Carlo dropout predicts the mean and variance of the masks")
  void monteCarloDropoutPredictsTheMeanAndVarianceOfTheMasks() {
    double keep = 0.75;
    Network network = network("dropout(0.75) dense(1)");
    float[] theta = {0.5f, -1, 2, 0.25f};
    Sequence data = plain();
    Sequence masked = Sequence.allocate(1, ROWS, 6, 1);
    network.copyData(data, masked);
    Predictor predictor = network.predictor(KERNELS, Workspace.allocating(), ROWS);
    int count = 20_000;
    PredictiveSamples samples = new PredictiveSamples(Workspace.allocating(), count, ROWS);
    samples.fill(network, predictor, theta, masked, 0, new RandomKey(9));
    assertEquals(count, samples.count());
    for (int row = 0; row < ROWS; row++) {
      double mean = theta[3];
      double variance = 0;
      double fourth = 0;
      double odds = (1 - keep) / keep;
      for (int i = 0; i < 3; i++) {
        double a = theta[i] * data.inputs()[3 * row + i];
        mean += a;
        variance += odds * a * a;
        // The fourth cumulant of m/p: p (1 − p)(1 − 6p(1 − p))/p⁴.
        fourth += a * a * a * a * odds * (1 - 6 * keep * (1 - keep)) / (keep * keep);
      }
      // Six standard errors: √(V/S) of a mean, √((κ₄ + 2V²)/S) of a variance.
      assertEquals(mean, samples.mean(row), 6 * Math.sqrt(variance / count));
      assertEquals(
          variance + 0.5,
          samples.variance(row, 0.5),
          6 * Math.sqrt((fourth + 2 * variance * variance) / count));
      assertTrue(variance > 0.01);
    }
  }

  /**
   * A hidden layer: the mean over all 2⁶ masks by enumeration, six standard errors from samples.
   */
  @Test
  void monteCarloDropoutIsTheMeanOverAllMasksOfAHiddenLayer() {
    Network network = network("dense(6) tanh dropout(0.5) dense(1)");
    float[] theta = new float[network.parameters().count()];
    network.initialise(new RandomKey(4), theta);
    Sequence data = row(plain(), 2);
    Sequence masked = Sequence.allocate(1, 1, 9, 1);
    network.copyData(data, masked);
    Predictor predictor = network.predictor(KERNELS, Workspace.allocating(), 1);
    PredictiveSamples every = new PredictiveSamples(Workspace.allocating(), 64, 1);
    float[] z = new float[1];
    for (int bits = 0; bits < 64; bits++) {
      for (int i = 0; i < 6; i++) {
        masked.inputs()[3 + i] = (bits >> i & 1) * 2f;
      }
      predictor.predict(theta, masked, 0, z, 0);
      every.add(z, 0);
    }
    int count = 20_000;
    PredictiveSamples samples = new PredictiveSamples(Workspace.allocating(), count, 1);
    samples.fill(network, predictor, theta, masked, 0, new RandomKey(5));
    double variance = every.variance(0, 0);
    assertTrue(variance > 0.01);
    assertEquals(every.mean(0), samples.mean(0), 6 * Math.sqrt(variance / count));
    // Kurtosis of a bounded sum of six terms is below 3: Var of a square below 2V².
    assertEquals(variance, samples.variance(0, 0), 6 * variance * Math.sqrt(2.0 / count));
  }

  @Test
  void whatCannotBeIsRefused() {
    Network late = network("dense(2) dropout(0.5) tanh dense(1)");
    float[] theta = new float[late.parameters().count()];
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> MaskedWeights.multiply(late, new float[2], 0, theta, theta))
            .getMessage();
    assertEquals(
        "layer 2 = dropout(0.5): must stand before a dense layer (a mask is one of the rows of its"
            + " weights)",
        message);
    assertThrows(
        IllegalArgumentException.class,
        () -> MaskedWeights.decay(new GaussianPrior(0, 1), LikelihoodScale.ofRows(1), 0));
    PredictiveSamples samples = new PredictiveSamples(Workspace.allocating(), 2, 4);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            samples.fill(
                late,
                late.predictor(KERNELS, Workspace.allocating(), 1),
                theta,
                Sequence.allocate(1, 1, 5, 1),
                0,
                new RandomKey(0)));
  }
}
