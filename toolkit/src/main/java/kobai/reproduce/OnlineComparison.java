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
  /** The algorithm along whose path gradients are compared. */
  static final OnlineMethod DRIVER = OnlineMethod.RTRL;

  private static final String ALIGNMENT = "alignment-" + DRIVER;

  /** Steps from one comparison of gradients to the next. */
  static final int EVERY = 10;

  /** The rate of the last version of the publication at full size, of its first one else. */
  static double rate(Scale scale) {
    return scale == Scale.FULL ? 1e-4 : 1e-3;
  }

  /** Seeds of the publication at full size. */
  static int seeds(Scale scale) {
    return switch (scale) {
      case TINY -> 1;
      case REDUCED -> 3;
      case FULL -> 20;
    };
  }

  /** The method of the experiment that stands for this algorithm in this variant. */
  static String method(String algorithm, String variant) {
    return algorithm + "-" + variant;
  }

  /** The variant of a method. */
  static String variant(String method) {
    return method.substring(method.lastIndexOf('-') + 1);
  }

  /** The method in which {@link #DRIVER} drives and the others are compared in its shadow. */
  static String alignment(String variant) {
    return method(ALIGNMENT, variant);
  }

  /** Whether it is such a method. */
  static boolean aligns(String method) {
    return method.startsWith(ALIGNMENT);
  }

  /** Every algorithm in every variant, then the alignments. */
  static List<String> methods(List<String> variants) {
    List<String> methods = new ArrayList<>();
    for (String variant : variants) {
      for (OnlineMethod algorithm : OnlineMethod.values()) {
        methods.add(method(algorithm.name(), variant));
      }
    }
    variants.forEach(variant -> methods.add(alignment(variant)));
    return methods;
  }

  /** Runs one of {@link #methods}. */
  void run(String method, Recorder recorder) {
    if (aligns(method)) {
      align(recorder);
    } else {
      train(OnlineMethod.valueOf(method.substring(0, method.indexOf('-'))), recorder);
    }
  }

  /** Trains with one method, and records its {@link BlockLoss}. */
  void train(OnlineMethod method, Recorder recorder) {
    float[] theta = theta();
    GradientEstimator estimator = estimator(method);
    int recurrent = recurrent();
    int length = stream.length();
    BlockLoss losses = new BlockLoss(length);
    OnlineTraining.Watcher watcher =
        (from, to, loss, at, gradient) -> {
          losses.add(from, loss);
          if (method == OnlineMethod.FIXED) {
            Arrays.fill(gradient, 0, recurrent, 0f);
          }
          if (from % 1000 < method.window()) {
            recorder.progress((double) from / length);
          }
        };
    losses.record(training(estimator, method).run(theta, watcher), recorder);
  }

  /**
   * Trains with {@link #DRIVER}, all in its shadow: at the same θ, on the same steps, but not
   * moving θ. Records for every pair the mean cosine of their gradients of the recurrent parameters
   * (weights into the units and their biases), {@link #pair}, over every {@link #EVERY}-th step of
   * the second half. Windows of one step only.
   */
  private void align(Recorder recorder) {
    List<OnlineMethod> methods = OnlineMethod.EVERY_STEP;
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
    training(estimator(DRIVER), DRIVER).run(theta, watcher);
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
