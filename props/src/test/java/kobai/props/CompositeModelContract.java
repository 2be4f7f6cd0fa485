package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.EmbeddingModel;
import kobai.models.EmbeddingModel.Symbols;
import kobai.models.Gru;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Lru;
import kobai.models.Lstm;
import kobai.models.MinGru;
import kobai.models.Models;
import kobai.models.NodePerturbableModel;
import kobai.models.NodeRollout;
import kobai.models.PeepholeLstm;
import kobai.models.Rollout;
import kobai.models.RowLocalModel;
import kobai.models.Rtu;
import kobai.models.SparseModel;
import kobai.models.StackedModel;
import kobai.models.StepModel;
import kobai.models.StepTape;
import kobai.models.Tape;
import kobai.models.Tensor;
import kobai.models.TwoStageRnn;
import kobai.models.TwoStageRnn.Kind;
import kobai.random.RandomKey;
import kobai.verify.CellEquations;
import kobai.verify.Equations;
import kobai.verify.Problem;
import kobai.verify.Real;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Stacks, embeddings, sparse weights and two-stage cells: one derivative, told in many ways. */
class CompositeModelContract {
  private static final int LENGTH = 7;
  private static final int BATCH = 3;
  private static final RandomKey KEY = new RandomKey(3);

  private static LeakyRnn leaky(int d, int n, Loss loss) {
    return LeakyRnn.of(d, n, 2, 0.6f, loss);
  }

  private static TwoStageRnn gated(int d, int n, Kind kind) {
    return new TwoStageRnn(d, n, 2, kind, Loss.SQUARED_ERROR);
  }

  private static StackedModel mixed() {
    return new StackedModel(
        List.of(gated(3, 5, Kind.GRU), leaky(5, 7, Loss.SQUARED_ERROR), gated(7, 4, Kind.MGU)));
  }

  /** Complex, nonlinear and gated units that do not interact, and a cell on top whose do. */
  private static StackedModel diagonal() {
    Loss loss = Loss.SQUARED_ERROR;
    return new StackedModel(
        List.of(
            Lru.of(3, 5, 2, loss),
            Rtu.of(10, 4, 2, true, loss),
            new MinGru(8, 6, 2, loss),
            leaky(6, 3, loss)));
  }

  static Stream<StepModel> models() {
    Loss entropy = Loss.SOFTMAX_CROSS_ENTROPY;
    StackedModel two = new StackedModel(List.of(leaky(3, 5, entropy), leaky(5, 4, entropy)));
    return Stream.of(
        gated(3, 5, Kind.GRU),
        gated(3, 5, Kind.MGU),
        new TwoStageRnn(2, 17, 4, Kind.GRU, entropy),
        new TwoStageRnn(2, 17, 4, Kind.MGU, entropy),
        new StackedModel(List.of(leaky(3, 5, entropy))),
        two,
        mixed(),
        new StackedModel(List.of(two, leaky(4, 18, Loss.SQUARED_ERROR))),
        new EmbeddingModel(6, two, Symbols.ONE_HOT),
        new EmbeddingModel(6, two, Symbols.INDEX),
        new EmbeddingModel(6, gated(4, 5, Kind.GRU), Symbols.INDEX),
        new StackedModel(
            List.of(
                Lstm.of(3, 5, 2, entropy), Gru.of(5, 4, 2, entropy), Lstm.of(4, 6, 2, entropy))),
        new EmbeddingModel(6, Gru.of(4, 5, 2, entropy), Symbols.ONE_HOT),
        (StepModel) SparseModel.of(Lstm.of(3, 5, 2, entropy), 0.4, KEY),
        (StepModel) SparseModel.of(gated(3, 7, Kind.GRU), 0.4, SparseModel.Weights.ALL, KEY),
        (StepModel) SparseModel.of(leaky(3, 7, entropy), 0.3, KEY),
        (StepModel) SparseModel.of(mixed(), 0.5, KEY),
        new StackedModel(
            List.of(
                PeepholeLstm.of(3, 5, 2, entropy),
                PeepholeLstm.of(5, 4, 2, entropy),
                leaky(4, 3, entropy))),
        diagonal());
  }

  private static Problem problem(DifferentiableModel model) {
    return problem(model, LENGTH, BATCH);
  }

  private static Problem problem(DifferentiableModel model, int length, int batch) {
    Problem problem = Problem.of(model, length, batch, 17);
    if (model instanceof EmbeddingModel embedding && embedding.symbols() == Symbols.INDEX) {
      float[] inputs = problem.sequence().inputs();
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = i * 7 % embedding.vocabulary();
      }
    }
    return problem;
  }

  private static double[] gradient(Problem problem, Kernels kernels, int window) {
    DifferentiableModel model = problem.model();
    int batch = problem.sequence().batch();
    int length = problem.sequence().length();
    Tape tape = model.tape(kernels, Workspace.allocating(), window, batch);
    float[] state = new float[batch * model.stateSize()];
    float[] gradient = new float[problem.theta().length];
    tape.forward(problem.theta(), problem.sequence(), 0, length, state);
    tape.backward(problem.theta(), problem.sequence(), new float[state.length], gradient);
    double[] wide = new double[gradient.length];
    for (int p = 0; p < wide.length; p++) {
      wide[p] = gradient[p];
    }
    return wide;
  }

  /** The largest relative error of a tensor's gradient. */
  private static double worst(Problem problem, double[] expected, double[] actual) {
    double worst = 0;
    for (Tensor tensor : problem.model().parameters().tensors()) {
      int to = tensor.at() + tensor.size();
      double[] own = Arrays.copyOfRange(expected, tensor.at(), to);
      double norm = Episodes.norm(own);
      assertTrue(norm > 1e-4, () -> tensor + ": the compared gradient is not trivially zero");
      double error = Episodes.distance(Arrays.copyOfRange(actual, tensor.at(), to), own) / norm;
      worst = Math.max(worst, error);
    }
    return worst;
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyTensorHasTheGradientOfTheEquations(StepModel model) {
    Problem problem = problem(model);
    double[] expected = problem.gradient();
    assertTrue(problem.oracle().disagreement(problem.theta(), new int[] {3, LENGTH}) < 1e-12);
    for (Implementation implementation : Implementation.values()) {
      double error = worst(problem, expected, gradient(problem, implementation.kernels(), LENGTH));
      assertTrue(
          error <= problem.floatTolerance(),
          () -> model.name() + ": " + error + " above " + problem.floatTolerance());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theDerivativeAlongADirectionIsTheGradientTimesIt(StepModel model) {
    Problem problem = problem(model);
    int size = BATCH * model.stateSize();
    for (Implementation implementation : Implementation.values()) {
      StepTape tape = model.tape(implementation.kernels(), Workspace.allocating(), LENGTH, BATCH);
      float[] theta = problem.theta();
      float[] direction = Composites.gaussian(theta.length, 2);
      float[] tangent = Composites.gaussian(size, 3);
      float[] startTangent = tangent.clone();
      float[] endAdjoint = Composites.gaussian(size, 4);
      tape.forward(theta, problem.sequence(), 0, LENGTH, Composites.gaussian(size, 1));
      double slope = tape.jvp(theta, problem.sequence(), direction, tangent);
      float[] adjoint = endAdjoint.clone();
      float[] gradient = new float[theta.length];
      tape.backward(theta, problem.sequence(), adjoint, gradient);
      // ⟨a_end, ṡ_end⟩ + slope = ⟨a_start, ṡ_start⟩ + ⟨gradient, θ̇⟩ in exact arithmetic; the
      // error is relative to the sizes of the four terms, which may cancel.
      double forwards = Composites.dot(endAdjoint, tangent) + slope;
      double backwards =
          Composites.dot(adjoint, startTangent) + Composites.dot(gradient, direction);
      double size1 = norm(adjoint) * norm(startTangent) + norm(gradient) * norm(direction);
      assertEquals(backwards, forwards, problem.floatTolerance() * size1);
      assertTrue(Math.abs(backwards) > 1e-2, "not trivially zero");
    }
  }

  private static double norm(float[] x) {
    return Math.sqrt(Composites.dot(x, x));
  }

  /** What {@link StepTape} promises of a window, made of its stepwise products. */
  private record Stepped(float[] state, float[] tangent, double slope) {}

  private static Stepped stepped(Problem problem, StepTape tape, float[] direction) {
    StepModel model = (StepModel) problem.model();
    float[] theta = problem.theta();
    Sequence sequence = problem.sequence();
    int n = model.stateSize();
    float[] readout = new float[theta.length];
    tape.lossParametersAdd(theta, sequence, readout);
    double slope = Composites.dot(readout, direction);
    float[] last = new float[BATCH * n];
    float[] tangent = new float[BATCH * n];
    float[] next = new float[n];
    float[] q = new float[BATCH * n];
    for (int step = 0; step < LENGTH; step++) {
      Arrays.fill(q, Float.NaN);
      tape.stateGradient(theta, sequence, step, q, 0);
      for (int row = 0; row < BATCH; row++) {
        Arrays.fill(next, Float.NaN);
        tape.jvpState(theta, step, row, tangent, row * n, next, 0);
        for (int i = 0; i < n; i++) { // M̄ θ̇, a row of it at a time
          float[] immediate = new float[theta.length + 3];
          float[] unit = new float[n];
          unit[i] = 1;
          tape.vjpParametersAdd(theta, sequence, step, row, unit, 0, immediate, 3);
          next[i] +=
              (float) Composites.dot(Arrays.copyOfRange(immediate, 3, immediate.length), direction);
        }
        System.arraycopy(next, 0, tangent, row * n, n);
        tape.state(step, row, last, row * n);
      }
      slope += Composites.dot(q, tangent);
    }
    return new Stepped(last, tangent, slope);
  }

  /** Whether the stepwise products make up the window's. */
  private static boolean agree(Problem problem, StepTape tape) {
    StepModel model = (StepModel) problem.model();
    float[] theta = problem.theta();
    float[] state = new float[BATCH * model.stateSize()];
    tape.forward(theta, problem.sequence(), 0, LENGTH, state);
    float[] direction = Composites.gaussian(theta.length, 2);
    float[] tangent = new float[state.length];
    double slope = tape.jvp(theta, problem.sequence(), direction, tangent);
    Stepped stepped = stepped(problem, tape, direction);
    assertArrayEquals(state, stepped.state());
    double tolerance = problem.floatTolerance();
    boolean agree = Math.abs(slope - stepped.slope()) <= tolerance * (1 + Math.abs(slope));
    for (int i = 0; i < tangent.length; i++) {
      double error = Math.abs(tangent[i] - stepped.tangent()[i]);
      agree &= error <= tolerance * (1 + Math.abs(tangent[i]));
    }
    return agree;
  }

  @ParameterizedTest
  @MethodSource("models")
  void stepwiseProductsMakeUpTheWindow(StepModel model) {
    for (Implementation implementation : Implementation.values()) {
      assertTrue(
          agree(
              problem(model),
              model.tape(implementation.kernels(), Workspace.allocating(), LENGTH, BATCH)));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void windowsAndImplementationsGiveTheSameBits(StepModel model) {
    Problem problem = problem(model);
    Composites.Bits expected =
        Composites.bits(
            model, problem.theta(), problem.sequence(), Implementation.SCALAR.kernels(), LENGTH);
    for (int window : new int[] {1, 2, 4, LENGTH}) {
      Composites.Bits actual =
          Composites.bits(
              model, problem.theta(), problem.sequence(), Implementation.VECTOR.kernels(), window);
      // The sums of the windows are added once more, in double: at most 7 roundings of 10⁻¹⁶.
      assertEquals(expected.loss(), actual.loss(), 1e-14 * expected.loss());
      assertArrayEquals(expected.state(), actual.state(), 0f);
      assertArrayEquals(expected.gradient(), actual.gradient(), 0f);
      assertArrayEquals(expected.adjoint(), actual.adjoint(), 0f);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aRolloutGivesTheLossAndStateOfTheTapeOverManyChunks(StepModel model) {
    int batch = 100; // 256 rows a chunk: two steps
    Problem problem = problem(model, LENGTH, batch);
    Kernels kernels = Implementation.VECTOR.kernels();
    int size = batch * model.stateSize();
    float[] taped = Composites.gaussian(size, 5);
    float[] rolled = new float[size + 4];
    System.arraycopy(taped, 0, rolled, 4, size);
    Tape tape = model.tape(kernels, Workspace.allocating(), LENGTH, batch);
    double expected = tape.forward(problem.theta(), problem.sequence(), 0, LENGTH, taped);
    Rollout rollout = model.rollout(kernels, Workspace.allocating(), LENGTH, batch);
    double actual = rollout.run(problem.theta(), problem.sequence(), 0, LENGTH, rolled, 4, 0);
    assertEquals(expected, actual, 0.0);
    assertArrayEquals(taped, Arrays.copyOfRange(rolled, 4, size + 4), 0f);
  }

  static Stream<StepModel> perturbable() {
    return models().filter(model -> ((NodePerturbableModel) model).nodes() > 0);
  }

  @ParameterizedTest
  @MethodSource("perturbable")
  void nodeNoiseIsAChangeOfWeights(StepModel model) {
    Problem problem = problem(model, 4, 2);
    Composites.assertNodeNoiseIsAChangeOfWeights(
        (NodePerturbableModel) model, problem.theta(), problem.sequence());
  }

  @ParameterizedTest
  @MethodSource("models")
  void memoryIsPlannedAndNothingIsAllocatedLater(StepModel model) {
    boolean noisy = ((NodePerturbableModel) model).nodes() > 0;
    for (boolean node : noisy ? new boolean[] {false, true} : new boolean[] {false}) {
      Workspace plan = Workspace.planning();
      Workspace real = Workspace.allocating();
      for (Workspace workspace : List.of(plan, real)) {
        Kernels kernels = Implementation.VECTOR.kernels();
        if (node) {
          ((NodePerturbableModel) model).nodeRollout(kernels, workspace, LENGTH, BATCH);
        } else {
          model.tape(kernels, workspace.child("tape"), LENGTH, BATCH);
          model.rollout(kernels, workspace.child("rollout"), LENGTH, BATCH);
        }
      }
      assertEquals(plan.ledger(), real.ledger());
    }
    Problem problem = problem(model);
    Kernels kernels = Implementation.SCALAR.kernels();
    StepTape tape = model.tape(kernels, Workspace.allocating(), LENGTH, BATCH);
    NodeRollout nodes =
        ((NodePerturbableModel) model).nodeRollout(kernels, Workspace.allocating(), LENGTH, BATCH);
    int count = LENGTH * BATCH * ((NodePerturbableModel) model).nodes();
    float[] credits = Composites.gaussian(count, 6);
    double[] losses = new double[LENGTH * BATCH];
    float[] theta = problem.theta();
    float[] state = new float[BATCH * model.stateSize()];
    float[] adjoint = new float[state.length];
    float[] gradient = new float[theta.length];
    Sequence sequence = problem.sequence();
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 6; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 40; i++) {
        tape.forward(theta, sequence, 0, LENGTH, state);
        tape.jvp(theta, sequence, theta, adjoint);
        tape.jvpState(theta, 3, 1, state, 0, adjoint, 0);
        tape.vjpParametersAdd(theta, sequence, 3, 1, state, 0, gradient, 0);
        tape.stateGradient(theta, sequence, 2, adjoint, 0);
        tape.lossParametersAdd(theta, sequence, gradient);
        tape.backward(theta, sequence, adjoint, gradient);
        if (noisy) {
          nodes.run(theta, sequence, 0, LENGTH, credits, 0, 1e-3f, state, 0, losses);
          nodes.creditAdd(sequence, credits, 0, gradient);
        }
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "bytes in 40 rounds");
  }

  @Test
  void oneLayerIsItsModelToTheBit() {
    LeakyRnn single = leaky(3, 5, Loss.SQUARED_ERROR);
    StackedModel stack = new StackedModel(List.of(single));
    Problem problem = problem(stack);
    Kernels kernels = Implementation.VECTOR.kernels();
    Composites.Bits expected =
        Composites.bits(single, problem.theta(), problem.sequence(), kernels, 3);
    Composites.Bits actual =
        Composites.bits(stack, problem.theta(), problem.sequence(), kernels, 3);
    assertEquals(expected.loss(), actual.loss(), 0.0);
    assertArrayEquals(expected.gradient(), actual.gradient(), 0f);
    assertArrayEquals(expected.adjoint(), actual.adjoint(), 0f);
    assertEquals(expected.slope(), actual.slope(), 0.0);
  }

  @Test
  void anIndexIsItsOneHotRow() {
    StackedModel behind = mixed();
    EmbeddingModel rows = new EmbeddingModel(6, new StackedModel(List.of(behind)), Symbols.ONE_HOT);
    EmbeddingModel indices = new EmbeddingModel(6, behind, Symbols.INDEX);
    Problem problem = problem(indices);
    Sequence symbols = problem.sequence();
    Sequence oneHot = Sequence.allocate(LENGTH, BATCH, 6, 2);
    System.arraycopy(symbols.targets(), 0, oneHot.targets(), 0, oneHot.targets().length);
    for (int row = 0; row < LENGTH * BATCH; row++) {
      oneHot.inputs()[row * 6 + (int) symbols.inputs()[row]] = 1f;
    }
    Kernels kernels = Implementation.VECTOR.kernels();
    Composites.Bits expected = Composites.bits(rows, problem.theta(), oneHot, kernels, 4);
    Composites.Bits actual = Composites.bits(indices, problem.theta(), symbols, kernels, 4);
    assertEquals(expected.loss(), actual.loss(), 0.0);
    assertArrayEquals(expected.gradient(), actual.gradient(), 0f);
    assertEquals(expected.slope(), actual.slope(), 0.0);
  }

  // Planted bugs, each caught by a check above that the true model passes.

  @Test
  void aMaskThatDoesNotReachTheGradientIsCaught() {
    SparseModel model = SparseModel.of(leaky(3, 7, Loss.SQUARED_ERROR), 0.4, KEY);
    Problem problem = problem(model);
    float[] spread = new float[model.dense().parameters().count()];
    for (int p = 0; p < problem.theta().length; p++) {
      spread[model.denseAt(p)] = problem.theta()[p];
    }
    double[] dense =
        gradient(
            new Problem(model.dense(), spread, problem.sequence()),
            Implementation.VECTOR.kernels(),
            LENGTH);
    // The kept weights' gradients taken from the front of each dense tensor.
    double[] unmasked = new double[problem.theta().length];
    for (Tensor tensor : model.parameters().tensors()) {
      int from = model.dense().parameters().tensor(tensor.name()).at();
      System.arraycopy(dense, from, unmasked, tensor.at(), tensor.size());
    }
    double[] expected = problem.gradient();
    double[] own = gradient(problem, Implementation.VECTOR.kernels(), LENGTH);
    assertTrue(worst(problem, expected, own) <= problem.floatTolerance());
    assertTrue(worst(problem, expected, unmasked) > problem.floatTolerance());
  }

  @Test
  void droppedPathsThroughTheUpperLayersAreCaught() {
    StackedModel model = mixed();
    Problem problem = problem(model);
    Kernels kernels = Implementation.VECTOR.kernels();
    int[] states = {0, 5, 12, 16};
    int[] parameters = new int[4];
    for (int l = 1; l < 3; l++) {
      parameters[l] = model.parameters().tensor("recurrent " + (l + 1)).at();
    }
    parameters[3] = model.parameters().tensor("readout").at();
    assertTrue(agree(problem, model.tape(kernels, Workspace.allocating(), LENGTH, BATCH)));
    for (boolean downwards : new boolean[] {true, false}) {
      StepTape cut =
          new CutTape(
              model.tape(kernels, Workspace.allocating(), LENGTH, BATCH),
              states,
              parameters,
              downwards);
      assertTrue(!agree(problem, cut), "without the paths " + (downwards ? "down" : "up"));
    }
  }

  /**
   * A tape that loses what a layer owes to the layers above at the same step, in one of the two
   * stepwise products.
   */
  private record CutTape(StepTape real, int[] states, int[] parameters, boolean downwards)
      implements StepTape {
    @Override
    public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
      return real.forward(theta, sequence, from, to, state);
    }

    @Override
    public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
      real.backward(theta, sequence, adjoint, gradient);
    }

    @Override
    public double jvp(float[] theta, Sequence sequence, float[] direction, float[] tangent) {
      return real.jvp(theta, sequence, direction, tangent);
    }

    @Override
    public void state(int step, int row, float[] out, int outAt) {
      real.state(step, row, out, outAt);
    }

    @Override
    public void jvpState(
        float[] theta, int step, int row, float[] tangent, int at, float[] out, int outAt) {
      if (downwards) {
        real.jvpState(theta, step, row, tangent, at, out, outAt);
        return;
      }
      for (int l = 0; l + 1 < states.length; l++) {
        float[] own = new float[states[states.length - 1]];
        float[] all = new float[own.length];
        System.arraycopy(tangent, at + states[l], own, states[l], states[l + 1] - states[l]);
        real.jvpState(theta, step, row, own, 0, all, 0);
        System.arraycopy(all, states[l], out, outAt + states[l], states[l + 1] - states[l]);
      }
    }

    @Override
    public void vjpState(
        float[] theta, int step, int row, float[] nu, int at, float[] out, int outAt) {
      real.vjpState(theta, step, row, nu, at, out, outAt);
    }

    @Override
    public void vjpParametersAdd(
        float[] theta,
        Sequence sequence,
        int step,
        int row,
        float[] nu,
        int nuAt,
        float[] gradient,
        int gradientAt) {
      if (!downwards) {
        real.vjpParametersAdd(theta, sequence, step, row, nu, nuAt, gradient, gradientAt);
        return;
      }
      for (int l = 0; l + 1 < states.length; l++) {
        float[] own = new float[states[states.length - 1]];
        float[] all = new float[theta.length];
        System.arraycopy(nu, nuAt + states[l], own, states[l], states[l + 1] - states[l]);
        real.vjpParametersAdd(theta, sequence, step, row, own, 0, all, 0);
        for (int p = parameters[l]; p < parameters[l + 1]; p++) {
          gradient[gradientAt + p] += all[p];
        }
      }
    }

    @Override
    public void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int at) {
      real.stateGradient(theta, sequence, step, out, at);
    }

    @Override
    public void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient) {
      real.lossParametersAdd(theta, sequence, gradient);
    }
  }

  /** Equations of a two-stage cell with a bug. */
  private enum CellBug {
    RESET_AFTER_THE_PRODUCT,
    GATE_SWAPPED
  }

  private static Equations broken(TwoStageRnn model, CellBug bug) {
    int n = model.units();
    int gates = model.kind() == Kind.GRU ? 2 : 1;
    int candidateAt = gates * n * n;
    int inputAt = candidateAt + n * n;
    int biasAt = inputAt + model.inputSize() * (gates + 1) * n;
    return CellEquations.of(
        model,
        n,
        model.loss(),
        (theta, input, h) -> {
          Real[] a = CellEquations.slice(theta, biasAt, (gates + 1) * n);
          CellEquations.product(input, theta, inputAt, a);
          Real[] gate = CellEquations.slice(a, 0, gates * n);
          CellEquations.product(h, theta, 0, gate);
          Real[] product = new Real[n];
          Arrays.fill(product, theta[0].constant(0));
          Real[] source = h.clone();
          for (int i = 0; i < n && bug != CellBug.RESET_AFTER_THE_PRODUCT; i++) {
            source[i] = gate[i].sigmoid().times(h[i]);
          }
          CellEquations.product(source, theta, candidateAt, product);
          Real[] next = new Real[n];
          for (int i = 0; i < n; i++) {
            Real inner =
                bug == CellBug.RESET_AFTER_THE_PRODUCT
                    ? gate[i].sigmoid().times(product[i])
                    : product[i];
            Real c = a[gates * n + i].plus(inner).tanh();
            Real mix = gate[(gates - 1) * n + i].sigmoid();
            Real keep = (gates == 2) == (bug != CellBug.GATE_SWAPPED) ? mix : mix.complement();
            next[i] = keep.times(h[i]).plus(keep.complement().times(c));
          }
          return next;
        });
  }

  @Test
  void aResetAppliedAfterTheProductAndASwappedGateAreCaught() {
    for (Kind kind : Kind.values()) {
      TwoStageRnn model = gated(3, 5, kind);
      Problem problem = problem(model);
      double[] own = gradient(problem, Implementation.VECTOR.kernels(), LENGTH);
      assertTrue(worst(problem, problem.gradient(), own) <= problem.floatTolerance());
      for (CellBug bug : CellBug.values()) {
        double[] other =
            broken(model, bug).oracle(model, problem.sequence()).gradient(problem.theta(), LENGTH);
        assertTrue(worst(problem, other, own) > problem.floatTolerance(), () -> kind + " " + bug);
      }
    }
  }

  @Test
  void aStackIsRefusedByRowLocalAlgorithmsNamingWhatWorks() {
    for (DifferentiableModel model :
        List.of(mixed(), gated(3, 5, Kind.GRU), new EmbeddingModel(6, mixed(), Symbols.INDEX))) {
      assertTrue(!(model instanceof RowLocalModel));
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class, () -> Algorithm.SNAP_2.create(Setup.of(model, 3)));
      String message = refusal.getMessage();
      for (String name : message.substring(message.indexOf("; use ") + 6).split(" or ")) {
        Algorithm.valueOf(name).plan(Setup.of(model, 3)); // works, as it says
      }
      for (String name : List.of("BPTT", "FORWARD_MODE", "RTRL")) {
        assertTrue(message.contains(name), message);
      }
      assertTrue(refusal.getMessage().contains(model.name()), refusal.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyAlgorithmRunsOnEveryModelOrSaysWhatWould(Algorithm algorithm) {
    models()
        .forEach(
            model -> {
              Problem problem = problem(model);
              Setup setup = problem.setup().withParticles(4).withWindow(4);
              GradientEstimator estimator;
              try {
                algorithm.plan(setup);
                estimator = algorithm.create(setup);
              } catch (IllegalArgumentException refusal) {
                assertTrue(refusal.getMessage().startsWith(algorithm.name()), refusal.getMessage());
                assertTrue(refusal.getMessage().contains("use "), refusal.getMessage());
                return;
              }
              assertEquals(algorithm.plan(setup).bytes(), estimator.workspace().bytes());
              double[] estimate =
                  Episodes.run(estimator, problem.theta(), problem.sequence(), 1, 4, LENGTH)
                      .gradient();
              double norm = Episodes.norm(estimate);
              assertTrue(
                  norm > 0 && norm < Double.POSITIVE_INFINITY, algorithm + " " + model.name());
              if (algorithm.exactOn(model, false)) {
                double[] expected = problem.gradient();
                double error = Episodes.distance(estimate, expected) / Episodes.norm(expected);
                assertTrue(
                    error <= problem.floatTolerance(),
                    () -> algorithm + " on " + model.name() + ": " + error);
              }
            });
  }

  @Test
  void whatDoesNotFitIsRefusedWithTheNumbers() {
    LeakyRnn five = leaky(3, 5, Loss.SQUARED_ERROR);
    refused("layers = 0: must be at least 1", () -> new StackedModel(List.of()));
    refused("layer 2: input size = 3: must be 5", () -> new StackedModel(List.of(five, five)));
    refused(
        "layer 2 = embedding",
        () -> new StackedModel(List.of(five, new EmbeddingModel(6, five, Symbols.INDEX))));
    refused(
        "layers = 0: must be at least 1",
        () -> StackedModel.of(Models.LEAKY_RNN, 0, 3, 5, 2, 1f, Loss.SQUARED_ERROR));
    refused("vocabulary = 0", () -> new EmbeddingModel(0, five, Symbols.INDEX));
    refused(
        "must not begin with an embedding",
        () -> new EmbeddingModel(6, new EmbeddingModel(6, five, Symbols.INDEX), Symbols.INDEX));
    SparseModel sparse = SparseModel.of(five, 0.5, KEY);
    refused("layer = sparse", () -> new StackedModel(List.of(sparse)));
    refused("hidden = 0: must be at least 1", () -> gated(3, 0, Kind.GRU));
    refused("input size = 0: must be at least 1", () -> gated(0, 3, Kind.MGU));
    refused(
        "target size = 0: must be at least 1",
        () -> new TwoStageRnn(3, 3, 0, Kind.MGU, Loss.SQUARED_ERROR));
    refused("must be at most", () -> gated(3, 50_000, Kind.GRU));
    for (float symbol : new float[] {6, -1, 0.5f, Float.NaN}) {
      EmbeddingModel model = new EmbeddingModel(6, five, Symbols.INDEX);
      EmbeddingModel fitting =
          new EmbeddingModel(6, leaky(3, 5, Loss.SQUARED_ERROR), Symbols.INDEX);
      Sequence sequence = Sequence.allocate(2, 1, 1, 2);
      sequence.inputs()[1] = symbol;
      Tape tape = fitting.tape(Implementation.VECTOR.kernels(), Workspace.allocating(), 2, 1);
      refused(
          "must be an integer in [0, 6)",
          () -> tape.forward(new float[model.parameters().count()], sequence, 0, 2, new float[5]));
    }
  }

  private static void refused(String part, org.junit.jupiter.api.function.Executable call) {
    IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, call);
    assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
  }
}
