package kobai.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 8, 17})
  void everyChunkRunsOnceOnAWorkerThatExists(int threads) {
    try (Workers workers = Workers.of(threads)) {
      assertEquals(threads, workers.count());
      for (int chunks : new int[] {0, 1, 2, threads - 1, threads, threads + 1, 7, 64, 1000}) {
        AtomicIntegerArray runs = new AtomicIntegerArray(chunks);
        workers.run(
            chunks,
            (chunk, worker) -> {
              assertTrue(worker >= 0 && worker < threads, () -> "worker " + worker);
              runs.incrementAndGet(chunk);
            });
        for (int chunk = 0; chunk < chunks; chunk++) {
          assertEquals(1, runs.get(chunk), threads + " threads, chunk " + chunk + " of " + chunks);
        }
      }
    }
  }

  /**
   * A worker's number is its private buffer: two chunks at once on one number would lose increments
   * of a plain cell.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void aWorkerRunsOneChunkAtATime(int threads) {
    int chunks = 200;
    int rounds = 500;
    int[] cells = new int[threads * 32];
    try (Workers workers = Workers.of(threads)) {
      for (int round = 0; round < rounds; round++) {
        workers.run(chunks, (chunk, worker) -> cells[worker * 32]++);
      }
    }
    assertEquals(chunks * rounds, Arrays.stream(cells).sum());
  }

  /**
   * Plain writes before a round are seen by its chunks, plain writes of its chunks after it, for
   * thousands of rounds.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void plainMemoryIsPublishedBothWaysInEveryRound(int threads) {
    int chunks = 2 * threads + 1;
    int rounds = threads == 8 ? 5_000 : 30_000;
    int[] in = new int[chunks];
    int[] out = new int[chunks];
    Workers.Task task = (chunk, worker) -> out[chunk] = 3 * in[chunk] + chunk;
    try (Workers workers = Workers.of(threads)) {
      for (int round = 0; round < rounds; round++) {
        Arrays.fill(in, round);
        workers.run(chunks, task);
        for (int chunk = 0; chunk < chunks; chunk++) {
          if (out[chunk] != 3 * round + chunk) {
            assertEquals(3 * round + chunk, out[chunk], "round " + round + ", chunk " + chunk);
          }
        }
      }
    }
  }

  /** Pauses of 0 to 300 µs put helpers and caller into every phase of spinning and parking. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void roundsAfterPausesOfAnyLengthAreNotMissed(int threads) {
    AtomicInteger runs = new AtomicInteger();
    int rounds = 1_500;
    try (Workers workers = Workers.of(threads)) {
      for (int round = 0; round < rounds; round++) {
        int pause = 211 * round % 300 * 1_000;
        int slow = round % 7;
        workers.run(
            7,
            (chunk, worker) -> {
              if (chunk == slow) {
                LockSupport.parkNanos(
                    pause); // the caller waits for a helper, or the helpers for the caller
              }
              runs.incrementAndGet();
            });
        LockSupport.parkNanos(pause / 2);
      }
    }
    assertEquals(7 * rounds, runs.get());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void theFirstFailureIsRethrownAndThePoolStaysUsable(int threads) {
    try (Workers workers = Workers.of(threads)) {
      for (int round = 0; round < 300; round++) {
        int bad = round % 16;
        IllegalArgumentException failure = new IllegalArgumentException("chunk " + bad);
        Throwable thrown =
            assertThrows(
                IllegalArgumentException.class,
                () ->
                    workers.run(
                        16,
                        (chunk, worker) -> {
                          if (chunk == bad) {
                            throw failure;
                          }
                        }));
        assertSame(failure, thrown);
        AtomicInteger runs = new AtomicInteger();
        workers.run(16, (chunk, worker) -> runs.incrementAndGet());
        assertEquals(16, runs.get());
      }
    }
  }

  @Test
  void whenEveryChunkFailsOneFailureIsRethrownAndItIsAnErrorIfTheyAreErrors() {
    try (Workers workers = Workers.of(3)) {
      for (int round = 0; round < 200; round++) {
        Error thrown =
            assertThrows(
                StackOverflowError.class,
                () ->
                    workers.run(
                        50,
                        (chunk, worker) -> {
                          throw new StackOverflowError("chunk " + chunk);
                        }));
        assertTrue(thrown.getMessage().startsWith("chunk "));
      }
    }
  }

  @Test
  void aCheckedExceptionThrownUnseenDoesNotKillAHelper() {
    try (Workers workers = Workers.of(2)) {
      for (int round = 0; round < 100; round++) {
        IllegalStateException thrown =
            assertThrows(
                IllegalStateException.class,
                () ->
                    workers.run(
                        8,
                        (chunk, worker) ->
                            WorkersTest.<RuntimeException>throwUnseen(new IOException("disk"))));
        assertInstanceOf(IOException.class, thrown.getCause());
      }
      AtomicInteger runs = new AtomicInteger();
      workers.run(8, (chunk, worker) -> runs.incrementAndGet());
      assertEquals(8, runs.get());
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void throwUnseen(Throwable thrown) throws E {
    throw (E) thrown;
  }

  /** 10 000 rounds: a single object a round would show as at least 160 000 bytes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aRoundAllocatesNothingOnTheCallerOrTheHelpers(int threads) {
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int[] cells = new int[64];
    Workers.Task task = (chunk, worker) -> cells[chunk]++;
    List<Thread> before = helpers();
    try (Workers workers = Workers.of(threads)) {
      List<Thread> all = helpers();
      all.removeAll(before);
      assertEquals(threads - 1, all.size());
      all.add(Thread.currentThread());
      long[] ids = all.stream().mapToLong(Thread::threadId).toArray();
      for (int round = 0; round < 20_000; round++) {
        workers.run(64, task);
      }
      long[] start = bean.getThreadAllocatedBytes(ids);
      for (int round = 0; round < 10_000; round++) {
        workers.run(64, task);
      }
      long[] end = bean.getThreadAllocatedBytes(ids);
      for (int i = 0; i < ids.length; i++) {
        // What the two readings themselves allocate on the caller: a few small arrays.
        assertTrue(end[i] - start[i] < 10_000, all.get(i) + ": " + (end[i] - start[i]) + " bytes");
      }
    }
    assertEquals(30_000L * 64, Arrays.stream(cells).asLongStream().sum());
  }

  @Test
  void closeEndsTheHelpersSpinningOrParked() throws InterruptedException {
    for (int pauseMillis : new int[] {0, 20}) {
      List<Thread> before = helpers();
      Workers workers = Workers.of(5);
      List<Thread> own = helpers();
      own.removeAll(before);
      assertEquals(4, own.size());
      workers.run(10, (chunk, worker) -> {});
      Thread.sleep(pauseMillis);
      workers.close();
      workers.close();
      for (Thread helper : own) {
        helper.join(10_000);
        assertFalse(helper.isAlive(), helper::getName);
      }
      IllegalStateException thrown =
          assertThrows(IllegalStateException.class, () -> workers.run(10, (chunk, worker) -> {}));
      assertEquals("workers: closed", thrown.getMessage());
    }
  }

  /**
   * The pool is closed from elsewhere at any moment of a round: the round ends whole, and the
   * helpers end.
   */
  @Test
  void closeDuringARoundLetsItEnd() throws InterruptedException {
    for (int trial = 0; trial < 300; trial++) {
      Workers workers = Workers.of(3);
      AtomicBoolean go = new AtomicBoolean();
      int pause = trial * 100;
      Thread closer =
          new Thread(
              () -> {
                while (!go.get()) {
                  Thread.onSpinWait();
                }
                for (int i = 0; i < pause; i++) {
                  Thread.onSpinWait();
                }
                workers.close();
              });
      closer.start();
      go.set(true);
      boolean closed = false;
      while (!closed) {
        AtomicInteger runs = new AtomicInteger();
        try {
          workers.run(5, (chunk, worker) -> runs.incrementAndGet());
          assertEquals(5, runs.get());
        } catch (IllegalStateException end) {
          assertEquals("workers: closed", end.getMessage());
          assertEquals(0, runs.get());
          closed = true;
        }
      }
      closer.join();
    }
  }

  @Test
  void closeFromATaskLetsItsRoundEnd() {
    Workers workers = Workers.of(3);
    AtomicInteger runs = new AtomicInteger();
    workers.run(
        20,
        (chunk, worker) -> {
          workers.close();
          runs.incrementAndGet();
        });
    assertEquals(20, runs.get());
    assertThrows(IllegalStateException.class, () -> workers.run(2, (chunk, worker) -> {}));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aRoundInsideARoundOfAPoolIsRefused(int innerChunks) {
    try (Workers workers = Workers.of(2)) {
      IllegalStateException thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  workers.run(
                      2, (chunk, worker) -> workers.run(innerChunks, (inner, innerWorker) -> {})));
      assertTrue(thrown.getMessage().startsWith("workers: a round is running"));
      AtomicInteger runs = new AtomicInteger();
      workers.run(4, (chunk, worker) -> runs.incrementAndGet());
      assertEquals(4, runs.get());
    }
  }

  @Test
  void aSecondCallerIsRefusedWhileARoundIsRunningAndWelcomeAfterwards() throws Exception {
    try (Workers workers = Workers.of(2)) {
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      AtomicReference<Throwable> problem = new AtomicReference<>();
      Thread first =
          new Thread(
              () -> {
                try {
                  workers.run(
                      2,
                      (chunk, worker) -> {
                        inside.countDown();
                        try {
                          release.await();
                        } catch (InterruptedException e) {
                          throw new IllegalStateException(e);
                        }
                      });
                } catch (RuntimeException e) {
                  problem.set(e);
                }
              });
      first.start();
      inside.await();
      assertThrows(IllegalStateException.class, () -> workers.run(2, (chunk, worker) -> {}));
      release.countDown();
      first.join();
      assertEquals(null, problem.get());
      AtomicInteger runs = new AtomicInteger();
      workers.run(2, (chunk, worker) -> runs.incrementAndGet());
      assertEquals(2, runs.get());
    }
  }

  @Test
  void aPoolServesCallersOneAfterTheOther() throws InterruptedException {
    AtomicInteger runs = new AtomicInteger();
    try (Workers workers = Workers.of(3)) {
      for (int i = 0; i < 200; i++) {
        Thread caller = new Thread(() -> workers.run(9, (chunk, worker) -> runs.incrementAndGet()));
        caller.start();
        caller.join();
      }
    }
    assertEquals(1800, runs.get());
  }

  @Test
  void interruptsNeitherEndARoundEarlyNorGetLostOnTheCaller() {
    AtomicInteger runs = new AtomicInteger();
    try (Workers workers = Workers.of(3)) {
      Thread.currentThread().interrupt();
      for (int round = 0; round < 500; round++) {
        workers.run(
            9,
            (chunk, worker) -> {
              runs.incrementAndGet();
              if (worker > 0) {
                Thread.currentThread().interrupt();
              }
            });
      }
      assertTrue(Thread.interrupted());
    }
    assertEquals(4500, runs.get());
  }

  @Test
  void resultsInTheirOwnPlacesDoNotDependOnTheThreads() {
    float[][] results = new float[4][];
    int[] threads = {1, 2, 3, 8};
    for (int i = 0; i < threads.length; i++) {
      float[] out = new float[257];
      try (Workers workers = Workers.of(threads[i])) {
        workers.run(
            out.length,
            (chunk, worker) -> {
              float sum = chunk;
              for (int k = 1; k < 50; k++) {
                sum += 1f / (k + chunk);
              }
              out[chunk] = sum;
            });
      }
      results[i] = out;
    }
    for (int i = 1; i < threads.length; i++) {
      assertArrayEquals(results[0], results[i]);
    }
  }

  @Test
  void countsThatCannotBeAreRefused() {
    assertEquals(
        "threads = 0: must be at least 1",
        assertThrows(IllegalArgumentException.class, () -> Workers.of(0)).getMessage());
    try (Workers workers = Workers.of(2)) {
      assertEquals(
          "chunks = 2147483647: must be at most 2147483645",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> workers.run(Integer.MAX_VALUE, (chunk, worker) -> {}))
              .getMessage());
    }
    assertSame(Workers.single(), Workers.of(1));
  }

  private static List<Thread> helpers() {
    List<Thread> helpers = new ArrayList<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("kobai-worker-")) {
        helpers.add(thread);
      }
    }
    return helpers;
  }
}
