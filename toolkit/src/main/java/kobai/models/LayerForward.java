package kobai.models;

/**
 * A layer run forward over a window, its states kept. Steps count from the start of the window;
 * inputs are an array with the row of the first step asked for at {@code xAt} and {@code xRow}
 * floats between rows (steps × batch).
 */
public interface LayerForward {
  /** Packs the weights. */
  void begin(float[] theta);

  /**
   * Runs steps [begin, end), with {@code scale} · noise added to the pre-activations unless the
   * scale is 0: those of a row (step, b) stand at {@code noiseAt} + ((step − begin) · B + b) ·
   * {@code noiseRow}.
   */
  void run(
      float[] theta,
      float[] x,
      int xAt,
      int xRow,
      int begin,
      int end,
      float[] noise,
      int noiseAt,
      int noiseRow,
      float scale);

  /** The array that holds the outputs: [(K + 1) × B × S] of a layer with a state. */
  float[] outputs();

  /** Where the output of that step's first row stands in it; −1 is the state before the window. */
  int outputAt(int step);

  /** Floats between the outputs of two rows. */
  int outputRow();

  /** Overwrites out, rows {@code row} floats apart, with the pre-activations of steps [0, end). */
  void preactivations(int end, float[] out, int at, int row);

  /**
   * Adds Σ over the rows of steps [begin, end), backwards in time, of (what entered a
   * pre-activation) (its delta) to the layer's part of gradient [P]; rows of delta are {@code
   * deltaRow} floats apart, the first of step begin at {@code deltaAt}.
   */
  void parametersAdd(
      float[] x,
      int xAt,
      int xRow,
      int begin,
      int end,
      float[] delta,
      int deltaAt,
      int deltaRow,
      float[] gradient,
      float[] scratch);
}
