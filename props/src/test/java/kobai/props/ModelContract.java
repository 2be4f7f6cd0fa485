package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.Gru;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.NodePerturbableModel;
import kobai.models.NodeRollout;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.models.StepModel;
import kobai.models.StepTape;
import kobai.models.Tape;
import kobai.models.Tensor;
import kobai.random.RandomKey;
import kobai.verify.CellEquations;
import kobai.verify.Equations;
import kobai.verify.Problem;
import kobai.verify.Real;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every line of {@link Models} must do, by what it can: the gradient is that of its equations
 * in double, and all products that it offers are of this one derivative.
 */
class ModelContract {
  private static final int LENGTH = 7;
  private static final int BATCH = 3;

  /** Every model at unequal sizes below a vector and above two, and at one of everything. */
  static List<DifferentiableModel> models() {
    List<DifferentiableModel> models = new ArrayList<>();
    for (Models line : Models.values()) {
      models.add(line.create(3, 5, 2, 0.6f, Loss.SQUARED_ERROR));
      models.add(line.create(4, 19, 17, 0.6f, Loss.SOFTMAX_CROSS_ENTROPY));
      models.add(line.create(1, 1, 1, 0.6f, Loss.SQUARED_ERROR));
    }
    return models;
  }

  static List<StepModel> stepModels() {
    return those(StepModel.class);
  }

  static List<RowLocalModel> rowLocalModels() {
    return those(RowLocalModel.class);
  }

  static List<NodePerturbableModel> nodePerturbableModels() {
    return those(NodePerturbableModel.class);
  }

  private static <T> List<T> those(Class<T> capability) {
    return models().stream().filter(capability::isInstance).map(capability::cast).toList();
  }

  static Problem problem(DifferentiableModel model) {
    return Problem.of(model, LENGTH, BATCH, 71);
  }

  private static float[] gaussian(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private static double dot(float[] x, float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (double) x[i] * y[i];
    }
    return sum;
  }

  private static double norm(float[] x) {
    return Math.sqrt(dot(x, x));
  }

  private static void close(float[] expected, float[] actual, double tolerance, String what) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertTrue(largest > 0, () -> what + " is not trivially zero");
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance * largest, what + " at " + i);
    }
  }

  /** The largest relative error of a tensor of the gradient, or of the loss. */
  static double gradientError(Problem problem, Kernels kernels) {
    return gradientError(problem, kernels, problem.gradient());
  }

  private static double gradientError(Problem problem, Kernels kernels, double[] expected) {
    DifferentiableModel model = problem.model();
    Tape tape = model.tape(kernels, Workspace.allocating(), LENGTH, BATCH);
    float[] state = new float[BATCH * model.stateSize()];
    double loss = tape.forward(problem.theta(), problem.sequence(), 0, LENGTH, state);
    float[] gradient = new float[expected.length];
    tape.backward(problem.theta(), problem.sequence(), new float[state.length], gradient);
    double worst = Math.abs(loss - problem.loss()) / problem.loss();
    for (Tensor tensor : model.parameters().tensors()) {
      double distance = 0;
      double size = 0;
      for (int p = tensor.at(); p < tensor.at() + tensor.size(); p++) {
        distance += (gradient[p] - expected[p]) * (gradient[p] - expected[p]);
        size += expected[p] * expected[p];
      }
      assertTrue(size > 1e-8, tensor.name() + " is not trivially zero");
      worst = Math.max(worst, Math.sqrt(distance / size));
    }
    return worst;
  }

  @ParameterizedTest
  @MethodSource("models")
  @DisplayName("§1.9, §1.10, §1.11: every tensor of a recurrent gradient is that of the equations")
  void everyTensorOfTheGradientIsThatOfTheEquations(DifferentiableModel model) {
    Problem problem = problem(model);
    if (problem.theta().length < 200) { // reverse, dual numbers and the complex step
      assertTrue(problem.oracle().disagreement(problem.theta(), problem.windows(3)) <= 1e-12);
    }
    for (Implementation implementation : Implementation.values()) {
      double error = gradientError(problem, implementation.kernels());
      assertTrue(error <= problem.floatTolerance(), () -> model.name() + ": " + error);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void windowsDoneLastToFirstGiveTheBitsOfOneWindow(DifferentiableModel model) {
    Problem problem = problem(model);
    Kernels kernels = Implementation.VECTOR.kernels();
    float[] theta = problem.theta();
    Sequence sequence = problem.sequence();
    int width = BATCH * model.stateSize();
    Tape tape = model.tape(kernels, Workspace.allocating(), LENGTH, BATCH);
    float[] start = gaussian(width, 1);
    float[] end = start.clone();
    tape.forward(theta, sequence, 0, LENGTH, end);
    float[] expectedAdjoint = gaussian(width, 2);
    float[] expected = new float[theta.length];
    tape.backward(theta, sequence, expectedAdjoint, expected);
    for (int bits = 1; bits < 1 << (LENGTH - 1); bits++) {
      int[] ends = Episodes.partition(bits, LENGTH);
      float[][] states = new float[ends.length + 1][];
      states[0] = start.clone();
      for (int w = 0; w < ends.length; w++) {
        states[w + 1] = states[w].clone();
        tape.forward(theta, sequence, w == 0 ? 0 : ends[w - 1], ends[w], states[w + 1]);
      }
      assertArrayEquals(end, states[ends.length], 0f);
      float[] adjoint = gaussian(width, 2);
      float[] gradient = new float[theta.length];
      for (int w = ends.length - 1; w >= 0; w--) {
        tape.forward(theta, sequence, w == 0 ? 0 : ends[w - 1], ends[w], states[w]);
        tape.backward(theta, sequence, adjoint, gradient);
      }
      assertArrayEquals(expected, gradient, 0f, Arrays.toString(ends));
      assertArrayEquals(expectedAdjoint, adjoint, 0f, Arrays.toString(ends));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theRolloutIsTheTapesForwardPassInWindowsOfAnyLength(DifferentiableModel model) {
    Problem problem = Problem.of(model, 300, 1, 5); // more than a chunk of hoisted products
    Kernels kernels = Implementation.VECTOR.kernels();
    float[] state = gaussian(model.stateSize(), 1);
    float[] rolled = new float[state.length + 2];
    System.arraycopy(state, 0, rolled, 1, state.length);
    double expected =
        model
            .tape(kernels, Workspace.allocating(), 300, 1)
            .forward(problem.theta(), problem.sequence(), 0, 300, state);
    double loss = 0;
    for (int[] window : new int[][] {{0, 1}, {1, 40}, {40, 300}}) {
      loss =
          model
              .rollout(kernels, Workspace.allocating(), 300, 1)
              .run(problem.theta(), problem.sequence(), window[0], window[1], rolled, 1, loss);
    }
    assertEquals(expected, loss);
    assertArrayEquals(state, Arrays.copyOfRange(rolled, 1, 1 + state.length), 0f);
  }

  @ParameterizedTest
  @MethodSource("models")
  void theDerivativeAlongADirectionIsTheGradientTimesIt(DifferentiableModel model) {
    Problem problem = problem(model);
    int width = BATCH * model.stateSize();
    Tape tape = model.tape(Implementation.VECTOR.kernels(), Workspace.allocating(), LENGTH, BATCH);
    float[] theta = problem.theta();
    float[] direction = gaussian(theta.length, 2);
    float[] startTangent = gaussian(width, 3);
    float[] tangent = startTangent.clone();
    float[] endAdjoint = gaussian(width, 4);
    tape.forward(theta, problem.sequence(), 0, LENGTH, gaussian(width, 1));
    tape.jvp(theta, problem.sequence(), direction, tangent.clone()); // any number of times
    double slope = tape.jvp(theta, problem.sequence(), direction, tangent);
    float[] adjoint = endAdjoint.clone();
    float[] gradient = new float[theta.length];
    tape.backward(theta, problem.sequence(), adjoint, gradient);
    // ⟨a_end, ṡ_end⟩ + slope = ⟨a_start, ṡ_start⟩ + ⟨gradient, θ̇⟩ in exact arithmetic; rounding is
    // relative to the factors, not to their product.
    double forwards = dot(endAdjoint, tangent) + slope;
    double backwards = dot(adjoint, startTangent) + dot(gradient, direction);
    double size = norm(gradient) * norm(direction) + norm(adjoint) * norm(startTangent);
    assertEquals(backwards, forwards, problem.floatTolerance() * size, model.name());
    assertTrue(Math.abs(backwards) > 1e-3 * size, model.name());
  }

  @ParameterizedTest
  @MethodSource("stepModels")
  void stepwiseProductsMakeUpTheWindow(StepModel model) {
    Problem problem = problem(model);
    float[] theta = problem.theta();
    Sequence sequence = problem.sequence();
    int size = model.stateSize();
    StepTape tape =
        model.tape(Implementation.VECTOR.kernels(), Workspace.allocating(), LENGTH, BATCH);
    float[] state = gaussian(BATCH * size, 1);
    tape.forward(theta, sequence, 0, LENGTH, state);
    float[] direction = gaussian(theta.length, 2);
    float[] tangent = gaussian(BATCH * size, 3);
    float[] stepped = tangent.clone();
    double slope = tape.jvp(theta, sequence, direction, tangent);
    float[] readout = new float[theta.length];
    tape.lossParametersAdd(theta, sequence, readout);
    double sum = dot(readout, direction);
    double terms = norm(readout) * norm(direction);
    float[] next = new float[size];
    float[] last = new float[BATCH * size];
    float[] q = new float[BATCH * size];
    for (int step = 0; step < LENGTH; step++) {
      Arrays.fill(q, Float.NaN);
      tape.stateGradient(theta, sequence, step, q, 0);
      for (int row = 0; row < BATCH; row++) {
        tape.jvpState(theta, step, row, stepped, row * size, next, 0);
        for (int i = 0; i < size; i++) { // M̄ θ̇, a row of it at a time
          float[] immediate = new float[theta.length + 1];
          float[] unit = new float[size + 1];
          unit[i + 1] = 1;
          tape.vjpParametersAdd(theta, sequence, step, row, unit, 1, immediate, 1);
          next[i] += (float) dot(Arrays.copyOfRange(immediate, 1, immediate.length), direction);
        }
        System.arraycopy(next, 0, stepped, row * size, size);
        tape.state(step, row, last, row * size);
      }
      sum += dot(q, stepped);
      terms += norm(q) * norm(stepped);
    }
    assertArrayEquals(state, last);
    close(tangent, stepped, problem.floatTolerance(), model.name());
    assertEquals(slope, sum, problem.floatTolerance() * terms, model.name());
  }

  @ParameterizedTest
  @MethodSource("rowLocalModels")
  void gainsLocalDerivativesAndSourcesAreThoseOfTheProducts(RowLocalModel model) {
    Problem problem = problem(model);
    float[] theta = problem.theta();
    Sequence sequence = problem.sequence();
    int size = model.stateSize();
    int n = model.units();
    int parts = model.parts();
    int gates = model.gates();
    assertEquals(size, parts * n);
    RowLocalTape tape =
        model.tape(Implementation.VECTOR.kernels(), Workspace.allocating(), LENGTH, BATCH);
    tape.forward(theta, sequence, 0, LENGTH, gaussian(BATCH * size, 1));
    int step = 4;
    int row = 1;
    float[] gains = new float[parts * gates * n];
    float[] local = new float[parts * parts * n];
    float[] sources = new float[model.sources()];
    float[] jacobian = new float[size * size];
    Arrays.fill(jacobian, Float.NaN);
    tape.gains(step, row, gains, 0);
    tape.local(step, row, local, 0);
    tape.sources(sequence, step, row, sources, 0);
    tape.jacobianTransposed(theta, step, row, jacobian, 0);

    float[] products = new float[size * size];
    float[] composed = new float[size * size];
    for (int j = 0; j < size; j++) {
      float[] unit = new float[size];
      unit[j] = 1;
      tape.jvpState(theta, step, row, unit, 0, products, j * size);
    }
    for (int c = 0; c < parts; c++) {
      for (int i = 0; i < n; i++) {
        for (int other = 0; other < parts; other++) {
          composed[(other * n + i) * size + c * n + i] += local[(c * parts + other) * n + i];
        }
        for (int j = 0; j < n; j++) {
          for (int gate = 0; gate < gates; gate++) {
            int at = model.parameterAt(j, gate);
            float weight = at < 0 ? 0 : theta[at + i];
            composed[j * size + c * n + i] += gains[(c * gates + gate) * n + i] * weight;
          }
        }
      }
    }
    close(products, jacobian, problem.floatTolerance(), model.name() + " Jacobian");
    close(products, composed, problem.floatTolerance(), model.name() + " of gains");

    float[] nu = gaussian(size, 6);
    float[] gradient = new float[theta.length];
    tape.vjpParametersAdd(theta, sequence, step, row, nu, 0, gradient, 0);
    float[] expected = new float[theta.length];
    for (int source = 0; source < sources.length; source++) {
      for (int gate = 0; gate < gates; gate++) {
        int at = model.parameterAt(source, gate);
        for (int i = 0; at >= 0 && i < n; i++) {
          for (int c = 0; c < parts; c++) {
            float gain = gains[(c * gates + gate) * n + i];
            expected[at + i] += nu[c * n + i] * gain * sources[source];
          }
        }
      }
    }
    close(expected, gradient, problem.floatTolerance(), model.name() + " immediate");
  }

  @ParameterizedTest
  @MethodSource("nodePerturbableModels")
  void withoutNoiseANodeRolloutIsTheRollout(NodePerturbableModel model) {
    Problem problem = problem((DifferentiableModel) model);
    Kernels kernels = Implementation.VECTOR.kernels();
    float[] state = gaussian(BATCH * model.stateSize(), 1);
    float[] noisy = state.clone();
    double expected =
        model
            .rollout(kernels, Workspace.allocating(), LENGTH, BATCH)
            .run(problem.theta(), problem.sequence(), 0, LENGTH, state, 0, 0);
    double[] losses = new double[LENGTH * BATCH];
    float[] noise = new float[LENGTH * BATCH * model.nodes()];
    Arrays.fill(noise, Float.NaN); // not read
    NodeRollout rollout = model.nodeRollout(kernels, Workspace.allocating(), LENGTH, BATCH);
    rollout.run(problem.theta(), problem.sequence(), 0, LENGTH, noise, 0, 0f, noisy, 0, losses);
    assertEquals(expected, Arrays.stream(losses).sum() / BATCH, 1e-12 * expected);
    assertArrayEquals(state, noisy, 0f);
    // Zero noise adds +0 to every pre-activation.
    float[] again = gaussian(BATCH * model.stateSize(), 1);
    double[] quiet = new double[losses.length];
    Arrays.fill(noise, 0f);
    rollout.run(problem.theta(), problem.sequence(), 0, LENGTH, noise, 0, 0.5f, again, 0, quiet);
    assertArrayEquals(losses, quiet, 0);
    assertArrayEquals(state, again, 0f);
  }

  static List<NodePerturbableModel> biasedModels() {
    return nodePerturbableModels().stream().filter(RowLocalModel.class::isInstance).toList();
  }

  @ParameterizedTest
  @MethodSource("biasedModels")
  void nodeNoiseInTheShapeOfBiasesIsAChangeOfBiases(NodePerturbableModel model) {
    Problem problem = problem((DifferentiableModel) model);
    RowLocalModel cell = (RowLocalModel) model;
    Sequence sequence = problem.sequence();
    int nodes = model.nodes();
    int recurrent = nodes - model.targetSize();
    int size = BATCH * model.stateSize();
    NodeRollout rollout =
        model.nodeRollout(Implementation.VECTOR.kernels(), Workspace.allocating(), LENGTH, BATCH);
    float[] shift = gaussian(nodes, 5);
    float[] noise = new float[LENGTH * BATCH * nodes];
    for (int row = 0; row < LENGTH * BATCH; row++) {
      System.arraycopy(shift, 0, noise, row * nodes, nodes);
    }
    float[] moved = problem.theta().clone();
    for (int k = 0; k < nodes; k++) {
      int at =
          k < recurrent
              ? cell.parameterAt(cell.sources() - 1, k / cell.units()) + k % cell.units()
              : model.parameters().tensor("readout bias").at() + k - recurrent;
      moved[at] += 0.25f * shift[k];
    }
    double[] noisy = new double[LENGTH * BATCH];
    double[] biased = new double[LENGTH * BATCH];
    double[] plain = new double[LENGTH * BATCH];
    rollout.run(problem.theta(), sequence, 0, LENGTH, noise, 0, 0.25f, new float[size], 0, noisy);
    rollout.run(moved, sequence, 0, LENGTH, noise, 0, 0f, new float[size], 0, biased);
    rollout.run(problem.theta(), sequence, 0, LENGTH, noise, 0, 0f, new float[size], 0, plain);
    double change = 0;
    for (int row = 0; row < noisy.length; row++) {
      assertEquals(biased[row], noisy[row], problem.floatTolerance() * (1 + biased[row]));
      change += Math.abs(biased[row] - plain[row]);
    }
    assertTrue(change > 1e-2, "the noise counts");
  }

  static List<NodePerturbableModel> smallNodePerturbableModels() {
    return nodePerturbableModels().stream().filter(model -> model.nodes() < 30).toList();
  }

  @ParameterizedTest
  @MethodSource("smallNodePerturbableModels")
  void theCreditOfThePreactivationsIsTheGradient(NodePerturbableModel model) {
    Problem problem = problem((DifferentiableModel) model);
    Sequence sequence = problem.sequence();
    int nodes = model.nodes();
    NodeRollout rollout =
        model.nodeRollout(Implementation.VECTOR.kernels(), Workspace.allocating(), LENGTH, BATCH);
    float[] noise = new float[LENGTH * BATCH * nodes];
    float[] credits = new float[noise.length];
    float[] before = new float[noise.length];
    float[] after = new float[noise.length];
    double[] up = new double[LENGTH * BATCH];
    double[] down = new double[up.length];
    // ∂L/∂a by central differences: truncation of order h² = 10⁻⁴, rounding of 10⁻⁶ · loss / h.
    float h = 1e-2f;
    int size = BATCH * model.stateSize();
    for (int k = 0; k < noise.length; k++) {
      noise[k] = 1;
      rollout.run(problem.theta(), sequence, 0, LENGTH, noise, 0, -h, new float[size], 0, down);
      rollout.preactivations(before, 0);
      rollout.run(problem.theta(), sequence, 0, LENGTH, noise, 0, h, new float[size], 0, up);
      rollout.preactivations(after, 0);
      noise[k] = 0;
      assertEquals(2 * h, after[k] - before[k], 1e-5); // values of 8 at most, to 2⁻²¹
      double difference = 0;
      for (int row = 0; row < up.length; row++) {
        difference += (up[row] - down[row]) / BATCH;
      }
      credits[k] = (float) (difference / (2 * h));
    }
    rollout.run(problem.theta(), sequence, 0, LENGTH, noise, 0, 0f, new float[size], 0, up);
    float[] gradient = new float[problem.theta().length];
    rollout.creditAdd(sequence, credits, 0, gradient);
    double[] actual = new double[gradient.length];
    for (int p = 0; p < actual.length; p++) {
      actual[p] = gradient[p];
    }
    double[] expected = problem.gradient();
    assertEquals(0, Episodes.distance(actual, expected) / Episodes.norm(expected), 2e-3);
  }

  @ParameterizedTest
  @MethodSource("models")
  void scalarAndVectorKernelsGiveTheSameBits(DifferentiableModel model) {
    Problem problem = problem(model);
    float[][] results = new float[2][];
    double[] losses = new double[2];
    for (Implementation implementation : Implementation.values()) {
      Tape tape = model.tape(implementation.kernels(), Workspace.allocating(), LENGTH, BATCH);
      float[] theta = problem.theta();
      int width = BATCH * model.stateSize();
      float[] all = new float[theta.length + 3 * width];
      float[] state = gaussian(width, 1);
      float[] tangent = gaussian(width, 2);
      float[] adjoint = gaussian(width, 3);
      float[] gradient = new float[theta.length];
      int at = implementation.ordinal();
      losses[at] = tape.forward(theta, problem.sequence(), 0, LENGTH, state);
      losses[at] += tape.jvp(theta, problem.sequence(), gaussian(theta.length, 4), tangent);
      tape.backward(theta, problem.sequence(), adjoint, gradient);
      System.arraycopy(gradient, 0, all, 0, theta.length);
      System.arraycopy(state, 0, all, theta.length, width);
      System.arraycopy(tangent, 0, all, theta.length + width, width);
      System.arraycopy(adjoint, 0, all, theta.length + 2 * width, width);
      results[at] = all;
    }
    assertEquals(losses[0], losses[1]);
    assertArrayEquals(results[0], results[1], 0f);
  }

  @ParameterizedTest
  @MethodSource("models")
  void theLedgerIsThePlan(DifferentiableModel model) {
    Kernels kernels = Implementation.VECTOR.kernels();
    for (int batch : new int[] {1, 300}) {
      Workspace plan = Workspace.planning();
      Workspace taken = Workspace.allocating();
      for (Workspace workspace : List.of(plan, taken)) {
        model.tape(kernels, workspace.child("tape"), 9, batch);
        model.rollout(kernels, workspace.child("rollout"), 9, batch);
        if (model instanceof NodePerturbableModel perturbable) {
          perturbable.nodeRollout(kernels, workspace.child("nodes"), 9, batch);
        }
      }
      assertEquals(plan.ledger(), taken.ledger());
      assertTrue(taken.bytes() > 0);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LEAKY_RNN", "LSTM", "GRU"})
  void theLedgerIsTheFormulaOnEveryCell(Models line) {
    DifferentiableModel model = line.create(5, 24, 7, 0.6f, Loss.SQUARED_ERROR);
    for (int window : new int[] {1, 10, 64}) {
      Setup setup = Setup.of(model, window).withBatch(3).withParticles(6);
      for (Algorithm algorithm :
          List.of(Algorithm.BPTT, Algorithm.BPTT_CHECKPOINTED, Algorithm.ES, Algorithm.PES)) {
        assertEquals(
            MemoryFormula.bytes(algorithm, setup),
            algorithm.create(setup).workspace().bytes(),
            algorithm + " at window " + window);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theInitialParametersAreFiniteAFunctionOfTheKeyAndGiveAGradient(DifferentiableModel model) {
    int count = model.parameters().count();
    float[] first = new float[count];
    float[] again = new float[count];
    float[] other = new float[count];
    Arrays.fill(first, Float.NaN);
    model.initialise(new RandomKey(1), first);
    model.initialise(new RandomKey(1), again);
    model.initialise(new RandomKey(2), other);
    assertArrayEquals(first, again, 0f);
    assertTrue(Arrays.mismatch(first, other) >= 0);
    int end = 0;
    for (Tensor tensor : model.parameters().tensors()) {
      assertEquals(end, tensor.at(), "tensors follow one another");
      end += tensor.size();
    }
    assertEquals(count, end);
    assertTrue(Float.isFinite((float) dot(first, first)));
  }

  /** Wrong LSTM and GRU steps, at the level of the kernels. */
  private enum Bug {
    /** The forget gate closes where the input gate should. */
    INPUT_AND_FORGET_GATE_SWAPPED(Models.LSTM, "lstmStep") {
      @Override
      void call(Kernels real, Object[] x) {
        float[] a = ((float[]) x[0]).clone();
        int n = (int) x[9];
        for (int row = 0; row < (int) x[8]; row++) {
          int at = (int) x[1] + row * 4 * n;
          float[] input = Arrays.copyOfRange(a, at, at + n);
          System.arraycopy(a, at + n, a, at, n);
          System.arraycopy(input, 0, a, at + n, n);
        }
        lstmStep(real, a, x);
      }
    },
    /** The cell goes to the output without its tanh: h = o c. */
    OUTPUT_NOT_SQUASHED(Models.LSTM, "lstmStep") {
      @Override
      void call(Kernels real, Object[] x) {
        lstmStep(real, (float[]) x[0], x);
        float[] next = (float[]) x[4];
        float[] gates = (float[]) x[6];
        int n = (int) x[9];
        for (int row = 0; row < (int) x[8]; row++) {
          for (int i = 0; i < n; i++) {
            int h = (int) x[5] + row * 2 * n + i;
            next[h] = gates[(int) x[7] + row * 4 * n + 2 * n + i] * next[h + n];
          }
        }
      }
    },
    /** c̄ of the step before is lost. */
    CELL_ADJOINT_LOST(Models.LSTM, "lstmBackward") {
      @Override
      void call(Kernels real, Object[] x) {
        lstmBackward(real, x, (float[]) x[6]);
        int n = (int) x[13];
        for (int row = 0; row < (int) x[12]; row++) {
          int at = (int) x[9] + row * 2 * n + n;
          Arrays.fill((float[]) x[8], at, at + n, 0f);
        }
      }
    },
    /** 1 − tanh² at the cell is left out: exact where c = 0, so c is shown as 0 to e alone. */
    TANH_SLOPE_MISSING(Models.LSTM, "lstmBackward") {
      @Override
      void call(Kernels real, Object[] x) {
        float[] adjoint = ((float[]) x[8]).clone();
        float[] output = new float[((float[]) x[10]).length];
        int n = (int) x[13];
        real.lstmBackward(
            (float[]) x[0],
            (int) x[1],
            (float[]) x[2],
            (int) x[3],
            (float[]) x[4],
            (int) x[5],
            (float[]) x[6],
            (int) x[7],
            adjoint,
            (int) x[9],
            output,
            (int) x[11],
            (int) x[12],
            n);
        lstmBackward(real, x, new float[((float[]) x[6]).length]);
        for (int row = 0; row < (int) x[12]; row++) {
          int at = (int) x[11] + row * 4 * n + 2 * n;
          System.arraycopy(output, at, (float[]) x[10], at, n);
        }
      }
    },
    /** The recurrent part of the candidate is credited as if the reset gate stood open. */
    RESET_FORGOTTEN_BACKWARDS(Models.GRU, "gruBackward") {
      @Override
      void call(Kernels real, Object[] x) {
        gruBackward(real, x);
        int n = (int) x[11];
        for (int row = 0; row < (int) x[10]; row++) {
          int at = (int) x[9] + row * 4 * n;
          System.arraycopy((float[]) x[8], at + 3 * n, (float[]) x[8], at, n);
        }
      }
    },
    /** z h is not carried back. */
    KEPT_STATE_LOST(Models.GRU, "gruBackward") {
      @Override
      void call(Kernels real, Object[] x) {
        gruBackward(real, x);
        int at = (int) x[7];
        Arrays.fill((float[]) x[6], at, at + (int) x[10] * (int) x[11], 0f);
      }
    },
    /** z and 1 − z change places. */
    UPDATE_GATE_INVERTED(Models.GRU, "gruStep") {
      @Override
      void call(Kernels real, Object[] x) {
        float[] a = ((float[]) x[0]).clone();
        int n = (int) x[9];
        for (int row = 0; row < (int) x[8]; row++) {
          int at = (int) x[1] + row * 4 * n + 2 * n;
          for (int i = at; i < at + n; i++) {
            a[i] = -a[i];
          }
        }
        real.gruStep(
            a,
            (int) x[1],
            (float[]) x[2],
            (int) x[3],
            (float[]) x[4],
            (int) x[5],
            (float[]) x[6],
            (int) x[7],
            (int) x[8],
            n);
      }
    };

    private final Models model;
    private final String method;

    Bug(Models model, String method) {
      this.model = model;
      this.method = method;
    }

    /** The method with its mistake, arguments as in {@link Kernels}. */
    abstract void call(Kernels real, Object[] arguments);

    private static void lstmStep(Kernels real, float[] a, Object[] x) {
      real.lstmStep(
          a,
          (int) x[1],
          (float[]) x[2],
          (int) x[3],
          (float[]) x[4],
          (int) x[5],
          (float[]) x[6],
          (int) x[7],
          (int) x[8],
          (int) x[9]);
    }

    private static void lstmBackward(Kernels real, Object[] x, float[] next) {
      real.lstmBackward(
          (float[]) x[0],
          (int) x[1],
          (float[]) x[2],
          (int) x[3],
          (float[]) x[4],
          (int) x[5],
          next,
          (int) x[7],
          (float[]) x[8],
          (int) x[9],
          (float[]) x[10],
          (int) x[11],
          (int) x[12],
          (int) x[13]);
    }

    private static void gruBackward(Kernels real, Object[] x) {
      real.gruBackward(
          (float[]) x[0],
          (int) x[1],
          (float[]) x[2],
          (int) x[3],
          (float[]) x[4],
          (int) x[5],
          (float[]) x[6],
          (int) x[7],
          (float[]) x[8],
          (int) x[9],
          (int) x[10],
          (int) x[11]);
    }

    private Kernels plantedIn(Kernels real) {
      return (Kernels)
          Proxy.newProxyInstance(
              Kernels.class.getClassLoader(),
              new Class<?>[] {Kernels.class},
              (proxy, called, arguments) -> {
                if (called.getName().equals(method)) {
                  call(real, arguments);
                  return null;
                }
                return through(real, called, arguments);
              });
    }

    private static Object through(Kernels real, Method called, Object[] arguments)
        throws Throwable {
      try {
        return called.invoke(real, arguments);
      } catch (InvocationTargetException thrown) {
        throw thrown.getCause();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPlantedBugShowsInTheGradient(Bug bug) {
    Problem problem = problem(bug.model.create(3, 5, 2, 1f, Loss.SQUARED_ERROR));
    Kernels real = Implementation.VECTOR.kernels();
    assertTrue(gradientError(problem, real) <= problem.floatTolerance());
    double error = gradientError(problem, bug.plantedIn(real));
    assertTrue(error > 100 * problem.floatTolerance(), () -> bug + ": " + error);
  }

  /** g = tanh((r ⊙ h) W_g + …), as Cho et al. write it: no model here does that. */
  @Test
  void resettingBeforeTheProductShowsInTheGradient() {
    Gru model = Gru.of(3, 5, 2, Loss.SQUARED_ERROR);
    Problem problem = problem(model);
    int n = model.units();
    int inputAt = 3 * n * n;
    int biasAt = inputAt + 3 * n * model.inputSize();
    for (boolean before : new boolean[] {false, true}) {
      Equations equations =
          CellEquations.of(
              model,
              n,
              Loss.SQUARED_ERROR,
              (theta, input, state) -> {
                Real[] next = new Real[n];
                Real[] reset = new Real[n];
                for (int i = 0; i < n; i++) {
                  reset[i] = gate(theta, input, state, inputAt, biasAt, n, 1, i).sigmoid();
                }
                for (int i = 0; i < n; i++) {
                  Real z = gate(theta, input, state, inputAt, biasAt, n, 2, i).sigmoid();
                  Real g = theta[biasAt + i].times(before ? theta[0].constant(1) : reset[i]);
                  for (int j = 0; j < n; j++) {
                    Real seen = state[j].times(reset[before ? j : i]);
                    g = g.plus(theta[j * 3 * n + i].times(seen));
                  }
                  g = g.plus(theta[biasAt + 3 * n + i]);
                  for (int j = 0; j < input.length; j++) {
                    g = g.plus(theta[inputAt + j * 3 * n + 2 * n + i].times(input[j]));
                  }
                  next[i] = z.complement().times(g.tanh()).plus(z.times(state[i]));
                }
                return next;
              });
      double[] expected =
          equations.oracle(model, problem.sequence()).gradient(problem.theta(), LENGTH);
      double error = gradientError(problem, Implementation.VECTOR.kernels(), expected);
      double tolerance = problem.floatTolerance();
      assertTrue(before ? error > 100 * tolerance : error <= tolerance, () -> "error " + error);
    }
  }

  /** The pre-activation of the reset (1) or update gate (2) of unit i. */
  private static Real gate(
      Real[] theta, Real[] input, Real[] state, int inputAt, int biasAt, int n, int gate, int i) {
    Real a = theta[biasAt + gate * n + i];
    for (int j = 0; j < n; j++) {
      a = a.plus(theta[j * 3 * n + gate * n + i].times(state[j]));
    }
    for (int j = 0; j < input.length; j++) {
      a = a.plus(theta[inputAt + j * 3 * n + (gate - 1) * n + i].times(input[j]));
    }
    return a;
  }
}
