package kobai.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;
import kobai.data.Sequence;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;
import kobai.models.DifferentiableModel;
import kobai.models.NodePerturbableModel;
import kobai.models.NodeRollout;
import kobai.models.Tape;

/** What the contracts of composite models share. */
final class Composites {
  private Composites() {}

  /** All that a tape gives over a sequence. */
  record Bits(double loss, double slope, float[] gradient, float[] adjoint, float[] state) {}

  static float[] gaussian(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  /** Some rounds of the work after it has been done often: the least must not allocate at all. */
  static void assertNothingAllocated(Runnable work) {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 6; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 40; i++) {
        work.run();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    // Less than the smallest object a time.
    assertTrue(least < 40 * 16, least + " bytes");
  }

  static double dot(float[] x, float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (double) x[i] * y[i];
    }
    return sum;
  }

  /**
   * Runs the sequence in windows of that length on one tape, backwards from the last window to the
   * first, every window run forward again from the state kept of it.
   */
  static Bits bits(
      DifferentiableModel model, float[] theta, Sequence sequence, Kernels kernels, int window) {
    int length = sequence.length();
    int size = sequence.batch() * model.stateSize();
    Tape tape = model.tape(kernels, Workspace.allocating(), window, sequence.batch());
    float[][] states = new float[length + 1][];
    states[0] = gaussian(size, 9);
    double loss = 0;
    for (int from = 0; from < length; from += window) {
      int to = Math.min(from + window, length);
      states[to] = states[from].clone();
      loss += tape.forward(theta, sequence, from, to, states[to]);
    }
    float[] gradient = new float[theta.length];
    float[] adjoint = gaussian(size, 10);
    float[] direction = gaussian(theta.length, 11);
    double slope = 0;
    for (int from = (length - 1) / window * window; from >= 0; from -= window) {
      int to = Math.min(from + window, length);
      tape.forward(theta, sequence, from, to, states[from].clone());
      slope += tape.jvp(theta, sequence, direction, gaussian(size, 12));
      tape.backward(theta, sequence, adjoint, gradient);
    }
    return new Bits(loss, slope, gradient, adjoint, states[length]);
  }

  /**
   * Moves the weights by D and lets noise do the same: with ξₜ = zₜ D, zₜ the sources of the moved
   * run, the unmoved weights give the moved run's pre-activations and losses. zₜ D is taken from
   * {@code creditAdd}, one node at a time.
   */
  static void assertNodeNoiseIsAChangeOfWeights(
      NodePerturbableModel model, float[] theta, Sequence sequence) {
    int rows = sequence.length() * sequence.batch();
    int count = rows * model.nodes();
    int size = sequence.batch() * model.stateSize();
    NodeRollout rollout =
        model.nodeRollout(
            Implementation.VECTOR.kernels(),
            Workspace.allocating(),
            sequence.length(),
            sequence.batch());
    float[] direction = gaussian(theta.length, 21);
    float[] moved = theta.clone();
    for (int p = 0; p < moved.length; p++) {
      direction[p] *= 0.25f;
      moved[p] += direction[p];
    }
    float[] start = gaussian(size, 22);
    double[] expectedLosses = new double[rows];
    float[] state = start.clone();
    rollout.run(
        moved, sequence, 0, sequence.length(), new float[0], 0, 0f, state, 0, expectedLosses);
    float[] expected = new float[count];
    rollout.preactivations(expected, 0);
    float[] noise = new float[count];
    for (int node = 0; node < count; node++) {
      float[] credits = new float[count];
      credits[node] = 1;
      float[] gradient = new float[theta.length];
      rollout.creditAdd(sequence, credits, 0, gradient);
      noise[node] = (float) dot(gradient, direction);
    }
    double[] losses = new double[rows];
    float[] noisy = start.clone();
    rollout.run(theta, sequence, 0, sequence.length(), noise, 0, 1f, noisy, 0, losses);
    float[] actual = new float[count];
    rollout.preactivations(actual, 0);
    // Both runs round each of some 30 terms a step; errors pass through at most 2 · 8 steps (one
    // for each layer) whose Jacobians have norms near 1: 10³ u leaves a factor of two.
    double tolerance = 1e3 * 0x1p-24;
    double largest = 0;
    // What a peephole adds is no part of the pre-activation that is kept: there, losses must do.
    boolean whole =
        model.parameters().tensors().stream()
            .noneMatch(tensor -> tensor.name().startsWith("peepholes"));
    for (int i = 0; i < count; i++) {
      if (whole) {
        assertEquals(expected[i], actual[i], tolerance * (1 + Math.abs(expected[i])));
      }
      largest = Math.max(largest, Math.abs(noise[i]));
    }
    assertTrue(largest > 0.1, "the noise is not trivially zero");
    for (int i = 0; i < rows; i++) {
      assertEquals(expectedLosses[i], losses[i], tolerance * (1 + Math.abs(losses[i])));
    }
    rollout.run(theta, sequence, 0, sequence.length(), noise, 0, 0f, start.clone(), 0, losses);
    rollout.preactivations(actual, 0);
    assertTrue(!Arrays.equals(expected, actual), "without noise the run is another");
  }
}
