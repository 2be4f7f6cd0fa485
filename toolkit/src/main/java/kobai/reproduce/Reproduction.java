package kobai.reproduce;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import kobai.report.Journal;
import kobai.report.Manifest;
import kobai.report.Measured;
import kobai.report.ResultTable;
import kobai.report.RunFolder;

/**
 * Carries a plan out: units on threads, one a thread at a time. A finished unit is one line of the
 * journal, so that a run killed at any moment has lost only the units that were under way; what is
 * written at the end is in the order of the plan, and the same to the last bit for any number of
 * threads, any shards and any interruptions, durations aside.
 *
 * <p>The folder holds {@code manifest.json}, {@code results.jsonl} (in the order of completion),
 * {@code results.csv}, {@code seconds.csv}, {@code verdicts.csv}, {@code verdicts.json}, {@code
 * report.html} and {@code report.md}.
 */
public final class Reproduction {
  /** Exit reason of a run that came to its end. */
  public static final String COMPLETED = "completed";

  /** Exit reason of a run that was told to stop. */
  public static final String INTERRUPTED = "interrupted";

  /** Steps of progress in a unit, for each tenth of a second that {@link Forecast} gives it. */
  public static final int STEPS = 100;

  private static final double TENTH = 0.1;

  /** Hears of progress; called from several threads, one at a time. */
  public interface Observer {
    /** Hears nothing. */
    Observer NONE =
        new Observer() {
          @Override
          public void start(long total) {}

          @Override
          public void step(long n, String message) {}
        };

    /** The run begins; {@code total} steps are to be done. */
    void start(long total);

    /** So many steps more are done; what was done last. */
    void step(long n, String message);
  }

  private final Plan plan;
  private final RunFolder folder;
  private final Journal journal;
  private final Observer observer;
  private final Map<WorkUnit, UnitResult> results = new HashMap<>();
  private final List<Throwable> failures = new ArrayList<>();
  private Manifest manifest;
  private boolean finished;

  /**
   * Prepares a run and writes its manifest.
   *
   * @param manifest its settings are those of the plan
   * @param done units that the folder's journal holds already; empty for a new run
   */
  public Reproduction(
      Plan plan, RunFolder folder, Manifest manifest, List<UnitResult> done, Observer observer)
      throws IOException {
    this.plan = plan;
    this.folder = folder;
    this.manifest = manifest;
    this.observer = observer;
    done.forEach(result -> results.put(result.unit(), result));
    folder.write(manifest);
    journal = folder.journal();
  }

  /**
   * Runs what is not done yet and writes the report. A unit that fails does not keep the others
   * from being run; it is run again when the run is resumed.
   *
   * @param threads at least 1
   * @throws IllegalStateException if units failed, after the report has been written
   */
  public void run(int threads) throws IOException {
    List<WorkUnit> work = plan.work().stream().filter(unit -> !results.containsKey(unit)).toList();
    observer.start(STEPS * work.stream().mapToLong(this::weight).sum());
    AtomicInteger next = new AtomicInteger();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < Math.min(threads, work.size()); i++) {
      workers.add(
          Thread.ofPlatform()
              .name("reproduce-" + (i + 1))
              .daemon() // an interrupted run ends without them
              .start(() -> work(work, next)));
    }
    try {
      for (Thread worker : workers) {
        worker.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      finish(INTERRUPTED);
      return;
    }
    List<Throwable> failed = failures();
    finish(failed.isEmpty() ? COMPLETED : "failed: " + failed.getFirst().getMessage());
    if (!failed.isEmpty()) {
      var failure =
          new IllegalStateException(
              "%d of %d units failed; the first: %s"
                  .formatted(failed.size(), work.size(), failed.getFirst().getMessage()),
              failed.getFirst());
      failed.subList(1, failed.size()).forEach(failure::addSuppressed);
      throw failure;
    }
  }

  private void work(List<WorkUnit> work, AtomicInteger next) {
    for (int i = next.getAndIncrement(); i < work.size(); i = next.getAndIncrement()) {
      WorkUnit unit = work.get(i);
      if (stopped()) {
        return;
      }
      try {
        run(unit);
      } catch (IOException | RuntimeException | Error e) {
        fail(unit, e);
      }
    }
  }

  private long weight(WorkUnit unit) {
    return Math.max(1, Math.round(Forecast.seconds(plan.scale(), unit) / TENTH));
  }

  private void run(WorkUnit unit) throws IOException {
    long weight = weight(unit);
    int[] told = {0};
    var recorder =
        new UnitRecorder(
            unit,
            share -> {
              int steps = (int) (STEPS * Math.clamp(share, 0.0, 1.0));
              if (steps > told[0]) {
                tell(weight * (steps - told[0]), unit);
                told[0] = steps;
              }
            });
    long begun = System.nanoTime();
    plan.study(unit.experiment())
        .experiment()
        .run(plan.scale(), unit.method(), unit.seed(), recorder);
    double nano = 1e-9;
    record(recorder.result((System.nanoTime() - begun) * nano));
    tell(weight * (STEPS - told[0]), unit);
  }

  private synchronized void tell(long steps, WorkUnit unit) {
    if (!finished) {
      observer.step(steps, unit.toString());
    }
  }

  private synchronized void record(UnitResult result) throws IOException {
    if (!finished) {
      journal.append(result.json());
      results.put(result.unit(), result);
    }
  }

  private synchronized void fail(WorkUnit unit, Throwable cause) {
    if (!finished) {
      failures.add(new IllegalStateException(unit + ": " + cause, cause));
    }
  }

  private synchronized List<Throwable> failures() {
    return List.copyOf(failures);
  }

  private synchronized boolean stopped() {
    return finished;
  }

  /** What has been found so far, in the order of the plan. */
  public synchronized List<UnitResult> results() {
    return SavedRun.sorted(plan, results);
  }

  /** How the bands are judged by what has been found so far. */
  public Verdicts verdicts() {
    return Verdicts.of(plan, results());
  }

  /**
   * Writes tables, report and manifest from what is known, and ends the run: units that end later
   * are dropped. Called by {@link #run} at its end and, where the user interrupts it, by another
   * thread before. Only the first call does anything, and returns true.
   */
  public synchronized boolean finish(String reason) throws IOException {
    if (finished) {
      return false;
    }
    finished = true;
    journal.close();
    manifest = manifest.ended(Instant.now(), reason);
    write(folder, new SavedRun(folder.path(), manifest, plan, results()));
    return true;
  }

  /** Writes all files of a run but its journal. */
  static void write(RunFolder folder, SavedRun run) throws IOException {
    folder.write("results.csv", table(run.results(), UnitResult::rows, "1").csv());
    folder.write("seconds.csv", table(run.results(), UnitResult::seconds, "s").csv());
    Verdicts verdicts = Verdicts.of(run.plan(), run.results());
    folder.write("verdicts.csv", verdicts.csv());
    folder.write("verdicts.json", verdicts.json());
    folder.write(ReproductionReport.document(List.of(run)));
    folder.write(run.manifest());
  }

  /** The rows of all units in long form. */
  static ResultTable table(
      List<UnitResult> results, Function<UnitResult, List<Outcomes.Row>> rows, String unit) {
    var table = new ResultTable(List.of("experiment", "method", "seed", "x"));
    for (UnitResult result : results) {
      for (Outcomes.Row row : rows.apply(result)) {
        table.add(
            List.of(
                result.unit().experiment(),
                row.method(),
                Long.toString(row.seed()),
                Double.isNaN(row.x()) ? "" : Double.toString(row.x())),
            row.metric(),
            Measured.exactly(row.value()),
            unit);
      }
    }
    return table;
  }
}
