package kobai.reproduce;

import java.util.Arrays;
import java.util.List;
import kobai.bayes.MaskedWeights;
import kobai.bayes.PredictiveSamples;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.random.RandomKey;
import kobai.report.Block;
import kobai.report.Table;
import kobai.report.Unit;

/** Gal and Ghahramani (2016): dropout as variational Bayes, its gradient and its predictions. */
final class DropoutInference {
  /** The method of {@link Reparameterisation} that this is. */
  static final String METHOD = "dropout";

  static final String DROPPING = "dropout(0.8) dense(8) tanh dropout(0.5) dense(1)";
  static final int ROWS = 16;
  private static final String BARE = "dense(8) tanh dense(1)";
  private static final int INPUTS = 4;
  private static final int UNITS = 8;
  private static final String GRADIENTS = "relative difference of gradients";
  private static final String MEAN = "standard errors off, predictive mean";
  private static final String VARIANCE = "standard errors off, predictive variance";
  private static final Kernels KERNELS = Implementation.VECTOR.kernels();

  /** Roundings of 2⁻²⁴ in a sum of a hundred terms, relative to the largest gradient. */
  private static final double EQUAL = 100 * 0x1p-24;

  private DropoutInference() {}

  /**
   * Backpropagation through dropout beside the reparameterised gradient with the mask as the noise,
   * z ⊙ ∂ ln p/∂w at w = M ⊙ z, of a network without dropout; and Monte Carlo dropout of a linear
   * model, whose predictive moments are known.
   */
  static void run(int repeats, RandomKey key, Recorder recorder) {
    Shape shape = Shape.of(INPUTS);
    Network dropping = Network.of(DROPPING, shape, 1, Likelihood.SQUARED_ERROR);
    Network bare = Network.of(BARE, shape, 1, Likelihood.SQUARED_ERROR);
    float[] m = new float[bare.parameters().count()];
    bare.initialise(new RandomKey(0), m);
    int width = INPUTS + dropping.masks();
    Sequence data = Sequence.allocate(1, ROWS, width, 1);
    KERNELS.gaussian(key.seed(), 0, 0, 0, data.inputs(), 0, data.inputs().length);
    KERNELS.gaussian(key.seed(), 1, 0, 0, data.targets(), 0, ROWS);
    GradientEstimator through = Algorithm.BPTT.create(Setup.of(dropping, 1).withBatch(ROWS));
    GradientEstimator ofRow = Algorithm.BPTT.create(Setup.of(bare, 1));
    Sequence row = Sequence.allocate(1, 1, INPUTS, 1);
    float[] actual = new float[m.length];
    float[] w = new float[m.length];
    float[] g = new float[m.length];
    double furthest = 0;
    for (int r = 0; r < Math.max(1, repeats / 10); r++) {
      dropping.drawMasks(key.child("masks").child(r), data);
      through.estimate(m, data, 0, 1, actual);
      double[] expected = new double[m.length];
      for (int b = 0; b < ROWS; b++) {
        int at = b * width + INPUTS;
        System.arraycopy(data.inputs(), b * width, row.inputs(), 0, INPUTS);
        row.targets()[0] = data.targets()[b];
        MaskedWeights.multiply(dropping, data.inputs(), at, m, w);
        ofRow.estimate(w, row, 0, 1, g);
        MaskedWeights.multiply(dropping, data.inputs(), at, g, g);
        for (int i = 0; i < g.length; i++) {
          expected[i] += g[i] / (double) ROWS;
        }
      }
      double largest = 0;
      double difference = 0;
      for (int i = 0; i < g.length; i++) {
        largest = Math.max(largest, Math.abs(expected[i]));
        difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
      }
      furthest = Math.max(furthest, difference / largest);
    }
    recorder.value(GRADIENTS, furthest);
    predict(10 * repeats, key, recorder);
  }

  private static void predict(int draws, RandomKey key, Recorder recorder) {
    double keep = 0.75;
    Network network =
        Network.of("dropout(0.75) dense(1)", Shape.of(UNITS), 1, Likelihood.SQUARED_ERROR);
    float[] theta = new float[UNITS + 1];
    KERNELS.gaussian(0, 0, 0, 0, theta, 0, theta.length);
    Sequence data = Sequence.allocate(1, 1, 2 * UNITS, 1);
    Arrays.fill(data.inputs(), 0, UNITS, 1f);
    PredictiveSamples samples = new PredictiveSamples(Workspace.allocating(), draws, 1);
    samples.fill(
        network,
        network.predictor(KERNELS, Workspace.allocating(), 1),
        theta,
        data,
        0,
        key.child("predictive"));
    double mean = theta[UNITS];
    double variance = 0;
    double cumulant = 0; // the fourth of m/p is p (1 − p)(1 − 6p (1 − p))/p⁴
    double odds = (1 - keep) / keep;
    for (int i = 0; i < UNITS; i++) {
      double square = (double) theta[i] * theta[i];
      mean += theta[i];
      variance += odds * square;
      cumulant += square * square * odds * (1 - 6 * keep * (1 - keep)) / (keep * keep);
    }
    recorder.value(MEAN, (samples.mean(0) - mean) / Math.sqrt(variance / draws));
    recorder.value(
        VARIANCE,
        (samples.variance(0, 0) - variance)
            / Math.sqrt((cumulant + 2 * variance * variance) / draws));
  }

  /** What must hold. */
  static Band band() {
    return new Band(
        "Backpropagation through dropout is the reparameterised gradient with the mask as the"
            + " noise, up to rounding, and Monte Carlo dropout predicts the mean and variance"
            + " of a linear model within five standard errors",
        "Gal and Ghahramani (2016), derived; a hundred roundings in single precision",
        DropoutInference::judge);
  }

  private static Band.Judgement judge(Outcomes outcomes) {
    if (!outcomes.has(METHOD, GRADIENTS)) {
      return Band.Judgement.notRun(METHOD);
    }
    double gradient = Reparameterisation.largest(outcomes.values(METHOD, GRADIENTS));
    double mean = Reparameterisation.largest(outcomes.values(METHOD, MEAN));
    double variance = Reparameterisation.largest(outcomes.values(METHOD, VARIANCE));
    return Band.Judgement.of(
        gradient <= EQUAL
            && mean <= Reparameterisation.ERRORS
            && variance <= Reparameterisation.ERRORS,
        "gradients differ by %s of the largest; predictive mean %s, variance %s standard errors off"
            .formatted(
                Unit.PLAIN.text(gradient), Unit.PLAIN.text(mean), Unit.PLAIN.text(variance)));
  }

  /** The figures that the band is about. */
  static Block table(Outcomes outcomes) {
    var table =
        Table.captioned("Dropout as variational Bayes: the most over the seeds")
            .text("figure")
            .number("value", Unit.PLAIN);
    for (String metric : List.of(GRADIENTS, MEAN, VARIANCE)) {
      if (outcomes.has(METHOD, metric)) {
        table.row(metric, Reparameterisation.largest(outcomes.values(METHOD, metric)));
      }
    }
    return table.build();
  }
}
