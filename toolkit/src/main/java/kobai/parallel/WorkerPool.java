package kobai.parallel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that wait for rounds of chunks, first spinning (a round may come every few microseconds), then parked. Built
 * on plain atomics because the JDK's barriers and executors allocate a node a round.
 */
final class WorkerPool implements Workers {
  private static final int SPINS = 2_000;

  private final Thread[] helpers;
  private final AtomicInteger round = new AtomicInteger();
  private final AtomicInteger nextChunk = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile Thread caller;
  private volatile boolean closed;
  private Task task;
  private int chunks;

  WorkerPool(int threads) {
    helpers = new Thread[threads - 1];
    for (int i = 0; i < helpers.length; i++) {
      int worker = i + 1;
      helpers[i] = new Thread(() -> serve(worker), "kobai-worker-" + worker);
      helpers[i].setDaemon(true);
    }
    for (Thread helper : helpers) {
      helper.start();
    }
  }

  @Override
  public int count() {
    return helpers.length + 1;
  }

  @Override
  public void run(int chunks, Task task) {
    if (closed) {
      throw new IllegalStateException("workers: closed");
    }
    if (chunks <= 1) {
      SingleWorker.INSTANCE.run(chunks, task);
      return;
    }
    this.task = task;
    this.chunks = chunks;
    caller = Thread.currentThread();
    nextChunk.set(0);
    busy.set(helpers.length);
    round.incrementAndGet(); // publishes task and chunks
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
    work(0);
    for (int spin = 0; busy.get() > 0; spin++) {
      if (spin < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
    this.task = null;
    Throwable first = failure.getAndSet(null);
    if (first instanceof RuntimeException exception) {
      throw exception;
    }
    if (first instanceof Error error) {
      throw error;
    }
  }

  private void serve(int worker) {
    int seen = 0;
    while (true) {
      for (int spin = 0; round.get() == seen && !closed; spin++) {
        if (spin < SPINS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
      if (closed) {
        return;
      }
      seen++;
      work(worker);
      if (busy.decrementAndGet() == 0) {
        LockSupport.unpark(caller);
      }
    }
  }

  /** Takes chunks until there are none; a failure ends the round for everybody and is kept for the caller. */
  private void work(int worker) {
    try {
      for (int chunk = nextChunk.getAndIncrement(); chunk < chunks; chunk = nextChunk.getAndIncrement()) {
        task.run(chunk, worker);
      }
    } catch (RuntimeException | Error thrown) {
      failure.compareAndSet(null, thrown);
      nextChunk.set(chunks);
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
  }
}
