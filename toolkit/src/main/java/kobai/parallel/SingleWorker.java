package kobai.parallel;

/** The calling thread alone. */
final class SingleWorker implements Workers {
  static final SingleWorker INSTANCE = new SingleWorker();

  private SingleWorker() {}

  @Override
  public int count() {
    return 1;
  }

  @Override
  public void run(int chunks, Task task) {
    for (int chunk = 0; chunk < chunks; chunk++) {
      task.run(chunk, 0);
    }
  }

  @Override
  public void close() {}
}
