package kobai.props;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.Setup;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DiagonalModel;
import kobai.models.Gru;
import kobai.models.Initialisation;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import kobai.models.Lru;
import kobai.models.Lstm;
import kobai.models.MinGru;
import kobai.models.Models;
import kobai.models.RecurrentModel;
import kobai.models.Rollout;
import kobai.models.RowLocalModel;
import kobai.models.RowLocalTape;
import kobai.models.Rtu;
import kobai.models.SparseModel;
import kobai.models.SparseRowLocalModel;
import kobai.models.StepModel;
import kobai.parallel.Workers;
import kobai.random.RandomKey;
import kobai.verify.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The approximations of RTRL that keep part of the influence matrix: each is its own textbook
 * equation in double, obeys the identities that tie it to the others, and is told from versions
 * with a planted bug.
 */
class ApproximateRtrlContract {
  /** What carries the influence from one step to the next. */
  private enum Carrier {
    /** The unit alone, at fixed pre-activations. */
    LOCAL,
    /** The whole Jacobian. */
    JACOBIAN
  }

  /** A row-local model, sparse or not. */
  private record Cell(RowLocalModel dense, SparseRowLocalModel sparse) {
    static Cell of(RecurrentModel model) {
      return model instanceof SparseRowLocalModel sparse
          ? new Cell(sparse.dense(), sparse)
          : new Cell((RowLocalModel) model, null);
    }

    RowLocalTape tape(int window, int batch) {
      Kernels kernels = Implementation.SCALAR.kernels();
      Workspace workspace = Workspace.allocating();
      return sparse == null
          ? dense.tape(kernels, workspace, window, batch)
          : sparse.tape(kernels, workspace, window, batch);
    }

    int parameterAt(int source, int gate, int unit) {
      int first = dense.parameterAt(source, gate);
      return sparse != null
          ? sparse.parameterAt(source, gate, unit)
          : first < 0 ? -1 : first + unit;
    }

    /** Steps that a change of one unit takes to reach another; many if it never does. */
    int[][] distances() {
      int n = dense.units();
      int[][] distance = new int[n][n];
      for (int from = 0; from < n; from++) {
        for (int to = 0; to < n; to++) {
          boolean feeds = false;
          for (int gate = 0; gate < dense.gates(); gate++) {
            feeds |= parameterAt(from, gate, to) >= 0;
          }
          distance[from][to] = from == to ? 0 : feeds ? 1 : 1000;
        }
      }
      for (int over = 0; over < n; over++) { // Floyd and Warshall
        for (int from = 0; from < n; from++) {
          for (int to = 0; to < n; to++) {
            int detour = distance[from][over] + distance[over][to];
            distance[from][to] = Math.min(distance[from][to], detour);
          }
        }
      }
      return distance;
    }
  }

  /** Ways of getting the textbook wrong. */
  private enum Slip {
    NONE,
    /** The gradient is read before the influence of the step is added. */
    READ_BEFORE_UPDATE,
    /** An entry is kept if its unit reaches the parameter, not the other way round. */
    MASK_TRANSPOSED,
    /** Reach is counted from the unit before. */
    MASK_ONE_SHORT
  }

  /** An equation of the family: M ← mask ⊙ (carrier M + M̄). */
  private record Textbook(Carrier carrier, int order, Slip slip) {
    static Textbook of(Algorithm algorithm) {
      return switch (algorithm) {
        case RFLO, E_PROP -> new Textbook(Carrier.LOCAL, 1, Slip.NONE);
        case SNAP_1 -> new Textbook(Carrier.JACOBIAN, 1, Slip.NONE);
        case SNAP_2 -> new Textbook(Carrier.JACOBIAN, 2, Slip.NONE);
        case SNAP_3 -> new Textbook(Carrier.JACOBIAN, 3, Slip.NONE);
        case RTRL -> new Textbook(Carrier.JACOBIAN, Integer.MAX_VALUE, Slip.NONE);
        default -> throw new IllegalArgumentException(algorithm + " has no textbook here");
      };
    }

    /** The gradient of the sequence in double, from the products that the tape gives. */
    double[] gradient(Problem problem) {
      Sequence sequence = problem.sequence();
      float[] theta = problem.theta();
      Cell cell = Cell.of(problem.model());
      RowLocalTape tape = cell.tape(sequence.length(), sequence.batch());
      double[] gradient = readout(problem, tape);
      for (int row = 0; row < sequence.batch(); row++) {
        addRow(cell, theta, sequence, tape, row, gradient);
      }
      return gradient;
    }

    private void addRow(
        Cell cell,
        float[] theta,
        Sequence sequence,
        RowLocalTape tape,
        int row,
        double[] gradient) {
      int n = cell.dense.units();
      int width = n * cell.dense.parts();
      int gates = cell.dense.gates();
      int[][] distance = cell.distances();
      int reach = slip == Slip.MASK_ONE_SHORT ? order - 1 : order;
      double[][] influence = new double[width][theta.length];
      for (int t = 0; t < sequence.length(); t++) {
        double[][] carrying = carrying(cell.dense, theta, tape, t, row);
        float[] gains = new float[width * gates];
        float[] sources = new float[cell.dense.sources()];
        float[] q = new float[sequence.batch() * width];
        tape.gains(t, row, gains, 0);
        tape.sources(sequence, t, row, sources, 0);
        tape.stateGradient(theta, sequence, t, q, 0);
        double[][] next = new double[width][theta.length];
        for (int place = 0; place < gates * sources.length * n; place++) {
          int gate = place / n / sources.length;
          int source = place / n % sources.length;
          int unit = place % n;
          int p = cell.parameterAt(source, gate, unit);
          for (int k = 0; p >= 0 && k < width; k++) {
            int from = slip == Slip.MASK_TRANSPOSED ? k % n : unit;
            int to = slip == Slip.MASK_TRANSPOSED ? unit : k % n;
            double carried = 0;
            for (int j = 0; j < width; j++) {
              carried += carrying[k][j] * influence[j][p];
            }
            double own = k % n == unit ? (double) gains[(k / n * gates + gate) * n + unit] : 0;
            if (distance[from][to] < reach) {
              next[k][p] += carried + own * sources[source];
            }
            double read = slip == Slip.READ_BEFORE_UPDATE ? carried : next[k][p];
            gradient[p] += q[row * width + k] * read;
          }
        }
        influence = next;
      }
    }

    private double[][] carrying(
        RowLocalModel model, float[] theta, RowLocalTape tape, int t, int row) {
      int n = model.units();
      int width = model.stateSize();
      double[][] carrying = new double[width][width];
      float[] products = new float[width * width];
      if (carrier == Carrier.JACOBIAN) {
        tape.jacobianTransposed(theta, t, row, products, 0);
      } else {
        tape.local(t, row, products, 0); // [parts × parts × n]
      }
      for (int k = 0; k < width; k++) {
        for (int j = 0; j < width; j++) {
          if (carrier == Carrier.JACOBIAN) {
            carrying[k][j] = products[j * width + k];
          } else if (k % n == j % n) {
            carrying[k][j] = products[(k / n * model.parts() + j / n) * n + k % n];
          }
        }
      }
      return carrying;
    }
  }

  /** Runs the tape over the whole sequence; the share of the readout in the gradient. */
  private static double[] readout(Problem problem, RowLocalTape tape) {
    Sequence sequence = problem.sequence();
    float[] theta = problem.theta();
    float[] state = new float[sequence.batch() * problem.model().stateSize()];
    tape.forward(theta, sequence, 0, sequence.length(), state);
    float[] readout = new float[theta.length];
    tape.lossParametersAdd(theta, sequence, readout);
    double[] gradient = new double[theta.length];
    for (int p = 0; p < theta.length; p++) {
      gradient[p] = readout[p];
    }
    return gradient;
  }

  private static final List<Activation> SMOOTH = List.of(Activation.TANH, Activation.SIGMOID);

  static List<Algorithm> textbook() {
    return List.of(
        Algorithm.RFLO,
        Algorithm.E_PROP,
        Algorithm.SNAP_1,
        Algorithm.SNAP_2,
        Algorithm.SNAP_3,
        Algorithm.RTRL);
  }

  static List<Algorithm> family() {
    return Stream.concat(textbook().stream(), Stream.of(Algorithm.KERNL, Algorithm.DNI)).toList();
  }

  private static List<Problem> problems() {
    return List.of(
        Problem.reference(),
        Problem.of(3, 5, 2, 1.0, Activation.SIGMOID, Loss.SOFTMAX_CROSS_ENTROPY, 7, 3, 12),
        Problem.of(1, 1, 1, 0.3, Activation.IDENTITY, Loss.SQUARED_ERROR, 5, 1, 13),
        Problem.of(5, 17, 9, 0.35, Activation.RELU, Loss.SQUARED_ERROR, 9, 2, 14),
        Problem.of(2, 9, 3, 0.4, Activation.TANH, Loss.SQUARED_ERROR, 150, 1, 15));
  }

  private static double[] episode(Algorithm algorithm, Setup setup, Problem problem, int... ends) {
    return Episodes.run(algorithm.create(setup), problem.theta(), problem.sequence(), 5, ends)
        .gradient();
  }

  private static double error(double[] actual, double[] expected) {
    assertTrue(Episodes.norm(expected) > 1e-3, "the compared gradient is not trivially zero");
    return Episodes.distance(actual, expected) / Episodes.norm(expected);
  }

  /** Cells of several parts and gates, gates that see nothing of the state among them. */
  private static List<Problem> cells() {
    return Stream.of(
            Lru.of(3, 6, 2, Loss.SQUARED_ERROR),
            Rtu.of(2, 5, 3, true, Loss.SQUARED_ERROR),
            new MinGru(3, 7, 2, Loss.SQUARED_ERROR),
            Lstm.of(3, 5, 2, Loss.SQUARED_ERROR),
            Gru.of(1, 6, 3, Loss.SOFTMAX_CROSS_ENTROPY))
        .map(model -> Problem.of(model, 7, 2, 71))
        .toList();
  }

  /** Networks in which not every unit feeds every other. */
  private static List<Problem> sparse() {
    LeakyRnn dense = LeakyRnn.of(3, 11, 2, 0.6f, Loss.SQUARED_ERROR);
    return Stream.concat(
            Stream.of(0.06, 0.15, 0.4)
                .map(density -> SparseModel.of(dense, density, new RandomKey(3))),
            Stream.of(
                SparseModel.of(Lstm.of(2, 7, 2, Loss.SQUARED_ERROR), 0.1, new RandomKey(3)),
                SparseModel.of(
                    Gru.of(2, 8, 2, Loss.SQUARED_ERROR),
                    0.2,
                    SparseModel.Weights.ALL,
                    new RandomKey(3))))
        .map(model -> Problem.of(model, 9, 2, 72))
        .toList();
  }

  private static boolean takes(Algorithm algorithm, Problem problem) {
    boolean sparse = problem.model() instanceof SparseRowLocalModel;
    boolean interacting = !(problem.model() instanceof DiagonalModel);
    if (!sparse && !(problem.model() instanceof RowLocalModel)) {
      return false;
    }
    return switch (algorithm) {
      case RFLO -> !sparse && interacting && ((RowLocalModel) problem.model()).parts() == 1;
      case E_PROP -> !sparse && interacting;
      case SNAP_1 -> interacting;
      case KERNL -> !sparse;
      default -> true;
    };
  }

  private static double[] bptt(Problem problem) {
    return episode(Algorithm.BPTT, problem.setup(), problem, problem.sequence().length());
  }

  /**
   * Windows of 1 are the textbook's own form; longer ones take several steps in one product, and
   * those beyond a block several blocks.
   */
  @ParameterizedTest
  @MethodSource("textbook")
  void eachIsItsTextbookEquationOnWindowsOfAnyLength(Algorithm algorithm) {
    Stream.of(problems(), cells(), sparse())
        .flatMap(List::stream)
        .filter(problem -> takes(algorithm, problem))
        .forEach(problem -> agreesOnWindows(algorithm, problem));
  }

  private static void agreesOnWindows(Algorithm algorithm, Problem problem) {
    double[] expected = Textbook.of(algorithm).gradient(problem);
    int length = problem.sequence().length();
    for (Implementation implementation : Implementation.values()) {
      for (int window : new int[] {1, 2, 4, 5, length}) {
        int longest = Math.min(window, length);
        Setup setup = problem.setup().withImplementation(implementation).withWindow(longest);
        double[] actual = episode(algorithm, setup, problem, Episodes.every(longest, length));
        double error = error(actual, expected);
        assertTrue(
            error <= problem.floatTolerance(),
            () -> problem.model().name() + ", window " + window + ": relative error " + error);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("family")
  void everyPartitionGivesTheSameSum(Algorithm algorithm) {
    Problem problem = Problem.of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 6, 2, 21);
    double[] expected = episode(algorithm, problem.setup(), problem, 6);
    for (int bits = 0; bits < 1 << 5; bits++) {
      int[] ends = Episodes.partition(bits, 6);
      double error = error(episode(algorithm, problem.setup(), problem, ends), expected);
      assertTrue(
          error <= problem.floatTolerance(),
          () -> Arrays.toString(ends) + ": relative error " + error);
    }
  }

  /** On every network of the registry that it works on. */
  @ParameterizedTest
  @EnumSource(names = {"RFLO", "E_PROP", "SNAP_1", "KERNL", "DNI"})
  void theClaimBiasedShows(Algorithm algorithm) {
    for (Models network : Models.values()) {
      Problem problem = Problem.of(network.create(3, 5, 2, 0.6f, Loss.SQUARED_ERROR), 8, 1, 11);
      if (takes(algorithm, problem)) {
        double error = error(episode(algorithm, problem.setup(), problem, 8), bptt(problem));
        // Rounding explains a tenth of that at most.
        double rounding = 10 * problem.floatTolerance();
        assertTrue(error > rounding, () -> network + ": relative error " + error);
      }
    }
  }

  /**
   * One linear unit, α = ½, w = 2, v = 1, b = 0, readout 1 and 0, x = 1, 0, 2, y = 0:
   *
   * <pre>
   * s = ½ s + ½ (2 s + x):   ½,  ¾,  2⅛                q = s
   * RFLO, B ← ½ B + ½ z:     w: 0, ¼, ½      v: ½, ¼, 1⅛      b: ½, ¾, ⅞
   * SnAp, M ← 1½ M + ½ z:    w: 0, ¼, ¾      v: ½, ¾, 2⅛      b: ½, 1¼, 2⅜
   * </pre>
   *
   * <p>(SnAp is exact, as one unit is all there is.) The gradient is Σ q B or Σ q M, and the
   * readout's share Σ s², Σ s. Every number has few bits: single precision is exact.
   */
  @ParameterizedTest
  @MethodSource("textbook")
  void aUnitWorkedByHand(Algorithm algorithm) {
    Problem problem = handWorked();
    boolean local = algorithm == Algorithm.RFLO || algorithm == Algorithm.E_PROP;
    double[] expected = {
      0.75 * 0.25 + 2.125 * (local ? 0.5 : 0.75),
      0.5 * 0.5 + 0.75 * (local ? 0.25 : 0.75) + 2.125 * (local ? 1.125 : 2.125),
      0.5 * 0.5 + 0.75 * (local ? 0.75 : 1.25) + 2.125 * (local ? 0.875 : 2.375),
      0.5 * 0.5 + 0.75 * 0.75 + 2.125 * 2.125,
      0.5 + 0.75 + 2.125
    };
    for (int window = 1; window <= 3; window++) {
      int[] ends = Episodes.every(window, 3);
      assertArrayEquals(expected, episode(algorithm, problem.setup(), problem, ends));
    }
  }

  private static Problem handWorked() {
    LeakyRnn model =
        new LeakyRnn(
            1, 1, 1, 0.5f, Activation.IDENTITY, Loss.SQUARED_ERROR, Initialisation.GAUSSIAN, 1f);
    float[] theta = {2, 1, 0, 1, 0};
    float[] x = {1, 0, 2};
    return new Problem(model, theta, new Sequence(3, 1, 1, 1, x, new float[3]));
  }

  /**
   * The same unit with η = ½, J = 1½, u = (s, 0, 1):
   *
   * <pre>
   * t = 1:  A = 0                                                      c = 0
   * t = 2:  e = 0 − ½,               A = ¼ (½, 0, 1)                   c = ¾·⅛ + ¼
   * t = 3:  e = (¾·⅛ + ¼) − ¾,       A ← A − ½ e (¾, 0, 1)             c = 2⅛ A₁ + A₃
   * </pre>
   *
   * <p>(A′ is zero until after step 5), and ĝ = Σ c ½ (s′, x, 1).
   */
  @Test
  void dniOfAUnitWorkedByHand() {
    Problem problem = handWorked();
    double second = 0.75 * 0.125 + 0.25;
    double learned = 0.5 * (0.75 - second);
    double third = 2.125 * (0.125 + 0.75 * learned) + 0.25 + learned;
    double[] expected = {
      second * 0.5 * 0.5 + third * 0.5 * 0.75,
      third * 0.5 * 2,
      second * 0.5 + third * 0.5,
      0.5 * 0.5 + 0.75 * 0.75 + 2.125 * 2.125,
      0.5 + 0.75 + 2.125
    };
    for (int window = 1; window <= 3; window++) {
      assertArrayEquals(
          expected,
          episode(
              Algorithm.DNI,
              problem.setup().withInnerRate(0.5),
              problem,
              Episodes.every(window, 3)));
    }
  }

  /** At α = 1 nothing leaks, and the trace is the step's own: one-step truncation. */
  @Test
  void withoutALeakRfloIsBackpropagationCutAtEveryStep() {
    for (Activation activation : SMOOTH) {
      Problem problem = Problem.of(3, 5, 2, 1.0, activation, Loss.SQUARED_ERROR, 8, 2, 31);
      double[] expected = episode(Algorithm.BPTT, problem.setup(), problem, Episodes.every(1, 8));
      double error = error(episode(Algorithm.RFLO, problem.setup(), problem, 8), expected);
      assertTrue(error <= problem.floatTolerance(), () -> "relative error " + error);
    }
  }

  /** The local block of a leaky unit is its leak. */
  @Test
  void ePropHasTheBitsOfRfloWhereAUnitHasOnePart() {
    for (Problem problem : problems()) {
      int[] ends = Episodes.every(3, problem.sequence().length());
      assertArrayEquals(
          episode(Algorithm.RFLO, problem.setup(), problem, ends),
          episode(Algorithm.E_PROP, problem.setup(), problem, ends));
    }
  }

  /** A weight reaches its unit in one step and every unit in two. */
  @Test
  void snapOfOrderTwoIsRtrlOnADenseRecurrence() {
    for (Problem problem : problems()) {
      int[] ends = Episodes.every(3, problem.sequence().length());
      double[] rtrl = episode(Algorithm.RTRL, problem.setup(), problem, ends);
      double[] second = episode(Algorithm.SNAP_2, problem.setup(), problem, ends);
      assertTrue(error(second, rtrl) <= problem.floatTolerance());
      assertArrayEquals(second, episode(Algorithm.SNAP_3, problem.setup(), problem, ends));
    }
  }

  /** On sparse weights every order adds entries, and the diameter of the graph adds the last. */
  @Test
  void snapOfAnOrderAboveTheDiameterIsExactAndBelowItIsNot() {
    for (Problem problem : sparse()) {
      double[] exact = bptt(problem);
      int length = problem.sequence().length();
      int diameter = 0;
      for (int[] row : Cell.of(problem.model()).distances()) {
        for (int distance : row) {
          diameter = Math.max(diameter, distance < 1000 ? distance : 0);
        }
      }
      List<Algorithm> orders = List.of(Algorithm.SNAP_1, Algorithm.SNAP_2, Algorithm.SNAP_3);
      for (Algorithm algorithm : orders) {
        double error = error(episode(algorithm, problem.setup(), problem, length), exact);
        boolean all = orders.indexOf(algorithm) + 1 > diameter;
        // What the mask leaves out, from the two equations in double: nothing but their rounding,
        // or a part of the gradient that the estimator then lacks, too.
        double[] kept = Textbook.of(algorithm).gradient(problem);
        double gap = error(kept, Textbook.of(Algorithm.RTRL).gradient(problem));
        String what = algorithm + ", diameter " + diameter + ": relative error " + error;
        assertTrue(all ? gap <= 1e-12 : gap > 1e-6, () -> what + ", gap " + gap);
        assertEquals(gap, error, 2 * problem.floatTolerance(), what);
      }
      assertTrue(diameter > 1, "otherwise there is nothing to leave out");
      double error = error(episode(Algorithm.RTRL, problem.setup(), problem, 4, length), exact);
      assertTrue(error <= problem.floatTolerance(), () -> "RTRL: relative error " + error);
    }
  }

  /** Memory follows the entries that are kept: at density d, d P of them at order 1. */
  @Test
  void sparseInfluenceTakesTheMemoryOfItsEntries() {
    LeakyRnn dense = LeakyRnn.of(3, 96, 2, 0.6f, Loss.SQUARED_ERROR);
    SparseModel model = SparseModel.of(dense, 0.1, new RandomKey(4));
    Setup setup = Setup.of(model, 1);
    long weights = Math.round(0.1 * 96 * 96) + (3 + 1) * 96;
    long padded = weights + 96 * 15L; // whole panels of 16 a unit, at most
    long first = influence(Algorithm.SNAP_1.plan(setup));
    assertTrue(4 * weights <= first && first <= 4 * padded, () -> "SNAP_1: " + first);
    int[][] distance = Cell.of(model).distances();
    long states = 0;
    for (int[] row : distance) {
      states = Math.max(states, Arrays.stream(row).filter(steps -> steps < 2).count());
    }
    long second = influence(Algorithm.SNAP_2.plan(setup));
    long most = 4 * padded * states;
    assertTrue(first < second && second <= most, () -> "SNAP_2: " + second);
    assertTrue(Algorithm.RTRL.plan(setup).bytes() > 3 * Algorithm.SNAP_2.plan(setup).bytes());
  }

  private static long influence(Workspace plan) {
    return plan.ledger().get("influence of row 0");
  }

  /** Without weights between units there is nothing to leave out. */
  @Test
  void snapOfOrderOneIsExactWhereUnitsDoNotInteract() {
    Problem dense = Problem.of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, 8, 2, 51);
    float[] theta = dense.theta().clone();
    for (int w = 0; w < 5 * 5; w++) {
      theta[w] = w / 5 == w % 5 ? theta[w] : 0;
    }
    Problem diagonal = new Problem(dense.model(), theta, dense.sequence());
    double[] full = bptt(diagonal);
    double[] snap = episode(Algorithm.SNAP_1, diagonal.setup(), diagonal, 3, 8);
    // A weight between units that is zero has a gradient; SnAp leaves nothing out of it either, for
    // what it moves stays in its unit.
    assertTrue(error(snap, full) <= diagonal.floatTolerance());
    for (Problem problem : cells()) {
      int[] ends = Episodes.every(3, problem.sequence().length());
      if (problem.model() instanceof DiagonalModel) { // where order 2 keeps what order 1 keeps
        double[] second = episode(Algorithm.SNAP_2, problem.setup(), problem, ends);
        double error = error(second, bptt(problem));
        assertTrue(error <= problem.floatTolerance(), () -> problem.model().name() + ": " + error);
        IllegalArgumentException refusal =
            assertThrows(
                IllegalArgumentException.class, () -> Algorithm.SNAP_1.create(problem.setup()));
        assertTrue(refusal.getMessage().contains("use RTRL_DIAGONAL"), refusal.getMessage());
      }
    }
  }

  /** A rate that rounds to nothing leaves A at I and κ at the leak. */
  @Test
  void kernlThatDoesNotLearnIsRflo() {
    for (Problem problem : problems()) {
      int[] ends = Episodes.every(4, problem.sequence().length());
      double[] rflo = episode(Algorithm.RFLO, problem.setup(), problem, ends);
      Setup frozen = problem.setup().withInnerRate(1e-300);
      double error = error(episode(Algorithm.KERNL, frozen, problem, ends), rflo);
      assertTrue(error <= problem.floatTolerance(), () -> "relative error " + error);
      double[] learning = episode(Algorithm.KERNL, tuned(problem.setup()), problem, ends);
      assertTrue(error(learning, rflo) > 10 * problem.floatTolerance(), "and it learns");
    }
  }

  /** Scales at which the learned parts move within a short sequence. */
  private static Setup tuned(Setup setup) {
    return setup.withSigma(0.2).withInnerRate(0.3).withNoise(ApproximateRtrlContract::noise);
  }

  /** A noise that a textbook can draw, too. */
  private static void noise(
      RandomKey key, int unroll, int particle, float[] out, int outAt, int count) {
    for (int i = 0; i < count; i++) {
      out[outAt + i] = (float) Math.sin(1.3 * unroll + 2.1 * particle + 0.7 * i * i);
    }
  }

  /** {@link #tuned} DNI in double. */
  private static double[] dni(Problem problem) {
    Sequence sequence = problem.sequence();
    RowLocalTape tape = Cell.of(problem.model()).tape(sequence.length(), sequence.batch());
    double[] gradient = readout(problem, tape);
    float[] theta = problem.theta();
    int width = problem.model().stateSize();
    int m = sequence.targetSize();
    int batch = sequence.batch();
    double rate = (float) tuned(problem.setup()).innerRate();
    double[][] map = new double[width][width + m + 1];
    double[][] older = new double[width][width + m + 1];
    double[][] before = new double[batch][];
    float[] qBefore = new float[batch * width];
    for (int t = 0; t < sequence.length(); t++) {
      double[][] seen = new double[batch][width + m + 1];
      float[] q = new float[batch * width];
      tape.stateGradient(theta, sequence, t, q, 0);
      double[][] update = new double[width][width + m + 1];
      for (int row = 0; row < batch; row++) {
        float[] state = new float[width];
        tape.state(t, row, state, 0);
        for (int i = 0; i < width; i++) {
          seen[row][i] = state[i];
        }
        for (int k = 0; k < m; k++) {
          seen[row][width + k] = sequence.targets()[sequence.targetAt(t) + row * m + k];
        }
        seen[row][width + m] = 1;
        float[] jacobian = new float[width * width];
        tape.jacobianTransposed(theta, t, row, jacobian, 0);
        double[] later = times(older, seen[row]);
        for (int i = 0; t > 0 && i < width; i++) {
          double e = times(map, before[row])[i] - qBefore[row * width + i];
          for (int k = 0; k < width; k++) {
            e -= later[k] * jacobian[i * width + k];
          }
          for (int j = 0; j < seen[row].length; j++) {
            update[i][j] += e * before[row][j];
          }
        }
      }
      for (int i = 0; i < width; i++) {
        for (int j = 0; j < map[i].length; j++) {
          map[i][j] -= rate / batch * update[i][j];
        }
      }
      for (int row = 0; row < batch; row++) {
        addImmediate(problem, tape, t, row, times(map, seen[row]), gradient);
        before[row] = seen[row];
      }
      qBefore = q;
      if (t % 5 == 4) {
        older = Arrays.stream(map).map(double[]::clone).toArray(double[][]::new);
      }
    }
    return gradient;
  }

  private static double[] times(double[][] a, double[] x) {
    double[] y = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += a[i][j] * x[j];
      }
    }
    return y;
  }

  /** Gradient += nu M̄ₜ. */
  private static void addImmediate(
      Problem problem, RowLocalTape tape, int t, int row, double[] nu, double[] gradient) {
    Cell cell = Cell.of(problem.model());
    int n = cell.dense.units();
    int gates = cell.dense.gates();
    float[] gains = new float[nu.length * gates];
    float[] sources = new float[cell.dense.sources()];
    tape.gains(t, row, gains, 0);
    tape.sources(problem.sequence(), t, row, sources, 0);
    for (int k = 0; k < nu.length; k++) {
      for (int gate = 0; gate < gates; gate++) {
        for (int source = 0; source < sources.length; source++) {
          int p = cell.parameterAt(source, gate, k % n);
          if (p >= 0) {
            double own = (double) gains[(k / n * gates + gate) * n + k % n] * sources[source];
            gradient[p] += nu[k] * own;
          }
        }
      }
    }
  }

  /** {@link #tuned} KeRNL in double; the copy of the network runs in single precision. */
  private static double[] kernl(Problem problem) {
    Sequence sequence = problem.sequence();
    Cell cell = Cell.of(problem.model());
    RowLocalTape tape = cell.tape(sequence.length(), sequence.batch());
    double[] gradient = readout(problem, tape);
    float[] theta = problem.theta();
    Setup setup = tuned(problem.setup());
    int n = cell.dense.units();
    int width = problem.model().stateSize();
    int batch = sequence.batch();
    double rate = (float) setup.innerRate();
    Rollout copy =
        problem.model().rollout(Implementation.SCALAR.kernels(), Workspace.allocating(), 1, batch);
    float[] noisy = new float[batch * width];
    double[][] a = new double[width][width];
    double[] alpha = new double[width];
    for (int row = 0; row < batch; row++) {
      float[] local = new float[cell.dense.parts() * width];
      tape.local(0, row, local, 0);
      for (int k = 0; k < width; k++) {
        alpha[k] += (1.0 - local[(k / n * cell.dense.parts() + k / n) * n + k % n]) / batch;
        a[k][k] = 1;
      }
    }
    double[][] omega = new double[batch][width];
    double[][] gamma = new double[batch][width];
    double[][][] trace = new double[batch][width][theta.length];
    for (int t = 0; t < sequence.length(); t++) {
      copy.run(theta, sequence, t, t + 1, noisy, 0, 0);
      double[][] aUpdate = new double[width][width];
      double[] alphaUpdate = new double[width];
      double[] kappa = new double[width];
      for (int k = 0; k < width; k++) {
        kappa[k] = Math.max(0, 1 - alpha[k]);
      }
      for (int row = 0; row < batch; row++) {
        float[] zeta = new float[width];
        noise(null, t, row, zeta, 0, width);
        float[] state = new float[width];
        tape.state(t, row, state, 0);
        for (int k = 0; k < width; k++) {
          noisy[row * width + k] += (float) setup.sigma() * zeta[k];
          gamma[row][k] = kappa[k] * gamma[row][k] - omega[row][k];
          omega[row][k] = kappa[k] * omega[row][k] + (float) setup.sigma() * zeta[k];
        }
        double[] predicted = times(a, omega[row]);
        for (int k = 0; k < width; k++) {
          double e = predicted[k] - (noisy[row * width + k] - state[k]);
          for (int j = 0; j < width; j++) {
            aUpdate[k][j] += e * omega[row][j];
            alphaUpdate[j] += e * a[k][j] * gamma[row][j];
          }
        }
      }
      for (int k = 0; k < width; k++) {
        alpha[k] -= rate / batch * alphaUpdate[k];
        for (int j = 0; j < width; j++) {
          a[k][j] -= rate / batch * aUpdate[k][j];
        }
      }
      float[] q = new float[batch * width];
      tape.stateGradient(theta, sequence, t, q, 0);
      for (int row = 0; row < batch; row++) {
        for (int k = 0; k < width; k++) {
          double signal = 0;
          for (int i = 0; i < width; i++) {
            signal += q[row * width + i] * a[i][k];
          }
          double[] unit = new double[width];
          unit[k] = 1;
          double[] own = new double[theta.length];
          addImmediate(problem, tape, t, row, unit, own);
          for (int p = 0; p < theta.length; p++) {
            trace[row][k][p] = kappa[k] * trace[row][k][p] + own[p];
            gradient[p] += signal * trace[row][k][p];
          }
        }
      }
    }
    return gradient;
  }

  private static double[] reference(Algorithm algorithm, Problem problem) {
    return switch (algorithm) {
      case DNI -> dni(problem);
      case KERNL -> kernl(problem);
      default -> Textbook.of(algorithm).gradient(problem);
    };
  }

  @Test
  void theLearningOnesAreTheirEquationsInDouble() {
    for (Algorithm algorithm : List.of(Algorithm.KERNL, Algorithm.DNI)) {
      List<Problem> some =
          List.of(
              Problem.reference(),
              problems().get(1),
              cells().get(1),
              cells().get(3),
              cells().get(4));
      for (Problem problem : some) {
        double[] expected = reference(algorithm, problem);
        int length = problem.sequence().length();
        for (int window : new int[] {1, 3, length}) {
          int[] ends = Episodes.every(window, length);
          double error = error(episode(algorithm, tuned(problem.setup()), problem, ends), expected);
          assertTrue(
              error <= problem.floatTolerance(),
              () -> algorithm + " on " + problem.model().name() + ": relative error " + error);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("family")
  void theLedgerIsTheFormulaOnCellsOfSeveralPartsAndGates(Algorithm algorithm) {
    for (Problem problem : cells()) {
      if (takes(algorithm, problem) && !(problem.model() instanceof DiagonalModel)) {
        for (int window : new int[] {1, 70}) {
          Setup setup = problem.setup().withWindow(window);
          assertEquals(
              MemoryFormula.bytes(algorithm, setup),
              algorithm.plan(setup).bytes(),
              problem.model().name() + " at window " + window);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("family")
  void everyCellRunsTheSameBitsOnScalarAndVectorKernelsAndThreads(Algorithm algorithm) {
    Stream.of(cells(), sparse())
        .flatMap(List::stream)
        .filter(problem -> takes(algorithm, problem))
        .forEach(
            problem -> {
              int[] ends = Episodes.every(3, problem.sequence().length());
              Setup scalar = problem.setup().withImplementation(Implementation.SCALAR);
              double[] expected = episode(algorithm, scalar, problem, ends);
              try (Workers workers = Workers.of(3)) {
                Setup vector = problem.setup().withWorkers(workers);
                assertArrayEquals(expected, episode(algorithm, vector, problem, ends));
              }
            });
  }

  // Planted bugs.

  /** What a tape tells the estimator, made wrong. */
  private enum Lie {
    LEAK_FORGOTTEN,
    LEAK_TWICE,
    SOURCES_OF_THE_STEP_BEFORE,
    Q_OF_THE_STEP_BEFORE,
    GAINS_OF_THE_STEP_BEFORE,
    ROWS_SWAPPED,
    STATE_OF_THE_STEP_BEFORE,
    READOUT_FORGOTTEN,
    JACOBIAN_TRANSPOSED,
    IMMEDIATE_INFLUENCE_OF_THE_STEP_BEFORE;

    Object tell(RowLocalModel model, Object tape, Method method, Object[] arguments)
        throws IllegalAccessException {
      Object[] changed = arguments == null ? null : arguments.clone();
      String name = method.getName();
      if (this == STATE_OF_THE_STEP_BEFORE && name.equals("state")) {
        changed[0] = Math.max((int) changed[0] - 1, 0);
      }
      if (this == IMMEDIATE_INFLUENCE_OF_THE_STEP_BEFORE && name.equals("vjpParametersAdd")) {
        changed[2] = Math.max((int) changed[2] - 1, 0);
      }
      if (this == SOURCES_OF_THE_STEP_BEFORE && name.equals("sources")) {
        changed[1] = Math.max((int) changed[1] - 1, 0);
      }
      if (this == GAINS_OF_THE_STEP_BEFORE && name.equals("gains")) {
        changed[0] = Math.max((int) changed[0] - 1, 0);
      }
      if (this == Q_OF_THE_STEP_BEFORE && name.equals("stateGradient")) {
        changed[2] = Math.max((int) changed[2] - 1, 0);
      }
      if (this == ROWS_SWAPPED && name.equals("sources")) {
        changed[2] = 1 - (int) changed[2];
      }
      if (this == READOUT_FORGOTTEN && name.equals("lossParametersAdd")) {
        return null;
      }
      Object result = invoke(method, tape, changed);
      if (name.equals("local") && (this == LEAK_FORGOTTEN || this == LEAK_TWICE)) {
        float[] out = (float[]) arguments[2];
        int at = (int) arguments[3];
        for (int i = at; i < at + model.parts() * model.stateSize(); i++) {
          out[i] = this == LEAK_TWICE ? out[i] * out[i] : 0;
        }
      }
      if (name.equals("jacobianTransposed") && this == JACOBIAN_TRANSPOSED) {
        float[] out = (float[]) arguments[3];
        int width = model.stateSize();
        int at = (int) arguments[4];
        float[] copy = Arrays.copyOfRange(out, at, at + width * width);
        for (int i = 0; i < width * width; i++) {
          out[at + i] = copy[i % width * width + i / width];
        }
      }
      return result;
    }

    private static Object invoke(Method method, Object on, Object[] arguments)
        throws IllegalAccessException {
      try {
        return method.invoke(on, arguments);
      } catch (InvocationTargetException e) {
        throw (RuntimeException) e.getCause(); // no method of a model or tape declares another
      }
    }

    /** The model whose tapes lie. */
    RowLocalModel model(RowLocalModel real) {
      return proxy(
          RowLocalModel.class,
          real,
          result ->
              result instanceof RowLocalTape tape
                  ? Proxy.newProxyInstance(
                      RowLocalTape.class.getClassLoader(),
                      new Class<?>[] {RowLocalTape.class},
                      (self, method, arguments) ->
                          method.isDefault() // in terms of what lies
                              ? InvocationHandler.invokeDefault(self, method, arguments)
                              : tell(real, tape, method, arguments))
                  : result);
    }

    private static <T> T proxy(Class<T> type, T real, UnaryOperator<Object> change) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, arguments) -> change.apply(invoke(method, real, arguments))));
    }
  }

  private static final int LIE_LENGTH = 8;

  private static boolean passes(Algorithm algorithm, Problem problem, Setup setup) {
    double[] expected = reference(algorithm, problem);
    return Stream.of(1, 3, LIE_LENGTH)
        .map(window -> episode(algorithm, setup, problem, Episodes.every(window, LIE_LENGTH)))
        .allMatch(actual -> error(actual, expected) <= problem.floatTolerance());
  }

  @ParameterizedTest
  @MethodSource("family")
  void aTapeThatLiesIsCaught(Algorithm algorithm) {
    Problem problem =
        Problem.of(3, 5, 2, 0.6, Activation.TANH, Loss.SQUARED_ERROR, LIE_LENGTH, 2, 41);
    Setup setup = tuned(problem.setup());
    assertTrue(passes(algorithm, problem, setup));
    Set<Lie> unused = unused(algorithm);
    for (Lie lie : Lie.values()) {
      Setup bugged = setup.withModel(lie.model((RowLocalModel) problem.model()));
      assertEquals(
          unused.contains(lie), passes(algorithm, problem, bugged), algorithm + ", " + lie);
    }
  }

  /** Lies about what an algorithm does not ask for. */
  private static Set<Lie> unused(Algorithm algorithm) {
    Set<Lie> unused = EnumSet.of(Lie.IMMEDIATE_INFLUENCE_OF_THE_STEP_BEFORE);
    if (algorithm != Algorithm.DNI && algorithm != Algorithm.KERNL) {
      unused.add(Lie.STATE_OF_THE_STEP_BEFORE);
    }
    switch (algorithm) {
      case RFLO, E_PROP, SNAP_1, KERNL -> unused.add(Lie.JACOBIAN_TRANSPOSED);
      case SNAP_2, SNAP_3 -> unused.addAll(Set.of(Lie.LEAK_FORGOTTEN, Lie.LEAK_TWICE));
      case RTRL -> // which backpropagates inside the window
          unused.addAll(
              Set.of(
                  Lie.LEAK_FORGOTTEN,
                  Lie.LEAK_TWICE,
                  Lie.Q_OF_THE_STEP_BEFORE,
                  Lie.READOUT_FORGOTTEN));
      default -> {
        return EnumSet.of(
            Lie.LEAK_FORGOTTEN,
            Lie.LEAK_TWICE,
            Lie.GAINS_OF_THE_STEP_BEFORE,
            Lie.SOURCES_OF_THE_STEP_BEFORE,
            Lie.ROWS_SWAPPED);
      }
    }
    return unused;
  }

  @ParameterizedTest
  @MethodSource("textbook")
  void aTextbookReadTooEarlyIsCaught(Algorithm algorithm) {
    Problem problem = Problem.reference();
    Textbook right = Textbook.of(algorithm);
    double[] actual = episode(algorithm, problem.setup(), problem, 3, 8);
    Textbook wrong = new Textbook(right.carrier, right.order, Slip.READ_BEFORE_UPDATE);
    double tolerance = problem.floatTolerance();
    assertTrue(error(actual, right.gradient(problem)) <= tolerance);
    assertTrue(error(actual, wrong.gradient(problem)) > 100 * tolerance);
  }

  @ParameterizedTest
  @EnumSource(names = {"SNAP_2", "SNAP_3"})
  void aMaskTheWrongWayRoundOrOneStepShortIsCaught(Algorithm algorithm) {
    Problem problem = sparse().get(1);
    Textbook right = Textbook.of(algorithm);
    double[] actual = episode(algorithm, problem.setup(), problem, 4, 9);
    double tolerance = problem.floatTolerance();
    assertTrue(error(actual, right.gradient(problem)) <= tolerance);
    for (Slip slip : List.of(Slip.MASK_TRANSPOSED, Slip.MASK_ONE_SHORT)) {
      double[] wrong = new Textbook(right.carrier, right.order, slip).gradient(problem);
      assertTrue(error(actual, wrong) > 10 * tolerance, slip.name());
    }
  }

  @Test
  void theLeakOfACellOfTwoPartsIsRefusedNamingWhatWorks() {
    Problem problem = cells().get(3);
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Algorithm.RFLO.create(problem.setup()));
    assertTrue(refusal.getMessage().contains("2 state parts"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("use E_PROP or SNAP_1"), refusal.getMessage());
  }

  @Test
  void aModelWithoutRowLocalParametersIsRefusedNamingWhatWorks() {
    for (Algorithm algorithm : family()) {
      if (algorithm == Algorithm.RTRL) {
        continue; // takes every model with stepwise derivatives
      }
      Problem problem = Problem.reference();
      StepModel hidden =
          Lie.proxy(StepModel.class, (StepModel) problem.model(), UnaryOperator.identity());
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class,
              () -> algorithm.create(problem.setup().withModel(hidden)));
      assertTrue(refusal.getMessage().startsWith(algorithm + ": "), refusal.getMessage());
      assertTrue(refusal.getMessage().contains("use "), refusal.getMessage());
    }
  }
}
