package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.memory.Workspace;
import kobai.models.Initialisation;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.NodeRollout;
import kobai.models.RowLocalTape;
import kobai.networks.Network;
import kobai.networks.Shape;
import kobai.random.NoiseSource;
import kobai.random.RandomKey;
import kobai.verify.CubatureDesign;
import kobai.verify.Design;
import kobai.verify.EpisodeSampler;
import kobai.verify.ErrorModel;
import kobai.verify.ExactMoments;
import kobai.verify.HadamardDesign;
import kobai.verify.OrthogonalArrayDesign;
import kobai.verify.Problem;
import kobai.verify.QuadraticFormOracle;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Node perturbation: draw by draw against a second implementation in double, its means and
 * variances exactly, and the proof that it is weight perturbation of the biases, taken on to the
 * weights.
 */
class NodePerturbationContract {
  /** P = 11, three nodes a step and row. */
  static Problem small(int length, int batch) {
    return Problem.of(1, 2, 1, 0.6, Activation.TANH, Loss.SQUARED_ERROR, length, batch, 17);
  }

  /** P = 5, two nodes a step. */
  private static Problem tiny(Activation activation) {
    return Problem.of(1, 1, 1, 0.7, activation, Loss.SQUARED_ERROR, 2, 1, 23);
  }

  private static double[][] zeros(Problem problem) {
    return new double[problem.sequence().batch()][problem.model().stateSize()];
  }

  /** The error model of node perturbation, whose c₃ is measured on the double reference. */
  static ErrorModel errors(Problem problem) {
    double probe = 1e-2;
    double[] g = problem.gradient();
    double missed = Episodes.distance(referenceMean(problem, probe), g) / Episodes.norm(g);
    return new ErrorModel(
        missed / (probe * probe), problem.loss(), Episodes.norm(g), ErrorModel.FLOAT);
  }

  private static double[] referenceMean(Problem problem, double sigma) {
    NodeReference reference = new NodeReference(problem);
    int length = problem.sequence().length();
    Design design = new HadamardDesign(reference.nodes() * length, true);
    double[] mean = new double[problem.theta().length];
    double[] v = new double[design.factors()];
    for (int run = 0; run < design.runs(); run++) {
      design.fill(run, v);
      double[] estimate =
          reference.estimate(NodeReference.Form.CLEAN, v, sigma, 0, length, zeros(problem));
      for (int p = 0; p < mean.length; p++) {
        mean[p] += design.weight(run) * estimate[p];
      }
    }
    return mean;
  }

  static ExactMoments moments(
      Algorithm algorithm,
      Problem problem,
      int window,
      double sigma,
      UnaryOperator<Setup> change,
      IntFunction<Design> design) {
    return ExactMoments.of(
        noise ->
            new EpisodeSampler(
                algorithm.create(
                    change.apply(
                        problem
                            .setup()
                            .withWindow(window)
                            .withParticles(2)
                            .withSigma(sigma)
                            .withNoise(noise))),
                problem.theta(),
                problem.sequence(),
                problem.windows(window)),
        design);
  }

  private static double relativeError(double[] actual, double[] expected) {
    return Episodes.distance(actual, expected) / Episodes.norm(expected);
  }

  @Test
  @DisplayName("§6.3: with clean activities the mean misses the gradient by the square of σ")
  void theReferenceMissesTheGradientByTheSquareOfSigma() {
    Problem problem = small(6, 1);
    double[] g = problem.gradient();
    double far = relativeError(referenceMean(problem, 1e-2), g);
    double near = relativeError(referenceMean(problem, 1e-3), g);
    assertTrue(far > 1e-6 && far < 1e-2, () -> "relative error " + far);
    assertEquals(100, far / near, 1);
  }

  /** Particle by particle, the estimator is the reference with the same noise. */
  @ParameterizedTest
  @CsvSource({
    "NODE_PERTURBATION, CLEAN, 8, 0.1",
    "NODE_PERTURBATION, CLEAN, 3, 0.3",
    "NODE_PERTURBATION_PERTURBED, PERTURBED, 8, 0.3",
    "NODE_PERTURBATION_PERTURBED, PERTURBED, 3, 0.1",
    "NODE_PERTURBATION_ACTIVITY, ACTIVITY, 8, 0.1",
    "NODE_PERTURBATION_ACTIVITY, ACTIVITY, 3, 0.3"
  })
  @DisplayName("§6.2: node perturbation of deep and recurrent networks is that of a reference")
  void everyEstimateIsThatOfTheReference(
      Algorithm algorithm, NodeReference.Form form, int window, double sigma) {
    Problem problem = Problem.of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 8, 3, 11);
    NodeReference reference = new NodeReference(problem);
    int particles = 4;
    Setup setup = problem.setup().withWindow(window).withParticles(particles).withSigma(sigma);
    GradientEstimator estimator = algorithm.create(setup);
    estimator.reset(5);
    RandomKey key = new RandomKey(5).child("node perturbation");
    float[] actual = new float[problem.theta().length];
    double[][] states = zeros(problem);
    int unroll = 0;
    int from = 0;
    for (int to : problem.windows(window)) {
      estimator.estimate(problem.theta(), problem.sequence(), from, to, actual);
      double[] expected = new double[actual.length];
      double[][] next = states;
      for (int particle = 0; particle < particles; particle++) {
        float[] drawn = new float[(to - from) * reference.nodes()];
        setup.noise().fill(key, unroll, particle, drawn, 0, drawn.length);
        double[] v = new double[drawn.length];
        for (int i = 0; i < v.length; i++) {
          v[i] = drawn[i];
        }
        next = Arrays.stream(states).map(double[]::clone).toArray(double[][]::new);
        double[] estimate = reference.estimate(form, v, sigma, from, to, next);
        for (int p = 0; p < expected.length; p++) {
          expected[p] += estimate[p] / particles;
        }
      }
      states = next;
      double error = 0;
      for (int p = 0; p < expected.length; p++) {
        error = Math.max(error, Math.abs(actual[p] - expected[p]));
      }
      // Rounding of the two losses over σ, times activities and noise of order one.
      double allowed =
          problem.floatTolerance() * (Episodes.norm(expected) + problem.loss() / 8 / sigma);
      double found = error;
      assertTrue(found <= allowed, () -> found + " > " + allowed);
      assertTrue(Episodes.norm(expected) > 100 * allowed);
      from = to;
      unroll++;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NODE_PERTURBATION, 8, 1",
    "NODE_PERTURBATION, 7, 3",
    "NODE_PERTURBATION_PERTURBED, 8, 1",
    "NODE_PERTURBATION_PERTURBED, 7, 3",
    "FORWARD_GRADIENT_ACTIVITY, 8, 1",
    "FORWARD_GRADIENT_ACTIVITY, 7, 3"
  })
  @DisplayName("§6.7: the mean of node perturbation is the gradient")
  void theExactMeanIsTheGradientAndOnWindowsTheTruncatedOne(
      Algorithm algorithm, int length, int batch) {
    Problem problem = small(length, batch);
    for (int window : new int[] {length, 3, 1}) {
      double error =
          relativeError(
              folded(algorithm, problem, window),
              problem.oracle().truncatedGradient(problem.theta(), problem.windows(window)));
      assertTrue(error <= gate(algorithm, problem), () -> "window " + window + ": " + error);
    }
    assertTrue(
        relativeError(folded(algorithm, problem, 1), problem.gradient())
            > 10 * gate(algorithm, problem),
        "the claim BIASED shows");
  }

  private static double[] folded(Algorithm algorithm, Problem problem, int window) {
    return moments(
            algorithm,
            problem,
            window,
            errors(problem).bestSigma(),
            UnaryOperator.identity(),
            factors -> new HadamardDesign(factors, true))
        .mean();
  }

  private static double gate(Algorithm algorithm, Problem problem) {
    ErrorModel errors = errors(problem);
    return algorithm == Algorithm.FORWARD_GRADIENT_ACTIVITY
        ? problem.floatTolerance()
        : errors.gate(errors.bestSigma());
  }

  /**
   * One step: E‖ĝ‖² = Σ over nodes a of ‖zₐ‖² (‖h‖² + (κ − 1) hₐ²), h the gradient in the biases,
   * zₐ what enters node a; (M + κ − 1)‖∇‖² where one layer is all there is.
   */
  @ParameterizedTest
  @CsvSource({"NODE_PERTURBATION", "NODE_PERTURBATION_PERTURBED", "FORWARD_GRADIENT_ACTIVITY"})
  void onOneStepTheVarianceHasAClosedForm(Algorithm algorithm) {
    Problem problem = Problem.of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 1, 1, 29);
    double[] g = problem.gradient();
    double norm = Math.pow(Episodes.norm(g), 2);
    boolean recurrentAlone = algorithm == Algorithm.FORWARD_GRADIENT_ACTIVITY;
    int biasAt = 8 * 5;
    int readoutAt = biasAt + 5;
    double squaredInput = 1; // z = [0 | x | 1]
    for (int j = 0; j < 3; j++) {
      squaredInput += Math.pow(problem.sequence().inputs()[j], 2);
    }
    double squaredState = 1;
    for (int i = 0; i < 5; i++) {
      squaredState += Math.pow(g[readoutAt + i * 2] / g[readoutAt + 10], 2);
    }
    double squared = 0;
    for (int i = 0; i < 5; i++) {
      squared += g[biasAt + i] * g[biasAt + i];
    }
    for (int k = 0; k < 2 && !recurrentAlone; k++) {
      squared += g[readoutAt + 10 + k] * g[readoutAt + 10 + k];
    }
    for (int kurtosis : new int[] {1, 3}) {
      double expected = 0;
      for (int i = 0; i < 5; i++) {
        double h = g[biasAt + i];
        expected += squaredInput * (squared + (kurtosis - 1) * h * h);
      }
      for (int k = 0; k < 2; k++) {
        double h = g[readoutAt + 10 + k];
        expected += squaredState * (recurrentAlone ? h * h : squared + (kurtosis - 1) * h * h);
      }
      // Both particles get the same noise, so that N = 2 has the variance of one.
      ExactMoments moments =
          moments(
              algorithm,
              problem,
              1,
              errors(problem).bestSigma(),
              setup -> setup.withNoise(shared(setup.noise())),
              kurtosis == 1 ? OrthogonalArrayDesign::new : CubatureDesign::new);
      double limit = kurtosis == 1 ? gate(algorithm, problem) : 10 * gate(algorithm, problem);
      assertEquals(expected - norm, moments.trace(), 2 * limit * expected, "κ = " + kurtosis);
    }
  }

  /** Every particle draws the noise of the first. */
  private static NoiseSource shared(NoiseSource source) {
    return (key, unroll, particle, out, outAt, count) ->
        source.fill(key, unroll, 0, out, outAt, count);
  }

  /**
   * Through time: the quadratic form of the reference for σ → 0, by polarisation, gives the
   * variance of every coordinate. It is that of losses credited to the noise before them alone.
   */
  @ParameterizedTest
  @CsvSource({"4", "2"})
  void theVarianceThroughTimeIsThatOfTheQuadraticForm(int window) {
    Problem problem = small(4, 1);
    QuadraticFormOracle theory = theory(problem, window);
    assertTrue(
        relativeError(
                theory.mean(),
                problem.oracle().truncatedGradient(problem.theta(), problem.windows(window)))
            < 1e-5);
    double[] actual =
        moments(
                Algorithm.NODE_PERTURBATION,
                problem,
                window,
                errors(problem).bestSigma(),
                UnaryOperator.identity(),
                OrthogonalArrayDesign::new)
            .variance();
    double error = relativeError(actual, theory.variance(1, 2));
    double gate = gate(Algorithm.NODE_PERTURBATION, problem);
    assertTrue(error <= 2 * gate, () -> "relative error " + error);
  }

  /** Node perturbation with clean activities, to first order in σ. */
  static QuadraticFormOracle theory(Problem problem, int window) {
    return QuadraticFormOracle.forms(forms(problem, window));
  }

  private static double[][][] forms(Problem problem, int window) {
    NodeReference reference = new NodeReference(problem);
    int factors = reference.nodes() * problem.sequence().length();
    double[][] single = new double[factors][];
    double[][][] forms = new double[problem.theta().length][factors][factors];
    for (int k = 0; k < factors; k++) {
      single[k] = quadratic(problem, reference, window, k, k);
      for (int l = 0; l <= k; l++) {
        double[] both = quadratic(problem, reference, window, k, l);
        for (int p = 0; p < forms.length; p++) {
          forms[p][k][l] = k == l ? both[p] : (both[p] - single[k][p] - single[l][p]) / 2;
          forms[p][l][k] = forms[p][k][l];
        }
      }
    }
    return forms;
  }

  /** ĝ(eₖ + eₗ), or ĝ(eₖ) for k = l, for σ → 0: the mean of σ and −σ leaves O(σ²). */
  private static double[] quadratic(
      Problem problem, NodeReference reference, int window, int k, int l) {
    double[] sum = new double[problem.theta().length];
    for (double sigma : new double[] {1e-4, -1e-4}) {
      double[][] states = zeros(problem);
      int from = 0;
      for (int to : problem.windows(window)) {
        double[] v = new double[(to - from) * reference.nodes()];
        for (int factor : k == l ? new int[] {k} : new int[] {k, l}) {
          int at = factor - from * reference.nodes();
          if (at >= 0 && at < v.length) {
            v[at] = 1;
          }
        }
        double[] estimate =
            reference.estimate(NodeReference.Form.CLEAN, v, sigma, from, to, states);
        for (int p = 0; p < sum.length; p++) {
          sum[p] += estimate[p] / 2;
        }
        from = to;
      }
    }
    return sum;
  }

  /**
   * At σ = ½ the mean with perturbed activities is the gradient of the loss averaged over the
   * noise, by Gauss–Hermite quadrature: of 3 points for the linear network, where everything is a
   * polynomial, of 9 for tanh. With clean activities it is not.
   */
  @ParameterizedTest
  @CsvSource({"IDENTITY, 3", "TANH, 9"})
  @DisplayName("§6.3: with perturbed ones it is the gradient of the smoothed loss at any σ")
  void withPerturbedActivitiesTheMeanIsTheGradientOfTheSmoothedLossAtAnySigma(
      Activation activation, int points) {
    Problem problem = tiny(activation);
    double sigma = 0.5;
    double[] smoothed = new double[problem.theta().length];
    NodeReference reference = new NodeReference(problem);
    Design design = new HermiteDesign(reference.nodes() * 2, points);
    double[] v = new double[design.factors()];
    for (int run = 0; run < design.runs(); run++) {
      design.fill(run, v);
      double[] gradient = reference.gradient(v, sigma);
      for (int p = 0; p < smoothed.length; p++) {
        smoothed[p] += design.weight(run) * gradient[p];
      }
    }
    double perturbed =
        relativeError(
            hermite(Algorithm.NODE_PERTURBATION_PERTURBED, problem, sigma, points), smoothed);
    double clean =
        relativeError(hermite(Algorithm.NODE_PERTURBATION, problem, sigma, points), smoothed);
    // Rounding, and for tanh what 9 points leave of a function with poles at distance π/2 from the
    // real axis: below 10⁻³.
    double limit = activation == Activation.IDENTITY ? problem.floatTolerance() : 2e-3;
    assertTrue(perturbed <= limit, () -> "perturbed activities: " + perturbed);
    assertTrue(clean > 10 * limit, () -> "clean activities: " + clean);
    assertTrue(relativeError(problem.gradient(), smoothed) > 10 * limit, "the smoothing shows");
  }

  private static double[] hermite(Algorithm algorithm, Problem problem, double sigma, int points) {
    return moments(
            algorithm,
            problem,
            problem.sequence().length(),
            sigma,
            setup -> setup.withNoise(shared(setup.noise())),
            factors -> new HermiteDesign(factors, points))
        .mean();
  }

  /** The product of Gauss–Hermite rules for the standard normal law. */
  private static final class HermiteDesign implements Design {
    private final int factors;
    private final double[] nodes;
    private final double[] weights;

    HermiteDesign(int factors, int points) {
      this.factors = factors;
      nodes = new double[points];
      weights = new double[points];
      double factorial = 1;
      for (int i = 2; i <= points; i++) {
        factorial *= i;
      }
      // The roots lie in ±2√points, apart by more than the grid; bisection, then w = n!/(n Heₙ₋₁)².
      double grid = 1e-2;
      int found = 0;
      for (double x = -2 * Math.sqrt(points) - grid / 3; found < points; x += grid) {
        if (hermite(points, x) * hermite(points, x + grid) < 0) {
          double low = x;
          double high = x + grid;
          for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            boolean left = hermite(points, low) * hermite(points, middle) <= 0;
            low = left ? low : middle;
            high = left ? middle : high;
          }
          nodes[found] = low;
          weights[found++] = factorial / Math.pow(points * hermite(points - 1, low), 2);
        }
      }
    }

    private static double hermite(int degree, double x) {
      double before = 0;
      double value = 1;
      for (int k = 0; k < degree; k++) {
        double next = x * value - k * before;
        before = value;
        value = next;
      }
      return value;
    }

    @Override
    public String name() {
      return "Gauss–Hermite of " + nodes.length + " points";
    }

    @Override
    public int factors() {
      return factors;
    }

    @Override
    public int runs() {
      return (int) Math.round(Math.pow(nodes.length, factors));
    }

    private int index(int run, int factor) {
      return (int) (run / Math.round(Math.pow(nodes.length, factor)) % nodes.length);
    }

    @Override
    public double weight(int run) {
      double weight = 1;
      for (int factor = 0; factor < factors; factor++) {
        weight *= weights[index(run, factor)];
      }
      return weight;
    }

    @Override
    public double value(int run, int factor) {
      return nodes[index(run, factor)];
    }
  }

  /** Numbers with few bits, so that float computes this network without rounding. */
  private static final class Dyadic {
    static final float SIGMA = 0.25f;
    final LeakyRnn model =
        new LeakyRnn(
            2, 3, 2, 0.5f, Activation.RELU, Loss.SQUARED_ERROR, Initialisation.GAUSSIAN, 1f);
    final float[] theta = new float[model.parameters().count()];
    final float[] direction = new float[theta.length];
    final Sequence sequence;

    Dyadic(int length) {
      SplittableRandom random = new SplittableRandom(3);
      sequence = Sequence.allocate(length, 1, 2, 2);
      for (int p = 0; p < theta.length; p++) {
        theta[p] = random.nextInt(-8, 9) / 8f;
        direction[p] = random.nextInt(-4, 5) / 8f;
      }
      for (int i = 0; i < sequence.inputs().length; i++) {
        sequence.inputs()[i] = random.nextInt(-4, 5) / 4f;
        sequence.targets()[i] = random.nextInt(-4, 5) / 4f;
      }
    }
  }

  /**
   * Noise ξₜ = δW z̃ₜ on the nodes is weight noise δW: the loss has the same bits, because nothing
   * is rounded. (Two steps: θ + σδ ends at 2⁻⁵, x at 2⁻², u₂ at 2⁻¹³ and z₂ at 2⁻¹⁹, all below 2⁴.)
   */
  @Test
  void nodeNoiseThatIsWeightNoiseTimesSourcesGivesTheSameLossBitForBit() {
    Dyadic problem = new Dyadic(2);
    float[] moved = problem.theta.clone();
    for (int p = 0; p < moved.length; p++) {
      moved[p] += Dyadic.SIGMA * problem.direction[p];
    }
    for (Implementation implementation : Implementation.values()) {
      NodeRollout rollout =
          problem.model.nodeRollout(implementation.kernels(), Workspace.allocating(), 2, 1);
      double[] byWeights = new double[2];
      float[] state = new float[3];
      rollout.run(moved, problem.sequence, 0, 2, new float[10], 0, 0f, state, 0, byWeights);
      // The sources of the moved network, from a tape on it.
      RowLocalTape tape =
          problem.model.tape(implementation.kernels(), Workspace.allocating(), 2, 1);
      tape.forward(moved, problem.sequence, 0, 2, new float[3]);
      float[] noise = new float[10];
      float[] z = new float[6];
      float[] after = new float[3];
      for (int step = 0; step < 2; step++) {
        tape.sources(problem.sequence, step, 0, z, 0);
        tape.state(step, 0, after, 0);
        for (int i = 0; i < 3; i++) {
          for (int j = 0; j < 6; j++) {
            noise[step * 5 + i] += problem.direction[j * 3 + i] * z[j];
          }
        }
        for (int k = 0; k < 2; k++) {
          noise[step * 5 + 3 + k] = problem.direction[18 + 6 + k];
          for (int i = 0; i < 3; i++) {
            noise[step * 5 + 3 + k] += problem.direction[18 + i * 2 + k] * after[i];
          }
        }
      }
      double[] byNodes = new double[2];
      float[] nodeState = new float[3];
      rollout.run(
          problem.theta, problem.sequence, 0, 2, noise, 0, Dyadic.SIGMA, nodeState, 0, byNodes);
      assertArrayEquals(byWeights, byNodes, 0.0);
      assertArrayEquals(state, nodeState, 0f);
      double[] unperturbed = new double[2];
      rollout.run(
          problem.theta, problem.sequence, 0, 2, noise, 0, 0f, new float[3], 0, unperturbed);
      assertNotEquals(byNodes[1], unperturbed[1]);
    }
  }

  /** δ = the bias gradient of weight perturbation that moves biases alone; NP is δ, and δ zᵀ. */
  @Test
  @DisplayName("§6.8: node perturbation is weight perturbation of the biases and an outer product")
  void nodePerturbationIsWeightPerturbationOfTheBiasesFollowedByAnOuterProduct() {
    Dyadic problem = new Dyadic(1);
    Setup setup = Setup.of(problem.model, 1).withParticles(2).withSigma(Dyadic.SIGMA);
    int biasAt = 15;
    int readoutAt = 18;
    int readoutBiasAt = 24;
    NoiseSource onNodes =
        (key, unroll, particle, out, outAt, count) -> {
          for (int a = 0; a < 5; a++) {
            out[outAt + a] = a % 2 == 0 ? 1f : -0.5f;
          }
        };
    NoiseSource onBiases =
        (key, unroll, particle, out, outAt, count) -> {
          Arrays.fill(out, outAt, outAt + count, 0f);
          for (int a = 0; a < 5; a++) {
            int p = a < 3 ? biasAt + a : readoutBiasAt + a - 3;
            out[outAt + p] = a % 2 == 0 ? 1f : -0.5f;
          }
        };
    float[] weights = new float[problem.theta.length];
    float[] nodes = new float[problem.theta.length];
    GradientEstimator wp = Algorithm.WEIGHT_PERTURBATION.create(setup.withNoise(onBiases));
    wp.reset(1);
    wp.estimate(problem.theta, problem.sequence, 0, 1, weights);
    GradientEstimator np = Algorithm.NODE_PERTURBATION.create(setup.withNoise(onNodes));
    np.reset(1);
    np.estimate(problem.theta, problem.sequence, 0, 1, nodes);
    RowLocalTape tape = problem.model.tape(setup.kernels(), Workspace.allocating(), 1, 1);
    tape.forward(problem.theta, problem.sequence, 0, 1, new float[3]);
    float[] z = new float[6];
    float[] after = new float[3];
    tape.sources(problem.sequence, 0, 0, z, 0);
    tape.state(0, 0, after, 0);
    for (int i = 0; i < 3; i++) {
      assertNotEquals(0f, nodes[biasAt + i]);
      for (int j = 0; j < 6; j++) {
        assertEquals(z[j] * weights[biasAt + i], nodes[j * 3 + i], 0f);
      }
    }
    for (int k = 0; k < 2; k++) {
      assertEquals(weights[readoutBiasAt + k], nodes[readoutBiasAt + k], 0f);
      for (int i = 0; i < 3; i++) {
        assertEquals(after[i] * weights[readoutBiasAt + k], nodes[readoutAt + i * 2 + k], 0f);
      }
    }
  }

  /** NODE_PERTURBATION for σ → 0, draw by draw, in what the recurrent nodes are credited with. */
  @Test
  void theActivityPerturbedForwardGradientIsTheLimitOfNodePerturbation() {
    Problem problem = Problem.of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 8, 3, 11);
    ErrorModel errors = errors(problem);
    double sigma = errors.bestSigma();
    // The same noise, and its negative for the second particle: differences become central.
    NoiseSource normal = NoiseSource.gaussian(Implementation.SCALAR.kernels());
    int nodes = 7;
    NoiseSource gatesAlone =
        (key, unroll, particle, out, outAt, count) -> {
          int rows = count / nodes;
          float[] drawn = new float[rows * 5];
          normal.fill(key, unroll, 0, drawn, 0, drawn.length);
          for (int row = 0; row < rows; row++) {
            for (int a = 0; a < nodes; a++) {
              float v = a < 5 ? drawn[row * 5 + a] : 0f;
              out[outAt + row * nodes + a] = particle == 0 ? v : -v;
            }
          }
        };
    double[] node =
        Episodes.run(
                Algorithm.NODE_PERTURBATION.create(
                    problem.setup().withParticles(2).withSigma(sigma).withNoise(gatesAlone)),
                problem.theta(),
                problem.sequence(),
                5,
                8)
            .gradient();
    double[] forward =
        Episodes.run(
                Algorithm.FORWARD_GRADIENT_ACTIVITY.create(problem.setup().withNoise(normal)),
                problem.theta(),
                problem.sequence(),
                5,
                8)
            .gradient();
    int recurrent = 9 * 5;
    double[] exact = problem.gradient();
    double[] a = Arrays.copyOf(node, recurrent);
    double[] b = Arrays.copyOf(forward, recurrent);
    assertTrue(Episodes.norm(b) > 1e-2);
    // The gate is relative to ‖g‖; one draw of D nodes multiplies it by up to ‖v‖² ≈ D.
    double allowed = errors.gate(sigma) * 8 * 3 * 5 * Episodes.norm(exact);
    assertTrue(Episodes.distance(a, b) <= allowed, () -> Episodes.distance(a, b) + " > " + allowed);
    for (int p = recurrent; p < exact.length; p++) {
      assertEquals(
          exact[p], forward[p], problem.floatTolerance() * Episodes.norm(exact), "exact readout");
    }
  }

  @Test
  void activityDifferencesAreBiasedAndKeepTheirLengthWhateverSigma() {
    Problem problem = small(4, 1);
    double[] mean =
        moments(
                Algorithm.NODE_PERTURBATION_ACTIVITY,
                problem,
                4,
                0.01,
                setup -> setup.withNoise(shared(setup.noise())),
                factors -> new HadamardDesign(factors, true))
            .mean();
    double[] g = problem.gradient();
    assertTrue(relativeError(mean, g) > 0.05, "the claim BIASED shows");
    double along = 0;
    for (int p = 0; p < g.length; p++) {
      along += mean[p] * g[p];
    }
    assertTrue(along > 0, "it still ascends the loss");
    UnaryOperator<Setup> one = setup -> setup.withNoise(shared(setup.noise())).withParticles(2);
    double[] near = episode(problem, one.apply(problem.setup()).withSigma(0.01));
    double[] far = episode(problem, one.apply(problem.setup()).withSigma(0.02));
    // δL and ‖Δa‖ both double, up to O(σ).
    assertTrue(relativeError(far, near) < 0.1, () -> "relative change " + relativeError(far, near));
  }

  private static double[] episode(Problem problem, Setup setup) {
    return Episodes.run(
            Algorithm.NODE_PERTURBATION_ACTIVITY.create(setup),
            problem.theta(),
            problem.sequence(),
            5,
            problem.sequence().length())
        .gradient();
  }

  /**
   * The mean of decorrelated node perturbation is RᵀR ∇L on the sources, with R computed again in
   * double from the clean network's sources.
   */
  @ParameterizedTest
  @CsvSource({"8", "3"})
  void theExactMeanOfDecorrelatedNodePerturbationIsThePreconditionedGradient(int window) {
    Problem problem = Problem.reference();
    double[] mean =
        moments(
                Algorithm.NODE_PERTURBATION_DECORRELATED,
                problem,
                window,
                errors(problem).bestSigma(),
                setup -> setup.withInnerRate(0.4),
                factors -> new HadamardDesign(factors, true))
            .mean();
    double[] expected = preconditioned(problem, window, 0.4);
    double error = relativeError(mean, expected);
    double gate = errors(problem).gate(errors(problem).bestSigma());
    assertTrue(error <= gate, () -> "relative error of the mean " + error);
    assertTrue(relativeError(expected, problem.gradient()) > 0.05, "the claim BIASED shows");
  }

  static double[] preconditioned(Problem problem, int window, double rate) {
    int n = problem.model().stateSize();
    int size = n + problem.model().inputSize();
    int[] ends = problem.windows(window);
    double[][] r = new double[size][size];
    for (int i = 0; i < size; i++) {
      r[i][i] = 1;
    }
    RowLocalTape tape =
        ((LeakyRnn) problem.model())
            .tape(Implementation.SCALAR.kernels(), Workspace.allocating(), 8, 1);
    tape.forward(problem.theta(), problem.sequence(), 0, 8, new float[n]);
    float[] z = new float[size + 1];
    double[][][] blocks = problem.oracle().unrollGradients(problem.theta(), ends);
    double[] sum = new double[problem.theta().length];
    for (int w = 0; w < ends.length; w++) {
      for (int t = w == 0 ? 0 : ends[w - 1]; t < ends[w]; t++) {
        tape.sources(problem.sequence(), t, 0, z, 0);
        r = learned(r, z, rate);
      }
      for (int i = 0; i < n; i++) {
        double[] inner = new double[size];
        for (int k = 0; k < size; k++) {
          for (int j = 0; j < size; j++) {
            inner[k] += r[k][j] * blocks[w][w][j * n + i];
          }
        }
        for (int j = 0; j < size; j++) {
          for (int k = 0; k < size; k++) {
            sum[j * n + i] += r[k][j] * inner[k];
          }
        }
      }
      for (int p = size * n; p < sum.length; p++) {
        sum[p] += blocks[w][w][p];
      }
    }
    return sum;
  }

  private static double[][] learned(double[][] r, float[] z, double rate) {
    int size = r.length;
    double[] x = new double[size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        x[i] += r[i][j] * z[j];
      }
    }
    double step = rate / Math.max(size, Math.pow(Episodes.norm(x), 2));
    double[][] next = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        next[i][j] = r[i][j];
        for (int k = 0; k < size; k++) {
          next[i][j] -= k == i ? 0 : step * x[i] * x[k] * r[k][j];
        }
      }
    }
    return next;
  }

  /** Cells whose gates see different sources, and one whose state has two parts. */
  @ParameterizedTest
  @EnumSource(names = {"GRU", "LSTM"})
  @DisplayName("§6.9: on gated cells, with noise at every step, the mean is the gradient")
  void theExactMeanOnGatedCellsIsTheGradient(Models cell) {
    Problem problem = Problem.of(cell.create(2, 2, 1, 0.6f, Loss.SQUARED_ERROR), 4, 1, 35);
    double[] g = problem.gradient();
    double[] forward =
        moments(
                Algorithm.FORWARD_GRADIENT_ACTIVITY,
                problem,
                4,
                0.1,
                UnaryOperator.identity(),
                factors -> new HadamardDesign(factors, true))
            .mean();
    double exact = relativeError(forward, g);
    assertTrue(exact <= problem.floatTolerance(), () -> "relative error " + exact);
    for (Algorithm algorithm :
        new Algorithm[] {Algorithm.NODE_PERTURBATION, Algorithm.NODE_PERTURBATION_PERTURBED}) {
      double[] errors = new double[2];
      double[] sigmas = {0.1, 0.02};
      for (int i = 0; i < 2; i++) {
        errors[i] =
            relativeError(
                moments(
                        algorithm,
                        problem,
                        4,
                        sigmas[i],
                        UnaryOperator.identity(),
                        factors -> new HadamardDesign(factors, true))
                    .mean(),
                g);
      }
      // c₃σ², a quarter of it allowed to σ⁴ terms, and rounding as everywhere.
      double rounding =
          10
              * new ErrorModel(0, problem.loss(), Episodes.norm(g), ErrorModel.FLOAT)
                  .rounding(sigmas[1]);
      double allowed = 1.25 * errors[0] / 25 + rounding;
      assertTrue(errors[0] < 0.05, () -> algorithm + ": " + errors[0]);
      assertTrue(errors[1] <= allowed, () -> algorithm + ": " + errors[1] + " > " + allowed);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LEAKY_RNN", "GRU", "LSTM"})
  void withoutLearningDecorrelatedNodePerturbationIsNodePerturbation(Models cell) {
    Problem problem = Problem.of(cell.create(3, 5, 2, 0.6f, Loss.SQUARED_ERROR), 8, 3, 11);
    double[][] results = new double[2][];
    for (int i = 0; i < 2; i++) {
      Algorithm algorithm =
          i == 0 ? Algorithm.NODE_PERTURBATION : Algorithm.NODE_PERTURBATION_DECORRELATED;
      results[i] =
          Episodes.run(
                  algorithm.create(problem.setup().withWindow(3).withInnerRate(1e-20)),
                  problem.theta(),
                  problem.sequence(),
                  5,
                  3,
                  6,
                  8)
              .gradient();
    }
    // R misses I by 10⁻²⁰, less than a rounding of I.
    assertTrue(relativeError(results[1], results[0]) < 1e-12);
  }

  /**
   * On dense layers every layer has an R of its own, here learned again in double from what enters
   * it, and the estimate is RᵀR times that of node perturbation with the same noise.
   */
  @ParameterizedTest
  @CsvSource({"4", "2"})
  void onDenseLayersTheEstimateOfEveryLayerIsPreconditioned(int window) {
    int d = 3;
    int n = 4;
    Network network = Network.of("dense(4) tanh dense(2)", Shape.of(d), 2, Loss.SQUARED_ERROR);
    Problem problem = Networks.problem(network, 4, 2, 52);
    Setup setup = problem.setup().withWindow(window).withInnerRate(0.4);
    float[] theta = problem.theta();
    GradientEstimator plain = Algorithm.NODE_PERTURBATION.create(setup);
    GradientEstimator decorrelated = Algorithm.NODE_PERTURBATION_DECORRELATED.create(setup);
    plain.reset(5);
    decorrelated.reset(5);
    float[] g = new float[theta.length];
    float[] estimate = new float[theta.length];
    double[][] below = identity(d);
    double[][] above = identity(n);
    for (int from = 0; from < 4; from += window) {
      plain.estimate(theta, problem.sequence(), from, from + window, g);
      decorrelated.estimate(theta, problem.sequence(), from, from + window, estimate);
      for (int row = from * 2; row < (from + window) * 2; row++) {
        float[] x = Arrays.copyOfRange(problem.sequence().inputs(), row * d, row * d + d);
        float[] h = new float[n];
        for (int i = 0; i < n; i++) {
          double a = theta[d * n + i];
          for (int j = 0; j < d; j++) {
            a += (double) x[j] * theta[j * n + i];
          }
          h[i] = (float) Math.tanh(a);
        }
        below = learned(below, x, 0.4 / 2);
        above = learned(above, h, 0.4 / 2);
      }
      double[] expected = new double[g.length];
      for (int p = 0; p < g.length; p++) {
        expected[p] = g[p];
      }
      precondition(below, g, 0, n, expected);
      precondition(above, g, d * n + n, 2, expected);
      double[] got = new double[g.length];
      for (int p = 0; p < g.length; p++) {
        got[p] = estimate[p];
      }
      // R goes through some 8 (D + 6) roundings in eight rows, RᵀR G through 2 D more; D ≤ 4.
      double error = relativeError(got, expected);
      assertTrue(error <= 100 * 0x1p-24, () -> "relative error " + error);
      double[] unchanged = new double[g.length];
      for (int p = 0; p < g.length; p++) {
        unchanged[p] = g[p];
      }
      assertTrue(relativeError(expected, unchanged) > 0.01, "R is not I");
    }
  }

  private static double[][] identity(int size) {
    double[][] r = new double[size][size];
    for (int i = 0; i < size; i++) {
      r[i][i] = 1;
    }
    return r;
  }

  /** The weights [D × units] of expected from {@code at} become RᵀR times those of g. */
  private static void precondition(double[][] r, float[] g, int at, int units, double[] expected) {
    for (int i = 0; i < units; i++) {
      for (int j = 0; j < r.length; j++) {
        double sum = 0;
        for (double[] line : r) {
          for (int k = 0; k < r.length; k++) {
            sum += line[j] * line[k] * g[at + k * units + i];
          }
        }
        expected[at + j * units + i] = sum;
      }
    }
  }

  @Test
  void decorrelationRefusesLayersThatAreNotDense() {
    Network network =
        Network.of("dense(4) layernorm tanh dense(2)", Shape.of(3), 2, Loss.SQUARED_ERROR);
    Setup setup = Networks.problem(network, 2, 2, 53).setup();
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> Algorithm.NODE_PERTURBATION_DECORRELATED.create(setup));
    String message = refusal.getMessage();
    assertTrue(message.contains("8 of its 34 parameters in layers that are not dense"), message);
    assertTrue(message.contains("NODE_PERTURBATION"), message);
  }
}
