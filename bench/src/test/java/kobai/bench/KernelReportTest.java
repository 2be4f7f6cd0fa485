package kobai.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kobai.bench.KernelReport.Timing;
import org.junit.jupiter.api.Test;

class KernelReportTest {
  private static final int LANES = 16;

  private static Timing timing(String name, int n, double... nanos) {
    return new Timing(name, "VECTOR", n, nanos, new double[0], 0);
  }

  private static Timing plain(String name, int n, double... nanos) {
    return new Timing(name, "", n, nanos, new double[0], 0);
  }

  private static String last(Timing... timings) {
    List<String> lines = KernelReport.lines(List.of(timings), LANES);
    assertEquals(timings.length + 1, lines.size());
    return lines.getLast().replaceAll(" +", " ");
  }

  @Test
  void productsAreSharesOfThePeakBesideTheSameIteration() {
    // 2 · 64³ = 524 288 operations. The peak does 24 000 a lane, 16 lanes: in 2000 ns 192 a
    // nanosecond, on a clock half as fast 96. The product reaches 80 % of one and of the other.
    double slow = 524_288 / (0.8 * 96);
    double[] nanos = {slow, slow / 2, slow / 2};
    Timing gemm = new Timing("gemmPacked", "VECTOR", 64, nanos, new double[] {4000, 2000, 2000}, 0);
    assertEquals(
        "gemmPacked 64 3413.3 153.6 GFLOP/s [76.8, 153.6], of the peak 80.0 % [80.0, 80.0]",
        last(gemm));
  }

  @Test
  void matrixVectorProductsAreMultiplesOfTheirBound() {
    // 4 · 128² = 65 536 bytes in 1000 ns.
    Timing gemv =
        new Timing("gemv", "VECTOR", 128, new double[] {1100, 2600}, new double[] {1000, 2000}, 0);
    assertEquals(
        "gemv 128 1850.0 42.4 GB/s [25.2, 59.6], 1.20 [1.10, 1.30] times the bound", last(gemv));
  }

  @Test
  void outliersAreCutOffAtTenths() {
    double[] nanos = new double[21];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = 1000 + i;
    }
    nanos[0] = 1;
    nanos[20] = 1e9;
    assertEquals("dot 4096 1010.0 4.06 G/s [4.02, 4.09]", last(timing("dot", 4096, nanos)));
  }

  @Test
  void functionsAreSpeedUpsOverThePlainLoop() {
    assertEquals(
        "tanh 4096 2048.0 2.00 G/s [2.00, 2.00], jdkTanh takes 20.0 [20.0, 20.0] times as long",
        last(plain("jdkTanh", 4096, 40_960), timing("tanh", 4096, 2048)));
  }

  @Test
  void kernelsThatAllocateAreNamed() {
    Timing log = new Timing("log", "VECTOR", 4096, new double[] {4096}, new double[0], 221_125.4);
    assertEquals("log 4096 4096.0 1.00 G/s [1.00, 1.00], ALLOCATES 221125 bytes a call", last(log));
  }

  @Test
  void kernelsOfTwoImplementationsAreNotMixed() {
    // A plain loop of 40 960 ns is the same beside both; the step apart is one of each.
    Timing scalar = new Timing("tanh", "SCALAR", 4096, new double[] {20_480}, new double[0], 0);
    assertEquals(
        "tanh SCALAR 4096 20480.0 0.20 G/s [0.20, 0.20], jdkTanh takes 2.0 [2.0, 2.0] times as"
            + " long",
        last(plain("jdkTanh", 4096, 40_960), scalar));
    Timing scalarApart =
        new Timing("lstmStepApart", "SCALAR", 64, new double[] {1000}, new double[0], 0);
    Timing step = new Timing("lstmStep", "SCALAR", 64, new double[] {500}, new double[0], 0);
    assertEquals(
        "lstmStep SCALAR 64 500.0 lstmStepApart takes 2.0 [2.0, 2.0] times as long",
        last(timing("lstmStepApart", 64, 300), scalarApart, step));
  }

  @Test
  void errorsAreWithinWhatTheFunctionsPromise() {
    List<String> errors = KernelReport.errors();
    assertEquals(3, errors.size());
    double[] bounds = {4, 2, 2}; // Kernels: tanh, exp, log
    for (int i = 0; i < bounds.length; i++) {
      String[] words = errors.get(i).split(" ");
      double ulp = Double.parseDouble(words[words.length - 2]);
      assertTrue(ulp > 0.4 && ulp <= bounds[i], errors.get(i)); // no rounding is better than ½
    }
  }
}
