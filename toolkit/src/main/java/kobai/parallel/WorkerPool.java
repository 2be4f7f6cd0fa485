package kobai.parallel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that wait for rounds of chunks, first spinning (a round may come every few microseconds),
 * then parked. Built on plain atomics because the JDK's barriers and executors allocate a node a
 * round.
 *
 * <p>Why no round is missed or left early: a helper serves every round exactly once, because the
 * next round is not published before all helpers have reported the end of this one ({@code busy} =
 * 0); it leaves only when the pool is closed and no round is running, so a round that has begun
 * always ends. A park that comes too late finds the permit of the unpark that came first; every
 * park is in a loop that looks again.
 *
 * <p>Each worker begins with the same share of the chunks in every round, so that what it touched
 * in the last one is still in its own cache, and then helps with the shares of the others.
 */
final class WorkerPool implements Workers {
  private static final int SPINS = 2_000;
  private static final int RUNNING = 1;
  private static final int CLOSED = 2;

  /** Integers between two counters: they must not share a pair of cache lines. */
  private static final int APART = 32;

  private static final Task NOTHING = (chunk, worker) -> {};

  private final Thread[] helpers;
  private final int spins;

  /** A sum of RUNNING (a round is in progress) and CLOSED (there will be no other). */
  private final AtomicInteger state = new AtomicInteger();

  private final AtomicInteger round = new AtomicInteger();

  /** Of each worker's share, the chunk to be begun next. */
  private final AtomicIntegerArray nextChunk;

  private final AtomicInteger busy = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  // The arguments of the round in progress, published by `round`.
  private Thread caller = Thread.currentThread();
  private Task task = NOTHING;
  private int chunks;

  WorkerPool(int threads) {
    // With more threads than processors, a spinning thread takes the time of one that works.
    spins = threads <= Runtime.getRuntime().availableProcessors() ? SPINS : 0;
    helpers = new Thread[threads - 1];
    nextChunk = new AtomicIntegerArray((threads + 1) * APART);
    for (int i = 0; i < helpers.length; i++) {
      int worker = i + 1;
      helpers[i] = new Thread(() -> serve(worker), "kobai-worker-" + worker);
      helpers[i].setDaemon(true);
    }
    int started = 0;
    try {
      for (Thread helper : helpers) {
        helper.start();
        started++;
      }
    } finally {
      if (started < helpers.length) {
        close(); // the operating system refused a thread: the others must not stay behind
      }
    }
  }

  @Override
  public int count() {
    return helpers.length + 1;
  }

  @Override
  public void run(int chunks, Task task) {
    if (chunks > Integer.MAX_VALUE - count()) {
      throw new IllegalArgumentException(
          "chunks = %d: must be at most %d".formatted(chunks, Integer.MAX_VALUE - count()));
    }
    if (!state.compareAndSet(0, RUNNING)) {
      throw new IllegalStateException(
          (state.get() & CLOSED) != 0
              ? "workers: closed"
              : "workers: a round is running (a task must not start another, nor may two threads"
                  + " share a pool)");
    }
    if (chunks <= 1) {
      try {
        SingleWorker.INSTANCE.run(chunks, task);
      } finally {
        idle();
      }
      return;
    }
    this.task = task;
    this.chunks = chunks;
    caller = Thread.currentThread();
    for (int share = 0; share < count(); share++) {
      nextChunk.set((share + 1) * APART, firstOf(share));
    }
    busy.set(helpers.length);
    round.incrementAndGet();
    wake();
    work(0);
    for (int spin = 0; busy.get() > 0; spin++) {
      if (spin < spins) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
    this.task = NOTHING;
    Throwable first = failure.getAndSet(null);
    idle();
    if (first instanceof RuntimeException exception) {
      throw exception;
    }
    if (first instanceof Error error) {
      throw error;
    }
    if (first != null) {
      throw new IllegalStateException(first); // a checked one, thrown unseen by the compiler
    }
  }

  private void serve(int worker) {
    int seen = 0;
    while (awaitRound(seen)) {
      seen++;
      work(worker);
      Thread waiting =
          caller; // read while the round still needs this helper: the next one overwrites it
      if (busy.decrementAndGet() == 0) {
        LockSupport.unpark(waiting);
      }
    }
  }

  /**
   * Returns whether there is a round after {@code seen}; false once the pool is closed and idle.
   */
  private boolean awaitRound(int seen) {
    for (int spin = 0; round.get() == seen; spin++) {
      if (spin < spins) {
        Thread.onSpinWait(); // and read nothing but `round`, which the caller is about to write
        continue;
      }
      if (state.get() == CLOSED) {
        return false;
      }
      LockSupport.park(this);
      Thread.interrupted(); // a task that left its interrupt behind must not turn every park into a
      // spin
    }
    return true;
  }

  /** The first chunk of a worker's share. */
  private int firstOf(int share) {
    return (int) ((long) chunks * share / count());
  }

  /**
   * Takes chunks until there are none, those of the own share first; a failure ends the round for
   * everybody and is kept for the caller.
   */
  private void work(int worker) {
    try {
      for (int i = 0; i < count(); i++) {
        int share = (worker + i) % count();
        int at = (share + 1) * APART;
        int end = firstOf(share + 1);
        for (int chunk = nextChunk.getAndIncrement(at);
            chunk < end;
            chunk = nextChunk.getAndIncrement(at)) {
          task.run(chunk, worker);
        }
      }
    } catch (Throwable thrown) {
      failure.compareAndSet(null, thrown);
      for (int share = 0; share < count(); share++) {
        nextChunk.set((share + 1) * APART, chunks);
      }
    }
  }

  /** Ends a round, and the pool if it was closed meanwhile. */
  private void idle() {
    if (state.addAndGet(-RUNNING) == CLOSED) {
      wake();
    }
  }

  private void wake() {
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
  }

  /** From any thread; a round in progress ends first, unhurried. Returns at once. */
  @Override
  public void close() {
    for (int now = state.get(); (now & CLOSED) == 0; now = state.get()) {
      state.compareAndSet(now, now | CLOSED);
    }
    wake();
  }
}
