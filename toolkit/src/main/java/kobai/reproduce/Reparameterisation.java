package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import kobai.bayes.ControlVariate;
import kobai.bayes.Coordinates;
import kobai.bayes.GaussianPrior;
import kobai.bayes.LinearRegression;
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
import kobai.optimisers.Optimiser;
import kobai.optimisers.Optimisers;
import kobai.random.RandomDraws;
import kobai.random.RandomKey;
import kobai.report.Block;
import kobai.report.Chart;
import kobai.report.Section;
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

  private enum Method {
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
    double law(QuadraticLaw law) {
      return switch (this) {
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
        case TINY -> new Size(List.of(2, 4), List.of(2, ROWS), 50, 50);
        case REDUCED -> new Size(List.of(2, 4, 8, 16, 32), List.of(1, 4, 16, ROWS), 4000, 3000);
        case FULL ->
            new Size(List.of(2, 4, 8, 16, 32, 64), List.of(1, 2, 4, 8, 16, 32, ROWS), 40_000, 30_000);
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
    return constants;
  }

  @Override
  public List<String> methods(Scale scale) {
    return Arrays.stream(Method.values()).map(method -> method.label).toList();
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
    Method method = Method.of(name);
    Size size = Size.of(scale);
    RandomKey key = new RandomKey(seed).child(name);
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

  /** The same problem for every seed: inputs N(0, 1), weights from the prior. */
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
   * The mini-batch of a regression as one of its own: (N/M) Σ over M rows of (y − wᵀx)²/(2s²) is the
   * sum over rows with noise variance s²M/N.
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
    Sequence data = regression.sequence();
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
    GradientEstimator estimator =
        estimator(method, batch(whole, first(m)), Coordinates.SIGMA);
    float[] gradient = new float[2 * FITTED];
    Spread spread = new Spread();
    for (int r = 0; r < repeats; r++) {
      int[] rows = draw(own, r, m);
      LinearRegression part = batch(whole, rows);
      Exact exact = new Exact(method, part, mu, sigma, xi);
      estimator.reset(own.child(r).seed());
      estimator.estimate(xi, whole.batch(rows), 0, 1, gradient);
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
    Sequence data = regression.sequence();
    float[] xi = new float[2 * FITTED];
    Coordinates.LOG_SIGMA.initialise(new float[FITTED], START_SIGMA, xi);
    float[] gradient = new float[xi.length];
    Optimiser optimiser =
        Optimisers.ADAM.create(KERNELS, Workspace.allocating(), xi.length, RATE);
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

    Exact(
        Method method, LinearRegression regression, double[] mu, double[] sigma, float[] xi) {
      QuadraticLaw law = regression.law(mu, sigma);
      mean = law.mean();
      int p = mu.length;
      for (int i = 0; i < p; i++) {
        mean[i] = -mean[i] + PRIOR.precision() * (mu[i] - PRIOR.mean());
        mean[p + i] = -mean[p + i] + PRIOR.precision() * sigma[i] - 1 / sigma[i];
      }
      variance = method.law(law);
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
            outcomes -> order(outcomes, (a, b) -> a < b)));
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

  private static Band.Judgement order(Outcomes outcomes, BiPredicate<Double, Double> below) {
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
          holds &= below.test(last, value);
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
    return List.of(
        new Section("Variance against the closed forms", variances),
        Section.of("Mini-batches", byBatch),
        Section.of("What it means for a fit", fit.build()));
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
          chart,
          outcomes,
          method.label,
          "closed form" + where,
          method.label + ", closed form",
          "");
    }
    return chart.build();
  }
}
