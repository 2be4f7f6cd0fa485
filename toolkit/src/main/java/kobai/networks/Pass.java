package kobai.networks;

import kobai.kernels.Kernels;

/** What all layers share in a pass over the rows of some steps. */
final class Pass {
  private static final float[] NO_NOISE = {};

  private final float[] scratch;
  private final Rows data = new Rows();
  private final int batch;
  private int steps;
  private float[] noise = NO_NOISE;
  private int noiseAt;
  private int noiseRow;
  private float scale;
  private float[] nodeTangents = NO_NOISE;
  private boolean nodal;

  /**
   * @param scratch as large as any layer asks for
   */
  Pass(int batch, float[] scratch) {
    this.batch = batch;
    this.scratch = scratch;
  }

  /** Starts a pass over {@code steps} steps without noise. */
  void start(float[] inputs, int at, int row, int steps) {
    data.move(inputs, at, row);
    this.steps = steps;
    scale = 0;
    nodal = false;
  }

  /**
   * Makes {@link LayerRun#jvp} run along tangents v [rows × nodes] of the pre-activations, θ held,
   * until {@link #alongParameters}.
   */
  void alongNodes(float[] v, int nodes) {
    nodal = true;
    nodeTangents = v;
    noiseRow = nodes;
  }

  /** Makes jvp run along θ̇ again. */
  void alongParameters() {
    nodal = false;
  }

  /**
   * What θ̇ and the tangents of n pre-activations from {@code column} on contribute where θ is
   * held: overwrites u with the latter and returns true; returns false along θ̇.
   */
  boolean nodeTangents(int column, float[] u, int at, int row, int n) {
    for (int i = 0; nodal && i < rows(); i++) {
      System.arraycopy(nodeTangents, i * noiseRow + column, u, at + i * row, n);
    }
    return nodal;
  }

  /** Whether jvp runs along pre-activations. */
  boolean nodal() {
    return nodal;
  }

  /** Adds the tangents of n pre-activations of row i to u. */
  void nodeTangentAdd(Kernels kernels, int i, int column, float[] u, int at, int n) {
    kernels.axpy(1f, nodeTangents, i * noiseRow + column, u, at, n);
  }

  /** Adds scale · noise to pre-activations in this pass; not read if the scale is 0. */
  void disturb(float[] newNoise, int at, int row, float newScale) {
    noise = newNoise;
    noiseAt = at;
    noiseRow = row;
    scale = newScale;
  }

  /** Rows of the input with the masks behind it. */
  Rows data() {
    return data;
  }

  float[] noise() {
    return noise;
  }

  int noiseAt() {
    return noiseAt;
  }

  int noiseRow() {
    return noiseRow;
  }

  /** Of the noise; 0 for none. */
  float scale() {
    return scale;
  }

  float[] scratch() {
    return scratch;
  }

  /** Rows of a step. */
  int batch() {
    return batch;
  }

  int steps() {
    return steps;
  }

  int rows() {
    return steps * batch;
  }

  /**
   * Adds scale · noise, columns from {@code column} on, to rows [rows × n] of pre-activations; row
   * i of them at {@code at + i · row}.
   */
  void disturb(Kernels kernels, int column, float[] a, int at, int row, int n) {
    for (int i = 0; scale != 0 && i < rows(); i++) {
      kernels.axpy(scale, noise, noiseAt + i * noiseRow + column, a, at + i * row, n);
    }
  }
}
