package kobai.models;

/** Derivatives of a layer along the window that its {@link #forward} last ran. */
public interface LayerTape {
  /** The forward pass. */
  LayerForward forward();

  /** Packs what {@link #backward} and {@link #inputGradient} multiply with. */
  void transpose(float[] theta);

  /**
   * Reverse accumulation through steps [begin, end) from q [rows × n], dL/d output by the layers
   * above at the same step. {@code adjoint} [B × S] is taken from the end to the start of the run;
   * the deltas stay in {@link #delta}.
   */
  void backward(float[] q, int begin, int end, float[] adjoint);

  /** dL/d pre-activations [rows × nodes] of the steps of the last {@link #backward}. */
  float[] delta();

  /** Overwrites out [rows × d] with dL/dx of those {@code rows}. */
  void inputGradient(int rows, float[] out);

  /** Packs a direction θ̇. */
  void direct(float[] direction);

  /**
   * Forward accumulation through steps [begin, end) along the direction. Adds to the effect of θ̇
   * that of input tangents ẋ [rows × d] if {@code moving}; advances stateTangent [B × S] in place
   * and overwrites outputTangents [rows × n].
   */
  void jvp(
      float[] direction,
      float[] x,
      int xAt,
      int xRow,
      int begin,
      int end,
      float[] inputTangents,
      boolean moving,
      float[] stateTangent,
      float[] outputTangents);

  /**
   * One row and step without θ̇: overwrites out [S] with the tangent after the step from that
   * before and, if {@code moving}, that of the input.
   */
  void jvpState(
      float[] theta,
      int step,
      int row,
      float[] tangent,
      int tangentAt,
      float[] inputTangent,
      int inputAt,
      boolean moving,
      float[] out,
      int outAt);

  /**
   * One row and step: takes ν, for the state after [S] (for the output [n] of a layer without one),
   * to what it is for the state before, in place, and overwrites inputNu [d] with dν/dx.
   */
  void vjpState(float[] theta, int step, int row, float[] nu, float[] inputNu);

  /** One row and step: overwrites inputNu [d] with dν/dx for ν as in {@link #vjpState}. */
  void vjpInput(float[] theta, int step, int row, float[] nu, float[] inputNu);

  /**
   * One row and step with the state before held: from ν, for the state after [S] (for the output
   * [n] of a layer without one), adds to the gradient and overwrites inputNu [d] with dν/dx; x is
   * the row's input.
   */
  void vjpAdd(
      float[] theta,
      float[] x,
      int xAt,
      int step,
      int row,
      float[] nu,
      int nuAt,
      float[] gradient,
      int gradientAt,
      float[] inputNu);
}
