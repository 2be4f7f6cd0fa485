package kobai.experiments;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Bytes of heap that an object keeps alive, measured: used heap after a full collection with the
 * object, minus before.
 *
 * <p>Noise: other threads, class loading and the collector itself move the figure by about 50 kB,
 * so objects below a few MiB are measured several times and the median is given, with the range.
 * Under G1, the default collector, an array of more than half a region (1 MiB regions for heaps
 * below 2 GiB) takes whole regions, and the figure says so: for exact bytes run with {@code
 * -XX:+UseSerialGC}. Each trial costs at least eight full collections.
 *
 * @param bytes median over the trials
 * @param low smallest trial
 * @param high largest trial
 * @param trials number of trials
 */
public record RetainedHeap(long bytes, long low, long high, int trials) {
  /** From here on the noise is below 1 %, and one trial is enough. */
  private static final long LARGE = 5L << 20;

  private static final int TRIALS = 5;

  /**
   * The serial collector and G1 leave dead objects where little would be won by moving the rest,
   * but on every fourth full collection they clear everything (MarkSweepAlwaysCompactCount): with
   * fewer, a reading may hold an earlier trial.
   */
  private static final int FEWEST_COLLECTIONS = 4;

  private static final int MOST_COLLECTIONS = 12;

  /** Two readings this close count as stable. */
  private static final long STABLE = 4 << 10;

  /**
   * Measures what {@code supplier} makes. The supplier runs once first (its classes are loaded
   * then), and one to five times measured, each time keeping its result alive until it is measured
   * and no longer.
   *
   * @throws IllegalStateException if the virtual machine ignores requests to collect ({@code
   *     -XX:+DisableExplicitGC})
   */
  public static <T> RetainedHeap measure(Supplier<T> supplier) {
    Reference.reachabilityFence(supplier.get());
    long[] trials = new long[TRIALS];
    int count = 0;
    do {
      trials[count++] = trial(supplier);
    } while (count < TRIALS && trials[0] < LARGE);
    long[] sorted = Arrays.copyOf(trials, count);
    Arrays.sort(sorted);
    return new RetainedHeap(sorted[count / 2], sorted[0], sorted[count - 1], count);
  }

  private static <T> long trial(Supplier<T> supplier) {
    long before = settled();
    T made = supplier.get();
    long after = settled();
    Reference.reachabilityFence(made);
    return after - before;
  }

  /** Used heap after full collections, at least four and until two in a row agree. */
  private static long settled() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    WeakReference<Object> witness = new WeakReference<>(new Object());
    long last = Long.MAX_VALUE;
    for (int i = 0; i < MOST_COLLECTIONS; i++) {
      System.gc();
      long used = memory.getHeapMemoryUsage().getUsed();
      if (i + 1 >= FEWEST_COLLECTIONS && Math.abs(used - last) <= STABLE) {
        break;
      }
      last = used;
    }
    if (witness.get() != null) {
      throw new IllegalStateException(
          "retained heap: the virtual machine does not collect when asked (remove"
              + " -XX:+DisableExplicitGC)");
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}
