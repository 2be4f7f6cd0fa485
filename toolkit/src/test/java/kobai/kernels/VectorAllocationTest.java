package kobai.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Compiled vector kernels keep their vectors in registers. A method that grows beyond what the compiler inlines of the
 * Vector API still computes the right bits, but every vector becomes an object and the speed falls by a factor of ten.
 */
class VectorAllocationTest {
  private static final int N = 1000;
  private static final int CALLS = 2000;
  private static final int QUIET_BATCHES = 3;
  private static final long DEADLINE_NANOS = 20_000_000_000L;

  @Test
  void functionsAndNoiseAllocateNothingOnceCompiled() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (Map.Entry<String, Runnable> kernel : kernels().entrySet()) {
      long start = System.nanoTime();
      int quiet = 0;
      long allocated = 0;
      // Cold code allocates: the batches count from the first quiet one, and compilation gets far more time than it needs.
      while (quiet < QUIET_BATCHES && System.nanoTime() - start < DEADLINE_NANOS) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < CALLS; i++) {
          kernel.getValue().run();
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
        quiet = allocated == 0 ? quiet + 1 : 0;
      }
      assertTrue(quiet == QUIET_BATCHES, kernel.getKey() + ": " + allocated / CALLS + " bytes a call");
    }
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
    calls.put("softmax", () -> kernels.softmax(y, 0, N / 10, 10));
    calls.put("softmaxCrossEntropy", () -> kernels.softmaxCrossEntropy(y, 0, x, 0, N / 10, 10, 0.1f));
    calls.put("squaredError", () -> kernels.squaredError(y, 0, x, 0, N / 10, 10, 0.1f));
    calls.put("gaussian", () -> kernels.gaussian(1, 2, 3, 4, y, 0, N));
    calls.put("rademacher", () -> kernels.rademacher(1, 2, 3, 4, y, 0, N));
    calls.put("uniform", () -> kernels.uniform(1, 2, 3, 4, y, 0, N));
    return calls;
  }
}
