package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.estimators.Target;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.EmbeddingModel;
import kobai.models.EmbeddingModel.Symbols;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.Parameters;
import kobai.models.SparseModel;
import kobai.models.StackedModel;
import kobai.models.StepModel;
import kobai.models.StepTape;
import kobai.parallel.Workers;
import kobai.random.RandomKey;
import kobai.verify.Oracle;
import kobai.verify.Problem;
import kobai.verify.ReferenceNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real-time recurrent learning of networks whose parameters touch more than one unit: in full, and
 * layer by layer.
 */
class LayeredContract {
  private static final int BATCH = 2;

  private static StepModel cell(Models cell, int d, int n) {
    return (StepModel) cell.create(d, n, 2, 0.6f, Loss.SQUARED_ERROR);
  }

  private static StackedModel stack(StepModel... layers) {
    return new StackedModel(List.of(layers));
  }

  /** Three layers of as many sizes; state parts and gates differ too. */
  private static StackedModel three() {
    return stack(cell(Models.LSTM, 3, 4), cell(Models.LEAKY_RNN, 4, 5), cell(Models.GRU, 5, 3));
  }

  static Stream<StepModel> models() {
    return Stream.of(
        stack(cell(Models.LEAKY_RNN, 3, 5)),
        stack(cell(Models.LEAKY_RNN, 3, 5), cell(Models.LEAKY_RNN, 5, 18)),
        three(),
        stack(cell(Models.MGU, 3, 4), cell(Models.GRU_RESET_BEFORE, 4, 5)),
        new EmbeddingModel(4, three().layers().get(1), Symbols.ONE_HOT),
        stack(cell(Models.LSTM_PEEPHOLE, 3, 4), cell(Models.LSTM_PEEPHOLE, 4, 5)),
        stack(cell(Models.LRU, 3, 4), cell(Models.LEAKY_RNN, 8, 5)),
        diagonal(),
        sparse(three()),
        sparse(cell(Models.MGU, 3, 5)),
        cell(Models.GRU_RESET_BEFORE, 3, 5),
        cell(Models.LSTM_PEEPHOLE, 3, 5));
  }

  private static StepModel sparse(StepModel dense) {
    return (StepModel) SparseModel.of(dense, 0.5, SparseModel.Weights.ALL, new RandomKey(4));
  }

  /** Three layers whose units do not interact; a complex one puts out both parts. */
  private static StackedModel diagonal() {
    return stack(cell(Models.LRU, 3, 4), cell(Models.RTU_TANH, 8, 5), cell(Models.MIN_GRU, 10, 6));
  }

  /** What RTRL_DIAGONAL takes; a cell alone is its only layer. */
  static Stream<StepModel> diagonals() {
    return Stream.of(
        cell(Models.LRU, 3, 4),
        cell(Models.MIN_GRU, 3, 4),
        stack(cell(Models.LRU, 3, 4)),
        stack(cell(Models.MIN_GRU, 3, 4), cell(Models.MIN_GRU, 4, 5)),
        diagonal(),
        new EmbeddingModel(4, cell(Models.LRU, 3, 4), Symbols.ONE_HOT),
        new EmbeddingModel(4, diagonal(), Symbols.ONE_HOT));
  }

  private static Problem problem(StepModel model, int length) {
    return Problem.of(model, length, BATCH, 23);
  }

  private static double[] run(Algorithm algorithm, Setup setup, Problem problem, int... ends) {
    return Episodes.run(algorithm.create(setup), problem.theta(), problem.sequence(), 1, ends)
        .gradient();
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyPartitionIntoWindowsIsExact(StepModel model) {
    int length = 6;
    Problem problem = problem(model, length);
    double[] expected = problem.gradient();
    double[] forgetful = run(Algorithm.BPTT, problem.setup(), problem, Episodes.every(1, length));
    assertTrue(
        Episodes.distance(forgetful, expected) > 0.05 * Episodes.norm(expected),
        "there is something to carry from window to window");
    for (int bits = 0; bits < 1 << (length - 1); bits++) {
      int[] ends = Episodes.partition(bits, length);
      double[] actual = run(Algorithm.RTRL, problem.setup(), problem, ends);
      double error = Episodes.distance(actual, expected) / Episodes.norm(expected);
      assertTrue(
          error <= problem.floatTolerance(),
          () -> Arrays.toString(ends) + ": relative error " + error);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void kernelsAndThreadsGiveTheSameBits(StepModel model) {
    Problem problem = problem(model, 8);
    int[] ends = Episodes.every(3, 8);
    Setup scalar = problem.setup().withImplementation(Implementation.SCALAR);
    double[] expected = run(Algorithm.RTRL, scalar, problem, ends);
    for (int threads : new int[] {1, 3}) {
      try (Workers workers = Workers.of(threads)) {
        Setup setup = problem.setup().withWorkers(workers);
        assertArrayEquals(expected, run(Algorithm.RTRL, setup, problem, ends), 0.0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theLedgerIsThePlanAndTheFormula(StepModel model) {
    for (int window : new int[] {1, 10, 64}) {
      try (Workers workers = Workers.of(2)) {
        Setup setup = Setup.of(model, window).withBatch(3).withWorkers(workers);
        long ledger = Algorithm.RTRL.create(setup).workspace().bytes();
        assertEquals(Algorithm.RTRL.plan(setup).bytes(), ledger);
        assertEquals(LayeredMemory.bytes(Algorithm.RTRL, setup), ledger);
      }
    }
  }

  /** The upper right of M is not stored: two layers take a quarter less, many layers half. */
  @Test
  void theInfluenceOfAStackIsBlockTriangular() {
    long one = influence(1);
    for (int layers : new int[] {2, 4, 8}) {
      // Of layers of equal size, (L + 1) / 2 L of the blocks; the first layer has n inputs here.
      assertEquals(one * layers * (layers + 1) / 2, influence(layers));
    }
  }

  /** S₁ P₁ + S₂ (P₁ + P₂), in parameters that are kept; dense rows would be all of P long. */
  @Test
  void theInfluenceOfASparseStackIsBlockTriangular() {
    StackedModel dense = StackedModel.of(Models.LEAKY_RNN, 2, 16, 16, 2, 1f, Loss.SQUARED_ERROR);
    StepModel model = sparse(dense);
    Parameters kept = model.parameters();
    int first = kept.tensor("recurrent 2").at();
    int both = kept.tensor("readout").at();
    assertEquals(4L * 16 * (first + both), influence(model));
    assertTrue(influence(model) < 0.6 * influence(dense));
  }

  private static long influence(int layers) {
    return influence(StackedModel.of(Models.LEAKY_RNN, layers, 16, 16, 2, 1f, Loss.SQUARED_ERROR));
  }

  private static long influence(StepModel model) {
    Setup setup = Setup.of(model, 1);
    return Algorithm.RTRL.plan(setup).ledger().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("influence"))
        .mapToLong(entry -> entry.getValue())
        .sum();
  }

  @ParameterizedTest
  @MethodSource("models")
  void nothingIsAllocatedInTheSteadyState(StepModel model) {
    assertNothingAllocated(Algorithm.RTRL, problem(model, 6));
  }

  private static void assertNothingAllocated(Algorithm algorithm, Problem problem) {
    GradientEstimator estimator =
        algorithm.create(problem.setup().withImplementation(Implementation.SCALAR));
    float[] gradient = new float[problem.theta().length];
    Composites.assertNothingAllocated(
        () -> {
          estimator.reset(1);
          estimator.estimate(problem.theta(), problem.sequence(), 0, 4, gradient);
          estimator.estimate(problem.theta(), problem.sequence(), 4, 6, gradient);
        });
  }

  static Stream<StepModel> stepwise() {
    return Stream.concat(
        models(),
        Arrays.stream(ReferenceNetwork.values())
            .map(network -> network.problem().model())
            .filter(StepModel.class::isInstance)
            .map(StepModel.class::cast));
  }

  /** ⟨ν Jₜ, ṡ⟩ = ⟨ν, Jₜ ṡ⟩. */
  @ParameterizedTest
  @MethodSource("stepwise")
  void theTwoProductsWithTheStateJacobianAreTransposes(StepModel model) {
    Problem problem = problem(model, 4);
    int n = model.stateSize();
    float[] tangent = Composites.gaussian(n, 1);
    float[] nu = Composites.gaussian(n, 2);
    float[] forwards = new float[n];
    float[] backwards = nu.clone();
    for (Implementation implementation : Implementation.values()) {
      StepTape tape = model.tape(implementation.kernels(), Workspace.allocating(), 4, BATCH);
      tape.forward(problem.theta(), problem.sequence(), 0, 4, new float[BATCH * n]);
      for (int row = 0; row < BATCH; row++) {
        tape.jvpState(problem.theta(), 3, row, tangent, 0, forwards, 0);
        System.arraycopy(nu, 0, backwards, 0, n);
        tape.vjpState(problem.theta(), 3, row, backwards, 0, backwards, 0);
        double expected = Composites.dot(nu, forwards);
        double size = Math.sqrt(Composites.dot(nu, nu) * Composites.dot(forwards, forwards));
        assertEquals(expected, Composites.dot(backwards, tangent), problem.floatTolerance() * size);
        assertTrue(Math.abs(expected) > 1e-3 * size, "not trivially zero");
      }
    }
  }

  /** {@link StepModel#reaching} leaves out zeros only: M̄ and J have nothing beyond it. */
  @ParameterizedTest
  @MethodSource("stepwise")
  void noParameterBeyondThoseThatReachANumberOfTheStateMovesIt(StepModel model) {
    Problem problem = problem(model, 4);
    int n = model.stateSize();
    Kernels kernels = Implementation.VECTOR.kernels();
    StepTape tape = model.tape(kernels, Workspace.allocating(), 4, BATCH);
    tape.forward(problem.theta(), problem.sequence(), 0, 4, new float[BATCH * n]);
    for (int i = 0; i < n; i++) {
      int reaching = model.reaching(i);
      assertTrue(i == 0 || reaching >= model.reaching(i - 1));
      float[] nu = new float[n];
      nu[i] = 1;
      for (int step = 3; step >= 0; step--) {
        // An array of that length: a write beyond it would be refused by the kernels.
        float[] gradient = new float[reaching];
        tape.vjpParametersAdd(problem.theta(), problem.sequence(), step, 1, nu, 0, gradient, 0);
        tape.vjpState(problem.theta(), step, 1, nu, 0, nu, 0);
      }
      assertTrue(Composites.dot(nu, nu) > 0, "not trivially zero");
    }
  }

  private static double error(double[] actual, double[] expected) {
    return Episodes.distance(actual, expected) / Episodes.norm(expected);
  }

  /** Its own target for every partition; that target is ∇L for one layer, and visibly not else. */
  @ParameterizedTest
  @MethodSource("diagonals")
  void tracesWithinLayersGiveTheLayerwiseGradient(StepModel model) {
    int length = 6;
    Problem problem = problem(model, length);
    double[] expected = problem.oracle().layerwiseGradient(problem.theta(), length);
    boolean exact = Algorithm.RTRL_DIAGONAL.exactOn(model, true);
    assertEquals(exact, Algorithm.RTRL_DIAGONAL.exactOn(model, false));
    assertEquals(
        exact ? Target.LOSS_GRADIENT : Target.LAYERWISE,
        Algorithm.RTRL_DIAGONAL.targetOn(model, true));
    double bias = error(expected, problem.gradient());
    assertTrue(exact ? bias < 1e-12 : bias > 0.02, () -> "bias " + bias);
    for (int bits = 0; bits < 1 << (length - 1); bits++) {
      int[] ends = Episodes.partition(bits, length);
      double[] actual = run(Algorithm.RTRL_DIAGONAL, problem.setup(), problem, ends);
      double error = error(actual, expected);
      assertTrue(
          error <= problem.floatTolerance(),
          () -> Arrays.toString(ends) + ": relative error " + error);
    }
  }

  /** So does an oracle that knows of no layers, and a mask leaves the layers what they are. */
  @Test
  void theLayerwiseGradientOfOneLayerIsTheGradient() {
    Problem leaky = problem(cell(Models.LEAKY_RNN, 3, 5), 6);
    assertArrayEquals(leaky.gradient(), leaky.oracle().layerwiseGradient(leaky.theta(), 6), 0.0);
    double[] cut = leaky.oracle().truncatedGradient(leaky.theta(), Episodes.every(1, 6));
    assertTrue(error(cut, leaky.gradient()) > 0.05, "there is something to carry");
    SparseModel whole = SparseModel.of(diagonal(), 1, SparseModel.Weights.ALL, new RandomKey(3));
    Problem dense = problem(diagonal(), 6);
    double[] expected = dense.oracle().layerwiseGradient(dense.theta(), 6);
    Oracle masked = Oracle.of(whole, dense.sequence());
    assertTrue(error(masked.layerwiseGradient(dense.theta(), 6), expected) < 1e-12);
  }

  /** The top layer and the readout have nothing above them that could be left out. */
  @Test
  void theTopLayerOfTheLayerwiseGradientIsExact() {
    Problem problem = problem(diagonal(), 6);
    double[] expected = problem.gradient();
    double[] actual = run(Algorithm.RTRL_DIAGONAL, problem.setup(), problem, 2, 6);
    int top = problem.model().parameters().tensor("input 3").at();
    double[] above = Arrays.copyOfRange(expected, top, expected.length);
    assertTrue(
        error(Arrays.copyOfRange(actual, top, actual.length), above) <= problem.floatTolerance());
    double[] below = Arrays.copyOf(expected, top);
    assertTrue(error(Arrays.copyOf(actual, top), below) > 0.02, "the layers below are not");
  }

  /** Traces within a unit, layer by layer. */
  @ParameterizedTest
  @EnumSource(names = {"SNAP_1", "RFLO", "E_PROP"})
  void approximationsWithinACellWorkLayerByLayer(Algorithm algorithm) {
    StackedModel model =
        stack(cell(Models.LEAKY_RNN, 3, 4), cell(Models.MIN_GRU, 4, 5), cell(Models.GRU, 5, 3));
    Problem problem = problem(model, 6);
    double[] whole = run(algorithm, problem.setup(), problem, 6);
    for (int[] ends : new int[][] {{1, 2, 3, 4, 5, 6}, {2, 6}, {5, 6}}) {
      double[] actual = run(algorithm, problem.setup(), problem, ends);
      assertTrue(error(actual, whole) <= problem.floatTolerance(), "windows do not change it");
    }
    double[] exact = problem.gradient();
    double bias = error(whole, exact);
    assertTrue(bias > 0.02 && bias < 1, () -> "bias " + bias);
    // With one step there is no recurrence: every one of them is exact.
    Problem one = problem(model, 1);
    assertTrue(error(run(algorithm, one.setup(), one, 1), one.gradient()) <= one.floatTolerance());
    // Nothing is above the top layer: it learns as it does alone on what the layers below put out.
    Problem top = top(problem);
    double[] alone = run(algorithm, top.setup(), top, 2, 6);
    double[] above = Arrays.copyOfRange(whole, whole.length - alone.length, whole.length);
    assertTrue(error(above, alone) <= top.floatTolerance(), "top layer " + error(above, alone));
    assertTrue(error(alone, top.gradient()) > 0.02, "the approximation leaves something out");
  }

  /** The last layer of a stack of cells whose states are their outputs, fed by those below. */
  private static Problem top(Problem problem) {
    StackedModel model = (StackedModel) problem.model();
    StepModel top = (StepModel) model.layers().getLast();
    int length = problem.sequence().length();
    int size = model.stateSize();
    int below = size - top.stateSize();
    int inputs = top.inputSize();
    StepTape tape =
        model.tape(Implementation.SCALAR.kernels(), Workspace.allocating(), length, BATCH);
    tape.forward(problem.theta(), problem.sequence(), 0, length, new float[BATCH * size]);
    float[] outputs = new float[length * BATCH * inputs];
    float[] state = new float[size];
    for (int t = 0; t < length; t++) {
      for (int row = 0; row < BATCH; row++) {
        tape.state(t, row, state, 0);
        System.arraycopy(state, below - inputs, outputs, (t * BATCH + row) * inputs, inputs);
      }
    }
    float[] all = problem.theta();
    float[] theta = Arrays.copyOfRange(all, all.length - top.parameters().count(), all.length);
    float[] targets = problem.sequence().targets();
    Sequence fed = new Sequence(length, BATCH, inputs, top.targetSize(), outputs, targets);
    return new Problem(top, theta, fed);
  }

  @Test
  void theLayerwiseFormOfOneCellIsTheCellsOwn() {
    LeakyRnn layer = LeakyRnn.of(3, 5, 2, 0.6f, Loss.SQUARED_ERROR);
    Problem alone = problem(layer, 6);
    Setup stacked = alone.setup().withModel(stack(layer));
    for (Algorithm algorithm : List.of(Algorithm.SNAP_1, Algorithm.RFLO, Algorithm.E_PROP)) {
      assertArrayEquals(
          run(algorithm, alone.setup(), alone, 2, 6), run(algorithm, stacked, alone, 2, 6), 0.0);
    }
  }

  @Test
  void layerwiseKernelsGiveTheSameBitsAndNothingIsAllocated() {
    Problem problem = problem(diagonal(), 6);
    Setup scalar = problem.setup().withImplementation(Implementation.SCALAR);
    assertArrayEquals(
        run(Algorithm.RTRL_DIAGONAL, scalar, problem, 4, 6),
        run(Algorithm.RTRL_DIAGONAL, problem.setup(), problem, 4, 6),
        0.0);
    assertNothingAllocated(Algorithm.RTRL_DIAGONAL, problem);
    assertNothingAllocated(Algorithm.SNAP_1, problem(three(), 6));
  }

  @Test
  void theLayerwiseLedgerIsThePlanAndTheFormula() {
    for (int window : new int[] {1, 10, 100}) {
      for (Algorithm algorithm : List.of(Algorithm.SNAP_1, Algorithm.E_PROP)) {
        Setup setup = Setup.of(three(), window).withBatch(3);
        long ledger = algorithm.create(setup).workspace().bytes();
        assertEquals(algorithm.plan(setup).bytes(), ledger);
        assertEquals(LayeredMemory.bytes(algorithm, setup), ledger);
      }
      Setup setup = Setup.of(diagonal(), window).withBatch(3);
      long ledger = Algorithm.RTRL_DIAGONAL.create(setup).workspace().bytes();
      assertEquals(LayeredMemory.bytes(Algorithm.RTRL_DIAGONAL, setup), ledger);
    }
  }

  @Test
  void whatDoesNotWorkLayerByLayerSaysSo() {
    refused(Algorithm.RTRL_DIAGONAL, three(), "units that interact", "RTRL", "BPTT");
    for (Algorithm local : List.of(Algorithm.SNAP_1, Algorithm.RFLO, Algorithm.E_PROP)) {
      // What is exact is said to be so: on one cell RTRL_DIAGONAL, and not on a stack.
      String layerwise = "use RTRL_DIAGONAL (layerwise there; exact: RTRL, BPTT)";
      refused(local, diagonal(), "left out within a layer", layerwise);
      assertFalse(Algorithm.RTRL_DIAGONAL.exactOn(diagonal(), true));
      assertTrue(Algorithm.RTRL.exactOn(diagonal(), true));
      refused(local, stack(cell(Models.LRU, 3, 4)), "would be left out; use RTRL_DIAGONAL");
    }
    refused(Algorithm.RFLO, three(), "use E_PROP or SNAP_1");
    StepModel gated = stack(cell(Models.LEAKY_RNN, 3, 4), cell(Models.MGU, 4, 5));
    refused(Algorithm.SNAP_1, gated, "touch more than one unit", "RTRL", "UORO");
    refused(Algorithm.NODE_PERTURBATION, diagonal(), "no pre-activations that accept noise");
  }

  private static void refused(Algorithm algorithm, StepModel model, String... parts) {
    Setup setup = Setup.of(model, 3);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> algorithm.create(setup));
    for (String part : parts) {
      assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }
  }

  @Test
  void whatIsStillRefusedOnAStackSaysWhatWorks() {
    for (Algorithm algorithm : List.of(Algorithm.KF_RTRL, Algorithm.SNAP_2, Algorithm.KERNL)) {
      refused(algorithm, three(), "RTRL", "UORO", "FORWARD_MODE", "BPTT");
    }
    // What takes the place of an exact algorithm has to be exact there.
    Setup setup = Setup.of(diagonal(), 3);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Algorithm.SNAP_2.create(setup));
    assertTrue(refusal.getMessage().contains("use BPTT"), refusal.getMessage());
    assertFalse(refusal.getMessage().contains("RTRL_DIAGONAL"), refusal.getMessage());
  }

  /** A leaky network alone takes the faster form, with the same result. */
  @Test
  void aStackOfOneLayerIsTheLayer() {
    LeakyRnn layer = LeakyRnn.of(3, 5, 2, 0.6f, Loss.SQUARED_ERROR);
    Problem alone = problem(layer, 6);
    Problem stacked = problem(stack(layer), 6);
    int[] ends = Episodes.every(2, 6);
    double[] expected = run(Algorithm.RTRL, alone.setup(), alone, ends);
    GradientEstimator estimator = Algorithm.RTRL.create(stacked.setup());
    double[] actual = Episodes.run(estimator, alone.theta(), alone.sequence(), 1, ends).gradient();
    double error = Episodes.distance(actual, expected) / Episodes.norm(expected);
    assertTrue(error <= alone.floatTolerance(), () -> "relative error " + error);
  }
}
