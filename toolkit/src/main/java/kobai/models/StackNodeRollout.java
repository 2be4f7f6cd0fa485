package kobai.models;

import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * A {@link Stack} with noise on the pre-activations of its layers, from the input up, and on its
 * outputs.
 */
final class StackNodeRollout implements NodeRollout {
  private final Stack stack;
  private final Kernels kernels;
  private final StackForward forward;
  private final LayerForward[] layers;
  private final int m;
  private final int nodes;
  private final int batch;
  private final int window;
  private final float[] outputs;
  private final float[] errors;
  private final float[] scratch;
  private int start;
  private int steps;

  StackNodeRollout(Stack stack, Kernels kernels, Workspace workspace, int window, int batch) {
    this.stack = stack;
    this.kernels = kernels;
    this.window = window;
    this.batch = batch;
    m = stack.targets();
    nodes = stack.nodes();
    layers = new LayerForward[stack.layers().size()];
    for (int l = 0; l < layers.length; l++) {
      Workspace own = workspace.child("layer " + (l + 1));
      layers[l] =
          stack.layers().get(l).forward(kernels, own, stack.parametersAt(l), window, batch, true);
    }
    forward = new StackForward(stack, layers, kernels, workspace, batch);
    int rows = Math.multiplyExact(window, batch);
    outputs = workspace.floats("outputs", (long) rows * m);
    errors = workspace.floats("output errors", m);
    scratch = workspace.floats(Kernels.SCRATCH, StackForward.scratch(stack, kernels, rows));
  }

  @Override
  public void run(
      float[] theta,
      Sequence sequence,
      int from,
      int to,
      float[] noise,
      int noiseAt,
      float scale,
      float[] state,
      int stateAt,
      double[] losses) {
    forward.atMost(window, from, to);
    forward.begin(theta, sequence, from, to, state, stateAt);
    start = from;
    steps = to - from;
    forward.run(theta, sequence, from, 0, steps, noise, noiseAt, nodes, scale);
    forward.save(steps, state, stateAt);
    forward.outputs(theta, 0, steps, outputs, 0);
    for (int row = 0; row < steps * batch; row++) {
      if (scale != 0) {
        int at = noiseAt + (row + 1) * nodes - m;
        kernels.axpy(scale, noise, at, outputs, row * m, m);
      }
      System.arraycopy(outputs, row * m, errors, 0, m);
      losses[row] = forward.loss(errors, 0, sequence, sequence.targetAt(from) + row * m, 1, 1f);
    }
  }

  @Override
  public void creditAdd(Sequence sequence, float[] credits, int creditsAt, float[] gradient) {
    int column = creditsAt;
    for (int l = 0; l < layers.length; l++) {
      layers[l].parametersAdd(
          forward.inputs(l, sequence),
          forward.inputAt(l, sequence, start, 0),
          forward.inputRow(l),
          0,
          steps,
          credits,
          column,
          nodes,
          gradient,
          scratch);
      column += stack.layers().get(l).nodes();
    }
    forward.readoutAdd(0, steps, credits, column, nodes, gradient, scratch);
  }

  @Override
  public void preactivations(float[] out, int outAt) {
    int column = outAt;
    for (int l = 0; l < layers.length; l++) {
      layers[l].preactivations(steps, out, column, nodes);
      column += stack.layers().get(l).nodes();
    }
    for (int row = 0; row < steps * batch; row++) {
      System.arraycopy(outputs, row * m, out, column + row * nodes, m);
    }
  }
}
