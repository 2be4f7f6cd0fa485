package kobai.kernels;

/** The fast {@link Kernels}. Methods whose vector form is still to come call {@link ScalarKernels}. */
public final class VectorKernels implements Kernels {
  private final ScalarKernels scalar = new ScalarKernels();

  /** Creates the kernels, which hold no state. */
  public VectorKernels() {}

  @Override
  public float dot(float[] a, int aAt, float[] b, int bAt, int n) {
    return scalar.dot(a, aAt, b, bAt, n);
  }

  @Override
  public void axpy(float alpha, float[] x, int xAt, float[] y, int yAt, int n) {
    scalar.axpy(alpha, x, xAt, y, yAt, n);
  }

  @Override
  public void scale(float alpha, float[] x, int xAt, int n) {
    scalar.scale(alpha, x, xAt, n);
  }

  @Override
  public void perturb(
      float[] x, int xAt, float alpha, float[] v, int vAt, float[] plus, int plusAt, float[] minus, int minusAt, int n) {
    scalar.perturb(x, xAt, alpha, v, vAt, plus, plusAt, minus, minusAt, n);
  }

  @Override
  public void gemv(float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns) {
    scalar.gemv(a, aAt, x, xAt, y, yAt, rows, columns);
  }

  @Override
  public void gemvTransposedAdd(float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns) {
    scalar.gemvTransposedAdd(a, aAt, x, xAt, y, yAt, rows, columns);
  }

  @Override
  public void rankOneAdd(float[] x, int xAt, float[] y, int yAt, float[] a, int aAt, int rows, int columns) {
    scalar.rankOneAdd(x, xAt, y, yAt, a, aAt, rows, columns);
  }

  @Override
  public void pack(float[] b, int bAt, int bRow, int bColumn, int k, int n, float[] packed, int packedAt) {
    scalar.pack(b, bAt, bRow, bColumn, k, n, packed, packedAt);
  }

  @Override
  public void gemmPacked(
      int m, int n, int k, float[] a, int aAt, int aRow, float[] packed, int packedAt, float[] c, int cAt, int cRow) {
    scalar.gemmPacked(m, n, k, a, aAt, aRow, packed, packedAt, c, cAt, cRow);
  }

  @Override
  public void gemmPackedAdd(
      int m, int n, int k, float[] a, int aAt, int aRow, float[] packed, int packedAt, float[] c, int cAt, int cRow) {
    scalar.gemmPackedAdd(m, n, k, a, aAt, aRow, packed, packedAt, c, cAt, cRow);
  }

  @Override
  public int gemmScratch(int m, int n, int k) {
    return scalar.gemmScratch(m, n, k);
  }

  @Override
  public void gemm(
      int m, int n, int k, float[] a, int aAt, int aRow, float[] b, int bAt, int bRow, float[] c, int cAt, int cRow,
      float[] scratch, int scratchAt) {
    scalar.gemm(m, n, k, a, aAt, aRow, b, bAt, bRow, c, cAt, cRow, scratch, scratchAt);
  }

  @Override
  public void gemmTransposedAdd(
      int m, int n, int k, float[] a, int aAt, int aRow, float[] b, int bAt, int bRow, float[] c, int cAt, int cRow,
      float[] scratch, int scratchAt) {
    scalar.gemmTransposedAdd(m, n, k, a, aAt, aRow, b, bAt, bRow, c, cAt, cRow, scratch, scratchAt);
  }

  @Override
  public void columnSumsAdd(float[] x, int xAt, int xRow, int rows, int columns, float[] y, int yAt) {
    scalar.columnSumsAdd(x, xAt, xRow, rows, columns, y, yAt);
  }

  @Override
  public void packStrips(float[] a, int aAt, int aRow, int aColumn, int m, int k, float[] strips, int stripsAt) {
    scalar.packStrips(a, aAt, aRow, aColumn, m, k, strips, stripsAt);
  }

  @Override
  public void panelProduct(
      int m, int k, float[] strips, int stripsAt, float[] panel, int panelAt, float[] out, int outAt) {
    scalar.panelProduct(m, k, strips, stripsAt, panel, panelAt, out, outAt);
  }

  @Override
  public void panelProductAdd(
      int m, int k, float[] strips, int stripsAt, float[] panel, int panelAt, float[] out, int outAt) {
    scalar.panelProductAdd(m, k, strips, stripsAt, panel, panelAt, out, outAt);
  }

  @Override
  public void exp(float[] x, int xAt, float[] y, int yAt, int n) {
    scalar.exp(x, xAt, y, yAt, n);
  }

  @Override
  public void log(float[] x, int xAt, float[] y, int yAt, int n) {
    scalar.log(x, xAt, y, yAt, n);
  }

  @Override
  public void tanh(float[] x, int xAt, float[] y, int yAt, int n) {
    scalar.tanh(x, xAt, y, yAt, n);
  }

  @Override
  public void sigmoid(float[] x, int xAt, float[] y, int yAt, int n) {
    scalar.sigmoid(x, xAt, y, yAt, n);
  }

  @Override
  public void sin(float[] x, int xAt, float[] y, int yAt, int n) {
    scalar.sin(x, xAt, y, yAt, n);
  }

  @Override
  public void cos(float[] x, int xAt, float[] y, int yAt, int n) {
    scalar.cos(x, xAt, y, yAt, n);
  }

  @Override
  public void leakyStep(
      Activation f, float alpha, float[] u, int uAt, float[] state, int stateAt, float[] next, int nextAt,
      float[] slope, int slopeAt, int n) {
    scalar.leakyStep(f, alpha, u, uAt, state, stateAt, next, nextAt, slope, slopeAt, n);
  }

  @Override
  public void leakyBackward(
      float alpha, float[] q, int qAt, float[] slope, int slopeAt, float[] adjoint, int adjointAt, float[] delta,
      int deltaAt, int n) {
    scalar.leakyBackward(alpha, q, qAt, slope, slopeAt, adjoint, adjointAt, delta, deltaAt, n);
  }

  @Override
  public void softmax(float[] x, int xAt, int rows, int classes) {
    scalar.softmax(x, xAt, rows, classes);
  }

  @Override
  public double softmaxCrossEntropy(float[] z, int zAt, float[] y, int yAt, int rows, int classes, float scale) {
    return scalar.softmaxCrossEntropy(z, zAt, y, yAt, rows, classes, scale);
  }

  @Override
  public double squaredError(float[] z, int zAt, float[] y, int yAt, int rows, int columns, float scale) {
    return scalar.squaredError(z, zAt, y, yAt, rows, columns, scale);
  }

  @Override
  public void gaussian(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    scalar.gaussian(key, c1, c2, c3, out, outAt, n);
  }

  @Override
  public void rademacher(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    scalar.rademacher(key, c1, c2, c3, out, outAt, n);
  }

  @Override
  public void uniform(long key, int c1, int c2, int c3, float[] out, int outAt, int n) {
    scalar.uniform(key, c1, c2, c3, out, outAt, n);
  }
}
