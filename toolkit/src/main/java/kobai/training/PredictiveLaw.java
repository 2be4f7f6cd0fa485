package kobai.training;

import java.util.Arrays;
import java.util.Optional;
import kobai.bayes.ClassCalibration;
import kobai.bayes.Coordinates;
import kobai.networks.Network;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;

/**
 * Predictions of a classifier averaged over samples.
 *
 * <pre>
 * p̄ = 1/S Σₛ p(y | x, wₛ, mₛ)      (1)
 * </pre>
 *
 * <p>wₛ ~ N(μ, diag σ²) where a law of the weights was learnt, mₛ the masks of dropout where there
 * are any.
 *
 * <p>Source: for masks Gal and Ghahramani (2016), ICML, arXiv 1506.02142.
 */
final class PredictiveLaw {
  private static final int BINS = 10;

  private final TrainingSettings settings;
  private final TrainingData data;
  private final Judge judge;

  PredictiveLaw(TrainingSettings settings, TrainingData data, Judge judge) {
    this.settings = settings;
    this.data = data;
    this.judge = judge;
  }

  /** Nothing if there is nothing to sample, no test example or no class. */
  Optional<Predictive> predict(float[] parameters, int samples) {
    boolean weights = settings.bayes().isPresent();
    boolean masks = settings.setup().model() instanceof Network network && network.masks() > 0;
    int count = data.count(Part.TEST);
    if (!(weights || masks) || count == 0 || !data.classifies()) {
      return Optional.empty();
    }
    int m = data.targetSize();
    float[] single = new float[count * m];
    addPredictions(means(parameters), -1, single);
    float[] mean = new float[count * m];
    for (int s = 0; s < samples; s++) {
      addPredictions(drawn(parameters, s), s, mean);
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= samples;
    }
    ClassCalibration calibration = new ClassCalibration(BINS);
    ClassCalibration alone = new ClassCalibration(BINS);
    double loss = 0;
    for (int i = 0; i < count; i++) {
      int label = judge.label(Part.TEST, i);
      calibration.add(mean, i * m, m, label);
      alone.add(single, i * m, m, label);
      loss -= StrictMath.log(Math.max(mean[i * m + label], Float.MIN_NORMAL));
    }
    return Optional.of(
        new Predictive(
            samples,
            weights ? masks ? "weights and masks" : "weights" : "masks",
            new Score(loss / count, calibration.accuracy(), count),
            calibration.expectedError(),
            alone.expectedError(),
            calibration.curve()));
  }

  /** The weights without noise: θ, or the means of ξ. */
  float[] means(float[] parameters) {
    return settings.bayes().isPresent()
        ? Arrays.copyOf(parameters, parameters.length / 2)
        : parameters;
  }

  /** The weights of a sample: drawn from their law, or θ itself. */
  float[] drawn(float[] xi, int sample) {
    if (settings.bayes().isEmpty()) {
      return xi;
    }
    int size = xi.length / 2;
    float[] sigma = new float[size];
    float[] epsilon = new float[size];
    Coordinates.LOG_SIGMA.deviations(settings.setup().kernels(), xi, sigma);
    NoiseSource.gaussian(settings.setup().kernels())
        .fill(key().child("weights"), 0, sample, epsilon, 0, size);
    float[] weights = Arrays.copyOf(xi, size);
    for (int i = 0; i < size; i++) {
      weights[i] += sigma[i] * epsilon[i];
    }
    return weights;
  }

  /** Adds the probabilities of all test examples; masks are drawn unless {@code sample} is −1. */
  private void addPredictions(float[] weights, int sample, float[] sums) {
    Outputs outputs = judge.fresh(weights);
    int m = data.targetSize();
    float[] own = new float[m];
    int count = data.count(Part.TEST);
    RandomKey key = masks(sample);
    for (int first = 0; first < count; first += outputs.rows()) {
      if (sample >= 0) {
        outputs.dropOut(key, first);
      }
      int rows = Math.min(outputs.rows(), count - first);
      outputs.compute(weights, Part.TEST, first, rows);
      for (int i = 0; i < rows; i++) {
        outputs.prediction(i, own, 0);
        for (int c = 0; c < m; c++) {
          sums[(first + i) * m + c] += own[c];
        }
      }
    }
  }

  /** The key of a sample's masks. */
  RandomKey masks(int sample) {
    return key().child("masks").child(Math.max(sample, 0));
  }

  private RandomKey key() {
    return new RandomKey(settings.seed()).child("predictions");
  }
}
