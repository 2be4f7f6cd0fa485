package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kobai.bayes.ControlVariate;
import kobai.bayes.Coordinates;
import kobai.bayes.GaussianPrior;
import kobai.bayes.LinearRegression;
import kobai.bayes.LocallyReparameterised;
import kobai.bayes.MaskedWeights;
import kobai.bayes.PredictiveSamples;
import kobai.bayes.QuadraticLaw;
import kobai.bayes.Reparameterised;
import kobai.bayes.ScoreFunction;
import kobai.bayes.Variational;
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
import kobai.optimisers.Optimiser;
import kobai.optimisers.Optimisers;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Section;
import kobai.report.Table;
import kobai.report.Unit;

/**
 * Gradients of the evidence bound by reparameterisation and by the score function, on Bayesian
 * linear regression, where every variance has a closed form.
 */
final class Reparameterisation implements Experiment {
  private static final int ROWS = 64;
  private static final double NOISE_VARIANCE = 0.25;
  private static final GaussianPrior PRIOR = new GaussianPrior(0, 1);
  private static final double START_SIGMA = 0.5;
  private static final int SAMPLES = 8;
  private static final int FITTED = 16;
  private static final double RATE = 0.01;
  private static final int POINTS = 25;
  private static final Kernels KERNELS = Implementation.VECTOR.kernels();

  /** Standard errors that a measured variance may be from its closed form. */
  private static final double ERRORS = 5;

  private static final String DROPOUT = "dropout";
  private static final String DROPPING = "dropout(0.8) dense(8) tanh dropout(0.5) dense(1)";
  private static final String BARE = "dense(8) tanh dense(1)";
  private static final int DROPOUT_ROWS = 16;
  private static final int DROPOUT_INPUTS = 4;
  private static final int DROPOUT_UNITS = 8;

  /** Roundings of 2⁻²⁴ in a sum of a hundred terms, relative to the largest gradient. */
  private static final double EQUAL = 100 * 0x1p-24;

  private enum Method {
    LOCAL("local"),
    REPARAMETERISED("reparameterised"),
    SCORE("score"),
    LEAVE_ONE_OUT("score-leave-one-out"),
    OPTIMAL("score-optimal");

    final String label;

    Method(String label) {
      this.label = label;
    }

    static Method of(String label) {
      return Arrays.stream(values()).filter(m -> m.label.equals(label)).findFirst().orElseThrow();
    }

    /** Trace of the variance of an estimate of S samples; NaN if it has no closed form. */
    double law(LinearRegression regression, double[] mu, double[] sigma) {
      QuadraticLaw law = regression.law(mu, sigma);
      return switch (this) {
        case LOCAL -> sum(regression.localVariance(mu, sigma)) / SAMPLES;
        case REPARAMETERISED -> sum(law.reparameterised()) / SAMPLES;
        case SCORE -> sum(law.score(new double[2 * law.sigma().length])) / SAMPLES;
        case LEAVE_ONE_OUT -> sum(law.leaveOneOut(SAMPLES));
        case OPTIMAL -> Double.NaN;
      };
    }
  }

  /** Where variances are measured. */
  private enum Place {
    START,
    OPTIMUM;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * What depends on the scale.
   *
   * @param features numbers of weights P
   * @param batches mini-batches M, of {@link #ROWS}
   * @param repeats estimates that a variance is measured from
   * @param iterations of a fit
   */
  private record Size(List<Integer> features, List<Integer> batches, int repeats, int iterations) {
    static Size of(Scale scale) {
      return switch (scale) {
        case TINY -> new Size(List.of(2, 4), List.of(2, ROWS), 20, 20);
        case REDUCED -> new Size(List.of(2, 4, 8, 16, 32), List.of(1, 4, 16, ROWS), 4000, 3000);
        case FULL ->
            new Size(
                List.of(2, 4, 8, 16, 32, 64), List.of(1, 2, 4, 8, 16, 32, ROWS), 40_000, 30_000);
      };
    }
  }

  @Override
  public String title() {
    return "Reparameterised against score-function gradients of the evidence bound";
  }

  @Override
  public String question() {
    return "The bound of variational inference can be differentiated by moving its noise out of the"
        + " law of the weights (reparameterisation), or by weighting log-likelihoods with the score"
        + " of that law, with or without a control variate. The published claim is that the first"
        + " has a far smaller variance. On Bayesian linear regression with a diagonal Gaussian law"
        + " all variances are known, so that measured ones can be held to them and not only to each"
        + " other.";
  }

  @Override
  public List<Source> sources() {
    return List.of(
        new Source(
            "Kingma and Welling (2014), Auto-encoding variational Bayes, ICLR", "arXiv 1312.6114"),
        new Source(
            "Kingma, Salimans and Welling (2015), Variational dropout and the local"
                + " reparameterization trick, NeurIPS",
            "arXiv 1506.02557"),
        new Source(
            "Ranganath, Gerrish and Blei (2014), Black box variational inference, AISTATS",
            "arXiv 1401.0118"),
        new Source(
            "Gal and Ghahramani (2016), Dropout as a Bayesian approximation, ICML",
            "arXiv 1506.02142"),
        new Source("Williams (1992), Machine Learning 8, 229–256", "doi 10.1007/BF00992696"));
  }

  @Override
  public Map<String, Object> constants(Scale scale) {
    Size size = Size.of(scale);
    Map<String, Object> constants = new LinkedHashMap<>();
    constants.put("rows", ROWS);
    constants.put("noise variance", NOISE_VARIANCE);
    constants.put("prior deviation", PRIOR.deviation());
    constants.put("sigma at the start", START_SIGMA);
    constants.put("samples of an estimate", SAMPLES);
    constants.put("weights", size.features);
    constants.put("mini-batches", size.batches);
    constants.put("estimates of a variance", size.repeats);
    constants.put("weights of the fit", FITTED);
    constants.put("optimiser", "ADAM, rate " + RATE);
    constants.put("iterations", size.iterations);
    constants.put("rows under dropout", DROPOUT_ROWS);
    constants.put("network under dropout", DROPPING);
    constants.put("draws of the predictive", 10 * size.repeats);
    return constants;
  }

  @Override
  public List<String> methods(Scale scale) {
    List<String> methods = new ArrayList<>();
    Arrays.stream(Method.values()).forEach(method -> methods.add(method.label));
    methods.add(DROPOUT);
    return methods;
  }

  @Override
  public boolean seeded(String method) {
    return true;
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.TINY ? 1 : 5;
  }

  @Override
  public void run(Scale scale, String name, long seed, Recorder recorder) {
    Size size = Size.of(scale);
    RandomKey key = new RandomKey(seed).child(name);
    if (name.equals(DROPOUT)) {
      dropout(size.repeats, key, recorder);
      return;
    }
    Method method = Method.of(name);
    for (int p : size.features) {
      for (Place place : Place.values()) {
        wholeData(method, place, p, size.repeats, key, recorder);
      }
      recorder.progress(0.5 * (size.features.indexOf(p) + 1) / size.features.size());
    }
    for (int m : size.batches) {
      miniBatches(method, m, size.repeats, key, recorder);
    }
    fit(method, size.iterations, key, recorder);
  }

  /**
   * The same problem for every seed: inputs N(0, 1) but for the last, which is 1, weights from the
   * prior.
   */
  private static LinearRegression regression(int features) {
    RandomKey key = new RandomKey(0).child("problem").child(features);
    float[] draws = new float[ROWS * features + features + ROWS];
    KERNELS.gaussian(key.seed(), 0, 0, 0, draws, 0, draws.length);
    double[][] x = new double[ROWS][features];
    double[] y = new double[ROWS];
    int at = 0;
    for (double[] row : x) {
      for (int i = 0; i < features; i++) {
        row[i] = draws[at++];
      }
      row[features - 1] = 1;
    }
    for (int n = 0; n < ROWS; n++) {
      for (int i = 0; i < features; i++) {
        y[n] += x[n][i] * draws[at + i];
      }
      // Rounded to float, as estimators will read it.
      y[n] = (float) (y[n] + Math.sqrt(NOISE_VARIANCE) * draws[at + features + n]);
    }
    return new LinearRegression(x, y, NOISE_VARIANCE, PRIOR);
  }

  /**
   * The mini-batch of a regression as one of its own: (N/M) Σ over M rows of (y − wᵀx)²/(2s²) is
   * the sum over rows with noise variance s²M/N.
   */
  private static LinearRegression batch(LinearRegression whole, int[] rows) {
    Sequence data = whole.batch(rows);
    int p = whole.features();
    double[][] x = new double[rows.length][p];
    double[] y = new double[rows.length];
    for (int r = 0; r < rows.length; r++) {
      y[r] = data.targets()[r];
      for (int i = 0; i < p; i++) {
        x[r][i] = data.inputs()[r * p + i];
      }
    }
    return new LinearRegression(x, y, NOISE_VARIANCE * rows.length / ROWS, PRIOR);
  }

  private static GradientEstimator estimator(
      Method method, LinearRegression regression, Coordinates coordinates) {
    int rows = regression.rows();
    Variational variational =
        Variational.of(regression.prior(), regression.likelihood())
            .withCoordinates(coordinates)
            .withSamples(SAMPLES);
    return switch (method) {
      case LOCAL -> {
        Network network = local(regression);
        Setup setup = Setup.of(network, 1).withBatch(rows);
        yield new LocallyReparameterised(
            variational,
            Workspace.allocating(),
            network,
            rows,
            workspace -> Algorithm.BPTT.create(setup, workspace));
      }
      case REPARAMETERISED -> {
        Setup setup = Setup.of(regression.model(), 1).withBatch(rows);
        yield new Reparameterised(
            variational,
            Workspace.allocating(),
            regression.features(),
            workspace -> Algorithm.BPTT.create(setup, workspace));
      }
      case SCORE, LEAVE_ONE_OUT, OPTIMAL ->
          new ScoreFunction(
              variational,
              switch (method) {
                case LEAVE_ONE_OUT -> ControlVariate.LEAVE_ONE_OUT;
                case OPTIMAL -> ControlVariate.OPTIMAL;
                default -> ControlVariate.NONE;
              },
              Workspace.allocating(),
              regression.model(),
              1,
              rows);
    };
  }

  /** The layer whose bias is the weight of the input that is 1. */
  private static Network local(LinearRegression regression) {
    return Network.of(
        "variational(1)", Shape.of(regression.features() - 1), 1, Likelihood.SQUARED_ERROR);
  }

  /** The data as the method reads them: room for noise in the place of the input that is 1. */
  private static Sequence data(Method method, LinearRegression regression) {
    Sequence data = regression.sequence();
    if (method == Method.LOCAL) {
      for (int r = 1; r <= data.batch(); r++) {
        data.inputs()[r * data.inputSize() - 1] = 0;
      }
    }
    return data;
  }

  private static void wholeData(
      Method method, Place place, int p, int repeats, RandomKey key, Recorder recorder) {
    LinearRegression regression = regression(p);
    double[] mu = place == Place.START ? new double[p] : regression.posteriorMean();
    double[] sigma = new double[p];
    Arrays.fill(sigma, START_SIGMA);
    sigma = place == Place.START ? sigma : regression.bestDeviations();
    float[] xi = xi(mu, sigma);
    Exact exact = new Exact(method, regression, mu, sigma, xi);
    GradientEstimator estimator = estimator(method, regression, Coordinates.SIGMA);
    Sequence data = data(method, regression);
    float[] gradient = new float[2 * p];
    Spread spread = new Spread();
    for (int r = 0; r < repeats; r++) {
      estimator.reset(key.child(place + " " + p).child(r).seed());
      estimator.estimate(xi, data, 0, 1, gradient);
      spread.add(exact.distance(gradient), exact.variance);
    }
    spread.record(recorder, " at the " + place, p);
  }

  private static void miniBatches(
      Method method, int m, int repeats, RandomKey key, Recorder recorder) {
    LinearRegression whole = regression(FITTED);
    double[] mu = new double[FITTED];
    double[] sigma = new double[FITTED];
    Arrays.fill(sigma, START_SIGMA);
    float[] xi = xi(mu, sigma);
    RandomKey own = key.child("mini-batch " + m);
    // The factor N/(s²) of the likelihood is that of all mini-batches: M/(s²M/N).
    GradientEstimator estimator = estimator(method, batch(whole, first(m)), Coordinates.SIGMA);
    float[] gradient = new float[2 * FITTED];
    Spread spread = new Spread();
    for (int r = 0; r < repeats; r++) {
      int[] rows = draw(own, r, m);
      LinearRegression part = batch(whole, rows);
      Exact exact = new Exact(method, part, mu, sigma, xi);
      estimator.reset(own.child(r).seed());
      estimator.estimate(xi, data(method, part), 0, 1, gradient);
      spread.add(exact.distance(gradient), exact.variance);
    }
    spread.record(recorder, " by mini-batch", m);
  }

  private static int[] first(int m) {
    int[] rows = new int[m];
    Arrays.setAll(rows, r -> r);
    return rows;
  }

  /** M rows without replacement: the first of a shuffle. */
  private static int[] draw(RandomKey key, int repeat, int m) {
    int[] rows = first(ROWS);
    for (int r = 0; r < m; r++) {
      int other = r + RandomDraws.below(key, repeat, r, ROWS - r);
      int row = rows[r];
      rows[r] = rows[other];
      rows[other] = row;
    }
    return Arrays.copyOf(rows, m);
  }

  /** Adam on ξ = [μ | ln σ]; the bound itself is known, so that what is missed is, too. */
  private static void fit(Method method, int iterations, RandomKey key, Recorder recorder) {
    LinearRegression regression = regression(FITTED);
    double best = regression.bound(regression.posteriorMean(), regression.bestDeviations());
    GradientEstimator estimator = estimator(method, regression, Coordinates.LOG_SIGMA);
    Sequence data = data(method, regression);
    float[] xi = new float[2 * FITTED];
    Coordinates.LOG_SIGMA.initialise(new float[FITTED], START_SIGMA, xi);
    float[] gradient = new float[xi.length];
    Optimiser optimiser = Optimisers.ADAM.create(KERNELS, Workspace.allocating(), xi.length, RATE);
    int every = Math.max(1, iterations / POINTS);
    for (int i = 0; i < iterations; i++) {
      estimator.reset(key.child("fit").child(i).seed());
      estimator.estimate(xi, data, 0, 1, gradient);
      optimiser.update(xi, gradient);
      if ((i + 1) % every == 0) {
        recorder.point("missing", i + 1, best - bound(regression, xi));
        recorder.progress(0.5 + 0.5 * (i + 1) / iterations);
      }
    }
    recorder.value("missing at the end", best - bound(regression, xi));
  }

  /**
   * Backpropagation through dropout beside the reparameterised gradient with the mask as the noise,
   * z ⊙ ∂ ln p/∂w at w = M ⊙ z, of a network without dropout; and Monte Carlo dropout of a linear
   * model, whose predictive moments are known.
   */
  private static void dropout(int repeats, RandomKey key, Recorder recorder) {
    Shape shape = Shape.of(DROPOUT_INPUTS);
    Network dropping = Network.of(DROPPING, shape, 1, Likelihood.SQUARED_ERROR);
    Network bare = Network.of(BARE, shape, 1, Likelihood.SQUARED_ERROR);
    float[] m = new float[bare.parameters().count()];
    bare.initialise(new RandomKey(0), m);
    int width = DROPOUT_INPUTS + dropping.masks();
    Sequence data = Sequence.allocate(1, DROPOUT_ROWS, width, 1);
    KERNELS.gaussian(key.seed(), 0, 0, 0, data.inputs(), 0, data.inputs().length);
    KERNELS.gaussian(key.seed(), 1, 0, 0, data.targets(), 0, DROPOUT_ROWS);
    GradientEstimator through =
        Algorithm.BPTT.create(Setup.of(dropping, 1).withBatch(DROPOUT_ROWS));
    GradientEstimator ofRow = Algorithm.BPTT.create(Setup.of(bare, 1));
    Sequence row = Sequence.allocate(1, 1, DROPOUT_INPUTS, 1);
    float[] actual = new float[m.length];
    float[] w = new float[m.length];
    float[] g = new float[m.length];
    double furthest = 0;
    for (int r = 0; r < Math.max(1, repeats / 10); r++) {
      dropping.drawMasks(key.child("masks").child(r), data);
      through.estimate(m, data, 0, 1, actual);
      double[] expected = new double[m.length];
      for (int b = 0; b < DROPOUT_ROWS; b++) {
        int at = b * width + DROPOUT_INPUTS;
        System.arraycopy(data.inputs(), b * width, row.inputs(), 0, DROPOUT_INPUTS);
        row.targets()[0] = data.targets()[b];
        MaskedWeights.multiply(dropping, data.inputs(), at, m, w);
        ofRow.estimate(w, row, 0, 1, g);
        MaskedWeights.multiply(dropping, data.inputs(), at, g, g);
        for (int i = 0; i < g.length; i++) {
          expected[i] += g[i] / (double) DROPOUT_ROWS;
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
    recorder.value("relative difference of gradients", furthest);
    predict(10 * repeats, key, recorder);
  }

  private static void predict(int draws, RandomKey key, Recorder recorder) {
    double keep = 0.75;
    Network network =
        Network.of("dropout(0.75) dense(1)", Shape.of(DROPOUT_UNITS), 1, Likelihood.SQUARED_ERROR);
    float[] theta = new float[DROPOUT_UNITS + 1];
    KERNELS.gaussian(0, 0, 0, 0, theta, 0, theta.length);
    Sequence data = Sequence.allocate(1, 1, 2 * DROPOUT_UNITS, 1);
    Arrays.fill(data.inputs(), 0, DROPOUT_UNITS, 1f);
    PredictiveSamples samples = new PredictiveSamples(Workspace.allocating(), draws, 1);
    samples.fill(
        network,
        network.predictor(KERNELS, Workspace.allocating(), 1),
        theta,
        data,
        0,
        key.child("predictive"));
    double mean = theta[DROPOUT_UNITS];
    double variance = 0;
    double cumulant = 0; // the fourth of m/p is p (1 − p)(1 − 6p (1 − p))/p⁴
    double odds = (1 - keep) / keep;
    for (int i = 0; i < DROPOUT_UNITS; i++) {
      double square = (double) theta[i] * theta[i];
      mean += theta[i];
      variance += odds * square;
      cumulant += square * square * odds * (1 - 6 * keep * (1 - keep)) / (keep * keep);
    }
    recorder.value(
        "standard errors off, predictive mean",
        (samples.mean(0) - mean) / Math.sqrt(variance / draws));
    recorder.value(
        "standard errors off, predictive variance",
        (samples.variance(0, 0) - variance)
            / Math.sqrt((cumulant + 2 * variance * variance) / draws));
  }

  private static double bound(LinearRegression regression, float[] xi) {
    int p = xi.length / 2;
    double[] mu = new double[p];
    double[] sigma = new double[p];
    for (int i = 0; i < p; i++) {
      mu[i] = xi[i];
      sigma[i] = Math.exp(xi[p + i]);
    }
    return regression.bound(mu, sigma);
  }

  private static float[] xi(double[] mu, double[] sigma) {
    float[] xi = new float[2 * mu.length];
    for (int i = 0; i < mu.length; i++) {
      xi[i] = (float) mu[i];
      xi[mu.length + i] = (float) sigma[i];
    }
    return xi;
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).sum();
  }

  /** Mean and variance that an estimator of a regression's bound should have at (μ, σ). */
  private static final class Exact {
    final double[] mean;
    final double variance;

    Exact(Method method, LinearRegression regression, double[] mu, double[] sigma, float[] xi) {
      QuadraticLaw law = regression.law(mu, sigma);
      mean = law.mean();
      int p = mu.length;
      for (int i = 0; i < p; i++) {
        mean[i] = -mean[i] + PRIOR.precision() * (mu[i] - PRIOR.mean());
        mean[p + i] = -mean[p + i] + PRIOR.precision() * sigma[i] - 1 / sigma[i];
      }
      variance = method.law(regression, mu, sigma);
    }

    /** ‖ĝ − E ĝ‖². */
    double distance(float[] gradient) {
      double sum = 0;
      for (int k = 0; k < mean.length; k++) {
        double away = gradient[k] - mean[k];
        sum += away * away;
      }
      return sum;
    }
  }

  /** Squared distances from the mean beside what they should be on average. */
  private static final class Spread {
    private final List<Double> differences = new ArrayList<>();
    private double measured;
    private double expected;

    void add(double distance, double variance) {
      measured += distance;
      expected += variance;
      differences.add(distance - (Double.isNaN(variance) ? 0 : variance));
    }

    void record(Recorder recorder, String where, double x) {
      int n = differences.size();
      double mean = differences.stream().mapToDouble(d -> d).sum() / n;
      double squares = differences.stream().mapToDouble(d -> (d - mean) * (d - mean)).sum();
      double error = Math.sqrt(squares / (n - 1.0) / n);
      recorder.point("variance" + where, x, measured / n);
      recorder.point("closed form" + where, x, expected / n);
      recorder.point("standard errors off" + where, x, (measured - expected) / n / error);
    }
  }

  @Override
  public List<Band> bands(Scale scale) {
    if (scale == Scale.TINY) {
      return List.of();
    }
    return List.of(
        new Band(
            "Every measured variance is within five standard errors of its closed form",
            "derivation (QuadraticLaw, tested by exact designs): the quotient is nearly standard"
                + " normal, and the chance that any of some 200 is beyond 5 about 10⁻⁴",
            Reparameterisation::laws),
        new Band(
            "Reparameterised gradients vary less than score-function gradients with the mean of the"
                + " other samples as control variate, and these less than without one: for every"
                + " number of weights, at the start and at the optimum",
            "publications; here it follows from the closed forms",
            Reparameterisation::order),
        new Band(
            "With noise in the pre-activations the variance falls as 1/M with the rows of a"
                + " mini-batch, M times it being the same within 30 %; with a draw of the weights"
                + " for all rows it is larger for every M > 1, and more than 3 times that on all"
                + " rows",
            "publication (Kingma et al. 2015). Given the mini-batch the first is (N/M)² Σ over its"
                + " rows, on average N²/M. Reduced runs, seeds 0 to 4: M times it from 1.115·10⁶ to"
                + " 1.131·10⁶, one draw for all rows 3.5 to 19 times as much",
            Reparameterisation::batches),
        new Band(
            "After the same iterations of Adam less of the best bound is missing by"
                + " reparameterisation than by the score function with the mean of the others, and"
                + " less by that than without a control variate, for every seed",
            "the order of the variances. Reduced runs, seeds 0 to 4: 0.08 to 0.25 nats missing, 1.4"
                + " to 2.5, 40 to 45",
            Reparameterisation::fits),
        new Band(
            "Backpropagation through dropout is the reparameterised gradient with the mask as the"
                + " noise, up to rounding, and Monte Carlo dropout predicts the mean and variance"
                + " of a linear model within five standard errors",
            "Gal and Ghahramani (2016), derived; a hundred roundings in single precision",
            Reparameterisation::dropouts));
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(Double.NaN);
  }

  private static Band.Judgement dropouts(Outcomes outcomes) {
    double gradient = largest(outcomes.values(DROPOUT, "relative difference of gradients"));
    double mean = largest(outcomes.values(DROPOUT, "standard errors off, predictive mean"));
    double variance = largest(outcomes.values(DROPOUT, "standard errors off, predictive variance"));
    if (Double.isNaN(gradient)) {
      return Band.Judgement.notRun(DROPOUT);
    }
    return Band.Judgement.of(
        gradient <= EQUAL && mean <= ERRORS && variance <= ERRORS,
        "gradients differ by %s of the largest; predictive mean %s, variance %s standard errors off"
            .formatted(
                Unit.PLAIN.text(gradient), Unit.PLAIN.text(mean), Unit.PLAIN.text(variance)));
  }

  private static Band.Judgement batches(Outcomes outcomes) {
    String metric = "variance by mini-batch";
    if (!outcomes.has(Method.LOCAL.label, metric)
        || !outcomes.has(Method.REPARAMETERISED.label, metric)) {
      return Band.Judgement.notRun("local or reparameterised");
    }
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    boolean below = true;
    double last = 0;
    StringBuilder seen = new StringBuilder();
    for (double m : outcomes.places(Method.LOCAL.label, metric)) {
      double local = Outcomes.median(outcomes.at(Method.LOCAL.label, metric, m));
      double shared = Outcomes.median(outcomes.at(Method.REPARAMETERISED.label, metric, m));
      least = Math.min(least, m * local);
      most = Math.max(most, m * local);
      below &= m == 1 || local < shared;
      last = shared / local;
      seen.append("M = ").append((int) m).append(": ").append(Unit.PLAIN.text(local));
      seen.append(" against ").append(Unit.PLAIN.text(shared)).append("; ");
    }
    return Band.Judgement.of(
        below && most <= 1.3 * least && last > 3,
        seen
            + "M times the first from %s to %s"
                .formatted(Unit.PLAIN.text(least), Unit.PLAIN.text(most)));
  }

  private static Band.Judgement fits(Outcomes outcomes) {
    String metric = "missing at the end";
    boolean holds = true;
    double last = Double.NEGATIVE_INFINITY;
    StringBuilder seen = new StringBuilder();
    for (Method method : List.of(Method.REPARAMETERISED, Method.LEAVE_ONE_OUT, Method.SCORE)) {
      double[] values = outcomes.values(method.label, metric);
      if (values.length == 0) {
        return Band.Judgement.notRun(method.label);
      }
      holds &= last < Arrays.stream(values).min().orElseThrow();
      last = largest(values);
      seen.append(seen.isEmpty() ? "" : "; ").append(method.label);
      for (double value : values) {
        seen.append(' ').append(Unit.PLAIN.text(value));
      }
    }
    return Band.Judgement.of(holds, seen.toString());
  }

  private static Band.Judgement laws(Outcomes outcomes) {
    double largest = 0;
    int count = 0;
    for (Outcomes.Row row : outcomes.rows()) {
      if (row.metric().startsWith("standard errors off") && !Double.isNaN(row.value())) {
        largest = Math.max(largest, Math.abs(row.value()));
        count++;
      }
    }
    return count == 0
        ? Band.Judgement.notRun("every method")
        : Band.Judgement.of(
            largest <= ERRORS,
            "largest of %d: %s standard errors".formatted(count, Unit.PLAIN.text(largest)));
  }

  private static Band.Judgement order(Outcomes outcomes) {
    List<Method> ascending = List.of(Method.REPARAMETERISED, Method.LEAVE_ONE_OUT, Method.SCORE);
    boolean holds = true;
    StringBuilder seen = new StringBuilder();
    for (Place place : Place.values()) {
      String metric = "variance at the " + place;
      for (double p : outcomes.places(Method.REPARAMETERISED.label, metric)) {
        seen.append(seen.isEmpty() ? "" : "; ").append(place).append(", P = ").append((int) p);
        double last = 0;
        for (Method method : ascending) {
          double value = Outcomes.median(outcomes.at(method.label, metric, p));
          if (Double.isNaN(value)) {
            return Band.Judgement.notRun(method.label);
          }
          holds &= last < value;
          seen.append(' ').append(Unit.PLAIN.text(value));
          last = value;
        }
      }
    }
    return seen.isEmpty()
        ? Band.Judgement.notRun(Method.REPARAMETERISED.label)
        : Band.Judgement.of(holds, seen.toString());
  }

  @Override
  public List<Section> figures(Scale scale, Outcomes outcomes) {
    List<Block> variances = new ArrayList<>();
    for (Place place : Place.values()) {
      variances.add(
          chart(
              outcomes,
              "Variance of an estimate at the " + place,
              "Lines of the sum of variances over all coordinates against the number of weights:"
                  + " reparameterised lowest, the score function without control variate highest.",
              " at the " + place,
              "weights P"));
    }
    Chart byBatch =
        chart(
            outcomes,
            "Variance that the weights' noise causes, by mini-batch",
            "Lines of the variance given the mini-batch against its size.",
            " by mini-batch",
            "rows M of a mini-batch");
    var fit =
        Chart.lines(
                "What is missing of the best diagonal bound",
                "Lines of the gap to the best bound against iterations of Adam, at the same rate.")
            .x("iterations", Unit.COUNT, Chart.Scale.LOG)
            .y("missing, nats", Unit.PLAIN, Chart.Scale.LOG)
            .series("method")
            .band(SeedCurves.BAND);
    for (Method method : Method.values()) {
      SeedCurves.add(fit, outcomes, method.label, "missing");
    }
    var dropout =
        Table.captioned("Dropout as variational Bayes: the most over the seeds")
            .text("figure")
            .number("value", Unit.PLAIN);
    for (String metric :
        List.of(
            "relative difference of gradients",
            "standard errors off, predictive mean",
            "standard errors off, predictive variance")) {
      if (outcomes.has(DROPOUT, metric)) {
        dropout.row(metric, largest(outcomes.values(DROPOUT, metric)));
      }
    }
    return List.of(
        new Section("Variance against the closed forms", variances),
        Section.of("Mini-batches", byBatch),
        Section.of("What it means for a fit", fit.build()),
        Section.of("Dropout", dropout.build()),
        Section.of(
            "What to take from it",
            Block.prose(
                "With the same eight samples the score function with a control variate varies 6 to"
                    + " 65 times as much as the reparameterised gradient, the more the more"
                    + " weights: what one weight does is hidden in the changes that all others make"
                    + " to the likelihood. Without a control variate even the constant of the"
                    + " likelihood counts. The constants of the smallest variance, estimated by"
                    + " coordinate from the seven other samples, are no better here than the plain"
                    + " mean of them.")));
  }

  private static Chart chart(
      Outcomes outcomes, String title, String description, String where, String x) {
    var chart =
        Chart.lines(title, description)
            .x(x, Unit.COUNT, Chart.Scale.LOG)
            .y("sum of variances", Unit.PLAIN, Chart.Scale.LOG)
            .series("method")
            .band(SeedCurves.BAND);
    for (Method method : Method.values()) {
      SeedCurves.add(chart, outcomes, method.label, "variance" + where);
      SeedCurves.add(
          chart, outcomes, method.label, "closed form" + where, method.label + ", closed form", "");
    }
    return chart.build();
  }
}
