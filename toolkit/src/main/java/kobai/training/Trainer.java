package kobai.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kobai.data.MiniBatches;
import kobai.report.Journal;
import kobai.report.RunFolder;

/**
 * Carries out runs, some side by side, with checkpoints and a journal in a folder. A folder that
 * has checkpoints already is gone on with.
 */
public final class Trainer {
  private final List<TrainingSettings> settings;
  private final TrainingData data;
  private final RunFolder folder;
  private final int samples;
  private final double secondsBetween;
  private final Observer observer;
  private final RunResult[] results;

  /** Hears of progress; called from the threads of the runs. */
  public interface Observer {
    /**
     * After some iterations of a run.
     *
     * @param run its place in the list
     * @param iterations since the last call
     * @param loss of the last one
     * @param validation of the last epoch
     */
    void iterated(int run, long iterations, double loss, Score validation);

    /** Something the user should know, one sentence. */
    void say(String message);
  }

  /**
   * Takes the runs over; nothing is done yet.
   *
   * @param samples of weights or masks that the predictive law of the test examples is made of; 0
   *     for none
   * @param secondsBetween at least, from one checkpoint of a run to the next; 0 for one an epoch.
   *     The first and the last epoch always have one
   */
  public Trainer(
      List<TrainingSettings> settings,
      TrainingData data,
      RunFolder folder,
      int samples,
      double secondsBetween,
      Observer observer) {
    this.settings = List.copyOf(settings);
    this.data = data;
    this.folder = folder;
    this.samples = samples;
    this.secondsBetween = secondsBetween;
    this.observer = observer;
    results = new RunResult[settings.size()];
  }

  /** Iterations of all runs together, if none stops early. */
  public long iterations() {
    long sum = 0;
    for (TrainingSettings each : settings) {
      sum +=
          (long) each.epochs()
              * new MiniBatches(data.count(Part.TRAINING), each.setup().batch())
                  .iterationsPerEpoch();
    }
    return sum;
  }

  /**
   * Carries all runs out.
   *
   * @param threads runs side by side
   * @throws IllegalArgumentException if a checkpoint is of other settings, or none is whole
   */
  public List<RunResult> run(int threads) throws IOException {
    try (Journal journal = folder.journal();
        ExecutorService pool =
            Executors.newFixedThreadPool(Math.min(threads, Math.max(1, settings.size())))) {
      List<Future<RunResult>> futures = new ArrayList<>();
      for (int i = 0; i < settings.size(); i++) {
        int run = i;
        futures.add(pool.submit(() -> one(run, journal)));
      }
      try {
        for (Future<RunResult> future : futures) {
          future.get();
        }
      } catch (ExecutionException e) {
        pool.shutdownNow();
        throw rethrown(e.getCause());
      } catch (InterruptedException e) {
        pool.shutdownNow();
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    return finished();
  }

  private static RuntimeException rethrown(Throwable cause) throws IOException {
    return switch (cause) {
      case IOException e -> throw e;
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(cause);
    };
  }

  /** The runs that have finished so far, in order. May be called at any time. */
  public List<RunResult> finished() {
    synchronized (results) {
      return Arrays.stream(results).filter(result -> result != null).toList();
    }
  }

  private RunResult one(int number, Journal journal) throws IOException {
    TrainingSettings own = settings.get(number);
    TrainingRun run = new TrainingRun(own, data);
    Checkpoints checkpoints = new Checkpoints(folder, RunResult.name(own));
    Optional<Checkpoints.Found> found = checkpoints.load();
    if (found.isPresent()) {
      found.get().remarks().forEach(observer::say);
      run.restore(found.get().checkpoint());
      observer.say(
          "%s goes on after epoch %d"
              .formatted(RunResult.name(own), found.get().checkpoint().epoch()));
      observer.iterated(
          number,
          found.get().checkpoint().epoch() * run.iterationsPerEpoch(),
          Double.NaN,
          run.curve().getLast().validation());
    } else {
      record(journal, own, run.curve().getLast());
    }
    Heard heard = new Heard(number, run);
    boolean first = true;
    long saved = System.nanoTime();
    while (!run.finished() && !Thread.currentThread().isInterrupted()) {
      EpochPoint point = run.epoch(heard);
      heard.flush();
      record(journal, own, point);
      if (first || run.finished() || (System.nanoTime() - saved) / 1e9 >= secondsBetween) {
        checkpoints.save(run.checkpoint());
        saved = System.nanoTime();
        first = false;
      }
    }
    RunResult result =
        new RunResult(
            own,
            run.curve(),
            run.chosenEpoch(),
            run.stopped(),
            run.diverged(),
            run.test(),
            samples > 0 ? run.predictive(samples) : Optional.empty(),
            run.numbers(samples),
            run.bytes());
    synchronized (results) {
      results[number] = result;
    }
    return result;
  }

  /** Tells the observer of iterations, ten times a second at most. */
  private final class Heard implements TrainingRun.Listener {
    private static final long EVERY = 100_000_000;

    private final int number;
    private final TrainingRun run;
    private long last = System.nanoTime();
    private long pending;
    private double loss;

    Heard(int number, TrainingRun run) {
      this.number = number;
      this.run = run;
    }

    @Override
    public void iterated(long done, double newLoss) {
      pending++;
      loss = newLoss;
      long now = System.nanoTime();
      if (now - last >= EVERY) {
        last = now;
        flush();
      }
    }

    void flush() {
      if (pending > 0) {
        observer.iterated(number, pending, loss, run.validation());
        pending = 0;
      }
    }
  }

  private static void record(Journal journal, TrainingSettings settings, EpochPoint point)
      throws IOException {
    try {
      for (var row : TrainingTable.of(settings, point).rows()) {
        journal.append(row);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Every setting of every run that differs from the first's, for the manifest. */
  public Map<String, String> common() {
    Map<String, String> common = new LinkedHashMap<>(settings.getFirst().lines());
    for (TrainingSettings each : settings) {
      common.entrySet().removeIf(line -> !each.lines().get(line.getKey()).equals(line.getValue()));
    }
    return common;
  }
}
