package kobai.parallel;

/**
 * A fixed pool that runs numbered chunks. Which thread runs which chunk is open; what a chunk computes must depend on
 * its number alone and land in its own place, so that results do not depend on the number of threads.
 *
 * <p>A package of its own (design.md has no place for it): estimators share it, and it needs nothing.
 */
public interface Workers extends AutoCloseable {
  /** One chunk of work. */
  interface Task {
    /** Runs chunk {@code chunk} on worker {@code worker} (0 ≤ worker &lt; {@link Workers#count}). */
    void run(int chunk, int worker);
  }

  /** Number of threads that run chunks, the caller included. */
  int count();

  /** Runs chunks 0 … chunks − 1 and returns when all are done; allocates nothing. The first failure is rethrown. */
  void run(int chunks, Task task);

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
