package kobai.kernels;

import java.util.Arrays;

/**
 * The numerical primitives that models, estimators and optimisers call. This Javadoc is the
 * specification; {@link ScalarKernels} is the same text as the shortest loops, {@link
 * VectorKernels} is fast.
 *
 * <p>Both agree <b>bit for bit</b> (NaN payloads aside) at every vector width, offset and length,
 * because the order of every rounding is part of the specification:
 *
 * <ul>
 *   <li>element-wise kernels round once per named operation; {@code fma} is the fused operation;
 *   <li>in matrix products every output element is one chain of {@code fma} over k in ascending
 *       order. Plain methods start the chain at +0, methods named {@code …Add} start it at the
 *       value found in the output, so that blocks over k continue the chain and a product may be
 *       cut anywhere along k without changing a bit;
 *   <li>{@link #dot} uses 16 virtual lanes: lane l takes the elements l, l + 16, … as an {@code
 *       fma} chain from +0, then the lanes are added by halving (lane l += lane l + 8, then + 4, +
 *       2, + 1). A <i>lane sum</i> Σⱼ xⱼ below is the same lanes and the same halving with + in
 *       place of {@code fma}. (Measured: 32 or 64 lanes gain 1.3 to 1.5 times within 16 KB, nothing
 *       beyond, and slow the products of short rows);
 *   <li>{@code exp}, {@code tanh}, {@code log}, {@code sin} and {@code cos} are this project's own
 *       polynomials.
 * </ul>
 *
 * <p>Arrays are row-major; {@code xAt} is the offset of {@code x}; a stride {@code aRow} is the
 * distance between two rows. The stride of an input may be larger than the row, zero (one row
 * repeated) or negative (rows are then walked backwards through memory, the offset naming the first
 * row of the product); the stride of an output is at least its row. Every size may be zero. Ranges
 * are checked once on entry, against what the call really touches: {@link
 * IndexOutOfBoundsException} if it leaves an array or a size is negative, {@link
 * IllegalArgumentException} if the rows of an output overlap. Outputs must not overlap inputs
 * unless the method says that it works in place. Implementations hold no mutable state and allocate
 * nothing.
 */
public interface Kernels {
  /** Columns of a packed panel, and rows of the tile that all widths share. */
  int PANEL = 16;

  /** Rows of a packed strip. */
  int STRIP = 8;

  /** Virtual lanes of {@link #dot} and of every other sum along a row. */
  int LANES = 16;

  /** Returns Σᵢ aᵢ bᵢ over n elements, in 16 virtual lanes. */
  float dot(float[] a, int aAt, float[] b, int bAt, int n);

  /** Returns Σᵢ xᵢ² over n elements, in 16 virtual lanes. */
  default float squaredNorm(float[] x, int xAt, int n) {
    return dot(x, xAt, x, xAt, n);
  }

  /** y ← fma(α, x, y). */
  void axpy(float alpha, float[] x, int xAt, float[] y, int yAt, int n);

  /** x ← α x. */
  void scale(float alpha, float[] x, int xAt, int n);

  /** z ← x ⊙ y. {@code z} may be {@code x} or {@code y} at the same offset. */
  void multiply(float[] x, int xAt, float[] y, int yAt, float[] z, int zAt, int n);

  /** z ← fma(x, y, z), element by element. */
  void multiplyAdd(float[] x, int xAt, float[] y, int yAt, float[] z, int zAt, int n);

  /**
   * plus ← fma(α, v, x), minus ← fma(−α, v, x): the two halves of an antithetic pair in one pass
   * over v.
   */
  void perturb(
      float[] x,
      int xAt,
      float alpha,
      float[] v,
      int vAt,
      float[] plus,
      int plusAt,
      float[] minus,
      int minusAt,
      int n);

  /** y ← A x with A [rows × columns] contiguous; each yᵢ is {@link #dot} of row i with x. */
  void gemv(float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns);

  /** y ← y + Aᵀ x with A [rows × columns] contiguous; each yⱼ continues one chain over the rows. */
  void gemvTransposedAdd(
      float[] a, int aAt, float[] x, int xAt, float[] y, int yAt, int rows, int columns);

  /** A ← A + x yᵀ with A [rows × columns] contiguous: aᵢⱼ ← fma(xᵢ, yⱼ, aᵢⱼ). */
  void rankOneAdd(
      float[] x, int xAt, float[] y, int yAt, float[] a, int aAt, int rows, int columns);

  /** A ← x yᵀ with A [rows × columns] contiguous: aᵢⱼ ← fma(xᵢ, yⱼ, 0). */
  default void rankOne(
      float[] x, int xAt, float[] y, int yAt, float[] a, int aAt, int rows, int columns) {
    Arrays.fill(a, aAt, aAt + rows * columns, 0f);
    rankOneAdd(x, xAt, y, yAt, a, aAt, rows, columns);
  }

  /**
   * One step of a matrix of traces and the gradient that is read off it, in one pass. With b the
   * trace before,
   *
   * <pre>
   * gradientⱼᵢ ← fma(xⱼ, creditᵢ, fma(weightᵢ, b, gradientⱼᵢ))
   * traceⱼᵢ    ← fma(xⱼ, gainᵢ, decayᵢ · b)
   * </pre>
   *
   * <p>{@code coefficients} [4 × columns] holds decay, gain, weight and credit; trace [rows ×
   * columns] is contiguous, the rows of gradient lie at stride gradientRow.
   */
  void traceStep(
      float[] x,
      int xAt,
      float[] coefficients,
      int coefficientsAt,
      int rows,
      int columns,
      float[] trace,
      int traceAt,
      float[] gradient,
      int gradientAt,
      int gradientRow);

  /** Floats that {@link #pack} writes for a [k × n] matrix: n is padded to whole panels. */
  static int packedSize(int k, int n) {
    return Math.multiplyExact(k, Math.multiplyExact(Math.ceilDiv(n, PANEL), PANEL));
  }

  /**
   * Packs B [k × n], element (p, j) at {@code bAt + p·bRow + j·bColumn}, into panels of 16 columns,
   * each panel [k × 16] row-major, the last one padded with zeros. {@code bRow = 1, bColumn = ld}
   * packs a transposed matrix.
   */
  void pack(float[] b, int bAt, int bRow, int bColumn, int k, int n, float[] packed, int packedAt);

  /**
   * C ← A B; A [m × k] with rows contiguous at stride aRow, B packed by {@link #pack}, C [m × n] at
   * stride cRow.
   */
  void gemmPacked(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] packed,
      int packedAt,
      float[] c,
      int cAt,
      int cRow);

  /** C ← C + A B, as {@link #gemmPacked}, each chain continuing from C. */
  void gemmPackedAdd(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] packed,
      int packedAt,
      float[] c,
      int cAt,
      int cRow);

  /** What a ledger calls the scratch of products, which no formula of memory counts. */
  String SCRATCH = "gemm scratch";

  /**
   * Floats of scratch that {@link #gemm} and {@link #gemmTransposedAdd} need for this shape. It
   * differs between implementations: ask the one that will multiply.
   */
  int gemmScratch(int m, int n, int k);

  /** C ← A B, all plain row-major with strides; packs and blocks inside {@code scratch}. */
  void gemm(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int bRow,
      float[] c,
      int cAt,
      int cRow,
      float[] scratch,
      int scratchAt);

  /**
   * C ← C + Aᵀ B with A [k × m] and B [k × n], the weight-gradient product: each element continues
   * one chain over the k rows. Both aRow and bRow may be negative, so that the chain runs backwards
   * in time; cut anywhere along k it gives the same bits.
   */
  void gemmTransposedAdd(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int bRow,
      float[] c,
      int cAt,
      int cRow,
      float[] scratch,
      int scratchAt);

  /**
   * x [rows × columns] summed over its rows: yⱼ ← yⱼ + Σᵢ xᵢⱼ, rows in the order of {@code xRow}
   * (may be negative).
   */
  void columnSumsAdd(float[] x, int xAt, int xRow, int rows, int columns, float[] y, int yAt);

  /** Floats that {@link #packStrips} writes for an [m × k] matrix: m is padded to whole strips. */
  static int stripsSize(int m, int k) {
    return Math.multiplyExact(k, Math.multiplyExact(Math.ceilDiv(m, STRIP), STRIP));
  }

  /**
   * Packs A [m × k], element (i, p) at {@code aAt + i·aRow + p·aColumn}, into strips of 8 rows,
   * each strip [k × 8] (element (i, p) at p·8 + i), the last one padded with zeros.
   */
  void packStrips(
      float[] a, int aAt, int aRow, int aColumn, int m, int k, float[] strips, int stripsAt);

  /** Out ← A P for one panel P [k × 16], A [m × k] packed by {@link #packStrips}; out [m × 16]. */
  void panelProduct(
      int m,
      int k,
      float[] strips,
      int stripsAt,
      float[] panel,
      int panelAt,
      float[] out,
      int outAt);

  /** Out ← Out + A P, as {@link #panelProduct}, each chain continuing from out. */
  void panelProductAdd(
      int m,
      int k,
      float[] strips,
      int stripsAt,
      float[] panel,
      int panelAt,
      float[] out,
      int outAt);

  /**
   * y ← eˣ, at most 2 ulp; +∞ above ln(MAX), subnormal results exact to their spacing, 0 below.
   * Works in place.
   */
  void exp(float[] x, int xAt, float[] y, int yAt, int n);

  /** y ← ln x, at most 2 ulp; −∞ at ±0, NaN below 0, right for subnormals. Works in place. */
  void log(float[] x, int xAt, float[] y, int yAt, int n);

  /** y ← tanh x, at most 4 ulp, odd, ±1 at ±∞. Works in place. */
  void tanh(float[] x, int xAt, float[] y, int yAt, int n);

  /** y ← 1 / (1 + e⁻ˣ), at most 4 ulp. Works in place. */
  void sigmoid(float[] x, int xAt, float[] y, int yAt, int n);

  /**
   * y ← sin x over the whole range (π reduced to enough digits for every float), NaN at ±∞. Works
   * in place.
   */
  void sin(float[] x, int xAt, float[] y, int yAt, int n);

  /** y ← cos x over the whole range, NaN at ±∞. Works in place. */
  void cos(float[] x, int xAt, float[] y, int yAt, int n);

  /**
   * One leaky step, fused: next ← fma(α, f, (1 − α) state), slope ← α f′, with 1 − α rounded to
   * float once and f′ = fma(−f, f, 1) for tanh, fma(−f, f, f) for the sigmoid. {@code next} may be
   * {@code state} at the same offset and {@code slope} may be {@code u} at the same offset.
   */
  void leakyStep(
      Activation f,
      float alpha,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] slope,
      int slopeAt,
      int n);

  /**
   * Its backward pass: with a = adjoint + q, delta ← a · slope and adjoint ← (1 − α) a, 1 − α
   * rounded once. {@code delta} may be {@code slope} at the same offset.
   */
  void leakyBackward(
      float alpha,
      float[] q,
      int qAt,
      float[] slope,
      int slopeAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int n);

  /**
   * One step of n rotating units, λ = λʳ + iλⁱ: with {@code rotation} [3 × n or more] = [λʳ | λⁱ |
   * γ | …] and u, s, s′ [2 × n] holding real parts before imaginary ones, s′ ← λ s + γ u as
   *
   * <pre>
   * s′ʳ ← fma(λʳ, sʳ, fma(−λⁱ, sⁱ, γ uʳ)),   s′ⁱ ← fma(λʳ, sⁱ, fma(λⁱ, sʳ, γ uⁱ))
   * </pre>
   *
   * <p>{@code next} may be {@code state} at the same offset.
   */
  void rotationStep(
      float[] rotation,
      int rotationAt,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      int n);

  /**
   * Its backward pass: with {@code rotation} [6 × n] = [λʳ | λⁱ | γ | κ | κ′ | ω], the adjoint a [2
   * × n] of s′ and w = λ s (each part one product and one fused), {@code delta} ←
   *
   * <pre>
   * [γ aʳ | γ aⁱ | fma(κ, ⟨a, w⟩, κ′ ⟨a, u⟩) | ω (aⁱ wʳ − aʳ wⁱ) | γ ⟨a, u⟩],   a ← λ̄ a,
   * </pre>
   *
   * ⟨a, b⟩ = aʳ bʳ + aⁱ bⁱ; in each sum or difference of two products the second is rounded, the
   * first is fused.
   *
   * @param gates 5, or 4 to leave out the last of delta [gates × n]
   */
  void rotationBackward(
      float[] rotation,
      int rotationAt,
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int gates,
      int n);

  /**
   * One step of n gated units: u [2 × n] = [c | v]; v ← z = σ(v), next ← fma(z, c − s, s). {@code
   * next} may be {@code state} at the same offset.
   */
  void gatedStep(float[] u, int uAt, float[] state, int stateAt, float[] next, int nextAt, int n);

  /**
   * Its backward pass with u = [c | z] as left by the step and the adjoint a [n] of next: {@code
   * delta} [2 × n] ← [z a | fma(−z, z, z) · (a (c − s))], a ← fma(−z, a, a).
   */
  void gatedBackward(
      float[] u,
      int uAt,
      float[] state,
      int stateAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int n);

  /**
   * Advances traces [rows × parts × n] of n units that do not interact, row j by the source xⱼ at
   * {@code xAt + j·xStride} (a stride of 0 repeats it), g the gain whose parts lie {@code gainPart}
   * places apart: m ← D m + x g with a diagonal D [n] for one part, m ← fma(x, g, D m), and blocks
   * D [2 × 2 × n] for two, m₁ ← fma(x, g₁, fma(D₁₁, m₁, D₁₂ m₂)), m₂ ← fma(x, g₂, fma(D₂₁, m₁, D₂₂
   * m₂)).
   *
   * @param parts 1 or 2
   */
  void advanceTraces(
      int parts,
      float[] decay,
      int decayAt,
      float[] gain,
      int gainAt,
      int gainPart,
      float[] x,
      int xAt,
      int xStride,
      float[] traces,
      int tracesAt,
      int rows,
      int n);

  /**
   * What an adjoint a [parts × n] makes of traces [rows × parts × n], added to the rows of a
   * gradient: g ← fma(a, m, g) for one part, g ← fma(a₂, m₂, fma(a₁, m₁, g)) for two. {@code
   * turned} also adds the credit of the traces turned by a quarter, i m = [−m₂ | m₁], n places
   * later: g′ ← fma(a₂, m₁, fma(−a₁, m₂, g′)); for two parts only.
   */
  void creditTraces(
      int parts,
      boolean turned,
      float[] adjoint,
      int adjointAt,
      float[] traces,
      int tracesAt,
      int rows,
      float[] gradient,
      int gradientAt,
      int gradientRow,
      int n);

  /**
   * {@link #advanceTraces}, and {@link #creditTraces} of what it leaves, in one pass: an online
   * step of a diagonal cell, which reading and writing the traces twice would bound.
   */
  default void stepTraces(
      int parts,
      boolean turned,
      boolean add,
      float[] decay,
      int decayAt,
      float[] gain,
      int gainAt,
      int gainPart,
      float[] x,
      int xAt,
      float[] adjoint,
      int adjointAt,
      float[] traces,
      int tracesAt,
      int rows,
      float[] gradient,
      int gradientAt,
      int gradientRow,
      int n) {
    advanceTraces(
        parts, decay, decayAt, gain, gainAt, gainPart, x, xAt, 1, traces, tracesAt, rows, n);
    for (int j = 0; j < rows && !add; j++) {
      int at = gradientAt + j * gradientRow;
      Arrays.fill(gradient, at, at + (turned ? 2 * n : n), 0f);
    }
    creditTraces(
        parts,
        turned,
        adjoint,
        adjointAt,
        traces,
        tracesAt,
        rows,
        gradient,
        gradientAt,
        gradientRow,
        n);
  }

  /**
   * One step of n LSTM units for each row, fused. Pre-activations a [rows × 4n] = [input | forget |
   * output | candidate], states [rows × 2n] = [h | c]: gates [rows × 4n] ← [i | f | o | g], the
   * sigmoid of the first three and tanh of the last; c of next ← fma(f, c, i · g), h of next ← o ·
   * tanh(c of next). {@code next} may be {@code state} and {@code gates} may be {@code a}, at the
   * same offset.
   */
  void lstmStep(
      float[] a,
      int aAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] gates,
      int gatesAt,
      int rows,
      int n);

  /**
   * Its backward pass: q [rows × n] the loss's own share of the adjoint of h, adjoint [rows × 2n] =
   * [h̄ | c̄] of what follows, delta [rows × 4n]. With t = tanh(c of next), v = h̄ + q, e = fma(v ·
   * o, fma(−t, t, 1), c̄) and s(x) = fma(−x, x, x):
   *
   * <pre>
   * delta ← [(e · g) · s(i) | (e · c) · s(f) | (v · t) · s(o) | (e · i) · fma(−g, g, 1)]
   * adjoint ← [0 | e · f]
   * </pre>
   */
  void lstmBackward(
      float[] q,
      int qAt,
      float[] gates,
      int gatesAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int rows,
      int n);

  /**
   * One step of n GRU units for each row, fused, the reset gate after the product. Pre-activations
   * a [rows × 4n] = [candidate, recurrent part | reset | update | candidate, input part], states
   * [rows × n]: gates [rows × 4n] ← [a₀ | r | z | g] with a₀ the first of a, r and z sigmoids of
   * the next two, g = tanh(fma(r, a₀, a₃)); next ← fma(z, h − g, g). {@code next} may be {@code
   * state} and {@code gates} may be {@code a}, at the same offset.
   */
  void gruStep(
      float[] a,
      int aAt,
      float[] state,
      int stateAt,
      float[] next,
      int nextAt,
      float[] gates,
      int gatesAt,
      int rows,
      int n);

  /**
   * Its backward pass: q and adjoint [rows × n], delta [rows × 4n]. With v = adjoint + q, e = (v ·
   * (1 − z)) · fma(−g, g, 1) and s(x) = fma(−x, x, x):
   *
   * <pre>
   * delta ← [e · r | (e · a₀) · s(r) | (v · (h − g)) · s(z) | e]
   * adjoint ← v · z
   * </pre>
   */
  void gruBackward(
      float[] q,
      int qAt,
      float[] gates,
      int gatesAt,
      float[] state,
      int stateAt,
      float[] adjoint,
      int adjointAt,
      float[] delta,
      int deltaAt,
      int rows,
      int n);

  /**
   * Each row of x [rows × classes] ← softmax of the row: with m = maxⱼ xⱼ (NaN if any element is)
   * and eⱼ = exp(xⱼ − m), xⱼ ← eⱼ / Σⱼ eⱼ, a lane sum.
   */
  void softmax(float[] x, int xAt, int rows, int classes);

  /**
   * Softmax cross-entropy of rows: returns Σ over rows, in order and in double, of Σⱼ yⱼ (lse(z) −
   * zⱼ), and overwrites the logits z [rows × classes] with scale · ((Σⱼ yⱼ) softmax(z) − y). A row
   * of zero targets has no loss and no gradient: that is how a task says that a step does not
   * count. Logits are finite.
   *
   * <p>Order of the roundings in a row, with m = maxⱼ zⱼ: dⱼ = zⱼ − m; score = {@link #dot} of y
   * and d; w = Σⱼ yⱼ and s = Σⱼ exp(dⱼ), lane sums; the loss of the row is w · ln s − score in
   * double (both terms are at least 0 for targets that are, so nothing cancels), with ln s in
   * float; zⱼ ← scale · fma(w, exp(dⱼ) / s, −yⱼ).
   */
  double softmaxCrossEntropy(
      float[] z, int zAt, float[] y, int yAt, int rows, int classes, float scale);

  /**
   * Squared error of rows: with d = z − y, returns Σ over rows, in order and in double, of ½ times
   * the {@link #dot} of d with itself, and overwrites z [rows × columns] with scale · d.
   */
  double squaredError(float[] z, int zAt, float[] y, int yAt, int rows, int columns, float scale);

  /**
   * Standard normal draws, a pure function of (key, c1, c2, c3, index): Philox4x32-10 with counter
   * (block, c1, c2, c3) and Box–Muller with this project's log, sin and cos; no rejection. Always
   * starts at index 0.
   */
  void gaussian(long key, int c1, int c2, int c3, float[] out, int outAt, int n);

  /**
   * ±1 draws with equal probability, a pure function of the same coordinates as {@link #gaussian}.
   */
  void rademacher(long key, int c1, int c2, int c3, float[] out, int outAt, int n);

  /** Uniform draws on [0, 1), multiples of 2⁻²⁴, a pure function of the same coordinates. */
  void uniform(long key, int c1, int c2, int c3, float[] out, int outAt, int n);
}
