package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.memory.Workspace;
import kobai.models.LeakyRnn;
import kobai.optimisers.Optimisers;
import kobai.random.RandomKey;

/**
 * One network and one stream that online learning algorithms are compared on: how low each gets,
 * and how the gradients of all of them compare along the path of one.
 *
 * @param model the network
 * @param stream its data, read once
 * @param rate of stochastic gradient descent
 * @param dniRate rate at which DNI learns its synthetic gradients
 * @param key of the initial θ and of the signs
 */
record OnlineComparison(
    LeakyRnn model, Sequence stream, double rate, double dniRate, RandomKey key) {
  /** Points of the curve of the loss. */
  static final int BLOCKS = 40;

  /** Blocks at the end that the final loss is the mean of. */
  static final int LAST_BLOCKS = 4;

  /** Steps from one comparison of gradients to the next. */
  static final int EVERY = 10;

  /** Loss by step, the mean of a block. */
  static final String LOSS = "loss";

  /** Mean loss of the last blocks; NaN if the run diverged. */
  static final String FINAL = "final loss";

  /**
   * Trains with one method. Records {@link #LOSS} at the end of every block, NaN from the one on in
   * which the run diverged, and {@link #FINAL}.
   */
  void train(OnlineMethod method, Recorder recorder) {
    float[] theta = theta();
    GradientEstimator estimator = estimator(method);
    int recurrent = recurrent();
    double[] sums = new double[BLOCKS];
    int length = stream.length();
    OnlineTraining.Watcher watcher =
        (from, to, loss, at, gradient) -> {
          sums[(int) ((long) from * BLOCKS / length)] += loss;
          if (method == OnlineMethod.FIXED) {
            Arrays.fill(gradient, 0, recurrent, 0f);
          }
          if (from % 1000 < method.window()) {
            recorder.progress((double) from / length);
          }
        };
    int done = training(estimator, method).run(theta, watcher);
    double last = 0;
    for (int block = 0; block < BLOCKS; block++) {
      int begin = (int) ((long) block * length / BLOCKS);
      int end = (int) ((long) (block + 1) * length / BLOCKS);
      double mean = end <= done ? sums[block] / (end - begin) : Double.NaN;
      recorder.point(LOSS, end, mean);
      last += block >= BLOCKS - LAST_BLOCKS ? mean / LAST_BLOCKS : 0;
    }
    recorder.value(FINAL, last);
  }

  /**
   * Trains with {@code driver}, the others in its shadow: at the same θ, on the same steps, but not
   * moving θ. Records for every pair the mean cosine of their gradients of the recurrent parameters
   * (weights into the units and their biases), {@link #pair}, over every {@link #EVERY}-th step of
   * the second half. Windows of one step only.
   */
  void align(OnlineMethod driver, List<OnlineMethod> methods, Recorder recorder) {
    float[] theta = theta();
    List<GradientEstimator> shadows = new ArrayList<>();
    for (OnlineMethod method : methods) {
      shadows.add(estimator(method));
    }
    int n = methods.size();
    float[][] gradients = new float[n][theta.length];
    double[][] cosines = new double[n][n];
    int recurrent = recurrent();
    int[] compared = {0};
    int length = stream.length();
    OnlineTraining.Watcher watcher =
        (from, to, loss, at, gradient) -> {
          for (int i = 0; i < n; i++) {
            shadows.get(i).estimate(at, stream, from, to, gradients[i]);
          }
          if (from >= length / 2 && from % EVERY == 0) {
            compared[0]++;
            for (int i = 0; i < n; i++) {
              for (int j = 0; j < i; j++) {
                cosines[i][j] += Cosine.of(gradients[i], gradients[j], recurrent);
              }
            }
          }
          if (from % 1000 == 0) {
            recorder.progress((double) from / length);
          }
        };
    training(estimator(driver), driver).run(theta, watcher);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        recorder.value(pair(methods.get(j), methods.get(i)), cosines[i][j] / compared[0]);
      }
    }
  }

  /** The metric of a pair of methods, in the order of the enum. */
  static String pair(OnlineMethod one, OnlineMethod other) {
    return one.compareTo(other) < 0
        ? "cosine of " + one + " and " + other
        : "cosine of " + other + " and " + one;
  }

  private float[] theta() {
    float[] theta = new float[model.parameters().count()];
    model.initialise(key.child("theta"), theta);
    return theta;
  }

  private int recurrent() {
    return model.parameters().tensor("readout").at();
  }

  private GradientEstimator estimator(OnlineMethod method) {
    Setup setup = Setup.of(model, method.window());
    GradientEstimator estimator =
        method.create(method == OnlineMethod.DNI ? setup.withInnerRate(dniRate) : setup);
    estimator.reset(key.child("signs").child(method.name()).seed());
    return estimator;
  }

  private OnlineTraining training(GradientEstimator estimator, OnlineMethod method) {
    Setup setup = Setup.of(model, 1);
    return new OnlineTraining(
        estimator,
        Optimisers.SGD.create(
            setup.kernels(), Workspace.allocating(), model.parameters().count(), rate),
        stream,
        method.window());
  }
}
