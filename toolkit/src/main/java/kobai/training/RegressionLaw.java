package kobai.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kobai.bayes.QuantileCalibration;
import kobai.data.RegressionData;
import kobai.data.RegressionSource;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.random.RandomKey;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Predictions of numbers by samples of a network.
 *
 * <pre>
 * p(y | x) = 1/S Σₛ N(y; z(x; wₛ, mₛ), v(x; wₛ, mₛ))      (1)
 * </pre>
 *
 * <p>wₛ and mₛ as in {@link PredictiveLaw}; without a law of weights and without masks S is 1, and
 * (1) the law that the network itself states. v is what its likelihood says of the noise; a squared
 * error is read as a Gaussian of variance 1.
 */
final class RegressionLaw {
  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  /** Of the logarithm of a Gaussian density. */
  static final double LOG_TWO_PI = StrictMath.log(2 * Math.PI);

  private static final int LEVELS = 20;
  private static final int BAND_POINTS = 121;

  /** The bands reach that much farther than the examples on both sides, in their range. */
  private static final double BEYOND = 0.25;

  private final TrainingSettings settings;
  private final TrainingData data;
  private final Judge judge;
  private final PredictiveLaw sampler;

  RegressionLaw(TrainingSettings settings, TrainingData data, Judge judge) {
    this.settings = settings;
    this.data = data;
    this.judge = judge;
    sampler = new PredictiveLaw(settings, data, judge);
  }

  /** Nothing if the model states no density of numbers, or there is no test example. */
  Optional<PredictiveNumbers> predict(float[] parameters, int samples) {
    if (!(settings.setup().model() instanceof Network network)
        || data.count(Part.TEST) == 0
        || !continuous(network.likelihood())) {
      return Optional.empty();
    }
    boolean weights = settings.bayes().isPresent();
    boolean masks = network.masks() > 0;
    int used = samples > 0 && (weights || masks) ? samples : 0;
    String source = weights ? masks ? "weights and masks" : "weights" : masks ? "masks" : "nothing";
    Pass test = new Pass(data, true);
    Optional<Pass> along = grid().map(grid -> new Pass(ExampleData.of(grid), false));
    for (int s = 0; s < Math.max(1, used); s++) {
      float[] drawn = used == 0 ? sampler.means(parameters) : sampler.drawn(parameters, s);
      int sample = used == 0 ? -1 : s;
      test.add(drawn, sample);
      along.ifPresent(pass -> pass.add(drawn, sample));
    }
    return Optional.of(
        new PredictiveNumbers(
            Math.max(1, used),
            used == 0 ? "nothing" : source,
            network.likelihood().kind() == Likelihood.Kind.SQUARED_ERROR,
            test.negativeLogDensity(),
            test.all().error(),
            coverage(test.all()),
            targets(test),
            along.map(this::bands).orElse(List.of())));
  }

  private static boolean continuous(Likelihood likelihood) {
    return switch (likelihood.kind()) {
      case SQUARED_ERROR, GAUSSIAN, GAUSSIAN_LEARNT -> true;
      case SOFTMAX_CROSS_ENTROPY, BERNOULLI -> false;
    };
  }

  private static List<PredictiveNumbers.Coverage> coverage(QuantileCalibration calibration) {
    List<PredictiveNumbers.Coverage> coverage = new ArrayList<>();
    for (int level = 1; level < LEVELS; level++) {
      double nominal = level / (double) LEVELS;
      coverage.add(new PredictiveNumbers.Coverage(nominal, calibration.coverage(nominal)));
    }
    return coverage;
  }

  private String name(int target) {
    return data.numbers()
        .map(numbers -> numbers.training().targetNames().get(target))
        .orElse("target " + (target + 1));
  }

  private double unit(int target) {
    return data.numbers().map(numbers -> numbers.targets().unit(target)).orElse(1.0);
  }

  private List<PredictiveNumbers.Target> targets(Pass test) {
    List<PredictiveNumbers.Target> targets = new ArrayList<>();
    int m = data.targetSize();
    int count = data.count(Part.TEST);
    for (int j = 0; j < m; j++) {
      double away = 0;
      double epistemic = 0;
      double noise = 0;
      for (int i = 0; i < count; i++) {
        int at = i * m + j;
        double distance = test.mixtures.mean(at) - test.observed[at];
        away += distance * distance;
        epistemic += test.mixtures.epistemic(at);
        noise += test.mixtures.noise(at);
      }
      QuantileCalibration own = test.calibration(j);
      targets.add(
          new PredictiveNumbers.Target(
              name(j),
              unit(j) * Math.sqrt(away / count),
              unit(j) * Math.sqrt(epistemic / count),
              unit(j) * Math.sqrt(noise / count),
              own.coverage(0.5),
              own.coverage(0.9),
              test.negativeLogDensity(j),
              own.error()));
    }
    return targets;
  }

  /** Inputs side by side, if they are one number each. */
  private Optional<RegressionSource.Split> grid() {
    if (data.numbers().isEmpty() || data.numbers().get().training().inputs() != 1) {
      return Optional.empty();
    }
    RegressionSource.Split numbers = data.numbers().get();
    float[] x = new float[1];
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (RegressionData part : List.of(numbers.training(), numbers.test())) {
      for (int i = 0; i < part.examples(); i++) {
        part.copyInputs(i, x, 0);
        low = Math.min(low, x[0]);
        high = Math.max(high, x[0]);
      }
    }
    if (!(high > low)) {
      return Optional.empty();
    }
    float[] along = new float[BAND_POINTS];
    for (int i = 0; i < BAND_POINTS; i++) {
      double place = (1 + 2 * BEYOND) * i / (BAND_POINTS - 1) - BEYOND;
      along[i] = (float) (low + place * ((double) high - low));
    }
    RegressionData grid =
        RegressionData.of(
            "bands",
            numbers.training().targetNames(),
            numbers.training().shape(),
            along,
            new float[BAND_POINTS * data.targetSize()]);
    return Optional.of(
        new RegressionSource.Split(grid, grid, grid, numbers.inputs(), numbers.targets()));
  }

  private List<PredictiveNumbers.Band> bands(Pass along) {
    RegressionSource.Split grid = along.shown.numbers().orElseThrow();
    List<PredictiveNumbers.Band> bands = new ArrayList<>();
    float[] x = new float[1];
    int m = data.targetSize();
    for (int j = 0; j < m; j++) {
      List<PredictiveNumbers.BandPoint> points = new ArrayList<>();
      for (int i = 0; i < BAND_POINTS; i++) {
        grid.test().copyInputs(i, x, 0);
        int at = i * m + j;
        points.add(
            new PredictiveNumbers.BandPoint(
                grid.inputs().original(0, x[0]),
                grid.targets().original(j, along.mixtures.mean(at)),
                unit(j) * Math.sqrt(along.mixtures.epistemic(at)),
                unit(j) * Math.sqrt(along.mixtures.variance(at))));
      }
      bands.add(new PredictiveNumbers.Band(name(j), points));
    }
    return bands;
  }

  /** The mixtures of all numbers of the test part of some data. */
  private final class Pass {
    private final TrainingData shown;
    private final int count;
    private final int m;
    private final GaussianMixtures mixtures;
    private final double[] observed;
    private final double[] below;
    private final double[] densities;
    private final double[] joint;
    private int components;

    Pass(TrainingData shown, boolean targets) {
      this.shown = shown;
      count = shown.count(Part.TEST);
      m = shown.targetSize();
      mixtures = new GaussianMixtures(count * m);
      observed = new double[targets ? count * m : 0];
      below = new double[observed.length];
      densities = new double[observed.length];
      joint = new double[targets ? count : 0];
      Arrays.fill(densities, Double.NEGATIVE_INFINITY);
      Arrays.fill(joint, Double.NEGATIVE_INFINITY);
      float[] own = new float[m];
      for (int i = 0; i < joint.length; i++) {
        judge.target(Part.TEST, i, own);
        for (int j = 0; j < m; j++) {
          observed[i * m + j] = own[j];
        }
      }
    }

    void add(float[] weights, int sample) {
      NetworkOutputs outputs = judge.fresh(weights, shown).orElseThrow();
      RandomKey key = sampler.masks(sample);
      float[] means = new float[m];
      double[] variances = new double[m];
      mixtures.next();
      components++;
      for (int first = 0; first < count; first += outputs.rows()) {
        if (sample >= 0) {
          outputs.dropOut(key, first);
        }
        int rows = Math.min(outputs.rows(), count - first);
        outputs.compute(weights, Part.TEST, first, rows);
        for (int i = 0; i < rows; i++) {
          outputs.prediction(i, means, 0);
          outputs.variances(i, variances);
          add(first + i, means, variances);
        }
      }
    }

    private void add(int example, float[] means, double[] variances) {
      double product = 0;
      for (int j = 0; j < m; j++) {
        int at = example * m + j;
        mixtures.add(at, means[j], variances[j]);
        if (joint.length > 0) {
          double away = (observed[at] - means[j]) / Math.sqrt(variances[j]);
          double density = -0.5 * (away * away + LOG_TWO_PI + StrictMath.log(variances[j]));
          densities[at] = logSum(densities[at], density);
          product += density;
          // NaN, of a network that has diverged, stays NaN.
          below[at] += Double.isNaN(away) ? Double.NaN : NORMAL.cumulativeProbability(away);
        }
      }
      if (joint.length > 0) {
        joint[example] = logSum(joint[example], product);
      }
    }

    /** ln(eᵃ + eᵇ). */
    private static double logSum(double a, double b) {
      double most = Math.max(a, b);
      return most == Double.NEGATIVE_INFINITY
          ? most
          : most + StrictMath.log1p(StrictMath.exp(Math.min(a, b) - most));
    }

    double negativeLogDensity() {
      double sum = 0;
      for (double density : joint) {
        sum -= density - StrictMath.log(components);
      }
      return sum / count;
    }

    double negativeLogDensity(int target) {
      double sum = 0;
      for (int i = 0; i < count; i++) {
        sum -= densities[i * m + target] - StrictMath.log(components);
      }
      return sum / count;
    }

    private void add(QuantileCalibration calibration, double sum) {
      if (Double.isNaN(sum)) {
        calibration.addUnknown();
      } else {
        calibration.add(Math.min(1, sum / components));
      }
    }

    QuantileCalibration all() {
      QuantileCalibration calibration = new QuantileCalibration(LEVELS);
      for (double sum : below) {
        add(calibration, sum);
      }
      return calibration;
    }

    QuantileCalibration calibration(int target) {
      QuantileCalibration calibration = new QuantileCalibration(LEVELS);
      for (int i = 0; i < count; i++) {
        add(calibration, below[i * m + target]);
      }
      return calibration;
    }
  }
}
