package kobai.networks;

import kobai.kernels.Kernels;

/**
 * y = x W + b over contiguous or strided rows, with its derivatives; what dense layers,
 * convolutions and projections have in common. W [d × n] and b [n] (or none) lie anywhere in an
 * array of parameters.
 */
final class Affine {
  private final Kernels kernels;
  private final int d;
  private final int n;
  private final int weightsAt;
  private final int biasAt;
  private final float[] packed;
  private final float[] transposed;
  private final float[] direction;

  /**
   * @param name of W in the ledger
   * @param weightsAt where W stands in θ
   * @param biasAt where b stands in θ
   */
  Affine(Place place, String name, int d, int n, int weightsAt, int biasAt) {
    kernels = place.kernels();
    this.d = d;
    this.n = n;
    this.weightsAt = weightsAt;
    this.biasAt = biasAt;
    packed = place.workspace().floats("packed " + name, Kernels.packedSize(d, n));
    transposed = place.derivative("packed " + name + " transposed", Kernels.packedSize(n, d));
    direction = place.derivative("packed " + name + " direction", Kernels.packedSize(d, n));
  }

  /** Packs W. */
  void begin(float[] theta) {
    kernels.pack(theta, weightsAt, n, 1, d, n, packed, 0);
  }

  /** Packs Wᵀ. */
  void transpose(float[] theta) {
    kernels.pack(theta, weightsAt, 1, n, n, d, transposed, 0);
  }

  /** Packs Ẇ. */
  void direct(float[] theta) {
    kernels.pack(theta, weightsAt, n, 1, d, n, direction, 0);
  }

  /** Y ← x W + b. */
  void forward(
      float[] theta, int rows, float[] x, int xAt, int xRow, float[] y, int yAt, int yRow) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(theta, biasAt, y, yAt + i * yRow, n);
    }
    kernels.gemmPackedAdd(rows, n, d, x, xAt, xRow, packed, 0, y, yAt, yRow);
  }

  /** Adds xᵀ q and Σ q to the gradient, rows backwards. */
  void parametersAdd(
      int rows,
      float[] x,
      int xAt,
      int xRow,
      float[] q,
      int qAt,
      int qRow,
      float[] gradient,
      float[] scratch) {
    int xLast = xAt + (rows - 1) * xRow;
    int qLast = qAt + (rows - 1) * qRow;
    kernels.gemmTransposedAdd(
        d, n, rows, x, xLast, -xRow, q, qLast, -qRow, gradient, weightsAt, n, scratch, 0);
    kernels.columnSumsAdd(q, qLast, -qRow, rows, n, gradient, biasAt);
  }

  /** P ← q Wᵀ. */
  void inputGradient(int rows, float[] q, int qAt, int qRow, float[] p, int pAt, int pRow) {
    kernels.gemmPacked(rows, d, n, q, qAt, qRow, transposed, 0, p, pAt, pRow);
  }

  /** U ← x Ẇ + ḃ. */
  void tangent(
      float[] theta, int rows, float[] x, int xAt, int xRow, float[] u, int uAt, int uRow) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(theta, biasAt, u, uAt + i * uRow, n);
    }
    kernels.gemmPackedAdd(rows, n, d, x, xAt, xRow, direction, 0, u, uAt, uRow);
  }

  /** U ← u + ẋ W. */
  void tangentAdd(int rows, float[] dx, int dxAt, int dxRow, float[] u, int uAt, int uRow) {
    kernels.gemmPackedAdd(rows, n, d, dx, dxAt, dxRow, packed, 0, u, uAt, uRow);
  }
}
