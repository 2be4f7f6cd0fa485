package kobai.reproduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.random.RandomKey;

/**
 * Approximations on the path of the exact gradient: at the same θ, on the same steps, but not
 * moving θ. All measures are of the recurrent parameters: weights into the units and their biases.
 */
final class GradientShadows implements OnlineTraining.Watcher {
  /** Steps whose gradients are added up, where the noise of single steps is averaged out. */
  static final int SUM = 20;

  /** Blocks of the training, over each of which one point of a curve is taken. */
  private static final int BLOCKS = 10;

  private final List<OnlineMethod> approximations;
  private final Sequence stream;
  private final Recorder recorder;
  private final int recurrent;
  private final List<GradientEstimator> estimators = new ArrayList<>();
  private final float[][] gradients;
  private final float[][] sums;
  private final float[] exactSum;
  private final double[][] blockCosines;
  private final double[][] blockErrors;
  private final double[] sumCosines;
  private final int[] counts = new int[BLOCKS];
  private int sumCount;
  private double loss;

  /**
   * Makes the estimators and resets them.
   *
   * @param setup of windows of one step
   * @param key of their signs
   */
  GradientShadows(
      List<OnlineMethod> approximations,
      Setup setup,
      Sequence stream,
      RandomKey key,
      Recorder recorder) {
    this.approximations = approximations;
    this.stream = stream;
    this.recorder = recorder;
    recurrent = setup.model().parameters().tensor("readout").at();
    int n = approximations.size();
    int parameters = setup.model().parameters().count();
    for (OnlineMethod approximation : approximations) {
      GradientEstimator estimator = approximation.create(setup);
      estimator.reset(key.child("signs").child(approximation.name()).seed());
      estimators.add(estimator);
    }
    gradients = new float[n][parameters];
    sums = new float[n][parameters];
    exactSum = new float[parameters];
    blockCosines = new double[n][BLOCKS];
    blockErrors = new double[n][BLOCKS];
    sumCosines = new double[n];
  }

  /** The metric: the mean cosine with the exact gradient, as a figure and by block. */
  static String cosine(OnlineMethod method) {
    return "cosine of " + method;
  }

  /** The metric: the mean cosine of sums over {@link #SUM} steps. */
  static String sumCosine(OnlineMethod method) {
    return "cosine of sums of " + method;
  }

  /** The metric: the mean of ‖ĝ − g‖ / ‖g‖. */
  static String error(OnlineMethod method) {
    return "norm error of " + method;
  }

  @Override
  public void window(int from, int to, double stepLoss, float[] theta, float[] exact) {
    loss += stepLoss;
    double norm = Cosine.norm(exact, recurrent);
    int block = (int) ((long) from * BLOCKS / stream.length());
    boolean moving = norm > 0;
    counts[block] += moving ? 1 : 0;
    add(exact, exactSum);
    for (int i = 0; i < gradients.length; i++) {
      float[] gradient = gradients[i];
      estimators.get(i).estimate(theta, stream, from, to, gradient);
      add(gradient, sums[i]);
      if (moving) {
        blockCosines[i][block] += Cosine.of(gradient, exact, recurrent);
        blockErrors[i][block] += Cosine.distance(gradient, exact, recurrent) / norm;
      }
    }
    if (to % SUM == 0) {
      if (Cosine.norm(exactSum, recurrent) > 0) {
        sumCount++;
        for (int i = 0; i < sums.length; i++) {
          sumCosines[i] += Cosine.of(sums[i], exactSum, recurrent);
        }
      }
      Arrays.fill(exactSum, 0f);
      for (float[] sum : sums) {
        Arrays.fill(sum, 0f);
      }
      recorder.progress((double) to / stream.length());
    }
  }

  private void add(float[] gradient, float[] sum) {
    for (int i = 0; i < recurrent; i++) {
      sum[i] += gradient[i];
    }
  }

  /** Records all metrics, after so many steps were done. */
  void finish(int done) {
    recorder.value("loss", done < stream.length() ? Double.NaN : loss / done);
    for (int i = 0; i < gradients.length; i++) {
      OnlineMethod approximation = approximations.get(i);
      double cosine = 0;
      double error = 0;
      int all = 0;
      for (int block = 0; block < BLOCKS; block++) {
        int end = (int) ((block + 1L) * stream.length() / BLOCKS);
        recorder.point(cosine(approximation), end, blockCosines[i][block] / counts[block]);
        cosine += blockCosines[i][block];
        error += blockErrors[i][block];
        all += counts[block];
      }
      recorder.value(cosine(approximation), cosine / all);
      recorder.value(error(approximation), error / all);
      recorder.value(sumCosine(approximation), sumCosines[i] / sumCount);
    }
  }
}
