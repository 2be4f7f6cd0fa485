package kobai.bench;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import kobai.kernels.Activation;
import kobai.kernels.Implementation;
import kobai.kernels.Kernels;
import kobai.kernels.VectorKernels;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How close is each kernel to its limit?
 *
 * <p>Times are nanoseconds per call; {@link KernelReport} runs all of this and turns them into
 * ratios. The limit of the products is what {@link #fmaPeak} reaches: {@value #PEAK_FLOPS_PER_LANE}
 * operations per call and lane of a vector. The limit of the matrix-vector products is the cache
 * that holds the matrix, which is what {@link #read} reaches: it loads the same matrix once and
 * does nothing else with it. A limit is timed again before every iteration ({@link Peak}, {@link
 * Reading}), because the clock of a machine wanders more between two benchmarks than a kernel is
 * away from its limit. The functions and the noise have no simple limit and stand beside the loops
 * that one would write without them ({@code plain…}, {@code jdk…}).
 *
 * <p>A surprising answer: a product below 70 % of the peak at 64 or more, a size such as 100 or 129
 * below half of its neighbour that is a power of two, any allocation, or a plain loop that wins.
 *
 * <p>A run of all takes about 15 minutes: three forks, because what differs most is one compilation
 * and one layout of memory from the next; warm-up of 2.5 s, because until all is compiled a call
 * takes a thousand times longer; twenty measurements so short that the limit before each of them
 * was timed on the same clock; and the scalar kernels only when asked for ({@code -p
 * implementation=SCALAR}), because they are the specification and claim no speed.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 20, time = 50, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class KernelBenchmark {
  private static final VectorSpecies<Float> SPECIES =
      VectorSpecies.of(float.class, VectorShape.forBitSize(VectorKernels.vectorBits()));
  private static final int PEAK_CHAINS = 12; // more than latency (4 or 5) times units (2)
  private static final int PEAK_ITERATIONS = 1000;
  private static final long BOUND_NANOS = 20_000_000;

  /** Operations that {@link #fmaPeak} does per call in each lane of a vector. */
  static final int PEAK_FLOPS_PER_LANE = 2 * PEAK_CHAINS * PEAK_ITERATIONS;

  /** Unit roundoff of float. */
  private static final double U = 0x1p-24;

  /** Arrays of random numbers that begin at an offset of their own in every fork. */
  @State(Scope.Thread)
  public static class Inputs {
    private static final int MOST_JITTER = 16;
    final Random random = new Random();
    final int at = random.nextInt(MOST_JITTER);

    float[] normal(int n) {
      float[] x = new float[at + n];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextGaussian();
      }
      return x;
    }
  }

  /** Vectors that fit the first-level cache. */
  @State(Scope.Thread)
  public static class Streams {
    private static final int CLASSES = 32;

    @Param("VECTOR")
    Implementation implementation;

    @Param({"4096"})
    int n;

    Kernels kernels;
    int at;
    float[] x;
    float[] y;
    float[] z;
    float[] slope;
    float[] positive;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      kernels = implementation.kernels();
      at = inputs.at;
      x = inputs.normal(n);
      y = inputs.normal(n);
      z = new float[at + n];
      slope = new float[at + n];
      positive = x.clone();
      for (int i = 0; i < positive.length; i++) {
        positive[i] = Math.abs(x[i]);
      }
      double exact = 0;
      double magnitude = 0;
      for (int i = 0; i < n; i++) {
        exact += (double) x[at + i] * y[at + i];
        magnitude += Math.abs((double) x[at + i] * y[at + i]);
      }
      check("dot", kernels.dot(x, at, y, at, n), exact, bound(n) * magnitude);
      kernels.tanh(x, at, z, at, n);
      checkFunction("tanh", x, z, Math::tanh, 4);
      kernels.exp(x, at, z, at, n);
      checkFunction("exp", x, z, Math::exp, 2);
      kernels.log(positive, at, z, at, n);
      checkFunction("log", positive, z, Math::log, 2);
      kernels.sin(x, at, z, at, n);
      checkFunction("sin", x, z, Math::sin, 2);
      kernels.sigmoid(x, at, z, at, n);
      checkFunction("sigmoid", x, z, v -> 1 / (1 + Math.exp(-v)), 4);
      double mean = 0;
      double square = 0;
      kernels.gaussian(1, 2, 3, 4, z, at, n);
      for (int i = 0; i < n; i++) {
        mean += z[at + i] / n;
        square += (double) z[at + i] * z[at + i] / n;
      }
      // Six standard errors of the mean (1/√n) and of the mean square (√2/√n).
      check("mean of gaussian", mean, 0, 6 / Math.sqrt(n));
      check("mean square of gaussian", square, 1, 6 * Math.sqrt(2.0 / n));
    }

    private void checkFunction(
        String name, float[] inputs, float[] values, DoubleUnaryOperator exact, int ulps) {
      for (int i = 0; i < n; i++) {
        double expected = exact.applyAsDouble(inputs[at + i]);
        check(name, values[at + i], expected, (ulps + 0.5) * Math.ulp((float) expected));
      }
    }
  }

  /** A square matrix and vectors, for a matrix in each of the caches. */
  @State(Scope.Thread)
  public static class Matrix {
    @Param("VECTOR")
    Implementation implementation;

    @Param({"64", "100", "128", "256", "512", "1024"})
    int n;

    Kernels kernels;
    int at;
    float[] a;
    float[] packed;
    float[] x;
    float[] y;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      kernels = implementation.kernels();
      at = inputs.at;
      a = inputs.normal(n * n);
      x = inputs.normal(n);
      y = new float[at + n];
      kernels.gemv(a, at, x, at, y, at, n, n);
      checkProduct("gemv", n, 1, n, a, at, n, 1, x, at, 1, y, at, 1);
      Arrays.fill(y, 0);
      kernels.gemvTransposedAdd(a, at, x, at, y, at, n, n);
      checkProduct("gemvTransposedAdd", n, 1, n, a, at, 1, n, x, at, 1, y, at, 1);
      packed = new float[at + Kernels.packedSize(n, n)];
      kernels.pack(a, at, 1, n, n, n, packed, at);
      kernels.gemmPacked(1, n, n, x, at, n, packed, at, y, at, n);
      checkProduct("gemmPacked", n, 1, n, a, at, n, 1, x, at, 1, y, at, 1);
    }

    /**
     * The bound of the matrix-vector products: every vector of the matrix (but for the last few of
     * an odd size) loaded once, in order, into 8 sums (latency times units).
     */
    float read() {
      int width = SPECIES.length();
      FloatVector sum0 = FloatVector.zero(SPECIES);
      FloatVector sum1 = sum0;
      FloatVector sum2 = sum0;
      FloatVector sum3 = sum0;
      FloatVector sum4 = sum0;
      FloatVector sum5 = sum0;
      FloatVector sum6 = sum0;
      FloatVector sum7 = sum0;
      int end = at + n * n / (8 * width) * (8 * width);
      for (int i = at; i < end; i += 8 * width) {
        sum0 = sum0.add(FloatVector.fromArray(SPECIES, a, i));
        sum1 = sum1.add(FloatVector.fromArray(SPECIES, a, i + width));
        sum2 = sum2.add(FloatVector.fromArray(SPECIES, a, i + 2 * width));
        sum3 = sum3.add(FloatVector.fromArray(SPECIES, a, i + 3 * width));
        sum4 = sum4.add(FloatVector.fromArray(SPECIES, a, i + 4 * width));
        sum5 = sum5.add(FloatVector.fromArray(SPECIES, a, i + 5 * width));
        sum6 = sum6.add(FloatVector.fromArray(SPECIES, a, i + 6 * width));
        sum7 = sum7.add(FloatVector.fromArray(SPECIES, a, i + 7 * width));
      }
      FloatVector low = sum0.add(sum1).add(sum2.add(sum3));
      return low.add(sum4.add(sum5).add(sum6.add(sum7))).lane(0);
    }
  }

  /** A square matrix in strips and a panel: powers of two and a size that is not. */
  @State(Scope.Thread)
  public static class Panels {
    @Param("VECTOR")
    Implementation implementation;

    @Param({"64", "100", "128", "256"})
    int n;

    Kernels kernels;
    int at;
    float[] a;
    float[] strips;
    float[] panel;
    float[] out;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      kernels = implementation.kernels();
      at = inputs.at;
      a = inputs.normal(n * n);
      strips = new float[at + Kernels.stripsSize(n, n)];
      kernels.packStrips(a, at, n, 1, n, n, strips, at);
      panel = inputs.normal(n * Kernels.PANEL);
      out = new float[at + n * Kernels.PANEL];
      kernels.panelProduct(n, n, strips, at, panel, at, out, at);
      checkProduct(
          "panelProduct",
          n,
          Kernels.PANEL,
          n,
          a,
          at,
          n,
          1,
          panel,
          at,
          Kernels.PANEL,
          out,
          at,
          Kernels.PANEL);
    }
  }

  /** Square products against packed weights. */
  @State(Scope.Thread)
  public static class Packed {
    @Param("VECTOR")
    Implementation implementation;

    @Param({"32", "64", "100", "128", "129", "256"})
    int n;

    Kernels kernels;
    int at;
    float[] a;
    float[] b;
    float[] packed;
    float[] c;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      kernels = implementation.kernels();
      at = inputs.at;
      a = inputs.normal(n * n);
      b = inputs.normal(n * n);
      packed = new float[at + Kernels.packedSize(n, n)];
      kernels.pack(b, at, n, 1, n, n, packed, at);
      c = new float[at + n * n];
      kernels.gemmPacked(n, n, n, a, at, n, packed, at, c, at, n);
      checkProduct("gemmPacked", n, n, n, a, at, n, 1, b, at, n, c, at, n);
    }
  }

  /**
   * The gates of a batch of 32 LSTM or GRU units, fused and (for the LSTM step) as one call for
   * each operation of a row.
   */
  @State(Scope.Thread)
  public static class Units {
    private static final int ROWS = 32;

    @Param("VECTOR")
    Implementation implementation;

    @Param({"64"})
    int n;

    Kernels kernels;
    int at;
    float[] a;
    float[] q;
    float[] state;
    float[] next;
    float[] gates;
    float[] adjoint;
    float[] delta;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      kernels = implementation.kernels();
      at = inputs.at;
      a = inputs.normal(ROWS * 4 * n);
      q = inputs.normal(ROWS * n);
      state = inputs.normal(ROWS * 2 * n);
      next = new float[at + ROWS * 2 * n];
      gates = new float[at + ROWS * 4 * n];
      adjoint = new float[at + ROWS * 2 * n];
      delta = new float[at + ROWS * 4 * n];
      apart();
      float[] expected = next.clone();
      kernels.lstmStep(a, at, state, at, next, at, gates, at, ROWS, n);
      if (Arrays.mismatch(expected, next) >= 0) {
        throw new IllegalStateException(
            "lstmStep: [%d] differs".formatted(Arrays.mismatch(expected, next)));
      }
    }

    /** The LSTM step of {@link Kernels#lstmStep} from kernels of one operation. */
    void apart() {
      for (int row = 0; row < ROWS; row++) {
        int y = at + row * 4 * n;
        int h = at + row * 2 * n;
        kernels.sigmoid(a, y, gates, y, 3 * n);
        kernels.tanh(a, y + 3 * n, gates, y + 3 * n, n);
        kernels.multiply(gates, y, gates, y + 3 * n, next, h + n, n);
        kernels.multiplyAdd(gates, y + n, state, h + n, next, h + n, n);
        kernels.tanh(next, h + n, next, h, n);
        kernels.multiply(gates, y + 2 * n, next, h, next, h, n);
      }
    }
  }

  @Benchmark
  public float[] lstmStep(Units s) {
    s.kernels.lstmStep(s.a, s.at, s.state, s.at, s.next, s.at, s.gates, s.at, Units.ROWS, s.n);
    return s.next;
  }

  @Benchmark
  public float[] lstmStepApart(Units s) {
    s.apart();
    return s.next;
  }

  @Benchmark
  public float[] lstmBackward(Units s) {
    s.kernels.lstmBackward(
        s.q,
        s.at,
        s.gates,
        s.at,
        s.state,
        s.at,
        s.next,
        s.at,
        s.adjoint,
        s.at,
        s.delta,
        s.at,
        Units.ROWS,
        s.n);
    return s.delta;
  }

  @Benchmark
  public float[] gruStep(Units s) {
    s.kernels.gruStep(s.a, s.at, s.state, s.at, s.next, s.at, s.gates, s.at, Units.ROWS, s.n);
    return s.next;
  }

  @Benchmark
  public float[] gruBackward(Units s) {
    s.kernels.gruBackward(
        s.q, s.at, s.gates, s.at, s.state, s.at, s.adjoint, s.at, s.delta, s.at, Units.ROWS, s.n);
    return s.delta;
  }

  /**
   * Square products that pack inside; with vectors only, the scalar loops would take seconds a
   * call.
   */
  @State(Scope.Thread)
  public static class Large {
    @Param({"256", "512", "1024"})
    int n;

    final Kernels kernels = Implementation.VECTOR.kernels();
    int at;
    float[] a;
    float[] b;
    float[] c;
    float[] scratch;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      at = inputs.at;
      a = inputs.normal(n * n);
      b = inputs.normal(n * n);
      c = new float[at + n * n];
      scratch = new float[kernels.gemmScratch(n, n, n)];
      kernels.gemm(n, n, n, a, at, n, b, at, n, c, at, n, scratch, 0);
      checkProduct("gemm", n, n, n, a, at, n, 1, b, at, n, c, at, n);
      Arrays.fill(c, 0);
      kernels.gemmTransposedAdd(n, n, n, a, at, n, b, at, n, c, at, n, scratch, 0);
      checkProduct("gemmTransposedAdd", n, n, n, a, at, 1, n, b, at, n, c, at, n);
    }
  }

  private static double bound(int n) {
    return n * U / (1 - n * U);
  }

  private static void check(String what, double actual, double expected, double tolerance) {
    if (!(Math.abs(actual - expected) <= tolerance)) {
      throw new IllegalStateException(
          what + " = " + actual + ": must be within " + tolerance + " of " + expected);
    }
  }

  /**
   * Checks some elements of C = A B, A at strides (aRow, aColumn), against double and the bound γₖ
   * Σ|a b|.
   */
  private static void checkProduct(
      String what,
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      int aColumn,
      float[] b,
      int bAt,
      int bRow,
      float[] c,
      int cAt,
      int cRow) {
    for (int i = 0; i < m; i += Math.max(1, m / 17)) {
      for (int j = 0; j < n; j += Math.max(1, n / 19)) {
        double exact = 0;
        double magnitude = 0;
        for (int p = 0; p < k; p++) {
          double term = (double) a[aAt + i * aRow + p * aColumn] * b[bAt + p * bRow + j];
          exact += term;
          magnitude += Math.abs(term);
        }
        check(what, c[cAt + i * cRow + j], exact, bound(k) * magnitude);
      }
    }
  }

  /** The peak, timed before each iteration. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Peak {
    private float x = 0.5f; // not constants to the compiler
    private float y = 0.25f;
    private double nanos;

    @Setup(Level.Iteration)
    public void time() {
      nanos = nanosOf(this::run);
    }

    /** Of one call. */
    public double boundNanos() {
      return nanos;
    }

    /**
     * Fused multiply-adds in registers and nothing else: chains a ← fma(a, x, y), which stay normal
     * numbers.
     */
    float run() {
      FloatVector x = FloatVector.broadcast(SPECIES, this.x);
      FloatVector y = FloatVector.broadcast(SPECIES, this.y);
      FloatVector a0 = x;
      FloatVector a1 = x.mul(2);
      FloatVector a2 = x.mul(3);
      FloatVector a3 = x.mul(4);
      FloatVector a4 = x.mul(5);
      FloatVector a5 = x.mul(6);
      FloatVector a6 = x.mul(7);
      FloatVector a7 = x.mul(8);
      FloatVector a8 = x.mul(9);
      FloatVector a9 = x.mul(10);
      FloatVector a10 = x.mul(11);
      FloatVector a11 = x.mul(12);
      for (int i = 0; i < PEAK_ITERATIONS; i++) {
        a0 = a0.fma(x, y);
        a1 = a1.fma(x, y);
        a2 = a2.fma(x, y);
        a3 = a3.fma(x, y);
        a4 = a4.fma(x, y);
        a5 = a5.fma(x, y);
        a6 = a6.fma(x, y);
        a7 = a7.fma(x, y);
        a8 = a8.fma(x, y);
        a9 = a9.fma(x, y);
        a10 = a10.fma(x, y);
        a11 = a11.fma(x, y);
      }
      FloatVector left = a0.add(a1).add(a2).add(a3).add(a4).add(a5);
      FloatVector right = a6.add(a7).add(a8).add(a9).add(a10).add(a11);
      return left.add(right).lane(0);
    }
  }

  /** Reading the matrix, timed before each iteration. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Reading {
    private double nanos;

    @Setup(Level.Iteration)
    public void time(Matrix s) {
      nanos = nanosOf(s::read);
    }

    /** Of one call. */
    public double boundNanos() {
      return nanos;
    }
  }

  private static double nanosOf(DoubleSupplier call) {
    double sum = 0;
    long calls = 0;
    long start = System.nanoTime();
    long end = start;
    for (; end - start < BOUND_NANOS; end = System.nanoTime()) {
      sum += call.getAsDouble();
      calls++;
    }
    if (Double.isNaN(sum)) {
      throw new IllegalStateException("sum = NaN: must be a number"); // and is needed, says this
    }
    return (end - start) / (double) calls;
  }

  @Benchmark
  public float fmaPeak(Peak peak) {
    return peak.run();
  }

  /** Units of a diagonal cell, and traces of as many sources. */
  @State(Scope.Thread)
  public static class DiagonalUnits {
    private static final int COEFFICIENTS = 6;

    @Param("VECTOR")
    Implementation implementation;

    @Param({"128"})
    int n;

    Kernels kernels;
    int at;
    float[] coefficients;
    float[] drive;
    float[] state;
    float[] out;
    float[] traces;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      kernels = implementation.kernels();
      at = inputs.at;
      coefficients = inputs.normal(COEFFICIENTS * n);
      for (int i = at; i < coefficients.length; i++) {
        coefficients[i] *= 0.1f; // decays
      }
      drive = inputs.normal(2 * n);
      state = inputs.normal(2 * n);
      out = new float[at + 2 * n * n];
      traces = inputs.normal(2 * n * n);
    }
  }

  @Benchmark
  public float[] rotationStep(DiagonalUnits s) {
    s.kernels.rotationStep(s.coefficients, s.at, s.drive, s.at, s.state, s.at, s.out, s.at, s.n);
    return s.out;
  }

  @Benchmark
  public float[] rotationBackward(DiagonalUnits s) {
    s.kernels.rotationBackward(
        s.coefficients, s.at, s.drive, s.at, s.drive, s.at, s.state, s.at, s.out, s.at, 5, s.n);
    return s.out;
  }

  /** Traces [n × 2 × n]: read and written once, 10 operations a pair. */
  @Benchmark
  public float[] advanceTraces(DiagonalUnits s) {
    s.kernels.advanceTraces(
        2, s.coefficients, s.at, s.drive, s.at, s.n, s.state, s.at, 1, s.traces, s.at, s.n, s.n);
    return s.traces;
  }

  @Benchmark
  public float[] creditTraces(DiagonalUnits s) {
    s.kernels.creditTraces(2, true, s.drive, s.at, s.traces, s.at, s.n, s.out, s.at, 2 * s.n, s.n);
    return s.out;
  }

  /** Both in one pass: an online step. */
  @Benchmark
  public float[] stepTraces(DiagonalUnits s) {
    s.kernels.stepTraces(
        2,
        true,
        false,
        s.coefficients,
        s.at,
        s.drive,
        s.at,
        s.n,
        s.state,
        s.at,
        s.drive,
        s.at,
        s.traces,
        s.at,
        s.n,
        s.out,
        s.at,
        2 * s.n,
        s.n);
    return s.out;
  }

  @Benchmark
  public float dot(Streams s) {
    return s.kernels.dot(s.x, s.at, s.y, s.at, s.n);
  }

  @Benchmark
  public float[] tanh(Streams s) {
    s.kernels.tanh(s.x, s.at, s.z, s.at, s.n);
    return s.z;
  }

  @Benchmark
  public float[] exp(Streams s) {
    s.kernels.exp(s.x, s.at, s.z, s.at, s.n);
    return s.z;
  }

  @Benchmark
  public float[] log(Streams s) {
    s.kernels.log(s.positive, s.at, s.z, s.at, s.n);
    return s.z;
  }

  @Benchmark
  public float[] sin(Streams s) {
    s.kernels.sin(s.x, s.at, s.z, s.at, s.n);
    return s.z;
  }

  @Benchmark
  public float[] sigmoid(Streams s) {
    s.kernels.sigmoid(s.x, s.at, s.z, s.at, s.n);
    return s.z;
  }

  /** Rows of 32 classes. */
  @Benchmark
  public double softmaxCrossEntropy(Streams s) {
    return s.kernels.softmaxCrossEntropy(
        s.z, s.at, s.positive, s.at, s.n / Streams.CLASSES, Streams.CLASSES, 1f);
  }

  @Benchmark
  public float[] leakyStep(Streams s) {
    s.kernels.leakyStep(Activation.TANH, 0.5f, s.x, s.at, s.y, s.at, s.z, s.at, s.slope, s.at, s.n);
    return s.z;
  }

  @Benchmark
  public float[] gaussian(Streams s) {
    s.kernels.gaussian(1, 2, 3, 4, s.z, s.at, s.n);
    return s.z;
  }

  @Benchmark
  public float read(Matrix s) {
    return s.read();
  }

  @Benchmark
  public float[] gemv(Matrix s, Reading bound) {
    s.kernels.gemv(s.a, s.at, s.x, s.at, s.y, s.at, s.n, s.n);
    return s.y;
  }

  @Benchmark
  public float[] gemvTransposedAdd(Matrix s, Reading bound) {
    s.kernels.gemvTransposedAdd(s.a, s.at, s.x, s.at, s.y, s.at, s.n, s.n);
    return s.y;
  }

  @Benchmark
  public float[] panelProduct(Panels s, Peak bound) {
    s.kernels.panelProduct(s.n, s.n, s.strips, s.at, s.panel, s.at, s.out, s.at);
    return s.out;
  }

  @Benchmark
  public float[] gemmPacked(Packed s, Peak bound) {
    s.kernels.gemmPacked(s.n, s.n, s.n, s.a, s.at, s.n, s.packed, s.at, s.c, s.at, s.n);
    return s.c;
  }

  /** The matrix-vector product of weights that are packed once for many steps. */
  @Benchmark
  public float[] gemmPackedOneRow(Matrix s, Reading bound) {
    s.kernels.gemmPacked(1, s.n, s.n, s.x, s.at, s.n, s.packed, s.at, s.y, s.at, s.n);
    return s.y;
  }

  @Benchmark
  public float[] gemm(Large s, Peak bound) {
    s.kernels.gemm(s.n, s.n, s.n, s.a, s.at, s.n, s.b, s.at, s.n, s.c, s.at, s.n, s.scratch, 0);
    return s.c;
  }

  @Benchmark
  public float[] gemmTransposedAdd(Large s, Peak bound) {
    s.kernels.gemmTransposedAdd(
        s.n, s.n, s.n, s.a, s.at, s.n, s.b, s.at, s.n, s.c, s.at, s.n, s.scratch, 0);
    return s.c;
  }

  /** Vectors for the loops without kernels. */
  @State(Scope.Thread)
  public static class Plain {
    @Param({"4096"})
    int n;

    final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    float[] x;
    float[] y;
    float[] z;
    float[] positive;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      x = inputs.normal(n);
      y = inputs.normal(n);
      z = new float[n];
      positive = new float[n];
      for (int i = 0; i < n; i++) {
        positive[i] = Math.abs(x[i]);
      }
    }
  }

  @Benchmark
  public float plainDot(Plain s) {
    float sum = 0;
    for (int i = 0; i < s.n; i++) {
      sum += s.x[i] * s.y[i];
    }
    return sum;
  }

  @Benchmark
  public float[] jdkTanh(Plain s) {
    for (int i = 0; i < s.n; i++) {
      s.z[i] = (float) Math.tanh(s.x[i]);
    }
    return s.z;
  }

  @Benchmark
  public float[] jdkExp(Plain s) {
    for (int i = 0; i < s.n; i++) {
      s.z[i] = (float) Math.exp(s.x[i]);
    }
    return s.z;
  }

  @Benchmark
  public float[] jdkLog(Plain s) {
    for (int i = 0; i < s.n; i++) {
      s.z[i] = (float) Math.log(s.positive[i]);
    }
    return s.z;
  }

  /** The JDK's generator that is recommended for such work. */
  @Benchmark
  public float[] jdkGaussian(Plain s) {
    for (int i = 0; i < s.n; i++) {
      s.z[i] = (float) s.random.nextGaussian();
    }
    return s.z;
  }

  /** Square matrices for the loop without kernels. */
  @State(Scope.Thread)
  public static class PlainMatrix {
    @Param({"64", "256"})
    int n;

    float[] a;
    float[] b;
    float[] c;

    @Setup(Level.Trial)
    public void fill(Inputs inputs) {
      a = inputs.normal(n * n);
      b = inputs.normal(n * n);
      c = new float[n * n];
    }
  }

  /** The loop order that the JDK's compiler turns into vectors by itself. */
  @Benchmark
  public float[] plainGemm(PlainMatrix s) {
    int n = s.n;
    Arrays.fill(s.c, 0);
    for (int i = 0; i < n; i++) {
      for (int p = 0; p < n; p++) {
        float x = s.a[i * n + p];
        for (int j = 0; j < n; j++) {
          s.c[i * n + j] += x * s.b[p * n + j];
        }
      }
    }
    return s.c;
  }
}
