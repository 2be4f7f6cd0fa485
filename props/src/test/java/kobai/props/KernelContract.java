package kobai.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.IntPredicate;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The vector kernels of linear algebra do what the scalar ones do, bit for bit, and both keep the
 * error bound γₙ Σ|aᵢbᵢ|.
 *
 * <p>Run at every vector width (the build has one execution for each). Sizes lie around the lanes
 * of all widths; offsets are odd; strides are larger than rows, and zero or negative where allowed.
 * A kernel is called on a copy of an array whose region is pre-filled and whose other cells must
 * keep their value.
 */
class KernelContract {
  private static final Kernels SCALAR = Implementation.SCALAR.kernels();
  private static final Kernels VECTOR = Implementation.VECTOR.kernels();

  /** Unit roundoff of float. */
  private static final double U = 0x1p-24;

  /** What cells outside an output hold, before and after. */
  private static final float CANARY = -12345.678f;

  private static final int[] LENGTHS = {
    0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 31, 32, 33, 47, 48, 49, 61, 64, 65, 96, 101,
    127, 128, 129, 257
  };
  private static final int[] SMALL = {0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 24};
  private static final int[] COLUMNS = {
    0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 47, 48, 64, 67, 80
  };
  private static final int[] DEPTHS = {0, 1, 2, 3, 4, 7, 19};

  /** Shapes [m, n, k] that cross every block and meet every remainder of the large tiles. */
  private static final int[][] LARGE = {
    {33, 47, 300},
    {300, 17, 40},
    {19, 300, 131},
    {260, 261, 5},
    {1, 129, 520},
    {2, 97, 258},
    {40, 64, 64},
    {71, 100, 129},
    {520, 20, 260},
    {5, 260, 260}
  };

  /**
   * Kinds of input: ordinary numbers, numbers whose products underflow with signed zeros, and
   * infinities and NaN.
   */
  private enum Values {
    ORDINARY,
    TINY,
    WILD;

    float[] draw(SplittableRandom random, int n) {
      float[] x = new float[n];
      for (int i = 0; i < n; i++) {
        float ordinary = (float) random.nextGaussian();
        x[i] =
            switch (this) {
              case ORDINARY -> ordinary;
              case TINY ->
                  switch (random.nextInt(5)) {
                    case 0 -> 0.0f;
                    case 1 -> -0.0f;
                    case 2 -> ordinary * Float.MIN_NORMAL;
                    case 3 -> ordinary * 1e-22f;
                    default -> ordinary;
                  };
              case WILD ->
                  switch (random.nextInt(40)) {
                    case 0 -> Float.POSITIVE_INFINITY;
                    case 1 -> Float.NEGATIVE_INFINITY;
                    case 2 -> Float.NaN;
                    case 3 -> Float.MAX_VALUE;
                    case 4 -> -0.0f;
                    default -> ordinary;
                  };
            };
      }
      return x;
    }
  }

  /** Calls a kernel of an implementation on an array that it writes. */
  private interface Call {
    void on(Kernels kernels, float[] out);
  }

  private static SplittableRandom random(int... coordinates) {
    return new SplittableRandom(Arrays.hashCode(coordinates));
  }

  /**
   * An output of the given size with every cell of the region from {@code old} and canaries around
   * and between.
   */
  private static float[] output(int size, IntPredicate region, float[] old) {
    float[] out = new float[size];
    for (int i = 0; i < size; i++) {
      out[i] = !region.test(i) ? CANARY : old == null ? Float.NaN : old[i];
    }
    return out;
  }

  /**
   * Both implementations write the same bits in the region and nothing elsewhere; returns what they
   * wrote.
   */
  private static float[] agree(String what, float[] before, IntPredicate region, Call call) {
    float[] expected = before.clone();
    float[] actual = before.clone();
    call.on(SCALAR, expected);
    call.on(VECTOR, actual);
    for (int i = 0; i < before.length; i++) {
      // floatToIntBits gives one pattern to every NaN and tells −0 from +0.
      if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
        fail(what + " at " + i + ": scalar " + expected[i] + ", vector " + actual[i]);
      }
      if (!region.test(i) && actual[i] != CANARY) {
        fail(what + " wrote " + actual[i] + " outside its output at " + i);
      }
    }
    return actual;
  }

  private static IntPredicate range(int at, int n) {
    return i -> i >= at && i < at + n;
  }

  private static IntPredicate rows(int at, int stride, int m, int n) {
    return i -> i >= at && stride > 0 && (i - at) / stride < m && (i - at) % stride < n;
  }

  /**
   * The bound for a sum of n products in any order of at most n roundings; the double reference
   * errs far less.
   */
  private static void within(String what, float actual, double exact, double magnitude, int n) {
    double gamma = n * U / (1 - n * U);
    // Ordinary inputs never come near the subnormals, so no absolute term is needed but for exact
    // zeros.
    assertTrue(
        Math.abs(actual - exact) <= (gamma + n * 0x1p-52) * magnitude,
        () -> what + ": " + actual + " is not within γ of " + exact);
  }

  @Test
  void dotProductsAgreeAndKeepTheBound() {
    for (Values values : Values.values()) {
      for (int n : LENGTHS) {
        for (int at = 0; at < 3; at++) {
          float[] a = values.draw(random(1, n, at), n + 5);
          float[] b = values.draw(random(2, n, at), n + 5);
          String what = "dot of " + n + " " + values;
          float scalar = SCALAR.dot(a, at, b, 3 - at, n);
          float vector = VECTOR.dot(a, at, b, 3 - at, n);
          assertEquals(Float.floatToIntBits(scalar), Float.floatToIntBits(vector), what);
          assertEquals(
              Float.floatToIntBits(SCALAR.squaredNorm(a, at, n)),
              Float.floatToIntBits(VECTOR.squaredNorm(a, at, n)),
              what);
          if (values == Values.ORDINARY) {
            double exact = 0;
            double magnitude = 0;
            for (int i = 0; i < n; i++) {
              exact += (double) a[at + i] * b[3 - at + i];
              magnitude += Math.abs((double) a[at + i] * b[3 - at + i]);
            }
            within(what, vector, exact, magnitude, n);
          }
        }
      }
    }
  }

  /**
   * −10⁻³⁰ · 10⁻³⁰ rounds to −0; a lane without an element is +0, so the sum is −0 from 16 elements
   * on.
   */
  @Test
  void laneSumsKeepTheSignOfZero() {
    for (int n : LENGTHS) {
      float[] a = new float[9 * n];
      float[] b = new float[n];
      Arrays.fill(a, 1e-30f);
      Arrays.fill(b, -1e-30f);
      float expected = n < Kernels.LANES ? 0.0f : -0.0f;
      assertEquals(
          Float.floatToIntBits(expected),
          Float.floatToIntBits(SCALAR.dot(a, 0, b, 0, n)),
          "length " + n);
      assertEquals(
          Float.floatToIntBits(expected),
          Float.floatToIntBits(VECTOR.dot(a, 0, b, 0, n)),
          "length " + n);
      float[] y = new float[9];
      VECTOR.gemv(a, 0, b, 0, y, 0, 9, n);
      for (float dot : y) {
        assertEquals(
            Float.floatToIntBits(expected), Float.floatToIntBits(dot), "rows of length " + n);
      }
    }
  }

  @Test
  void streamsAgree() {
    for (Values values : Values.values()) {
      for (int n : LENGTHS) {
        for (int at = 0; at < 4; at += 3) {
          int size = n + 7;
          int from = at;
          float alpha = values == Values.TINY ? -1e-25f : 0.7f;
          float[] x = values.draw(random(3, n, at), size);
          float[] v = values.draw(random(4, n, at), size);
          IntPredicate region = range(at + 1, n);
          float[] before = output(size, region, values.draw(random(5, n, at), size));
          String what = " of " + n + " " + values;
          agree("axpy" + what, before, region, (k, y) -> k.axpy(alpha, x, from, y, from + 1, n));
          agree("scale" + what, before, region, (k, y) -> k.scale(alpha, y, from + 1, n));
          agree(
              "multiply" + what,
              before,
              region,
              (k, y) -> k.multiply(x, from, v, from + 2, y, from + 1, n));
          agree(
              "multiplyAdd" + what,
              before,
              region,
              (k, y) -> k.multiplyAdd(x, from, v, from + 2, y, from + 1, n));
          IntPredicate halves = i -> region.test(i) || region.test(i - size);
          agree(
              "perturb" + what,
              output(2 * size, halves, null),
              halves,
              (k, y) -> {
                float[] minus = Arrays.copyOfRange(y, size, 2 * size);
                k.perturb(x, from, alpha, v, from + 2, y, from + 1, minus, from + 1, n);
                System.arraycopy(minus, 0, y, size, size);
              });
        }
      }
    }
  }

  /** Rows of a page of memory and more take another way than shorter ones. */
  @Test
  void matrixVectorProductsOfLongRowsAgree() {
    for (Values values : Values.values()) {
      for (int m : new int[] {7, 8, 19}) {
        for (int n : new int[] {1023, 1024, 1029}) {
          float[] a = values.draw(random(11, m, n), m * n + 2);
          float[] x = values.draw(random(12, m, n), m + 1);
          IntPredicate region = range(3, n);
          agree(
              "gemvTransposedAdd [" + m + ", " + n + "] " + values,
              output(n + 6, region, values.draw(random(13, m, n), n + 6)),
              region,
              (k, y) -> k.gemvTransposedAdd(a, 1, x, 1, y, 3, m, n));
        }
      }
    }
  }

  @Test
  void matrixVectorProductsAgree() {
    for (Values values : Values.values()) {
      for (int m : LENGTHS) {
        for (int n : LENGTHS) {
          if (m * n > 9000) {
            continue;
          }
          float[] a = values.draw(random(6, m, n), m * n + 2);
          float[] rowVector = values.draw(random(7, m, n), m + 1);
          float[] columnVector = values.draw(random(8, m, n), n + 1);
          String what = " [" + m + ", " + n + "] " + values;
          IntPredicate perRow = range(3, m);
          agree(
              "gemv" + what,
              output(m + 6, perRow, null),
              perRow,
              (k, y) -> k.gemv(a, 1, columnVector, 1, y, 3, m, n));
          IntPredicate perColumn = range(3, n);
          float[] old = output(n + 6, perColumn, values.draw(random(9, m, n), n + 6));
          agree(
              "gemvTransposedAdd" + what,
              old,
              perColumn,
              (k, y) -> k.gemvTransposedAdd(a, 1, rowVector, 1, y, 3, m, n));
          IntPredicate matrix = range(3, m * n);
          agree(
              "rankOneAdd" + what,
              output(m * n + 6, matrix, values.draw(random(10, m, n), m * n + 6)),
              matrix,
              (k, y) -> k.rankOneAdd(rowVector, 1, columnVector, 1, y, 3, m, n));
          agree(
              "rankOne" + what,
              output(m * n + 6, matrix, values.draw(random(11, m, n), m * n + 6)),
              matrix,
              (k, y) -> k.rankOne(rowVector, 1, columnVector, 1, y, 3, m, n));
          agree(
              "columnSumsAdd" + what,
              old,
              perColumn,
              (k, y) -> k.columnSumsAdd(a, 1, n, m, n, y, 3));
          agree(
              "columnSumsAdd backwards" + what,
              old,
              perColumn,
              (k, y) -> k.columnSumsAdd(a, 1 + Math.max(m - 1, 0) * n, -n, m, n, y, 3));
        }
      }
    }
  }

  @Test
  void traceStepsAgree() {
    for (Values values : Values.values()) {
      for (int rows : SMALL) {
        for (int n : COLUMNS) {
          int gradientRow = n + 3;
          int split = rows * n + 9;
          float[] x = values.draw(random(23, rows, n), rows + 1);
          float[] coefficients = values.draw(random(24, rows, n), 4 * n + 2);
          int size = split + rows * gradientRow + 8;
          IntPredicate trace = range(2, rows * n);
          IntPredicate gradient = rows(split + 5, gradientRow, rows, n);
          agree(
              "traceStep [" + rows + ", " + n + "] " + values,
              output(size, trace.or(gradient), values.draw(random(25, rows, n), size)),
              trace.or(gradient),
              (k, y) ->
                  k.traceStep(x, 1, coefficients, 2, rows, n, y, 2, y, split + 5, gradientRow));
        }
      }
    }
  }

  @Test
  void packingAgrees() {
    for (int k : new int[] {0, 1, 2, 5, 16, 33}) {
      for (int n : COLUMNS) {
        float[] x = Values.ORDINARY.draw(random(11, k, n), 3 + (k + 3) * (n + 5));
        int panels = Kernels.packedSize(k, n);
        int strips = Kernels.stripsSize(n, k);
        IntPredicate packed = range(2, panels);
        IntPredicate stripped = range(2, strips);
        int wide = n + 5;
        int tall = k + 3;
        int last = 3 + Math.max(k - 1, 0) * wide;
        String what = "[" + k + ", " + n + "]";
        float[] none = output(panels + 4, packed, null);
        agree("pack " + what, none, packed, (f, y) -> f.pack(x, 3, wide, 1, k, n, y, 2));
        agree("pack transposed " + what, none, packed, (f, y) -> f.pack(x, 3, 1, tall, k, n, y, 2));
        agree(
            "pack backwards " + what,
            none,
            packed,
            (f, y) -> f.pack(x, last, -wide, 1, k, n, y, 2));
        float[] empty = output(strips + 4, stripped, null);
        agree(
            "packStrips " + what,
            empty,
            stripped,
            (f, y) -> f.packStrips(x, 3, tall, 1, n, k, y, 2));
        agree(
            "packStrips transposed " + what,
            empty,
            stripped,
            (f, y) -> f.packStrips(x, 3, 1, wide, n, k, y, 2));
      }
    }
  }

  @Test
  void matrixProductsAgreeOnSmallShapes() {
    for (Values values : Values.values()) {
      for (int m : SMALL) {
        for (int n : COLUMNS) {
          for (int k : DEPTHS) {
            products(values, m, n, k);
          }
        }
      }
    }
  }

  @Test
  void matrixProductsAgreeAcrossBlocks() {
    for (Values values : Values.values()) {
      for (int[] shape : LARGE) {
        products(values, shape[0], shape[1], shape[2]);
      }
    }
  }

  private static void products(Values values, int m, int n, int k) {
    String what = " [" + m + ", " + n + ", " + k + "] " + values;
    int aRow = k + 2;
    int bRow = n + 3;
    int cRow = n + 1;
    float[] a = values.draw(random(12, m, n, k), 1 + m * aRow);
    float[] b = values.draw(random(13, m, n, k), 2 + k * bRow);
    float[] packed = new float[Kernels.packedSize(k, n) + 1];
    SCALAR.pack(b, 2, bRow, 1, k, n, packed, 1);
    int size = m * cRow + 8;
    IntPredicate region = rows(5, cRow, m, n);
    float[] empty = output(size, region, null);
    float[] old = output(size, region, values.draw(random(14, m, n, k), size));
    float[] c =
        agree(
            "gemmPacked" + what,
            empty,
            region,
            (f, y) -> f.gemmPacked(m, n, k, a, 1, aRow, packed, 1, y, 5, cRow));
    agree(
        "gemmPackedAdd" + what,
        old,
        region,
        (f, y) -> f.gemmPackedAdd(m, n, k, a, 1, aRow, packed, 1, y, 5, cRow));
    agree(
        "gemmPacked, one row" + what,
        empty,
        region,
        (f, y) -> f.gemmPacked(m, n, k, a, 1, 0, packed, 1, y, 5, cRow));
    float[] plain =
        agree(
            "gemm" + what,
            empty,
            region,
            (f, y) -> f.gemm(m, n, k, a, 1, aRow, b, 2, bRow, y, 5, cRow, scratch(f, m, n, k), 1));
    assertEquals(
        -1, Arrays.mismatch(bits(c), bits(plain)), () -> "gemm and gemmPacked differ" + what);

    // The transposed left factor is read from the same numbers, [k × m] with its own stride,
    // forwards and backwards.
    int tRow = m + 2;
    float[] t = values.draw(random(15, m, n, k), 1 + k * tRow);
    float[] forwards =
        agree(
            "gemmTransposedAdd" + what,
            old,
            region,
            (f, y) ->
                f.gemmTransposedAdd(
                    m, n, k, t, 1, tRow, b, 2, bRow, y, 5, cRow, scratch(f, m, n, k), 1));
    int tLast = 1 + Math.max(k - 1, 0) * tRow;
    int bLast = 2 + Math.max(k - 1, 0) * bRow;
    agree(
        "gemmTransposedAdd backwards" + what,
        old,
        region,
        (f, y) ->
            f.gemmTransposedAdd(
                m, n, k, t, tLast, -tRow, b, bLast, -bRow, y, 5, cRow, scratch(f, m, n, k), 1));
    // Cut along k, it goes on where it stopped.
    int cut = k / 3;
    float[] inTwo = old.clone();
    VECTOR.gemmTransposedAdd(
        m, n, cut, t, 1, tRow, b, 2, bRow, inTwo, 5, cRow, scratch(VECTOR, m, n, cut), 1);
    VECTOR.gemmTransposedAdd(
        m,
        n,
        k - cut,
        t,
        1 + cut * tRow,
        tRow,
        b,
        2 + cut * bRow,
        bRow,
        inTwo,
        5,
        cRow,
        scratch(VECTOR, m, n, k - cut),
        1);
    assertEquals(-1, Arrays.mismatch(bits(forwards), bits(inTwo)), () -> "cut along k" + what);

    float[] strips = new float[Kernels.stripsSize(m, k) + 1];
    SCALAR.packStrips(a, 1, aRow, 1, m, k, strips, 1);
    float[] panel = values.draw(random(16, m, n, k), k * Kernels.PANEL + 1);
    IntPredicate out = range(2, m * Kernels.PANEL);
    int outSize = m * Kernels.PANEL + 4;
    agree(
        "panelProduct" + what,
        output(outSize, out, null),
        out,
        (f, y) -> f.panelProduct(m, k, strips, 1, panel, 1, y, 2));
    agree(
        "panelProductAdd" + what,
        output(outSize, out, values.draw(random(17, m, n, k), outSize)),
        out,
        (f, y) -> f.panelProductAdd(m, k, strips, 1, panel, 1, y, 2));

    if (values == Values.ORDINARY) {
      for (int i = 0; i < m; i += 3) {
        for (int j = 0; j < n; j += 5) {
          double exact = 0;
          double magnitude = 0;
          for (int p = 0; p < k; p++) {
            double term = (double) a[1 + i * aRow + p] * b[2 + p * bRow + j];
            exact += term;
            magnitude += Math.abs(term);
          }
          within("gemm" + what, c[5 + i * cRow + j], exact, magnitude, k);
        }
      }
    }
  }

  private static float[] scratch(Kernels kernels, int m, int n, int k) {
    return new float[kernels.gemmScratch(m, n, k) + 1];
  }

  private static int[] bits(float[] x) {
    int[] bits = new int[x.length];
    for (int i = 0; i < x.length; i++) {
      bits[i] = Float.floatToIntBits(x[i]);
    }
    return bits;
  }

  @ParameterizedTest
  @EnumSource
  void rangesAreRefusedBeforeAnythingIsWritten(Implementation implementation) {
    Kernels kernels = implementation.kernels();
    float[] small = new float[11];
    float[] large = new float[400];
    refused(IndexOutOfBoundsException.class, small, y -> () -> kernels.axpy(1, large, 0, y, 0, 12));
    refused(
        IndexOutOfBoundsException.class, small, y -> () -> kernels.axpy(1, large, 395, y, 0, 6));
    refused(IndexOutOfBoundsException.class, small, y -> () -> kernels.axpy(1, large, -1, y, 0, 6));
    refused(IndexOutOfBoundsException.class, small, y -> () -> kernels.axpy(1, large, 0, y, 0, -1));
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.gemv(large, 0, large, 0, y, 0, 12, 3));
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.gemv(large, 0, large, 0, y, 0, 11, 37));
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.columnSumsAdd(large, 5, -6, 2, 3, y, 0));
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.gemmPacked(3, 4, 2, large, 0, 2, large, 0, y, 0, 4));
    refused(
        IllegalArgumentException.class,
        small,
        y -> () -> kernels.gemmPacked(3, 4, 2, large, 0, 2, large, 0, y, 0, 3));
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.gemmPacked(2, 4, 100, large, 0, 301, large, 0, y, 0, 4));
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.panelProduct(1, 2, large, 0, large, 0, y, 0));
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.traceStep(large, 0, large, 0, 3, 4, y, 0, large, 0, 4));
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.traceStep(large, 0, large, 0, 3, 4, large, 0, y, 0, 4));
    refused(
        IllegalArgumentException.class,
        small,
        y -> () -> kernels.traceStep(large, 0, large, 0, 2, 4, large, 0, y, 0, 3));
    // The largest product of two ints does not fit an int: the check must not wrap around.
    refused(
        IndexOutOfBoundsException.class,
        small,
        y -> () -> kernels.rankOneAdd(large, 0, large, 0, y, 0, 1 << 16, 1 << 16));
  }

  private static void refused(
      Class<? extends Exception> type,
      float[] out,
      Function<float[], org.junit.jupiter.api.function.Executable> call) {
    Arrays.fill(out, CANARY);
    assertThrows(type, call.apply(out));
    for (float cell : out) {
      assertEquals(CANARY, cell);
    }
  }
}
