package kobai.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.Loss;
import kobai.models.Models;
import kobai.models.Rollout;
import kobai.random.RandomKey;

/**
 * How far is an online gradient from what it cannot do without? Ratios of times a step, one thread,
 * both sides in one run and by turns; one command prints them:
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp bench/target/kobai.jar kobai.bench.EstimatorSpeed [units …]
 * </pre>
 *
 * <ul>
 *   <li>RFLO, E_PROP, SNAP_1 and UORO of a leaky network against moving what each of them has to
 *       move: read θ, read and write as many traces, write the gradient; a copy and a scaling of P
 *       floats.
 *   <li>RTRL_DIAGONAL of a linear recurrent unit against the forward pass alone.
 * </ul>
 *
 * <p>Surprising answers would be a ratio above 3 at window 1 as long as all of it fits the
 * second-level cache. Beyond, a gradient and its traces displace θ, which a forward pass alone
 * keeps.
 *
 * <p>Decision: a main method and not a benchmark of JMH, which times one thing a virtual machine: a
 * ratio of two machines' times follows their clock. The least time of many rounds counts.
 */
public final class EstimatorSpeed {
  private static final int STEPS = 100;
  private static final int OTHER_SIZE = 32;
  private static final int[] WINDOWS = {1, 10, 100};
  private static final double WARM_SECONDS = 2;
  private static final double ROUND_SECONDS = 0.01;
  private static final int ROUNDS = 60;
  private static final double NANOS = 1e9;

  private EstimatorSpeed() {}

  /** A thing to time; {@code steps} time steps a run. */
  private record Timed(String name, int steps, Runnable run, int against) {}

  /**
   * Prints the ratios.
   *
   * @param args numbers of hidden units; 64, 128 and 256 if none
   */
  public static void main(String[] args) {
    int[] sizes = args.length == 0 ? new int[] {64, 128, 256} : new int[args.length];
    for (int i = 0; i < args.length; i++) {
      sizes[i] = Integer.parseInt(args[i]);
      if (sizes[i] < 1) {
        throw new IllegalArgumentException("units = %d: must be at least 1".formatted(sizes[i]));
      }
    }
    for (int n : sizes) {
      approximate(n);
      exact(n, OTHER_SIZE);
      if (n != OTHER_SIZE) {
        exact(n, n);
      }
    }
  }

  /** Approximations of RTRL on a leaky network. */
  private static void approximate(int n) {
    Kernels kernels = Implementation.VECTOR.kernels();
    DifferentiableModel model =
        Models.LEAKY_RNN.create(OTHER_SIZE, n, OTHER_SIZE, 0.5f, Loss.SQUARED_ERROR);
    float[] theta = theta(model);
    Sequence sequence = sequence(model);
    float[] traces = new float[theta.length];
    float[] gradient = new float[theta.length];
    List<Timed> all = new ArrayList<>();
    all.add(
        new Timed(
            "n = %d: θ read, traces read and written, ĝ written".formatted(n),
            1,
            () -> {
              kernels.scale(0.5f, traces, 0, traces.length);
              System.arraycopy(theta, 0, gradient, 0, theta.length);
            },
            0));
    for (int window : WINDOWS) {
      for (Algorithm algorithm :
          new Algorithm[] {Algorithm.RFLO, Algorithm.E_PROP, Algorithm.SNAP_1, Algorithm.UORO}) {
        all.add(
            new Timed(
                "  %s, K = %d".formatted(algorithm, window),
                STEPS,
                episode(algorithm, Setup.of(model, window), theta, sequence),
                0));
      }
    }
    print(all);
  }

  /** The exact online gradient of a linear recurrent unit with d = m. */
  private static void exact(int n, int d) {
    Kernels kernels = Implementation.VECTOR.kernels();
    DifferentiableModel model = Models.LRU.create(d, n, d, 1f, Loss.SQUARED_ERROR);
    float[] theta = theta(model);
    Sequence sequence = sequence(model);
    List<Timed> all = new ArrayList<>();
    for (int window : WINDOWS) {
      Rollout rollout = model.rollout(kernels, Workspace.allocating(), window, 1);
      float[] state = new float[model.stateSize()];
      IntConsumer forward =
          t -> rollout.run(theta, sequence, t, Math.min(t + window, STEPS), state, 0, 0);
      all.add(
          new Timed(
              "LRU n = %d, d = m = %d, K = %d: forward".formatted(n, d, window),
              STEPS,
              () -> {
                for (int t = 0; t < STEPS; t += window) {
                  forward.accept(t);
                }
              },
              all.size()));
      all.add(
          new Timed(
              "  " + Algorithm.RTRL_DIAGONAL,
              STEPS,
              episode(Algorithm.RTRL_DIAGONAL, Setup.of(model, window), theta, sequence),
              all.size() - 1));
    }
    print(all);
  }

  private static float[] theta(DifferentiableModel model) {
    float[] theta = new float[model.parameters().count()];
    model.initialise(new RandomKey(1), theta);
    return theta;
  }

  private static Sequence sequence(DifferentiableModel model) {
    Sequence sequence = Sequence.allocate(STEPS, 1, model.inputSize(), model.targetSize());
    float[] x = sequence.inputs();
    Implementation.SCALAR.kernels().gaussian(new RandomKey(2).seed(), 0, 0, 0, x, 0, x.length);
    return sequence;
  }

  private static Runnable episode(
      Algorithm algorithm, Setup setup, float[] theta, Sequence sequence) {
    GradientEstimator estimator = algorithm.create(setup);
    float[] gradient = new float[theta.length];
    int window = setup.window();
    return () -> {
      estimator.reset(1);
      for (int t = 0; t < STEPS; t += window) {
        estimator.estimate(theta, sequence, t, Math.min(t + window, STEPS), gradient);
      }
    };
  }

  /** Warms all of them, then times them by turns. */
  private static void print(List<Timed> all) {
    double[] best = new double[all.size()];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    for (Timed timed : all) {
      least(timed, WARM_SECONDS);
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < best.length; i++) {
        best[i] = Math.min(best[i], least(all.get(i), ROUND_SECONDS));
      }
    }
    for (int i = 0; i < best.length; i++) {
      Timed timed = all.get(i);
      System.out.printf(
          "%-52s %9.2f µs a step%s%n",
          timed.name,
          1e-3 * best[i],
          timed.against == i ? "" : "  %5.2f ×".formatted(best[i] / best[timed.against]));
    }
  }

  /** The least time in ns of a step in runs of that many seconds altogether. */
  private static double least(Timed timed, double seconds) {
    double least = Double.POSITIVE_INFINITY;
    long end = System.nanoTime() + (long) (seconds * NANOS);
    do {
      long start = System.nanoTime();
      timed.run.run();
      least = Math.min(least, (double) (System.nanoTime() - start) / timed.steps);
    } while (System.nanoTime() < end);
    return least;
  }
}
