package kobai.models;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kobai.data.Sequence;
import kobai.kernels.Kernels;
import kobai.memory.Workspace;

/**
 * Derivatives of a {@link Stack} along a window: every layer is differentiated over a run of steps
 * before the next one,
 *
 * <pre>
 * q⁽ᴸ⁾ₜ = (∂ℓₜ/∂zₜ) Vᵀ,  q⁽ˡ⁻¹⁾ₜ = δ⁽ˡ⁾ₜ W_in⁽ˡ⁾ᵀ          (1)
 * a⁽ˡ⁾ₜ = [q⁽ˡ⁾ₜ | 0] + a⁽ˡ⁾ₜ₊₁ ∂s⁽ˡ⁾ₜ₊₁/∂s⁽ˡ⁾ₜ            (2)
 * </pre>
 *
 * with δ⁽ˡ⁾ the adjoints of the layer's pre-activations: q⁽ˡ⁾ is what the layers above owe to it at
 * the same step. (1) and (2) are {@code backward}; {@code jvp} is their transpose. Stepwise, a step
 * of the whole stack is one function of sₜ₋₁: its Jacobian and its immediate influence hold the
 * paths through the layers above at the same step, which {@code jvpState} takes upwards and {@code
 * vjpParametersAdd} downwards.
 *
 * <p>Memory: what the layers keep for a window of K steps, 4 K B m bytes of errors, and a chunk.
 */
final class StackTape implements LayeredTape {
  private final Stack stack;
  private final Kernels kernels;
  private final StackForward forward;
  private final LayerTape[] layers;
  private final int[] sizes;
  private final int[] stateAt;
  private final CellSteps[] cells;
  private final int size;
  private final int n;
  private final int m;
  private final int batch;
  private final int window;
  private final int chunk;
  private final int readoutAt;
  private final int readoutBiasAt;
  private final float[] errors;
  private final float[][] q;
  private final float[][] adjoints;
  private final float[][] nus;
  private final float[][] inputNus;
  private final float[] readoutTransposed;
  private final float[] readoutDirection;
  private final float[] outputTangents;
  private final float[] scratch;
  private int start;
  private int steps;

  StackTape(Stack stack, Kernels kernels, Workspace workspace, int window, int batch) {
    this.stack = stack;
    this.kernels = kernels;
    this.window = window;
    this.batch = batch;
    int count = stack.layers().size();
    n = stack.top().outputs();
    m = stack.targets();
    size = stack.stateSize();
    chunk = CellForward.chunk(window, batch);
    int rows = chunk * batch;
    layers = new LayerTape[count];
    LayerForward[] forwards = new LayerForward[count];
    sizes = new int[count];
    stateAt = new int[count];
    q = new float[count][];
    adjoints = new float[count][];
    nus = new float[count][];
    inputNus = new float[count][];
    int at = 0;
    for (int l = 0; l < count; l++) {
      Layer layer = stack.layers().get(l);
      Workspace own = workspace.child("layer " + (l + 1));
      layers[l] = layer.tape(kernels, own, stack.parametersAt(l), window, batch, chunk);
      forwards[l] = layers[l].forward();
      sizes[l] = layer.stateSize();
      stateAt[l] = at;
      at += sizes[l];
      q[l] = own.floats("q", (long) rows * layer.outputs());
      adjoints[l] = own.floats("state adjoint", (long) batch * sizes[l]);
      nus[l] = own.floats("nu", Math.max(sizes[l], layer.outputs()));
      inputNus[l] = own.floats("input nu", layer.inputs());
    }
    cells = cells();
    forward = new StackForward(stack, forwards, kernels, workspace, batch);
    Parameters parameters = stack.parameters();
    readoutAt = parameters.tensor("readout").at();
    readoutBiasAt = parameters.tensor("readout bias").at();
    errors = workspace.floats("output errors", (long) window * batch * m);
    readoutTransposed = workspace.floats("packed readout transposed", Kernels.packedSize(m, n));
    readoutDirection = workspace.floats("packed readout direction", Kernels.packedSize(n, m));
    outputTangents = workspace.floats("output tangents", (long) rows * m);
    scratch = workspace.floats(Kernels.SCRATCH, StackForward.scratch(stack, kernels, rows));
  }

  private CellSteps[] cells() {
    List<CellSteps> own = new ArrayList<>();
    for (int l = 0; l < layers.length; l++) {
      Optional<RowLocalShape> shape = stack.layers().get(l).rowLocal();
      if (shape.isPresent() && layers[l] instanceof RowLocalLayerTape tape) {
        own.add(new CellSteps(l, shape.get().units(), tape));
      }
    }
    return own.toArray(CellSteps[]::new);
  }

  @Override
  public double forward(float[] theta, Sequence sequence, int from, int to, float[] state) {
    forward.atMost(window, from, to);
    forward.begin(theta, sequence, from, to, state, 0);
    start = from;
    steps = to - from;
    double loss = 0;
    for (int begin = 0; begin < steps; begin += chunk) {
      int end = Math.min(begin + chunk, steps);
      forward.run(theta, sequence, start, begin, end);
      loss = forward.losses(theta, sequence, start, begin, end, errors, begin * batch * m, loss);
    }
    forward.save(steps, state, 0);
    return loss;
  }

  @Override
  public void backward(float[] theta, Sequence sequence, float[] adjoint, float[] gradient) {
    for (LayerTape layer : layers) {
      layer.transpose(theta);
    }
    kernels.pack(theta, readoutAt, 1, m, m, n, readoutTransposed, 0);
    split(adjoint);
    for (int end = steps; end > 0; ) {
      int begin = (end - 1) / chunk * chunk;
      backwardChunk(sequence, begin, end, gradient);
      end = begin;
    }
    join(adjoint);
  }

  private void backwardChunk(Sequence sequence, int begin, int end, float[] gradient) {
    int rows = (end - begin) * batch;
    int top = layers.length - 1;
    kernels.gemmPacked(
        rows, n, m, errors, begin * batch * m, m, readoutTransposed, 0, q[top], 0, n);
    for (int l = top; l >= 0; l--) {
      layers[l].backward(q[l], begin, end, adjoints[l]);
      layers[l]
          .forward()
          .parametersAdd(
              forward.inputs(l, sequence),
              forward.inputAt(l, sequence, start, begin),
              forward.inputRow(l),
              begin,
              end,
              layers[l].delta(),
              0,
              stack.layers().get(l).nodes(),
              gradient,
              scratch);
      if (l > 0) {
        layers[l].inputGradient(rows, q[l - 1]);
      }
    }
    readoutAdd(begin, end, gradient);
  }

  private void readoutAdd(int begin, int end, float[] gradient) {
    forward.readoutAdd(begin, end, errors, begin * batch * m, m, gradient, scratch);
  }

  /** Takes the layers' parts of x [B × S]. */
  private void split(float[] x) {
    for (int l = 0; l < layers.length; l++) {
      for (int row = 0; row < batch; row++) {
        System.arraycopy(x, row * size + stateAt[l], adjoints[l], row * sizes[l], sizes[l]);
      }
    }
  }

  /** Puts them together again. */
  private void join(float[] x) {
    for (int l = 0; l < layers.length; l++) {
      for (int row = 0; row < batch; row++) {
        System.arraycopy(adjoints[l], row * sizes[l], x, row * size + stateAt[l], sizes[l]);
      }
    }
  }

  @Override
  public double jvp(float[] theta, Sequence sequence, float[] direction, float[] stateTangent) {
    for (LayerTape layer : layers) {
      layer.direct(direction);
    }
    kernels.pack(direction, readoutAt, m, 1, n, m, readoutDirection, 0);
    split(stateTangent);
    double slope = 0;
    for (int begin = 0; begin < steps; begin += chunk) {
      int end = Math.min(begin + chunk, steps);
      slope += jvpChunk(sequence, begin, end, direction);
    }
    join(stateTangent);
    return slope;
  }

  private double jvpChunk(Sequence sequence, int begin, int end, float[] direction) {
    int rows = (end - begin) * batch;
    for (int l = 0; l < layers.length; l++) {
      layers[l].jvp(
          direction,
          forward.inputs(l, sequence),
          forward.inputAt(l, sequence, start, begin),
          forward.inputRow(l),
          begin,
          end,
          l == 0 ? outputTangents : q[l - 1], // the input of the stack does not move
          l > 0,
          adjoints[l],
          q[l]);
    }
    LayerForward top = layers[layers.length - 1].forward();
    CellForward.repeat(direction, readoutBiasAt, m, rows, outputTangents, 0);
    kernels.gemmPackedAdd(
        rows,
        m,
        n,
        top.outputs(),
        top.outputAt(begin),
        top.outputRow(),
        readoutDirection,
        0,
        outputTangents,
        0,
        m);
    kernels.gemmPackedAdd(
        rows, m, n, q[layers.length - 1], 0, n, forward.readout(), 0, outputTangents, 0, m);
    double slope = 0;
    for (int row = 0; row < rows; row++) {
      slope += kernels.dot(errors, (begin * batch + row) * m, outputTangents, row * m, m);
    }
    return slope;
  }

  @Override
  public void state(int step, int row, float[] out, int outAt) {
    forward.state(step, row, out, outAt);
  }

  @Override
  public void jvpState(
      float[] theta, int step, int row, float[] tangent, int tangentAt, float[] out, int outAt) {
    boolean moving = false; // only what depends on the state before moves
    for (int l = 0; l < layers.length; l++) {
      int below = outAt + (l == 0 ? 0 : stateAt[l - 1]);
      layers[l].jvpState(
          theta,
          step,
          row,
          tangent,
          tangentAt + stateAt[l],
          out,
          below,
          moving,
          out,
          outAt + stateAt[l]);
      moving = sizes[l] > 0;
    }
  }

  @Override
  public void vjpState(
      float[] theta, int step, int row, float[] nu, int nuAt, float[] out, int outAt) {
    int top = owing(nu, nuAt);
    Arrays.fill(out, outAt + stateAt[top] + sizes[top], outAt + size, 0f);
    for (int l = top; l >= 0; l--) {
      owe(l, top, nu, nuAt);
      layers[l].vjpState(theta, step, row, nus[l], inputNus[l]);
      System.arraycopy(nus[l], 0, out, outAt + stateAt[l], sizes[l]);
    }
  }

  /** The highest layer whose part of ν is not zero: those above owe nothing; 0 if all are zero. */
  private int owing(float[] nu, int nuAt) {
    int i = size - 1;
    while (i > 0 && nu[nuAt + i] == 0f) {
      i--;
    }
    int l = layers.length - 1;
    while (l > 0 && stateAt[l] > i) {
      l--;
    }
    return l;
  }

  /** Overwrites {@code nus[l]} with the layer's part of ν and what the one above owes to it. */
  private void owe(int l, int top, float[] nu, int nuAt) {
    float[] own = nus[l];
    Arrays.fill(own, 0f);
    System.arraycopy(nu, nuAt + stateAt[l], own, 0, sizes[l]);
    if (l < top) {
      kernels.axpy(1f, inputNus[l + 1], 0, own, 0, inputNus[l + 1].length);
    }
  }

  @Override
  public void vjpParametersAdd(
      float[] theta,
      Sequence sequence,
      int step,
      int row,
      float[] nu,
      int nuAt,
      float[] gradient,
      int gradientAt) {
    int top = owing(nu, nuAt);
    for (int l = top; l >= 0; l--) {
      owe(l, top, nu, nuAt);
      immediateAdd(theta, sequence, l, step, row, gradient, gradientAt);
    }
  }

  /** One layer of it: ν in {@code nus[l]}, what it is for the input to {@code inputNus[l]}. */
  private void immediateAdd(
      float[] theta,
      Sequence sequence,
      int l,
      int step,
      int row,
      float[] gradient,
      int gradientAt) {
    layers[l].vjpAdd(
        theta,
        forward.inputs(l, sequence),
        forward.inputAt(l, sequence, start, step) + row * forward.inputRow(l),
        step,
        row,
        nus[l],
        0,
        gradient,
        gradientAt,
        inputNus[l]);
  }

  @Override
  public void stateGradient(float[] theta, Sequence sequence, int step, float[] out, int outAt) {
    Arrays.fill(out, outAt, outAt + batch * size, 0f);
    for (int row = 0; row < batch; row++) {
      int to = outAt + row * size + stateAt[layers.length - 1];
      kernels.gemv(theta, readoutAt, errors, (step * batch + row) * m, out, to, n, m);
    }
  }

  @Override
  public RowLocalSteps cell(int index) {
    return cells[index];
  }

  @Override
  public void depthGradient(
      float[] theta, Sequence sequence, int step, float[] out, int outAt, float[] gradient) {
    stateGradient(theta, sequence, step, out, outAt);
    int top = layers.length - 1;
    for (int row = 0; row < batch; row++) {
      System.arraycopy(out, outAt + row * size + stateAt[top], nus[top], 0, sizes[top]);
      for (int l = top; l >= 0; l--) {
        if (l < top) {
          Arrays.fill(nus[l], 0f);
          System.arraycopy(inputNus[l + 1], 0, nus[l], 0, inputNus[l + 1].length);
          System.arraycopy(nus[l], 0, out, outAt + row * size + stateAt[l], sizes[l]);
        }
        if (sizes[l] == 0) {
          immediateAdd(theta, sequence, l, step, row, gradient, 0);
        } else if (l > 0) { // the input of the stack owes nothing
          layers[l].vjpInput(theta, step, row, nus[l], inputNus[l]);
        }
      }
    }
  }

  /** A layer's steps, its inputs those of the stack or the outputs of the layer below. */
  private final class CellSteps implements RowLocalSteps {
    private final int l;
    private final RowLocalLayerTape own;
    private final int units;
    private final int inputs;

    CellSteps(int l, int units, RowLocalLayerTape own) {
      this.l = l;
      this.units = units;
      this.own = own;
      inputs = stack.layers().get(l).inputs();
    }

    @Override
    public void gains(int step, int row, float[] out, int outAt) {
      own.gains(step, row, out, outAt);
    }

    @Override
    public void local(int step, int row, float[] out, int outAt) {
      own.local(step, row, out, outAt);
    }

    @Override
    public void sources(Sequence sequence, int step, int row, float[] out, int outAt) {
      own.before(step, row, out, outAt);
      System.arraycopy(
          forward.inputs(l, sequence),
          forward.inputAt(l, sequence, start, step) + row * forward.inputRow(l),
          out,
          outAt + units,
          inputs);
      out[outAt + units + inputs] = 1f;
    }
  }

  @Override
  public void lossParametersAdd(float[] theta, Sequence sequence, float[] gradient) {
    for (int end = steps; end > 0; ) {
      int begin = (end - 1) / chunk * chunk;
      readoutAdd(begin, end, gradient);
      end = begin;
    }
  }
}
