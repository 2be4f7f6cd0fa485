package kobai.experiments;

import java.util.ArrayList;
import java.util.List;
import kobai.data.Sequence;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import kobai.optimisers.Optimiser;
import kobai.optimisers.Optimisers;
import kobai.random.RandomKey;
import kobai.tasks.Task;

/**
 * A short training run, enough to see that a loss falls: every iteration draws a fresh sequence,
 * starts an episode and updates θ after each of its windows.
 *
 * <p>A run is a pure function of its settings: the same seed gives the same bits on any number of
 * threads.
 *
 * @param algorithm the estimator
 * @param setup the model, the batch and the window; the last window of a sequence may be shorter
 * @param task where sequences come from
 * @param length steps of a sequence
 * @param optimiser the optimiser
 * @param rate its learning rate
 * @param iterations number of iterations
 * @param seed of the initial θ, the sequences and the perturbations
 */
public record Training(
    Algorithm algorithm,
    Setup setup,
    Task task,
    int length,
    Optimisers optimiser,
    double rate,
    int iterations,
    long seed) {
  /** Iterations that the running mean looks back over. */
  public static final int RUNNING = 20;

  public Training {
    List<String> problems = new ArrayList<>();
    check(problems, iterations >= 1, "iterations = %s: must be at least 1", iterations);
    check(problems, length >= 1, "length = %s: must be at least 1", length);
    check(
        problems,
        length < 1 || setup.window() <= length,
        "window = %s: must be at most the length, %s",
        setup.window(),
        length);
    check(
        problems,
        setup.model().inputSize() == task.inputSize(),
        "model: input size = %s: must be %s for the task %s",
        setup.model().inputSize(),
        task.inputSize(),
        task.name());
    check(
        problems,
        setup.model().targetSize() == task.targetSize(),
        "model: target size = %s: must be %s for the task %s",
        setup.model().targetSize(),
        task.targetSize(),
        task.name());
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
  }

  /** How a run ended. */
  public sealed interface Outcome {
    /** All iterations were done. */
    record Completed() implements Outcome {}

    /**
     * A loss, a gradient or θ stopped being finite.
     *
     * @param iteration where, from 0; the run ended there, and the result holds θ as it was then
     */
    record Diverged(int iteration) implements Outcome {}
  }

  /**
   * One iteration.
   *
   * @param iteration from 0
   * @param loss mean over the steps of the sequence (and the rows of the batch), at the θ of each
   *     window: nats a step for a cross-entropy
   * @param runningMean mean of the losses of the last {@link #RUNNING} iterations, this one
   *     included
   * @param gradientNorm root mean square over the windows of the norm of the estimate
   */
  public record Point(int iteration, double loss, double runningMean, double gradientNorm) {}

  /**
   * A run.
   *
   * @param outcome how it ended
   * @param points one an iteration, the diverged one included
   * @param theta final θ [P]
   * @param bytes memory of the estimator and the optimiser, by their ledgers
   */
  public record Result(Outcome outcome, List<Point> points, float[] theta, long bytes) {
    public Result {
      points = List.copyOf(points);
    }

    /** The running mean of the last iteration. */
    public double finalLoss() {
      return points.getLast().runningMean();
    }
  }

  /** Hears of progress. */
  public interface Listener {
    /** Called after every iteration, on the thread of the run. */
    void finished(Point point);
  }

  /** Runs without a listener. */
  public Result run() {
    return run(point -> {});
  }

  /** Runs. All memory is taken before the first iteration, except the list of points. */
  public Result run(Listener listener) {
    RandomKey key = new RandomKey(seed);
    int parameters = setup.model().parameters().count();
    GradientEstimator estimator = algorithm.create(setup);
    Workspace workspace = Workspace.allocating();
    Optimiser steps = optimiser.create(setup.kernels(), workspace, parameters, rate);
    float[] theta = new float[parameters];
    float[] gradient = new float[parameters];
    Sequence sequence = task.allocate(length, setup.batch());
    setup.model().initialise(key.child("theta"), theta);
    List<Point> points = new ArrayList<>(iterations);
    Outcome outcome = new Outcome.Completed();
    for (int iteration = 0; iteration < iterations; iteration++) {
      task.fill(key.child("data").child(iteration), sequence);
      estimator.reset(key.child("estimates").child(iteration).seed());
      double loss = 0;
      double squares = 0;
      int windows = 0;
      boolean finite = true;
      for (int from = 0; from < length && finite; from += setup.window()) {
        int to = Math.min(from + setup.window(), length);
        loss += estimator.estimate(theta, sequence, from, to, gradient);
        squares += squaredNorm(gradient);
        windows++;
        finite = Double.isFinite(loss) && Double.isFinite(squares);
        if (finite) {
          steps.update(theta, gradient);
        }
      }
      finite = finite && Double.isFinite(squaredNorm(theta));
      points.add(point(points, iteration, loss / length, Math.sqrt(squares / windows)));
      listener.finished(points.getLast());
      if (!finite) {
        outcome = new Outcome.Diverged(iteration);
        break;
      }
    }
    return new Result(
        outcome, points, theta, Math.addExact(estimator.workspace().bytes(), workspace.bytes()));
  }

  private static Point point(List<Point> before, int iteration, double loss, double gradientNorm) {
    double sum = loss;
    int first = Math.max(0, iteration - RUNNING + 1);
    for (int i = first; i < iteration; i++) {
      sum += before.get(i).loss();
    }
    return new Point(iteration, loss, sum / (iteration - first + 1), gradientNorm);
  }

  private static double squaredNorm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return sum;
  }

  private static void check(
      List<String> problems, boolean holds, String message, Object... values) {
    if (!holds) {
      problems.add(message.formatted(values));
    }
  }
}
