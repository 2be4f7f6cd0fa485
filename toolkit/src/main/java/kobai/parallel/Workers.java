package kobai.parallel;

/**
 * A fixed pool that runs numbered chunks. Which thread runs which chunk is open; what a chunk
 * computes must depend on its number alone and land in its own place, so that results do not depend
 * on the number of threads.
 *
 * <p>A package of its own (design.md has no place for it): estimators share it, and it needs
 * nothing.
 */
public interface Workers extends AutoCloseable {
  /** One chunk of work. */
  interface Task {
    /**
     * Runs chunk {@code chunk} on worker {@code worker} (0 ≤ worker &lt; {@link Workers#count}).
     */
    void run(int chunk, int worker);
  }

  /** Number of threads that run chunks, the caller included. */
  int count();

  /**
   * Runs chunks 0 … chunks − 1 and returns when all are done; allocates nothing. The first failure
   * in time is rethrown after the chunks in progress have ended; chunks not begun by then are left
   * out, and the pool stays usable.
   *
   * @throws IllegalStateException if the pool is closed, or a round of it is running: a task must
   *     not start another round, and two threads must not share a pool
   */
  void run(int chunks, Task task);

  /**
   * Ends the helpers, after the round in progress if there is one; again without effect. May come
   * from any thread.
   */
  @Override
  void close();

  /** The calling thread alone. */
  static Workers single() {
    return SingleWorker.INSTANCE;
  }

  /** {@code threads} threads, the caller counted; helpers are daemons and end at {@link #close}. */
  static Workers of(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads = %d: must be at least 1".formatted(threads));
    }
    return threads == 1 ? single() : new WorkerPool(threads);
  }
}
