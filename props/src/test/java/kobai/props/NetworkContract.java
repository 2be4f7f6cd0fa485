package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.Claim;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.NodeRollout;
import kobai.models.NodeTape;
import kobai.models.Tape;
import kobai.models.Tensor;
import kobai.networks.Activation;
import kobai.networks.Likelihood;
import kobai.networks.Network;
import kobai.networks.Predictor;
import kobai.networks.Shape;
import kobai.random.RandomKey;
import kobai.verify.Budget;
import kobai.verify.ClaimCheck;
import kobai.verify.Problem;
import kobai.verify.Subject;
import kobai.verify.Tier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks: every layer and loss, one derivative told in many ways. */
class NetworkContract {
  private static final int LENGTH = 3;
  private static final int BATCH = 4;

  private static Network network(String text, Shape input, int targets, Likelihood likelihood) {
    return Network.of(text, input, targets, likelihood);
  }

  static List<Network> networks() {
    Likelihood squared = Likelihood.SQUARED_ERROR;
    Likelihood entropy = Likelihood.SOFTMAX_CROSS_ENTROPY;
    List<Network> networks = new ArrayList<>();
    networks.add(network("dense(2)", Shape.of(3), 2, squared));
    networks.add(network("dense(1)", Shape.of(2), 1, squared));
    for (Activation activation : Activation.values()) {
      String name = activation.name().toLowerCase(java.util.Locale.ROOT);
      networks.add(network("dense(5) " + name + " dense(2)", Shape.of(3), 2, squared));
      networks.add(
          network(
              "dense(19) " + name + " dense(18) " + name + " dense(17)",
              Shape.of(4, 5),
              17,
              entropy));
    }
    networks.add(network("variational(2)", Shape.of(3), 2, squared));
    networks.add(network("variational(18) tanh variational(17)", Shape.of(4, 5), 17, entropy));
    networks.add(network("dense(6) softmax dense(2) softmax", Shape.of(3), 2, squared));
    networks.add(network("tanh dense(5) swish dense(3)", Shape.of(4), 3, Likelihood.BERNOULLI));
    networks.add(network("dense(5) tanh dense(2)", Shape.of(3), 2, Likelihood.gaussian(0.3)));
    networks.add(network("dense(5) tanh dense(4)", Shape.of(3), 2, Likelihood.GAUSSIAN_LEARNT));
    networks.add(
        network("dense(5) gelu dense(2) variance", Shape.of(3), 2, Likelihood.GAUSSIAN_LEARNT));
    networks.add(
        network("dropout(0.8) dense(5) tanh dropout(0.5) dense(2)", Shape.of(3), 2, squared));
    networks.add(network("dense(6) layernorm tanh dense(2)", Shape.of(3), 2, squared));
    networks.add(network("layernorm dense(17) layernorm dense(3)", Shape.of(4, 3), 3, entropy));
    networks.add(network("dense(5) batchnorm tanh dense(2)", Shape.of(3), 2, squared));
    networks.add(network("batchnorm dense(18) batchnorm dense(3)", Shape.of(4, 3), 3, entropy));
    networks.add(network("weightnorm(5) tanh weightnorm(2)", Shape.of(3), 2, squared));
    networks.add(network("weightnorm(19) relu weightnorm(3)", Shape.of(17), 3, entropy));
    networks.add(
        network(
            "dense(4) residual(tanh dense(4) relu dense(4)) dense(2)", Shape.of(3), 2, squared));
    networks.add(
        network(
            "residual(dropout(0.5) residual(dense(5)) layernorm) residual(tanh) dense(2)",
            Shape.of(5),
            2,
            squared));
    networks.add(network("conv1d(3, 2) tanh dense(2)", Shape.of(5, 2), 2, squared));
    networks.add(
        network(
            "conv1d(4, 3, stride=2, padding=2) swish conv1d(3, 2, padding=1) dense(2)",
            Shape.of(6, 2),
            2,
            entropy));
    networks.add(
        network(
            "conv2d(4, 3, padding=1) tanh conv2d(3, 2, stride=2) gelu dense(3)",
            Shape.of(5, 4, 2),
            3,
            entropy));
    networks.add(
        network(
            "conv2d(17, 3, stride=3, padding=2) batchnorm mish dense(2)",
            Shape.of(4, 5, 1),
            2,
            squared));
    networks.add(network("conv2d(3, 2) maxpool(2) dense(2)", Shape.of(5, 6, 1), 2, squared));
    networks.add(
        network(
            "conv1d(3, 1) maxpool(3, stride=1) layernorm avgpool(2) dense(2)",
            Shape.of(7, 2),
            2,
            squared));
    networks.add(
        network("conv2d(2, 1) avgpool(3, stride=2) dense(2)", Shape.of(5, 6, 2), 2, squared));
    networks.add(network("position attention(1) dense(2)", Shape.of(3, 4), 2, squared));
    networks.add(
        network(
            "conv1d(6, 1) residual(layernorm attention(2, causal)) residual(layernorm conv1d(7, 1)"
                + " gelu conv1d(6, 1)) dense(3)",
            Shape.of(4, 3),
            3,
            entropy));
    networks.add(
        network("attention(3) attention(1, causal) dense(2)", Shape.of(5, 18), 2, squared));
    networks.add(network("embedding(5, 3) position tanh dense(2)", Shape.of(4), 2, squared));
    networks.add(
        network(
            "embedding(5, 4) position residual(attention(2, causal)) dense(3)",
            Shape.of(4),
            3,
            entropy));
    networks.add(network("leaky(5, alpha=0.6) dense(2)", Shape.of(3), 2, squared));
    networks.add(
        network("dense(4) tanh lstm(5) layernorm gru(3) dense(2)", Shape.of(3), 2, entropy));
    networks.add(
        network(
            "dropout(0.5) mgu(4) residual(gelu lstm(4) dense(4)) batchnorm dense(2)",
            Shape.of(3),
            2,
            squared));
    networks.add(
        network(
            "conv1d(2, 2) residual(attention(1)) gru(17) dense(2)", Shape.of(4, 3), 2, squared));
    networks.add(
        network("batchnorm dense(5) batchnorm tanh dense(2)", Shape.of(3), 2, squared)
            .inference(
                new float[] {
                  0.5f, -1, 0.25f, 2, 0.5f, 1, 0, 0, 1, -1, 0.5f, 1, 2, 0.5f, 0.25f, 3
                }));
    return networks;
  }

  /** Those whose pre-activations accept noise. */
  static List<Network> noisyNetworks() {
    return networks().stream().filter(network -> network.nodes() > 0).toList();
  }

  /** Those of them whose pre-activations are affine in θ. */
  static List<Network> affineNetworks() {
    return noisyNetworks().stream().filter(network -> !curved(network)).toList();
  }

  private static boolean curved(Network network) {
    return network.name().contains("weightnorm") || network.name().contains("variational");
  }

  private static Problem problem(Network network) {
    return Networks.problem(network, LENGTH, BATCH, 41);
  }

  @ParameterizedTest
  @MethodSource("networks")
  @DisplayName("§1.8, §1.12: perceptrons, convolution, residual connections and attention")
  void everyTensorHasTheGradientOfTheEquations(Network network) {
    Problem problem = problem(network);
    double[] expected = problem.gradient();
    if (expected.length < 100) { // reverse, dual numbers and the complex step
      assertTrue(problem.oracle().disagreement(problem.theta(), new int[] {2, LENGTH}) < 1e-12);
    }
    for (Tensor tensor : network.parameters().tensors()) {
      double size = 0;
      for (int p = tensor.at(); p < tensor.at() + tensor.size(); p++) {
        size += Math.abs(expected[p]);
      }
      // What is added to all rows alike is taken off again by a batch normalisation behind it.
      boolean undone = network.nodes() == 0 && tensor.rows() == 1;
      assertTrue(undone || size > 1e-5, tensor + " is not trivially zero");
    }
    double tolerance = Networks.tolerance(problem);
    for (Implementation implementation : Implementation.values()) {
      double[] actual = Networks.gradient(problem, implementation.kernels());
      double error = Networks.worst(problem, expected, actual);
      assertTrue(error <= tolerance, () -> network + ": " + error + " above " + tolerance);
      double loss = problem.loss();
      assertEquals(loss, actual[expected.length], tolerance * (1 + Math.abs(loss)));
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void theDerivativeAlongADirectionIsTheGradientTimesIt(Network network) {
    Problem problem = problem(network);
    float[] theta = problem.theta();
    Tape tape =
        network.tape(Implementation.VECTOR.kernels(), Workspace.allocating(), LENGTH, BATCH);
    float[] direction = Composites.gaussian(theta.length, 2);
    int size = BATCH * network.stateSize();
    tape.forward(theta, problem.sequence(), 0, LENGTH, new float[size]);
    double first = tape.jvp(theta, problem.sequence(), direction, new float[size]);
    double slope = tape.jvp(theta, problem.sequence(), direction, new float[size]);
    assertEquals(first, slope, "any number of times");
    float[] gradient = new float[theta.length];
    tape.backward(theta, problem.sequence(), new float[size], gradient);
    double product = Composites.dot(gradient, direction);
    double terms =
        Math.sqrt(Composites.dot(gradient, gradient) * Composites.dot(direction, direction));
    assertEquals(product, slope, Networks.tolerance(problem) * terms);
    assertTrue(Math.abs(product) > 1e-4 * terms, "not trivially zero");
  }

  @ParameterizedTest
  @MethodSource("networks")
  void windowsAndImplementationsGiveTheSameBits(Network network) {
    Problem problem = problem(network);
    Composites.Bits expected =
        Composites.bits(
            network, problem.theta(), problem.sequence(), Implementation.SCALAR.kernels(), LENGTH);
    for (int window : new int[] {1, 2, LENGTH}) {
      Composites.Bits actual =
          Composites.bits(
              network,
              problem.theta(),
              problem.sequence(),
              Implementation.VECTOR.kernels(),
              window);
      assertEquals(expected.loss(), actual.loss(), 1e-14 * Math.abs(expected.loss()));
      if (window == LENGTH || !curved(network)) {
        assertArrayEquals(expected.gradient(), actual.gradient(), 0f);
      }
      if (window == LENGTH) {
        assertEquals(expected.loss(), actual.loss(), 0.0);
        assertEquals(expected.slope(), actual.slope(), 0.0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void rolloutsAndPredictorsGiveTheLossAndOutputsOfTheTape(Network network) {
    int batch = 100; // two steps a chunk
    Problem problem = Networks.problem(network, LENGTH, batch, 43);
    Kernels kernels = Implementation.VECTOR.kernels();
    float[] theta = problem.theta();
    Sequence sequence = problem.sequence();
    double expected =
        network
            .tape(kernels, Workspace.allocating(), LENGTH, batch)
            .forward(theta, sequence, 0, LENGTH, new float[batch * network.stateSize()]);
    double actual =
        network
            .rollout(kernels, Workspace.allocating(), LENGTH, batch)
            .run(theta, sequence, 0, LENGTH, new float[batch * network.stateSize()], 0, 0);
    assertEquals(expected, actual, 0.0);
    // ½‖z − y‖² of what is predicted is the loss.
    if (network.likelihood().equals(Likelihood.SQUARED_ERROR)) {
      Predictor predictor = network.predictor(kernels, Workspace.allocating(), batch);
      float[] state = new float[batch * network.stateSize()];
      float[] outputs = new float[1 + batch * network.outputs()];
      double loss = 0;
      for (int t = 0; t < LENGTH; t++) {
        predictor.predict(theta, sequence, t, state, outputs, 1);
        for (int i = 1; i < outputs.length; i++) {
          double difference = outputs[i] - sequence.targets()[sequence.targetAt(t) + i - 1];
          loss += 0.5 * difference * difference / batch;
        }
      }
      assertEquals(expected, loss, 1e-5 * expected);
    }
  }

  @ParameterizedTest
  @MethodSource("affineNetworks")
  void nodeNoiseIsAChangeOfWeights(Network network) {
    Problem problem = Networks.problem(network, 2, 2, 44);
    Composites.assertNodeNoiseIsAChangeOfWeights(network, problem.theta(), problem.sequence());
  }

  /** The others: ∂L/∂a by central differences, handed in as credits, is the gradient. */
  @ParameterizedTest
  @MethodSource("noisyNetworks")
  void theCreditOfThePreactivationsIsTheGradient(Network network) {
    if (network.nodes() > 30) {
      return;
    }
    Problem problem = Networks.problem(network, 1, 2, 48);
    Sequence sequence = problem.sequence();
    float[] theta = problem.theta();
    int count = 2 * network.nodes();
    int size = 2 * network.stateSize();
    NodeRollout rollout =
        network.nodeRollout(Implementation.VECTOR.kernels(), Workspace.allocating(), 1, 2);
    float[] noise = new float[count];
    float[] credits = new float[count];
    double[] up = new double[2];
    double[] down = new double[2];
    // Truncation of order h² = 10⁻⁴, rounding of 10⁻⁷ · loss / h.
    float h = 1e-2f;
    for (int k = 0; k < count; k++) {
      noise[k] = 1;
      rollout.run(theta, sequence, 0, 1, noise, 0, h, new float[size], 0, up);
      rollout.run(theta, sequence, 0, 1, noise, 0, -h, new float[size], 0, down);
      noise[k] = 0;
      credits[k] = (float) ((up[0] - down[0] + up[1] - down[1]) / 2 / (2 * h));
    }
    rollout.run(theta, sequence, 0, 1, noise, 0, 0f, new float[size], 0, up);
    float[] gradient = new float[theta.length];
    rollout.creditAdd(sequence, credits, 0, gradient);
    double[] actual = new double[gradient.length];
    for (int p = 0; p < actual.length; p++) {
      actual[p] = gradient[p];
    }
    double[] expected = problem.gradient();
    assertEquals(0, Episodes.distance(actual, expected) / Episodes.norm(expected), 2e-3);
  }

  static List<Network> nodeDifferentiableNetworks() {
    return noisyNetworks().stream().filter(network -> network.stateSize() == 0).toList();
  }

  /**
   * In double, Σ over unit tangents of slope · credit would be ∇L; here for each node in turn, so
   * that a row's gradient is put together from its A slopes, to the tolerance of the gradient.
   */
  @ParameterizedTest
  @MethodSource("nodeDifferentiableNetworks")
  void slopesAlongAllNodesAreTheCreditsOfTheGradient(Network network) {
    Problem problem = Networks.problem(network, 2, 2, 49);
    float[] theta = problem.theta();
    int nodes = network.nodes();
    NodeTape tape = network.tape(Implementation.VECTOR.kernels(), Workspace.allocating(), 2, 2);
    tape.forward(theta, problem.sequence(), 0, 2, new float[0]);
    float[] credits = new float[4 * nodes];
    double[] slopes = new double[4];
    for (int node = 0; node < nodes; node++) {
      float[] v = new float[4 * nodes];
      for (int row = 0; row < 4; row++) {
        v[row * nodes + node] = 1;
      }
      tape.nodeSlopes(theta, v, slopes);
      for (int row = 0; row < 4; row++) {
        credits[row * nodes + node] = (float) slopes[row];
      }
    }
    float[] gradient = new float[theta.length];
    tape.nodeCreditAdd(problem.sequence(), credits, gradient);
    double[] actual = new double[theta.length];
    for (int p = 0; p < actual.length; p++) {
      actual[p] = gradient[p];
    }
    double error = Networks.worst(problem, problem.gradient(), actual);
    assertTrue(error <= Networks.tolerance(problem), () -> network + ": " + error);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void memoryIsPlannedAndNothingIsAllocatedLater(Network network) {
    Workspace plan = Workspace.planning();
    Workspace real = Workspace.allocating();
    for (Workspace workspace : List.of(plan, real)) {
      Kernels kernels = Implementation.VECTOR.kernels();
      network.tape(kernels, workspace.child("tape"), LENGTH, BATCH);
      network.rollout(kernels, workspace.child("rollout"), LENGTH, BATCH);
      if (network.nodes() > 0) {
        network.nodeRollout(kernels, workspace.child("nodes"), LENGTH, BATCH);
      }
      network.predictor(kernels, workspace.child("predictor"), BATCH);
      network.statistics(kernels, workspace.child("statistics"), BATCH);
    }
    assertEquals(plan.ledger(), real.ledger());
    Problem problem = problem(network);
    Kernels kernels = Implementation.SCALAR.kernels();
    NodeTape tape = network.tape(kernels, Workspace.allocating(), LENGTH, BATCH);
    RandomKey key = new RandomKey(8);
    boolean slopes = network.stateSize() == 0 && network.nodes() > 0;
    boolean noisy = network.nodes() > 0;
    NodeRollout nodes =
        noisy ? network.nodeRollout(kernels, Workspace.allocating(), LENGTH, BATCH) : null;
    Predictor predictor = network.predictor(kernels, Workspace.allocating(), BATCH);
    float[] credits = Composites.gaussian(LENGTH * BATCH * network.nodes(), 6);
    double[] losses = new double[LENGTH * BATCH];
    float[] theta = problem.theta();
    float[] none = new float[BATCH * network.stateSize()];
    float[] gradient = new float[theta.length];
    float[] outputs = new float[BATCH * network.outputs()];
    Sequence sequence = problem.sequence();
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 6; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 10; i++) {
        tape.forward(theta, sequence, 0, LENGTH, none);
        tape.jvp(theta, sequence, theta, none);
        tape.backward(theta, sequence, none, gradient);
        if (noisy) {
          nodes.run(theta, sequence, 0, LENGTH, credits, 0, 1e-3f, none, 0, losses);
          nodes.creditAdd(sequence, credits, 0, gradient);
        }
        predictor.predict(theta, sequence, 1, none, outputs, 0);
        network.drawMasks(key, sequence);
        if (slopes) {
          tape.nodeSlopes(theta, credits, losses);
        }
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "bytes in 10 rounds");
  }

  @ParameterizedTest
  @EnumSource
  void everyAlgorithmRunsOnANetworkOrSaysWhatWould(Algorithm algorithm) {
    Network network =
        network("dense(5) tanh dense(3)", Shape.of(4), 3, Likelihood.SOFTMAX_CROSS_ENTROPY);
    Problem problem = Networks.problem(network, 1, BATCH, 45);
    Setup setup = problem.setup().withParticles(4);
    GradientEstimator estimator;
    try {
      algorithm.plan(setup);
      estimator = algorithm.create(setup);
    } catch (IllegalArgumentException refusal) {
      assertTrue(refusal.getMessage().startsWith(algorithm.name()), refusal.getMessage());
      String message = refusal.getMessage();
      assertTrue(message.contains("; use "), message);
      for (String name : message.substring(message.indexOf("; use ") + 6).split(" or ")) {
        Algorithm.valueOf(name).plan(setup); // works, as it says
      }
      assertTrue(TIMED.contains(algorithm.name()), message);
      return;
    }
    assertTrue(!TIMED.contains(algorithm.name()), algorithm + " was to refuse");
    assertEquals(algorithm.plan(setup).bytes(), estimator.workspace().bytes());
    double[] estimate =
        Episodes.run(estimator, problem.theta(), problem.sequence(), 1, 1).gradient();
    double norm = Episodes.norm(estimate);
    assertTrue(norm > 0 && norm < Double.POSITIVE_INFINITY, algorithm + ": " + norm);
    if (algorithm.whole() == Claim.EXACT) {
      double[] expected = problem.gradient();
      double error = Episodes.distance(estimate, expected) / Episodes.norm(expected);
      assertTrue(error <= Networks.tolerance(problem), () -> algorithm + ": " + error);
    }
  }

  /** Algorithms that carry an influence or look into a recurrent cell. */
  private static final List<String> TIMED =
      List.of(
          "RTRL",
          "UORO",
          "RTRL_DIAGONAL",
          "SNAP_1",
          "SNAP_2",
          "SNAP_3",
          "RFLO",
          "E_PROP",
          "KERNL",
          "DNI",
          "KF_RTRL",
          "R_KF_RTRL",
          "OPTIMAL_KRONECKER",
          "LOW_RANK_RTRL");

  private static final List<Algorithm> SAMPLED =
      List.of(
          Algorithm.WEIGHT_PERTURBATION, Algorithm.FORWARD_GRADIENT, Algorithm.NODE_PERTURBATION);

  @ParameterizedTest
  @EnumSource
  void everyClaimHoldsOnASmallNetworkInEveryTierThatApplies(Algorithm algorithm) {
    Problem problem =
        Networks.problem(
            network("dense(3) tanh dense(2)", Shape.of(3), 2, Likelihood.SQUARED_ERROR), 1, 2, 46);
    Problem small =
        Networks.problem(
            network("dense(2) tanh dense(1)", Shape.of(1), 1, Likelihood.SQUARED_ERROR), 1, 1, 47);
    ClaimCheck check =
        new ClaimCheck(
            new Subject(problem, small, 1),
            problem.setup(),
            0.05,
            Budget.ALPHA,
            Budget.BETA,
            Budget.seed("network " + algorithm));
    assertEquals(TIMED.contains(algorithm.name()), check.refusal(algorithm).isPresent());
    for (Tier tier : Tier.values()) {
      // The mean over a whole design is exact; samples are drawn for one algorithm of a kind.
      boolean drawn = tier != Tier.SAMPLES || SAMPLED.contains(algorithm);
      if (drawn && !TIMED.contains(algorithm.name()) && check.applies(algorithm, tier)) {
        ClaimCheck.Result result = check.run(algorithm, tier);
        assertTrue(result.passed(), () -> algorithm + " " + tier + ": " + result.finding());
      }
    }
  }
}
