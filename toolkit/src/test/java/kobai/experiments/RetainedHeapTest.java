package kobai.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import kobai.estimators.Algorithm;
import kobai.estimators.GradientEstimator;
import kobai.estimators.Setup;
import kobai.models.LeakyRnn;
import kobai.models.Loss;
import org.junit.jupiter.api.Test;

class RetainedHeapTest {
  private static final int MIB = 1 << 20;

  /** Noise of the measurement, as its class comment says. */
  private static final long NOISE = 50_000;

  /**
   * 32 MiB with its header: the array fills whole G1 regions, whatever their size, so that every
   * collector should report it to 1 %.
   */
  @Test
  void anArrayOf32MiBIsMeasuredToOnePerCent() {
    int header = 16;
    RetainedHeap heap = RetainedHeap.measure(() -> new float[(32 * MIB - header) / Float.BYTES]);
    assertEquals(32.0 * MIB, heap.bytes(), 0.01 * 32 * MIB);
    assertEquals(1, heap.trials());
  }

  /** 32 768 arrays of 64 bytes: 16 of header and 48 of floats; the list adds 4 bytes for each. */
  @Test
  void manySmallObjectsAreMeasuredToo() {
    int count = 1 << 15;
    RetainedHeap heap =
        RetainedHeap.measure(
            () -> {
              List<float[]> list = new ArrayList<>(count);
              for (int i = 0; i < count; i++) {
                list.add(new float[12]);
              }
              return list;
            });
    assertEquals(count * (64 + 4.0), heap.bytes(), NOISE + 0.01 * count * 68);
    assertEquals(5, heap.trials());
    assertTrue(heap.low() <= heap.bytes() && heap.bytes() <= heap.high());
  }

  @Test
  void nothingIsMeasuredAsNothing() {
    assertEquals(0, RetainedHeap.measure(() -> "a constant").bytes(), NOISE);
  }

  /**
   * The ledger of an estimator against its heap: what is not in the ledger is objects, some kB of
   * them.
   */
  @Test
  void theLedgerOfAnEstimatorIsItsHeap() {
    Setup setup = Setup.of(LeakyRnn.of(64, 96, 64, 1f, Loss.SQUARED_ERROR), 50).withParticles(64);
    long ledger = Algorithm.PES.plan(setup).bytes();
    RetainedHeap heap = RetainedHeap.<GradientEstimator>measure(() -> Algorithm.PES.create(setup));
    // Arrays here are far below half a G1 region (512 KiB at the least), so none is rounded up to
    // regions.
    assertTrue(Algorithm.PES.plan(setup).largest() < MIB / 2);
    assertEquals(ledger, heap.bytes(), NOISE + 0.01 * ledger);
  }
}
