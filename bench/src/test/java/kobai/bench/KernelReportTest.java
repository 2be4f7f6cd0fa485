package kobai.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import kobai.bench.KernelReport.Timing;
import org.junit.jupiter.api.Test;

class KernelReportTest {
  private static final int LANES = 16;

  /** 24 000 operations a lane in 2000 ns: 192 a nanosecond with 16 lanes. */
  private static final Timing PEAK = new Timing("fmaPeak", "", 0, new double[] {2000, 2000, 2000});

  private static String last(Timing... timings) {
    List<String> lines = KernelReport.lines(List.of(timings), LANES);
    assertEquals(timings.length + 1, lines.size());
    return lines.getLast().replaceAll(" +", " ");
  }

  @Test
  void productsAreSharesOfThePeakOfTheSameRun() {
    // 2 · 64³ = 524 288 operations: 0.8 · 192 a nanosecond in 3413.3 ns, half of it in 6826.7.
    double four = 524_288 / (0.8 * 192);
    Timing gemm = new Timing("gemmPacked", "VECTOR", 64, new double[] {2 * four, four, four});
    assertEquals(
        "gemmPacked 64 3413.3 153.6 GFLOP/s [76.8, 153.6], of the peak 80.0 % [40.0, 80.0]",
        last(PEAK, gemm));
    assertEquals("gemmPacked 64 3413.3 153.6 GFLOP/s [76.8, 153.6]", last(gemm));
  }

  @Test
  void matrixVectorProductsAreMultiplesOfTheirBound() {
    // 4 · 128² = 65 536 bytes in 1000 ns.
    Timing other = new Timing("read", "VECTOR", 64, new double[] {1});
    Timing read = new Timing("read", "VECTOR", 128, new double[] {1000, 900, 2000});
    Timing gemv = new Timing("gemv", "VECTOR", 128, new double[] {1100, 1300});
    assertEquals(
        "gemv 128 1200.0 54.6 GB/s [50.4, 59.6], 1.20 [1.30, 1.10] times the bound",
        last(other, read, gemv));
  }

  @Test
  void functionsAreSpeedUpsOverThePlainLoop() {
    Timing plain = new Timing("jdkTanh", "", 4096, new double[] {40_960});
    Timing tanh = new Timing("tanh", "VECTOR", 4096, new double[] {2048});
    assertEquals(
        "tanh 4096 2048.0 2.00 G/s [2.00, 2.00], jdkTanh takes 20.0 [20.0, 20.0] times as long",
        last(plain, tanh));
  }

  @Test
  void kernelsOfTwoImplementationsAreNotMixed() {
    // A plain loop of 40 960 ns is the same beside both; the step apart is one of each.
    Timing plain = new Timing("jdkTanh", "", 4096, new double[] {40_960});
    Timing scalar = new Timing("tanh", "SCALAR", 4096, new double[] {20_480});
    assertEquals(
        "tanh SCALAR 4096 20480.0 0.20 G/s [0.20, 0.20], jdkTanh takes 2.0 [2.0, 2.0] times as"
            + " long",
        last(plain, scalar));
    Timing vectorApart = new Timing("lstmStepApart", "VECTOR", 64, new double[] {300});
    Timing scalarApart = new Timing("lstmStepApart", "SCALAR", 64, new double[] {1000});
    Timing step = new Timing("lstmStep", "SCALAR", 64, new double[] {500});
    assertEquals(
        "lstmStep SCALAR 64 500.0 , lstmStepApart takes 2.0 [2.0, 2.0] times as long",
        last(vectorApart, scalarApart, step));
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
