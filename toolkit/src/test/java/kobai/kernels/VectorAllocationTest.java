package kobai.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/**
 * Compiled vector kernels keep their vectors in registers. A method that grows beyond what the
 * compiler inlines of the Vector API still computes the right bits, but every vector becomes an
 * object and the speed falls by a factor of ten.
 *
 * <p>The build runs it at the machine's own width, at 128 and at 256 bits. Not at 64 bits, see
 * {@link Lanes}.
 */
class VectorAllocationTest {
  private static final int N = 1000;
  private static final int CALLS = 2000;
  private static final int QUIET_BATCHES = 3;
  private static final long DEADLINE_NANOS = 20_000_000_000L;

  @Test
  void functionsAndNoiseAllocateNothingOnceCompiled() {
    allocateNothing(kernels());
  }

  @Test
  void productsAllocateNothingOnceCompiledWhateverRanBefore() {
    allocateNothing(products());
  }

  private static void allocateNothing(Map<String, Runnable> kernels) {
    int machine = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    assumeTrue(VectorKernels.vectorBits() <= machine, "a machine of " + machine + " bits");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    List<String> allocating = new ArrayList<>();
    for (Map.Entry<String, Runnable> kernel : kernels.entrySet()) {
      long start = System.nanoTime();
      int quiet = 0;
      long allocated = 0;
      // Cold code allocates: the batches count from the first quiet one, and compilation gets far
      // more time than it needs.
      while (quiet < QUIET_BATCHES && System.nanoTime() - start < DEADLINE_NANOS) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < CALLS; i++) {
          kernel.getValue().run();
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
        quiet = allocated == 0 ? quiet + 1 : 0;
      }
      if (quiet < QUIET_BATCHES) {
        allocating.add(kernel.getKey() + ": " + allocated / CALLS + " bytes a call");
      }
    }
    assertEquals(List.of(), allocating);
  }

  private static Map<String, Runnable> kernels() {
    Kernels kernels = new VectorKernels();
    float[] x = new float[N];
    kernels.uniform(1, 0, 0, 0, x, 0, N);
    float[] y = new float[N];
    float[] z = new float[N];
    Map<String, Runnable> calls = new LinkedHashMap<>();
    calls.put("exp", () -> kernels.exp(x, 0, y, 0, N));
    calls.put("log", () -> kernels.log(x, 0, y, 0, N));
    calls.put("tanh", () -> kernels.tanh(x, 0, y, 0, N));
    calls.put("sigmoid", () -> kernels.sigmoid(x, 0, y, 0, N));
    calls.put("sin", () -> kernels.sin(x, 0, y, 0, N));
    calls.put("cos", () -> kernels.cos(x, 0, y, 0, N));
    for (Activation f : Activation.values()) {
      calls.put("leakyStep " + f, () -> kernels.leakyStep(f, 0.5f, x, 0, y, 0, y, 0, z, 0, N));
    }
    calls.put("leakyBackward", () -> kernels.leakyBackward(0.5f, x, 0, z, 0, y, 0, z, 0, N));
    float[] gates = new float[N];
    int rows = 5;
    int n = N / rows / 4; // the widest of these arrays is [rows × 4n]
    calls.put("lstmStep", () -> kernels.lstmStep(x, 0, y, 0, z, 0, gates, 0, rows, n));
    calls.put(
        "lstmBackward",
        () -> kernels.lstmBackward(x, 0, gates, 0, x, 0, x, 0, y, 0, z, 0, rows, n));
    calls.put("gruStep", () -> kernels.gruStep(x, 0, y, 0, z, 0, gates, 0, rows, n));
    calls.put("gruBackward", () -> kernels.gruBackward(x, 0, gates, 0, x, 0, y, 0, z, 0, rows, n));
    calls.put("softmax", () -> kernels.softmax(y, 0, N / 10, 10));
    calls.put(
        "softmaxCrossEntropy", () -> kernels.softmaxCrossEntropy(y, 0, x, 0, N / 10, 10, 0.1f));
    calls.put("squaredError", () -> kernels.squaredError(y, 0, x, 0, N / 10, 10, 0.1f));
    calls.put("gaussian", () -> kernels.gaussian(1, 2, 3, 4, y, 0, N));
    calls.put("rademacher", () -> kernels.rademacher(1, 2, 3, 4, y, 0, N));
    diagonals(kernels, x, y, z, calls);
    calls.put("uniform", () -> kernels.uniform(1, 2, 3, 4, y, 0, N));
    return calls;
  }

  private static void diagonals(
      Kernels kernels, float[] x, float[] y, float[] z, Map<String, Runnable> calls) {
    int n = N / 10;
    for (int gates : new int[] {4, 5}) {
      calls.put(
          "rotationBackward " + gates,
          () -> kernels.rotationBackward(x, 0, x, n, x, 2 * n, y, 0, z, 0, gates, n));
    }
    calls.put("rotationStep", () -> kernels.rotationStep(x, 0, x, n, x, 2 * n, y, 0, n));
    calls.put("gatedStep", () -> kernels.gatedStep(y, 0, x, 0, z, 0, n));
    calls.put("gatedBackward", () -> kernels.gatedBackward(x, 0, x, n, y, 0, z, 0, n));
    for (int parts : new int[] {1, 2}) {
      calls.put(
          "advanceTraces " + parts,
          () -> kernels.advanceTraces(parts, x, 0, x, n, n, x, 0, 1, y, 0, 3, n));
      calls.put(
          "creditTraces " + parts,
          () -> kernels.creditTraces(parts, parts == 2, x, 0, x, 0, 3, z, 0, 2 * n, n));
    }
    for (boolean add : new boolean[] {false, true}) {
      calls.put(
          "stepTraces " + add,
          () ->
              kernels.stepTraces(2, true, add, x, 0, x, n, n, x, 0, x, 0, y, 0, 3, z, 0, 2 * n, n));
    }
    calls.put("rankOne", () -> kernels.rankOne(x, 0, x, 0, y, 0, 5, n));
    calls.put(
        "creditTraces apart", () -> kernels.creditTraces(2, false, x, 0, x, 0, 3, z, 0, n, n));
  }

  /**
   * Shapes that meet every tile, small ones first: a tile compiled for one shape must not spoil the
   * next.
   */
  private static Map<String, Runnable> products() {
    Kernels kernels = new VectorKernels();
    int size = 4096;
    float[] a = new float[size];
    float[] b = new float[size];
    kernels.gaussian(1, 0, 0, 0, a, 0, size);
    kernels.gaussian(2, 0, 0, 0, b, 0, size);
    float[] c = new float[size];
    float[] packed = new float[2 * size];
    float[] scratch = new float[kernels.gemmScratch(64, 64, 64)];
    Map<String, Runnable> calls = new LinkedHashMap<>();
    // At widths other than the machine's own one shape of each tile is enough.
    boolean all = System.getProperty(Lanes.PROPERTY) == null;
    for (int n : all ? new int[] {16, 17, 32, 45} : new int[] {45}) {
      for (int m : all ? new int[] {1, 2, 5, 8, 24, 45} : new int[] {2, 5, 24}) {
        String shape = " " + m + " x " + n;
        calls.put(
            "gemmTransposedAdd" + shape,
            () -> kernels.gemmTransposedAdd(m, n, 20, a, 0, m, b, 0, n, c, 0, n, scratch, 0));
        calls.put(
            "gemmPacked" + shape, () -> kernels.gemmPacked(m, n, 20, a, 0, 20, packed, 0, c, 0, n));
        calls.put(
            "gemmPackedAdd" + shape,
            () -> kernels.gemmPackedAdd(m, n, 20, a, 0, 0, packed, 0, c, 0, n));
        calls.put(
            "gemm" + shape, () -> kernels.gemm(m, n, 20, a, 0, 20, b, 0, n, c, 0, n, scratch, 0));
        calls.put("panelProduct" + shape, () -> kernels.panelProduct(m, n, packed, 0, b, 0, c, 0));
        calls.put(
            "panelProductAdd" + shape, () -> kernels.panelProductAdd(m, n, packed, 0, b, 0, c, 0));
        calls.put("gemv" + shape, () -> kernels.gemv(a, 0, b, 0, c, 0, m, n));
        calls.put(
            "gemvTransposedAdd" + shape, () -> kernels.gemvTransposedAdd(a, 0, b, 0, c, 0, m, n));
        calls.put("rankOneAdd" + shape, () -> kernels.rankOneAdd(a, 0, b, 0, c, 0, m, n));
        calls.put(
            "traceStep" + shape, () -> kernels.traceStep(a, 0, b, 0, m, n, packed, 0, c, 0, n));
        calls.put("columnSumsAdd" + shape, () -> kernels.columnSumsAdd(a, 0, n, m, n, c, 0));
        calls.put("packStrips" + shape, () -> kernels.packStrips(a, 0, n, 1, m, n, packed, 0));
        calls.put("pack" + shape, () -> kernels.pack(a, 0, 1, m, m, n, packed, 0));
      }
    }
    calls.put("dot", () -> kernels.dot(a, 0, b, 0, N));
    calls.put("perturb", () -> kernels.perturb(a, 0, 0.5f, b, 0, c, 0, packed, 0, N));
    calls.put("scale", () -> kernels.scale(1, c, 0, N));
    return calls;
  }
}
