package kobai.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import kobai.data.MiniBatches;
import kobai.data.RegressionData;
import kobai.data.RegressionSource;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.optimisers.OptimiserSettings;
import kobai.optimisers.Optimisers;
import kobai.random.RandomKey;
import kobai.report.Chart;
import kobai.report.Section;
import kobai.report.Table;
import kobai.tasks.Regression;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.junit.jupiter.api.Test;

final class RegressionLawTest {
  private static final RegressionSource.Split SPLIT =
      new RegressionSource(Regression.wave(new RandomKey(1), 400), Optional.empty())
          .split(new RandomKey(2), 0.1, 0.3, RegressionSource.Scaling.BOTH);
  private static final ExampleData DATA = ExampleData.of(SPLIT);

  private static TrainingRun run(String layers, Likelihood likelihood, boolean bayes, int epochs) {
    Network network = Network.of(layers, Shape.of(1), 1, likelihood);
    TrainingRun run =
        new TrainingRun(
            new TrainingSettings(
                Algorithm.BPTT,
                Setup.of(network, 1).withBatch(20),
                OptimiserSettings.of(Optimisers.ADAM, 0.02),
                "constant",
                epochs,
                0,
                5,
                bayes ? Optional.of(new BayesSettings(1, 0.05, 1)) : Optional.empty()),
            DATA);
    return Runs.finish(run);
  }

  private static double input(int i) {
    float[] x = new float[1];
    SPLIT.test().copyInputs(i, x, 0);
    return x[0];
  }

  private static double target(int i) {
    float[] y = new float[1];
    SPLIT.test().copyTargets(i, y, 0);
    return y[0];
  }

  /** θ of dense(1) is [weight | bias], so that everything is a formula of two numbers. */
  @Test
  void theLawOfALineIsWhatItsTwoNumbersSay() {
    double deviation = 0.5;
    TrainingRun run = run("dense(1)", Likelihood.gaussian(deviation * deviation), false, 3);
    float[] theta = run.chosen();
    PredictiveNumbers law = run.numbers(50).orElseThrow();
    assertEquals(1, law.samples());
    assertEquals("nothing", law.source());
    int n = SPLIT.test().examples();
    double loss = 0;
    double squares = 0;
    int inside = 0;
    for (int i = 0; i < n; i++) {
      double away = target(i) - (theta[0] * input(i) + theta[1]);
      squares += away * away;
      loss +=
          0.5 * away * away / (deviation * deviation)
              + Math.log(deviation)
              + 0.5 * Math.log(2 * Math.PI);
      double u = NormalDistribution.of(0, deviation).cumulativeProbability(away);
      inside += u >= 0.05 && u <= 0.95 ? 1 : 0;
    }
    double unit = SPLIT.targets().unit(0);
    // A prediction is a float: two roundings of numbers up to 4.
    assertEquals(loss / n, law.negativeLogDensity(), 1e-5);
    assertEquals(loss / n, run.test().loss(), 1e-5, "the judge states the same loss");
    PredictiveNumbers.Target target = law.targets().getFirst();
    assertEquals(unit * Math.sqrt(squares / n), target.rootMeanSquare(), 1e-6);
    assertEquals(0, target.epistemic());
    assertEquals(unit * deviation, target.noise(), 1e-9);
    assertEquals(inside / (double) n, target.most(), 1e-12);
    assertTrue(inside > 0 && inside < n, "coverage is not trivial: " + inside);
    PredictiveNumbers.BandPoint first = law.bands().getFirst().points().getFirst();
    assertEquals(
        SPLIT.targets().original(0, theta[0] * line(first.x()) + theta[1]), first.mean(), 1e-5);
  }

  /** A place in the units of the data, as the network sees it. */
  private static double line(double x) {
    double zero = SPLIT.inputs().original(0, 0);
    return (x - zero) / SPLIT.inputs().unit(0);
  }

  /** w ~ N(μ, σ²) a weight: the mean wₓx + w_b has the variance σₓ²x² + σ_b². */
  @Test
  void samplesOfALineSpreadAsTheirLawSays() {
    TrainingRun run = run("dense(1)", Likelihood.gaussian(0.25), true, 2);
    float[] xi = run.chosen();
    int samples = 4000;
    PredictiveNumbers law = run.numbers(samples).orElseThrow();
    assertEquals(samples, law.samples());
    assertEquals("weights", law.source());
    double unit = SPLIT.targets().unit(0);
    double slope = Math.exp(xi[2]);
    double offset = Math.exp(xi[3]);
    for (PredictiveNumbers.BandPoint point : law.bands().getFirst().points()) {
      double x = line(point.x());
      double variance = unit * unit * (slope * slope * x * x + offset * offset);
      // A variance of S normal numbers has the relative deviation √(2/S) = 0.022; five of them,
      // which 121 dependent places leave with a probability below 1e-4.
      assertEquals(1, point.epistemic() * point.epistemic() / variance, 0.112);
      assertEquals(
          point.epistemic() * point.epistemic() + unit * unit * 0.25,
          point.total() * point.total(),
          1e-9);
    }
  }

  @Test
  void aLearntVarianceApproachesTheEntropyOfTheNoise() {
    TrainingRun run =
        run("dense(40) tanh dense(40) tanh dense(2)", Likelihood.GAUSSIAN_LEARNT, false, 150);
    // Mean over x of ½ ln 2πe s(x)², s uniform on [a, b]: ½ ln 2πe + (b ln b − a ln a)/(b − a) − 1;
    // a target is divided by its deviation, which takes ln unit off.
    double a = Regression.LEAST_NOISE;
    double b = Regression.MOST_NOISE;
    double floor =
        0.5 * Math.log(2 * Math.PI * Math.E)
            + (b * Math.log(b) - a * Math.log(a)) / (b - a)
            - 1
            - Math.log(SPLIT.targets().unit(0));
    double reached = run.numbers(0).orElseThrow().negativeLogDensity();
    // The loss of 120 examples has a deviation of √(½/120) = 0.065 about its mean; 240 training
    // examples leave a few tenths to be desired. A law without the curve is at about 1.4.
    assertTrue(reached > floor - 5 * 0.065, reached + " against " + floor);
    assertTrue(reached < floor + 0.5, reached + " against " + floor);
    PredictiveNumbers law = run.numbers(0).orElseThrow();
    PredictiveNumbers.BandPoint left = law.bands().getFirst().points().get(30);
    PredictiveNumbers.BandPoint right = law.bands().getFirst().points().get(90);
    assertTrue(right.total() > 1.5 * left.total(), "the noise grows along the curve");
  }

  @Test
  void aPredictionThatIsNotANumberHasNoCoverage() {
    Network network = Network.of("dense(1)", Shape.of(1), 1, Likelihood.gaussian(0.25));
    TrainingSettings settings =
        Runs.settings(Algorithm.BPTT, Setup.of(network, 1).withBatch(20), 1);
    Judge judge =
        new Judge(
            network,
            DATA,
            new MiniBatches(DATA.count(Part.TRAINING), 20),
            new RandomKey(0),
            settings.setup().kernels(),
            Workspace.allocating());
    PredictiveNumbers law =
        new RegressionLaw(settings, DATA, judge)
            .predict(new float[] {Float.NaN, 0}, 0)
            .orElseThrow();
    assertEquals(Double.NaN, law.error());
    assertEquals(Double.NaN, law.negativeLogDensity());
    law.coverage().forEach(each -> assertEquals(Double.NaN, each.observed()));
    PredictiveNumbers.Target target = law.targets().getFirst();
    assertEquals(Double.NaN, target.rootMeanSquare());
    assertEquals(Double.NaN, target.half());
    assertEquals(Double.NaN, target.most());
    assertEquals(Double.NaN, target.error());
    RunResult run =
        new RunResult(
            settings,
            List.of(),
            1,
            false,
            OptionalLong.of(3),
            new Score(Double.NaN, Double.NaN, 120),
            Optional.empty(),
            Optional.of(law),
            0);
    String finding = PredictiveBlocks.findings(List.of(run)).getFirst();
    assertTrue(finding.contains("is not a number"), finding);
    assertFalse(finding.contains("%"), finding);
    List<Section> sections = new PredictiveBlocks(DATA, List.of(run)).sections();
    assertTrue(
        sections.getFirst().blocks().stream().noneMatch(Chart.class::isInstance),
        "no chart of nothing");
  }

  /** Two targets, each with its own line; together they are as likely as the product says. */
  @Test
  void everyTargetHasItsOwnDensity() {
    float[] x = new float[60];
    float[] y = new float[120];
    for (int i = 0; i < 60; i++) {
      x[i] = i % 7;
      y[2 * i] = i % 5;
      y[2 * i + 1] = i * i % 11;
    }
    ExampleData data =
        ExampleData.of(
            new RegressionSource(
                    RegressionData.of("two", List.of("a", "b"), new int[] {1}, x, y),
                    Optional.empty())
                .split(new RandomKey(0), 0.1, 0.3, RegressionSource.Scaling.BOTH));
    Network network = Network.of("dense(2)", Shape.of(1), 2, Likelihood.SQUARED_ERROR);
    TrainingRun run =
        Runs.finish(
            new TrainingRun(
                Runs.settings(Algorithm.BPTT, Setup.of(network, 1).withBatch(8), 1), data));
    PredictiveNumbers law = run.numbers(0).orElseThrow();
    double first = law.targets().get(0).negativeLogDensity();
    double second = law.targets().get(1).negativeLogDensity();
    assertTrue(first != second, "of its own");
    // One Gaussian a target: the density of both is the product. Sums of 18 doubles of size 1.
    assertEquals(first + second, law.negativeLogDensity(), 1e-12);
    assertTrue(law.assumed());
    String finding = PredictiveBlocks.findings(List.of(result(run, law))).getFirst();
    assertTrue(finding.contains("the squared error read as a variance of 1"), finding);
    Table table =
        (Table)
            new PredictiveBlocks(data, List.of(result(run, law)))
                .sections()
                .getFirst()
                .blocks()
                .getFirst();
    assertEquals(3, table.rows().size());
    assertEquals(second, table.rows().get(1).get(8));
    assertEquals(law.negativeLogDensity(), table.rows().get(2).get(8));
  }

  @Test
  void panelsThatAreLeftOutAreCounted() {
    TrainingRun run = run("dense(1)", Likelihood.gaussian(0.25), false, 1);
    RunResult result = result(run, run.numbers(0).orElseThrow());
    for (int runs : new int[] {6, 7}) {
      Chart bands =
          new PredictiveBlocks(DATA, Collections.nCopies(runs, result))
              .sections().getFirst().blocks().stream()
                  .filter(Chart.class::isInstance)
                  .map(Chart.class::cast)
                  .findFirst()
                  .orElseThrow();
      assertEquals(runs == 7, bands.description().contains("first 6 of 7"), bands.description());
      assertEquals("y", bands.y().title());
    }
  }

  private static RunResult result(TrainingRun run, PredictiveNumbers law) {
    return new RunResult(
        Runs.settings(
            Algorithm.BPTT,
            Setup.of(Network.of("dense(1)", Shape.of(1), 1, Likelihood.SQUARED_ERROR), 1),
            1),
        List.of(),
        1,
        false,
        OptionalLong.empty(),
        run.test(),
        Optional.empty(),
        Optional.of(law),
        0);
  }

  @Test
  void masksAreSampledAndProbabilitiesStateNoDensity() {
    TrainingRun run =
        run("dense(20) tanh dropout(0.8) dense(1)", Likelihood.SQUARED_ERROR, false, 2);
    PredictiveNumbers law = run.numbers(20).orElseThrow();
    assertEquals("masks", law.source());
    assertTrue(law.targets().getFirst().epistemic() > 0);
    RegressionData coin =
        RegressionData.of(
            "coin", java.util.List.of("y"), new int[] {1}, new float[10], new float[10]);
    ExampleData data =
        ExampleData.of(
            new RegressionSource(coin, Optional.empty())
                .split(new RandomKey(0), 0.2, 0.2, RegressionSource.Scaling.INPUTS));
    Network network = Network.of("dense(1)", Shape.of(1), 1, Likelihood.BERNOULLI);
    TrainingRun bernoulli =
        Runs.finish(
            new TrainingRun(
                Runs.settings(Algorithm.BPTT, Setup.of(network, 1).withBatch(2), 1), data));
    assertTrue(bernoulli.numbers(5).isEmpty());
    assertTrue(bernoulli.test().loss() > 0);
  }
}
