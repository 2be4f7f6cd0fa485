package kobai.reproduce;

import kobai.data.Sequence;
import kobai.estimators.GradientEstimator;
import kobai.optimisers.Optimiser;

/**
 * Training on one long stream: θ moves after every window, and the state is never reset.
 *
 * @param estimator drives the training, already reset
 * @param optimiser moves θ
 * @param stream all of the data, read once from beginning to end
 * @param window steps of a window; the last one may be shorter
 */
record OnlineTraining(
    GradientEstimator estimator, Optimiser optimiser, Sequence stream, int window) {
  /** Sees every window, before θ moves. */
  interface Watcher {
    /**
     * Called with the loss and the gradient of the window [from, to) at θ; may change the gradient.
     */
    void window(int from, int to, double loss, float[] theta, float[] gradient);
  }

  /**
   * Runs through the stream; {@code theta} [P] is updated in place.
   *
   * @return the steps that were done: fewer than the stream has if a loss, a gradient or θ stopped
   *     being finite
   */
  int run(float[] theta, Watcher watcher) {
    float[] gradient = new float[theta.length];
    for (int from = 0; from < stream.length(); from += window) {
      int to = Math.min(from + window, stream.length());
      double loss = estimator.estimate(theta, stream, from, to, gradient);
      watcher.window(from, to, loss, theta, gradient);
      if (!Double.isFinite(loss) || !finite(gradient)) {
        return from;
      }
      optimiser.update(theta, gradient);
      if (!finite(theta)) {
        return to;
      }
    }
    return stream.length();
  }

  private static boolean finite(float[] values) {
    float sum = 0; // of zeros; NaN if any value is infinite or NaN
    for (float value : values) {
      sum += 0f * value;
    }
    return sum == 0f;
  }
}
